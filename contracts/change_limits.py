"""Bounds of values, and whether the new ones let through more or less than the old ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from hallmark.contracts.change_kinds import Change, change
from hallmark.contracts.change_walk import Entry, Group, each, join
from hallmark.contracts.units import SECONDS
from hallmark.contracts.values import same

Step = Literal["same", "narrower", "wider", "other"]
TIMES = frozenset({"date", "timestamp", "time"})
_NOT_COMPARABLE = (ArithmeticError, ValueError, TypeError)
_OPERATORS: dict[str, tuple[str, str]] = {  # the interval's brackets
    "mustBe": ("[", "]"), "mustBeBetween": ("[", "]"), "mustBeGreaterThan": ("(", ""),
    "mustBeGreaterOrEqualTo": ("[", ""), "mustBeLessThan": ("", ")"), "mustBeLessOrEqualTo": ("", "]"),
}  # fmt: skip
OPERATORS = (*_OPERATORS, "mustNotBe", "mustNotBeBetween")


def option_groups(old_logical: str, new_logical: str) -> tuple[Group, ...]:
    """What the logicalTypeOptions mean for a property of these logical types, before and after."""

    def bounds(side: str) -> Group:
        keys = (side, f"exclusive{side.capitalize()}")

        def compare(old: Entry, new: Entry, path: str) -> Iterator[Change]:
            step = bound_step(old, new, side, (old_logical, new_logical))
            yield from _told("range", step, join(path, side), _bound_text(old, keys), _bound_text(new, keys))

        return Group(keys, compare)

    is_time = {old_logical, new_logical} & TIMES
    return (
        bounds("minimum"),
        bounds("maximum"),
        *(_size(key) for key in ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")),
        Group(("multipleOf",), _multiple),
        Group(("uniqueItems",), flag("uniqueItems", "uniqueAdded", "uniqueRemoved")),
        Group(("required",), _required_names),
        Group(("pattern",), _came_or_went("pattern", "pattern")),
        *(each("formatChanged", "format") if is_time else [Group(("format",), _came_or_went("format", "format"))]),
        *each("formatChanged", "timezone", "defaultTimezone"),
    )


def flag(key: str, came: str, went: str) -> Any:
    """Compares a key that is true or not; absent is not."""

    def compare(old: Entry, new: Entry, path: str) -> Iterator[Change]:
        if bool(old.get(key)) != bool(new.get(key)):
            yield change(came if new.get(key) else went, join(path, key), old.get(key), new.get(key))

    return compare


def bound_step(old: Entry, new: Entry, side: str, logical: tuple[str, str]) -> Step:
    """Whether a side's bound lets through more or less; `minimum` and `exclusiveMinimum` together are one bound.

    >>> bound_step({"minimum": 1}, {"exclusiveMinimum": 0}, "minimum", ("integer", "integer"))
    'same'
    >>> bound_step({"minimum": 1}, {"exclusiveMinimum": 0}, "minimum", ("number", "number"))
    'wider'
    """
    sign = 1 if side == "minimum" else -1
    try:
        before, after = (_bound(entry, side, kind, sign) for entry, kind in zip((old, new), logical, strict=True))
        if before == after:
            return "same"
        if before is None or after is None:
            return "narrower" if before is None else "wider"
        if before[0] == after[0]:
            return "narrower" if after[1] else "wider"
        return "narrower" if (after[0] > before[0]) == (sign > 0) else "wider"
    except _NOT_COMPARABLE:
        return "other"


def _bound(entry: Entry, side: str, logical: str, sign: int) -> tuple[Any, bool] | None:
    found: list[tuple[Any, bool]] = []
    for key, exclusive in ((side, False), (f"exclusive{side.capitalize()}", True)):
        if entry.get(key) is not None:
            value: Any = datetime.fromisoformat(str(entry[key])) if logical in TIMES else Decimal(str(entry[key]))
            if logical == "integer":  # the nearest whole number that is let through
                inward = math.ceil(value * sign)
                value, exclusive = Decimal(sign * (inward + (exclusive and inward == value * sign))), False  # noqa: PLW2901
            found.append((value, exclusive))
    tightest = found[:1]
    for value, exclusive in found[1:]:
        other = tightest[0][0]
        if value == other or (value > other) == (sign > 0):
            tightest = [(value, exclusive)]
    return tightest[0] if tightest else None


def _bound_text(entry: Entry, keys: tuple[str, ...]) -> str | None:
    return ", ".join(f"{key} {entry[key]}" for key in keys if entry.get(key) is not None) or None


def lead_change(old: Any, new: Any, path: str) -> Iterator[Change]:
    """The change of how far a time may be ahead, such as `10 min` or `1 d`; none where both mean the same.

    >>> [found.kind for found in lead_change(None, "1 d", "maxLead")], list(lead_change("60 min", "1 h", "maxLead"))
    (['rangeNarrowed'], [])
    """
    before, after = (_seconds(value) for value in (old, new))
    step = bound_step({"maximum": before}, {"maximum": after}, "maximum", ("number", "number"))
    yield from _told("range", "same" if same(old, new) else step, path, old, new)


def _seconds(lead: Any) -> Any:
    match = re.fullmatch(r"([0-9]+) ?([a-z]+)", str(lead))
    return int(match[1]) * SECONDS[match[2]] if match and match[2] in SECONDS else lead


def _told(what: str, step: Step, path: str, old: Any, new: Any) -> Iterator[Change]:
    kinds = {"narrower": f"{what}Narrowed", "wider": f"{what}Widened", "other": f"{what}Changed"}
    if step != "same":
        yield change(kinds[step], path, old, new)


def _size(key: str) -> Group:
    def compare(old: Entry, new: Entry, path: str) -> Iterator[Change]:
        before, after = ({key: value.get(key)} for value in (old, new))
        if key.startswith("min"):  # at least 0 is no bound
            before, after = ({key: entry[key] or None} for entry in (before, after))
        side = key[:3] + "imum"
        step = bound_step({side: before[key]}, {side: after[key]}, side, ("integer", "integer"))
        yield from _told("length", step, join(path, key), old.get(key), new.get(key))

    return Group((key,), compare)


def _multiple(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = old.get("multipleOf"), new.get("multipleOf")
    step: Step
    try:
        if before is None or after is None:
            step = "narrower" if before is None else "wider"
        elif Decimal(str(before)) == Decimal(str(after)):
            step = "same"
        elif Decimal(str(after)) % Decimal(str(before)) == 0:
            step = "narrower"
        else:
            step = "wider" if Decimal(str(before)) % Decimal(str(after)) == 0 else "other"
    except _NOT_COMPARABLE:
        step = "other"
    yield from _told("range", step, join(path, "multipleOf"), before, after)


def _required_names(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = (list(entry.get("required") or []) for entry in (old, new))
    for name in sorted({*after} - {*before}):
        yield change("requiredAdded", join(path, f"required.{name}"), None, name)
    for name in sorted({*before} - {*after}):
        yield change("requiredRemoved", join(path, f"required.{name}"), name, None)


def _came_or_went(key: str, what: str) -> Any:
    def compare(old: Entry, new: Entry, path: str) -> Iterator[Change]:
        before, after = old.get(key), new.get(key)
        kind = f"{what}Added" if before is None else f"{what}Removed" if after is None else f"{what}Changed"
        yield change(kind, join(path, key), before, after)

    return compare


def operator_step(old: Entry, new: Entry) -> Step:
    """Whether a quality rule's bound allows more or fewer measures than the old one.

    >>> operator_step({"mustBeLessThan": 5}, {"mustBe": 0}), operator_step({"mustBe": 0}, {"mustBeBetween": [0, 9]})
    ('narrower', 'wider')
    >>> operator_step({"mustNotBe": 1}, {"mustBe": 2})
    'other'
    >>> operator_step({"metric": "rowCount", "mustBeLessThan": 5}, {"metric": "rowCount", "mustBeLessOrEqualTo": 4})
    'same'
    """
    counts = all(rule.get("metric") and rule_unit(rule) == "rows" for rule in (old, new))
    kind = "integer" if counts else "number"
    try:
        before, after = _interval(old), _interval(new)
    except _NOT_COMPARABLE:
        return "other"
    if before is None or after is None:
        return "other"
    lower = bound_step(before, after, "minimum", (kind, kind))
    upper = bound_step(before, after, "maximum", (kind, kind))
    steps = {lower, upper} - {"same"}
    return "same" if not steps else steps.pop() if len(steps) == 1 else "other"


def rule_unit(rule: Entry) -> str:
    """What a library rule counts in, `rows` or `percent`; none of the rows is none in either.

    >>> rule_unit({"mustBe": 5}), rule_unit({"unit": "%", "mustBe": 5}), rule_unit({"unit": "percent", "mustBe": 0})
    ('rows', 'percent', 'rows')
    """
    given = str(rule.get("unit") or "rows")
    is_none = all(rule.get(key) in {None, 0} for key in OPERATORS) and 0 in {
        rule.get("mustBe"),
        rule.get("mustBeLessOrEqualTo"),
    }
    return "rows" if is_none else {"%": "percent"}.get(given, given)


def _interval(rule: Entry) -> dict[str, Any] | None:
    given = [key for key in _OPERATORS if rule.get(key) is not None]
    if len(given) != 1 or rule.get("mustNotBe") is not None or rule.get("mustNotBeBetween") is not None:
        return None
    value, (opening, closing) = rule[given[0]], _OPERATORS[given[0]]
    low, high = value if isinstance(value, list) else (value, value)
    keys = {"[": "minimum", "(": "exclusiveMinimum", "]": "maximum", ")": "exclusiveMaximum"}
    found = {keys[opening]: low} if opening else {}
    if rule.get("metric") and Decimal(str(found.get("minimum", 1))) <= 0:  # no count is below
        del found["minimum"]
    return {**found, **({keys[closing]: high} if closing else {})}


def tolerance_step(old: Any, new: Any) -> Step:
    """Whether `failAbove` bears more or less than before; without one a load bears everything.

    >>> tolerance_step("1%", "2 %"), tolerance_step(None, "10 rows"), tolerance_step("1%", "10 rows")
    ('wider', 'narrower', 'other')
    """
    if old == new:
        return "same"
    if old is None or new is None:
        return "narrower" if old is None else "wider"
    before, after = (re.fullmatch(r"\s*([0-9.]+)\s*(%|percent|rows?)?\s*", str(value)) for value in (old, new))
    if before is None or after is None or _unit(before) != _unit(after):
        return "other"
    return bound_step({"maximum": before[1]}, {"maximum": after[1]}, "maximum", ("number", "number"))


def _unit(match: re.Match[str]) -> str:
    return {"%": "percent", "row": "rows", None: "rows"}.get(match[2], match[2])


def options_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The logicalTypeOptions of a property."""
    return dict(entry.get("logicalTypeOptions") or {})
