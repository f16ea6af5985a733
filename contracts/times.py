"""Dates and times as contracts write them: what Spark's casts read, and nothing that Python alone would."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

_DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_DATE = re.compile(_DAY)
_TIME = re.compile(
    rf"{_DAY}(?:[T ]([0-9]{{2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:[.]([0-9]{{1,9}}))?)?"
    r"(?: ?(?:Z|UTC|([+-])([0-9]{2}):?([0-9]{2})))?)?"
)


def read_date(text: str) -> date:
    """A date, `yyyy-MM-dd`.

    >>> read_date("2020-02-29")
    datetime.date(2020, 2, 29)

    Raises:
        ValueError: when it is none.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("no date; wanted: yyyy-MM-dd")
    return date(*map(int, match.groups()))


def read_time(text: str) -> datetime:
    """A time in UTC; one without a zone is UTC, and digits beyond microseconds are cut, as Spark does.

    >>> str(read_time("2020-01-01T00:00:00+02:00")), str(read_time("2020-01-01"))
    ('2019-12-31 22:00:00+00:00', '2020-01-01 00:00:00+00:00')

    Raises:
        ValueError: when it is none.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("no time; wanted: yyyy-MM-dd hh:mm:ss, with Z or an offset such as +02:00 or without")
    *parts, fraction, sign, hours, minutes = match.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    local = datetime(*(int(part or 0) for part in parts), micros, tzinfo=timezone(ahead))  # type: ignore[misc, arg-type]
    try:
        return local.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time before the year 1 or after the year 9999") from None
