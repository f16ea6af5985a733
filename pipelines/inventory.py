"""What is in the warehouse: tables and runs, read from Delta logs and the ledger without Spark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.catalog import tables_on_disk
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.lock import is_held
from hallmark.lakehouse.names import SCHEMAS, Table
from hallmark.lakehouse.tables import table_path

_SMALL = 100_000  # rows in bronze; reasoned from runs of 29,000 and 39,000 rows, not measured at the limit
_BYTES_OF_A_ROW = 100  # of a landed file; a guess is enough


@dataclass(frozen=True)
class TableFacts:
    """A table: rows and bytes of its newest version, and how many columns it has."""

    table: Table
    rows: int
    bytes: int
    columns: int
    version: int


@dataclass(frozen=True)
class RunFacts:
    """A run: when it began, how it ended, and how many rows it wrote.

    `status` is `succeeded`, `failed` or `interrupted`; `started` while it is at work; `killed` when it told no end.
    """

    run_id: str
    began: datetime
    status: str
    command: str
    rows_written: int
    rows_quarantined: int
    detail: str | None


def tables(warehouse: Path) -> list[TableFacts]:
    """All tables, in the order of the layers."""
    return [_facts(table, warehouse) for schema in SCHEMAS for table in tables_on_disk(warehouse, schema)]


def _facts(table: Table, warehouse: Path) -> TableFacts:
    delta = DeltaTable(str(table_path(warehouse, table)))
    actions = delta.get_add_actions(flatten=True)
    rows = deltalog.rows_of(delta, actions.column("num_records").to_pylist())
    size = sum(actions.column("size_bytes").to_pylist())
    return TableFacts(table, rows, size, len(delta.schema().fields), delta.version())


def is_small(warehouse: Path, new_bytes: int) -> bool:
    """Whether so little has landed, now and before, that compiling Spark's plans takes longer than it saves."""
    known = sum(deltalog.count_rows(table_path(warehouse, table)) for table in tables_on_disk(warehouse, "bronze"))
    return known + new_bytes / _BYTES_OF_A_ROW <= _SMALL


def runs(warehouse: Path, most: int) -> list[RunFacts]:
    """The newest runs, newest first."""
    ledger, held = Ledger(warehouse), is_held(warehouse)
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in ledger.runs():
        by_run.setdefault(row["run_id"], []).append(row)
    newest = sorted(by_run.values(), key=lambda rows: rows[0]["at"], reverse=True)[:most]
    # Asked before and after: a run may have begun or ended while the ledger was read.
    held = held or is_held(warehouse)
    return [_run(ledger, rows, at_work=held and rows is newest[0]) for rows in newest]


def _run(ledger: Ledger, rows: list[dict[str, Any]], *, at_work: bool) -> RunFacts:
    first, last = rows[0], rows[-1]
    killed = last["status"] == "started" and not at_work
    steps = ledger.steps(first["run_id"])
    return RunFacts(
        run_id=first["run_id"],
        began=first["at"],
        status="killed" if killed else last["status"],
        command=first["command"],
        rows_written=sum(step["rows_written"] or 0 for step in steps),
        rows_quarantined=sum(step["rows_quarantined"] or 0 for step in steps),
        detail=last["detail"],
    )
