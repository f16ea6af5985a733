"""What rules compare with, read by the column's type: a value that does not fit would stop a load, or hit no row."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hallmark.contracts.checks import Check, MisfitError
from hallmark.contracts.model import Property
from hallmark.contracts.regex import refuse_foreign
from hallmark.contracts.times import read_date, read_time

_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST = 2**31 - 1


def fitted(check: Check, prop: Property) -> Check:
    """A check with its arguments as values of the column's type.

    Raises:
        MisfitError: for an argument that the check can't use, or that is none of the column's type.
    """
    if check.name.startswith("str_") and prop.spark_type != "string":
        raise MisfitError(f"{check.name} is about texts, and {prop.name} is {prop.logical_type}")
    return Check(
        check.name, {name: _argument(check.name, name, value, prop) for name, value in check.arguments.items()}
    )


def fitted_values(name: str, values: Any, prop: Property) -> list[Any]:
    """A list of values, each as one of the column's type.

    Raises:
        MisfitError: when it is no list, is empty, or has a value that is none of the column's type.
    """
    if not isinstance(values, list):
        raise MisfitError(f"{name} is no list: {values!r}")
    if not values:
        raise MisfitError(f"{name} is an empty list")
    return [_value(value, prop) for value in values]


def fitted_words(values: Any, prop: Property) -> list[Any]:
    """The words that stand for a missing value, as the source writes them; null and the empty text may be named.

    Raises:
        MisfitError: when it is no list, or has what is no text; numbers are texts where the column has numbers.
    """
    if not isinstance(values, list):
        raise MisfitError(f"missingValues is no list: {values!r}")
    if not values:
        raise MisfitError("missingValues is an empty list")
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (value is None or isinstance(value, str) or (is_number and _is_numeric(prop))):
            raise MisfitError(f"{value!r} is no text: put it in quotes")
    return values


def pattern_of(value: Any) -> str:
    """A pattern that Java runs.

    Raises:
        MisfitError: when it is no text, or no such pattern.
    """
    if not isinstance(value, str):
        raise MisfitError(f"{value!r} is no pattern: put it in quotes")
    try:
        refuse_foreign(value)
    except ValueError as error:
        raise MisfitError(f"{value} ({error})") from None
    return value


def names_of(values: Any) -> Sequence[str]:
    """A list of names.

    Raises:
        MisfitError: when it is none.
    """
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise MisfitError(f"{values!r} is no list of columns")
    return values


def _argument(check: str, name: str, value: Any, prop: Property) -> Any:
    if name.startswith("include_"):
        if not isinstance(value, bool):
            raise MisfitError(f"{name} is neither true nor false: {value!r}")
        return value
    if check == "str_length":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST:
            raise MisfitError(f"{name} is no length: {value!r}")
        return value
    if name == "values":
        return fitted_values(name, value, prop)
    if check in {"str_matches", "str_contains"}:
        return pattern_of(value)
    return _value(value, prop)


def _value(value: Any, prop: Property) -> Any:
    if value is None:
        raise MisfitError("a null is no value to compare with: leave it out (required: true refuses nulls)")
    if _is_numeric(prop):
        return _number(value)
    if prop.logical_type == "boolean":
        return _truth(value)
    if prop.is_nested:
        raise MisfitError(f"values of an {prop.logical_type} can't be compared")
    if not isinstance(value, str):
        raise MisfitError(f"{value!r} is no text: put it in quotes, as it is written in the source")
    reader = {"date": read_date, "timestamp": read_time}.get(prop.logical_type)
    if reader is not None:
        try:
            reader(value)
        except ValueError as error:
            raise MisfitError(f"{value!r}: {error}") from None
    return value


def _is_numeric(prop: Property) -> bool:
    return prop.logical_type in {"integer", "number"}


def _number(value: Any) -> int | float:
    try:
        number = _number_of_text(value) if isinstance(value, str) else value
        if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number):
            return number
    except ArithmeticError:  # more digits than a double has room for
        pass
    raise MisfitError(f"{value!r} is no number that can be compared with")


def _number_of_text(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    is_whole = number == number.to_integral_value() and number.adjusted() < 40
    return int(number) if is_whole else float(number)


def _truth(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise MisfitError(f"{value!r} is neither true nor false")
    return value
