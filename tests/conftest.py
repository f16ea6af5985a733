"""What the rings share: their markers, a session and warehouses for tests/spark, a finished run for those after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pyspark.sql import SparkSession
from scheduler import Undisturbed, undisturbed_run

from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake

TESTS = Path(__file__).parent
# A busy machine is no failure: laws are about results, not about seconds. CI judges a change by the same examples
# each time; a developer's run draws new ones.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")
MARKED = ("spark", "integration", "chaos")
STRICT = ("unit", "spark")  # a warning there is ours to mend
# The longest file of the last ring comes first in it: begun late, it keeps one process at work and the other waiting.
LAST, LONGEST = "integration", "test_live_changes.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        ring = _ring(item)
        if ring in MARKED:
            item.add_marker(ring)
        if ring in STRICT:
            item.add_marker(pytest.mark.filterwarnings("error"))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if _ring(item) != LAST:
        return 0
    return 1 if item.path.name == LONGEST else 2


def _ring(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one session of this process, as users get it, with a catalog of its own."""
    options = {"remote": "", "master": "local[2]", "driver_memory": "1g"}
    session = open_session(Settings(warehouse=tmp_path_factory.mktemp("session"), spark=options))
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A warehouse of the test's own. The catalog is shared: a name in it means the table that was made last."""
    return Lake(spark, tmp_path / "warehouse")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Undisturbed]:
    """A finished warehouse that all processes share; tests read it and change nothing in it."""
    own = tmp_path_factory.getbasetemp()
    done = undisturbed_run(own if worker_id == "master" else own.parent)
    yield done
    done.command.classes.unlink(missing_ok=True)  # large, and pytest keeps its folders for a while
