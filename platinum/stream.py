"""The scaling stream: readings joined with gold, through the pools' state machines, into a table.

Exactly once: offsets and state are in the checkpoint, and each batch is one Delta commit that carries the
query's id and the batch's number, so a batch that comes again after a kill is skipped. When checkpoint and
table do not tell one story (one of them was deleted or restored), nothing runs (`plan.plan_signals`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable
from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.checkpoint import last_batch
from hallmark.lakehouse.errors import StepError
from hallmark.lakehouse.spark_errors import stream_without_data
from hallmark.platinum.plan import Progress, SignalPlan, plan_signals
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.processor import PoolProcessor
from hallmark.platinum.signals import SIGNAL_SCHEMA
from hallmark.platinum.transform import with_pools


@dataclass(frozen=True)
class Signals:
    """What a run of the stream did.

    Attributes:
        rows_read: rows that the stream took from its sources, before any gate in front of it; of the last
            100 batches, which is as far as Spark remembers.
        actions: decisions written, by action (scale_up, scale_down, hold).
        version: the sink's Delta version after the run.
    """

    rows_read: int
    actions: dict[str, int]
    version: int

    @property
    def decisions(self) -> int:
        """Rows written."""
        return sum(self.actions.values())


def run_signals(
    readings: DataFrame,
    pools: DataFrame,
    *,
    policy: ScalingPolicy,
    sink: Path,
    checkpoint: Path,
    gold_version: int,
) -> Signals:
    """Decide on all new readings, write the decisions, and stop.

    A minute is decided on once its pool has sent a reading `policy.allowed_lateness_seconds` past its end.
    The minutes after that wait in the state for newer readings; they are not lost, and not decided on yet.

    Args:
        readings: a streaming frame: node_pool_id, gpu_id, observed_at, gpu_utilization_pct, _source.
        pools: `gold.dim_node_pool`, read at `gold_version`.
        policy: the rule's numbers; when they change, the next minutes are decided by the new ones.
        sink: folder of `platinum.scaling_signals`; created where it is missing.
        checkpoint: folder of the stream's offsets and state.
        gold_version: the Delta version of `pools`, for the rows.

    Raises:
        ProgressError: when sink and checkpoint contradict each other.
        StepError: when Spark fails; what was committed stays, and the next run goes on from there.
    """
    plan = plan_signals(
        progress(sink, checkpoint), sink=sink, checkpoint=checkpoint, policy=policy, gold_version=gold_version
    )
    before = deltalog.version(sink)
    rows_read = _run(decisions(readings, pools, policy=policy, gold_version=gold_version), plan)
    after = deltalog.version(sink)
    return Signals(rows_read, _written(sink, before) if after > before else {}, after)


def decisions(readings: DataFrame, pools: DataFrame, *, policy: ScalingPolicy, gold_version: int) -> DataFrame:
    """The stream of decisions (`SIGNAL_SCHEMA`) that a stream of readings leads to."""
    return (
        with_pools(readings, pools)
        .groupBy("node_pool_id")
        .transformWithStateInPandas(
            statefulProcessor=PoolProcessor(policy, gold_version),
            outputStructType=SIGNAL_SCHEMA,
            outputMode="Append",
            timeMode="None",
        )
    )


def progress(sink: Path, checkpoint: Path) -> Progress:
    """How far the stream has come, by its checkpoint and by its sink. Read without Spark."""
    rows = deltalog.count_rows(sink)
    metadata = checkpoint / "metadata"
    if not metadata.is_file():
        return Progress(query_id=None, rows=rows)
    query_id = str(json.loads(metadata.read_text())["id"])
    return Progress(
        query_id=query_id,
        planned=last_batch(checkpoint / "offsets"),
        finished=last_batch(checkpoint / "commits"),
        written=deltalog.transaction_version(sink, query_id),
        rows=rows,
    )


def _run(signals: DataFrame, plan: SignalPlan) -> int:
    writer = signals.writeStream.format("delta").outputMode("append").trigger(availableNow=True)
    query = writer.option("checkpointLocation", str(plan.checkpoint)).start(str(plan.sink))
    try:
        query.awaitTermination()
    except Exception as error:
        raise StepError(
            "the scaling stream failed",
            where=plan.sink,
            got=stream_without_data(error),
            todo="what was committed stays; mend the cause and run again",
        ) from error
    return sum(batch.numInputRows for batch in query.recentProgress)


def _written(sink: Path, before: int) -> dict[str, int]:
    """Rows by action in the files that the sink has now and had not at version `before`."""
    known = set(DeltaTable(str(sink), version=before).file_uris()) if before >= 0 else set()
    files = [file for file in DeltaTable(str(sink)).file_uris() if file not in known]
    actions = [pq.read_table(file, columns=["action"])["action"].to_pylist() for file in files]
    return dict(sorted(Counter(chain.from_iterable(actions)).items()))
