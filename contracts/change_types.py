"""Whether one column type holds all values of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

Relation = Literal["same", "wider", "narrower", "other"]

_ALIASES = {
    "integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint",
    "int8": "bigint", "int4": "int", "int2": "smallint",
    "real": "float", "float8": "double", "doubleprecision": "double", "bool": "boolean", "text": "string",
    "charactervarying": "varchar", "character": "char",
}  # fmt: skip
_DEFAULTS = {"integer": "bigint", "number": "double"}
_WIDER_LOGICAL = {("integer", "number"), ("date", "timestamp")}
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}  # decimal digits that hold every value
_WHOLE = tuple(_DIGITS)
_EXACT_IN = {
    "float": ("tinyint", "smallint"),
    "double": ("tinyint", "smallint", "int", "float"),
    "timestamp": ("date",),
}
_UNBOUNDED = 10**9


def relation(old: Mapping[str, Any], new: Mapping[str, Any]) -> Relation:
    """What a property's new type is to its old one, logical and physical type together.

    >>> relation({"logicalType": "integer"}, {"logicalType": "number"})
    'wider'
    >>> relation({"logicalType": "integer", "physicalType": "long"}, {"logicalType": "integer", "physicalType": "int"})
    'narrower'
    >>> relation({"logicalType": "number", "physicalType": "decimal(10,2)"}, {"logicalType": "number"})
    'other'
    """
    logical = _logical(_logical_of(old), _logical_of(new))
    if not old.get("physicalType") and not new.get("physicalType"):
        return logical
    physical = physical_relation(_physical_of(old), _physical_of(new))
    if logical in {"same", physical}:
        return physical
    return logical if physical == "same" else "other"


def physical_relation(old: str, new: str) -> Relation:
    """What a physical type is to another, by their names.

    >>> physical_relation("decimal(10,2)", "DECIMAL(12, 2)"), physical_relation("varchar(20)", "varchar(10)")
    ('wider', 'narrower')
    >>> physical_relation("int", "double"), physical_relation("bigint", "double"), physical_relation("long", "BIGINT")
    ('wider', 'other', 'same')
    """
    one, other = _parsed(old), _parsed(new)
    if one == other:
        return "same"
    if _holds(other, one):
        return "wider"
    return "narrower" if _holds(one, other) else "other"


def _logical_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("logicalType") or "string")  # as the compiler reads it


def _physical_of(entry: Mapping[str, Any]) -> str:
    logical = _logical_of(entry)
    return str(entry.get("physicalType") or _DEFAULTS.get(logical, logical))


def _logical(old: str, new: str) -> Relation:
    if old == new:
        return "same"
    if (old, new) in _WIDER_LOGICAL:
        return "wider"
    return "narrower" if (new, old) in _WIDER_LOGICAL else "other"


def _parsed(text: str) -> tuple[str, tuple[int, ...]]:
    name = re.sub(r"\s+", "", text.lower())
    match = re.fullmatch(r"([a-z_]+[0-9]?)\(([0-9]+(?:,[0-9]+)?)\)", name)
    family, numbers = (match[1], tuple(map(int, match[2].split(",")))) if match else (name, ())
    family = {**_ALIASES, "numeric": "decimal", "dec": "decimal"}.get(family, family)
    if family == "decimal":  # Spark's own default, and a scale of 0 where only the precision is named
        numbers = (*numbers, 0)[:2] if numbers else (10, 0)
    if family in {"varchar", "char"} and not numbers:
        family = "string" if family == "varchar" else family
    return family, numbers


def _holds(wide: tuple[str, tuple[int, ...]], narrow: tuple[str, tuple[int, ...]]) -> bool:
    (family, numbers), (other, of_other) = wide, narrow
    if family in _DIGITS and other in _DIGITS:
        return _WHOLE.index(family) >= _WHOLE.index(other)
    if family == "decimal" and other in {"decimal", *_DIGITS}:
        precision, scale = of_other if other == "decimal" else (_DIGITS[other], 0)
        return numbers[0] - numbers[1] >= precision - scale and numbers[1] >= scale
    if family in {"string", "varchar"} and other == "varchar" and of_other:
        return (numbers or (_UNBOUNDED,))[0] >= of_other[0]
    if family == other == "char":
        return (numbers or (1,))[0] >= (of_other or (1,))[0]
    return other in _EXACT_IN.get(family, ()) and not numbers
