"""Outcomes of rules: what a bound, a tolerance or an action makes of a number of broken rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hallmark.contracts.limits import broken_limits
from hallmark.contracts.measures import Comparison, Tolerance
from hallmark.contracts.model import Property, Reaction, SchemaObject
from hallmark.contracts.rules import Rule
from hallmark.contracts.table_rules import plain_value, row_outcome, spark_says

FIVE = Comparison("mustBeLessThan", (Decimal(5),))
ONE_PERCENT = Tolerance(Decimal(1), "percent")


def rule(**parts: object) -> Rule:
    return Rule("nullValues", "c", "c: no null", "c is null", "c", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "broken", "holds", "wanted"),
    [
        (rule(), 0, True, "no row"),
        (rule(), 1, False, "no row"),
        (rule(reaction=Reaction("fail")), 1, False, "no row"),
        (rule(reaction=Reaction("fail"), bound=FIVE), 1, False, "no row"),
        (rule(bound=FIVE), 4, True, "< 5 rows"),
        (rule(bound=FIVE), 5, False, "< 5 rows"),
        (rule(bound=FIVE, percent=True), 9, True, "< 5 %"),
        (rule(bound=FIVE, percent=True), 10, False, "< 5 %"),
        (rule(reaction=Reaction("quarantine", ONE_PERCENT)), 2, True, "at most 1 %"),
        (rule(reaction=Reaction("quarantine", ONE_PERCENT)), 3, False, "at most 1 %"),
        (rule(reaction=Reaction("warn", ONE_PERCENT), bound=FIVE), 5, False, "< 5 rows and at most 1 %"),
    ],
)
def test_a_row_rule_holds_up_to_its_limit(found: Rule, broken: int, holds: bool, wanted: str) -> None:
    outcome = row_outcome(found, broken, 200)
    assert (outcome.holds, outcome.wanted) == (holds, wanted)


def test_a_warning_stays_one_until_its_tolerance_is_exceeded() -> None:
    bearing = rule(reaction=Reaction("warn", ONE_PERCENT))
    assert row_outcome(rule(reaction=Reaction("warn")), 5, 200).severity == "warning"
    assert [row_outcome(bearing, broken, 200).severity for broken in (2, 3)] == ["warning", "error"]


@pytest.mark.parametrize("action", ["quarantine", "warn", "drop", "fail"])
@pytest.mark.parametrize("tolerance", [None, ONE_PERCENT])
@pytest.mark.parametrize("bound", [None, FIVE])
@pytest.mark.parametrize("broken", [0, 1, 3, 7])
def test_what_stops_a_load_violates_a_contract(
    action: str, tolerance: Tolerance | None, bound: Comparison | None, broken: int
) -> None:
    found = rule(reaction=Reaction(action, tolerance), bound=bound)
    outcome = row_outcome(found, broken, 200)
    stops, _ = broken_limits([(found, broken)], 200)
    if stops:
        assert (outcome.holds, outcome.severity) == (False, "error")


def test_a_querys_value_is_made_comparable() -> None:
    assert [plain_value(value) for value in (None, 3, Decimal("1.50"), False, "x", float("nan"))] == [
        None, Decimal(3), Decimal("1.50"), "false", "x", None,
    ]  # fmt: skip


def test_an_error_of_spark_shows_no_value_where_a_column_is_personal() -> None:
    error = ValueError("\n[CAST_INVALID_INPUT] The value 'it's me' of the type \"STRING\" can't be cast.\nmore")
    open_table = SchemaObject("t", "t", (Property("c", "c", "string", "string"),))
    personal = SchemaObject("t", "t", (Property("c", "c", "string", "string", personal=True),))
    assert spark_says(error, open_table).startswith("[CAST_INVALID_INPUT] The value 'it's me'")
    assert spark_says(error, personal) == "[CAST_INVALID_INPUT]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[CANNOT_PARSE_TIMESTAMP] Text 'ann@example.com' could not be parsed", "[CANNOT_PARSE_TIMESTAMP]"),
        ("[USER_RAISED_EXCEPTION] bad: ann@x.org SQLSTATE: P0001", "[USER_RAISED_EXCEPTION]"),
        (
            "An error occurred\n: [INVALID_FORMAT.MISMATCH_INPUT] The input 'ann@x.org'",
            "[INVALID_FORMAT.MISMATCH_INPUT]",
        ),
    ],
)
def test_an_error_of_spark_is_told_by_its_class_where_it_may_quote_a_person(text: str, told: str) -> None:
    personal = SchemaObject("t", "t", (Property("c", "c", "string", "string", personal=True),))
    assert spark_says(ValueError(text), personal) == told
