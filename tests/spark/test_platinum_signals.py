"""The scaling stream on Spark: the mission's cases, and the same rows however often it is split or killed."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.errors import ProgressError, StepError
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.signals import SIGNAL_SCHEMA, SignalRow, differences
from hallmark.platinum.stream import Signals, run_signals

START = datetime(2024, 10, 27, 12, tzinfo=UTC)
POLICY = ScalingPolicy()
READING = "node_pool_id string, gpu_id string, observed_at timestamp, gpu_utilization_pct double, _source string"
POOL = (
    "node_pool_id string, instances int, min_instances int, max_instances int, gpus_per_instance int, "
    "is_deleted boolean"
)
POOLS = [
    ("busy", 2, 1, 5, 1, False),
    ("idle", 2, 1, 8, 1, False),
    ("gap", 1, 1, 8, 1, False),
    ("silent", 2, 1, 8, 1, False),
    ("broken", 2, 1, 8, 1, None),
    ("deleted", 2, 1, 8, 1, True),
]
Reading = tuple[str, str, datetime, float | None, str]


def each(pool: str, gpus: int, pct: float | None, minutes: Iterable[int]) -> list[Reading]:
    """A reading a GPU and 20 seconds."""
    times = [START + timedelta(minutes=minute, seconds=second) for minute in minutes for second in (0, 20, 40)]
    return [(pool, f"gpu-{gpu}", time, pct, f"source-of-{pool}") for time in times for gpu in range(gpus)]


def all_readings() -> list[Reading]:
    last = range(15)  # its last two minutes stay open
    return [
        *each("busy", 2, 90.0, last),
        *each("idle", 2, 10.0, last),
        *each("gap", 1, 10.0, [0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14]),
        *each("silent", 1, 5.0, last),
        *each("broken", 1, 5.0, last),
        *[
            (p, "gpu-1", t, pct, s)
            for p, _, t, _, s in each("broken", 1, 0, last)
            for pct in (None, float("nan"), -1.0)
        ],
        *each("deleted", 2, 90.0, last),
        *each("nowhere", 2, 90.0, last),
    ]


@dataclass
class Trial:
    """A stream with its own input, table and checkpoint."""

    spark: SparkSession
    base: Path

    @property
    def sink(self) -> Path:
        return self.base / "signals"

    @property
    def checkpoint(self) -> Path:
        return self.base / "checkpoint"

    def land(self, readings: list[Reading]) -> None:
        shuffled = random.Random(7).sample(readings, len(readings))  # noqa: S311 -- an order, not a secret
        frame = self.spark.createDataFrame(shuffled, READING)
        frame.write.format("delta").mode("append").save(str(self.base / "readings"))

    def run(self, *, at_each_reading: F.Column | None = None) -> Signals:
        readings = self.spark.readStream.format("delta").load(str(self.base / "readings"))
        if at_each_reading is not None:
            readings = readings.withColumn("gpu_id", at_each_reading)
        return run_signals(
            readings,
            self.pools(),
            policy=POLICY,
            sink=self.sink,
            checkpoint=self.checkpoint,
            gold_version=4,
        )

    def pools(self) -> DataFrame:
        return self.spark.createDataFrame(POOLS, POOL)

    def rows(self) -> list[SignalRow]:
        rows = DeltaTable(str(self.sink)).to_pyarrow_table().to_pylist()
        return sorted(rows, key=lambda row: (row["node_pool_id"], row["evaluated_at"]))


@pytest.fixture(scope="module")
def whole(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Signals, list[SignalRow]]:
    """All readings in one run: what it said, and the rows."""
    trial = Trial(spark, tmp_path_factory.mktemp("whole"))
    trial.land(all_readings())
    return trial.run(), trial.rows()


def by_pool(rows: list[SignalRow]) -> dict[str, list[SignalRow]]:
    pools = defaultdict(list)
    for row in rows:
        pools[row["node_pool_id"]].append(row)
    return pools


def test_the_missions_cases(whole: tuple[Signals, list[SignalRow]]) -> None:
    _, rows = whole
    pools = by_pool(rows)
    after = {pool: [row["instances_after"] for row in rows] for pool, rows in pools.items()}
    assert after["busy"] == [2, 2, 2, 2, 4, 4, 4, 4, 4, 5, 5, 5], "+2 after 5 minutes, cooldown, then the max"
    assert after["idle"] == [2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1], "-1 after 5 minutes, then the min"
    assert pools["busy"][4]["reason"].endswith("(lowest 90 %): 2 -> 4 instances")
    assert "cooldown of 300 s has 240 s left" in pools["busy"][5]["reason"]
    assert "already at max 5" in pools["busy"][10]["reason"]
    assert pools["busy"][4]["evaluated_at"] == START + timedelta(minutes=5)
    assert pools["busy"][9]["last_action_at"] == START + timedelta(minutes=5)


def test_what_is_not_known_changes_nothing(whole: tuple[Signals, list[SignalRow]]) -> None:
    _, rows = whole
    pools = by_pool(rows)
    reasons = {
        "gap": "no valid reading in 2 minutes (12:04, 12:05)",
        "silent": "only 1 of 2 GPUs reported",
        "broken": "only 1 of 2 GPUs reported",
        "deleted": "pool unknown to gold.dim_node_pool",
        "nowhere": "pool unknown to gold.dim_node_pool",
    }
    for pool, reason in reasons.items():
        assert {row["action"] for row in pools[pool]} == {"hold"}, pool
        assert any(reason in row["reason"] for row in pools[pool]), pool
    assert len(pools["gap"]) == 8, "a minute without any reading of the pool gives no decision"


def test_the_run_says_what_it_did(whole: tuple[Signals, list[SignalRow]]) -> None:
    signals, rows = whole
    assert signals.rows_read == len(all_readings())
    assert signals.decisions == len(rows) == 80
    assert signals.actions == {"hold": 77, "scale_down": 1, "scale_up": 2}


def test_every_stored_decision_recomputes_bit_for_bit(whole: tuple[Signals, list[SignalRow]]) -> None:
    _, rows = whole
    assert {row["signal_id"]: differences(row) for row in rows} == {row["signal_id"]: [] for row in rows}
    assert len({row["signal_id"] for row in rows}) == len(rows)


def test_split_into_runs_and_killed_in_between_it_gives_the_same_rows(
    whole: tuple[Signals, list[SignalRow]], spark: SparkSession, tmp_path: Path
) -> None:
    trial, readings = Trial(spark, tmp_path), all_readings()
    # An empty table made beforehand, as the lakehouse makes it, is as good as none.
    spark.sql(f"create table delta.`{trial.sink}` ({SIGNAL_SCHEMA}) using delta")
    middle = START + timedelta(minutes=6, seconds=30)
    trial.land([reading for reading in readings if reading[2] < middle])
    trial.run()
    first = trial.rows()
    # Killed after the table got the batch and before the checkpoint ticked it off: it comes again.
    _untick(trial.checkpoint)
    assert trial.run().decisions == 0
    assert trial.rows() == first
    trial.land([reading for reading in readings if reading[2] >= middle])
    assert trial.run().decisions == 80 - len(first)
    assert trial.rows() == whole[1]


def test_a_run_that_fails_half_way_goes_on_as_if_nothing_had_been(
    whole: tuple[Signals, list[SignalRow]], spark: SparkSession, tmp_path: Path
) -> None:
    trial = Trial(spark, tmp_path)
    trial.land(all_readings())
    boom = F.when(F.col("node_pool_id") == "silent", F.raise_error(F.lit("power cut"))).otherwise(F.col("gpu_id"))
    with pytest.raises(StepError) as letter:
        trial.run(at_each_reading=boom)
    assert letter.value.what == "the scaling stream failed"
    assert letter.value.got == "[USER_RAISED_EXCEPTION]", "its text, like others of Spark, may quote a row"
    trial.run(at_each_reading=F.col("gpu_id"))
    assert trial.rows() == whole[1]
    assert trial.run() == Signals(0, {}, DeltaTable(str(trial.sink)).version()), "nothing new, nothing done"
    shutil.rmtree(trial.checkpoint)
    with pytest.raises(ProgressError, match="checkpoint is gone"):
        trial.run()
    assert trial.rows() == whole[1]


def _untick(checkpoint: Path) -> None:
    last = max(
        (file for file in (checkpoint / "commits").iterdir() if file.name.isdigit()),
        key=lambda f: int(f.name),
    )
    last.unlink()
    (last.parent / f".{last.name}.crc").unlink(missing_ok=True)
