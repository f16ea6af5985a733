"""The ledger keeps what it is told, and answers what a run asks of it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import (
    FILES,
    OFFSETS,
    RUNS,
    STEPS,
    FileEntry,
    Ledger,
    OffsetEntry,
    RunEntry,
    SeenTopic,
    StepEntry,
)
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

AT = datetime(2026, 11, 24, 3, 0, 0, 123456, tzinfo=UTC)
BRONZE, SILVER = Table("bronze", "charges"), Table("silver", "charges")
RUN = RunEntry("7f3a", "started", AT, "hallmark run", "0.1.0")
STEP = StepEntry(
    run_id="7f3a",
    layer="bronze->silver",
    table_name="silver.charges",
    rows_in=1000,
    rows_valid=997,
    rows_quarantined=3,
    rows_written=990,
    delta_version=4,
    source_version=7,
    seconds=2.25,
    contract="finance.charges",
    contract_version="1.0.0",
    at=AT,
    detail="billed_cost: required (3)",
)
FILE = FileEntry("7f3a", "bronze.charges", "focus", "/data/a b.csv", 1234, AT, "charges/focus/000000")

OFFSET = OffsetEntry("7f3a", "bronze.charges", "live", "charges", "id-1", 0, 0, 7, 0, 7, 2, AT)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def test_a_run_comes_back_as_it_was_written(ledger: Ledger) -> None:
    ledger.write(RUNS, [RUN])
    assert ledger.runs() == [asdict(RUN)]


def test_a_step_comes_back_as_it_was_written(ledger: Ledger) -> None:
    ledger.write(STEPS, [STEP])
    assert ledger.steps() == [asdict(STEP)]


def test_a_count_that_a_step_does_not_have_stays_unknown(ledger: Ledger) -> None:
    blank = replace(STEP, rows_in=None, rows_valid=None, source_version=None, contract=None, detail=None)
    ledger.write(STEPS, [blank])
    assert ledger.steps() == [asdict(blank)]


def test_a_file_comes_back_with_its_size_and_time_of_change(ledger: Ledger) -> None:
    ledger.write(FILES, [FILE])
    assert ledger.files(BRONZE) == {"/data/a b.csv": (1234, AT)}


def test_a_time_of_another_zone_is_kept_as_the_same_moment(ledger: Ledger) -> None:
    ledger.write(RUNS, [replace(RUN, at=datetime.fromisoformat("2026-11-24T04:00:00+01:00"))])
    (row,) = ledger.runs()
    assert row["at"].isoformat() == "2026-11-24T03:00:00+00:00"


def test_files_of_another_table_are_not_this_ones(ledger: Ledger) -> None:
    ledger.write(FILES, [FILE, replace(FILE, table_name="bronze.other", file="/data/c.csv")])
    assert list(ledger.files(BRONZE)) == ["/data/a b.csv"]


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    assert (ledger.runs(), ledger.steps(), ledger.files(BRONZE)) == ([], [], {})
    assert (ledger.gated_until(SILVER, BRONZE, 99), ledger.last_detail("mark", "vault")) == (-1, None)


def test_nothing_to_write_makes_no_table(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(STEPS, [])
    assert list(tmp_path.iterdir()) == []


def test_entries_written_together_are_one_commit(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(FILES, [FILE, replace(FILE, file="/data/b.csv")])
    ledger.write(FILES, [replace(FILE, file="/data/c.csv")])
    assert deltalog.version(table_path(tmp_path, FILES)) == 1
    assert len(ledger.files(BRONZE)) == 3


def test_runs_and_steps_come_oldest_first(ledger: Ledger) -> None:
    for minutes in (2, 0, 1):
        at = AT + timedelta(minutes=minutes)
        ledger.write(RUNS, [replace(RUN, run_id=f"r{minutes}", at=at)])
        ledger.write(STEPS, [replace(STEP, run_id=f"r{minutes}", at=at)])
    assert [row["run_id"] for row in ledger.runs()] == ["r0", "r1", "r2"]
    assert [row["run_id"] for row in ledger.steps()] == ["r0", "r1", "r2"]


def test_the_steps_of_one_run_are_asked_for_by_its_id(ledger: Ledger) -> None:
    ledger.write(STEPS, [STEP, replace(STEP, run_id="other")])
    assert [row["run_id"] for row in ledger.steps("other")] == ["other"]


def test_the_gate_has_come_as_far_as_its_newest_load(ledger: Ledger) -> None:
    ledger.write(STEPS, [replace(STEP, source_version=version) for version in (7, 9, 8)])
    assert ledger.gated_until(SILVER, BRONZE, 99) == 9


def test_a_gate_that_was_ahead_of_the_table_says_nothing_of_it(ledger: Ledger) -> None:
    ledger.write(STEPS, [replace(STEP, source_version=version) for version in (57, 2, 3)])
    assert ledger.gated_until(SILVER, BRONZE, 2) == 2


def test_what_was_judged_of_a_deleted_table_does_not_count(ledger: Ledger, tmp_path: Path) -> None:
    place = table_path(tmp_path, BRONZE)
    write_deltalake(str(place), pa.table({"a": [1]}))
    ledger.write(STEPS, [replace(STEP, source_version=1, source_id=deltalog.identity(place))])
    ledger.write(STEPS, [replace(STEP, source_version=2, source_id="of the table before")])
    assert ledger.gated_until(SILVER, BRONZE, 2) == 1
    shutil.rmtree(place)
    assert ledger.gated_until(SILVER, BRONZE, 2) == -1


def test_a_ledger_of_an_older_version_is_read_and_written_on(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(STEPS, [STEP])
    place = table_path(tmp_path, STEPS)
    older = deltalog.read(place).drop_columns(["source_id"])
    shutil.rmtree(place)
    write_deltalake(str(place), older)
    assert ledger.gated_until(SILVER, BRONZE, 99) == 7
    ledger.write(STEPS, [replace(STEP, source_version=9, source_id="none")])
    assert ledger.gated_until(SILVER, BRONZE, 99) == 9


@pytest.mark.parametrize(
    "other",
    [
        replace(STEP, source_version=12, layer="silver->gold"),
        replace(STEP, source_version=12, layer="silver"),
        replace(STEP, source_version=12, table_name="silver.other"),
        replace(STEP, source_version=None),
    ],
)
def test_another_step_does_not_move_the_gate(ledger: Ledger, other: StepEntry) -> None:
    ledger.write(STEPS, [STEP, other])
    assert ledger.gated_until(SILVER, BRONZE, 99) == 7


def test_the_last_detail_is_the_newest_steps(ledger: Ledger) -> None:
    mark = replace(STEP, layer="mark", table_name="vault")
    for minutes in (1, 2, 0):
        ledger.write(STEPS, [replace(mark, at=AT + timedelta(minutes=minutes), detail=f"after {minutes}")])
    ledger.write(STEPS, [replace(mark, at=AT + timedelta(hours=1), table_name="gold", detail="not the vault's")])
    assert ledger.last_detail("mark", "vault") == "after 2"


def test_a_step_without_a_detail_has_none(ledger: Ledger) -> None:
    ledger.write(STEPS, [replace(STEP, detail=None)])
    assert ledger.last_detail("bronze->silver", "silver.charges") is None


def test_two_writers_at_once_lose_nothing(ledger: Ledger) -> None:
    ledger.write(FILES, [FILE])
    entries = [replace(FILE, file=f"/data/{n}.csv") for n in range(12)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda entry: ledger.write(FILES, [entry]), entries))
    assert len(ledger.files(BRONZE)) == 13


def test_what_waits_after_a_run_is_the_sum_over_partitions_or_unknown(ledger: Ledger) -> None:
    ledger.write(OFFSETS, [OFFSET, replace(OFFSET, partition=1, waiting_after=3)])
    ledger.write(OFFSETS, [replace(OFFSET, run_id="7f3b", waiting_after=None)])
    assert ledger.waiting(BRONZE, "live", "7f3a") == 5
    assert ledger.waiting(BRONZE, "live", "7f3b") is None
    assert ledger.waiting(BRONZE, "live", "another") is None


def test_a_topics_id_is_the_one_it_was_last_read_under(ledger: Ledger) -> None:
    assert ledger.topics(BRONZE, "live") == {}
    ledger.write(OFFSETS, [replace(OFFSET, topic_id="id-2", at=AT + timedelta(hours=1)), OFFSET])
    ledger.write(OFFSETS, [replace(OFFSET, topic_id="", at=AT + timedelta(hours=2))])
    assert ledger.topics(BRONZE, "live") == {"charges": SeenTopic("id-2", landed=True)}
    assert ledger.topics(BRONZE, "other") == {}


def test_topics_landed_are_those_that_any_message_was_read_of(ledger: Ledger) -> None:
    ledger.write(OFFSETS, [OFFSET, replace(OFFSET, read_from=7, at=AT + timedelta(hours=1))])
    ledger.write(OFFSETS, [replace(OFFSET, topic="empty", read_until=0)])
    assert {topic: seen.landed for topic, seen in ledger.topics(BRONZE, "live").items()} == {
        "charges": True,
        "empty": False,
    }
