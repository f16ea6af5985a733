"""`hallmark contract backtest` without Spark: what it refuses before a session is opened, and how it sums up."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from calls import call
from rich.console import Console

from hallmark.contracts.backtest import Effect, RuleEffect, effect_of
from hallmark.lakehouse.names import Table
from hallmark.pipelines.contract_backtest import Backtest, document, load_time, print_found
from hallmark.pipelines.project import Project

PERSONAL = {"t": frozenset({"email"})}


def backtest(*arguments: str) -> tuple[int, str, str]:
    return call("contract", "backtest", *arguments)


def proposed(old: str = "1.2.0", new: str = "2.0.0") -> str:
    text = Path("contracts/orders.odcs.yaml").read_text(encoding="utf-8")
    Path("new.odcs.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return "new.odcs.yaml"


def test_another_table_than_the_contracts_is_a_letter(finished_shop: Project) -> None:
    assert backtest(proposed(), "--on", "order") == (
        2,
        "",
        (
            "ContractError: the proposed contract does not land in this table\n"
            "  where: new.odcs.yaml\n"
            "  got: bronze.order\n"
            "  wanted: bronze.orders\n"
            "  do: did you mean 'bronze.orders'?\n"
        ),
    )


def test_a_table_without_history_is_a_letter(shop: Project, tmp_path: Path) -> None:
    assert backtest(proposed(), "--on", "bronze.orders") == (
        2,
        "",
        (
            "SettingsError: there is no history to judge\n"
            f"  where: {tmp_path / 'warehouse'}\n"
            "  got: no table bronze.orders\n"
            "  do: hallmark run, or name another --warehouse\n"
        ),
    )


def test_a_lookup_that_is_not_there_is_a_letter(finished_shop: Project) -> None:
    lookup = "customProperties: [{property: lookups, value: [{table: people, key: id, expr: id}]}]\n    properties:"
    code, _, err = backtest(proposed("properties:", lookup), "--on", "orders")
    assert (code, err.splitlines()[0], err.splitlines()[2]) == (
        2,
        "SettingsError: a table that a contract looks values up in is not there",
        "  got: no table silver.people",
    )


def test_a_time_that_is_none_is_a_letter(finished_shop: Project) -> None:
    assert backtest(proposed(), "--on", "orders", "--since", "yesterday") == (
        2,
        "",
        "SettingsError: not a time\n  where: --since\n  got: yesterday\n  wanted: 2026-01-31 or 2026-01-31T12:00\n",
    )


def test_a_contract_without_a_landing_source_is_a_letter(finished_shop: Project) -> None:
    code, _, err = backtest(proposed("format: csv", "format: delta"), "--on", "orders")
    assert (code, err.splitlines()[0]) == (
        2,
        "ContractError: the proposed contract has no landing source, so no bronze table",
    )


def test_a_letter_can_be_one_json_document(finished_shop: Project) -> None:
    code, out, err = backtest(proposed(), "--on", "gone", "--json")
    assert (code, err, json.loads(out)["got"]) == (2, "", "bronze.gone")


def test_a_time_without_a_zone_is_utc() -> None:
    assert load_time("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert load_time(None) is None


def counted(
    side: str, outcome: str, count: int, *samples: str, column: str = "n", rule: str = "minimum"
) -> dict[str, Any]:
    message = None if side == "rows" else f"{column}: {rule}"
    named = {"rule": rule, "columns": [column], "message": message}
    return {"table": "t", "side": side, "outcome": outcome, "count": count, "samples": list(samples), **named}


COUNTED = [
    counted("rows", "neither", 100),
    counted("rows", "both", 10),
    counted("rows", "quarantined", 4),
    counted("rows", "let_through", 2),
    counted("before", "both", 10, "-1", "-2"),
    counted("before", "let_through", 1, "0"),
    counted("after", "both", 9, "-1"),
    counted("after", "quarantined", 4, "7", "8"),
]


def test_the_totals_count_each_row_once() -> None:
    effect = effect_of(COUNTED, {})
    assert replace(effect, rules=()) == Effect(116, 12, 14, 4, 2, ())


def test_a_rule_counts_the_rows_that_break_it_under_either_contract() -> None:
    assert effect_of(COUNTED, {}).rules == (RuleEffect("t", "minimum", ("n",), "n: minimum", 11, 13, 4, 1, ("7", "8")),)


@pytest.mark.parametrize(
    ("column", "rule", "shown"),
    [("email", "pattern", ("***",)), ("_rescued", "readable", ("***",)), ("n", "pattern", ("x",))],
)
def test_samples_of_personal_columns_and_of_unreadable_rows_beside_them_are_masked(
    column: str, rule: str, shown: tuple[str, ...]
) -> None:
    (effect,) = effect_of([counted("after", "quarantined", 1, "x", column=column, rule=rule)], PERSONAL).rules
    assert effect.samples == shown


def test_the_rules_that_decide_most_otherwise_come_first() -> None:
    few = counted("after", "quarantined", 1, column="few")
    many = counted("after", "quarantined", 2, column="many")
    none = counted("after", "both", 9, column="none")
    assert [rule.columns[0] for rule in effect_of([few, none, many], {}).rules] == ["many", "few", "none"]


def test_what_is_printed(shop: Project) -> None:
    (contract,) = shop.contracts
    since = datetime(2026, 1, 31, tzinfo=UTC)
    effect = effect_of([*COUNTED, counted("before", "both", 3, column="m")], {})
    new = replace(contract, version="2.0.0")
    found = Backtest(new, contract, Table("bronze", "orders"), 7, since, effect)
    console = Console(file=io.StringIO(), width=80)
    print_found(console, found)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "shop.orders 1.2.0 -> 2.0.0 on bronze.orders version 7",
        "116 rows loaded since 2026-01-31 00:00 UTC: quarantined 12 -> 14",
        "          4 newly quarantined",
        "          2 newly let through",
        "  n: minimum  11 -> 13 rows  4 newly quarantined, 1 newly let through  e.g. '7', '8'",
        "  m: minimum  3 -> 0 rows  no row decided otherwise",
    ]
    assert {key: value for key, value in document(found).items() if key != "rules"} == {
        "contract": "shop.orders", "proposed_version": "2.0.0", "in_force_version": "1.2.0", "table": "bronze.orders",
        "table_version": 7, "since": "2026-01-31T00:00:00+00:00", "rows": 116, "quarantined_in_force": 12,
        "quarantined_proposed": 14, "newly_quarantined": 4, "newly_let_through": 2,
    }  # fmt: skip
