"""What is in quarantine, read by delta-rs and counted by Arrow: no Spark, and never all rows in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hallmark.contracts.quarantine import OPEN, QUARANTINED_AT, REPLAY, STATUS, Selection
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.catalog import tables_on_disk
from hallmark.lakehouse.names import ERRORS, INGESTED_AT, LOAD_ID, Table
from hallmark.lakehouse.tables import table_path


@dataclass(frozen=True, order=True)
class Load:
    """A load, and when bronze got it (UTC)."""

    at: datetime
    load_id: str


@dataclass
class Account:
    """Rows by status, and the first and last load that they came in."""

    rows: Counter[str] = field(default_factory=Counter)
    loads: dict[str, datetime] = field(default_factory=dict)

    @property
    def first(self) -> Load | None:
        """The load that came first."""
        return min(
            (Load(at, name) for name, at in self.loads.items()), key=lambda load: (load.at, load.load_id), default=None
        )

    @property
    def last(self) -> Load | None:
        """The load that came last."""
        return max(
            (Load(at, name) for name, at in self.loads.items()), key=lambda load: (load.at, load.load_id), default=None
        )

    def add(self, status: str, load_id: str, at: datetime, rows: int) -> None:
        """Enter rows of one load."""
        self.rows[status] += rows
        self.loads[load_id] = max(at, self.loads.get(load_id, at))


@dataclass
class Book:
    """A quarantine table: its rows, and those that each rule keeps out (a row with two reasons is in two accounts)."""

    table: Table
    total: Account = field(default_factory=Account)
    rules: dict[tuple[str, str], Account] = field(default_factory=dict)


def quarantine_tables(warehouse: Path) -> list[Table]:
    """The quarantine tables, by name."""
    return tables_on_disk(warehouse, "quarantine")


def read_book(warehouse: Path, table: Table) -> Book:
    """Count a table's rows by status, load and reason."""
    book = Book(table)
    for batch in deltalog.batches(table_path(warehouse, table), columns=[STATUS, LOAD_ID, INGESTED_AT, ERRORS]):
        facts = {"status": batch[STATUS], "load": batch[LOAD_ID], "at": batch[INGESTED_AT]}
        for status, load, at, rows in _grouped(pa.table(facts), ["status", "load"]):
            book.total.add(status, load, at, rows)
        parents, errors = pc.list_parent_indices(batch[ERRORS]), pc.list_flatten(batch[ERRORS])
        reasons = {name: pc.struct_field(errors, name) for name in ("rule", "message")}
        by_reason = pa.table({**{name: pc.take(column, parents) for name, column in facts.items()}, **reasons})
        for status, load, rule, message, at, rows in _grouped(by_reason, ["status", "load", "rule", "message"]):
            book.rules.setdefault((rule, message), Account()).add(status, load, at, rows)
    return book


def tally(warehouse: Path, table: Table, selection: Selection) -> Counter[str]:
    """How many rows a selection takes, by status."""
    found: Counter[str] = Counter()
    wanted = [STATUS, LOAD_ID, ERRORS, QUARANTINED_AT]
    for batch in deltalog.batches(table_path(warehouse, table), columns=wanted):
        counts = pc.value_counts(_selected(batch, selection)[STATUS])
        found.update({each["values"].as_py(): each["counts"].as_py() for each in counts})
    return found


def rows(warehouse: Path, table: Table, selection: Selection, status: str, most: int) -> list[dict[str, Any]]:
    """At most so many rows of a status that a selection takes, every column of them."""
    found: list[dict[str, Any]] = []
    pieces = deltalog.batches(table_path(warehouse, table), where=pc.field(STATUS) == status)
    for batch in pieces:
        found += _for_people(_selected(batch, selection).slice(0, most - len(found)))
        if len(found) >= most:
            break
    return found


def _for_people(some: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows; a time that Python has no value for, as a message may claim any, is told in a text."""
    try:
        return list(some.to_pylist())
    except (OverflowError, ValueError):
        columns = {name: list(map(_value, some.column(name))) for name in some.schema.names}
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return f"{scalar.value:,} microseconds since 1970"


def open_versions(warehouse: Path, table: Table) -> Counter[str]:
    """How many open rows each version of the contract has judged last."""
    found: Counter[str] = Counter()
    pieces = deltalog.batches(table_path(warehouse, table), columns=[ERRORS], where=pc.field(STATUS) == OPEN)
    for batch in pieces:
        firsts = pc.list_element(batch[ERRORS].filter(pc.greater(pc.list_value_length(batch[ERRORS]), 0)), 0)
        counts = pc.value_counts(pc.struct_field(firsts, "version"))
        found.update({each["values"].as_py(): each["counts"].as_py() for each in counts})
    return found


def half_done(warehouse: Path, table: Table, number: int) -> bool:
    """Whether rows that replay `number` moved are not marked as fixed: it was killed between its writes."""
    path = table_path(warehouse, table)
    if number < 0 or REPLAY not in deltalog.columns(path):
        return False
    claimed = (pc.field(STATUS) == OPEN) & (pc.field(REPLAY) == number)
    return any(batch.num_rows for batch in deltalog.batches(path, columns=[STATUS], where=claimed))


def _selected(batch: pa.RecordBatch, selection: Selection) -> pa.RecordBatch:
    if selection.load is not None:
        batch = batch.filter(pc.equal(batch[LOAD_ID], selection.load))
    if selection.before is not None:
        before = pa.scalar(selection.before.astimezone(UTC), batch.schema.field(QUARANTINED_AT).type)
        batch = batch.filter(pc.less(batch[QUARANTINED_AT], before))
    if selection.rule is not None:
        batch = batch.take(pc.unique(_with_reason(batch[ERRORS], selection.rule)))
    return batch


def _with_reason(errors: pa.ListArray, rule: str) -> pa.Array:
    """The rows (their numbers in the batch) that break a rule."""
    flat = pc.list_flatten(errors)
    said = [pc.equal(pc.struct_field(flat, name), rule) for name in ("rule", "message")]
    return pc.list_parent_indices(errors).filter(pc.or_(*said))


def _grouped(facts: pa.Table, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    groups: list[Mapping[str, Any]] = facts.group_by(keys).aggregate([("at", "max"), ([], "count_all")]).to_pylist()
    for group in groups:
        yield (*(group[key] for key in keys), group["at_max"], group["count_all"])
