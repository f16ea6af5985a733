"""Two snapshots of a table to the changes between them, in the form of Debezium's events. Pure DataFrame functions.

Where values are protected, rows are before they are compared: equal values are equal then, too, and nothing that Spark
shuffles for the comparison can be read.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.crypto import PSEUDONYM
from hallmark.bronze.postgres_sql import IMAGE, KEY
from hallmark.bronze.snapshots import SnapshotPlan
from hallmark.contracts import wire
from hallmark.lakehouse.names import FILE, RESCUED, SOURCE

_OLD = "old_image"


def known_rows(events: DataFrame, source: str) -> DataFrame:
    """The rows that the last snapshot held: what the newest event of each key left.

    Args:
        events: the bronze table of change events: `key, value, offset` STRING, technical columns.
        source: the server's name; events of others are not its rows.

    Returns:
        `row_key` and `old_image` STRING, JSON objects with their keys in order.
    """
    own = events.where(F.col(SOURCE) == source)
    after = F.to_json(F.try_variant_get(F.parse_json("value"), "$.after", "variant"))
    event = F.struct(F.col("offset").cast("bigint").alias("at"), after.alias("after"))
    newest = own.groupBy(_in_order("key").alias(KEY)).agg(F.max_by(event["after"], event["at"]).alias(_OLD))
    return newest.where(f"{_OLD} is not null and {_OLD} != 'null'")


def changes(rows: DataFrame, known: DataFrame) -> DataFrame:
    """What differs: a row a key that came, changed or went.

    Args:
        rows: `row_key` and `row_image` STRING, JSON objects; each key once.
        known: `known_rows`.

    Returns:
        `row_key`; `op` (c, u, d); `old_image` (null of c) and `row_image` (null of d).
    """
    now = rows.select(_in_order(KEY).alias(KEY), _in_order(IMAGE).alias(IMAGE))
    both = now.join(known, KEY, "full_outer")
    op = F.when(F.col(_OLD).isNull(), "c").when(F.col(IMAGE).isNull(), "d")
    changed = F.when(F.col(_OLD) != F.col(IMAGE), "u")
    found = both.withColumn("op", F.coalesce(op, changed)).where("op is not null")
    return found.select(KEY, "op", _OLD, IMAGE)


def events(changed: DataFrame, plan: SnapshotPlan, place: str, millis: int) -> DataFrame:
    """Bronze rows (without load metadata) of changes.

    The snapshot's number stands for the place in the log: a log position of one database says nothing in another one
    that it was restored into.

    Args:
        changed: `changes`.
        plan: what was read. Of a table with protected values the events have no `before`: bronze may have it from a
            time when the contract protected less.
        place: for `_file`.
        millis: the database's time when the snapshot was taken.
    """
    source = F.to_json(
        F.struct(
            F.lit("postgresql").alias("connector"),
            F.lit(plan.server.name).alias("name"),
            F.lit(str(plan.server.place["database"])).alias("db"),
            F.lit(str(plan.server.place["schema"])).alias("schema"),
            F.lit(plan.server.path.removeprefix(f"{plan.server.place['schema']}.")).alias("table"),
            F.lit(plan.number).cast("bigint").alias("lsn"),
            F.lit(millis).cast("bigint").alias("ts_ms"),
        )
    )
    null = F.lit("null")
    before = F.coalesce(_OLD, null) if plan.private is None else null
    value = F.concat(
        F.lit('{"op":"'), F.col("op"), F.lit('","before":'), before, F.lit(',"after":'),
        F.coalesce(IMAGE, null), F.lit(',"source":'), source, F.lit(f',"ts_ms":{millis}}}'),
    )  # fmt: skip
    empty = F.lit(None).cast("string")
    return changed.select(
        F.lit(f"{plan.server.name}.{plan.server.path}").alias("topic"),
        F.lit("0").alias("partition"),
        F.lit(str(plan.number)).alias("offset"),
        F.lit(str(millis)).alias("timestamp"),
        empty.alias("headers"),
        F.col(KEY).alias("key"),
        value.alias("value"),
        empty.alias(RESCUED),
        F.lit(place).alias(FILE),
    )


def keys_in_clear(changed: DataFrame, names: Sequence[str]) -> DataFrame:
    """The rows that went and whose key bronze has from before it was protected.

    Args:
        changed: `changes`.
        names: the source's columns of the key that have pseudonyms now.
    """
    key = F.try_variant_get(F.parse_json(KEY), "$", wire.IMAGE)
    clear = F.lit(False)  # noqa: FBT003 -- a literal
    for name in names:
        text = key[name].cast("string")
        clear = clear | ~((text == "") | text.rlike(PSEUDONYM))
    return changed.where((F.col("op") == "d") & clear)


def _in_order(text: str) -> Column:
    """A JSON object written in one way: its keys in order, no blanks."""
    return F.to_json(F.parse_json(text))
