"""Words that several commands say the same way."""

from __future__ import annotations

from decimal import Decimal


def many(number: int | Decimal, what: str) -> str:
    """A number of things, for people.

    >>> many(1, "file"), many(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{number:,} {what}{by_number(number, '', 's')}"


def by_number(number: int | Decimal, one: str, more: str) -> str:
    """The word for one thing, or for none and several: mostly a verb.

    >>> f"{many(1, 'rule')} {by_number(1, 'holds', 'hold')}"
    '1 rule holds'
    """
    return one if number == 1 else more
