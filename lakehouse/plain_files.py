"""Tables of few rows, read and replaced by their files: Delta's own jobs, which list them, cost more than such rows."""

from __future__ import annotations

import shutil
import uuid

from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.staging import FOLDER, take_files
from hallmark.lakehouse.tables import Lake, Txn, Written

_LISTED = 32  # of more paths Spark makes a job
_PATTERN = "*?[]{}\\"  # Spark would take a path with one of these for a pattern


def read_files(lake: Lake, table: Table, columns_ddl: str) -> DataFrame:
    """The rows of an append-only table, the columns of the DDL; where it has many files, or none, Delta lists them.

    The table has these columns with these types, or lacks some of them: then they are null.
    """
    path = lake.path(table)
    files = deltalog.files(path)
    unfit = deltalog.marks_deleted(path) or any(sign in str(path) for sign in _PATTERN)
    if unfit or not 0 < len(files) <= _LISTED:
        return lake.read(table)
    return lake.spark.read.schema(columns_ddl).parquet(*map(str, files))


def replace_files(lake: Lake, rows: DataFrame, table: Table, txn: Txn) -> Written:
    """Replace all rows, and no column, once for `txn`, as `Lake.overwrite` does: one job, and a commit without Spark.

    Rows of other types than the table's are left to Delta, which says why not. The log gets no smallest
    and largest values of the files, by which readers of a large table leave some out.

    Raises:
        ProgressError: when a newer version of `txn.app` is already there.
    """
    done = lake.done(table, txn)
    if done is not None:
        return done
    known = {entry.name.lower(): entry.dataType for entry in lake.schema(table)}
    if any(known.get(entry.name.lower()) != entry.dataType for entry in rows.schema):
        return lake.overwrite(rows, table, txn)
    folder = lake.warehouse / FOLDER / uuid.uuid4().hex
    try:
        rows.write.parquet(str(folder))
        return take_files(lake, sorted(folder.glob("*.parquet")), table, txn, anew=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
