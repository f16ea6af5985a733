"""A landing zone, its contract and a warehouse: files in, tables out, by the same steps as in a real run."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deltalake.transaction import AddAction
from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake, Mode, Txn, Written
from hallmark.pipelines.bronze_layer import run_bronze
from hallmark.pipelines.context import Context
from hallmark.pipelines.project import Project, open_project
from hallmark.pipelines.screen import SilentReporter
from hallmark.pipelines.silver_layer import pass_gates

REQUESTS = """
apiVersion: v3.1.0
kind: DataContract
id: inference.requests
version: 1.0.0
status: active
servers:
  - {server: csv, type: local, path: "*.csv*", format: csv}
  - {server: lines, type: local, path: "*.jsonl*", format: json}
  - {server: parquet, type: local, path: "*.parquet", format: parquet}
schema:
  - name: requests
    properties:
      - {name: request_id, logicalType: string, primaryKey: true}
      - {name: requested_at, logicalType: timestamp, required: true}
      - {name: tokens, logicalType: integer, physicalType: int, logicalTypeOptions: {minimum: 1}}
"""
HEADER = "request_id,requested_at,tokens\n"
BRONZE, SILVER, QUARANTINE = (Table(schema, "requests") for schema in ("bronze", "silver", "quarantine"))
UNREADABLE = "the source's text could not be read as a row"


class Killed(BaseException):
    """Nobody catches it: what is on disk is what SIGKILL would leave."""


@dataclass(frozen=True)
class Dying(Lake):
    """A warehouse whose process ends right before or after a write of a kind: `after append`, `before quarantine`..."""

    when: str = ""

    def commit(self, files: Sequence[AddAction], table: Table, txn: Txn, rows: int, *, mode: Mode) -> Written:
        self._dies("before append")
        written = super().commit(files, table, txn, rows, mode=mode)
        self._dies("after append")
        self._dies(f"after {table}")
        return written

    def merge(self, rows: DataFrame, table: Table, *, on: Sequence[str], txn: Txn, delete_when: str = "") -> Written:
        written = super().merge(rows, table, on=on, txn=txn, delete_when=delete_when)
        self._dies("after merge")
        return written

    def written(self, table: Table) -> Written:
        self._dies(f"after {table.schema}")
        return super().written(table)

    def _dies(self, moment: str) -> None:
        if moment == self.when:
            raise Killed


class DyingContext(Context):
    """A run in such a process, whatever thread is at work."""

    dies = ""

    @property
    def lake(self) -> Lake:
        lake = super().lake
        return Dying(lake.spark, lake.warehouse, self.dies)


@dataclass
class Landing:
    """Files are put into `files`; `bronze` and `silver` bring the warehouse up to date and say what they did.

    With `max_events_anew` 0 a load merges its changes, however few there are, as it does into a large table.
    """

    lake: Lake
    base: Path
    contract: str = REQUESTS
    max_events_anew: int = 0
    runs: Iterator[int] = field(default_factory=itertools.count)

    def load(self, files: Mapping[str, str]) -> Landing:
        """Each file in a load of its own, through bronze and silver."""
        for name, content in files.items():
            self.put(name, content)
            self.bronze()
            self.silver()
        return self

    def copy(self, base: Path, contract: str = "") -> Landing:
        """A copy of the warehouse, with another contract when it is given; its runs are later ones."""
        shutil.copytree(self.lake.warehouse, base / "warehouse")
        lake = Lake(self.lake.spark, base / "warehouse")
        return replace(self, lake=lake, base=base, contract=contract or self.contract, runs=iter(range(4, 23)))

    @property
    def files(self) -> Path:
        return self.base / "files"

    def put(self, name: str, content: str | bytes, *, days_old: float = 0) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        changed = time.time() - days_old * 86_400
        os.utime(path, (changed, changed))
        return path

    @property
    def project(self) -> Project:
        contracts = self.base / "contracts"
        contracts.mkdir(parents=True, exist_ok=True)
        (contracts / "contract.odcs.yaml").write_text(self.contract, encoding="utf-8")
        return open_project(
            Settings(
                warehouse=self.lake.warehouse,
                landing=self.files,
                contracts=contracts,
                max_events_anew=self.max_events_anew,
            )
        )

    def context(self, dies: str = "") -> Context:
        """A new run, in the session of all tests, with a clock that ticks a second a look; it `dies` when told."""
        run, ticks = next(self.runs), itertools.count()
        start = datetime(2026, 11, 24, run, tzinfo=UTC)
        context = DyingContext(
            self.project, f"run-{run}", lambda: start + timedelta(seconds=next(ticks)), SilentReporter()
        )
        context.dies = dies
        context._session = self.lake.spark
        return context

    def bronze(self) -> list[StepEntry]:
        context = self.context()
        run_bronze(context)
        context.close()
        return context.entries

    def silver(self, dies: str = "") -> list[StepEntry]:
        context = self.context(dies)
        pass_gates(context)
        context.close()
        return context.entries

    def killed(self, when: str) -> None:
        """A run of silver that is killed."""
        try:
            self.silver(when)
        except Killed:
            return
        raise AssertionError(f"the run ended by itself, not {when}")

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows; read without Spark, as anybody could."""
        if not self.lake.exists(table):
            return []
        rows: list[dict[str, Any]] = deltalog.read(self.lake.path(table)).to_pylist()
        return rows
