"""Units of measure: which convert into which, and by what exact factor."""

from __future__ import annotations

from fractions import Fraction

_UNITS: dict[str, tuple[str, Fraction]] = {
    "ns": ("time", Fraction(1, 10**9)),
    "us": ("time", Fraction(1, 10**6)),
    "ms": ("time", Fraction(1, 1000)),
    "s": ("time", Fraction(1)),
    "min": ("time", Fraction(60)),
    "h": ("time", Fraction(3600)),
    "d": ("time", Fraction(86400)),
    "B": ("bytes", Fraction(1)),
    "KiB": ("bytes", Fraction(1024)),
    "MiB": ("bytes", Fraction(1024**2)),
    "GiB": ("bytes", Fraction(1024**3)),
    "KB": ("bytes", Fraction(1000)),
    "MB": ("bytes", Fraction(1000**2)),
    "GB": ("bytes", Fraction(1000**3)),
    "fraction": ("ratio", Fraction(1)),
    "percent": ("ratio", Fraction(1, 100)),
    "%": ("ratio", Fraction(1, 100)),
}
_MEANT = {
    "ns": ("nsec", "nsecs", "nano", "nanos", "nanosecond", "nanoseconds"),
    "us": ("usec", "usecs", "µs", "μs", "micro", "micros", "microsecond", "microseconds"),
    "ms": ("msec", "msecs", "milli", "millis", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds"),
    "min": ("mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
    "B": ("byte", "bytes"),
    "KB": ("kbyte", "kbytes", "kilobyte", "kilobytes"),
    "MB": ("mbyte", "mbytes", "megabyte", "megabytes"),
    "GB": ("gbyte", "gbytes", "gigabyte", "gigabytes"),
    "KiB": ("kibibyte", "kibibytes"),
    "MiB": ("mebibyte", "mebibytes"),
    "GiB": ("gibibyte", "gibibytes"),
    "percent": ("pct", "percentage", "per cent"),
    "fraction": ("ratio", "share"),
}
"""Other names of units, in small letters: no unit by themselves, but it is plain what is meant."""
_BY_NAME = {
    **{unit.lower(): unit for unit in _UNITS},
    **{name: unit for unit, names in _MEANT.items() for name in names},
}

_SPELLINGS = {
    "s": ("s", "sec", "second", "seconds"),
    "min": ("m", "min", "minute", "minutes"),
    "h": ("h", "hr", "hour", "hours"),
    "d": ("d", "day", "days"),
}
SECONDS = {
    **{name: int(_UNITS[unit][1]) for unit, names in _SPELLINGS.items() for name in names},
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * 86400),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * 86400),
}
"""Seconds in the units of time as service levels spell them, in small letters."""

EPOCH_UNITS = ("s", "ms", "us", "ns")


def known(unit: str) -> bool:
    """Whether a unit can be converted; others (tokens, requests, USD) are labels.

    >>> known("ms"), known("tokens")
    (True, False)
    """
    return unit in _UNITS


def meant(unit: str) -> str | None:
    """The unit that another spelling stands for; None for a unit itself, and for a label.

    >>> meant("msec"), meant("mib"), meant("ms"), meant("tokens")
    ('ms', 'MiB', None, None)
    """
    return None if unit in _UNITS else _BY_NAME.get(unit.strip().lower())


def factor(source: str, target: str) -> Fraction:
    """What a value in `source` is multiplied by to be in `target`.

    >>> factor("s", "ms"), factor("MiB", "GiB")
    (Fraction(1000, 1), Fraction(1, 1024))

    Raises:
        ValueError: when they measure different things, or one is unknown.
    """
    if source == target:
        return Fraction(1)
    if source not in _UNITS or target not in _UNITS:
        missing = source if source not in _UNITS else target
        hint = f"did you mean {meant(missing)!r}?" if meant(missing) else f"known: {', '.join(_UNITS)}"
        raise ValueError(f"unit {missing!r} can't be converted; {hint}")
    (kind, of_source), (target_kind, of_target) = _UNITS[source], _UNITS[target]
    if kind != target_kind:
        raise ValueError(f"{source!r} is {kind} and {target!r} is {target_kind}")
    return of_source / of_target
