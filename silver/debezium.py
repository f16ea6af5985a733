"""Debezium's change events, as they lie in bronze, to the rows that they speak of. Pure column functions.

Read are the envelope (`op, before, after, source`) of all connectors and the flat rows of the SMT
ExtractNewRecordState, each with and without Kafka Connect's schema around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts import wire
from hallmark.contracts.compile import ROW
from hallmark.contracts.model import Property, SchemaObject
from hallmark.lakehouse.names import BRONZE_METADATA, bronze_column

OP = "_op"
LSN = "_lsn"
SEQUENCE = "_sequence"
POSITION = "_position"
CHANGED_AT = "_changed_at"
TOLD_AT = "_told_at"
UNCHANGED = "_unchanged"
EVENT_COLUMNS = (OP, LSN, SEQUENCE, POSITION, CHANGED_AT, TOLD_AT, UNCHANGED)
_OF_THE_RECORD = ("offset", "timestamp")
_VALUE, _TEXT = "_value_", "_text_"
_LONG = frozenset({"string", "number", "object", "array"})  # what Postgres may keep apart (TOAST) is one of these


def decode(records: DataFrame, table: SchemaObject) -> DataFrame:
    """The rows that change events speak of, every column as text.

    Args:
        records: bronze rows of one source table (`topic, partition, offset, timestamp, headers, key, value` STRING,
            technical columns).
        table: the contract's table: its source columns are taken out of `after`; for a delete, of the key and `before`.

    Returns:
        The source columns STRING; `_op` STRING; `_lsn` BIGINT and `_sequence` ARRAY<BIGINT>, the event's place in the
        source's log: its first part, and the further ones (null without any); `_position` BIGINT, its place in the
        topic; `_changed_at` TIMESTAMP, the change's commit time in the source; `_told_at` TIMESTAMP, when the
        connector, by its own clock, made the event (null where nothing says it); `_unchanged` ARRAY<STRING>, the
        columns whose value the event does not have (null without any); the technical columns; `_row`, the record
        itself as a struct.
    """
    given = {name: prop for prop in table.properties for name in prop.source_columns}
    given |= {prop.source: prop for prop in table.properties if not prop.transform}
    events = _opened(records).select(
        ROW,
        *BRONZE_METADATA,
        "_key",
        "_types",
        _operation().alias(OP),
        *_place(table.changes.sequence_by),
        _number(F.col("offset")).alias(POSITION),
        _changed_at().alias(CHANGED_AT),
        _told_at().alias(TOLD_AT),
        _image("before").alias("_before"),
        _image("after").alias("_after"),
    )
    # Each a column first: what is made of a value asks for it dozens of times, and plans hold a copy for each time.
    values = {source: f"{_VALUE}{n}" for n, source in enumerate(given)}
    texts = {source: F.col(f"{_TEXT}{n}") for n, source in enumerate(given)}
    apart = events.select("*", *[_from_image(source).alias(name) for source, name in values.items()])
    shown = apart.select(
        "*", *[F.col(name).cast("string").alias(f"{_TEXT}{n}") for n, name in enumerate(values.values())]
    )
    unchanged = _unchanged(table.properties, texts).alias(UNCHANGED)
    images = [
        _shown(prop, F.col(values[source]), texts[source]).alias(bronze_column(source))
        for source, prop in given.items()
    ]
    return shown.select(ROW, *BRONZE_METADATA, *EVENT_COLUMNS[:-1], unchanged, *images)


def _opened(records: DataFrame) -> DataFrame:
    """Adds `_value`, the event itself; `_fields`, its fields; `_flat`; `_key`; `_types` (`wire.COLUMN_TYPES`)."""
    parsed = records.select(
        F.struct("*").alias(ROW),
        *BRONZE_METADATA,
        *_OF_THE_RECORD,
        F.try_parse_json("value").alias("_document"),
        F.try_parse_json("key").alias("_key_document"),
    )
    opened = parsed.select(
        "*",
        _unwrapped("_document").alias("_value"),
        F.try_variant_get(_unwrapped("_key_document"), "$", wire.IMAGE).alias("_key"),
        wire.is_wrapped(F.col("_document")).alias("_wrapped"),
    )
    fields = F.try_variant_get("_value", "$", wire.IMAGE)
    seen = opened.withColumn("_fields", fields)
    told = seen.withColumn("_flat", F.col("_fields").isNotNull() & wire.is_flat(F.col("_fields")))
    types = wire.column_types(F.col("_document"), F.col("_flat"))
    return told.withColumn("_types", F.when(F.col("_wrapped"), types))


def _unwrapped(document: str) -> Column:
    payload = F.try_variant_get(document, "$.payload", "variant")
    return F.when(wire.is_wrapped(F.col(document)), payload).otherwise(F.col(document))


def _field(path: str, kind: str = "string") -> Column:
    return F.try_variant_get("_value", f"$.{path}", kind)


def _operation() -> Column:
    flat = F.when(_field("__deleted") == "true", "d").otherwise(F.coalesce(_field("__op"), F.lit("u")))
    return F.when(F.col("_flat"), flat).otherwise(_field("op"))


def _place(sequence_by: Sequence[str]) -> tuple[Column, Column]:
    if sequence_by:
        first, *further = [_number(F.col(path) if path in _OF_THE_RECORD else _field(path)) for path in sequence_by]
        return first.alias(LSN), (F.array(*further) if further else _no_sequence()).alias(SEQUENCE)
    # A row that an incremental snapshot read has no log position of its own: it holds at the position where the
    # connector was in the log when it closed the window that the row was read in.
    sequence = F.try_parse_json(F.coalesce(_field("source.sequence"), _field("__source_sequence")))
    binlog = _field("source.file")
    given = ("source.lsn", "__lsn", "__source_lsn")
    elsewhere = F.coalesce(F.try_variant_get(sequence, "$[1]", "string").try_cast("bigint"), _number(binlog))
    # Where one of them is given and can't be read, no other kind of position takes its place.
    without = F.coalesce(*map(_field, given)).isNull()
    first = F.coalesce(*[_field(path, "bigint") for path in given], F.when(without, elsewhere))
    within = F.array(_field("source.pos", "bigint"), _field("source.row", "bigint"))
    return first.alias(LSN), F.when(binlog.isNotNull(), within).otherwise(_no_sequence()).alias(SEQUENCE)


def _no_sequence() -> Column:
    return F.lit(None).cast("array<bigint>")


def _number(text: Column) -> Column:
    """The whole number that a text is or ends with (`mysql-bin.000003`), of a time its microseconds."""
    time = F.when(text.rlike("^[0-9]{4}-[0-9]{2}-[0-9]{2}"), text).try_cast("timestamp")
    last = F.regexp_extract(text, "([0-9]{1,18})$", 1).try_cast("bigint")
    return F.coalesce(text.try_cast("bigint"), F.unix_micros(time), last)


def _changed_at() -> Column:
    # Old connectors give 0 in snapshots: then, and where the source gave no time, the connector's own is the next best.
    micros = [_some(_field(path, "bigint")) for path in ("source.ts_us", "__source_ts_us")]
    millis = [_some(_field(path, "bigint")) for path in ("source.ts_ms", "__source_ts_ms")]
    later = [_field(path, "bigint") for path in ("ts_ms", "__ts_ms")]
    record = F.when(F.col("_flat"), F.col("timestamp").try_cast("bigint"))
    return F.timestamp_micros(F.coalesce(*micros, *map(_in_micros, (*millis, *later, record))))


def _told_at() -> Column:
    # An envelope has the time; a row as the SMT leaves it, if the SMT adds it. A record is made soon after.
    envelope = F.coalesce(_field("ts_us", "bigint"), _in_micros(_field("ts_ms", "bigint")))
    millis = (_field("__ts_ms", "bigint"), F.col("timestamp").try_cast("bigint"))
    return F.timestamp_micros(F.coalesce(F.when(~F.col("_flat"), envelope), *map(_in_micros, millis)))


def _in_micros(millis: Column) -> Column:
    return F.try_multiply(millis, F.lit(1000).cast("bigint"))


def _some(value: Column) -> Column:
    return F.when(value != 0, value)


def _image(name: str) -> Column:
    return F.when(F.col("_flat"), F.col("_fields")).otherwise(_field(name, wire.IMAGE))


def _from_image(source: str) -> Column:
    # Of a deleted row `before` has the key for sure, and often placeholders in place of the other values.
    old = F.coalesce(F.col("_key")[source], F.col("_before")[source])
    return F.when(F.col(OP) == "d", old).when(F.col(OP) != "t", F.col("_after")[source])


def long_of(properties: Sequence[Property]) -> list[Property]:
    """The columns whose value an event may leave out: none of the key, which it always names."""
    return [prop for prop in properties if prop.logical_type in _LONG and prop.key_position is None]


def _unchanged(properties: Sequence[Property], texts: Mapping[str, Column]) -> Column:
    missing = [
        (prop.name, reduce(Column.__or__, [wire.is_unavailable(texts[source]) for source in prop.source_columns]))
        for prop in long_of(properties)
        if prop.source_columns
    ]
    found = F.array_compact(F.array(*[F.when(is_missing, F.lit(name)) for name, is_missing in missing]))
    return F.when(F.size(found) > 0, found) if missing else F.lit(None).cast("array<string>")


def _shown(prop: Property, value: Column, text: Column) -> Column:
    return F.when(~wire.is_unavailable(text), wire.text_of(prop, value, F.col("_types"), text))
