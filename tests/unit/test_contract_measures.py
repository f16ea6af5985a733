"""Comparisons and tolerances: which numbers hold, and texts that are neither."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallmark.contracts.limits import broken_limits
from hallmark.contracts.measures import OPERATORS, Tolerance, read_comparison, read_tolerance
from hallmark.contracts.model import Reaction
from hallmark.contracts.rules import Rule


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"mustBe": 3}, [3, 3.0, "3"], [2, 4, None]),
        ({"mustBe": "ok"}, ["ok"], ["no", 1, None]),
        ({"mustNotBe": 3}, [2, "x"], [3, None]),
        ({"mustBeGreaterThan": 3}, [4, 3.5], [3, 2, "x", None]),
        ({"mustBeGreaterOrEqualTo": 3}, [3, 4], [2.9]),
        ({"mustBeLessThan": 3}, [2, -1], [3]),
        ({"mustBeLessOrEqualTo": 3}, [3], [3.01]),
        ({"mustBeBetween": [1, 5]}, [1, 5, 3], [0.9, 5.1, None]),
        ({"mustNotBeBetween": [1, 5]}, [0, 6], [1, 5, 3, None]),
    ],
)
def test_a_comparison_holds_for_what_it_says(rule: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    comparison = read_comparison(rule)
    assert comparison is not None
    assert [value for value in good if not comparison.holds(value)] == []
    assert [value for value in bad if comparison.holds(value)] == []


def test_every_operator_of_the_standard_is_read() -> None:
    assert len(OPERATORS) == 8
    assert all(read_comparison({name: [1, 2] if "Between" in name else 1}) is not None for name in OPERATORS)


def test_a_rule_without_a_bound_has_no_comparison() -> None:
    assert read_comparison({"metric": "rowCount"}) is None


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"mustBeBetween": [5, 1]}, "mustBeBetween: 5 is above 1"),
        ({"mustBeLessThan": "few"}, "mustBeLessThan: 'few' is not a number"),
        ({"mustBeLessThan": float("inf")}, "mustBeLessThan: inf is not a finite number"),
    ],
)
def test_a_bound_that_bounds_nothing_is_refused(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_comparison(rule)


@pytest.mark.parametrize(
    ("rule", "none", "upper"),
    [
        ({"mustBe": 0}, True, True),
        ({"mustBeLessThan": 1}, True, True),
        ({"mustBeLessOrEqualTo": 0}, True, True),
        ({"mustBeLessThan": 5}, False, True),
        ({"mustBeBetween": [0, 9]}, False, True),
        ({"mustBe": 5}, False, False),
        ({"mustBeGreaterThan": 0}, False, False),
        ({"mustNotBe": 5}, False, False),
        ({"mustNotBeBetween": [1, 5]}, False, False),
    ],
)
def test_only_an_upper_bound_makes_a_counted_row_a_bad_one(rule: dict[str, Any], *, none: bool, upper: bool) -> None:
    comparison = read_comparison(rule)
    assert comparison is not None
    assert (comparison.allows_none, comparison.is_upper_bound) == (none, upper)


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("1%", Tolerance(Decimal(1), "percent")),
        ("0.5 percent", Tolerance(Decimal("0.5"), "percent")),
        ("10 rows", Tolerance(Decimal(10), "rows")),
        (3, Tolerance(Decimal(3), "rows")),
    ],
)
def test_a_tolerance_is_a_share_or_a_number_of_rows(text: object, tolerance: Tolerance) -> None:
    assert read_tolerance(text) == tolerance


@pytest.mark.parametrize("text", ["", "-1%", "few", "1 kg", "1e3", None])
def test_other_texts_are_no_tolerance(text: object) -> None:
    with pytest.raises(ValueError, match="neither a share such as 1% nor a number of rows"):
        read_tolerance(text)


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(0, 100))
def test_a_share_is_borne_when_it_is_at_most_the_limit(broken: int, rows: int, limit: int) -> None:
    assert Tolerance(Decimal(limit), "percent").bears(broken, rows) == (broken * 100 <= limit * rows)


def rule(action: str = "quarantine", above: str | None = None, bound: dict[str, Any] | None = None) -> Rule:
    reaction = Reaction(action, read_tolerance(above) if above else None)
    return Rule("minimum", "x", "x: >= 1", "x < 1", "x", reaction, bound=read_comparison(bound) if bound else None)


@pytest.mark.parametrize(
    ("broken", "limited", "stops", "notes"),
    [
        (5, rule(), [], []),
        (0, rule("fail"), [], []),
        (5, rule("fail"), ["x: >= 1: 5 of 100 rows, and the rule bears none"], []),
        (1, rule(above="1%"), [], []),
        (2, rule(above="1%"), ["x: >= 1: 2 of 100 rows, and the rule bears 1 %"], []),
        (2, rule("fail", above="3 rows"), [], []),
        (4, rule("drop", above="3 rows"), ["x: >= 1: 4 of 100 rows, and the rule bears 3 rows"], []),
        (4, rule(bound={"mustBeLessThan": 5}), [], []),
        (5, rule(bound={"mustBeLessThan": 5}), ["x: >= 1: 5 of 100 rows, and it must be < 5"], []),
        (5, rule("warn", bound={"mustBeLessThan": 5}), [], ["x: >= 1: 5 of 100 rows, and it must be < 5"]),
        (5, rule("warn", above="1%"), ["x: >= 1: 5 of 100 rows, and the rule bears 1 %"], []),
    ],
)
def test_too_many_broken_rows_stop_a_load(broken: int, limited: Rule, stops: list[str], notes: list[str]) -> None:
    assert broken_limits([(limited, broken)], 100) == (stops, notes)
