"""The vocabulary of checks that Pandera, Great Expectations and contracts share, as SQL of values that break them.

A null breaks no check (whether there may be one is another rule), and in a float column NaN counts as null, as Pandera
has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hallmark.contracts.patterns import guarded
from hallmark.lakehouse.names import sql_text
from hallmark.lakehouse.words import many

_COMPARED = {
    "ge": (">=", "<"),
    "gt": (">", "<="),
    "le": ("<=", ">"),
    "lt": ("<", ">="),
    "eq": ("=", "!="),
    "ne": ("!=", "="),
}


class MisfitError(ValueError):
    """A rule's argument that it can't use; the text says why."""


@dataclass(frozen=True)
class Check:
    """A check by its Pandera name, one of `NAMES`, and what it compares with."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """What a value must be, in words.

        >>> Check("in_range", {"min_value": 1, "max_value": 5, "include_max": False}).says
        '>= 1 and < 5'
        """
        given = self.arguments
        if self.name in _COMPARED:
            return f"{_COMPARED[self.name][0]} {given['value']}"
        if self.name == "in_range":
            return " and ".join(f"{_COMPARED[name][0]} {value}" for name, value in _bounds(given))
        if self.name in {"isin", "notin"}:
            return f"{'one of' if self.name == 'isin' else 'none of'} {', '.join(map(told, given['values']))}"
        if self.name == "str_length":
            return " and ".join(f"{_COMPARED[name][0]} {many(value, 'character')}" for name, value in _lengths(given))
        if self.name == "notnull":
            return "no null"
        return f"{_WORDS[self.name]} {given['value']}"


_WORDS = {"str_matches": "like", "str_contains": "with", "str_startswith": "begins with", "str_endswith": "ends with"}
NAMES = (*_COMPARED, "in_range", "isin", "notin", *_WORDS, "str_length", "notnull")


def violated_sql(check: Check, column: str, spark_type: str) -> str:
    """The SQL condition of a value that breaks the check; null (as good as false) for a null.

    >>> violated_sql(Check("ge", {"value": 1}), "`x`", "int")
    '`x` < 1'

    Raises:
        ValueError: when a value can't be compared with the column's type.
    """
    value = f"nanvl({column}, null)" if spark_type in {"double", "float"} else column
    given = check.arguments
    if check.name == "notnull":
        return f"{value} is null"
    if check.name in _COMPARED:
        return f"{value} {_COMPARED[check.name][1]} {literal(given['value'], spark_type)}"
    if check.name == "in_range":
        return " or ".join(
            f"{value} {_COMPARED[name][1]} {literal(limit, spark_type)}" for name, limit in _bounds(given)
        )
    if check.name in {"isin", "notin"}:
        return _listed(value, given["values"], spark_type, wanted=check.name == "isin")
    if check.name == "str_length":
        return " or ".join(f"char_length({value}) {_COMPARED[name][1]} {limit}" for name, limit in _lengths(given))
    return f"not ({_text_check(check.name, value, str(given['value']))})"


def _text_check(name: str, value: str, wanted: str) -> str:
    if name == "str_matches":  # as re.match: at the beginning; and $ is theirs, which lets a last line end pass
        return guarded(value, wanted, f"^(?:{wanted})")
    if name == "str_contains":
        return guarded(value, wanted, wanted)
    function = {"str_startswith": "startswith", "str_endswith": "endswith"}[name]
    return f"{function}({value}, {sql_text(wanted)})"


def _listed(value: str, values: Sequence[Any], spark_type: str, *, wanted: bool) -> str:
    known = [each for each in values if each is not None]
    if not known:
        return f"{value} is not null" if wanted else "false"
    return f"{value} {'not in' if wanted else 'in'} ({listed_sql(known, spark_type)})"


def listed_sql(values: Sequence[Any], spark_type: str) -> str:
    """Values as the inside of an SQL list.

    >>> listed_sql(["a", "b"], "string")
    "'a', 'b'"
    """
    return ", ".join(literal(each, spark_type) for each in values)


def told(value: Any) -> str:
    """A value in words.

    >>> told(True), told("a")
    ('true', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    low = "ge" if given.get("include_min", True) else "gt"
    high = "le" if given.get("include_max", True) else "lt"
    bounds = ((low, given.get("min_value")), (high, given.get("max_value")))
    return [(name, limit) for name, limit in bounds if limit is not None]


def _lengths(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    exact = given.get("exact_value")
    if exact is not None:
        return [("eq", exact)]
    return [
        (name, given[key]) for name, key in (("ge", "min_value"), ("le", "max_value")) if given.get(key) is not None
    ]


def number_sql(text: str) -> str:
    """A number as SQL of its own smallest type: Spark rounds what it compares where a wider one leaves no room.

    >>> number_sql("0.5"), number_sql("1e3"), number_sql("1e99")
    ("cast('0.5' as decimal(1,1))", "cast('1e3' as decimal(4,0))", "cast('1e99' as double)")
    """
    import decimal

    digits, exponent = decimal.Decimal(text).as_tuple()[1:]
    assert isinstance(exponent, int)  # noqa: S101 -- infinities are refused when a contract is read
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale)
    return f"cast({sql_text(text)} as {f'decimal({precision},{scale})' if precision <= 38 else 'double'})"


def literal(value: Any, spark_type: str) -> str:
    """A Python value as SQL of the column's type.

    >>> literal(1.5, "double"), literal("a", "string"), literal(True, "boolean")
    ("cast('1.5' as double)", "'a'", 'true')

    Raises:
        ValueError: for a value that is neither number, text, truth value, date nor time.
    """
    import datetime as dt
    import decimal
    import numbers

    if isinstance(value, bool):
        return told(value)
    if isinstance(value, int) and abs(value) < 10**38:
        return str(value) if abs(value) < 2**31 else f"cast({sql_text(str(value))} as decimal(38,0))"
    if isinstance(value, decimal.Decimal):
        return number_sql(str(value))
    if isinstance(value, numbers.Real):
        return f"cast({sql_text(repr(float(value)))} as double)"
    if isinstance(value, dt.datetime | dt.date):
        return f"cast({sql_text(str(value))} as {'timestamp' if isinstance(value, dt.datetime) else 'date'})"
    if isinstance(value, str):
        return sql_text(value) if spark_type == "string" else f"cast({sql_text(value)} as {spark_type})"
    raise ValueError(f"{value!r} can't be compared with {spark_type}")
