"""The contract gate: rows in = valid + quarantined, each key once, wherever the process was killed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable
from landing import BRONZE, HEADER, QUARANTINE, SILVER, Landing
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.plan import bronze_ddl
from hallmark.contracts.compile import SILVER_METADATA
from hallmark.lakehouse.errors import ProgressError, StepError
from hallmark.lakehouse.ledger import STEPS, StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake, table_path
from hallmark.silver.events import event_ddl
from hallmark.silver.gate import Gate, Passed, pass_gate
from hallmark.silver.plan import plan_hop

TOO_SMALL = "tokens: >= 1"
FRESH = Table("silver", "fresh")


@pytest.fixture(scope="module")
def first(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Landing, StepEntry]:
    """A first load, and what its gate said."""
    base = tmp_path_factory.mktemp("first")
    landing = Landing(Lake(spark, base / "warehouse"), base)
    landing.put("a.csv", f"{HEADER}x,2026-01-01,1\nx,2026-01-01,1\n x ,2026-01-01,1\ny,2026-01-01,2\nz,2026-01-01,0\n")
    landing.bronze()
    (gate,) = landing.silver()
    return landing, gate


@pytest.fixture
def landing(first: tuple[Landing, StepEntry], tmp_path: Path) -> Landing:
    """A copy of the warehouse after the first load."""
    shutil.copytree(first[0].lake.warehouse, tmp_path / "warehouse")
    return Landing(Lake(first[0].lake.spark, tmp_path / "warehouse"), tmp_path, runs=iter(range(1, 20)))


def counts(entry: StepEntry) -> tuple[int | None, ...]:
    return entry.rows_in, entry.rows_valid, entry.rows_quarantined, entry.rows_written


def silver(landing: Landing) -> list[tuple[str, int]]:
    return sorted((row["request_id"], row["tokens"]) for row in landing.rows(SILVER))


def quarantined(landing: Landing) -> list[str]:
    return sorted(str(row["request_id"]) for row in landing.rows(QUARANTINE))


def forget_the_gate(landing: Landing) -> None:
    """As if somebody had deleted the ledger."""
    DeltaTable(str(table_path(landing.lake.warehouse, STEPS))).delete("layer = 'bronze->silver'")


def test_each_key_of_a_load_is_kept_once(first: tuple[Landing, StepEntry]) -> None:
    landing, gate = first
    assert (counts(gate), gate.detail) == ((5, 4, 1, 2), f"{TOO_SMALL} (1); 2 with a key that is there already")
    assert (silver(landing), quarantined(landing)) == ([("x", 1), ("y", 2)], ["z"])
    assert landing.silver() == []


def test_each_key_of_many_loads_is_kept_once_and_a_new_column_does_no_harm(landing: Landing) -> None:
    landing.put("b.csv", f"{HEADER.strip()},region\nx,2026-01-02,7,eu\nz,2026-01-01,3,eu\n,2026-01-01,0,us\n")
    landing.bronze()
    (gate,) = landing.silver()
    said = f"request_id: required (1); {TOO_SMALL} (1); 1 with a key that is there already"
    assert (counts(gate), gate.detail) == ((3, 2, 1, 1), said)
    assert silver(landing) == [("x", 1), ("y", 2), ("z", 3)], "what came first stays"
    assert {(row["request_id"], row["region"]) for row in landing.rows(QUARANTINE)} == {("z", None), (None, "us")}


def test_loads_that_the_ledger_lost_are_not_judged_again(landing: Landing) -> None:
    forget_the_gate(landing)
    (finished,) = landing.silver()
    assert (finished.detail, counts(finished)) == ("finished the load that was cut off", (None,) * 4)
    assert (silver(landing), quarantined(landing)) == ([("x", 1), ("y", 2)], ["z"])
    assert landing.silver() == []


def test_silver_that_is_filled_anew_doubles_nothing_in_quarantine(landing: Landing) -> None:
    shutil.rmtree(landing.lake.path(SILVER))
    (gate,) = landing.silver()
    assert counts(gate) == (5, 4, 1, 2)
    assert (silver(landing), quarantined(landing)) == ([("x", 1), ("y", 2)], ["z"])


def test_a_commit_without_rows_is_a_load_of_none(landing: Landing) -> None:
    landing.lake.ensure(BRONZE, bronze_ddl(["new_column"]))
    assert [counts(entry) for entry in landing.silver()] == [(0, 0, 0, 0)]
    assert landing.silver() == []


def test_a_bronze_table_made_anew_is_refused(landing: Landing) -> None:
    shutil.rmtree(landing.lake.path(BRONZE))
    landing.lake.ensure(BRONZE, bronze_ddl(["request_id"]))
    with pytest.raises(ProgressError) as letter:
        landing.silver()
    assert str(letter.value) == (
        "ProgressError: a table went back in time\n"
        "  where: bronze.requests\n"
        "  got: version 0\n"
        "  wanted: version 1 or later, which silver.requests has read\n"
        "  do: restore it, or delete the tables that were built from it and run again"
    )


def test_rows_that_held_must_still_hold_when_they_are_moved(landing: Landing) -> None:
    lake, (compiled,) = landing.lake, landing.project.events
    hop = plan_hop(BRONZE, SILVER, source_version=lake.version(BRONZE) + 1, progress=-1)
    rows = lake.added(BRONZE, after=-1, until=hop.until - 1)
    gate = Gate(compiled.judge, (*compiled.columns, "_warnings"), where="contract.odcs.yaml")
    with pytest.raises(StepError) as letter:
        pass_gate(lake, rows, gate, hop, landing.context().clock(), all_hold=True)
    assert str(letter.value) == (
        "StepError: rows that held a moment ago do not hold now\n"
        "  where: bronze.requests -> silver.requests\n"
        "  got: 1 of 5 rows\n"
        "  wanted: rules and transforms that say the same of a row each time; nothing was moved\n"
        "  do: see whether contract.odcs.yaml asks for the time or for chance; or try again"
    )


def twice(rows: DataFrame) -> DataFrame:
    return rows.withColumn("copy", F.explode(F.array(F.lit(1), F.lit(2)))).drop("copy")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("judge", "{'rows_in': 5, 'valid': 8, 'quarantined': 2}, written 8 valid"),
        ("new", "{'rows_in': 5, 'valid': 4, 'quarantined': 2}, written 8 valid"),
    ],
)
def test_rows_that_multiply_on_the_way_stop_the_load(landing: Landing, where: str, found: str) -> None:
    lake, (compiled,) = landing.lake, landing.project.events
    hop = plan_hop(BRONZE, SILVER, source_version=lake.version(BRONZE) + 1, progress=-1)
    rows = lake.added(BRONZE, after=-1, until=hop.until - 1)
    judges = {"judge": lambda came: compiled.judge(twice(came)), "new": compiled.judge}
    news = {"judge": lambda judged: judged, "new": twice}
    gate = Gate(judges[where], (*compiled.columns, "_warnings"), news[where])
    with pytest.raises(StepError) as letter:
        pass_gate(lake, rows, gate, hop, landing.context().clock())
    assert str(letter.value) == (
        "StepError: the gate's counts do not add up\n"
        "  where: bronze.requests -> silver.requests\n"
        f"  got: {found}\n"
        "  wanted: rows in = valid + quarantined, and written at most valid\n"
        "  do: this is a bug: please report it"
    )


def pass_anew(landing: Landing, came: int | None) -> Passed:
    """Judge bronze's five rows for a table that is empty: else rows are counted on the way, whatever `came` says."""
    lake, (compiled,) = landing.lake, landing.project.events
    lake.ensure(FRESH, event_ddl(compiled))
    hop = plan_hop(BRONZE, FRESH, source_version=lake.version(BRONZE), progress=-1)
    rows = lake.added(BRONZE, after=-1, until=hop.until)
    gate = Gate(compiled.judge, (*compiled.columns, *SILVER_METADATA, "_warnings"))
    return pass_gate(lake, rows, gate, hop, landing.context().clock(), came=came)


@pytest.mark.parametrize("came", [None, 5])
def test_rows_that_came_are_those_that_the_log_tells_or_that_are_counted(landing: Landing, came: int | None) -> None:
    passed = pass_anew(landing, came)
    assert (passed.rows_in, passed.valid, passed.quarantined) == (5, 4, 1)


def test_fewer_rows_than_the_log_tells_stop_the_load(landing: Landing) -> None:
    with pytest.raises(StepError) as letter:
        pass_anew(landing, 6)
    assert "{'rows_in': 6, 'valid': 4, 'quarantined': 1}, written 4 valid" in str(letter.value)
    assert landing.lake.read(FRESH).isEmpty()
