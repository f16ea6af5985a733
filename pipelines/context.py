"""What every step of a run shares: the project, the session, the ledger, the clock, and someone to tell."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from pyspark.sql import SparkSession

from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.ledger import STEPS, Ledger, StepEntry
from hallmark.lakehouse.session import open_session, sibling
from hallmark.lakehouse.spark_errors import without_data
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.inventory import is_small
from hallmark.pipelines.project import Project
from hallmark.pipelines.survey import MARK

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
class StepRow:
    """What a step fills in: counts in rows, None where it has no such count."""

    rows_in: int | None = None
    valid: int | None = None
    quarantined: int | None = None
    written: int | None = None
    delta_version: int = -1
    source_version: int | None = None
    source_id: str | None = None
    hop: str = ""
    detail: str = ""


@dataclass
class Context:
    """One run.

    Attributes:
        project: settings and contracts.
        run_id: names the run in the ledger.
        clock: gives the time, UTC.
        reporter: follows the run.
        new_bytes: of files that are about to be read; few of them, and Spark's plans are not compiled.
        entries: what the run did, a row a table and step.
        notes: what the reporter was told besides.
    """

    project: Project
    run_id: str
    clock: Clock
    reporter: Reporter
    new_bytes: int = 0
    entries: list[StepEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _of_thread: threading.local = field(default_factory=threading.local)

    @cached_property
    def ledger(self) -> Ledger:
        """The warehouse's ledger."""
        return Ledger(self.project.settings.warehouse)

    @property
    def lake(self) -> Lake:
        """The warehouse, through a session of the calling thread; the first use opens it.

        Raises:
            MachineError: when there is no session to be had.
        """
        if not hasattr(self._of_thread, "lake"):
            with self._one_at_a_time:
                first = threading.current_thread() is threading.main_thread()
                spark = self._session if first else sibling(self._session)
            self._of_thread.lake = Lake(spark, self.project.settings.warehouse)
        lake: Lake = self._of_thread.lake
        return lake

    @cached_property
    def _session(self) -> SparkSession:
        self.reporter.working("spark", "starting")
        settings = self.project.settings
        return open_session(settings, small=is_small(settings.warehouse, self.new_bytes))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.project.settings.workers, "hallmark")

    def side_by_side(self, jobs: Sequence[Callable[[], object]]) -> None:
        """Do independent jobs, several at a time; a failure lets those at work end, starts no other, and is raised."""
        stopped = threading.Event()

        def unless_stopped(job: Callable[[], object]) -> None:
            if stopped.is_set():
                return
            try:
                job()
            except BaseException:
                stopped.set()  # here: the worker takes its next job before the waiting thread hears of the failure
                raise

        try:
            futures = [self._pool.submit(unless_stopped, job) for job in jobs]
            wait(futures)
        finally:
            stopped.set()  # an interrupted run starts no other, too
        failures = [failure for future in futures if (failure := future.exception())]
        for other in failures[1:]:
            self.note(f"failed as well: {without_data(other)}")
        if failures:
            raise failures[0]

    def close(self) -> None:
        """End the threads; the session stays for whoever comes next in this process."""
        self._pool.shutdown()

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
        self.record(layer, table, row, seconds=time.perf_counter() - began, compiled=compiled)

    def record(
        self, layer: str, table: str, row: StepRow, *, seconds: float, compiled: CompiledTable | None = None
    ) -> None:
        """Put what a step did into the ledger, and tell the reporter."""
        entry = self._entry(layer, table, row, seconds=seconds, compiled=compiled)
        with self._one_at_a_time:
            self.ledger.write(STEPS, [entry])
            self.entries.append(entry)
            self.reporter.done(entry)

    def mark(self, step: str, read: Mapping[str, str]) -> None:
        """Remember what a step that builds many tables has read: until something of it changes, it is up to date."""
        row = StepRow(detail=json.dumps({**read, "missing": ""}, sort_keys=True))
        entry, last = self._entry(MARK, step, row, seconds=0.0), self.ledger.last_at(MARK, step)
        if last and entry.at <= last:  # the newest counts, also when the clock was set back
            entry = replace(entry, at=last + timedelta(microseconds=1))
        self.ledger.write(STEPS, [entry])

    def _entry(
        self, layer: str, table: str, row: StepRow, *, seconds: float, compiled: CompiledTable | None = None
    ) -> StepEntry:
        contract = compiled.contract if compiled else None
        return StepEntry(
            run_id=self.run_id,
            layer=row.hop or layer,
            table_name=table,
            rows_in=row.rows_in,
            rows_valid=row.valid,
            rows_quarantined=row.quarantined,
            rows_written=row.written,
            delta_version=row.delta_version,
            source_version=row.source_version,
            source_id=row.source_id,
            seconds=round(seconds, 3),
            contract=contract.id if contract else None,
            contract_version=contract.version if contract else None,
            at=self.clock(),
            detail=row.detail or None,
        )
