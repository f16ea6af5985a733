"""What the rings share: their markers, and for tests/spark the one session and a warehouse for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pyspark.sql import SparkSession

from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake

TESTS = Path(__file__).parent
# A busy machine is no failure: laws are about results, not about seconds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
MARKED = ("spark", "integration", "chaos")
STRICT = ("unit", "spark")  # a warning there is ours to mend


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        ring = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if ring in MARKED:
            item.add_marker(ring)
        if ring in STRICT:
            item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session of the whole test run, as users get it, with a catalog of its own."""
    options = {"remote": "", "master": "local[2]", "driver_memory": "1g"}
    session = open_session(Settings(warehouse=tmp_path_factory.mktemp("session"), spark=options))
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A warehouse of the test's own. The catalog is shared: a name in it means the table that was made last."""
    return Lake(spark, tmp_path / "warehouse")
