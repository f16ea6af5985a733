"""When Delta gathers the small files of a table whose rows are replaced (docs/adr/0017)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from hallmark.lakehouse import deltalog

_COMPACT, _MANY = "spark.databricks.delta.autoCompact.enabled", "spark.databricks.delta.autoCompact.minNumFiles"


@contextmanager
def few_files_left_alone(spark: SparkSession, path: Path) -> Iterator[None]:
    """Let writes by the session gather files only where the table at `path` has fifty with a new one.

    `spark.databricks.delta.autoCompact.minNumFiles` names another number.

    Left alone, Delta gathers two of them already when a process writes a table for the first time: a commit and a dozen
    jobs more for each table of each run.
    """
    few = len(deltalog.files(path)) + 1 < int(str(spark.conf.get(_MANY, "50")))
    told = spark.conf.get(_COMPACT, None)
    if not few or told is not None:
        yield
        return
    spark.conf.set(_COMPACT, "false")
    try:
        yield
    finally:
        spark.conf.unset(_COMPACT)
