"""Rules in the words of Pandera and Great Expectations, as checks that the gate runs by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hallmark.contracts.checks import NAMES, Check
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


def known_engine(name: object) -> str | None:
    """The engine that a contract means, however it is written; None for one whose rules are not run here.

    >>> known_engine("great-expectations"), known_engine("Pandera"), known_engine("soda")
    ('greatExpectations', 'pandera', None)
    """
    plain = str(name).replace("-", "").replace("_", "").lower()
    return next((engine for engine in ENGINES if engine.lower() == plain), None)


def check_of(engine: str, implementation: Mapping[str, Any]) -> Check | None:
    """The check of single values that a custom rule asks for; None when it is about a whole table.

    Args:
        engine: `pandera` (`{check: ge, value: 1}`) or `greatExpectations` (`{type: expect_..., kwargs: {...}}`).
        implementation: the rule in the engine's words.

    >>> check_of("pandera", {"check": "isin", "values": ["a"]})
    Check(name='isin', arguments={'values': ['a']})
    >>> check_of("greatExpectations", {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}})

    Raises:
        ValueError: when the rule is none that the engine has, or lacks what it compares with.
    """
    return _pandera(implementation) if engine == "pandera" else _expectation(implementation)


def _pandera(implementation: Mapping[str, Any]) -> Check:
    name = str(implementation.get("check"))
    known = [each for each in NAMES if each != "notnull"]
    if name not in known:
        raise ValueError(did_you_mean(name, known) or f"no check {name!r}; known: {', '.join(known)}")
    given = {key: value for key, value in implementation.items() if key != "check"}
    wanted = {"isin": "values", "notin": "values", "in_range": None, "str_length": None}.get(name, "value")
    if (wanted is not None and wanted not in given) or not given:
        raise ValueError(f"check {name} needs {wanted or 'min_value or max_value'}")
    return Check(name, given)


def _expectation(implementation: Mapping[str, Any]) -> Check | None:
    kind = str(implementation.get("type") or implementation.get("expectation_type"))
    if not kind.startswith("expect_"):
        raise ValueError(f"no expectation {kind!r}; wanted: type: expect_...")
    if kind not in _EXPECTATIONS:
        return None
    name, names = _EXPECTATIONS[kind]
    kwargs = implementation.get("kwargs") or {}
    if "mostly" in kwargs:
        raise ValueError("mostly is not read; put the tolerance into the custom property failAbove")
    given = {names[key]: value for key, value in kwargs.items() if key in names and value is not None}
    strict = {f"include_{end}": not given.pop(f"strict_{end}") for end in ("min", "max") if f"strict_{end}" in given}
    if not given and name != "notnull":
        raise ValueError(f"{kind} needs {', '.join(names)}")
    return Check(name, {**given, **strict})
