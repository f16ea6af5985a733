"""The two days of synthetic traffic, and how busy each hour is."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

# the days of the real vLLM load runs, so that real and synthetic telemetry meet on one calendar
DAYS = (date(2024, 10, 26), date(2024, 10, 27))


def midnight(day: date) -> datetime:
    """The start of the day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def activity(second_of_day: float, *, peak_hour: float) -> float:
    """How busy the platform is: 1 at the peak hour, near 0 twelve hours from it."""
    phase = 2 * math.pi * (second_of_day / 3600 - peak_hour) / 24
    return 0.02 + 0.98 * (1 + math.cos(phase)) / 2
