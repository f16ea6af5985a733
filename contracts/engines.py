"""Rules in the words of Pandera and Great Expectations, as checks that the gate runs by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hallmark.contracts.checks import NAMES, Check, MisfitError
from hallmark.contracts.expectations import ARGUMENTS, COMMON
from hallmark.lakehouse.errors import did_you_mean

ENGINES = ("greatExpectations", "pandera")
_EXPECTATIONS = {
    "expect_column_values_to_not_be_null": ("notnull", {}),
    "expect_column_values_to_be_between": (
        "in_range",
        {"min_value": "min_value", "max_value": "max_value", "strict_min": "strict_min", "strict_max": "strict_max"},
    ),
    "expect_column_values_to_be_in_set": ("isin", {"value_set": "values"}),
    "expect_column_values_to_not_be_in_set": ("notin", {"value_set": "values"}),
    "expect_column_values_to_match_regex": ("str_contains", {"regex": "value"}),
    "expect_column_value_lengths_to_be_between": (
        "str_length",
        {"min_value": "min_value", "max_value": "max_value"},
    ),
    "expect_column_value_lengths_to_equal": ("str_length", {"value": "exact_value"}),
}
_OF_NO_EFFECT = ("column", "result_format", "catch_exceptions", "meta", "severity")  # on which values break it
_PANDERA: Mapping[str, tuple[str, ...]] = {
    **{name: ("value",) for name in NAMES if name != "notnull"},
    **dict.fromkeys(("isin", "notin"), ("values",)),
    "in_range": ("min_value", "max_value", "include_min", "include_max"),
    "str_length": ("min_value", "max_value", "exact_value"),
}
_LIMITS = frozenset({"value", "values", "min_value", "max_value", "exact_value"})


def known_engine(name: object) -> str | None:
    """The engine that a contract means, however it is written; None for one whose rules are not run here.

    >>> known_engine("great-expectations"), known_engine("Pandera"), known_engine("soda")
    ('greatExpectations', 'pandera', None)
    """
    plain = str(name).replace("-", "").replace("_", "").lower()
    return next((engine for engine in ENGINES if engine.lower() == plain), None)


def check_of(engine: str, implementation: Mapping[str, Any], column: str | None = None) -> Check | None:
    """The check of single values that a custom rule asks for; None when it is about a whole table, or not known here.

    Args:
        engine: `pandera` (`{check: ge, value: 1}`) or `greatExpectations` (`{type: expect_..., kwargs: {...}}`).
        implementation: the rule in the engine's words.
        column: the property that it stands at; None at a table.

    >>> check_of("pandera", {"check": "isin", "values": ["a"]})
    Check(name='isin', arguments={'values': ['a']})
    >>> check_of("greatExpectations", {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}})

    Raises:
        MisfitError: when the rule is none that the engine has, lacks what it compares with, or has a word that would be
            passed over.
    """
    return _pandera(implementation) if engine == "pandera" else _expectation(implementation, column)


def type_of_expectation(implementation: Mapping[str, Any]) -> str:
    """The expectation that a rule names, by today's key or the older one."""
    return str(implementation.get("type") or implementation.get("expectation_type"))


def near_expectation(kind: str) -> str:
    """A hint for a mistyped expectation of single values, or an empty text.

    >>> near_expectation("expect_column_values_to_be_beetween")
    "did you mean 'expect_column_values_to_be_between'?"
    """
    return did_you_mean(kind, _EXPECTATIONS)


def _pandera(implementation: Mapping[str, Any]) -> Check:
    name = str(implementation.get("check"))
    if name not in _PANDERA:
        raise MisfitError(did_you_mean(name, _PANDERA) or f"no check {name!r}; known: {', '.join(_PANDERA)}")
    given = {key: value for key, value in implementation.items() if key != "check" and value is not None}
    known = _PANDERA[name]
    for key in given:
        if key not in known:
            raise MisfitError(_no_argument(f"check {name}", key, known))
    if not given.keys() & _LIMITS:
        raise MisfitError(f"check {name} needs {' or '.join(key for key in known if key in _LIMITS)}")
    return Check(name, given)


def _expectation(implementation: Mapping[str, Any], column: str | None) -> Check | None:
    kind = type_of_expectation(implementation)
    if not kind.startswith("expect_"):
        raise MisfitError(f"no expectation {kind!r}; wanted: type: expect_...")
    kwargs = implementation.get("kwargs") or {}
    if not isinstance(kwargs, Mapping):
        raise MisfitError(f"the kwargs of {kind} are no mapping: {kwargs!r}")
    if kind not in _EXPECTATIONS:
        known = ARGUMENTS.get(kind)
        for key in kwargs if known is not None else ():
            if key not in (*(known or ()), *COMMON):
                raise MisfitError(_no_argument(kind, str(key), known or ()))
        return None
    return _of_values(kind, kwargs, column)


def _of_values(kind: str, kwargs: Mapping[str, Any], column: str | None) -> Check:
    name, names = _EXPECTATIONS[kind]
    if "mostly" in kwargs:
        raise MisfitError("mostly is not read; put the tolerance into the custom property failAbove")
    for key in kwargs:
        if key not in names and key not in _OF_NO_EFFECT:
            raise MisfitError(_no_argument(kind, str(key), tuple(names)))
    if column is not None and kwargs.get("column", column) != column:
        raise MisfitError(f"it stands at {column}, and is about column {kwargs['column']!r}: move it there")
    given = {names[key]: value for key, value in kwargs.items() if key in names and value is not None}
    strict = {end: given.pop(f"strict_{end}") for end in ("min", "max") if f"strict_{end}" in given}
    for end, value in strict.items():
        if not isinstance(value, bool):
            raise MisfitError(f"strict_{end} is neither true nor false: {value!r}")
    if not given and name != "notnull":
        raise MisfitError(f"{kind} needs {' or '.join(key for key in names if not key.startswith('strict_'))}")
    return Check(name, {**given, **{f"include_{end}": not value for end, value in strict.items()}})


def _no_argument(what: str, name: str, known: Sequence[str]) -> str:
    return f"{what} has no argument {name!r}; {did_you_mean(name, known) or 'known: ' + (', '.join(known) or 'none')}"
