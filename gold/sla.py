"""Service levels of a gold contract (`slaProperties`) as expectations about ages, in hours.

| property | with `element: table.column` | without |
|---|---|---|
| `freshness`, `latency` | age of the column's newest value, by the run's clock | age of the newest load into bronze |
| `frequency` | (no column) | time since the last publish; alerts, and does not stop |

All others (`retention`, `generalAvailability`, `endOfSupport`, ...) are documentation here. No level is expected by
default: only who knows when rows should come can say that they are late.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from hallmark.contracts.build_quality import SLA_PROPERTIES
from hallmark.contracts.model import Sla
from hallmark.contracts.table_rules import newest_sql
from hallmark.contracts.units import SECONDS
from hallmark.gold.draft import Draft
from hallmark.gold.expectations import AGE, LANDED_AGE, NEWEST, RUN_AGE, Bounds, Expectation, Metric, plain
from hallmark.lakehouse.errors import did_you_mean

Keys = list[str | int]
AGES = ("freshness", "latency")
KNOWN = (*AGES, "frequency")


def add_level(draft: Draft, level: Sla, keys: Keys) -> None:
    """Add what a service level asks for.

    Raises:
        ContractError: for a value or unit that is no time, and an element that is no time column of the table.
    """
    name = level.property
    if name not in KNOWN:
        if name in SLA_PROPERTIES:  # of others the contract says so
            draft.skip(f"service level {name} is documented, not checked", keys)
        return
    hours = _hours(draft, level, keys)
    within = f"within {plain(Decimal(str(level.value)))} {level.unit or 'd'}"
    if name == "frequency":
        says = f"frequency: published again {within}, hours since the last time"
        _expect(draft, keys, name, metric=RUN_AGE, says=says, hours=hours, stops=False)
        return
    elements = [each.strip() for each in str(level.element or "").split(",") if each.strip()]
    if not elements:
        says = f"{name}: last load into bronze {within}, hours ago"
        _expect(draft, keys, name, metric=LANDED_AGE, says=says, hours=hours)
    for element in elements:
        column = _time_column(draft, element, [*keys, "element"])
        newest = newest_sql(column, str(draft.columns[column].get("logicalType")))
        draft.look_up(Metric(column + NEWEST, f"{newest} / 1e6"), keys)
        says = f"{name}: newest {column} {within}, hours ago"
        _expect(draft, keys, f"{name}_{column}", metric=column + AGE, says=says, hours=hours)


def _expect(draft: Draft, keys: Keys, name: str, *, metric: str, says: str, hours: Decimal, stops: bool = True) -> None:
    # Older is worse, and a time ahead of the clock is no lateness.
    expectation = Expectation(draft.table, name, metric, says, Bounds(high=hours), is_sla=True, stops=stops)
    draft.expect(expectation, keys)


def _hours(draft: Draft, level: Sla, keys: Keys) -> Decimal:
    unit = str(level.unit or "d").lower()
    if unit not in SECONDS:
        hint = did_you_mean(unit, SECONDS) or None
        raise draft.refuse("not a unit of time", [*keys, "unit"], got=unit, wanted="s, min, h, d, w or y", todo=hint)
    try:
        value = Decimal(str(level.value))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value <= 0:
        wanted = "a number above 0, its unit in `unit`"
        raise draft.refuse("not a length of time", [*keys, "value"], got=repr(level.value), wanted=wanted)
    return value * SECONDS[unit] / 3600


def _time_column(draft: Draft, element: str, keys: Keys) -> str:
    *path, name = element.split(".")
    if path and path[-1] != draft.table:
        raise draft.refuse("the element is of another table", keys, got=element, wanted=f"{draft.table}.<column>")
    column = draft.column(name, keys)
    kind = draft.columns[column].get("logicalType")
    if kind not in {"timestamp", "date"}:
        raise draft.refuse("the element has no time", keys, got=f"{column}: {kind}", wanted="a timestamp or a date")
    return column
