"""Silver once more from bronze: the same rows by the same contract, today's by today's, wherever it was killed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from changelog import CONTRACT, lines, long_log
from deltalake import DeltaTable
from landing import HEADER, QUARANTINE, REQUESTS, SILVER, Landing
from pyspark.sql import SparkSession

from hallmark.contracts.quarantine import FIXED, OPEN, REJECTED, Selection
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import quarantine as lifecycle
from hallmark.pipelines.quarantine_plan import doors
from hallmark.pipelines.rebuild import choose, rewind

MILDER = REQUESTS.replace("minimum: 1", "minimum: 0").replace("version: 1.0.0", "version: 1.1.0")
STRICTER = REQUESTS.replace("minimum: 1", "minimum: 5").replace("version: 1.0.0", "version: 2.0.0")
FILES = {
    "a.csv": f"{HEADER}x,2026-01-01,1\nlow,2026-01-01,0\nlow,2026-01-01,0\ny,2026-01-01,9\n",
    "b.csv": f"{HEADER}x,2026-01-02,7\nlow,2026-01-02,7\nnext,2026-01-02,0\nz,2026-01-02,6\n",
}
SECOND = datetime(2026, 11, 24, 2, tzinfo=UTC)  # the run that read b.csv
MOMENTS = ("before append", "after append", "after quarantine")


@pytest.fixture(scope="module")
def two_loads(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    base = tmp_path_factory.mktemp("two")
    landing = Landing(Lake(spark, base / "warehouse"), base)
    for name, content in FILES.items():
        landing.put(name, content)
        landing.bronze()
        landing.silver()
    return landing


@pytest.fixture
def landing(two_loads: Landing, tmp_path: Path) -> Landing:
    """A copy of the warehouse after two loads."""
    shutil.copytree(two_loads.lake.warehouse, tmp_path / "warehouse")
    lake = Lake(two_loads.lake.spark, tmp_path / "warehouse")
    return Landing(lake, tmp_path, runs=iter(range(4, 23)))


def replay(landing: Landing, *names: str, since: datetime | None = None, dies: str = "") -> None:
    context = landing.context()
    rewind(context, choose(doors(context.project).values(), names), since)
    context.close()
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
    place = str(landing.lake.path(SILVER))
    first = DeltaTable(place).version()
    replay(landing)
    last = DeltaTable(place).version()
    assert [DeltaTable(place, version=version).count() for version in range(first, last + 1)] == [4] * (
        last - first + 1
    )


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


def test_since_a_time_after_all_rows_nothing_is_done(landing: Landing) -> None:
    version = landing.lake.version(SILVER)
    replay(landing, since=datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert landing.lake.version(SILVER) == version


def test_since_a_time_before_all_rows_is_everything(landing: Landing) -> None:
    before = everything(landing, SILVER, QUARANTINE)
    spoil(landing)
    replay(landing, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert everything(landing, SILVER, QUARANTINE) == before


@pytest.mark.parametrize("when", ["", "before append", "after append", "after silver"])
def test_change_events_give_the_same_history_and_state(spark: SparkSession, tmp_path: Path, when: str) -> None:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=CONTRACT)
    log = long_log(7, events=40, keys=4)
    for name, part in (("a.jsonl", log[:25]), ("b.jsonl", log[25:])):
        landing.put(name, "".join(lines(part)))
        landing.bronze()
        landing.silver()
    tables = tables_of(landing)
    before = everything(landing, *tables)
    assert all(before)
    DeltaTable(str(landing.lake.path(tables[0]))).delete("_op = 'u'")
    replay(landing, dies=when)
    landing.silver()
    assert everything(landing, *tables) == before


def tables_of(landing: Landing) -> Sequence[Table]:
    ((_, (entity,)),) = landing.project.entities
    return entity.changes, entity.history, entity.current
