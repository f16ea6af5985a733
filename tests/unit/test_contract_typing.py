"""The SQL that types a source's text: what it takes for a number or a time, and that nothing in it can throw."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hallmark.contracts import typing_sql
from hallmark.contracts.model import Property
from hallmark.contracts.typing_sql import typed_sql


def typed(logical: str, spark: str, **parts: Any) -> str:
    return typed_sql(Property("x", "X", logical, spark, **parts), "`_text_x`")


def test_a_text_stays_as_it_came() -> None:
    assert typed("string", "string") == "`_text_x`"


def test_a_key_has_no_outer_blanks() -> None:
    assert typed("string", "string", key_position=1) == "trim(`_text_x`)"


def test_a_boolean_is_tried() -> None:
    assert typed("boolean", "boolean") == "try_cast(trim(`_text_x`) as boolean)"


def test_a_date_is_tried_when_it_looks_like_one() -> None:
    assert typed("date", "date") == (
        "if(trim(`_text_x`) rlike '^(?!0000)[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$', try_cast(trim(`_text_x`) as date), null)"
    )


def test_a_format_is_quoted() -> None:
    assert typed("date", "date", format="dd'T'MM") == r"cast(try_to_timestamp(trim(`_text_x`), 'dd\'T\'MM') as date)"
    assert typed("timestamp", "timestamp", format="yy/MM/dd") == "try_to_timestamp(trim(`_text_x`), 'yy/MM/dd')"


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ("dd.MM.yy'Z'", False),
        ("yyyy-MM-dd", True),  # the year 0000
        ("yyyy-MM-dd'T'HH:mmXXX", True),
        ("y-MM-dd", True),
        ("z yyyy", True),
    ],
)
def test_only_a_format_that_leads_out_of_the_years_is_asked_for_them(pattern: str, asked: bool) -> None:
    assert ("between timestamp'0001-01-01T00:00:00Z'" in typed("timestamp", "timestamp", format=pattern)) == asked


@pytest.mark.parametrize(("unit", "micros"), [("s", "1000000"), ("ms", "1000"), ("us", "1"), ("ns", "0.001")])
def test_a_time_since_epoch_is_counted_in_microseconds(unit: str, micros: str) -> None:
    assert (
        f"timestamp_micros(try_cast(floor(try_cast(trim(`_text_x`) as decimal(28,9)) * {micros}) as bigint))"
        in typed("timestamp", "timestamp", source_unit=unit)
    )


def test_a_double_is_finite_or_null() -> None:
    assert "if(abs(try_cast(trim(`_text_x`) as double)) < double('Infinity'), " in typed("number", "double")


@pytest.mark.parametrize(
    ("spark", "source_unit", "unit", "value"),
    [
        ("double", "s", "ms", "cast(try_cast(trim(`_text_x`) as double) * 1000D / 1D as double)"),
        ("float", "MiB", "GiB", "cast(try_cast(trim(`_text_x`) as double) * 1D / 1024D as float)"),
        (
            "decimal(18,3)",
            "ms",
            "s",
            "try_cast(try_cast(trim(`_text_x`) as decimal(24,12)) * 1 / 1000 as decimal(18,3))",
        ),
    ],
)
def test_a_number_in_another_unit_is_converted(spark: str, source_unit: str, unit: str, value: str) -> None:
    assert value in typed("number", spark, source_unit=source_unit, unit=unit)


@pytest.mark.parametrize("unit", ["ms", None])
def test_a_number_in_its_own_unit_is_not_converted(unit: str | None) -> None:
    assert typed("number", "double", source_unit="ms", unit=unit) == typed("number", "double")


def test_a_decimal_with_more_digits_than_its_type_holds_is_null_and_not_rounded() -> None:
    sql = typed("number", "decimal(38,12)")
    assert "length(rtrim('0', regexp_extract(trim(`_text_x`), '[.]([0-9]*)', 1))) > 12" in sql


@pytest.mark.parametrize(
    ("logical", "spark", "parts"),
    [
        ("boolean", "boolean", {}),
        ("date", "date", {}),
        ("date", "date", {"format": "yyyyMMdd"}),
        ("timestamp", "timestamp", {}),
        ("timestamp", "timestamp", {"format": "yyyy"}),
        ("timestamp", "timestamp", {"source_unit": "ns"}),
        ("integer", "int", {}),
        ("integer", "bigint", {"source_unit": "s", "unit": "ms"}),
        ("number", "double", {}),
        ("number", "float", {"source_unit": "s", "unit": "ms"}),
        ("number", "decimal(38,38)", {}),
        ("number", "decimal(18,2)", {"source_unit": "s", "unit": "ms"}),
    ],
)
def test_a_sources_text_is_only_ever_tried(logical: str, spark: str, parts: dict[str, str]) -> None:
    """A plain cast of a text that can't be cast fails the whole load in ANSI mode."""
    sql = typed(logical, spark, **parts)
    assert not re.search(r"(?<!try_)\bcast\((trim|regexp_replace|`)", sql)
    assert not re.search(r"(?<!try_)to_timestamp\(", sql)


def test_no_decimal_asks_for_more_digits_than_spark_has() -> None:
    scales = [int(scale) for scale in re.findall(r"decimal\(38,(\d+)\)", typed("number", "decimal(38,30)"))]
    assert scales
    assert max(scales) <= 38


@pytest.mark.parametrize("text", ["0", "-1", "+1", "1.", ".5", "1.5", "1e5", "1.5E-3", "007"])
def test_this_is_a_number(text: str) -> None:
    assert re.match(typing_sql._NUMBER, text)


@pytest.mark.parametrize("text", ["", ".", "-", "1,5", "1 5", "0x1", "NaN", "Infinity", "1d", "1e", "--1", "\u0661"])
def test_this_is_no_number(text: str) -> None:
    assert not re.match(typing_sql._NUMBER, text)


@pytest.mark.parametrize(
    ("text", "whole"), [("12", True), ("12.", True), ("12.00", True), ("12.5", False), ("1e3", False)]
)
def test_a_whole_number_has_no_fraction(text: str, whole: bool) -> None:
    assert bool(re.match(typing_sql._WHOLE, text)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "2024-10-27",
        "2024-10-27 12:00",
        "2024-10-27 12:00:00",
        "2024-10-27T12:00:00.123456Z",
        "2024-10-27 12:00:00.123456789",
        "2024-10-27 12:00:00 UTC",
        "2024-10-27T12:00:00+02:00",
        "2024-10-27T12:00:00 -0530",
    ],
)
def test_this_is_a_time(text: str) -> None:
    assert re.match(typing_sql._TIMESTAMP, text)


@pytest.mark.parametrize(
    "text", ["", "2024", "2024-10", "20241027", "12:00", "2024-10-27 12", "2024-10-27 12:00 CET", "27.10.2024", "now"]
)
def test_this_is_no_time(text: str) -> None:
    assert not re.match(typing_sql._TIMESTAMP, text)
