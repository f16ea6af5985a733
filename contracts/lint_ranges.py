"""Bounds of values as a contract gives them, in options and in the words of Pandera and Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.model import Property
from hallmark.contracts.times import read_date, read_time
from hallmark.lakehouse.words import many

COMPARED = ("integer", "number", "date", "timestamp")
"""The types whose values are compared as such."""
_WIDTHS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}


@dataclass(frozen=True)
class Bound:
    """One end of a range: lower (`low`) or upper; `given` tells it from the ends that a column's type has."""

    low: bool
    value: Any
    exclusive: bool
    says: str
    given: bool = True

    def excludes(self, value: Any) -> bool:
        """Whether a value is beyond it."""
        if type(value) is not type(self.value):
            return False
        beyond = value < self.value if self.low else value > self.value
        return bool(beyond or (self.exclusive and value == self.value))


def no_value_between(bounds: Sequence[Bound]) -> tuple[Bound, Bound] | None:
    """A lower and an upper bound with nothing between them."""
    for low in (bound for bound in bounds if bound.low):
        for high in (bound for bound in bounds if not bound.low):
            if type(low.value) is not type(high.value):
                continue
            if low.value > high.value or (low.value == high.value and (low.exclusive or high.exclusive)):
                return low, high
    return None


def bounds_of(prop: Property) -> tuple[Bound, ...]:
    """The bounds of a property's values."""
    return tuple(_bounds(prop))


def _bounds(prop: Property) -> Iterator[Bound]:
    given = (
        (prop.minimum, True, False, ">="),
        (prop.exclusive_minimum, True, True, ">"),
        (prop.maximum, False, False, "<="),
        (prop.exclusive_maximum, False, True, "<"),
    )
    for limit, low, exclusive, sign in given:
        if limit is not None and (value := comparable(prop, limit)) is not None:
            yield Bound(low, value, exclusive, f"{sign} {limit}")
    for check in checks_of(prop):
        for name, limit in _limits(check):
            if (value := comparable(prop, limit)) is not None:
                says = f"{check.name} {limit}"
                yield Bound(name in {"ge", "gt"}, value, name in {"gt", "lt"}, says)
    if prop.logical_type == "integer" and (bits := _WIDTHS.get(prop.spark_type)):
        yield Bound(True, Decimal(-(2 ** (bits - 1))), False, f"a {prop.spark_type}", given=False)  # noqa: FBT003
        yield Bound(False, Decimal(2 ** (bits - 1) - 1), False, f"a {prop.spark_type}", given=False)  # noqa: FBT003


def _limits(check: Check) -> Iterator[tuple[str, Any]]:
    given = check.arguments
    if check.name in {"ge", "gt", "le", "lt"}:
        yield check.name, given["value"]
    elif check.name == "eq":
        yield from (("ge", given["value"]), ("le", given["value"]))
    elif check.name == "in_range":
        if given.get("min_value") is not None:
            yield "ge" if given.get("include_min", True) else "gt", given["min_value"]
        if given.get("max_value") is not None:
            yield "le" if given.get("include_max", True) else "lt", given["max_value"]


def lengths_of(prop: Property) -> tuple[tuple[Bound, ...], ...]:
    """The bounds of a text's length, of an array's items, and of an object's fields."""
    lengths = [*_counted("character", prop.min_length, prop.max_length)]
    for check in checks_of(prop):
        if check.name == "str_length":
            exact = check.arguments.get("exact_value")
            low, high = check.arguments.get("min_value", exact), check.arguments.get("max_value", exact)
            lengths += _counted("character", low, high, " (str_length)")
    return (
        tuple(lengths),
        tuple(_counted("item", prop.min_items, prop.max_items)),
        tuple(_counted("field", prop.min_properties, prop.max_properties)),
    )


def _counted(what: str, low: Any, high: Any, by: str = "") -> Iterator[Bound]:
    if low is not None:
        yield Bound(True, Decimal(str(low)), False, f"at least {many(low, what)}{by}")  # noqa: FBT003
    if high is not None:
        yield Bound(False, Decimal(str(high)), False, f"at most {many(high, what)}{by}")  # noqa: FBT003


def checks_of(prop: Property) -> list[Check]:
    """The checks in the words of Pandera and Great Expectations."""
    return [check for rule in prop.quality if isinstance(check := rule.arguments.get("check"), Check)]


def comparable(prop: Property, limit: Any) -> Any:
    """A bound or a valid value as a number, a date, a time in UTC or a text; None when it can't be read."""
    if isinstance(limit, bool):
        return None
    try:
        if prop.logical_type in {"date", "timestamp"}:
            return read_date(str(limit)) if prop.logical_type == "date" else read_time(str(limit))
        if prop.logical_type in {"integer", "number"}:
            return Decimal(str(limit))
    except (InvalidOperation, ValueError):
        return None
    return str(limit) if prop.logical_type == "string" else None
