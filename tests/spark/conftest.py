"""How the tests' plans are run, and a landing zone of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing import Landing
from pyspark.sql import SparkSession

from hallmark.lakehouse.session import compile_plans
from hallmark.lakehouse.tables import Lake


@pytest.fixture(scope="module", autouse=True)
def plans(request: pytest.FixtureRequest, spark: SparkSession) -> None:
    """Plans are run as those of a small load are; in a module with the mark `compiled` as those of a large one."""
    compile_plans(spark, small=request.node.get_closest_marker("compiled") is None, given={})


@pytest.fixture
def landing(lake: Lake, tmp_path: Path) -> Landing:
    """An empty landing zone with the contract `landing.REQUESTS`, in front of an empty warehouse."""
    return Landing(lake, tmp_path)
