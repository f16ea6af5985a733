"""All that the stream remembers of one pool between two batches, and its text in the state store.

One text a pool: a single small read and write of state per batch, and a form that can change without Spark's
state schema having to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hallmark.lakehouse.errors import ProgressError
from hallmark.platinum.minutes import OpenMinute, OpenMinutes, Reading, from_micros, to_micros
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import Decision, MinuteReading, Pool, PoolState, decide

STATE_VERSION = 1


@dataclass
class PoolMemory:
    """One pool's open minutes and what the rule knows of it.

    >>> memory = PoolMemory()
    >>> minute = [Reading("gpu-0", second * 1_000_000, 91_000_000, "demo") for second in range(0, 240, 10)]
    >>> [d.action for d in memory.advance(ScalingPolicy(window_minutes=1), Pool(1, 1, 8, 1), minute)]
    ['scale_up']
    >>> PoolMemory.from_json(memory.as_json()) == memory
    True
    """

    open: OpenMinutes = field(default_factory=OpenMinutes)
    rule: PoolState = field(default_factory=PoolState)

    def advance(self, policy: ScalingPolicy, pool: Pool, readings: Iterable[Reading]) -> list[Decision]:
        """Take in readings and decide on each minute that they close, oldest first."""
        self.open.add(readings)
        decisions = []
        for minute in self.open.close(policy):
            self.rule, decision = decide(policy, pool, self.rule, minute)
            decisions.append(decision)
        return decisions

    def as_json(self) -> str:
        """The text for the state store; equal memories have equal texts."""
        opened, rule = self.open, self.rule
        known = {
            "version": STATE_VERSION,
            "newest_us": opened.newest_us,
            "closed_until_us": opened.closed_until_us,
            "late": opened.late,
            "minutes": {start: [each.gpus, sorted(each.sources)] for start, each in opened.minutes.items()},
            "instances": rule.instances,
            "gold_instances": rule.gold_instances,
            "last_action_us": None if rule.last_action_at is None else to_micros(rule.last_action_at),
            "last_minute_us": None if rule.last_minute is None else to_micros(rule.last_minute),
            "recent": [_minute_values(minute) for minute in rule.recent],
        }
        return json.dumps(known, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> PoolMemory:
        """The memory of a state store's text.

        Raises:
            ProgressError: when another release wrote it in a form that this one does not know.
        """
        known: dict[str, Any] = json.loads(text)
        if known["version"] != STATE_VERSION:
            raise ProgressError(
                "the scaling stream's state was written by another release",
                where="the stream's checkpoint",
                got=f"state version {known['version']}",
                wanted=f"state version {STATE_VERSION}",
                todo="run with that release; or delete the signals and their checkpoint and run again",
            )
        action, last = known["last_action_us"], known["last_minute_us"]
        rule = PoolState(
            instances=known["instances"],
            gold_instances=known["gold_instances"],
            last_action_at=None if action is None else from_micros(action),
            last_minute=None if last is None else from_micros(last),
            recent=tuple(_minute(values) for values in known["recent"]),
        )
        minutes = {int(start): _open_minute(*values) for start, values in known["minutes"].items()}
        return cls(OpenMinutes(known["newest_us"], known["closed_until_us"], known["late"], minutes), rule)


def _open_minute(gpus: dict[str, dict[str, int]], sources: list[str]) -> OpenMinute:
    # JSON has no whole numbers for keys.
    exact = {gpu: {int(moment): micro for moment, micro in moments.items()} for gpu, moments in gpus.items()}
    return OpenMinute(exact, set(sources))


def _minute_values(minute: MinuteReading) -> list[object]:
    start, mean = to_micros(minute.minute_start), minute.mean_gpu_utilization_pct
    return [start, mean, minute.samples, minute.gpus_reporting, list(minute.sources)]


def _minute(values: list[Any]) -> MinuteReading:
    start, mean, samples, gpus, sources = values
    return MinuteReading(from_micros(start), mean, samples, gpus, tuple(sources))
