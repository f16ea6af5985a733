"""The rows of `platinum.scaling_signals`: a decision with all its inputs, and the way back to the decision.

A row depends on nothing else: `recompute(row) == row`, bit for bit, on any machine with this release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hallmark.lakehouse.errors import DataError
from hallmark.platinum.minutes import to_micros
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import Decision, MinuteReading, Pool, PoolState, decide

_MINUTE = (
    "minute_start: timestamp, mean_gpu_utilization_pct: double, samples: bigint, gpus_reporting: int, "
    "sources: array<string>"
)
SIGNAL_SCHEMA = ", ".join(
    (
        "signal_id string",  # SHA-256 of pool, minute and policy
        "node_pool_id string",
        "evaluated_at timestamp",  # end of the window, UTC, by the readings' own time
        "window_start timestamp",
        f"minutes array<struct<{_MINUTE}>>",  # the window, oldest first, one entry a minute
        "mean_gpu_utilization_pct double",  # mean of the minute means
        "samples bigint",  # valid readings in the window
        "gpus_reporting int",  # fewest in any minute of the window
        "gpus_expected int",  # provisioned by gold
        "pool_instances int",  # these four: the pool as gold had it, null where gold had nothing
        "pool_min_instances int",
        "pool_max_instances int",
        "pool_gpus_per_instance int",
        "instances_before int",
        "instances_after int",
        "delta int",
        "action string",  # scale_up, scale_down, hold
        "reason string",
        "confidence string",  # full, partial, none: how much of the window was observed
        "last_action_at timestamp",  # before this decision
        "cooldown_left_seconds bigint",
        "policy string",  # canonical JSON
        "policy_fingerprint string",
        "gold_version bigint",  # of gold.dim_node_pool
        "late_readings bigint",  # since the pool's last decision: ignored, their minute had closed
        "record_source string",  # of the window's readings, comma-separated
    )
)

SignalRow = dict[str, Any]


def signal_row(node_pool_id: str, decision: Decision, *, gold_version: int, late_readings: int) -> SignalRow:
    """The row of a decision; times are in UTC and carry their zone."""
    pool, policy, window = decision.pool, decision.policy, decision.window
    return {
        "signal_id": signal_id(node_pool_id, decision.evaluated_at, policy),
        "node_pool_id": node_pool_id,
        "evaluated_at": decision.evaluated_at,
        "window_start": decision.window_start,
        "minutes": [_minute_row(minute) for minute in window],
        "mean_gpu_utilization_pct": decision.mean_gpu_utilization_pct,
        "samples": sum(minute.samples for minute in window),
        "gpus_reporting": min(minute.gpus_reporting for minute in window),
        "gpus_expected": pool.expected_gpus,
        "pool_instances": pool.instances,
        "pool_min_instances": pool.min_instances,
        "pool_max_instances": pool.max_instances,
        "pool_gpus_per_instance": pool.gpus_per_instance,
        "instances_before": decision.instances_before,
        "instances_after": decision.instances_after,
        "delta": decision.delta,
        "action": decision.action,
        "reason": decision.reason,
        "confidence": decision.confidence,
        "last_action_at": decision.last_action_at,
        "cooldown_left_seconds": decision.cooldown_left_seconds,
        "policy": policy.as_json(),
        "policy_fingerprint": policy.fingerprint,
        "gold_version": gold_version,
        "late_readings": late_readings,
        "record_source": ",".join(sorted({source for minute in window for source in minute.sources})),
    }


def signal_id(node_pool_id: str, evaluated_at: datetime, policy: ScalingPolicy) -> str:
    """Names the one decision that `policy` takes on a pool for a minute; the same on every run."""
    named = f"{node_pool_id}|{to_micros(evaluated_at)}|{policy.fingerprint}"
    return hashlib.sha256(named.encode()).hexdigest()


def recompute(row: Mapping[str, Any]) -> SignalRow:
    """Decide again from a stored row's inputs; the answer equals the row unless the row was changed.

    Inputs are the pool's id, the window, the pool as gold had it, `instances_before`, `last_action_at` and
    the policy; `gold_version` and `late_readings` are facts that are only carried over.

    Args:
        row: a row of `platinum.scaling_signals` with times that carry their zone, as delta-rs gives them.
            Spark's `collect()` drops the zone, and which one it meant depends on the machine.

    Raises:
        DataError: when a time has no zone, or the window is empty.
        SettingsError: when the policy is not one of this release's rule.
    """
    minutes = tuple(_minute(values) for values in row["minutes"])
    if not minutes:
        raise DataError("a scaling signal without a window", where=row["signal_id"], wanted="one minute")
    pool = Pool(
        instances=row["pool_instances"],
        min_instances=row["pool_min_instances"],
        max_instances=row["pool_max_instances"],
        gpus_per_instance=row["pool_gpus_per_instance"],
    )
    last_action_at = row["last_action_at"]
    before = PoolState(
        instances=row["instances_before"],
        gold_instances=pool.instances,
        last_action_at=None if last_action_at is None else _utc(last_action_at),
        recent=minutes[:-1],
    )
    _, decision = decide(ScalingPolicy.from_json(row["policy"]), pool, before, minutes[-1])
    return signal_row(
        row["node_pool_id"], decision, gold_version=row["gold_version"], late_readings=row["late_readings"]
    )


def differences(row: Mapping[str, Any]) -> Sequence[str]:
    """The columns in which a stored row differs from its recomputed decision; none in an untouched row."""
    again = recompute(row)
    return [name for name in again if again[name] != row[name]]


def _minute_row(minute: MinuteReading) -> dict[str, Any]:
    return {
        "minute_start": minute.minute_start,
        "mean_gpu_utilization_pct": minute.mean_gpu_utilization_pct,
        "samples": minute.samples,
        "gpus_reporting": minute.gpus_reporting,
        "sources": list(minute.sources),
    }


def _minute(values: Mapping[str, Any]) -> MinuteReading:
    return MinuteReading(
        minute_start=_utc(values["minute_start"]),
        mean_gpu_utilization_pct=values["mean_gpu_utilization_pct"],
        samples=values["samples"],
        gpus_reporting=values["gpus_reporting"],
        sources=tuple(values["sources"]),
    )


def _utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise DataError(
            "a time without a zone can't be recomputed",
            where="platinum.scaling_signals",
            got=time,
            wanted="a time with its zone",
            todo="read the table with deltalake.DeltaTable(path).to_pyarrow_table().to_pylist()",
        )
    return time.astimezone(UTC)
