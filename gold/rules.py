"""A contract's quality rules about a whole table: row counts, SQL that gives one number, and Great Expectations'."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hallmark.contracts.engines import known_engine
from hallmark.contracts.measures import OPERATORS
from hallmark.contracts.sql import respelt
from hallmark.gold.draft import Draft
from hallmark.gold.expectations import ERROR, ROW_COUNT, WARNING, Bounds, Expectation, Metric
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


def add_rule(draft: Draft, rule: dict[str, Any], keys: Keys) -> None:
    """Add what a quality rule of the table asks for; a text and another engine's rule are documentation.

    Raises:
        ContractError: for a rule that can't be run.
    """
    kind = rule.get("type") or ("library" if "metric" in rule else "text")
    if kind == "library":
        _add_library(draft, rule, keys)
    elif kind == "sql":
        _add_sql(draft, rule, keys)
    elif kind == "custom":
        _add_custom(draft, rule, keys)


def _add_library(draft: Draft, rule: dict[str, Any], keys: Keys) -> None:
    metric = rule["metric"]
    if metric != "rowCount":
        draft.skip(f"library metric {metric} of the whole table {draft.table} is not run on gold", keys)
        return
    if rule.get("unit", "rows") != "rows":
        raise draft.refuse("a row count is in rows", [*keys, "unit"], got=rule["unit"], wanted="rows")
    _add(draft, rule, keys, metric=ROW_COUNT, says="rows", asks=_operator(draft, rule, keys))


def _add_sql(draft: Draft, rule: dict[str, Any], keys: Keys) -> None:
    name = rule.get("name")
    if not name:
        raise draft.refuse("a rule in SQL needs a name", keys, todo="add name: <what_it_is_about>")
    query = respelt(str(rule["query"])).strip().rstrip(";")
    metric = draft.look_up(Metric(name, query, is_query=True), keys)
    _add(draft, rule, keys, metric=metric, says=name, asks=_operator(draft, rule, keys))


def _add_custom(draft: Draft, rule: dict[str, Any], keys: Keys) -> None:
    engine = str(rule["engine"])
    if known_engine(engine) != "greatExpectations":
        draft.skip(f"a rule of engine {engine} of {draft.table} is not run on gold", keys)
        return
    keys = [*keys, "implementation"]
    given = rule["implementation"]
    if not isinstance(given, dict) or "type" not in given:
        raise draft.refuse("not an expectation", keys, got=repr(given), wanted="{type: expect_..., kwargs: {...}}")
    kind, kwargs = str(given["type"]), dict(given.get("kwargs") or {})
    if kind in {_ROWS_BETWEEN, _ROWS_EQUAL}:
        metric, says = ROW_COUNT, "rows"
        known: tuple[str, ...] = ("value",) if kind == _ROWS_EQUAL else _RANGE_KWARGS
    elif kind in _BY_TYPE:
        column, what = draft.column(kwargs.pop("column", None), [*keys, "kwargs"]), _BY_TYPE[kind]
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


def _add(
    draft: Draft, rule: dict[str, Any], keys: Sequence[str | int], *, metric: str, says: str, asks: Bounds
) -> None:
    name = rule.get("name") or f"{metric.replace('.', '_')}_{len(draft.expectations)}"
    severity = WARNING if rule.get("severity") in {"warning", "info"} else ERROR
    text = rule.get("description") or says
    draft.expect(Expectation(draft.table, name, metric, text, asks, severity), keys)


def _operator(draft: Draft, rule: dict[str, Any], keys: Keys) -> Bounds:
    ((name, value),) = [(name, rule[name]) for name in OPERATORS if name in rule][:1] or [("", None)]
    if name in {"", "mustNotBeBetween"}:
        what = f"{name} has no bounds that a table could be held to" if name else "the rule asks for nothing"
        raise draft.refuse(what, [*keys, name] if name else keys, wanted=", ".join(OPERATORS[:-1]))
    if name == "mustBeBetween":
        low, high = (_number(draft, each, [*keys, name]) for each in value)
        return Bounds(low, high)
    limit = _number(draft, value, [*keys, name])
    return {
        "mustBe": Bounds(limit, limit),
        "mustNotBe": Bounds(unequal=limit),
        "mustBeGreaterThan": Bounds(low=limit, above=True),
        "mustBeGreaterOrEqualTo": Bounds(low=limit),
        "mustBeLessThan": Bounds(high=limit, below=True),
        "mustBeLessOrEqualTo": Bounds(high=limit),
    }[name]


def _range(draft: Draft, kwargs: dict[str, Any], keys: Keys) -> Bounds:
    if "value" in kwargs:
        value = _number(draft, kwargs["value"], [*keys, "value"])
        return Bounds(value, value)
    low, high = (_end(draft, kwargs, name, keys) for name in ("min_value", "max_value"))
    if low is None and high is None:
        raise draft.refuse("the expectation asks for nothing", keys, wanted="min_value, max_value or both")
    return Bounds(low, high, above=bool(kwargs.get("strict_min")), below=bool(kwargs.get("strict_max")))


def _end(draft: Draft, kwargs: dict[str, Any], name: str, keys: Keys) -> Decimal | None:
    return None if kwargs.get(name) is None else _number(draft, kwargs[name], [*keys, name])


def _number(draft: Draft, value: object, keys: Keys) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not Decimal(str(value)).is_finite():
        raise draft.refuse("not a number", keys, got=repr(value), wanted="a number")
    return Decimal(str(value))
