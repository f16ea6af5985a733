"""What every step of a run shares: the project, the session, the ledger, the clock, and someone to tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.ledger import STEPS, Ledger, StepEntry
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.project import Project

Clock = Callable[[], datetime]


class Reporter(Protocol):
    """Someone who follows a run: a screen, a log, nobody."""

    def working(self, layer: str, what: str) -> None:
        """A step begins that may take a while."""

    def done(self, entry: StepEntry) -> None:
        """A step has ended."""

    def note(self, text: str) -> None:
        """Something worth knowing, in one line."""


@dataclass
class Context:
    """One run.

    Attributes:
        project: settings and contracts.
        run_id: names the run in the ledger.
        clock: gives the time, UTC.
        reporter: follows the run.
        entries: what the run did, a row a table and step.
        notes: what the reporter was told besides.
    """

    project: Project
    run_id: str
    clock: Clock
    reporter: Reporter
    entries: list[StepEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @cached_property
    def ledger(self) -> Ledger:
        """The warehouse's ledger."""
        return Ledger(self.project.settings.warehouse)

    @cached_property
    def lake(self) -> Lake:
        """The warehouse, through a session that the first use opens.

        Raises:
            MachineError: when there is no session to be had.
        """
        self.reporter.working("", "starting Spark")
        return Lake(open_session(self.project.settings), self.project.settings.warehouse)

    def note(self, text: str) -> None:
        """Tell the reporter, and keep it for the summary."""
        self.notes.append(text)
        self.reporter.note(text)

    @contextmanager
    def step(self, layer: str, table: str, compiled: CompiledTable | None = None) -> Iterator[StepRow]:
        """Time a step; its row goes to the ledger and the reporter when it ends without an error."""
        self.reporter.working(layer, table)
        began = time.perf_counter()
        row = StepRow()
        yield row
        contract = compiled.contract if compiled else None
        entry = StepEntry(
            run_id=self.run_id,
            layer=row.hop or layer,
            table_name=table,
            rows_in=row.rows_in,
            rows_valid=row.valid,
            rows_quarantined=row.quarantined,
            rows_written=row.written,
            delta_version=row.delta_version,
            source_version=row.source_version,
            seconds=round(time.perf_counter() - began, 3),
            contract=contract.id if contract else None,
            contract_version=contract.version if contract else None,
            at=self.clock(),
            detail=row.detail or None,
        )
        self.ledger.write(STEPS, [entry])
        self.entries.append(entry)
        self.reporter.done(entry)


@dataclass
class StepRow:
    """What a step fills in: counts in rows, None where it has no such count."""

    rows_in: int | None = None
    valid: int | None = None
    quarantined: int | None = None
    written: int | None = None
    delta_version: int = -1
    source_version: int | None = None
    hop: str = ""
    detail: str = ""
