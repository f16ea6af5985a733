"""SQL of the numbers that library rules about a whole table ask for, for all who run or export them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import Quality, SchemaObject
from hallmark.contracts.value_rules import quality_check
from hallmark.lakehouse.names import quoted

_EACH_ROW = Comparison("mustBe", (Decimal(0),))


def metric_sql(rule: Quality, table: SchemaObject) -> str:
    """The number that a library rule measures, in rows: an aggregate over the table's typed columns."""
    if rule.metric == "rowCount":
        return "count(*)"
    if rule.metric == "duplicateValues":
        return repeats_sql(metric_columns(rule, table))
    prop = next(prop for prop in table.properties if prop.name == rule.column)
    name = quoted(prop.name)
    text = f"to_json({name})" if prop.is_nested else f"cast({name} as string)"
    check = quality_check(prop, replace(rule, comparison=_EACH_ROW), name, text)
    return count_sql(check.violated) if check is not None else "cast(null as bigint)"


def metric_columns(rule: Quality, table: SchemaObject) -> tuple[str, ...]:
    """The columns that a library rule measures: of duplicates without any it is the whole row."""
    if rule.metric == "rowCount":
        return ()
    if rule.column:
        return (rule.column,)
    return tuple(rule.arguments.get("properties") or (prop.name for prop in table.properties))


def count_sql(condition: str) -> str:
    """How many rows hold a condition."""
    return f"count_if({condition})"


def repeats_sql(columns: Sequence[str]) -> str:
    """How many rows have values that came before, as far as all of them are there.

    >>> repeats_sql(["a", "b"])
    'count(`a`, `b`) - count(distinct `a`, `b`)'
    """
    names = ", ".join(map(quoted, columns))
    return f"count({names}) - count(distinct {names})"


def percent_sql(number: str) -> str:
    """A number of rows as a share of all of them; 0 of nothing."""
    return f"coalesce(100.0 * ({number}) / nullif(count(*), 0), 0)"
