"""When the broken rows of a rule are too many for a load."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.measures import share
from hallmark.contracts.rules import Rule
from hallmark.lakehouse.names import ERRORS, WARNINGS, sql_text
from hallmark.lakehouse.words import many


def count_of(rule: Rule) -> Column:
    """How many judged rows break a rule: an aggregate over `_errors` or `_warnings`."""
    verdicts = WARNINGS if rule.severity == "warning" else ERRORS
    return F.count_if(F.expr(f"exists({verdicts}, v -> v.rule_fingerprint = {sql_text(rule.fingerprint)})"))


def broken_limits(counted: Iterable[tuple[Rule, int]], rows: int) -> tuple[list[str], list[str]]:
    """Which rules stop a load of `rows`, and which only deserve a word; both as text.

    A rule whose rows pass with a warning stops a load only where the contract says so (`failAbove`).
    """
    stops: list[str] = []
    notes: list[str] = []
    for rule, broken in counted:
        told = f"{rule.message}: {broken:,} of {many(rows, 'row')}"
        above = rule.reaction.fail_above
        if rule.reaction.action == "fail" and broken and above is None:
            stops.append(f"{told}, and the rule bears none")
        elif above is not None and not above.bears(broken, rows):
            stops.append(f"{told}, and the rule bears {above}")
        elif rule.bound is not None and not rule.bound.holds(share(broken, rows) if rule.percent else broken):
            unit = " %" if rule.percent else ""
            (notes if rule.severity == "warning" and not rule.firm else stops).append(
                f"{told}, and it must be {rule.bound}{unit}"
            )
    return stops, notes
