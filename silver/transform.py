"""Valid rows to silver rows: one row a key, whichever came first. Pure: no read, write, clock or log."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.names import FILE, INGESTED_AT, LOAD_ID, quoted

_RANK = "_rank"


def columns_of(names: Sequence[str]) -> list[Column]:
    """Columns by name, whatever characters are in it."""
    return [F.col(quoted(name)) for name in names]


def first_of_each(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    """One row a key: the one ingested first; within one load the rows alone decide, not their order."""
    if not key:
        return rows
    content = F.xxhash64(*columns_of([name for name in rows.columns if not name.startswith("_")]))
    first = Window.partitionBy(*columns_of(key)).orderBy(INGESTED_AT, LOAD_ID, FILE, content)
    return rows.withColumn(_RANK, F.row_number().over(first)).where(F.col(_RANK) == 1).drop(_RANK)


def not_in(rows: DataFrame, known: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key `known` does not have."""
    if not key:
        return rows
    return rows.join(known.select(*columns_of(key)), list(key), "left_anti").select(*columns_of(rows.columns))
