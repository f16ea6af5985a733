"""Quality rules, reactions, service levels and relationships of an ODCS document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_rules import runnable
from hallmark.contracts.measures import read_comparison, read_tolerance
from hallmark.contracts.model import ACTIONS, Property, Quality, Reaction, Relationship, Sla
from hallmark.contracts.units import SECONDS
from hallmark.lakehouse.errors import did_you_mean
from hallmark.lakehouse.words import many

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

REACTION_OPTIONS = ("onViolation", "failAbove")
WARNING_SEVERITIES = frozenset({"warning", "warn", "info", "low"})
SLA_PROPERTIES = ("latency", "freshness", "retention", "frequency")
AGES = ("freshness", "latency")
"""Those that may be about a column: how old its newest value is."""
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


def warn_of_near_names(entry: Mapping[str, Any], known: Sequence[str], about: str, keys: Keys, build: Build) -> None:
    """Warn of custom properties that nearly have a name of ours: a contract may carry any others."""
    for i, item in enumerate(entry.get("customProperties") or []):
        option = str(item["property"])
        if option not in known and (hint := did_you_mean(option, known)):
            build.warn(f"custom property {option!r} of {about} has no effect; {hint}", [*keys, "customProperties", i])


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
    entry: Mapping[str, Any], keys: Keys, build: Build, *, above: Reaction, prop: Property | None = None
) -> tuple[Quality, ...]:
    """The quality rules of a property (`prop`) or a table; one that can't be run is a warning."""
    rules = []
    for i, item in enumerate(entry.get("quality") or []):
        rule = _rule(item, [*keys, "quality", i], build, above, prop)
        rules += [rule] if rule is not None else []
    return tuple(rules)


def _rule(item: Mapping[str, Any], keys: Keys, build: Build, above: Reaction, prop: Property | None) -> Quality | None:
    metric = item.get("metric") or item.get("rule")
    kind = item.get("type") or ("library" if metric else "text")
    severity = _severity(item)
    reaction = read_reaction(item, Reaction("warn", above.fail_above) if severity != "error" else above, keys, build)
    known = Quality(
        kind=kind,
        name=str(item.get("name") or item.get("id") or ""),
        column=prop.name if prop is not None else None,
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
        said="onViolation" in custom_of(item),
        place=tuple(keys),
    )
    warn_of_near_names(item, REACTION_OPTIONS, f"rule {known.name or known.metric or kind}", keys, build)
    if "schedule" in item:
        build.warn("a rule's schedule is documented: rules run with each load", [*keys, "schedule"])
    return runnable(known, item, keys, build, prop)


def _severity(item: Mapping[str, Any]) -> str:
    return "warning" if str(item.get("severity", "error")).lower() in WARNING_SEVERITIES else "error"


def _comparison(item: Mapping[str, Any], keys: Keys, build: Build) -> Any:
    try:
        return read_comparison(item)
    except ValueError as error:
        raise build.refuse("the rule's bound can't be used", keys, got=error, todo="mend the bound") from None


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
        if known == "latency" and str(item.get("unit") or "d").lower() not in SECONDS:
            wanted = "s, min, h, d, w or y"
            raise build.refuse("not a unit of time", ["slaProperties", i, "unit"], got=item["unit"], wanted=wanted)
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
        raise build.refuse(
            "a relationship has unequal sides", keys, got=f"{len(mine)} and {many(len(theirs), 'column')}"
        )
    return Relationship(mine, theirs, tuple(keys))
