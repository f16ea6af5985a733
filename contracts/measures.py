"""How much is too much: the comparisons of ODCS quality rules, and tolerances such as `1%` or `10 rows`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hallmark.lakehouse.words import many

SIGNS = {
    "mustBe": "=",
    "mustNotBe": "!=",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}
OPERATORS = tuple(SIGNS)
_TOLERANCE = re.compile(r"(\d+(?:[.]\d+)?) ?(%|percent|rows?)?")


@dataclass(frozen=True)
class Comparison:
    """What a measured number must be: an ODCS operator and its value (two for the ranges, both ends included).

    >>> rule = Comparison("mustBeBetween", (Decimal(1), Decimal(5)))
    >>> rule.holds(5), rule.holds(6), str(rule)
    (True, False, 'between 1 and 5')
    """

    operator: str
    values: tuple[Decimal | str, ...]

    def holds(self, measured: Any) -> bool:
        """Whether a measured value (a number; text for a query that returns text) is as it must be; null is not."""
        if measured is None:
            return False
        value, first = _comparable(measured, self.values[0])
        if isinstance(value, Decimal) and value.is_nan():
            return False
        if self.operator == "mustBe":
            return bool(value == first)
        if self.operator == "mustNotBe":
            return bool(value != first)
        if not isinstance(value, Decimal) or not all(isinstance(limit, Decimal) for limit in self.values):
            return False
        return self._orders(value, *(limit for limit in self.values if isinstance(limit, Decimal)))

    def _orders(self, value: Decimal, first: Decimal, last: Decimal | None = None) -> bool:
        if last is not None:
            return (first <= value <= last) == (self.operator == "mustBeBetween")
        return {
            "mustBeGreaterThan": value > first,
            "mustBeGreaterOrEqualTo": value >= first,
            "mustBeLessThan": value < first,
            "mustBeLessOrEqualTo": value <= first,
        }[self.operator]

    @property
    def allows_none(self) -> bool:
        """Whether it holds for no row at all and for no more: a rule that each row has to hold.

        >>> Comparison("mustBeLessThan", (Decimal(1),)).allows_none, Comparison("mustBe", (Decimal(3),)).allows_none
        (True, False)
        """
        return self.is_upper_bound and not self.holds(1)

    @property
    def is_upper_bound(self) -> bool:
        """Whether few are good and more are worse: only then a row that counts is a bad one."""
        return self.holds(0) and self.operator in {"mustBe", "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween"}

    @property
    def numbers(self) -> tuple[Decimal, ...]:
        """Its values that are numbers; a bound of a text is none."""
        return tuple(value for value in self.values if isinstance(value, Decimal))

    def words(self, shown: Callable[[Any], str] = str) -> str:
        """For people; `shown` writes a value.

        >>> Comparison("mustNotBeBetween", (Decimal(1), Decimal("2.50"))).words(lambda value: f"{value:.0f} h")
        'not between 1 h and 2 h'
        """
        return f"{SIGNS[self.operator]} {' and '.join(shown(value) for value in self.values)}"

    def __str__(self) -> str:
        return self.words()


def read_comparison(rule: Mapping[str, Any]) -> Comparison | None:
    """The comparison of a quality rule; None when it names none.

    >>> str(read_comparison({"mustBeLessThan": 5}))
    '< 5'

    Raises:
        ValueError: when there are several, a bound is not a finite number, or a range is upside down.
    """
    named = [operator for operator in OPERATORS if operator in rule]
    if len(named) > 1:
        raise ValueError(f"{' and '.join(named)} in one rule: make it two")
    for operator in named:
        given = rule[operator]
        if not operator.endswith("Between"):
            return Comparison(operator, (_value(given, operator),))
        if not isinstance(given, list) or len(given) != 2:
            raise ValueError(f"{operator}: {given!r} is no pair of numbers")
        first, last = (_value(value, operator) for value in given)
        if first > last:  # type: ignore[operator]  # a range has no texts
            raise ValueError(f"{operator}: {first} is above {last}")
        return Comparison(operator, (first, last))
    return None


@dataclass(frozen=True)
class Tolerance:
    """At most this many rows, or this share of a load in per cent."""

    limit: Decimal
    unit: str

    def bears(self, broken: int, rows: int) -> bool:
        """Whether a load of `rows` may have `broken` ones.

        >>> Tolerance(Decimal(1), "percent").bears(1, 100), Tolerance(Decimal(1), "percent").bears(2, 100)
        (True, False)
        """
        measured = Decimal(broken) if self.unit == "rows" else share(broken, rows)
        return measured <= self.limit

    def __str__(self) -> str:
        return f"{self.limit} %" if self.unit == "percent" else many(self.limit, "row")


def read_tolerance(text: Any) -> Tolerance:
    """A tolerance as written in a contract: `1%`, `0.5 percent`, `10 rows`, `10`.

    >>> str(read_tolerance("0.5%")), str(read_tolerance(10)), str(read_tolerance("1 row"))
    ('0.5 %', '10 rows', '1 row')

    Raises:
        ValueError: when it is none of these.
    """
    match = _TOLERANCE.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is neither a share such as 1% nor a number of rows")
    unit = "percent" if match.group(2) in {"%", "percent"} else "rows"
    return Tolerance(Decimal(match.group(1)), unit)


def share(part: int, whole: int) -> Decimal:
    """Per cent of `part` in `whole`; 0 of nothing."""
    return Decimal(part) * 100 / whole if whole else Decimal(0)


def _value(value: Any, operator: str) -> Decimal | str:
    if isinstance(value, str) and operator in {"mustBe", "mustNotBe"}:
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{operator}: {value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{operator}: {value!r} is not a finite number")
    return number


def _comparable(measured: Any, wanted: Decimal | str) -> tuple[Decimal | str, Decimal | str]:
    if isinstance(wanted, str):
        return str(measured), wanted
    try:
        return Decimal(str(measured)), wanted
    except InvalidOperation:
        return str(measured), wanted
