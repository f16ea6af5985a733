"""A quality rule of an ODCS document: whether it can be run, and its arguments as values of the column's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hallmark.contracts.engines import check_of, known_engine
from hallmark.contracts.fitting import fitted, fitted_values, fitted_words, names_of, pattern_of
from hallmark.contracts.model import Property, Quality
from hallmark.contracts.sql import filled, refuse_writing
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

_ARGUMENTS = {
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern"),
    "duplicateValues": ("properties",),
}
_OF_A_PROPERTY = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
_OF_A_TABLE = ("rowCount", "duplicateValues")


def runnable(rule: Quality, item: Mapping[str, Any], keys: Keys, build: Build, prop: Property | None) -> Quality | None:
    """The rule with its arguments read; None, and a warning, for one that is documented only.

    Args:
        rule: the rule as its keys say it.
        item: the rule in the document.
        keys: its place there.
        build: the document.
        prop: the property that it stands at; None at a table.

    Raises:
        ContractError: for a rule that can't be run.
    """
    if rule.kind == "library":
        return _library(rule, item, keys, build, prop)
    if rule.kind == "sql":
        return _sql(rule, keys, build)
    if rule.kind == "custom":
        return _custom(rule, keys, build, prop)
    return rule


def _library(rule: Quality, item: Mapping[str, Any], keys: Keys, build: Build, prop: Property | None) -> Quality | None:
    where = "a table" if prop is None else "a property"
    if rule.metric not in (_OF_A_TABLE if prop is None else _OF_A_PROPERTY):
        build.warn(f"metric {rule.metric!r} of {where} is documented, not run", keys)
        return None
    if item.get("rule") == "validValues" and "validValues" in item:  # as ODCS 3.0 wrote it
        rule = replace(rule, arguments={**rule.arguments, "validValues": item["validValues"]})
    known = _ARGUMENTS.get(str(rule.metric), ())
    for name in rule.arguments:
        if name not in known:
            hint = did_you_mean(str(name), known) or f"known: {', '.join(known) or 'none'}"
            raise build.refuse(f"metric {rule.metric} has no argument {name!r}", [*keys, "arguments"], todo=hint)
    if rule.metric in {"missingValues", "invalidValues"} and not rule.arguments:
        raise build.refuse(f"metric {rule.metric} needs an argument", keys, wanted=" or ".join(known))
    if len(rule.arguments) > 1:
        raise build.refuse("a rule has both validValues and pattern", [*keys, "arguments"], todo="make it two rules")
    rule = replace(rule, arguments=_read_arguments(rule, keys, build, prop))
    if rule.unit not in {"rows", "percent", "%"}:
        raise build.refuse("unknown unit of a quality rule", keys, got=rule.unit, wanted="rows or percent")
    if rule.metric == "rowCount" and rule.percent:
        raise build.refuse("a row count is in rows", [*keys, "unit"], got=rule.unit, wanted="rows")
    _refuse_boundless(rule, keys, build)
    if rule.comparison is not None and any(isinstance(value, str) for value in rule.comparison.values):
        raise build.refuse("a count is compared with a text", keys, got=rule.comparison, wanted="a number")
    return rule


def _read_arguments(rule: Quality, keys: Keys, build: Build, prop: Property | None) -> dict[str, Any]:
    read: dict[str, Callable[[Any], Any]] = {"pattern": pattern_of, "properties": names_of}
    if prop is not None:
        read |= {
            "validValues": lambda values: fitted_values("validValues", values, prop),
            "missingValues": lambda values: fitted_words(values, prop),
        }
    found = {}
    for name, value in rule.arguments.items():
        try:
            found[name] = read[name](value)
        except ValueError as error:
            what = "the pattern is no regular expression" if name == "pattern" else f"{name} can't be used"
            raise build.refuse(what, [*keys, "arguments", name], got=error) from None
    return found


def _refuse_boundless(rule: Quality, keys: Keys, build: Build) -> None:
    if rule.comparison is None:
        raise build.refuse(
            "the rule has no bound", keys, wanted="mustBe, mustBeLessThan, ...", todo="such as mustBe: 0"
        )


def _sql(rule: Quality, keys: Keys, build: Build) -> Quality:
    try:
        refuse_writing(rule.query or "")
        filled(rule.query or "", "t", rule.column)
    except ValueError as error:
        raise build.refuse(
            "the rule's SQL can't be run", [*keys, "query"], got=error, wanted="one SELECT that returns one value"
        ) from None
    _refuse_boundless(rule, keys, build)
    return rule


def _custom(rule: Quality, keys: Keys, build: Build, prop: Property | None) -> Quality | None:
    found = known_engine(rule.engine)
    if found is None:
        build.warn(f"rules of engine {rule.engine!r} are documented, not run", [*keys, "engine"])
        return None
    if not isinstance(rule.implementation, Mapping):
        raise build.refuse(f"a rule of engine {found} is a mapping", [*keys, "implementation"], got=rule.implementation)
    try:
        check = check_of(found, rule.implementation, prop.name if prop is not None else None)
        if check is not None and prop is not None:
            check = fitted(check, prop)
    except ValueError as error:
        raise build.refuse("the rule can't be run", [*keys, "implementation"], got=error) from None
    if check is not None and prop is None:
        column = str((rule.implementation.get("kwargs") or {}).get("column") or "?")
        raise build.refuse(
            "a rule of a column's values stands at a table", keys, got=column, todo="move it to the property"
        )
    return replace(rule, engine=found, arguments={"check": check} if check is not None else {})
