"""What a contract says twice, or against itself: found in its rules alone, without data and without Spark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.lint_ranges import (
    COMPARED,
    Bound,
    bounds_of,
    checks_of,
    comparable,
    lengths_of,
    no_value_between,
)
from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import Contract, Property, Quality, SchemaObject
from hallmark.contracts.patterns import anchored, is_quick

Keys = list[str | int]
_NONE = Comparison("mustBe", (Decimal(0),))


@dataclass(frozen=True)
class Finding:
    """Something wrong with a contract's rules: `error` where no row or table can ever hold them."""

    line: int
    text: str
    error: bool = False


def find(contract: Contract, line: Callable[[Sequence[str | int]], int]) -> list[Finding]:
    """All findings, by line.

    Args:
        contract: the contract.
        line: the line of the value at some keys of its file.
    """
    found = [
        Finding(line(keys), text, error)
        for i, table in enumerate(contract.objects)
        for keys, text, error in _of_table(table, ["schema", i])
    ]
    return sorted(dict.fromkeys(found), key=lambda each: (each.line, each.text))


_Found = Iterator[tuple[Keys, str, bool]]


def _of_table(table: SchemaObject, keys: Keys) -> _Found:
    for j, prop in enumerate(table.properties):
        yield from _of_property(prop, prop.name, [*keys, "properties", j], alone=table.key == (prop.name,))
    yield from _compared(table.quality, table.name, [*keys, "quality"])
    names = [rule.name for rule in (*(q for p in table.properties for q in p.quality), *table.quality) if rule.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield [*keys], f"{table.name}: two rules are called {name!r}", False


def _of_property(prop: Property, path: str, keys: Keys, *, alone: bool = False) -> _Found:
    for bounds in (bounds_of(prop), *lengths_of(prop)):
        yield from _of_bounds(bounds, path, keys)
    yield from _of_patterns(prop, path, keys)
    yield from _of_values(prop, path, keys)
    implied = [("nullValues", "required")] if prop.required else []
    implied += [("duplicateValues", "unique or the primary key")] if prop.unique or alone else []
    yield from _compared(prop.quality, path, [*keys, "quality"], dict(implied))
    for k, child in enumerate(prop.properties):
        yield from _of_property(child, f"{path}.{child.name}", [*keys, "properties", k])
    if prop.items is not None:
        yield from _of_property(prop.items, f"{path}[]", [*keys, "items"])


def _of_bounds(bounds: Sequence[Bound], path: str, keys: Keys) -> _Found:
    if pair := no_value_between(bounds):
        yield keys, f"{path}: no value can hold both {pair[0].says} and {pair[1].says}", True
    for one, other in combinations([bound for bound in bounds if bound.given], 2):
        if (one.low, one.value, one.exclusive) == (other.low, other.value, other.exclusive):
            yield keys, f"{path}: {one.says} and {other.says} say the same", False


def _of_patterns(prop: Property, path: str, keys: Keys) -> _Found:
    patterns = _patterns(prop)
    for one, other in combinations(patterns, 2):
        if one == other:
            yield keys, f"{path}: the pattern {one} is there twice", False


def _patterns(prop: Property) -> list[str]:
    named = [str(rule.arguments["pattern"]) for rule in _each_row(prop) if "pattern" in rule.arguments]
    return [*([prop.pattern] if prop.pattern is not None else []), *named]


def _each_row(prop: Property) -> list[Quality]:
    """The library rules that every value has to hold."""
    return [rule for rule in prop.quality if rule.kind == "library" and rule.comparison and rule.comparison.allows_none]


def _of_values(prop: Property, path: str, keys: Keys) -> _Found:
    lists = [("validValues", list(r.arguments["validValues"])) for r in _each_row(prop) if "validValues" in r.arguments]
    lists += [("isin", list(check.arguments["values"])) for check in checks_of(prop) if check.name == "isin"]
    for name, values in lists:
        bad = [(value, why) for value in values if value is not None and (why := _why_not(prop, value))]
        if bad and len(bad) == len([value for value in values if value is not None]):
            yield [*keys, "quality"], f"{path}: no value of {name} can hold the other rules: {bad[0][1]}", True
        for value, why in bad if len(bad) < len(values) else []:
            yield [*keys, "quality"], f"{path}: {name} has {value!r}, which is {why}", False
        texts = [str(value) for value in values]
        for value in sorted({value for value in texts if texts.count(value) > 1}):
            yield [*keys, "quality"], f"{path}: {name} has {value!r} twice", False
    for (one, first), (other, second) in combinations(lists, 2):
        shared = set(map(str, first)) & set(map(str, second))
        if not shared:
            yield [*keys, "quality"], f"{path}: {one} and {other} have no value in common", True
        elif set(map(str, first)) == set(map(str, second)):
            yield [*keys, "quality"], f"{path}: {one} and {other} say the same", False


def _why_not(prop: Property, value: Any) -> str | None:
    """What of a property's other rules a valid value breaks, in words."""
    found = comparable(prop, value)
    fits = found is not None and (prop.logical_type != "integer" or found == found.to_integral_value())
    if prop.logical_type in COMPARED and not fits:
        return f"no {prop.logical_type}"
    for bound in bounds_of(prop):
        if bound.excludes(found):
            return f"not {bound.says}"
    if prop.logical_type != "string":
        return None
    text = str(value)
    for lengths in lengths_of(prop)[:1]:
        for bound in lengths:
            if bound.excludes(Decimal(len(text))):
                return f"not of {bound.says}"
    return next((f"not like {pattern}" for pattern in _patterns(prop) if _breaks(pattern, text)), None)


def _breaks(pattern: str, text: str) -> bool:
    if not is_quick(pattern, len(text)):  # a run judges it
        return False
    try:
        return re.search(anchored(pattern).replace(r"\z", r"\Z"), text) is None
    except re.error:  # in Java's words
        return False


def _compared(rules: Sequence[Quality], path: str, keys: Keys, implied: dict[str, str] | None = None) -> _Found:
    """Rules that measure the same: those that say the same, and those that can't hold together."""
    for group in _groups(rules, implied or {}):
        for (one, first), (other, second) in combinations(group, 2):
            if first == second or (first.allows_none and second.allows_none):
                yield keys, f"{path}: {one} and {other} say the same", False
            elif not _together([first, second]):
                yield keys, f"{path}: {one} and {other} can't both hold", True


def _groups(rules: Sequence[Quality], implied: dict[str, str]) -> list[list[tuple[str, Comparison]]]:
    """What is said of each measured number, in words and as a comparison; `implied` are options that say it, too."""
    groups = {f"{metric} {{}} rows": [(why, _NONE)] for metric, why in implied.items()}
    for rule in rules:
        check = rule.arguments.get("check")
        if isinstance(check, Check) and check.name == "notnull":
            groups.setdefault("nullValues {} rows", []).append(("a not-null check", _NONE))
        elif rule.comparison is not None and rule.kind in {"library", "sql"}:
            says = f"{rule.metric or rule.kind} {rule.comparison}"
            groups.setdefault(_measures(rule), []).append((says, rule.comparison))
    return list(groups.values())


def _measures(rule: Quality) -> str:
    if rule.kind == "sql":
        return " ".join((rule.query or "").lower().split())
    unit = "percent" if rule.unit in {"%", "percent"} else "rows"
    return f"{rule.metric} {dict(sorted(rule.arguments.items()))} {unit}"


def _together(comparisons: Sequence[Comparison]) -> bool:
    limits = [value for comparison in comparisons for value in comparison.values]
    numbers = [limit for limit in limits if isinstance(limit, Decimal)]
    if len(numbers) != len(limits):
        return any(all(c.holds(limit) for c in comparisons) for limit in limits) or all(
            c.operator == "mustNotBe" for c in comparisons
        )
    # The bounds cut the numbers into pieces: a number of each piece tells for all of it. No count is below 0.
    ends = sorted({Decimal(0), *numbers})
    between = [(one + other) / 2 for one, other in pairwise(ends)]
    tried = [each for each in (*ends, *between, ends[-1] + 1) if each >= 0]
    return any(all(comparison.holds(each) for comparison in comparisons) for each in tried)
