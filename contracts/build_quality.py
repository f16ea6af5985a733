"""Quality rules, reactions, service levels and relationships of an ODCS document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hallmark.contracts.engines import check_of, known_engine
from hallmark.contracts.measures import OPERATORS, read_comparison, read_tolerance
from hallmark.contracts.model import ACTIONS, Quality, Reaction, Relationship, Sla
from hallmark.contracts.sql import filled, refuse_writing
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

REACTION_OPTIONS = ("onViolation", "failAbove")
SLA_PROPERTIES = ("latency", "freshness", "retention", "frequency")
_ARGUMENTS = {
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern"),
    "duplicateValues": ("properties",),
}
_OF_A_PROPERTY = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
_OF_A_TABLE = ("rowCount", "duplicateValues")
_OLD_NAMES = {  # ODCS 3.0 named library rules freely; these are in its documentation
    "nullCheck": "nullValues",
    "nullCount": "nullValues",
    "duplicateCount": "duplicateValues",
    "duplicateCheck": "duplicateValues",
    "uniqueCheck": "duplicateValues",
    "rowCountCheck": "rowCount",
    "validValues": "invalidValues",
}
_SHORT_SLAS = {"ly": "latency", "fy": "frequency", "re": "retention"}  # as the standard abbreviates them


def custom_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The custom properties of an element, by name."""
    return {item["property"]: item.get("value") for item in entry.get("customProperties") or []}


def read_reaction(entry: Mapping[str, Any], above: Reaction, keys: Keys, build: Build) -> Reaction:
    """What an element says of broken rows (`onViolation`, `failAbove`); what it does not say, the one above it says."""
    custom = custom_of(entry)
    action = str(custom.get("onViolation", above.action))
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or None
        wanted = ", ".join(ACTIONS)
        raise build.refuse("unknown action", [*keys, "customProperties"], got=action, wanted=wanted, todo=hint)
    try:
        limit = read_tolerance(custom["failAbove"]) if "failAbove" in custom else above.fail_above
    except ValueError as error:
        raise build.refuse(
            "the tolerance can't be read", [*keys, "customProperties"], got=error, wanted="such as 1% or 10 rows"
        ) from None
    return Reaction(action, limit)


def read_quality(
    entry: Mapping[str, Any], keys: Keys, build: Build, *, above: Reaction, column: str | None = None
) -> tuple[Quality, ...]:
    """The quality rules of a property (`column`) or a table; one that can't be run is a warning."""
    rules = []
    for i, item in enumerate(entry.get("quality") or []):
        rule = read_rule(item, [*keys, "quality", i], build, above, column)
        rules += [rule] if rule is not None else []
    return tuple(rules)


def read_rule(item: Mapping[str, Any], keys: Keys, build: Build, above: Reaction, column: str | None) -> Quality | None:
    """One quality rule of a property (`column`) or a table; None, with a warning, when it can't be run."""
    metric = item.get("metric") or item.get("rule")
    kind = item.get("type") or ("library" if metric else "text")
    severity = _severity(item)
    reaction = read_reaction(item, Reaction("warn", above.fail_above) if severity != "error" else above, keys, build)
    known = Quality(
        kind=kind,
        name=str(item.get("name") or item.get("id") or ""),
        column=column,
        metric=_OLD_NAMES.get(str(metric), metric),
        comparison=_comparison(item, keys, build),
        unit=str(item.get("unit") or "rows"),
        arguments=dict(item.get("arguments") or {}),
        query=item.get("query"),
        engine=item.get("engine"),
        implementation=item.get("implementation"),
        severity=severity,
        reaction=reaction,
        dimension=item.get("dimension"),
        schedule=item.get("schedule"),
        description=str(item.get("description") or ""),
    )
    if "schedule" in item:
        build.warn("a rule's schedule is documented: rules run with each load", [*keys, "schedule"])
    return {"library": _library, "sql": _sql, "custom": _custom}.get(kind, _text)(known, item, keys, build)


def _severity(item: Mapping[str, Any]) -> str:
    return "warning" if str(item.get("severity", "error")).lower() in {"warning", "warn", "info", "low"} else "error"


def _comparison(item: Mapping[str, Any], keys: Keys, build: Build) -> Any:
    try:
        return read_comparison(item)
    except ValueError as error:
        raise build.refuse("the rule's bound can't be used", keys, got=error, todo="mend the bound") from None


def _text(rule: Quality, _item: Mapping[str, Any], _keys: Keys, _build: Build) -> Quality:
    return rule


def _library(rule: Quality, item: Mapping[str, Any], keys: Keys, build: Build) -> Quality | None:
    where = "a table" if rule.column is None else "a property"
    if rule.metric not in (_OF_A_TABLE if rule.column is None else _OF_A_PROPERTY):
        build.warn(f"metric {rule.metric!r} of {where} is documented, not run", keys)
        return None
    if item.get("rule") == "validValues" and "validValues" in item:  # as ODCS 3.0 wrote it
        rule = _with_arguments(rule, {"validValues": item["validValues"]})
    known = _ARGUMENTS.get(str(rule.metric), ())
    for name in rule.arguments:
        if name not in known:
            hint = did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
            raise build.refuse(f"metric {rule.metric} has no argument {name!r}", [*keys, "arguments"], todo=hint)
    if rule.metric in {"missingValues", "invalidValues"} and not rule.arguments:
        raise build.refuse(f"metric {rule.metric} needs an argument", keys, wanted=" or ".join(known))
    for values in (rule.arguments.get("validValues"), rule.arguments.get("missingValues")):
        _refuse_yaml_booleans(values, keys, build)
    if rule.unit not in {"rows", "percent", "%"}:
        raise build.refuse("unknown unit of a quality rule", keys, got=rule.unit, wanted="rows or percent")
    if rule.metric == "rowCount" and rule.percent:
        raise build.refuse("a row count is in rows", [*keys, "unit"], got=rule.unit, wanted="rows")
    if rule.comparison is None:
        raise build.refuse(
            "the rule has no bound", keys, wanted="mustBe, mustBeLessThan, ...", todo="such as mustBe: 0"
        )
    return rule


def _bounded(rule: Quality, keys: Keys, build: Build) -> Quality:
    if rule.comparison is None:
        wanted = ", ".join(OPERATORS)
        raise build.refuse("the rule has no bound", keys, wanted=f"one of {wanted}", todo="such as mustBe: 0")
    return rule


def _with_arguments(rule: Quality, arguments: dict[str, Any]) -> Quality:
    return replace(rule, arguments={**rule.arguments, **arguments})


def _refuse_yaml_booleans(values: Any, keys: Keys, build: Build) -> None:
    if values is not None and not isinstance(values, list):
        raise build.refuse("the rule's values are no list", keys, got=values, wanted="a list")
    if any(isinstance(value, bool) for value in values or []):
        raise build.refuse(
            "YAML reads a valid value as true or false", keys, got=values, todo='put it in quotes, such as "no"'
        )


def _sql(rule: Quality, _item: Mapping[str, Any], keys: Keys, build: Build) -> Quality:
    try:
        refuse_writing(rule.query or "")
        filled(rule.query or "", "t", rule.column)
    except ValueError as error:
        raise build.refuse(
            "the rule's SQL can't be run", [*keys, "query"], got=error, wanted="one SELECT that returns one value"
        ) from None
    if rule.comparison is None:
        raise build.refuse(
            "the rule has no bound", keys, wanted="mustBe, mustBeLessThan, ...", todo="such as mustBe: 0"
        )
    return rule


def _custom(rule: Quality, _item: Mapping[str, Any], keys: Keys, build: Build) -> Quality | None:
    found = known_engine(rule.engine)
    if found is None:
        build.warn(f"rules of engine {rule.engine!r} are documented, not run", [*keys, "engine"])
        return None
    if not isinstance(rule.implementation, Mapping):
        raise build.refuse(f"a rule of engine {found} is a mapping", [*keys, "implementation"], got=rule.implementation)
    try:
        check = check_of(found, rule.implementation)
    except ValueError as error:
        raise build.refuse("the rule can't be run", [*keys, "implementation"], got=error) from None
    if check is not None and rule.column is None:
        column = str((rule.implementation.get("kwargs") or {}).get("column") or "?")
        raise build.refuse(
            "a rule of a column's values stands at a table", keys, got=column, todo="move it to the property"
        )
    return replace(rule, engine=found, arguments={"check": check} if check is not None else {})


def read_sla(content: Mapping[str, Any], build: Build) -> tuple[Sla, ...]:
    """The service levels; one that nothing here checks is a warning."""
    found = []
    for i, item in enumerate(content.get("slaProperties") or []):
        name = str(item["property"])
        known = _SHORT_SLAS.get(name.lower(), name.lower())
        if known not in SLA_PROPERTIES:
            hint = did_you_mean(known, SLA_PROPERTIES)
            text = f"slaProperty {name!r} is documented, not checked"
            build.warn(f"{text}; {hint}" if hint else text, ["slaProperties", i])
        found.append(
            Sla(
                property=known,
                value=item["value"],
                unit=item.get("unit"),
                element=item.get("element") or content.get("slaDefaultElement"),
                driver=item.get("driver"),
                schedule=item.get("schedule"),
                description=str(item.get("description") or ""),
            )
        )
    return tuple(found)


def read_relationships(
    entry: Mapping[str, Any], columns: tuple[str, ...], keys: Keys, build: Build
) -> tuple[Relationship, ...]:
    """The foreign keys of a table: its own and those of its properties.

    They become dbt tests and documentation; the gate does not judge them, for a row may come before its parent.
    """
    found = []
    for i, item in enumerate(entry.get("relationships") or []):
        found.append((item["from"], item["to"], [*keys, "relationships", i]))
    for j, prop in enumerate(entry.get("properties") or []):
        for i, item in enumerate(prop.get("relationships") or []):
            found.append((prop["name"], item["to"], [*keys, "properties", j, "relationships", i]))
    return tuple(_relationship(own, other, columns, place, build) for own, other, place in found)


def _relationship(own: Any, other: Any, columns: tuple[str, ...], keys: Keys, build: Build) -> Relationship:
    mine = tuple(str(name).rpartition(".")[2].rpartition("/")[2] for name in (own if isinstance(own, list) else [own]))
    theirs = tuple(str(name) for name in (other if isinstance(other, list) else [other]))
    for name in mine:
        if name not in columns:
            hint = did_you_mean(name, columns) or None
            raise build.refuse("a relationship is on a column that the table lacks", keys, got=name, todo=hint)
    if len(mine) != len(theirs):
        raise build.refuse("a relationship has unequal sides", keys, got=f"{len(mine)} and {len(theirs)} columns")
    return Relationship(mine, theirs)
