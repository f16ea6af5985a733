"""What a whole gold table must hold: frozen values, no Spark, no Great Expectations (docs/adr/0012)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from hallmark.contracts.measures import Comparison
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


Bounds = tuple[Comparison, ...]
"""What a number must be: it is held to each of the comparisons."""
NOTHING: Bounds = (Comparison("mustBe", (Decimal(0),)),)


def at_most(high: Decimal) -> Bounds:
    """Bounds without a lower end."""
    return (Comparison("mustBeLessOrEqualTo", (high,)),)


def between(low: Decimal | None, high: Decimal | None, *, above: bool = False, below: bool = False) -> Bounds:
    """Bounds with an end or two; `above` and `below` leave the ends out.

    >>> words_of(between(Decimal(1), Decimal("2.50"))), words_of(between(Decimal(0), Decimal(3), below=True))
    ('between 1 and 2.5', '>= 0 and < 3')
    """
    if low is not None and high is not None and not above and not below:
        return (Comparison("mustBeBetween", (low, high)),)
    lower = Comparison("mustBeGreaterThan" if above else "mustBeGreaterOrEqualTo", (low,)) if low is not None else None
    upper = Comparison("mustBeLessThan" if below else "mustBeLessOrEqualTo", (high,)) if high is not None else None
    return tuple(each for each in (lower, upper) if each is not None)


def words_of(bounds: Bounds) -> str:
    """Bounds for people."""
    return " and ".join(each.words(plain) for each in bounds)


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

        >>> words_of(Drift(low_pct=Decimal(90), whole_rows=True).bounds(Decimal(5)))
        '>= 4'
        >>> words_of(Drift(Decimal(50), Decimal(200)).bounds(Decimal(-4)))
        'between -8 and -2'
        """
        if self.rise is not None:
            return at_most(last + self.rise)
        ends = [None if pct is None else last * pct / 100 for pct in (self.low_pct, self.high_pct)]
        if self.whole_rows and ends[0] is not None and last > 0:
            # The emptying of a table is never within bounds that ask for any of its rows.
            ends[0] = max(ends[0].to_integral_value("ROUND_FLOOR"), Decimal(1 if self.low_pct else 0))
        return between(*(reversed(ends) if last < 0 else ends))


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
