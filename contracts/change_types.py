"""Whether one column type holds all values of another: by the Spark types that the compiler makes of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hallmark.contracts.physical import WIDTHS, integer_range, spark_type_of

Relation = Literal["same", "wider", "narrower", "other"]
_WIDER_LOGICAL = {("integer", "number"), ("date", "timestamp")}
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_EXACT_IN = {
    "float": ("tinyint", "smallint"),
    "double": ("tinyint", "smallint", "int", "float"),
    "timestamp": ("date",),
}
_UNBOUNDED = 10**9


@dataclass(frozen=True)
class _Column:
    """A Spark type without its numbers, its numbers (digits and scale, or the length of a text), its whole numbers."""

    family: str
    numbers: tuple[int, ...] = ()
    low: float = -math.inf
    high: float = math.inf


def relation(old: Mapping[str, Any], new: Mapping[str, Any]) -> Relation:
    """What a property's new type is to its old one: logical type, physical type and a number's format together.

    >>> relation({"logicalType": "integer", "physicalType": "int"}, {"logicalType": "number"})
    'wider'
    >>> relation({"logicalType": "integer"}, {"logicalType": "number"})  # a double holds no number beyond 2**53 exactly
    'other'
    >>> relation({"logicalType": "integer", "physicalType": "long"}, {"logicalType": "integer", "physicalType": "int"})
    'narrower'
    >>> relation({"logicalType": "number", "physicalType": "decimal(10,2)"}, {"logicalType": "number"})
    'other'
    """
    logical = _logical(_logical_of(old), _logical_of(new))
    numbers = {_logical_of(old), _logical_of(new)} == {"integer", "number"}
    if not numbers and not any(_names_a_type(entry) for entry in (old, new)):
        return logical
    physical = _relation(_column(old), _column(new))
    if logical in {"same", physical}:
        return physical
    return logical if physical == "same" else "other"


def _relation(old: _Column, new: _Column) -> Relation:
    if old == new:
        return "same"
    if _holds(new, old):
        return "wider"
    return "narrower" if _holds(old, new) else "other"


def _logical_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("logicalType") or "string")  # as the compiler reads it


def _logical(old: str, new: str) -> Relation:
    if old == new:
        return "same"
    if (old, new) in _WIDER_LOGICAL:
        return "wider"
    return "narrower" if (new, old) in _WIDER_LOGICAL else "other"


def width_of(entry: Mapping[str, Any]) -> str | None:
    """The format that says how wide a number is, such as i32 or f64; None where there is none.

    >>> width_of({"logicalType": "integer", "logicalTypeOptions": {"format": "u8"}})
    'u8'
    """
    given = str((entry.get("logicalTypeOptions") or {}).get("format"))
    return given if _logical_of(entry) in {"integer", "number"} and given in WIDTHS else None


def _names_a_type(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("physicalType") or width_of(entry))


def _column(entry: Mapping[str, Any]) -> _Column:
    logical, physical = _logical_of(entry), str(entry.get("physicalType") or "") or None
    if logical in {"object", "array"}:  # their type is that of what is in them
        return _Column(logical)
    try:
        name = spark_type_of(logical, physical, width_of(entry)).name
    except ValueError:  # no contract that compiles; nothing else is of this type
        return _Column(f"no {logical}: " + re.sub(r"\s+", "", str(physical).lower()))
    family, _, numbers = name.rstrip(")").partition("(")
    digits = tuple(map(int, numbers.split(","))) if numbers else _length(family, physical)
    return _Column(family, digits, *_whole_numbers(family, width_of(entry)))


def _length(family: str, physical: str | None) -> tuple[int, ...]:
    # Spark's column is a string all the same; the contract says what fits into it.
    match = re.search(r"\(\s*(\d+)\s*\)", physical or "") if family == "string" else None
    return (int(match[1]),) if match else ()


def _whole_numbers(family: str, width: str | None) -> tuple[float, float]:
    of_type = integer_range(f"i{_BITS[family]}") if family in _BITS else None
    ranges = [found for found in (of_type, integer_range(width or "")) if found]
    return max((low for low, _ in ranges), default=-math.inf), min((high for _, high in ranges), default=math.inf)


def _holds(wide: _Column, narrow: _Column) -> bool:
    if not wide.low <= narrow.low <= narrow.high <= wide.high:
        return False
    if wide.family in _BITS and narrow.family in _BITS:
        return True
    if wide.family == "decimal" and narrow.family in {"decimal", *_BITS}:
        precision, scale = narrow.numbers or (len(str(max(-narrow.low, narrow.high))), 0)
        return wide.numbers[0] - wide.numbers[1] >= precision - scale and wide.numbers[1] >= scale
    if wide.family == narrow.family == "string":
        return (wide.numbers or (_UNBOUNDED,))[0] >= (narrow.numbers or (_UNBOUNDED,))[0]
    return narrow.family in _EXACT_IN.get(wide.family, ())
