"""A contract's quality rules about a whole table: row counts, SQL that gives one number, and Great Expectations'."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hallmark.contracts.measures import Comparison
from hallmark.contracts.metric_sql import metric_sql, percent_sql
from hallmark.contracts.model import Quality, SchemaObject
from hallmark.contracts.sql import OBJECT, filled
from hallmark.contracts.table_rules import severity_of
from hallmark.contracts.whole_table import measures_table
from hallmark.gold.draft import Draft
from hallmark.gold.expectations import ERROR, ROW_COUNT, WARNING, Bounds, Expectation, Metric, between
from hallmark.lakehouse.errors import did_you_mean
from hallmark.lakehouse.names import quoted

Keys = list[str | int]
_AGGREGATES = {
    "min": "cast(min({c}) as double)",
    "max": "cast(max({c}) as double)",
    "mean": "avg(cast({c} as double))",
    "sum": "sum({c})",
    "stdev": "stddev_samp(cast({c} as double))",
    "median": "median(cast({c} as double))",
    "unique_value_count": "count(distinct {c})",
    "proportion_of_unique_values": "count(distinct {c}) / nullif(count({c}), 0)",
    "proportion_of_non_null_values": "count({c}) / nullif(count(*), 0)",
}
_ROWS_BETWEEN, _ROWS_EQUAL = "expect_table_row_count_to_be_between", "expect_table_row_count_to_equal"
_BY_TYPE = {f"expect_column_{what}_to_be_between": what for what in _AGGREGATES}
_RANGE_KWARGS = ("min_value", "max_value", "strict_min", "strict_max")


def add_rules(draft: Draft, table: SchemaObject) -> None:
    """Add what the quality rules of a table and of its properties ask of the whole table.

    Rules about single rows are judged with the rows; what nothing here runs (a text, another engine) is a warning of
    the contract.

    Raises:
        ContractError: for a rule that can't be run.
    """
    for rule in (*table.quality, *(rule for prop in table.properties for rule in prop.quality)):
        _add_rule(draft, rule, [*rule.place], table)


def _add_rule(draft: Draft, rule: Quality, keys: Keys, table: SchemaObject) -> None:
    if measures_table(rule):
        _add_metric(draft, rule, keys, table)
    elif rule.kind == "sql":
        _add_sql(draft, rule, keys)
    elif rule.kind == "custom" and "check" not in rule.arguments:
        _add_custom(draft, rule, keys)


def _add_metric(draft: Draft, rule: Quality, keys: Keys, table: SchemaObject) -> None:
    asks = _asked(draft, rule, keys)
    if rule.metric == "rowCount":
        _add(draft, rule, keys, metric=ROW_COUNT, says="rows", asks=asks)
        return
    about = f"{rule.column or table.name}.{rule.metric}_{keys[-1]}"
    sql, unit = metric_sql(rule, table), ""
    if rule.percent:
        sql, unit = percent_sql(sql), " in per cent"
    metric = draft.look_up(Metric(about, sql), keys)
    _add(draft, rule, keys, metric=metric, says=f"{rule.column or table.name}: {rule.metric}{unit}", asks=asks)


def _add_sql(draft: Draft, rule: Quality, keys: Keys) -> None:
    name = rule.name or f"{rule.column or draft.table}_sql_{keys[-1]}"
    query = filled(rule.query or "", OBJECT, rule.column, {draft.table: OBJECT})
    metric = draft.look_up(Metric(name, query, is_query=True), keys)
    _add(draft, replace(rule, name=name), keys, metric=metric, says=name, asks=_asked(draft, rule, keys))


def _add_custom(draft: Draft, rule: Quality, keys: Keys) -> None:
    keys = [*keys, "implementation"]
    given = rule.implementation
    if "type" not in given:
        raise draft.refuse("not an expectation", keys, got=repr(given), wanted="{type: expect_..., kwargs: {...}}")
    kind, kwargs = str(given["type"]), dict(given.get("kwargs") or {})
    if kind in {_ROWS_BETWEEN, _ROWS_EQUAL}:
        metric, says = ROW_COUNT, "rows"
        known: tuple[str, ...] = ("value",) if kind == _ROWS_EQUAL else _RANGE_KWARGS
    elif kind in _BY_TYPE:
        column, what = draft.column(kwargs.pop("column", rule.column), [*keys, "kwargs"]), _BY_TYPE[kind]
        metric = draft.look_up(Metric(f"{column}.{what}", _AGGREGATES[what].format(c=quoted(column))), keys)
        says, known = f"{column}: {what.replace('_', ' ')}", _RANGE_KWARGS
    else:
        types = (_ROWS_BETWEEN, _ROWS_EQUAL, *_BY_TYPE)
        todo = did_you_mean(kind, types) or "write it as a rule of type sql that gives one number"
        raise draft.refuse(f"{kind} can't be run on a whole table", keys, wanted=", ".join(types), todo=todo)
    for name in kwargs:
        if name not in known:
            hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
            raise draft.refuse(f"unknown argument {name!r} of {kind}", [*keys, "kwargs", name], todo=hint)
    _add(draft, rule, keys, metric=metric, says=says, asks=_range(draft, kwargs, [*keys, "kwargs"]))


def _add(draft: Draft, rule: Quality, keys: Keys, *, metric: str, says: str, asks: Bounds) -> None:
    name = rule.name or f"{metric.replace('.', '_')}_{len(draft.expectations)}"
    severity = WARNING if severity_of(rule) == "warning" else ERROR
    draft.expect(Expectation(draft.table, name, metric, rule.description or says, asks, severity), keys)


def _asked(draft: Draft, rule: Quality, keys: Keys) -> Bounds:
    asked = rule.comparison
    if asked is None or len(asked.numbers) != len(asked.values):
        got = None if asked is None else str(asked)
        raise draft.refuse("a whole gold table is held to numbers", keys, got=got, wanted="a number as its bound")
    return (asked,)


def _range(draft: Draft, kwargs: dict[str, Any], keys: Keys) -> Bounds:
    if "value" in kwargs:
        return (Comparison("mustBe", (_number(draft, kwargs["value"], [*keys, "value"]),)),)
    low, high = (_end(draft, kwargs, name, keys) for name in ("min_value", "max_value"))
    if low is None and high is None:
        raise draft.refuse("the expectation asks for nothing", keys, wanted="min_value, max_value or both")
    return between(low, high, above=bool(kwargs.get("strict_min")), below=bool(kwargs.get("strict_max")))


def _end(draft: Draft, kwargs: dict[str, Any], name: str, keys: Keys) -> Decimal | None:
    return None if kwargs.get(name) is None else _number(draft, kwargs[name], [*keys, name])


def _number(draft: Draft, value: object, keys: Keys) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not Decimal(str(value)).is_finite():
        raise draft.refuse("not a number", keys, got=repr(value), wanted="a number")
    return Decimal(str(value))
