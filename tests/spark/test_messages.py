"""Messages of Kafka as bronze rows: nothing of them is lost, whatever is in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from hallmark.bronze.messages import message_rows

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
SCHEMA = (
    "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp, "
    "headers array<struct<key: string, value: binary>>"
)
STRUCT = {"type": "struct", "fields": []}


def rows(
    spark: SparkSession, *values: bytes | str | None, form: str = "json", headers: list[Any] | None = None
) -> list[dict[str, Any]]:
    texts = [value.encode() if isinstance(value, str) else value for value in values]
    sent = [(b"k", text, "t", 1, offset, AT, headers) for offset, text in enumerate(texts)]
    found = message_rows(spark.createDataFrame(sent, SCHEMA), form).collect()
    return sorted((row.asDict() for row in found), key=lambda row: row["_file"])


def test_a_message_says_where_it_was(spark: SparkSession) -> None:
    (row,) = rows(spark, '{"a": 1.50}', headers=[("h", b"1"), ("h", None), ("b", b"\xff")])
    assert {name: row[name] for name in ("a", "_topic", "_partition", "_offset", "_key", "_file", "_rescued")} == {
        "a": "1.5", "_topic": "t", "_partition": 1, "_offset": 0, "_key": "k", "_file": "t/1/0", "_rescued": None,
    }  # fmt: skip
    assert json.loads(row["_headers"]) == [
        {"key": "h", "value": "1"},
        {"key": "h"},
        {"key": "b", "value": "data:;base64,/w=="},
    ]
    assert row["_timestamp"].astimezone(UTC) == AT


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"schema": STRUCT, "payload": {"a": 1}}, {"a": "1"}),
        ({"schema": STRUCT, "payload": None}, {}),
        ({"schema": "public", "payload": {"a": 1}}, {"schema": "public", "payload": '{"a":1}'}),
        ({"schema": STRUCT, "payload": {"a": 1}, "more": 2}, {"more": "2"}),
    ],
)
def test_an_object_under_connects_schema_is_taken_out_and_no_other(
    spark: SparkSession, value: dict[str, Any], found: dict[str, str]
) -> None:
    (row,) = rows(spark, json.dumps(value))
    assert found.items() <= row.items()
    assert ("schema" in row) == ("schema" in found or "more" in found)


@pytest.mark.parametrize("form", ["json", "debezium"])
def test_what_is_no_object_is_rescued_and_a_tombstone_is_none(spark: SparkSession, form: str) -> None:
    poison = ['{"a": 1', "", "null", "[1]", '{"a": 1} x', b"\x00\xff"]
    found = rows(spark, *poison, None, '{"a": 1}', form=form)
    assert [row["_rescued"] for row in found] == [*poison[:-1], "data:;base64,AP8=", None, None]


def test_change_events_have_the_columns_of_those_in_files(spark: SparkSession) -> None:
    (row,) = rows(spark, '{"op": "c"}', form="debezium")
    assert row == {
        "topic": "t", "partition": "1", "offset": "0", "timestamp": "1795489200000", "headers": None, "key": "k",
        "value": '{"op": "c"}', "_rescued": None, "_file": "t/1/0",
    }  # fmt: skip


def test_two_spellings_of_a_field_are_kept_apart(spark: SparkSession) -> None:
    text = '{"v": 1, "V": 2}'
    assert [row["_rescued"] for row in rows(spark, text, '{"V": 3}')] == [text, None]
