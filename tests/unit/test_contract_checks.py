"""Checks that Pandera, Great Expectations and contracts share: their words, their SQL, and what is none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hallmark.contracts.checks import NAMES, Check, literal, violated_sql
from hallmark.contracts.engines import check_of


@pytest.mark.parametrize(
    ("check", "says", "violated"),
    [
        (Check("ge", {"value": 1}), ">= 1", "`x` < 1"),
        (Check("gt", {"value": 1}), "> 1", "`x` <= 1"),
        (Check("le", {"value": 1}), "<= 1", "`x` > 1"),
        (Check("lt", {"value": 1}), "< 1", "`x` >= 1"),
        (Check("eq", {"value": 1}), "= 1", "`x` != 1"),
        (Check("ne", {"value": 1}), "!= 1", "`x` = 1"),
        (Check("in_range", {"min_value": 1, "max_value": 2}), ">= 1 and <= 2", "`x` < 1 or `x` > 2"),
        (
            Check("in_range", {"min_value": 1, "max_value": 2, "include_min": False, "include_max": False}),
            "> 1 and < 2",
            "`x` <= 1 or `x` >= 2",
        ),
        (Check("isin", {"values": [1, 2]}), "one of 1, 2", "`x` not in (1, 2)"),
        (Check("notin", {"values": [1]}), "none of 1", "`x` in (1)"),
        (Check("isin", {"values": []}), "one of ", "`x` is not null"),
        (Check("notin", {"values": []}), "none of ", "false"),
        (Check("notnull"), "no null", "`x` is null"),
    ],
)
def test_a_check_of_numbers(check: Check, says: str, violated: str) -> None:
    assert (check.says, violated_sql(check, "`x`", "int")) == (says, violated)


@pytest.mark.parametrize(
    ("check", "says", "violated"),
    [
        (Check("str_matches", {"value": "a|b"}), "like a|b", "not (`x` rlike '^(?:a|b)')"),
        (Check("str_contains", {"value": "b"}), "with b", "not (`x` rlike 'b')"),
        (Check("str_startswith", {"value": "a'"}), "begins with a'", r"not (startswith(`x`, 'a\''))"),
        (Check("str_endswith", {"value": "z"}), "ends with z", "not (endswith(`x`, 'z'))"),
        (
            Check("str_length", {"min_value": 1, "max_value": 3}),
            ">= 1 character and <= 3 characters",
            "char_length(`x`) < 1 or char_length(`x`) > 3",
        ),
        (Check("str_length", {"exact_value": 3}), "= 3 characters", "char_length(`x`) != 3"),
    ],
)
def test_a_check_of_texts(check: Check, says: str, violated: str) -> None:
    assert (check.says, violated_sql(check, "`x`", "string")) == (says, violated)


def test_nan_counts_as_null_in_a_column_of_floats() -> None:
    assert violated_sql(Check("ge", {"value": 1.5}), "x", "double") == "nanvl(x, null) < cast('1.5' as double)"


@pytest.mark.parametrize(
    ("value", "spark_type", "sql"),
    [
        (True, "boolean", "true"),
        (2**40, "bigint", "cast('1099511627776' as decimal(38,0))"),
        (Decimal("1.50"), "decimal(9,2)", "cast('1.50' as decimal(3,2))"),
        (dt.date(2024, 1, 2), "date", "cast('2024-01-02' as date)"),
        (
            dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC),
            "timestamp",
            "cast('2024-01-02 03:00:00+00:00' as timestamp)",
        ),
        ("2024-01-02", "date", "cast('2024-01-02' as date)"),
    ],
)
def test_a_value_is_compared_in_a_type_that_fits(value: object, spark_type: str, sql: str) -> None:
    assert literal(value, spark_type) == sql


def test_a_value_that_is_none_of_these_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[1\] can't be compared with int"):
        literal([1], "int")


@pytest.mark.parametrize(
    ("implementation", "check"),
    [
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"min_value": 1, "strict_min": True}},
            Check("in_range", {"min_value": 1, "include_min": False}),
        ),
        (
            {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": [1]}},
            Check("isin", {"values": [1]}),
        ),
        ({"expectation_type": "expect_column_values_to_not_be_null"}, Check("notnull")),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"regex": "a"}},
            Check("str_contains", {"value": "a"}),
        ),
        (
            {"type": "expect_column_value_lengths_to_equal", "kwargs": {"value": 3}},
            Check("str_length", {"exact_value": 3}),
        ),
        ({"type": "expect_table_row_count_to_equal", "kwargs": {"value": 3}}, None),
    ],
)
def test_an_expectation_of_values_is_a_check(implementation: dict[str, Any], check: Check | None) -> None:
    assert check_of("greatExpectations", implementation) == check


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"notnull", "in_range", "str_length"}])
def test_a_check_of_pandera_needs_what_it_compares_with(name: str) -> None:
    key = "values" if name in {"isin", "notin"} else "value"
    assert check_of("pandera", {"check": name, key: ["a"]}) == Check(name, {key: ["a"]})
    with pytest.raises(ValueError, match=f"check {name} needs {key}"):
        check_of("pandera", {"check": name})


@pytest.mark.parametrize(
    ("engine", "implementation", "told"),
    [
        ("pandera", {"check": "isinn", "values": []}, "did you mean 'isin'"),
        ("pandera", {"check": "xyz"}, "no check 'xyz'; known: ge, gt"),
        ("pandera", {"check": "in_range"}, "needs min_value or max_value"),
        ("greatExpectations", {"type": "row_count"}, "no expectation 'row_count'"),
        ("greatExpectations", {"type": "expect_column_values_to_be_in_set"}, "needs value_set"),
        (
            "greatExpectations",
            {"type": "expect_column_values_to_be_in_set", "kwargs": {"value_set": [1], "mostly": 0.9}},
            "mostly is not read",
        ),
    ],
)
def test_a_rule_that_the_engine_does_not_have_is_refused(
    engine: str, implementation: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        check_of(engine, implementation)
