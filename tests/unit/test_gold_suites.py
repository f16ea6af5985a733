"""A gold contract's suite: what is expected by default, what the contract adds, and how a slip of the pen is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from gold_contract import refusal, suite

from hallmark.contracts.loader import load_contract
from hallmark.gold.expectations import Drift, Metric
from hallmark.gold.suite import build_suite
from hallmark.lakehouse.names import Table

SHIPPED = Path(__file__).resolve().parents[2] / "contracts" / "gold"


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
    firm = {each.table for each in suites if any(not isinstance(one.asks, Drift) for one in each.expectations)}
    assert firm == {each.table for each in suites}  # also on a first run every table is held to something
