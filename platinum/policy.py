"""The scaling policy: every number the rule uses, in one value that can be named by its fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from hallmark.lakehouse.errors import SettingsError, did_you_mean

RULE_VERSION = "1"
"""Raised whenever `rule.decide` or the minute means change meaning: the fingerprint then changes with it."""


@dataclass(frozen=True, kw_only=True)
class ScalingPolicy:
    """When a pool grows or shrinks, by how much, and how good telemetry must be to act on it.

    The defaults are the mission's rule: +2 instances when each of the last 5 minutes was above 70 %,
    -1 when each was below 30 %.

    Args:
        scale_up_above_pct: every minute mean of the window must be above it (not equal) to scale up.
        scale_down_below_pct: every minute mean of the window must be below it (not equal) to scale down.
        window_minutes: whole minutes that must agree, the evaluated one included.
        scale_up_instances: instances added by one scale up.
        scale_down_instances: instances taken by one scale down.
        cooldown_seconds: after any action a pool rests this long, in both directions. One clock for both
            keeps a pool from answering its own transient (a new instance idles while it loads the model).
        min_samples_per_gpu: valid readings a GPU needs within a minute to count as reporting.
        min_gpu_coverage_pct: share of the pool's provisioned GPUs that must report for a minute to count as
            observed. Below 100 a silent GPU may be taken for an idle one.
        allowed_lateness_seconds: a minute is closed, for good, once the pool has a reading this much newer
            than the minute's end; readings that come later still are ignored.
        rule_version: the meaning of the rule itself, see `RULE_VERSION`.

    >>> ScalingPolicy().scale_up_above_pct
    70.0
    >>> ScalingPolicy.from_json(ScalingPolicy(window_minutes=3).as_json()).window_minutes
    3

    Raises:
        SettingsError: when a value can't be used, or two contradict each other.
    """

    scale_up_above_pct: float = 70.0
    scale_down_below_pct: float = 30.0
    window_minutes: int = 5
    scale_up_instances: int = 2
    scale_down_instances: int = 1
    cooldown_seconds: int = 300
    min_samples_per_gpu: int = 1
    min_gpu_coverage_pct: float = 100.0
    allowed_lateness_seconds: int = 120
    rule_version: str = RULE_VERSION

    def __post_init__(self) -> None:
        for name in ("scale_up_above_pct", "scale_down_below_pct", "min_gpu_coverage_pct"):
            # 70 and 70.0 are one policy and must have one fingerprint.
            object.__setattr__(self, name, _percent(name, getattr(self, name)))
        _whole("window_minutes", self.window_minutes, least=1, most=24 * 60)
        _whole("scale_up_instances", self.scale_up_instances, least=1)
        _whole("scale_down_instances", self.scale_down_instances, least=1)
        _whole("cooldown_seconds", self.cooldown_seconds, least=0)
        _whole("min_samples_per_gpu", self.min_samples_per_gpu, least=1)
        _whole("allowed_lateness_seconds", self.allowed_lateness_seconds, least=0)
        if self.min_gpu_coverage_pct == 0:
            raise _bad("min_gpu_coverage_pct", self.min_gpu_coverage_pct, "above 0: no GPU is no telemetry")
        if self.scale_down_below_pct >= self.scale_up_above_pct:
            raise _bad(
                "scale_down_below_pct",
                self.scale_down_below_pct,
                f"less than scale_up_above_pct ({self.scale_up_above_pct:g})",
            )
        if self.rule_version != RULE_VERSION:
            raise _bad("rule_version", self.rule_version, f"{RULE_VERSION!r}: the rule of this release")

    def as_json(self) -> str:
        """The canonical text: sorted keys, no spaces; equal policies have equal texts."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical text, as 64 hex digits."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> ScalingPolicy:
        """The policy of a canonical text, as a decision row keeps it.

        Raises:
            SettingsError: when the text is no policy.
        """
        try:
            values: Any = json.loads(text)
        except ValueError as broken:
            raise _bad("policy", text, "a JSON object") from broken
        if not isinstance(values, dict):
            raise _bad("policy", text, "a JSON object")
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise _bad("policy", key, did_you_mean(key, known) or f"one of {', '.join(known)}")
        return cls(**values)


def _percent(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(name, value, "a number from 0 to 100 (per cent)")
    if not 0 <= value <= 100:
        raise _bad(name, value, "a number from 0 to 100 (per cent)")
    return float(value)


def _whole(name: str, value: object, *, least: int, most: int = 1_000_000) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _bad(name, value, f"a whole number from {least:,} to {most:,}")


def _bad(name: str, got: object, wanted: str) -> SettingsError:
    return SettingsError(
        "the scaling policy can't be used",
        where=name,
        got=repr(got),
        wanted=wanted,
        todo="mend the policy's value; the defaults are the mission's rule",
    )
