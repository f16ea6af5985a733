"""What the scaling stream will do: a pure decision over what its sink and its checkpoint say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hallmark.lakehouse.checkpoint import NO_BATCH
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.words import many
from hallmark.platinum.policy import ScalingPolicy


@dataclass(frozen=True)
class Progress:
    """How far the stream has come, told twice: by its checkpoint and by its sink. -1 is none.

    Attributes:
        query_id: the checkpoint's query; None without a checkpoint.
        planned: the last batch whose offsets the checkpoint holds.
        finished: the last batch that the checkpoint holds as done.
        written: the last batch that the sink holds of this query.
        rows: rows in the sink, whoever wrote them.
    """

    query_id: str | None
    planned: int = NO_BATCH
    finished: int = NO_BATCH
    written: int = NO_BATCH
    rows: int = 0


@dataclass(frozen=True)
class SignalPlan:
    """One run of the scaling stream.

    Attributes:
        sink: the Delta table's folder.
        checkpoint: folder of the stream's offsets and state.
        policy: the rule's numbers.
        gold_version: version of `gold.dim_node_pool` that the decisions name.
        resumes: whether there is an earlier run to go on from, with its clocks, windows and cooldowns.
        repeats: the batch that a killed run wrote and did not tick off; Delta skips it when it comes again.
    """

    sink: Path
    checkpoint: Path
    policy: ScalingPolicy
    gold_version: int
    resumes: bool
    repeats: int | None

    def __str__(self) -> str:
        begin = "goes on after the last run" if self.resumes else "begins with all readings"
        if self.repeats is not None:
            begin += f" (batch {self.repeats} comes again and is skipped)"
        return (
            f"scaling signals: {begin}, policy {self.policy.fingerprint[:8]}, gold.dim_node_pool version "
            f"{self.gold_version}, into {self.sink}"
        )


def plan_signals(
    found: Progress, *, sink: Path, checkpoint: Path, policy: ScalingPolicy, gold_version: int
) -> SignalPlan:
    """Decide whether the stream may run: only when its sink and its checkpoint tell one story.

    A checkpoint without its sink would leave out what the sink lost; a sink without its checkpoint would get
    every decision twice; and a batch number that fell back would be skipped by Delta without a word.

    Raises:
        ProgressError: when the two contradict each other.
    """
    if found.query_id is None and found.rows:
        raise _mismatch(
            "the scaling stream's checkpoint is gone but its decisions are not: going on would double them",
            checkpoint,
            got="no checkpoint",
            wanted=f"the one that wrote the {many(found.rows, 'row')} of {sink}",
            sink=sink,
        )
    if found.query_id is not None and found.written < found.finished:
        raise _mismatch(
            "the scaling signals lack batches that their stream has done: going on would leave them out",
            sink,
            got=f"batch {found.written}" if found.written >= 0 else "none of its batches",
            wanted=f"batch {found.finished}",
            sink=sink,
        )
    if found.query_id is not None and found.written > found.planned:
        raise _mismatch(
            "the scaling stream's checkpoint is older than its table: Delta would skip its next batches",
            checkpoint,
            got=f"batch {found.planned}",
            wanted=f"batch {found.written}, which the table holds",
            sink=sink,
        )
    if found.query_id is not None and found.written < 0 and found.rows:
        raise _mismatch(
            "the scaling signals were written by another stream: going on would double them",
            sink,
            got=f"{many(found.rows, 'row')}, none of query {found.query_id}",
            wanted="a table that only this stream writes",
            sink=sink,
        )
    return SignalPlan(
        sink=sink,
        checkpoint=checkpoint,
        policy=policy,
        gold_version=gold_version,
        resumes=found.written >= 0,
        repeats=found.written if found.written > found.finished else None,
    )


def _mismatch(what: str, where: Path, *, got: str, wanted: str, sink: Path) -> ProgressError:
    return ProgressError(
        what,
        where=where,
        got=got,
        wanted=wanted,
        todo=f"restore it; or, to decide everything again, delete {sink} and the stream's checkpoint",
    )
