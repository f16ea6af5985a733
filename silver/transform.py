"""Valid rows to silver rows: one row a key, whichever came first. Pure: no read, write, clock or log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.names import BAD, FILE, INGESTED_AT, LOAD_ID, quoted

_RANK = "_rank"
_KNOWN = "_known_"


def columns_of(names: Sequence[str]) -> list[Column]:
    """Columns by name, whatever characters are in it."""
    return [F.col(quoted(name)) for name in names]


def first_of_each(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    """Of rows that are not `_bad` one a key: the one ingested first; within one load the rows alone decide."""
    if not key:
        return rows
    content = F.xxhash64(*columns_of([name for name in rows.columns if not name.startswith("_")]))
    alone = F.when(F.col(BAD), F.monotonically_increasing_id())
    first = Window.partitionBy(*columns_of(key), alone).orderBy(INGESTED_AT, LOAD_ID, FILE, content)
    return rows.withColumn(_RANK, F.row_number().over(first)).where(F.col(_RANK) == 1).drop(_RANK)


def not_in(rows: DataFrame, known: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key `known` does not have, and those that are `_bad`."""
    if not key:
        return rows
    there = known.select(*[F.col(quoted(name)).alias(f"{_KNOWN}{i}") for i, name in enumerate(key)])
    same = [F.col(quoted(name)) == F.col(f"{_KNOWN}{i}") for i, name in enumerate(key)]
    return rows.join(there, reduce(Column.__and__, same, ~F.col(BAD)), "left_anti")
