"""Service levels of a gold contract (`slaProperties`) as expectations about ages, in hours.

`contracts/sla.py` reads them. Of a column the age is that of its newest value, by the run's clock; without one that of
the newest load into bronze. A broken `frequency` (time since the last publish) alerts, and does not stop. No level is
expected by default: only who knows when rows should come can say that they are late.
"""

from __future__ import annotations

from hallmark.contracts.build_quality import SLA_PROPERTIES
from hallmark.contracts.model import Contract
from hallmark.contracts.sla import PROPERTIES, ServiceLevel, service_levels
from hallmark.contracts.table_rules import newest_sql
from hallmark.gold.draft import Draft
from hallmark.gold.expectations import AGE, LANDED_AGE, NEWEST, RUN_AGE, Expectation, Metric, at_most


def add_levels(draft: Draft, contract: Contract) -> None:
    """Add what the contract's service levels ask of its table; those that nothing checks are skipped with a word.

    Raises:
        ContractError: for a level that can't be read.
    """
    for i, level in enumerate(contract.sla):
        if level.property in SLA_PROPERTIES and level.property not in PROPERTIES:  # of others the contract says so
            draft.skip(f"service level {level.property} is documented, not checked", ["slaProperties", i])
    for asked in service_levels(contract, contract.objects[0]):
        _add(draft, asked)


def _add(draft: Draft, level: ServiceLevel) -> None:
    name = level.name
    if name == "frequency":
        says = f"frequency: published again within {level}, hours since the last time"
        _expect(draft, level, name, metric=RUN_AGE, says=says, stops=False)
    elif not level.columns:
        _expect(draft, level, name, metric=LANDED_AGE, says=f"{name}: last load into bronze within {level}, hours ago")
    for column in level.columns:
        newest = newest_sql(column, str(draft.columns[column].get("logicalType")))
        draft.look_up(Metric(column + NEWEST, f"{newest} / 1e6"), level.place)
        says = f"{name}: newest {column} within {level}, hours ago"
        _expect(draft, level, f"{name}_{column}", metric=column + AGE, says=says)


def _expect(draft: Draft, level: ServiceLevel, name: str, *, metric: str, says: str, stops: bool = True) -> None:
    # Older is worse, and a time ahead of the clock is no lateness.
    asks = at_most(level.seconds / 3600)
    draft.expect(Expectation(draft.table, name, metric, says, asks, is_sla=True, stops=stops), level.place)
