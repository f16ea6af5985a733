"""Values as Debezium writes them, to the texts that a contract reads."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts import wire
from hallmark.contracts.model import Property

CONNECT, DEBEZIUM = "org.apache.kafka.connect.data.", "io.debezium.time."


def texts(spark: SparkSession, prop: Property, values: list[tuple[Any, str | None, str | None]]) -> list[str | None]:
    """What the contract reads of values whose schema names a type, and a scale; None for one without its schema."""
    rows = [(n, json.dumps(value), name, scale) for n, (value, name, scale) in enumerate(values)]
    frame = spark.createDataFrame(rows, "n int, value string, name string, scale string")
    of_column = "named_struct('field', 'v', 'name', name, 'parameters', named_struct('scale', scale))"
    types = F.expr(f"if(name is null, null, array({of_column}))")
    found = frame.withColumn("types", types).withColumn("v", F.parse_json("value"))
    shown = found.select("n", wire.text_of(prop, F.col("v"), F.col("types")).alias("text")).orderBy("n")
    return [row["text"] for row in shown.collect()]


def packed(unscaled: int) -> str:
    length = max(1, (unscaled.bit_length() + 8) // 8)
    return base64.b64encode(unscaled.to_bytes(length, "big", signed=True)).decode()


def number(wire_type: str | None = None) -> Property:
    return Property("v", "v", "number", "decimal(38,10)", wire_type=wire_type)


@settings(max_examples=5)
@given(st.lists(st.tuples(st.integers(-(10**38) + 1, 10**38 - 1), st.integers(-5, 37)), min_size=20, max_size=60))
def test_a_packed_decimal_is_its_number(spark: SparkSession, drawn: list[tuple[int, int]]) -> None:
    values = [(packed(unscaled), f"{CONNECT}Decimal", str(scale)) for unscaled, scale in drawn]
    values += [({"scale": scale, "value": packed(unscaled)}, None, None) for unscaled, scale in drawn]
    wanted = [Decimal((int(n < 0), tuple(map(int, str(abs(n)))), -scale)) for n, scale in drawn]
    assert [Decimal(text or "NaN") for text in texts(spark, number(), values)] == [*wanted, *wanted]


def test_what_is_no_packed_decimal_stays_as_it_came(spark: SparkSession) -> None:
    decimal = f"{CONNECT}Decimal"
    values = [
        ("C+o=", None, None), (3050, decimal, "2"), (30.5, decimal, "2"), ("1234", None, None), (True, None, None),
        ("!", decimal, "2"), ("A" * 24, decimal, "2"), (None, decimal, "2"),
    ]  # fmt: skip
    wanted = ["C+o=", "3050", "30.5", "1234", "true", "!", "A" * 24, None]
    assert texts(spark, number(), values) == wanted


def test_a_contract_can_say_what_the_schema_would(spark: SparkSession) -> None:
    assert texts(spark, number("Decimal(2)"), [("C+o=", None, None), ("+w==", None, None)]) == ["30.50", "-0.05"]
    assert texts(spark, number("Decimal(2)"), [("MDk=", f"{CONNECT}Decimal", "4")]) == ["1.2345"], "the schema wins"


@pytest.mark.parametrize(
    ("logical", "name", "value", "wanted"),
    [
        ("date", f"{DEBEZIUM}Date", 17424, "2017-09-15"),
        ("date", None, -1, "1969-12-31"),
        ("date", None, "2017-09-15Z", "2017-09-15"),
        ("timestamp", f"{DEBEZIUM}Timestamp", 1529507596945, "2018-06-20 15:13:16.945"),
        ("timestamp", f"{CONNECT}Timestamp", 1529507596945, "2018-06-20 15:13:16.945"),
        ("timestamp", f"{DEBEZIUM}MicroTimestamp", 1529507596945104, "2018-06-20 15:13:16.945104"),
        ("timestamp", f"{DEBEZIUM}NanoTimestamp", 1529507596945104999, "2018-06-20 15:13:16.945104"),
        ("timestamp", f"{DEBEZIUM}NanoTimestamp", -1, "1969-12-31 23:59:59.999999"),
        ("timestamp", None, 1529507596945, "1529507596945"),
        ("timestamp", f"{DEBEZIUM}ZonedTimestamp", "2018-06-20T15:13:16Z", "2018-06-20T15:13:16Z"),
        ("string", f"{DEBEZIUM}Time", 14711789, "04:05:11.789000"),
        ("string", f"{CONNECT}Time", 14711789, "04:05:11.789000"),
        ("string", f"{DEBEZIUM}MicroTime", 14711789123, "04:05:11.789123"),
        ("string", f"{DEBEZIUM}NanoTime", 14711789123999, "04:05:11.789123"),
        ("string", f"{DEBEZIUM}MicroDuration", 93784000000, "93784000000"),
        ("string", None, 14711789, "14711789"),
    ],
)
def test_times_are_read_by_their_type(
    spark: SparkSession, logical: str, name: str | None, value: Any, wanted: str
) -> None:
    assert texts(spark, Property("v", "v", logical, "string"), [(value, name, None)]) == [wanted]


def test_a_time_whose_unit_the_contract_names_stays_a_number(spark: SparkSession) -> None:
    prop = Property("v", "v", "timestamp", "timestamp", source_unit="ms")
    assert texts(spark, prop, [(5, f"{DEBEZIUM}MicroTimestamp", None)]) == ["5"]


def test_every_form_of_a_left_out_value_is_known(spark: SparkSession) -> None:
    placeholder = "__debezium_unavailable_value"
    forms = [
        placeholder, base64.b64encode(placeholder.encode()).decode(), [placeholder], [*placeholder.encode()],
        {placeholder: placeholder},
    ]  # fmt: skip
    rows = [(json.dumps(form),) for form in [*forms, "something", f"{placeholder}!", None]]
    frame = spark.createDataFrame(rows, "value string").select(F.parse_json("value").cast("string").alias("text"))
    found = [row["left_out"] for row in frame.select(wire.is_unavailable(F.col("text")).alias("left_out")).collect()]
    assert found == [True] * len(forms) + [False] * 3
