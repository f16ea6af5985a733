"""Debezium change events to typed changes, history (SCD2) and current state (SCD1). Pure DataFrame functions.

The source's own order decides: log sequence number, then offset. Neither the order in which events arrive
nor how they are cut into loads changes the result, and an event that is delivered twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import ROW
from hallmark.contracts.model import SchemaObject
from hallmark.lakehouse.names import BRONZE_METADATA, RESCUED, SOURCE, bronze_column
from hallmark.silver.transform import columns_of

OP = "_op"
LSN = "_lsn"
POSITION = "_position"
CHANGED_AT = "_changed_at"
EVENT_COLUMNS = (OP, LSN, POSITION, CHANGED_AT)
EVENT_DDL = f"{OP} string, {LSN} bigint, {POSITION} bigint, {CHANGED_AT} timestamp"
HISTORY_DDL = (
    f"valid_from timestamp, valid_to timestamp, is_current boolean, {OP} string, {LSN} bigint, {POSITION} bigint"
)
CURRENT_DDL = f"{CHANGED_AT} timestamp, {LSN} bigint, {POSITION} bigint"
DELETED = f"s.{OP} = 'd'"
KEY_ONLY = f"{OP} = 'd'"
_IMAGE = "map<string,variant>"


def is_event_of(physical_name: str) -> Column:
    """Whether a record belongs to the source table `schema.table`, by its topic `<prefix>.<schema>.<table>`."""
    return F.col("topic").endswith(f".{physical_name}") & F.col(RESCUED).isNull()


def is_change() -> Column:
    """Whether a record carries a change; a tombstone (no value) only lets Kafka forget the key."""
    return F.col("value").isNotNull()


def decode(records: DataFrame, table: SchemaObject) -> DataFrame:
    """The rows that change events speak of, every column as text.

    Args:
        records: bronze rows of one source table (`topic, partition, offset, timestamp, headers, key, value` STRING,
            technical columns). Values with and without Debezium's schema envelope are read.
        table: the contract's table: its source columns are taken out of `after`; for a delete, of `before` and the key.

    Returns:
        The source columns STRING; `_op` STRING; `_lsn, _position` BIGINT; `_changed_at` TIMESTAMP (the change's
        commit time in the source); the technical columns; `_row`, the record itself as a struct.
    """
    value, record_key = _payload("value"), _payload("key")
    opened = records.select(
        F.struct("*").alias(ROW),
        *BRONZE_METADATA,
        F.try_variant_get(value, "$.op", "string").alias(OP),
        F.try_variant_get(value, "$.source.lsn", "bigint").alias(LSN),
        F.expr("try_cast(offset as bigint)").alias(POSITION),
        _changed_at(value).alias(CHANGED_AT),
        F.try_variant_get(value, "$.before", _IMAGE).alias("_before"),
        F.try_variant_get(value, "$.after", _IMAGE).alias("_after"),
        F.try_variant_get(record_key, "$", _IMAGE).alias("_key"),
    )
    sources = dict.fromkeys(prop.source for prop in table.properties)
    images = [_from_image(source).alias(bronze_column(source)) for source in sources]
    return opened.select(ROW, *BRONZE_METADATA, *EVENT_COLUMNS, *images)


def versions(changes: DataFrame, columns: Sequence[str], key: Sequence[str]) -> DataFrame:
    """Every event of some keys, once, with the time from which and until which it held.

    Args:
        changes: all changes of these keys: `columns`, `_op, _lsn, _position, _changed_at`, `_source, _load_id,
            _ingested_at`.
        columns: the contract's columns.
        key: the primary key.

    Returns:
        The same columns; `valid_from` TIMESTAMP; `valid_to` TIMESTAMP (null: still holds); `is_current` BOOLEAN.
        Deletes are in it, too. A source's clock may step back, its log does not: `valid_from` never falls below an
        earlier event's.
    """
    delivered = Window.partitionBy(*columns_of([*columns, LSN, OP])).orderBy(POSITION, CHANGED_AT, SOURCE, "_load_id")
    once = changes.withColumn("_delivery", F.row_number().over(delivered)).where("_delivery = 1").drop("_delivery")
    in_order = Window.partitionBy(*columns_of(key)).orderBy(LSN, POSITION, OP, F.xxhash64(*columns_of(columns)))
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    started = once.withColumn("valid_from", F.max(CHANGED_AT).over(so_far)).withColumn(
        "_order", F.row_number().over(in_order)
    )
    by_order = Window.partitionBy(*columns_of(key)).orderBy("_order")
    ended = started.withColumn("valid_to", F.lead("valid_from").over(by_order)).drop("_order")
    return ended.withColumn("is_current", F.col("valid_to").isNull())


def of_keys(changes: DataFrame, touched: DataFrame, key: Sequence[str]) -> DataFrame:
    """All changes of the keys that `touched` speaks of: what history must be computed from, and no more."""
    return changes.join(touched.select(*columns_of(key)).distinct(), list(key), "left_semi")


def history_rows(all_versions: DataFrame) -> DataFrame:
    """The versions that a row had; a delete ends one and begins none."""
    return all_versions.where(F.col(OP) != "d")


def current_rows(all_versions: DataFrame) -> DataFrame:
    """The last event of each key, a delete included."""
    return all_versions.where("is_current")


def _payload(column: str) -> Column:
    document = F.try_parse_json(column)
    return F.coalesce(F.try_variant_get(document, "$.payload", "variant"), document)


def _changed_at(value: Column) -> Column:
    micros = F.try_variant_get(value, "$.source.ts_us", "bigint")
    millis = F.try_variant_get(value, "$.source.ts_ms", "bigint") * F.lit(1000)
    return F.timestamp_micros(F.coalesce(micros, millis))


def _from_image(source: str) -> Column:
    old = F.coalesce(F.col("_before")[source], F.col("_key")[source])
    return F.when(F.col(OP) == "d", old).otherwise(F.col("_after")[source]).cast("string")


def history_columns(columns: Sequence[str]) -> list[str]:
    """The columns of `<entity>_history`."""
    return [
        *columns,
        "valid_from",
        "valid_to",
        "is_current",
        OP,
        LSN,
        POSITION,
        SOURCE,
        "_load_id",
        "_ingested_at",
    ]


def current_columns(columns: Sequence[str]) -> list[str]:
    """The columns of the entity's current state, and `_op`, which says that it is gone."""
    return [*columns, CHANGED_AT, LSN, POSITION, SOURCE, "_load_id", "_ingested_at", OP]
