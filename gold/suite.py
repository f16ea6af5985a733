"""From a gold contract to its suite: what is expected by default, what the contract adds, and its service levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from hallmark.contracts.build import Build
from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.model import Contract
from hallmark.gold import reconcile, rules, sla
from hallmark.gold.draft import Draft
from hallmark.gold.expectations import ERROR, ROW_COUNT, WARNING, Drift, Expectation, Metric, Suite
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import identifier, quoted

DOMAIN = "gold"
ROWS_LOW, ROWS_HIGH = "rowCountMinPctOfLastRun", "rowCountMaxPctOfLastRun"
RECONCILES = "reconciles"
NULLS_RISE, MEAN_LOW, MEAN_HIGH = "nullsMaxRisePoints", "meanMinPctOfLastRun", "meanMaxPctOfLastRun"
DEFAULTS = {ROWS_LOW: 90, ROWS_HIGH: 1000, NULLS_RISE: 20, MEAN_LOW: 50, MEAN_HIGH: 200}
"""What is expected of every table against its last run; custom properties of the table with these names override it."""


def build_suite(contract: Contract) -> Suite:
    """The suite of a gold contract's table; the contract is one that was read from a file.

    Raises:
        ContractError: for a rule of the table or a service level that can't be run; with file and line.
    """
    document = contract.origin
    assert document is not None  # noqa: S101 -- see above
    entry: dict[str, Any] = document.content["schema"][0]
    columns = {item["name"]: item for item in entry.get("properties") or []}
    draft = Draft(Build(document), identifier(entry["name"], where="schema.0.name"), columns)
    draft.look_up(Metric(ROW_COUNT, "count(*)"), ["schema"])
    _against_last_run(draft, entry)
    given = custom_of(entry)
    if RECONCILES in given:
        reconcile.add_reconciliations(draft, given[RECONCILES], ["schema", 0, "customProperties"])
    rules.add_rules(draft, contract.objects[0])
    sla.add_levels(draft, contract)
    return draft.suite()


def build_suites(contracts: Iterable[Contract]) -> tuple[Suite, ...]:
    """The suites of those contracts that are of gold; their `unused` says what in them has no effect.

    Raises:
        ContractError: as `build_suite`; also for a contract of built tables that are of no domain `gold`.
    """
    built = [contract for contract in contracts if not contract.is_source]
    for contract in built:
        if contract.domain != DOMAIN:
            raise ContractError(
                "a contract whose servers are all Delta describes a table that is built here, and only gold is",
                where=contract.file,
                got=f"domain {contract.domain}",
                wanted=f"domain {DOMAIN}",
                todo="set its domain to gold, or give it the server that its rows land through",
            )
    return tuple(build_suite(contract) for contract in built if contract.origin is not None)


def _against_last_run(draft: Draft, entry: dict[str, Any]) -> None:
    keys: list[str | int] = ["schema", 0, "customProperties"]
    limits = _limits(draft, custom_of(entry), keys)
    low = Drift(low_pct=limits[ROWS_LOW], whole_rows=True)
    says = f"rows, at least {limits[ROWS_LOW]} % of the last run's"
    draft.expect(Expectation(draft.table, "row_count_not_fallen", ROW_COUNT, says, low, ERROR), keys)
    high = Drift(high_pct=limits[ROWS_HIGH])
    says = f"rows, at most {limits[ROWS_HIGH]} % of the last run's"
    draft.expect(Expectation(draft.table, "row_count_not_jumped", ROW_COUNT, says, high, WARNING), keys)
    for name in _nullable(draft.columns):
        share = f"100.0 * (count(*) - count({quoted(name)})) / nullif(count(*), 0)"
        metric = draft.look_up(Metric(f"{name}.nulls_pct", share), keys)
        says = f"{name}: per cent without a value, at most {limits[NULLS_RISE]} points above the last run's"
        rise = Drift(rise=limits[NULLS_RISE])
        draft.expect(Expectation(draft.table, f"{name}_nulls_not_risen", metric, says, rise, WARNING), keys)
    for name in _measures(draft.columns):
        metric = draft.look_up(Metric(f"{name}.mean", f"avg(cast({quoted(name)} as double))"), keys)
        says = f"{name}: mean, {limits[MEAN_LOW]} % to {limits[MEAN_HIGH]} % of the last run's"
        drift = Drift(limits[MEAN_LOW], limits[MEAN_HIGH])
        draft.expect(Expectation(draft.table, f"{name}_mean_not_moved", metric, says, drift, WARNING), keys)


def _nullable(columns: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Columns that may be null: a join that no longer finds anything shows there."""
    return (name for name, item in columns.items() if not item.get("required") and not item.get("primaryKey"))


def _measures(columns: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Numbers with a unit: a mean of keys or hours of the day would say nothing."""
    for name, item in columns.items():
        if item.get("logicalType") in {"number", "integer"} and "unit" in custom_of(item):
            yield name


def _limits(draft: Draft, given: dict[str, Any], keys: Sequence[str | int]) -> dict[str, Decimal]:
    for name in given:
        known = (*DEFAULTS, RECONCILES)
        if name not in known and (hint := did_you_mean(name, known)):
            draft.skip(f"custom property {name!r} of {draft.table} has no effect; {hint}", keys)
    limits = {**DEFAULTS, **{name: value for name, value in given.items() if name in DEFAULTS}}
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            wanted = "a number of per cent, 0 or above"
            raise draft.refuse(f"{name} can't be used", keys, got=repr(value), wanted=wanted)
    return {name: Decimal(str(value)) for name, value in limits.items()}
