"""A landing zone, its contract and a warehouse: files in, tables out, by the same steps as in a real run."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake
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


@dataclass
class Landing:
    """Files are put into `files`; `bronze` and `silver` bring the warehouse up to date and say what they did."""

    lake: Lake
    base: Path
    contract: str = REQUESTS
    runs: Iterator[int] = field(default_factory=itertools.count)

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
        return open_project(Settings(warehouse=self.lake.warehouse, landing=self.files, contracts=contracts))

    def context(self) -> Context:
        """A new run, in the session of all tests, with a clock that ticks a second a look."""
        run, ticks = next(self.runs), itertools.count()
        start = datetime(2026, 11, 24, run, tzinfo=UTC)
        context = Context(self.project, f"run-{run}", lambda: start + timedelta(seconds=next(ticks)), SilentReporter())
        context._session = self.lake.spark
        return context

    def bronze(self) -> list[StepEntry]:
        context = self.context()
        run_bronze(context)
        context.close()
        return context.entries

    def silver(self) -> list[StepEntry]:
        context = self.context()
        pass_gates(context)
        context.close()
        return context.entries

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows; read without Spark, as anybody could."""
        if not self.lake.exists(table):
            return []
        rows: list[dict[str, Any]] = deltalog.read(self.lake.path(table)).to_pylist()
        return rows
