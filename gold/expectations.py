"""What a whole gold table must hold: frozen values, no Spark, no Great Expectations (docs/adr/0012)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal

from hallmark.lakehouse.names import Table

ERROR, WARNING = "error", "warning"
ROW_COUNT = "row_count"
LANDED_AGE = "hours_since_landed"
RUN_AGE = "hours_since_last_run"
AGE = ".age_hours"
NEWEST = ".newest"


@dataclass(frozen=True)
class Metric:
    """A number about a table.

    Attributes:
        name: `row_count`, `<column>.<what>`, or the name of the contract's rule.
        sql: an aggregate over the table's columns; of a query a whole SELECT that gives one number.
            `{object}` in it is the table itself.
        is_query: whether `sql` is a whole query.
        source: the table that the aggregate is over, when it is another one.
    """

    name: str
    sql: str
    is_query: bool = False
    source: Table | None = None


@dataclass(frozen=True)
class Difference:
    """A number that is made of others: `ours` less the sum of `others`."""

    name: str
    ours: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Bounds:
    """Where a number must lie; an end that is None is open. It must not be `unequal`.

    `outside` turns it round: the number must lie below `low` or above `high`.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    above: bool = False
    below: bool = False
    unequal: Decimal | None = None
    outside: bool = False

    def hold(self, value: Decimal | None) -> bool:
        """Whether a number lies within; an unknown one does not.

        >>> Bounds(low=Decimal(1)).hold(Decimal(1)), Bounds(low=Decimal(1), above=True).hold(Decimal(1))
        (True, False)
        >>> Bounds(low=Decimal(1)).hold(None)
        False
        >>> [Bounds(Decimal(1), Decimal(3), outside=True).hold(Decimal(n)) for n in (0, 1, 3, 4)]
        [True, False, False, True]
        """
        if value is None:
            return False
        if self.unequal is not None:
            return value != self.unequal
        low = self.low is None or value > self.low or (value == self.low and not self.above)
        high = self.high is None or value < self.high or (value == self.high and not self.below)
        return (low and high) != self.outside

    def __str__(self) -> str:
        """For people.

        >>> str(Bounds(Decimal(1), Decimal("2.50"))), str(Bounds(high=Decimal(3), below=True)), str(Bounds())
        ('between 1 and 2.5', 'below 3', 'any number')
        >>> str(Bounds(Decimal(0), Decimal(0)))
        '0'
        """
        if self.unequal is not None:
            return f"other than {plain(self.unequal)}"
        if self.low is not None and self.low == self.high and not self.outside:
            return plain(self.low)
        if self.outside:
            return f"not {replace(self, outside=False)}"
        low = None if self.low is None else plain(self.low)
        high = None if self.high is None else plain(self.high)
        if low is not None and high is not None and not self.above and not self.below:
            return f"between {low} and {high}"
        ends = [f"{'above' if self.above else 'at least'} {low}"] if low is not None else []
        ends += [f"{'below' if self.below else 'at most'} {high}"] if high is not None else []
        return " and ".join(ends) or "any number"


@dataclass(frozen=True)
class Drift:
    """Bounds that come from the last published value of the same number.

    `low_pct` and `high_pct` are per cent of it; `rise` is added to it. `whole_rows` lets a small table lose one row.
    """

    low_pct: Decimal | None = None
    high_pct: Decimal | None = None
    rise: Decimal | None = None
    whole_rows: bool = False

    def bounds(self, last: Decimal) -> Bounds:
        """The bounds, now that the last value is known.

        >>> str(Drift(low_pct=Decimal(90), whole_rows=True).bounds(Decimal(5)))
        'at least 4'
        >>> str(Drift(Decimal(50), Decimal(200)).bounds(Decimal(-4)))
        'between -8 and -2'
        """
        if self.rise is not None:
            return Bounds(high=last + self.rise)
        ends = [None if pct is None else last * pct / 100 for pct in (self.low_pct, self.high_pct)]
        if self.whole_rows and ends[0] is not None and last > 0:
            # The emptying of a table is never within bounds that ask for any of its rows.
            ends[0] = max(ends[0].to_integral_value("ROUND_FLOOR"), Decimal(1 if self.low_pct else 0))
        return Bounds(*(reversed(ends) if last < 0 else ends))


@dataclass(frozen=True)
class Expectation:
    """One thing that a table must hold.

    Attributes:
        table: the table's name in gold.
        name: names it within the table.
        metric: the number that it is about.
        says: what is asked, in words.
        asks: where the number must lie, or how far from its last published value.
        severity: `error` stops the publish, `warning` is a note.
        is_sla: whether it is an agreement of the contract's `slaProperties`.
        stops: whether an error stops the publish; else it alerts alone.
    """

    table: str
    name: str
    metric: str
    says: str
    asks: Bounds | Drift
    severity: str = ERROR
    is_sla: bool = False
    stops: bool = True


@dataclass(frozen=True)
class Suite:
    """All that is expected of a table, and the numbers that have to be looked up for it."""

    table: str
    expectations: tuple[Expectation, ...] = ()
    metrics: tuple[Metric, ...] = ()
    differences: tuple[Difference, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when anything that is expected does; SHA-256, 16 hex digits."""
        asked = (self.table, self.expectations, self.metrics, self.differences)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def plain(number: Decimal) -> str:
    """A number without an exponent and without zeros at its end, six significant digits after the point at most.

    >>> plain(Decimal("0E-15")), plain(Decimal("1234567.5000")), plain(Decimal("33.3333333333"))
    ('0', '1234567.5', '33.333333')
    >>> plain(Decimal("0.000000000012"))
    '0.000000000012'
    """
    if number == 0:
        return "0"
    places = 6 if abs(number) >= 1 else 6 - number.adjusted()
    rounded = round(number, places)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
