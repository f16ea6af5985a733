"""The state machine of one pool inside Spark: unpacks a batch, lets `PoolMemory` decide, keeps it.

Kept apart from the stream: this is what the Python workers import.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pyspark.sql.streaming.stateful_processor import StatefulProcessor, StatefulProcessorHandle, TimerValues

from hallmark.platinum.memory import PoolMemory
from hallmark.platinum.minutes import Reading
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import Pool
from hallmark.platinum.signals import SignalRow, signal_row

TIMES = ("evaluated_at", "window_start", "last_action_at")


class PoolProcessor(StatefulProcessor):
    """Decides for each pool on the minutes that a batch closes.

    Args:
        policy: the rule's numbers.
        gold_version: version of `gold.dim_node_pool`, for the rows.
    """

    def __init__(self, policy: ScalingPolicy, gold_version: int) -> None:
        self.policy = policy
        self.gold_version = gold_version

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Open the pool's one state variable."""
        self.state = handle.getValueState("memory", "memory string")

    def handleInputRows(  # noqa: N802 -- Spark's name
        self,
        key: Any,
        rows: Iterator[Any],  # of pandas frames, in transformWithStateInPandas
        timerValues: TimerValues,  # noqa: ARG002, N803 -- Spark's signature
    ) -> Iterator[pd.DataFrame]:
        """Decide on one pool's batch; Spark calls this once a pool and batch, whatever the batch's size."""
        known = self.state.get() if self.state.exists() else None
        memory = PoolMemory() if known is None else PoolMemory.from_json(known[0])
        chunks = list(rows)
        readings = [reading for chunk in chunks for reading in _readings(chunk)]
        decisions = memory.advance(self.policy, _pool(chunks[0]), readings)
        version = self.gold_version
        found = [
            signal_row(key[0], decision, gold_version=version, late_readings=memory.open.take_late())
            for decision in decisions
        ]
        self.state.update((memory.as_json(),))
        if found:
            yield _frame(found)


def _readings(chunk: pd.DataFrame) -> Iterator[Reading]:
    columns = (chunk[name].tolist() for name in ("gpu_id", "observed_us", "micro", "source"))
    for gpu_id, observed_us, micro, source in zip(*columns, strict=True):
        yield Reading(gpu_id, int(observed_us), _whole(micro), source)


def _pool(chunk: pd.DataFrame) -> Pool:
    # A batch reads gold once, so all its readings carry the same pool.
    first = chunk.iloc[0]
    return Pool(
        instances=_whole(first["instances"]),
        min_instances=_whole(first["min_instances"]),
        max_instances=_whole(first["max_instances"]),
        gpus_per_instance=_whole(first["gpus_per_instance"]),
    )


def _whole(value: Any) -> int | None:
    # pandas turns a column of whole numbers with a null into floats with a NaN.
    return None if pd.isna(value) else int(value)


def _frame(rows: list[SignalRow]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).astype(object)
    frame = frame.where(frame.notna(), None)
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in TIMES})
