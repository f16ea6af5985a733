"""The scaling rule: a pure function from a policy, a pool, its state and one minute to a decision.

No Spark, no clock, no I/O: the stream, a replay and a test call the same `decide`.

What "mean utilisation is above 70 % for 5 minutes" means here: each of the last 5 whole minutes was
observed, and the mean of each is above 70 %. One quiet minute breaks a scale up, one busy minute breaks a
scale down. A minute that was not observed (no readings, only NaN, or too few of the pool's GPUs) breaks
both: what is not known never changes the fleet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from hallmark.platinum.policy import ScalingPolicy

Action = Literal["scale_up", "scale_down", "hold"]
Confidence = Literal["full", "partial", "none"]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Pool:
    """What gold knows of a node pool; None where gold has no value, or no such pool at all."""

    instances: int | None
    min_instances: int | None
    max_instances: int | None
    gpus_per_instance: int | None

    @property
    def expected_gpus(self) -> int | None:
        """GPUs that are provisioned and should report."""
        if self.instances is None or self.gpus_per_instance is None:
            return None
        return max(1, self.instances * self.gpus_per_instance)

    @property
    def problem(self) -> str | None:
        """Why the pool can't be scaled; None when it can."""
        values = (self.instances, self.min_instances, self.max_instances, self.gpus_per_instance)
        if all(value is None for value in values):
            return "pool unknown to gold.dim_node_pool"
        if self.instances is None or self.min_instances is None or self.max_instances is None:
            return "gold.dim_node_pool lacks instances, min_instances or max_instances of this pool"
        if self.gpus_per_instance is None or self.gpus_per_instance < 1:
            return "gold.dim_node_pool lacks gpus_per_instance of this pool"
        if self.instances < 0 or not 0 <= self.min_instances <= self.max_instances:
            return (
                f"gold.dim_node_pool contradicts itself: {self.instances} instances, "
                f"min {self.min_instances}, max {self.max_instances}"
            )
        return None


@dataclass(frozen=True)
class MinuteReading:
    """One whole minute of a pool's telemetry.

    Args:
        minute_start: the minute's begin, in UTC.
        mean_gpu_utilization_pct: mean of all valid samples; None when there was none.
        samples: valid samples.
        gpus_reporting: GPUs with enough valid samples (`ScalingPolicy.min_samples_per_gpu`).
        sources: where the samples came from; lineage only, the rule does not look at it.

    Raises:
        ValueError: when the minute has no zone or is no whole minute.
    """

    minute_start: datetime
    mean_gpu_utilization_pct: float | None
    samples: int
    gpus_reporting: int
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        start = self.minute_start
        if start.tzinfo is None or start.second or start.microsecond:
            raise ValueError(f"minute_start must be a whole minute with a time zone, got {start!r}")

    def observed(self, policy: ScalingPolicy, expected_gpus: int) -> bool:
        """Whether the minute says enough about the pool to act on it."""
        mean = self.mean_gpu_utilization_pct
        known = mean is not None and math.isfinite(mean) and self.samples > 0
        return known and self.gpus_reporting * 100 >= expected_gpus * policy.min_gpu_coverage_pct


@dataclass(frozen=True)
class PoolState:
    """What the rule remembers of a pool between two minutes.

    Args:
        instances: instances after the last decision; None until gold first knows the pool.
        gold_instances: what gold said at that decision; when it says something else later, gold is right.
        last_action_at: when the rule last scaled the pool.
        last_minute: begin of the newest minute decided on.
        recent: the last window, oldest first, one entry a minute.
    """

    instances: int | None = None
    gold_instances: int | None = None
    last_action_at: datetime | None = None
    last_minute: datetime | None = None
    recent: tuple[MinuteReading, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A decision with everything that led to it; `window` holds one entry a minute, oldest first."""

    evaluated_at: datetime
    window: tuple[MinuteReading, ...]
    pool: Pool
    last_action_at: datetime | None
    action: Action
    instances_before: int | None
    instances_after: int | None
    reason: str
    confidence: Confidence
    policy: ScalingPolicy

    @property
    def delta(self) -> int:
        """Instances added (positive) or taken (negative)."""
        if self.instances_before is None or self.instances_after is None:
            return 0
        return self.instances_after - self.instances_before

    @property
    def cooldown_left_seconds(self) -> int:
        """What is left of the cooldown at the minute's end; 0 when the pool may act."""
        return max(0, _rest(self.policy, self.last_action_at, self.evaluated_at))

    @property
    def window_start(self) -> datetime:
        """Begin of the window's first minute."""
        return self.window[0].minute_start

    @property
    def mean_gpu_utilization_pct(self) -> float | None:
        """Mean of the window's minute means; None when no minute has one."""
        means = [m.mean_gpu_utilization_pct for m in self.window if m.mean_gpu_utilization_pct is not None]
        return round(math.fsum(means) / len(means), 6) if means else None


def decide(policy: ScalingPolicy, pool: Pool, state: PoolState, minute: MinuteReading) -> tuple[PoolState, Decision]:
    """Decide on one closed minute; minutes come in time order, gaps allowed.

    An action always lands inside the pool's bounds. A pool that stands outside them (gold changed) is
    moved by the next action the telemetry justifies, never by the bounds alone. A minute that is not newer
    than the state's is ignored: hold, the state stays.

    >>> from datetime import datetime, UTC
    >>> minute = MinuteReading(datetime(2024, 10, 27, 11, 28, tzinfo=UTC), 91.0, 120, 1)
    >>> state, decision = decide(ScalingPolicy(window_minutes=1), Pool(1, 1, 8, 1), PoolState(), minute)
    >>> decision.action, decision.instances_after
    ('scale_up', 3)
    >>> decision.reason
    'mean GPU utilisation above 70 % for 1 minute (lowest 91 %): 1 -> 3 instances'
    """
    evaluated_at = minute.minute_start + MINUTE
    before = _before(pool, state)
    window = _window(policy, state.recent, minute)
    stale = state.last_minute is not None and minute.minute_start <= state.last_minute
    if stale:
        after, reason = before, f"ignored: {_clock(minute.minute_start)} is not newer than the last minute"
    elif pool.problem is not None or before is None:
        after, reason = before, f"hold: {pool.problem}"
    else:
        rest = _rest(policy, state.last_action_at, evaluated_at)
        after, reason = _judge(policy, pool, before, window, rest)
    decision = Decision(
        evaluated_at=evaluated_at,
        window=window,
        pool=pool,
        last_action_at=state.last_action_at,
        action=_action(before, after),
        instances_before=before,
        instances_after=after,
        reason=reason,
        confidence=_confidence(policy, pool, window),
        policy=policy,
    )
    if stale:
        return state, decision
    acted = decision.action != "hold"
    return (
        replace(
            state,
            instances=after if pool.problem is None else state.instances,
            gold_instances=pool.instances if pool.problem is None else state.gold_instances,
            last_action_at=evaluated_at if acted else state.last_action_at,
            last_minute=minute.minute_start,
            recent=window,
        ),
        decision,
    )


def _before(pool: Pool, state: PoolState) -> int | None:
    """What the rule last asked for, unless gold changed since: then someone scaled the pool."""
    moved = pool.problem is None and pool.instances != state.gold_instances
    return pool.instances if state.instances is None or moved else state.instances


def _window(
    policy: ScalingPolicy, recent: tuple[MinuteReading, ...], minute: MinuteReading
) -> tuple[MinuteReading, ...]:
    """One entry a minute up to `minute`; a minute nobody reported stands there without samples."""
    known = {m.minute_start: m for m in (*recent, minute)}
    starts = [minute.minute_start - MINUTE * back for back in reversed(range(policy.window_minutes))]
    return tuple(known.get(start, MinuteReading(start, None, 0, 0)) for start in starts)


def _judge(
    policy: ScalingPolicy, pool: Pool, before: int, window: tuple[MinuteReading, ...], rest: int
) -> tuple[int, str]:
    """Instances after this minute, and why. `rest` is what is left of the cooldown, in seconds."""
    expected = pool.expected_gpus or 1
    unseen = [m for m in window if not m.observed(policy, expected)]
    if unseen:
        return before, f"hold: {_unseen(policy, unseen, expected)}; what is not known changes nothing"
    means = [m.mean_gpu_utilization_pct for m in window if m.mean_gpu_utilization_pct is not None]
    span = _minutes(policy.window_minutes)
    low, high = policy.scale_down_below_pct, policy.scale_up_above_pct
    if min(means) > high:
        step = policy.scale_up_instances
        case = f"mean GPU utilisation above {high:g} % for {span} (lowest {min(means):.4g} %)"
    elif max(means) < low:
        step = -policy.scale_down_instances
        case = f"mean GPU utilisation below {low:g} % for {span} (highest {max(means):.4g} %)"
    else:
        seen = f"{min(means):.4g} % to {max(means):.4g} %"
        return before, f"hold: {seen} in {span}, neither all above {high:g} % nor all below {low:g} %"
    cooldown = f"but cooldown of {policy.cooldown_seconds} s has {rest} s left" if rest > 0 else ""
    return _step(pool, before, step, case, cooldown)


def _step(pool: Pool, before: int, step: int, case: str, cooldown: str) -> tuple[int, str]:
    least, most = pool.min_instances or 0, pool.max_instances or 0
    after = max(least, min(most, before + step))
    # At a bound, or beyond it after gold changed: a scale up never shrinks, a scale down never grows.
    if (after - before) * step <= 0:
        edge = f"max {most}" if step > 0 else f"min {least}"
        return before, f"hold: {case}, but {before} instances is already at {edge}"
    if cooldown:
        return before, f"hold: {case}, {cooldown}"
    return after, f"{case}: {before} -> {after} instances"


def _rest(policy: ScalingPolicy, last_action_at: datetime | None, at: datetime) -> int:
    if last_action_at is None:
        return 0
    return policy.cooldown_seconds - int((at - last_action_at).total_seconds())


def _action(before: int | None, after: int | None) -> Action:
    if before is None or after is None or before == after:
        return "hold"
    return "scale_up" if after > before else "scale_down"


def _confidence(policy: ScalingPolicy, pool: Pool, window: tuple[MinuteReading, ...]) -> Confidence:
    """How much of the window was observed: full, partial or none of its minutes."""
    expected = pool.expected_gpus
    seen = 0 if expected is None else sum(m.observed(policy, expected) for m in window)
    if seen == len(window):
        return "full"
    return "partial" if seen else "none"


def _unseen(policy: ScalingPolicy, unseen: list[MinuteReading], expected: int) -> str:
    silent, thin = [m.minute_start for m in unseen if not m.samples], [m for m in unseen if m.samples]
    parts = []
    if silent:
        parts.append(f"no valid reading in {_minutes(len(silent))} ({_clocks(silent)})")
    if thin:
        fewest = min(m.gpus_reporting for m in thin)
        clocks = _clocks([m.minute_start for m in thin])
        parts.append(f"only {fewest} of {expected} GPUs reported in {_minutes(len(thin))} ({clocks})")
    return f"{' and '.join(parts)} of the last {policy.window_minutes}"


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def _clocks(times: list[datetime]) -> str:
    return ", ".join(map(_clock, times)) if len(times) <= 5 else f"{_clock(times[0])} … {_clock(times[-1])}"


def _clock(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%H:%M")
