"""Numbers against expectations: pure, exact (decimals), and all that Great Expectations is asked, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation, localcontext

from hallmark.gold.expectations import (
    AGE,
    ERROR,
    LANDED_AGE,
    NEWEST,
    RUN_AGE,
    WARNING,
    Bounds,
    Drift,
    Expectation,
    Suite,
    plain,
    words_of,
)

Numbers = Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Times:
    """What ages are told from; UTC, None when it never happened.

    Attributes:
        now: the run's clock.
        landed: the newest load into bronze.
        published: the last publish before this one.
    """

    now: datetime
    landed: datetime | None = None
    published: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """An expectation with its bounds as they were at that time, the number that was found, and whether it holds."""

    expectation: Expectation
    bounds: Bounds
    value: Decimal | None
    holds: bool

    @property
    def stops(self) -> bool:
        """Whether it stops the publish."""
        return not self.holds and self.expectation.severity == ERROR and self.expectation.stops

    @property
    def alerts(self) -> bool:
        """Whether somebody has to hear of it."""
        return not self.holds and self.expectation.severity == ERROR

    @property
    def warns(self) -> bool:
        """Whether it is worth a note, and no more."""
        return not self.holds and self.expectation.severity == WARNING

    @property
    def got(self) -> str:
        """The number, for people."""
        return "no value" if self.value is None else plain(self.value)

    @property
    def wanted(self) -> str:
        """The bounds, for people."""
        return words_of(self.bounds)

    def __str__(self) -> str:
        """One line for a letter or a log."""
        return f"{self.expectation.says}: {self.got}, wanted {self.wanted}"


def number(text: str | None) -> Decimal | None:
    """A number from its text; None for what is none (null, NaN, infinity).

    >>> number("1.50"), number("NaN"), number(None)
    (Decimal('1.50'), None, None)
    """
    try:
        found = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def with_differences(suite: Suite, numbers: Numbers) -> dict[str, Decimal | None]:
    """Add the numbers that are made of others; one that lacks a part has no value."""
    found = dict(numbers)
    for each in suite.differences:
        parts = [numbers.get(name) for name in (each.ours, *each.others)]
        known = [part for part in parts if part is not None]
        with localcontext(prec=60):  # two decimals of 38 digits, subtracted exactly
            found[each.name] = known[0] - sum(known[1:], Decimal(0)) if len(known) == len(parts) else None
    return found


def with_ages(numbers: Numbers, times: Times) -> dict[str, Decimal | None]:
    """Add the ages, in hours, to the numbers of a table: of the newest value of a column, load and publish."""
    ages: dict[str, Decimal | None] = {}
    for name, newest in numbers.items():
        if name.endswith(NEWEST):
            seconds = Decimal(str(times.now.timestamp()))
            ages[name.removesuffix(NEWEST) + AGE] = None if newest is None else (seconds - newest) / 3600
    for name, moment in ((LANDED_AGE, times.landed), (RUN_AGE, times.published)):
        ages[name] = None if moment is None else Decimal(str((times.now - moment).total_seconds())) / 3600
    return {**numbers, **ages}


def judge(suite: Suite, numbers: Numbers, last: Numbers) -> list[Outcome]:
    """Hold a table's numbers against its suite.

    Args:
        suite: what is expected.
        numbers: what was found, by metric.
        last: what was found at the last publish; empty for the first one. What has nothing to be compared with is left
            out: a table is never wrong for being new.
    """
    found = []
    for expectation in suite.expectations:
        bounds = _bounds(expectation, numbers, last)
        if bounds is not None:
            value = numbers.get(expectation.metric)
            holds = value is not None and all(each.holds(value) for each in bounds)
            found.append(Outcome(expectation, bounds, value, holds))
    return found


def _bounds(expectation: Expectation, numbers: Numbers, last: Numbers) -> Bounds | None:
    if isinstance(expectation.asks, Drift):
        before, value = last.get(expectation.metric), numbers.get(expectation.metric)
        if before is None or value is None:
            return None
        if before == 0 and expectation.asks.rise is None:
            return None
        return expectation.asks.bounds(before)
    if expectation.metric in {RUN_AGE, LANDED_AGE} and numbers.get(expectation.metric) is None:
        return None  # nothing was published, or nothing landed, before
    return expectation.asks


def broken(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that do not hold; the ones that stop first."""
    return sorted((each for each in outcomes if not each.holds), key=lambda each: (not each.stops, not each.alerts))
