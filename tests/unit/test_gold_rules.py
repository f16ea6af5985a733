"""Quality rules of a gold contract, as expectations about the whole table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from gold_contract import PROPERTIES, refusal, rule, suite

from hallmark.contracts.measures import Comparison
from hallmark.gold.expectations import Bounds, Metric, between


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("mustBe", "3"),
        ("mustNotBe", "3"),
        ("mustBeGreaterThan", "3"),
        ("mustBeGreaterOrEqualTo", "3"),
        ("mustBeLessThan", "3"),
        ("mustBeLessOrEqualTo", "3"),
        ("mustBeBetween", "[3, 4.5]"),
        ("mustNotBeBetween", "[3, 4.5]"),
    ],
)
def test_a_row_count_takes_every_operator_of_the_standard(tmp_path: Path, operator: str, value: str) -> None:
    found = rule(tmp_path, f"{{type: library, metric: rowCount, {operator}: {value}}}")
    values = tuple(Decimal(number) for number in value.strip("[]").split(","))
    assert (found.metric, found.asks, found.severity) == ("row_count", (Comparison(operator, values),), "error")


def test_a_rule_of_severity_warning_is_a_note(tmp_path: Path) -> None:
    assert rule(tmp_path, "{metric: rowCount, mustBe: 3, severity: warning}").severity == "warning"


def test_a_row_count_in_per_cent_is_refused(tmp_path: Path) -> None:
    text = "    quality: [{metric: rowCount, mustBe: 3, unit: percent}]\n"
    assert "a row count is in rows" in refusal(tmp_path, table=text)


def test_sql_asks_the_table_itself_where_it_says_object(tmp_path: Path) -> None:
    text = "    quality: [{name: late, type: sql, query: 'select max(cost) from ${object};', mustBeLessThan: 9}]\n"
    found = suite(tmp_path, table=text)
    assert found.metrics[-1] == Metric(
        "late", "select * from (\nselect max(cost) from {object}\n) as found", is_query=True
    )
    assert found.expectations[-1].asks == between(None, Decimal(9), below=True)


def test_sql_without_a_name_is_named_by_its_place(tmp_path: Path) -> None:
    assert rule(tmp_path, "{type: sql, query: select 1, mustBe: 1}").name == "fct_charges_sql_0"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{type: sql, query: select 1, mustBe: abc}", "a whole gold table is held to numbers"),
        ("{type: sql, query: 'select max({property}) from {object}', mustBe: 1}", "the rule's SQL can't be run"),
    ],
)
def test_sql_that_gold_cannot_be_held_to_is_refused_at_load(tmp_path: Path, text: str, what: str) -> None:
    assert refusal(tmp_path, table=f"    quality: [{text}]\n").startswith(f"ContractError: {what}\n")


@pytest.mark.parametrize(
    ("text", "metric", "asks"),
    [
        ("{metric: nullValues, mustBeGreaterThan: 5}", "cost.nullValues_0", between(Decimal(5), None, above=True)),
        (
            "{name: n, type: sql, query: 'select min({property}) from {object}', mustBe: 1}",
            "n",
            (Comparison("mustBe", (Decimal(1),)),),
        ),
        (
            (
                "{type: custom, engine: greatExpectations, implementation: "
                "{type: expect_column_mean_to_be_between, kwargs: {min_value: 1}}}"
            ),
            "cost.mean",
            between(Decimal(1), None),
        ),
    ],
)
def test_a_rule_of_a_property_that_measures_the_table_is_run(
    tmp_path: Path, text: str, metric: str, asks: Bounds
) -> None:
    marked = PROPERTIES.replace("logicalType: number,", f"logicalType: number, quality: [{text}],")
    found = suite(tmp_path, properties=marked)
    assert (found.expectations[-1].metric, found.expectations[-1].asks) == (metric, asks)
    assert metric in {each.name for each in found.metrics}


@pytest.mark.parametrize(
    "word", ["severity: Warning", "severity: low", "customProperties: [{property: onViolation, value: warn}]"]
)
def test_what_warns_in_the_contract_warns_on_gold(tmp_path: Path, word: str) -> None:
    assert rule(tmp_path, f"{{metric: rowCount, mustBe: 3, {word}}}").severity == "warning"


def test_an_expectation_of_great_expectations_is_asked_as_a_number(tmp_path: Path) -> None:
    text = (
        "{type: custom, engine: greatExpectations, implementation: {type: expect_column_sum_to_be_between, "
        "kwargs: {column: cost, min_value: 0, strict_min: true}}}"
    )
    found = rule(tmp_path, text)
    assert (found.metric, found.asks) == ("cost.sum", between(Decimal(0), None, above=True))


def test_an_expectation_that_is_about_rows_is_refused_with_the_near_one(tmp_path: Path) -> None:
    text = (
        "    quality: [{type: custom, engine: great-expectations, implementation: "
        "{type: expect_column_means_to_be_between, kwargs: {column: cost}}}]\n"
    )
    letter = refusal(tmp_path, table=text)
    assert "expect_column_means_to_be_between can't be run on a whole table" in letter
    assert letter.endswith("do: did you mean 'expect_column_mean_to_be_between'?")


@pytest.mark.parametrize(
    ("kwargs", "what"),
    [
        ("column: costs, min_value: 0", "fct_charges has no column 'costs'"),
        ("column: cost, min_valu: 0", "the rule can't be run"),
        ("column: cost, mostly: 0.5", "unknown argument 'mostly' of expect_column_mean_to_be_between"),
        ("column: cost", "the expectation asks for nothing"),
        ("column: cost, min_value: low", "not a number"),
    ],
)
def test_a_wrong_argument_is_refused(tmp_path: Path, kwargs: str, what: str) -> None:
    text = (
        "    quality: [{type: custom, engine: greatExpectations, implementation: "
        f"{{type: expect_column_mean_to_be_between, kwargs: {{{kwargs}}}}}}}]\n"
    )
    assert refusal(tmp_path, table=text).startswith(f"ContractError: {what}\n")


def test_what_is_not_run_is_told(tmp_path: Path) -> None:
    text = (
        "    quality:\n      - {type: custom, engine: soda, implementation: x}\n"
        "      - {metric: duplicateValues, mustBe: 0}\n      - {type: text, description: complete}\n"
    )
    assert suite(tmp_path, table=text, levels="{property: retention, value: 3, unit: y}").unused == (
        "fct_charges.odcs.yaml:9: service level retention is documented, not checked",
    )
