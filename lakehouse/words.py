"""Words that several commands say the same way."""

from __future__ import annotations


def many(number: int, what: str) -> str:
    """A number of things, for people.

    >>> many(1, "file"), many(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
