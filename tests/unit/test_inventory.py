"""What is in a warehouse is read from Delta logs and the ledger: the newest version's rows, and how each run ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from hallmark.lakehouse.ledger import RUNS, STEPS, Ledger, RunEntry, StepEntry
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.inventory import RunFacts, TableFacts, is_small, runs, tables

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
RUN = RunEntry("7f3a", "started", AT, "run --until gold", "0.1.0")
STEP = StepEntry("7f3a", "bronze->silver", "silver.orders", 10, 8, 2, 7, 0, 0, 0.1, None, None, AT)
FACTS = RunFacts("7f3a", AT, "succeeded", "run --until gold", 0, 0, None)


def write(warehouse: Path, table: Table, rows: int, *, mode: str = "append") -> None:
    columns = {"id": pa.array(range(rows), pa.int64()), "name": pa.array(["a"] * rows, pa.string())}
    write_deltalake(str(table_path(warehouse, table)), pa.table(columns), mode=mode)


def ended(status: str, *, minutes: int = 1, detail: str | None = None) -> RunEntry:
    return replace(RUN, status=status, at=AT + timedelta(minutes=minutes), detail=detail)


def test_a_table_is_told_by_its_rows_bytes_columns_and_version(tmp_path: Path) -> None:
    write(tmp_path, Table("silver", "orders"), 3)
    write(tmp_path, Table("silver", "orders"), 2)
    size = sum(file.stat().st_size for file in (tmp_path / "silver" / "orders").glob("*.parquet"))
    assert tables(tmp_path) == [TableFacts(Table("silver", "orders"), rows=5, bytes=size, columns=2, version=1)]


def test_rows_that_were_replaced_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, Table("gold", "dim_model"), 30)
    write(tmp_path, Table("gold", "dim_model"), 4, mode="overwrite")
    (facts,) = tables(tmp_path)
    assert (facts.rows, facts.version) == (4, 1)


def test_a_table_without_rows_is_a_table(tmp_path: Path) -> None:
    write(tmp_path, Table("silver", "orders"), 0)
    assert tables(tmp_path) == [TableFacts(Table("silver", "orders"), rows=0, bytes=0, columns=2, version=0)]


def test_a_load_is_small_by_what_bronze_has_and_what_is_new(tmp_path: Path) -> None:
    assert is_small(tmp_path, 10_000_000)
    assert not is_small(tmp_path, 10_000_100)
    write(tmp_path, Table("bronze", "orders"), 60_000)
    write(tmp_path, Table("bronze", "readings"), 30_000)
    write(tmp_path, Table("silver", "orders"), 60_000)  # the same rows again
    assert is_small(tmp_path, 1_000_000)
    assert not is_small(tmp_path, 1_000_100)


def test_tables_come_in_the_order_of_the_layers(tmp_path: Path) -> None:
    for name in ("ops.runs", "gold.a", "quarantine.a", "platinum.a", "silver.b", "silver.a", "bronze.a"):
        write(tmp_path, Table(*name.split(".")), 1)
    assert [str(facts.table) for facts in tables(tmp_path)] == [
        "bronze.a",
        "silver.a",
        "silver.b",
        "quarantine.a",
        "gold.a",
        "platinum.a",
        "ops.runs",
    ]


def test_a_warehouse_that_is_not_there_has_no_tables_and_no_runs(tmp_path: Path) -> None:
    assert (tables(tmp_path / "gone"), runs(tmp_path / "gone", most=10)) == ([], [])


def test_a_run_is_told_by_how_it_ended(tmp_path: Path) -> None:
    Ledger(tmp_path).write(RUNS, [RUN, ended("succeeded")])
    assert runs(tmp_path, most=10) == [FACTS]


def test_a_run_is_killed_that_did_not_end_and_holds_nothing(tmp_path: Path) -> None:
    Ledger(tmp_path).write(RUNS, [RUN])
    assert runs(tmp_path, most=10) == [replace(FACTS, status="killed")]


def test_only_the_newest_run_can_be_at_work(tmp_path: Path) -> None:
    Ledger(tmp_path).write(RUNS, [RUN, replace(RUN, run_id="8a4b", at=AT + timedelta(hours=1))])
    with warehouse_lock(tmp_path):
        found = {run.run_id: run.status for run in runs(tmp_path, most=10)}
    assert found == {"8a4b": "started", "7f3a": "killed"}


def test_a_failed_run_keeps_its_letter(tmp_path: Path) -> None:
    Ledger(tmp_path).write(RUNS, [RUN, ended("failed", detail="StepError: dbt could not build gold")])
    assert runs(tmp_path, most=10) == [replace(FACTS, status="failed", detail="StepError: dbt could not build gold")]


def test_a_runs_rows_are_those_of_its_steps(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.write(RUNS, [RUN, ended("succeeded")])
    bronze = replace(STEP, rows_quarantined=None, rows_written=10)
    mark = replace(STEP, rows_quarantined=None, rows_written=None)
    ledger.write(STEPS, [STEP, bronze, mark, replace(STEP, run_id="other")])
    assert runs(tmp_path, most=10) == [replace(FACTS, rows_written=17, rows_quarantined=2)]


def test_the_newest_runs_come_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    for minutes, run_id in ((2, "c"), (0, "a"), (1, "b")):
        Ledger(tmp_path).write(RUNS, [replace(RUN, run_id=run_id, at=AT + timedelta(minutes=minutes))])
    assert [run.run_id for run in runs(tmp_path, most=2)] == ["c", "b"]


def test_the_layers_of_one_scheduled_run_are_one_run(tmp_path: Path) -> None:
    layers = [replace(RUN, command=f"layer {layer}") for layer in ("bronze", "silver")]
    later = replace(layers[1], at=AT + timedelta(minutes=5))
    Ledger(tmp_path).write(RUNS, [layers[0], ended("succeeded"), later, ended("failed", minutes=6, detail="boom")])
    assert runs(tmp_path, most=10) == [replace(FACTS, status="failed", command="layer bronze", detail="boom")]
