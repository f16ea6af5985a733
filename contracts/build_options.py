"""`logicalTypeOptions` of an ODCS document: what a column's values must hold, each option read by the column's type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from hallmark.contracts.fitting import pattern_of
from hallmark.contracts.model import Property
from hallmark.contracts.physical import integer_range
from hallmark.contracts.times import read_date, read_time
from hallmark.contracts.value_rules import FORMATS
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

_UTC = ("UTC", "Etc/UTC", "Z")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_TEXTS = ("minLength", "maxLength", "pattern", "format")
_TIMES = (*_BOUNDS, "format", "timezone", "defaultTimezone")
_NUMBERS = (*_BOUNDS, "multipleOf", "format")
_OPTIONS = {
    "string": _TEXTS,
    "time": (*_TIMES, *_TEXTS),
    "date": _TIMES,
    "timestamp": _TIMES,
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "boolean": (),
    "object": ("minProperties", "maxProperties", "required"),
    "array": ("minItems", "maxItems", "uniqueItems"),
}
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$"
_LONGEST = 2**31 - 1
_LETTERS = {
    "G": 4, "y": 6, "D": 3, "M": 4, "L": 4, "d": 2, "a": 1, "h": 2, "K": 2, "k": 2, "H": 2, "m": 2, "s": 2, "S": 9,
    "V": 2, "z": 4, "O": 4, "X": 5, "x": 5, "Z": 5,
}  # fmt: skip
"""The letters that Spark parses times by, and how often each may stand in a row."""
_FIELDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
}


def read_options(
    entry: Mapping[str, Any], keys: Keys, build: Build, *, types: tuple[str, str], properties: tuple[Property, ...]
) -> dict[str, Any]:
    """The options of a property, as arguments of `Property`.

    Args:
        entry: the property in the document.
        keys: its place there.
        build: the document.
        types: its logical type, and its Spark type: a format such as `u8` is a bound where that type is wider.
        properties: the fields of an object.

    Raises:
        ContractError: for an option that the type does not have, or a value that can't be used.
    """
    keys, (logical, spark_type) = [*keys, "logicalTypeOptions"], types
    options = _inclusive(entry.get("logicalTypeOptions") or {})
    known = _OPTIONS[logical]
    for option in options:
        if option not in known:
            hint = did_you_mean(str(option), known) or f"known: {', '.join(known) or 'none'}"
            raise build.refuse(f"{logical} has no option {option!r}", [*keys, option], todo=hint)
    name = str(entry["name"])
    _tell_undone(options, name, keys, build)
    found: dict[str, Any] = {_FIELDS[key]: _count(key, options, keys, build) for key in _FIELDS if key in options}
    limits = {option: _limit(option, options, logical, keys, build) for option in _BOUNDS}
    low, high = _ends(options, spark_type)
    return {
        **found,
        "minimum": _tighter(max, limits["minimum"], low),
        "maximum": _tighter(min, limits["maximum"], high),
        "exclusive_minimum": limits["exclusiveMinimum"],
        "exclusive_maximum": limits["exclusiveMaximum"],
        "multiple_of": _multiple_of(options, keys, build),
        "pattern": _pattern(options, logical, keys, build),
        "format": _format(options, name, logical, keys, build),
        "unique_items": _flag("uniqueItems", options, keys, build),
        "required_properties": _required_properties(options, properties, keys, build),
    }


def _inclusive(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with `exclusiveMinimum: true` of ODCS 3.0 written as 3.1 has it: as a bound of its own."""
    read = dict(options)
    for end in ("Minimum", "Maximum"):
        if isinstance(flag := options.get(f"exclusive{end}"), bool):
            del read[f"exclusive{end}"]
            if flag and end.lower() in read:
                read[f"exclusive{end}"] = read.pop(end.lower())
    return read


def _tell_undone(options: Mapping[str, Any], name: str, keys: Keys, build: Build) -> None:
    zone = options.get("defaultTimezone", "UTC")
    if zone not in _UTC:
        build.warn(f"defaultTimezone {zone!r} of {name} has no effect yet: times without a zone are UTC", keys)
    if options.get("timezone") is False:
        build.warn(f"timezone: false of {name} is documented: a zone in the text is read all the same", keys)


def _count(option: str, options: Mapping[str, Any], keys: Keys, build: Build) -> int | None:
    given = options[option]
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _LONGEST:
        raise build.refuse(f"{option} is no number of things", [*keys, option], got=repr(given), wanted="0 or above")
    return int(given)


def _flag(option: str, options: Mapping[str, Any], keys: Keys, build: Build) -> bool:
    given = options.get(option)
    if given is not None and not isinstance(given, bool):
        raise build.refuse(f"{option} is neither true nor false", [*keys, option], got=repr(given))
    return bool(given)


def _limit(option: str, options: Mapping[str, Any], logical: str, keys: Keys, build: Build) -> str | None:
    limit = options.get(option)
    if limit is None:
        return None
    wanted = {"date": "yyyy-MM-dd", "timestamp": "yyyy-MM-dd hh:mm:ss", "time": "a text such as 08:30:00"}
    try:
        usable = _is_comparable(limit, logical)
    except (ValueError, TypeError, OverflowError):
        usable = False
    if not usable:
        raise build.refuse(
            f"the {option} can't be compared with",
            [*keys, option],
            got=repr(limit),
            wanted=wanted.get(logical, "a finite number"),
        )
    return str(limit)


def _is_comparable(limit: Any, logical: str) -> bool:
    if logical in {"date", "timestamp"}:
        return bool(read_date(limit) if logical == "date" else read_time(limit))
    if logical == "time":
        return isinstance(limit, str) and re.match(_CLOCK, limit) is not None
    return math.isfinite(limit)


def _ends(options: Mapping[str, Any], spark_type: str) -> tuple[str | None, str | None]:
    """The ends of an integer format; those that a bigint has by itself are left to the type."""
    found = integer_range(str(options.get("format")))
    if found is None:
        return None, None
    low, high = found
    # 128 bits have more room than any type of Spark, and 64 with a sign as much as a bigint.
    has_room = high < 10**38
    if low == 0:
        return "0", str(high) if has_room else None
    return (str(low), str(high)) if has_room and spark_type != "bigint" else (None, None)


def _tighter(choose: Callable[..., str], given: str | None, end: str | None) -> str | None:
    named = [limit for limit in (given, end) if limit is not None]
    return choose(named, key=Decimal) if named and end is not None else given


def _multiple_of(options: Mapping[str, Any], keys: Keys, build: Build) -> str | None:
    given = options.get("multipleOf")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 10**26:
        where = [*keys, "multipleOf"]
        raise build.refuse("multipleOf is no number to divide by", where, got=repr(given), wanted="a number above 0")
    return str(given)


def _pattern(options: Mapping[str, Any], logical: str, keys: Keys, build: Build) -> str | None:
    given = options.get("pattern")
    if given is None:
        return _CLOCK if logical == "time" and "format" not in options else None
    try:
        return pattern_of(given)
    except ValueError as error:
        raise build.refuse("the pattern is no regular expression", [*keys, "pattern"], got=error) from None


def _format(options: Mapping[str, Any], name: str, logical: str, keys: Keys, build: Build) -> str | None:
    given = options.get("format")
    if given is None or logical in {"integer", "number"}:
        return None
    if logical in {"date", "timestamp", "time"} and not _is_time_format(str(given)):
        wanted, todo = "such as yyyy-MM-dd HH:mm:ss", "put letters that stand for themselves in quotes: 'T'"
        raise build.refuse("the format is none of a time", [*keys, "format"], got=given, wanted=wanted, todo=todo)
    if logical == "string" and given not in FORMATS:
        build.warn(f"format {given!r} of {name} is documented, not checked", [*keys, "format"])
    return str(given)


def _is_time_format(given: str) -> bool:
    """Whether Spark parses texts by a format.

    >>> _is_time_format("yyyy-MM-dd'T'HH:mm"), _is_time_format("yyyy-MM-ddTHH:mm"), _is_time_format("EEE d MMM")
    (True, False, False)
    """
    plain = re.sub(r"'[^']*'", " ", given)  # two letters around what is quoted are not one run
    runs = [(match.group(1), len(match.group())) for match in re.finditer(r"([A-Za-z])\1*", plain)]
    known = all(count <= _LETTERS.get(letter, 0) for letter, count in runs)
    whole = not {("V", 1), ("O", 2), ("O", 3)} & {*runs}
    depths = accumulate((char == "[") - (char == "]") for char in plain)
    return known and whole and min(depths, default=0) >= 0 and not {*"#{}'"} & {*plain}


def _required_properties(
    options: Mapping[str, Any], properties: tuple[Property, ...], keys: Keys, build: Build
) -> tuple[str, ...]:
    names = [prop.name for prop in properties]
    given = options.get("required") or []
    if not isinstance(given, list):
        raise build.refuse("required of an object is no list of fields", [*keys, "required"], got=repr(given))
    for name in given:
        if name not in names:
            hint = did_you_mean(str(name), names) or None
            raise build.refuse("a required property that the object lacks", [*keys, "required"], got=name, todo=hint)
    return tuple(given)
