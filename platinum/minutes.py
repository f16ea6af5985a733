"""From readings to closed minutes, for one pool: pure, exact, and indifferent to order and batches.

Spark's own event-time watermark is one clock for the whole query: a pool whose readings lag behind another
pool's (another source, another year in a replay) would lose them all. Here each pool has its own clock, the
newest reading it sent. Sums are whole numbers (millionths of a per cent), so that the mean of a minute is
the same bit for bit in whatever order and batches its readings came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import MINUTE, MinuteReading

MICRO = 1_000_000
_MINUTE_US = 60 * MICRO
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class GpuMinute:
    """Valid readings of one GPU within one minute: their sum in millionths of a per cent, and how many."""

    total_micro: int = 0
    samples: int = 0


@dataclass
class OpenMinutes:
    """Minutes of one pool that may still get readings.

    Args:
        newest_us: the pool's clock: its newest reading, in microseconds since 1970.
        closed_until_us: end of the newest closed minute; older readings are late and ignored.
        minutes: minute begin (microseconds since 1970) → GPU → its readings.
    """

    newest_us: int | None = None
    closed_until_us: int | None = None
    minutes: dict[int, dict[str, GpuMinute]] = field(default_factory=dict)

    def add(self, minute_us: int, gpu_id: str, *, total_micro: int, samples: int, newest_us: int) -> None:
        """Take in some readings of one GPU and minute; `samples` counts the valid ones, so it may be 0."""
        self.newest_us = newest_us if self.newest_us is None else max(self.newest_us, newest_us)
        if self.closed_until_us is not None and minute_us < self.closed_until_us:
            return
        gpu = self.minutes.setdefault(minute_us, {}).setdefault(gpu_id, GpuMinute())
        gpu.total_micro += total_micro
        gpu.samples += samples

    def close(self, policy: ScalingPolicy) -> list[MinuteReading]:
        """Take out the minutes that the pool's clock has passed by the allowed lateness, oldest first."""
        if self.newest_us is None:
            return []
        passed = self.newest_us - policy.allowed_lateness_seconds * MICRO
        done = sorted(minute for minute in self.minutes if minute + _MINUTE_US <= passed)
        if passed >= 0:
            # Also without a reading in it, a minute the clock has passed is over.
            self.closed_until_us = max(self.closed_until_us or 0, passed - passed % _MINUTE_US)
        return [_reading(policy, minute, self.minutes.pop(minute)) for minute in done]


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


def _reading(policy: ScalingPolicy, minute_us: int, gpus: dict[str, GpuMinute]) -> MinuteReading:
    samples = sum(gpu.samples for gpu in gpus.values())
    total = sum(gpu.total_micro for gpu in gpus.values())
    return MinuteReading(
        minute_start=from_micros(minute_us),
        mean_gpu_utilization_pct=round(total / (samples * MICRO), 6) if samples else None,
        samples=samples,
        gpus_reporting=sum(gpu.samples >= policy.min_samples_per_gpu for gpu in gpus.values()),
    )


__all__ = ["MICRO", "MINUTE", "GpuMinute", "OpenMinutes", "from_micros", "to_micros"]
