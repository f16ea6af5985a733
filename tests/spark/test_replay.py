"""Quarantined rows through today's contract: what holds moves once, wherever the process was killed; the rest stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from changelog import CONTRACT, Version, history, lines, random_log, state
from landing import BRONZE, HEADER, QUARANTINE, REQUESTS, SILVER, Killed, Landing
from pyspark.sql import SparkSession

from hallmark.contracts.quarantine import EXPIRED, FIXED, LIFECYCLE_DDL, OPEN, REJECTED, Selection, bronze_names
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table, split_ddl
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import quarantine as lifecycle
from hallmark.pipelines.plan import VAULT, Built
from hallmark.pipelines.quarantine import Outcome
from hallmark.pipelines.quarantine_books import read_book
from hallmark.pipelines.survey import built, inputs_of
from hallmark.silver.replay import Replayed

NONE_TOO_SMALL = REQUESTS.replace("minimum: 1", "minimum: 0").replace("version: 1.0.0", "version: 1.1.0")
FILES = {
    "a.csv": f"{HEADER}x,2026-01-01,1\nlow,2026-01-01,0\nlow,2026-01-01,0\nworse,2026-01-01,-1\n",
    "b.csv": f"{HEADER}x,2026-01-02,0\nlow,2026-01-02,7\nnext,never,0\nlater,2026-01-02,0\n",
}
FIRST_LOAD, SECOND_LOAD = "requests/csv/000000", "requests/csv/000001"


@pytest.fixture(scope="module")
def two_loads(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    base = tmp_path_factory.mktemp("two")
    return Landing(Lake(spark, base / "warehouse"), base).load(FILES)


@pytest.fixture
def landing(two_loads: Landing, tmp_path: Path) -> Landing:
    """A copy of the warehouse after two loads, and a contract that has become milder since."""
    return two_loads.copy(tmp_path, NONE_TOO_SMALL)


def silver(landing: Landing) -> list[tuple[Any, ...]]:
    return sorted((row["request_id"], row["tokens"], row["_load_id"]) for row in landing.rows(SILVER))


def quarantined(landing: Landing) -> list[tuple[str, str, list[str]]]:
    return sorted(
        (row["request_id"], row["_status"], [error["message"] for error in row["_errors"]])
        for row in landing.rows(QUARANTINE)
    )


def replay(landing: Landing, selection: Selection | None = None, *, dies_after: str = "") -> Outcome:
    context = landing.context(f"after {dies_after}")
    return lifecycle.replay(context, "requests", selection or Selection(), by="ann", command="quarantine replay")


BEFORE = [("low", 7, SECOND_LOAD), ("x", 1, FIRST_LOAD)]
AFTER = [("later", 0, SECOND_LOAD), *BEFORE]
MINIMUM, TIME = "tokens: >= 1", "requested_at: date and time"
FIXED_ROWS = [("later", FIXED, [MINIMUM]), ("low", FIXED, [MINIMUM]), ("low", FIXED, [MINIMUM])]
LEFT = [*FIXED_ROWS, ("next", OPEN, [TIME]), ("worse", OPEN, ["tokens: >= 0"]), ("x", FIXED, [MINIMUM])]


def versions(landing: Landing) -> tuple[int, int]:
    return landing.lake.version(SILVER), landing.lake.version(QUARANTINE)


def test_rows_that_hold_now_move_once_and_the_others_get_todays_reasons(landing: Landing) -> None:
    assert silver(landing) == BEFORE
    before = {row["request_id"]: row for row in landing.rows(QUARANTINE)}
    read_to = built_until_now(landing)
    assert not read_to().stale
    outcome = replay(landing)
    assert outcome.replayed == Replayed(judged=6, fixed=4, written=1)
    assert outcome.open_reasons == {"tokens: >= 0": 1, TIME: 1}
    assert (silver(landing), quarantined(landing)) == (AFTER, LEFT)
    for row in landing.rows(QUARANTINE):
        came = before[row["request_id"]]
        same = [*bronze_names(came), "_quarantined_at"]
        assert [row[name] for name in same] == [came[name] for name in same]
    assert read_to().stale, "the vault is to be built again"

    then = versions(landing)
    again = replay(landing)
    assert (again.replayed, again.changed) == (Replayed(judged=2, fixed=0, written=0), False)
    assert versions(landing) == then, "a second replay writes nothing"
    the_books_add_up(landing)


def built_until_now(landing: Landing) -> Callable[[], Built]:
    """Note that the vault has read silver as it is now; the answer asks what has changed since."""
    models = landing.base / "dbt" / "models"
    models.mkdir(parents=True)
    (models / "_sources.yml").write_text("sources: [{name: silver, tables: [{name: requests}]}]\n")
    context = landing.context()
    settings = context.project.settings.model_copy(update={"dbt_project": landing.base / "dbt"})
    context.project = replace(context.project, settings=settings)
    context.mark(VAULT, inputs_of(context.project, VAULT))
    return lambda: built(context.project, context.ledger, VAULT)


def the_books_add_up(landing: Landing) -> None:
    """After a replay: it is no load, so that nothing has come in or gone out."""
    steps = Ledger(landing.lake.warehouse).steps()
    gates = [step for step in steps if step["layer"] == "bronze->silver"]
    assert [(step["rows_in"], step["rows_valid"], step["rows_quarantined"]) for step in gates] == [(4, 1, 3), (4, 1, 3)]
    assert read_book(landing.lake.warehouse, QUARANTINE).total.rows == {FIXED: 4, OPEN: 2}
    step = next(step for step in steps if step["layer"] == "quarantine->silver")
    assert (step["rows_in"], step["rows_valid"], step["rows_quarantined"], step["rows_written"]) == (6, 4, None, 1)
    assert (step["table_name"], step["contract_version"]) == ("silver.requests", "1.1.0")
    assert step["detail"] == "quarantine.requests: 4 fixed, 2 still open"
    assert landing.silver() == [], "to the gate nothing is new"


def test_selected_rows_of_an_older_warehouse_keep_their_origin_and_tell_when_by_whom_and_why(landing: Landing) -> None:
    older = landing.lake.read(QUARANTINE).drop(*[name for name, _ in split_ddl(LIFECYCLE_DDL)])
    place = str(landing.lake.path(QUARANTINE))
    older.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(place)
    assert "_replay" not in landing.rows(QUARANTINE)[0]
    replay(landing, Selection(load=SECOND_LOAD, rule=MINIMUM))
    (moved,) = [row for row in landing.rows(SILVER) if row["request_id"] == "later"]
    (fixed,) = [row for row in landing.rows(QUARANTINE) if row["request_id"] == "later"]
    origin = ("_source", "_file", "_load_id", "_ingested_at")
    assert [moved[name] for name in origin] == [fixed[name] for name in origin]
    told = (fixed["_status_by"], fixed["_status_run"], fixed["_status_contract"])
    assert told == ("ann", "run-4", "inference.requests 1.1.0")
    assert fixed["_status_at"].replace(minute=0, second=0) == datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert {id_ for id_, status, _ in quarantined(landing) if status == FIXED} == {"later", "x"}
    first, last = [run for run in Ledger(landing.lake.warehouse).runs() if run["run_id"] == "run-4"]
    assert (first["command"], last["status"]) == ("quarantine replay", "succeeded")


@pytest.mark.parametrize("after", ["merge", "append"])
def test_a_replay_killed_between_its_writes_is_repeated_without_loss(landing: Landing, after: str) -> None:
    """No key tells that silver has a row: only the replay's number does."""
    landing.contract = NONE_TOO_SMALL.replace(", primaryKey: true", "")
    came = [("later", 0, SECOND_LOAD), ("low", 0, FIRST_LOAD), ("low", 0, FIRST_LOAD), ("x", 0, SECOND_LOAD)]
    moved = sorted([*BEFORE, *came])
    with pytest.raises(Killed):
        replay(landing, dies_after=after)
    assert silver(landing) == (moved if after == "append" else BEFORE)
    assert {status for _, status, _ in quarantined(landing)} == {OPEN}, "open until silver has it and it is noted"
    assert replay(landing).settled == (4 if after == "append" else 0)
    assert (silver(landing), quarantined(landing)) == (moved, LEFT)


def test_what_a_killed_replay_only_claimed_is_judged_again(landing: Landing) -> None:
    with pytest.raises(Killed):
        replay(landing, dies_after="merge")
    landing.contract = REQUESTS
    replay(landing, Selection(rule=TIME))
    landing.contract = NONE_TOO_SMALL
    assert silver(landing) == BEFORE
    assert {status for _, status, _ in quarantined(landing)} == {OPEN}
    replay(landing)
    assert (silver(landing), quarantined(landing)) == (AFTER, LEFT)


def test_what_a_killed_replay_moved_is_fixed_whatever_comes_next(landing: Landing) -> None:
    with pytest.raises(Killed):
        replay(landing, dies_after="append")
    landing.contract = REQUESTS
    done = lifecycle.reject(landing.context(), "requests", Selection(), reason="all", by="ann", command="reject")
    assert (done.settled, done.marked) == (4, 2)
    assert {id_ for id_, status, _ in quarantined(landing) if status == REJECTED} == {"next", "worse"}
    assert silver(landing) == AFTER


def test_rejected_and_expired_rows_stay_and_are_not_replayed(landing: Landing) -> None:
    gone = lifecycle.reject(
        landing.context(), "requests", Selection(load=FIRST_LOAD), reason="it's a \\test", by="ann", command="reject"
    )
    assert (gone.marked, gone.before) == (3, {OPEN: 3})
    (marked,) = {
        (row["_status_reason"], row["_status_by"], row["_status_run"])
        for row in landing.rows(QUARANTINE)
        if row["_status"] == REJECTED
    }
    assert marked == ("it's a \\test", "ann", "run-4")
    assert replay(landing).replayed == Replayed(judged=3, fixed=2, written=1)

    def expire(age: timedelta) -> list[int]:
        done = lifecycle.expire(landing.context(), None, age, by="ann", command="expire")
        return [outcome.marked for outcome in done]

    assert expire(timedelta(days=1)) == [0]
    assert expire(timedelta(hours=2)) == [1], "loads are an hour apart in these tests"
    assert quarantined(landing) == [
        ("later", FIXED, [MINIMUM]), ("low", REJECTED, [MINIMUM]), ("low", REJECTED, [MINIMUM]),
        ("next", EXPIRED, [TIME]), ("worse", REJECTED, [MINIMUM]), ("x", FIXED, [MINIMUM]),
    ]  # fmt: skip
    then = versions(landing)
    assert replay(landing).replayed is None
    assert versions(landing) == then


@pytest.mark.parametrize("killed", [False, True])
def test_rows_are_decided_about_also_where_bronze_is_gone(landing: Landing, *, killed: bool) -> None:
    landing.put("c.csv", f"{HEADER}new,2026-01-03,-5\n")
    landing.bronze()
    if killed:
        landing.killed("after append")
    shutil.rmtree(landing.lake.path(BRONZE))
    rejected = lifecycle.reject(landing.context(), "requests", Selection(), reason="old", by="kim", command="reject")
    assert (rejected.marked, len(landing.rows(QUARANTINE))) == ((7, 7) if killed else (6, 6))
    assert {row["_status"] for row in landing.rows(QUARANTINE)} == {REJECTED}
    assert lifecycle.expire(landing.context(), None, timedelta(0), by="kim", command="expire")[0].marked == 0


def test_a_table_that_is_not_loaded_is_not_filled_by_a_replay(landing: Landing) -> None:
    shutil.rmtree(landing.lake.path(SILVER))
    with pytest.raises(ProgressError) as letter:
        replay(landing)
    assert str(letter.value) == (
        "ProgressError: the table that these rows belong to is not loaded\n"
        "  where: silver.requests\n"
        "  do: hallmark run, then replay again"
    )


def unique_notes(minimum: int) -> str:
    note = f"{{minimum: {minimum}}}}}\n      - {{name: note, logicalType: string, unique: true}}"
    contract = REQUESTS.replace("{minimum: 1}}", note).replace("primaryKey", "required")
    return contract.replace("1.0.0", f"1.{1 - minimum}.0")


def test_of_equal_rows_one_moves_where_a_value_may_not_repeat_and_the_books_balance(landing: Landing) -> None:
    shutil.rmtree(landing.lake.warehouse)
    landing.contract = unique_notes(1)
    rows = ["a,0,n1", "a,0,n1", "b,3,n2", "c,0,", "c,0,", "d,-1,n3"]
    landing.put("a.csv", "\n".join(["request_id,tokens,note,requested_at", *[f"{row},2026-01-01" for row in rows]]))
    landing.bronze()
    landing.silver()
    landing.contract = unique_notes(0)
    outcome = replay(landing)
    assert outcome.replayed == Replayed(judged=5, fixed=4, written=3)
    assert [row[0] for row in silver(landing)] == ["a", "b", "c", "c"], "without a value nothing repeats"
    statuses = [(id_, status) for id_, status, _ in quarantined(landing)]
    assert statuses == [("a", FIXED), ("a", FIXED), ("c", FIXED), ("c", FIXED), ("d", OPEN)]
    assert replay(landing).replayed == Replayed(judged=1, fixed=0, written=0)


STRICT = CONTRACT.replace("minimum: 0}", "minimum: 2}")
LOG = [*random_log(3), *random_log(7)]


def test_change_events_take_their_place_in_the_order_whenever_they_are_replayed(landing: Landing) -> None:
    shutil.rmtree(landing.lake.warehouse)
    landing.contract = STRICT
    landing.put("a.jsonl", "".join(lines(LOG)))
    landing.bronze()
    landing.silver()
    changes, kept = Table("silver", "customers_changes"), Table("quarantine", "customers_changes")
    too_low = [change for change in LOG if change.tier is not None and change.tier < 2]
    assert len(landing.rows(kept)) == len(too_low) > 3

    landing.contract = CONTRACT
    with pytest.raises(Killed):
        lifecycle.replay(landing.context("after append"), kept.name, Selection(), by="ann", command="replay")
    done = lifecycle.replay(landing.context(), str(kept), Selection(), by="ann", command="replay")
    assert (done.settled, done.replayed) == (len(too_low), Replayed(0, 0, 0))
    assert len(landing.rows(changes)) == len(LOG)
    found = [
        Version((row["id"], row["name"], row["tier"]), row["valid_from"], row["valid_to"], row["_lsn"])
        for row in landing.rows(Table("silver", "customers_history"))
    ]
    assert sorted(found, key=lambda version: (version.row[0], version.lsn)) == history(LOG)
    current = landing.rows(Table("silver", "customers"))
    assert sorted((row["id"], row["name"], row["tier"]) for row in current) == state(LOG)
    assert landing.silver() == [], "nothing is left to follow"
