"""Messages of Kafka to bronze rows. What is no JSON object is a row with its text in `_rescued`, never an error."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.records import RECORD, TEXT, document, object_in, records_of, spread
from hallmark.lakehouse.names import FILE, MESSAGE_METADATA, RESCUED

_BINARY = "data:;base64,"


def message_rows(messages: DataFrame, message_format: str) -> DataFrame:
    """Bronze rows (without load metadata) of messages.

    Args:
        messages: Spark's Kafka source with headers: `key, value` BINARY, `topic` STRING, `partition` INT, `offset`
            BIGINT, `timestamp` TIMESTAMP, `headers` ARRAY.
        message_format: `json` or `debezium`.

    Returns:
        json: the fields of each object, or of its `payload` under a Connect schema, as STRING; the columns
        `MESSAGE_METADATA`. debezium: `topic, partition, offset, timestamp, headers, key, value` STRING, as in files of
        change events. Both: `_rescued`, and `_file`, which is `topic/partition/offset`. Bytes that are no UTF-8 are
        told in base64, as a data URL has them.
    """
    place = F.concat_ws("/", "topic", F.col("partition").cast("string"), F.col("offset").cast("string"))
    return _events(messages, place) if message_format == "debezium" else _objects(messages, place)


def _objects(messages: DataFrame, place: Column) -> DataFrame:
    columns = (F.col("topic"), F.col("partition"), F.col("offset"), F.col("timestamp"), _text("key"), _headers())
    named = [column.alias(name) for column, name in zip(columns, MESSAGE_METADATA, strict=True)]
    texts = messages.select(*named, place.alias(FILE), _text("value").alias(TEXT))
    keep = [*MESSAGE_METADATA, FILE]
    records = records_of(texts, "lines", keep).withColumn(RECORD, _payload())
    return spread(records, keep, F.lit(False))  # noqa: FBT003 -- a column


def _payload() -> Column:
    """The record; under the schema that Connect's JsonConverter puts around it, what is in there."""
    record, schema = F.col(RECORD), object_in(F.col(RECORD)["schema"])
    of_connect = (
        (F.size(record) == 2)
        & (F.try_variant_get(schema["type"], "$", "string") == "struct")
        & F.map_contains_key(record, "payload")
    )
    return F.when(of_connect, object_in(record["payload"])).otherwise(record)


def _events(messages: DataFrame, place: Column) -> DataFrame:
    value = _text("value")
    texts = messages.select(
        "topic",
        F.col("partition").cast("string"),
        F.col("offset").cast("string"),
        F.unix_millis("timestamp").cast("string").alias("timestamp"),
        _headers().alias("headers"),
        _text("key").alias("key"),
        value.alias(TEXT),
        place.alias(FILE),
    )
    # A tombstone has no value: that is no broken one.
    broken = F.col(TEXT).isNotNull() & object_in(document(TEXT)).isNull()
    names = ("topic", "partition", "offset", "timestamp", "headers", "key")
    value, rescued = F.when(~broken, F.col(TEXT)), F.when(broken, F.col(TEXT))
    return texts.select(*names, value.alias("value"), rescued.alias(RESCUED), FILE)


def _headers() -> Column:
    # A name may come twice, so it is no map; most messages have none.
    pairs = F.transform("headers", lambda each: F.struct(each["key"].alias("key"), _text(each["value"]).alias("value")))
    return F.when(F.size("headers") > 0, F.to_json(pairs))


def _text(binary: Column | str) -> Column:
    column = F.col(binary) if isinstance(binary, str) else binary
    text = column.cast("string")
    return F.when(F.is_valid_utf8(text), text).otherwise(F.concat(F.lit(_BINARY), F.base64(column)))
