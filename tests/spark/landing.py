"""A landing zone, a contract and a warehouse of one test: files in, tables out, by the same steps as a real run."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.bronze_layer import run_bronze
from hallmark.pipelines.context import Context
from hallmark.pipelines.project import Project, open_project
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
BRONZE, SILVER, QUARANTINE = (Table(schema, "requests") for schema in ("bronze", "silver", "quarantine"))


class Silent:
    """Nobody follows a test's runs."""

    def working(self, layer: str, what: str) -> None:
        """A step begins."""

    def done(self, entry: object) -> None:
        """A step has ended."""

    def note(self, text: str) -> None:
        """Something worth knowing."""


@dataclass
class Landing:
    """What a test works with; see `requests` in test_bad_files.py."""

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
        when = time.time() - days_old * 86400
        os.utime(path, (when, when))
        return path

    @property
    def project(self) -> Project:
        contracts = self.base / "contracts"
        contracts.mkdir(exist_ok=True)
        (contracts / "contract.odcs.yaml").write_text(self.contract)
        return open_project(Settings(warehouse=self.lake.warehouse, landing=self.files, contracts=contracts))

    def bronze(self) -> Context:
        context = self._context()
        run_bronze(context)
        context.close()
        return context

    def silver(self) -> Context:
        context = self._context()
        pass_gates(context)
        context.close()
        return context

    def _context(self) -> Context:
        run, ticks = next(self.runs), itertools.count()
        start = datetime(2026, 11, 24, run, tzinfo=UTC)
        return Context(self.project, f"run-{run}", lambda: start + timedelta(seconds=next(ticks)), Silent())
