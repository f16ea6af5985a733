"""From readings to closed minutes, for one pool: pure, exact, and indifferent to order and batches.

Spark's own event-time watermark is one clock for the whole query: a pool whose readings lag behind another
pool's (another source, another year in a replay) would lose them all. Here each pool has its own clock, the
newest reading it sent. Sums are whole numbers (millionths of a per cent), so that the mean of a minute is
the same bit for bit in whatever order and batches its readings came. A reading that comes twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import MinuteReading

MICRO = 1_000_000
_MINUTE_US = 60 * MICRO
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reading(NamedTuple):
    """One reading of one GPU.

    Attributes:
        gpu_id: the GPU.
        observed_us: when, in microseconds since 1970.
        micro: utilisation in millionths of a per cent; None when the sensor gave nothing usable.
        source: where it came from.
    """

    gpu_id: str
    observed_us: int
    micro: int | None
    source: str


@dataclass
class OpenMinute:
    """A minute that may still get readings: GPU → moment → millionths of a per cent, and their sources."""

    gpus: dict[str, dict[int, int]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    def add(self, reading: Reading) -> None:
        """Take in a reading; of two for one GPU and moment the higher counts: doubt never shrinks."""
        moments = self.gpus.setdefault(reading.gpu_id, {})
        self.sources.add(reading.source)
        if reading.micro is not None:
            moments[reading.observed_us] = max(reading.micro, moments.get(reading.observed_us, reading.micro))


@dataclass
class OpenMinutes:
    """Minutes of one pool that may still get readings.

    Args:
        newest_us: the pool's clock: its newest reading, in microseconds since 1970.
        closed_until_us: end of the newest closed minute; a reading before it is late and changes nothing.
        late: late readings since the count was last taken.
        minutes: minute begin (microseconds since 1970) → its readings.
    """

    newest_us: int | None = None
    closed_until_us: int | None = None
    late: int = 0
    minutes: dict[int, OpenMinute] = field(default_factory=dict)

    def add(self, readings: Iterable[Reading]) -> None:
        """Take in some readings, in any order."""
        for reading in readings:
            observed = reading.observed_us
            self.newest_us = observed if self.newest_us is None else max(self.newest_us, observed)
            if self.closed_until_us is not None and observed < self.closed_until_us:
                self.late += 1
            else:
                self.minutes.setdefault(observed - observed % _MINUTE_US, OpenMinute()).add(reading)

    def close(self, policy: ScalingPolicy) -> list[MinuteReading]:
        """Take out the minutes that the pool's clock has passed by the allowed lateness, oldest first."""
        if self.newest_us is None:
            return []
        passed = self.newest_us - policy.allowed_lateness_seconds * MICRO
        until = passed - passed % _MINUTE_US
        # Also without a reading in it, a minute the clock has passed is over.
        self.closed_until_us = until if self.closed_until_us is None else max(self.closed_until_us, until)
        done = sorted(minute for minute in self.minutes if minute < self.closed_until_us)
        return [_reading(policy, minute, self.minutes.pop(minute)) for minute in done]

    def take_late(self) -> int:
        """How many late readings there were since this was last asked."""
        late, self.late = self.late, 0
        return late


def to_micros(time: datetime) -> int:
    """Microseconds since 1970, exact.

    >>> to_micros(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    60000000
    """
    return (time - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The UTC time of microseconds since 1970, exact.

    >>> from_micros(60_000_000).isoformat()
    '1970-01-01T00:01:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)


def _reading(policy: ScalingPolicy, minute_us: int, minute: OpenMinute) -> MinuteReading:
    gpus = minute.gpus.values()
    samples = sum(len(moments) for moments in gpus)
    total = sum(sum(moments.values()) for moments in gpus)
    return MinuteReading(
        minute_start=from_micros(minute_us),
        mean_gpu_utilization_pct=round(total / (samples * MICRO), 6) if samples else None,
        samples=samples,
        gpus_reporting=sum(len(moments) >= policy.min_samples_per_gpu for moments in gpus),
        sources=tuple(sorted(minute.sources)),
    )
