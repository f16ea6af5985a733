"""Silver once more from bronze: the same rows by the same contract, today's by today's, wherever it was killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from changelog import CONTRACT, lines, long_log
from deltalake import DeltaTable
from landing import HEADER, QUARANTINE, REQUESTS, SILVER, Killed, Landing
from pyspark.sql import SparkSession

from hallmark.contracts.quarantine import FIXED, OPEN, REJECTED, Selection
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.staging import KEPT_FOLDER
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import quarantine as lifecycle
from hallmark.pipelines.plan import VAULT, plan_run
from hallmark.pipelines.quarantine_plan import doors
from hallmark.pipelines.rebuild import choose
from hallmark.pipelines.rewind import rewind
from hallmark.pipelines.survey import built, survey

MILDER = REQUESTS.replace("minimum: 1", "minimum: 0").replace("version: 1.0.0", "version: 1.1.0")
STRICTER = REQUESTS.replace("minimum: 1", "minimum: 5").replace("version: 1.0.0", "version: 2.0.0")
UNIQUE = REQUESTS.replace("{minimum: 1}", "{minimum: 1}, unique: true")
LOOKS_UP = REQUESTS.replace('path: "*.csv*"', 'path: "a.csv"').replace(
    "    properties:\n",
    "    customProperties: [{property: lookups, value: [{table: models, key: model_id, expr: tokens}]}]\n"
    "    properties:\n      - {name: model, logicalType: string, transformLogic: models.name}\n",
)
MODELS = """
apiVersion: v3.1.0
kind: DataContract
id: inference.models
version: 1.0.0
status: active
servers: [{server: csv, type: local, path: "models/*.csv", format: csv}]
schema:
  - name: models
    properties:
      - {name: model_id, logicalType: string, primaryKey: true}
      - {name: name, logicalType: string}
"""
FILES = {
    "a.csv": f"{HEADER}x,2026-01-01,1\nlow,2026-01-01,0\nlow,2026-01-01,0\ny,2026-01-01,9\n",
    "b.csv": f"{HEADER}x,2026-01-02,7\nlow,2026-01-02,7\nnext,2026-01-02,0\nz,2026-01-02,6\n",
}
SECOND = datetime(2026, 11, 24, 2, tzinfo=UTC)  # the run that read the second file
THIRD = datetime(2026, 11, 24, 4, tzinfo=UTC)  # the first run of a test
CUSTOMERS = Table("quarantine", "customers_changes")
MOMENTS = ("before append", "after append", "after quarantine")


@pytest.fixture(scope="module")
def two_loads(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    base = tmp_path_factory.mktemp("two")
    return Landing(Lake(spark, base / "warehouse"), base).load(FILES)


@pytest.fixture(scope="module")
def two_logs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """Change events of two loads; one of the second breaks the contract."""
    base = tmp_path_factory.mktemp("logs")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=CONTRACT)
    log = long_log(7, events=40, keys=4)
    bad = replace(log[-1], op="u", lsn=log[-1].lsn + 999, offset=800, name="bad", tier=-1)
    parts = {"a.jsonl": log[:25], "b.jsonl": [*log[25:], bad]}
    return landing.load({name: "".join(lines(part)) for name, part in parts.items()})


@pytest.fixture
def changed(two_logs: Landing, tmp_path: Path) -> Landing:
    """A copy of the warehouse after two loads of change events."""
    return two_logs.copy(tmp_path)


@pytest.fixture
def landing(two_loads: Landing, tmp_path: Path) -> Landing:
    """A copy of the warehouse after two loads."""
    return two_loads.copy(tmp_path)


def set_back(landing: Landing, *names: str, since: datetime | None = None, dies: str = "") -> None:
    """The first half of a replay, which may be killed in it."""
    context = landing.context(dies)
    chosen = choose(doors(context.project).values(), names)
    with pytest.raises(Killed) if dies else nullcontext():
        rewind(context, chosen, since)
    context.close()


def replay(landing: Landing, *names: str, since: datetime | None = None, dies: str = "") -> None:
    set_back(landing, *names, since=since)
    if dies:
        landing.killed(dies)
    else:
        landing.silver()


def everything(landing: Landing, *tables: Table) -> list[list[str]]:
    return [sorted(str(sorted(row.items())) for row in landing.rows(table)) for table in tables]


def ids(landing: Landing) -> list[tuple[str, int]]:
    return sorted((row["request_id"], row["tokens"]) for row in landing.rows(SILVER))


def states(landing: Landing) -> list[tuple[str, str]]:
    return sorted((row["request_id"], row["_status"]) for row in landing.rows(QUARANTINE))


def spoil(landing: Landing) -> None:
    DeltaTable(str(landing.lake.path(SILVER))).delete("request_id = 'x'")
    DeltaTable(str(landing.lake.path(SILVER))).update(predicate="request_id = 'y'", updates={"tokens": "4"})


def test_what_somebody_spoilt_is_as_bronze_has_it(landing: Landing) -> None:
    before = everything(landing, SILVER, QUARANTINE)
    spoil(landing)
    assert everything(landing, SILVER) != before[:1]
    replay(landing)
    assert everything(landing, SILVER, QUARANTINE) == before
    assert landing.silver() == []


def test_readers_see_the_old_rows_or_the_new_ones_and_never_none(landing: Landing) -> None:
    spoil(landing)
    place = str(landing.lake.path(SILVER))
    first = DeltaTable(place).version()
    replay(landing)
    last = DeltaTable(place).version()
    assert last > first
    counts = [DeltaTable(place, version=version).count() for version in range(first, last + 1)]
    assert counts == [3] * (last - first) + [4]


@pytest.mark.parametrize("when", MOMENTS)
@pytest.mark.parametrize("contract", [MILDER, STRICTER], ids=["milder", "stricter"])
def test_a_killed_replay_is_finished_by_the_next_run(
    landing: Landing, tmp_path: Path, when: str, contract: str
) -> None:
    calm = Landing(landing.lake, tmp_path / "calm", contract=contract, runs=iter(range(4, 23)))
    calm.lake = Lake(landing.lake.spark, Path(shutil.copytree(landing.lake.warehouse, tmp_path / "calm_warehouse")))
    replay(calm)
    landing.contract = contract
    replay(landing, dies=when)
    landing.silver()
    assert (ids(landing), states(landing)) == (ids(calm), states(calm))
    assert landing.silver() == []


def test_by_a_milder_contract_open_rows_come_in_once_and_are_fixed(landing: Landing) -> None:
    landing.contract = MILDER
    replay(landing)
    assert ids(landing) == [("low", 0), ("next", 0), ("x", 1), ("y", 9), ("z", 6)]
    assert states(landing) == [("low", FIXED), ("low", FIXED), ("next", FIXED)]
    assert {row["_status_contract"] for row in landing.rows(QUARANTINE)} == {"inference.requests 1.1.0"}


def test_by_a_stricter_contract_rows_leave_silver_and_a_fixed_one_is_open_again(landing: Landing) -> None:
    landing.contract = MILDER
    context = landing.context()
    lifecycle.replay(context, "requests", Selection(), by="kim", command="replay")
    context.close()
    landing.contract = STRICTER
    replay(landing)
    assert ids(landing) == [("low", 7), ("x", 7), ("y", 9), ("z", 6)]
    assert states(landing) == [("low", OPEN), ("low", OPEN), ("next", OPEN), ("x", OPEN)]


def test_what_a_person_rejected_stays_out(landing: Landing) -> None:
    context = landing.context()
    lifecycle.reject(context, "requests", Selection(load="requests/csv/000001"), reason="test", by="kim", command="no")
    context.close()
    landing.contract = MILDER
    replay(landing)
    assert [name for name, _ in ids(landing)] == ["low", "x", "y", "z"]
    assert states(landing) == [("low", FIXED), ("low", FIXED), ("next", REJECTED)]


def test_only_what_came_since_a_time_is_judged_again(landing: Landing) -> None:
    landing.contract = MILDER
    replay(landing, since=SECOND)
    assert ids(landing) == [("low", 7), ("next", 0), ("x", 1), ("y", 9), ("z", 6)]
    assert states(landing) == [("low", OPEN), ("low", OPEN), ("next", FIXED)]
    assert landing.silver() == []


@pytest.mark.parametrize("since", [SECOND, None])
def test_what_an_older_version_kept_of_a_killed_replay_is_finished(landing: Landing, since: datetime | None) -> None:
    landing.contract = MILDER
    replay(landing, since=since, dies="after append")
    (place,) = (landing.lake.warehouse / KEPT_FOLDER).glob("*/*.json")
    note = json.loads(place.read_text())
    del note["loads"]
    place.write_text(json.dumps({**note, "since": 0}))
    landing.silver()
    assert states(landing) == [("low", OPEN if since else FIXED), ("low", OPEN if since else FIXED), ("next", FIXED)]


def test_since_a_time_after_all_rows_nothing_is_done(landing: Landing) -> None:
    version = landing.lake.version(SILVER)
    replay(landing, since=datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert landing.lake.version(SILVER) == version


def test_since_a_time_before_all_rows_is_everything(landing: Landing) -> None:
    before = everything(landing, SILVER, QUARANTINE)
    spoil(landing)
    replay(landing, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert everything(landing, SILVER, QUARANTINE) == before


@pytest.mark.parametrize("when", ["", "before append", "after append"])
def test_when_the_last_load_was_clean_quarantine_is_brought_in_line_too(landing: Landing, when: str) -> None:
    load(landing, "c.csv", "clean,2026-01-03,8\n")
    landing.contract = MILDER
    replay(landing, since=SECOND, dies=when)
    landing.silver()
    assert ids(landing) == [("clean", 8), ("low", 7), ("next", 0), ("x", 1), ("y", 9), ("z", 6)]
    assert states(landing) == [("low", OPEN), ("low", OPEN), ("next", FIXED)]


@pytest.mark.parametrize("since", [None, SECOND])
def test_a_file_that_comes_after_a_kill_is_loaded_with_the_rest(landing: Landing, since: datetime | None) -> None:
    before = states(landing)
    set_back(landing, since=since)
    load(landing, "c.csv", "new,2026-01-03,0\nlate,2026-01-03,5\n")
    assert ids(landing) == [("late", 5), ("low", 7), ("x", 1), ("y", 9), ("z", 6)]
    assert states(landing) == sorted([*before, ("new", OPEN)])


def test_a_load_that_silver_has_no_row_of_is_judged_again(landing: Landing) -> None:
    load(landing, "c.csv", "bad,2026-01-03,0\n")
    landing.contract = MILDER
    replay(landing, since=THIRD)
    assert ids(landing) == [("bad", 0), ("low", 7), ("x", 1), ("y", 9), ("z", 6)]
    assert states(landing) == [("bad", FIXED), ("low", OPEN), ("low", OPEN), ("next", OPEN)]


def test_when_no_row_is_left_to_judge_nothing_is_fixed(landing: Landing) -> None:
    load(landing, "c.csv", "bad,2026-01-03,0\n")
    reject(landing, Selection(load="requests/csv/000002"))
    before = everything(landing, SILVER, QUARANTINE)
    replay(landing, since=THIRD)
    assert everything(landing, SILVER, QUARANTINE) == before


def test_of_equal_rows_as_many_stay_out_as_a_person_rejected(spark: SparkSession, tmp_path: Path) -> None:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=UNIQUE)
    load(landing, "a.csv", "x,2026-01-01,1\nx,2026-01-01,1\nx,2026-01-01,1\n")
    before = ids(landing), states(landing)
    assert before == ([("x", 1)], [("x", OPEN), ("x", OPEN)])
    DeltaTable(str(landing.lake.path(QUARANTINE))).update(updates={"_status": "'rejected'", "_status_by": "'kim'"})
    replay(landing)
    assert ids(landing) == [("x", 1)]
    assert states(landing) == [("x", REJECTED), ("x", REJECTED)]


def test_what_a_rule_bears_of_one_load_does_not_stop_a_replay_of_many(landing: Landing) -> None:
    bears_two = "minimum: 1}, customProperties: [{property: failAbove, value: 2 rows}]"
    landing.contract = REQUESTS.replace("minimum: 1}", bears_two)
    before = everything(landing, SILVER, QUARANTINE)
    replay(landing)
    assert everything(landing, SILVER, QUARANTINE) == before
    gates = [step for step in Ledger(landing.lake.warehouse).steps() if step["layer"] == "bronze->silver"]
    told = "tokens: >= 1: 3 of 8 rows, and the rule bears 2 rows: told, as the rows are judged again"
    assert told in gates[-1]["detail"]


def test_neither_does_it_when_no_row_was_ever_quarantined(spark: SparkSession, tmp_path: Path) -> None:
    warns = (
        "minimum: 1}, customProperties: [{property: onViolation, value: warn}, {property: failAbove, value: 1 rows}]"
    )
    contract = REQUESTS.replace("minimum: 1}", warns)
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=contract)
    load(landing, "a.csv", "x,2026-01-01,0\n")
    load(landing, "b.csv", "y,2026-01-01,0\n")
    before = everything(landing, SILVER)
    replay(landing)
    assert everything(landing, SILVER) == before
    assert (len(before[0]), landing.lake.exists(QUARANTINE)) == (2, False)


def test_a_decision_between_a_kill_and_the_next_run_is_about_the_rows_that_are_left(landing: Landing) -> None:
    landing.contract = MILDER
    replay(landing, dies="after append")
    assert {status for _, status in states(landing)} == {OPEN}
    outcome = reject(landing, Selection())
    assert (outcome.before[FIXED], outcome.marked) == (3, 0)
    assert states(landing) == [("low", FIXED), ("low", FIXED), ("next", FIXED)]
    assert landing.silver() == []


def test_a_replay_has_the_vault_built_anew_also_when_no_mark_tells_of_it(landing: Landing) -> None:
    ledger = Ledger(landing.lake.warehouse)
    assert not built(landing.project, ledger, VAULT).read
    set_back(landing)
    assert built(landing.project, ledger, VAULT).anew


def test_since_a_time_after_all_rows_the_vault_is_not_built_anew(landing: Landing) -> None:
    landing.context().mark(VAULT, {"silver.requests": "7"})
    steps = Ledger(landing.lake.warehouse).steps()
    set_back(landing, since=datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert Ledger(landing.lake.warehouse).steps() == steps


def test_what_looks_values_up_is_judged_by_the_new_ones(spark: SparkSession, tmp_path: Path) -> None:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=LOOKS_UP)
    models = landing.base / "contracts" / "models.odcs.yaml"
    models.parent.mkdir()
    models.write_text(MODELS)
    landing.put("models/m.csv", "model_id,name\n1,one\n")
    load(landing, "a.csv", "x,2026-01-01,1\n")
    models.write_text(MODELS.replace("{name: name, ", "{name: name, transformLogic: upper(name), "))
    assert [row["model"] for row in landing.rows(SILVER)] == ["one"]
    replay(landing, "models")
    assert [row["model"] for row in landing.rows(SILVER)] == ["ONE"]


# Change events: no key tells of one that silver has it.


@pytest.mark.parametrize("when", ["", "before append", "after append", "after silver"])
def test_change_events_give_the_same_history_and_state(changed: Landing, when: str) -> None:
    tables = tables_of(changed)
    before = everything(changed, *tables, CUSTOMERS)
    assert all(before)
    DeltaTable(str(changed.lake.path(tables[0]))).delete("_op = 'u'")
    replay(changed, dies=when)
    changed.silver()
    assert everything(changed, *tables, CUSTOMERS) == before


@pytest.mark.parametrize("when", ["", "before append", "after append", "after silver"])
def test_change_events_since_a_time_give_the_same_history_and_state(changed: Landing, when: str) -> None:
    tables = tables_of(changed)
    before = everything(changed, *tables, CUSTOMERS)
    DeltaTable(str(changed.lake.path(tables[0]))).delete("_op = 'u' and _load_id like '%000001'")
    assert everything(changed, *tables) != before[:3]
    replay(changed, since=SECOND, dies=when)
    changed.silver()
    assert everything(changed, *tables, CUSTOMERS) == before
    assert changed.silver() == []


@pytest.mark.parametrize("when", ["before append", "after append"])
def test_what_a_kill_left_to_be_set_back_the_next_run_sets_back(changed: Landing, when: str) -> None:
    tables = tables_of(changed)
    before = everything(changed, *tables)
    DeltaTable(str(changed.lake.path(tables[0]))).delete("_op = 'u'")
    set_back(changed, dies=when)
    found = survey(changed.project)
    assert found.rewinding == {tables[0]}
    why = {work.target: work.why for work in plan_run(found).work}
    assert why[str(tables[0])] == "its replay from bronze was cut off"
    changed.silver()
    assert everything(changed, *tables) == before
    assert not survey(changed.project).rewinding
    assert changed.silver() == []


def test_a_clock_that_was_set_back_doubles_no_event(changed: Landing) -> None:
    changed.runs = iter(range(23))  # the load that comes now seems to be older than the one before
    late = [replace(change, offset=900 + n) for n, change in enumerate(long_log(8, events=5, keys=2))]
    changed.put("c.jsonl", "".join(lines(late)))
    changed.bronze()
    changed.silver()
    before = everything(changed, *tables_of(changed), CUSTOMERS)
    replay(changed, since=SECOND)
    assert everything(changed, *tables_of(changed), CUSTOMERS) == before


def test_quarantined_events_are_not_replayed_before_a_killed_replay_is_finished(changed: Landing) -> None:
    changed.contract = CONTRACT.replace("minimum: 0", "minimum: -9").replace("version: 1.0.0", "version: 1.1.0")
    set_back(changed, since=SECOND)
    with pytest.raises(ProgressError) as letter:
        let_in(changed, "customers_changes")
    assert str(letter.value) == (
        "ProgressError: a replay from bronze was cut off, and its rows are not judged again yet\n"
        "  where: silver.customers_changes\n"
        "  got: version 1 of bronze.shop_changes\n"
        "  wanted: version 2, which quarantine.customers_changes has\n"
        "  do: run `hallmark run` first, then replay again"
    )
    changed.silver()
    assert [row["_status"] for row in changed.rows(CUSTOMERS)] == [FIXED]
    assert len([row for row in changed.rows(tables_of(changed)[0]) if row["tier"] == -1]) == 1


def test_quarantined_events_that_silver_got_before_a_kill_are_not_replayed_once_more(changed: Landing) -> None:
    changed.contract = CONTRACT.replace("minimum: 0", "minimum: -9").replace("version: 1.0.0", "version: 1.1.0")
    replay(changed, dies="after append")
    outcome = let_in(changed, "customers_changes")
    assert outcome.before == {FIXED: 1}
    assert len([row for row in changed.rows(tables_of(changed)[0]) if row["tier"] == -1]) == 1


def tables_of(landing: Landing) -> Sequence[Table]:
    ((_, (entity,)),) = landing.project.entities
    return entity.changes, entity.history, entity.current


def load(landing: Landing, name: str, rows: str) -> None:
    landing.put(name, HEADER + rows)
    landing.bronze()
    landing.silver()


def reject(landing: Landing, selection: Selection) -> lifecycle.Outcome:
    context = landing.context()
    return lifecycle.reject(context, "requests", selection, reason="test", by="kim", command="reject")


def let_in(landing: Landing, name: str) -> lifecycle.Outcome:
    return lifecycle.replay(landing.context(), name, Selection(), by="kim", command="quarantine replay")
