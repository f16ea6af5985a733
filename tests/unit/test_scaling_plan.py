"""Whether the scaling stream may run: only when its table and its checkpoint tell one story."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.lakehouse.errors import ProgressError
from hallmark.platinum.plan import Progress, SignalPlan, plan_signals
from hallmark.platinum.policy import ScalingPolicy

SINK, CHECKPOINT = Path("lake/platinum/scaling_signals"), Path("lake/_checkpoints/platinum/scaling_signals")


def plan(found: Progress) -> SignalPlan:
    return plan_signals(found, sink=SINK, checkpoint=CHECKPOINT, policy=ScalingPolicy(), gold_version=4)


def test_the_first_run_begins_with_all_readings() -> None:
    first = plan(Progress(query_id=None))
    assert (first.resumes, first.repeats) == (False, None)
    assert str(first) == (
        f"scaling signals: begins with all readings, policy 9b88c729, gold.dim_node_pool version 4, into {SINK}"
    )


@pytest.mark.parametrize("found", [Progress("q", planned=0), Progress("q", planned=-1)])
def test_a_first_run_that_was_killed_begins_again(found: Progress) -> None:
    assert not plan(found).resumes


def test_a_later_run_goes_on() -> None:
    later = plan(Progress("q", planned=3, finished=3, written=3, rows=70))
    assert (later.resumes, later.repeats) == (True, None)
    assert "goes on after the last run" in str(later)


def test_a_batch_that_was_written_and_not_ticked_off_comes_again() -> None:
    again = plan(Progress("q", planned=3, finished=2, written=3, rows=70))
    assert again.repeats == 3
    assert "(batch 3 comes again and is skipped)" in str(again)


def test_a_batch_that_was_planned_and_not_written_is_no_repeat() -> None:
    assert plan(Progress("q", planned=3, finished=2, written=2, rows=70)).repeats is None


@pytest.mark.parametrize(
    ("found", "what", "where"),
    [
        (Progress(None, rows=70), "checkpoint is gone but its decisions are not", CHECKPOINT),
        (Progress("q", planned=3, finished=3), "lack batches that their stream has done", SINK),
        (
            Progress("q", planned=3, finished=3, written=2, rows=9),
            "lack batches that their stream has done",
            SINK,
        ),
        (
            Progress("q", planned=2, finished=2, written=3, rows=70),
            "checkpoint is older than its table",
            CHECKPOINT,
        ),
        (Progress("q", planned=0, rows=70), "written by another stream", SINK),
    ],
)
def test_two_stories_stop_the_stream(found: Progress, what: str, where: Path) -> None:
    with pytest.raises(ProgressError, match=what) as letter:
        plan(found)
    assert letter.value.where == where
    assert f"delete {SINK}" in str(letter.value)
