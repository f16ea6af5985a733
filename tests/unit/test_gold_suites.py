"""A gold contract's suite: what is expected by default, what the contract adds, and how a slip of the pen is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.gold.expectations import Bounds, Drift, Expectation, Metric, Suite
from hallmark.gold.suite import build_suite
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.names import Table

SHIPPED = Path(__file__).resolve().parents[2] / "contracts" / "gold"
HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: gold.fct_charges
version: 1.0.0
status: active
domain: gold
servers: [{server: gold, type: local, path: gold/fct_charges, format: delta}]
"""
PROPERTIES = """\
    properties:
      - {name: charge_id, logicalType: string, primaryKey: true}
      - {name: charged_at, logicalType: timestamp, required: true}
      - {name: cost, logicalType: number, customProperties: [{property: unit, value: USD}]}
"""


def suite(folder: Path, *, table: str = "", levels: str = "") -> Suite:
    file = folder / "fct_charges.odcs.yaml"
    sla = f"slaProperties:\n  - {levels}\n" if levels else ""
    file.write_text(f"{HEAD}{sla}schema:\n  - name: fct_charges\n{table}{PROPERTIES}", encoding="utf-8")
    return build_suite(load_contract(file, ingest=False))


def rule(folder: Path, text: str) -> Expectation:
    return suite(folder, table=f"    quality:\n      - {text}\n").expectations[-1]


def level(folder: Path, text: str) -> Expectation:
    return suite(folder, levels=text).expectations[-1]


def refusal(folder: Path, *, table: str = "", levels: str = "") -> str:
    with pytest.raises(ContractError) as letter:
        suite(folder, table=table, levels=levels)
    return str(letter.value).replace(f"{folder}/", "")


def test_every_table_is_held_against_its_last_run(tmp_path: Path) -> None:
    found = {each.name: (each.metric, each.asks, each.severity) for each in suite(tmp_path).expectations}
    assert found == {
        "row_count_not_fallen": ("row_count", Drift(low_pct=Decimal(90), whole_rows=True), "error"),
        "row_count_not_jumped": ("row_count", Drift(high_pct=Decimal(1000)), "warning"),
        "cost_nulls_not_risen": ("cost.nulls_pct", Drift(rise=Decimal(20)), "warning"),
        "cost_mean_not_moved": ("cost.mean", Drift(Decimal(50), Decimal(200)), "warning"),
    }


def test_a_contract_moves_the_limits_of_its_table(tmp_path: Path) -> None:
    table = "    customProperties: [{property: rowCountMinPctOfLastRun, value: 99.5}]\n"
    assert suite(tmp_path, table=table).expectations[0].asks == Drift(low_pct=Decimal("99.5"), whole_rows=True)


def test_a_limit_that_is_no_number_is_refused_with_its_line(tmp_path: Path) -> None:
    table = "    customProperties: [{property: rowCountMinPctOfLastRun, value: many}]\n"
    assert refusal(tmp_path, table=table) == (
        "ContractError: rowCountMinPctOfLastRun can't be used\n"
        "  where: fct_charges.odcs.yaml:10 (schema.0.customProperties)\n"
        "  got: 'many'\n"
        "  wanted: a number of per cent, 0 or above"
    )


def test_a_limit_that_is_nearly_one_of_ours_is_told(tmp_path: Path) -> None:
    table = "    customProperties: [{property: rowCountMinPctOfLastRuns, value: 5}]\n"
    (told,) = suite(tmp_path, table=table).unused
    assert told.endswith("has no effect; did you mean 'rowCountMinPctOfLastRun'?")


@pytest.mark.parametrize(
    ("operator", "bounds"),
    [
        ("mustBe: 3", Bounds(Decimal(3), Decimal(3))),
        ("mustNotBe: 3", Bounds(unequal=Decimal(3))),
        ("mustBeGreaterThan: 3", Bounds(low=Decimal(3), above=True)),
        ("mustBeGreaterOrEqualTo: 3", Bounds(low=Decimal(3))),
        ("mustBeLessThan: 3", Bounds(high=Decimal(3), below=True)),
        ("mustBeLessOrEqualTo: 3", Bounds(high=Decimal(3))),
        ("mustBeBetween: [3, 4.5]", Bounds(Decimal(3), Decimal("4.5"))),
        ("mustNotBeBetween: [3, 4.5]", Bounds(Decimal(3), Decimal("4.5"), outside=True)),
    ],
)
def test_a_row_count_takes_every_operator_of_the_standard(tmp_path: Path, operator: str, bounds: Bounds) -> None:
    found = rule(tmp_path, f"{{type: library, metric: rowCount, {operator}}}")
    assert (found.metric, found.asks, found.severity) == ("row_count", bounds, "error")


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
    assert found.expectations[-1].asks == Bounds(high=Decimal(9), below=True)


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
        ("{metric: nullValues, mustBeGreaterThan: 5}", "cost.nullValues_0", Bounds(low=Decimal(5), above=True)),
        (
            "{name: n, type: sql, query: 'select min({property}) from {object}', mustBe: 1}",
            "n",
            Bounds(*[Decimal(1)] * 2),
        ),
        (
            (
                "{type: custom, engine: greatExpectations, implementation: "
                "{type: expect_column_mean_to_be_between, kwargs: {min_value: 1}}}"
            ),
            "cost.mean",
            Bounds(low=Decimal(1)),
        ),
    ],
)
def test_a_rule_of_a_property_that_measures_the_table_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, metric: str, asks: Bounds
) -> None:
    marked = PROPERTIES.replace("logicalType: number,", f"logicalType: number, quality: [{text}],")
    monkeypatch.setitem(globals(), "PROPERTIES", marked)
    found = suite(tmp_path)
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
    assert (found.metric, found.asks) == ("cost.sum", Bounds(low=Decimal(0), above=True))


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


def test_sums_are_reconciled_with_other_tables(tmp_path: Path) -> None:
    item = "{tables: [silver.charges, silver.credits], rows: rows, cost: billed_cost}"
    found = suite(tmp_path, table=f"    customProperties: [{{property: reconciles, value: [{item}]}}]\n")
    charges, refunds = Table("silver", "charges"), Table("silver", "credits")
    assert {metric for metric in found.metrics if metric.source} == {
        Metric("silver.charges:rows", "count(*)", source=charges),
        Metric("silver.credits:rows", "count(*)", source=refunds),
        Metric("silver.charges:billed_cost", "coalesce(sum(billed_cost), 0)", source=charges),
        Metric("silver.credits:billed_cost", "coalesce(sum(billed_cost), 0)", source=refunds),
    }
    assert [(each.ours, each.others) for each in found.differences] == [
        ("row_count", ("silver.charges:rows", "silver.credits:rows")),
        ("cost.sum", ("silver.charges:billed_cost", "silver.credits:billed_cost")),
    ]
    assert found.expectations[-1].says == "sum of cost, less sum of billed_cost of silver.charges + silver.credits"


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ("{tables: [silver.charges]}", "a reconciliation can't be used"),
        ("{tables: [charges], rows: rows}", "not a table"),
        ("{tables: [silver.charges], costs: cost}", "fct_charges has no column 'costs'"),
        ("{tables: [silver.charges], cost: 'cost) from x --'}", "not a column"),
    ],
)
def test_a_reconciliation_that_cannot_be_is_refused(tmp_path: Path, item: str, what: str) -> None:
    table = f"    customProperties: [{{property: reconciles, value: [{item}]}}]\n"
    assert refusal(tmp_path, table=table).startswith(f"ContractError: {what}\n")


@pytest.mark.parametrize("name", ["freshness", "latency"])
def test_freshness_is_the_age_of_the_newest_value(tmp_path: Path, name: str) -> None:
    found = level(tmp_path, f"{{property: {name}, value: 2, unit: d, element: fct_charges.charged_at}}")
    assert found == Expectation(
        "fct_charges",
        f"{name}_charged_at",
        "charged_at.age_hours",
        f"{name}: newest charged_at within 2 d, hours ago",
        Bounds(high=Decimal(48)),
        is_sla=True,
    )


def test_latency_without_a_column_is_the_age_of_the_last_load(tmp_path: Path) -> None:
    found = level(tmp_path, "{property: latency, value: '30', unit: min}")
    assert (found.metric, found.asks, found.stops) == ("hours_since_landed", Bounds(high=Decimal("0.5")), True)


def test_frequency_alerts_and_does_not_stop_what_is_late_already(tmp_path: Path) -> None:
    found = level(tmp_path, "{property: frequency, value: 1, unit: d}")
    assert (found.metric, found.asks, found.stops) == ("hours_since_last_run", Bounds(high=Decimal(24)), False)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{property: latency, value: 2, unit: fortnight}", "not a unit of time"),
        ("{property: latency, value: soon, unit: d}", "not a length of time"),
        ("{property: latency, value: 0, unit: d}", "not a length of time"),
        ("{property: latency, value: 2, element: fct_charges.cost}", "the element has no time"),
        ("{property: latency, value: 2, element: fct_charges.charged_on}", "fct_charges has no column 'charged_on'"),
        ("{property: latency, value: 2, element: dim_date.charged_at}", "the element is of another table"),
    ],
)
def test_a_service_level_that_cannot_be_is_refused(tmp_path: Path, text: str, what: str) -> None:
    assert refusal(tmp_path, levels=text).startswith(f"ContractError: {what}\n")


@pytest.mark.parametrize(
    ("text", "metric", "hours"),
    [
        ("{property: Freshness, value: 5, unit: m}", "hours_since_landed", Decimal(5) / 60),
        ("{property: ly, value: 1, unit: wk}", "hours_since_landed", Decimal(168)),
        ("{property: freshness, value: 7200, unit: sec}", "hours_since_landed", Decimal(2)),
    ],
)
def test_a_service_level_is_read_as_the_contract_reads_it(
    tmp_path: Path, text: str, metric: str, hours: Decimal
) -> None:
    found = level(tmp_path, text)
    assert (found.metric, found.asks) == (metric, Bounds(high=hours))


def test_a_suite_is_another_one_when_a_rule_of_it_is(tmp_path: Path) -> None:
    three, four = (f"    quality: [{{metric: rowCount, mustBe: {rows}}}]\n" for rows in (3, 4))
    first = suite(tmp_path, table=three).fingerprint
    assert suite(tmp_path, table=three).fingerprint == first
    assert suite(tmp_path, table=four).fingerprint != first


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    text = "    quality: [{name: a, metric: rowCount, mustBe: 3}, {name: a, metric: rowCount, mustBe: 4}]\n"
    assert "two rules are named 'a'" in refusal(tmp_path, table=text)


def test_the_shipped_contracts_have_suites_and_no_key_without_effect() -> None:
    suites = [build_suite(load_contract(file, ingest=False)) for file in sorted(SHIPPED.glob("*.odcs.yaml"))]
    assert {name: unused for name, unused in ((each.table, each.unused) for each in suites) if unused} == {}
    firm = {each.table for each in suites if any(isinstance(one.asks, Bounds) for one in each.expectations)}
    assert firm == {each.table for each in suites}  # also on a first run every table is held to something
