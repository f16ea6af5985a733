"""What a contract asks for and a run does not carry out: told when the contract is read, never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallmark.contracts.build_quality import AGES, SLA_PROPERTIES
from hallmark.contracts.engines import near_expectation, type_of_expectation
from hallmark.contracts.model import DEEPEST, Contract, Property, Quality, SchemaObject
from hallmark.contracts.whole_table import every_rule, foreign_rules, metric_rules, sql_rules

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

_MANY = "a change log has a row's values many times"


def tell_undone(contract: Contract, build: Build) -> None:
    """Tell what has no effect in a contract that can be used, and what of a landing table no run checks."""
    for i, table in enumerate(contract.objects):
        for j, prop in enumerate(table.properties):
            _tell_depth(prop, prop.name, ["schema", i, "properties", j], build)
            if contract.is_cdc and prop.unique:
                text = f"unique on {prop.name} is documented, not checked: {_MANY}"
                build.warn(text, ["schema", i, "properties", j, "unique"])
        if contract.is_cdc:
            _tell_repeats(table, build)
        if contract.is_source:
            _tell_whole(table, build)
    if contract.is_source:
        _tell_levels(contract, build)


def _tell_depth(prop: Property, path: str, keys: Keys, build: Build, depth: int = 0) -> None:
    inner = [(child, f"{path}.{child.name}", [*keys, "properties", k]) for k, child in enumerate(prop.properties)]
    inner += [(prop.items, f"{path}[]", [*keys, "items"])] if prop.items is not None else []
    if inner and depth == DEEPEST:
        build.warn(f"rules of what is in {path} are not checked: it is {DEEPEST} levels deep", keys)
        return
    for child, of_child, where in inner:
        _tell_depth(child, of_child, where, build, depth + 1)


def _tell_repeats(table: SchemaObject, build: Build) -> None:
    for rule in every_rule(table):
        if rule.metric == "duplicateValues" and rule.comparison is not None and rule.comparison.is_upper_bound:
            about = rule.column or ", ".join(rule.arguments.get("properties") or [table.name])
            build.warn(f"duplicateValues of {about} is documented, not checked: {_MANY}", rule.place)


def _tell_whole(table: SchemaObject, build: Build) -> None:
    for rule in (*metric_rules(table), *sql_rules(table)):
        asks = f"{_title(rule)} {rule.comparison} of {rule.column or table.name}"
        build.tell_unchecked(f"{asks} measures the table: hallmark contract test checks it, a run does not", rule.place)
    for rule in foreign_rules(table):
        kind = type_of_expectation(rule.implementation)
        hint = near_expectation(kind)
        text = f"{kind} of {rule.column or table.name} is no expectation of single values: no run checks it"
        build.tell_unchecked(f"{text}; {hint}" if hint else text, [*rule.place, "implementation"])


def _title(rule: Quality) -> str:
    kind = str(rule.metric or rule.kind)
    return f"{kind} ({rule.name})" if rule.name else kind


def _tell_levels(contract: Contract, build: Build) -> None:
    for i, level in enumerate(contract.sla):
        if level.property not in SLA_PROPERTIES:
            continue  # told already
        of_column = level.property in AGES and level.element
        by = "hallmark contract test checks it, a run does not" if of_column else "no run checks it"
        text = f"service level {level.property} of a table that lands is documented: {by}"
        build.tell_unchecked(text, ["slaProperties", i])
