"""The lifecycle of quarantined rows, wired: the warehouse held, the ledger told, history and state brought along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hallmark.contracts.quarantine import EXPIRED, OPEN, QUARANTINE_DDL, REJECTED, Selection
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines import quarantine_books as books
from hallmark.pipelines.context import Context
from hallmark.pipelines.contract_blame import rules_blamed
from hallmark.pipelines.cut_off import finish_half, finish_kept
from hallmark.pipelines.execute import recorded
from hallmark.pipelines.project import bronze_table
from hallmark.pipelines.quarantine_plan import Door, doors, find_door, find_table, refuse_no_match
from hallmark.pipelines.silver_layer import follow_changes
from hallmark.pipelines.survey import door_hop, progress
from hallmark.silver import replay as silver
from hallmark.silver.changes import change_gate
from hallmark.silver.events import event_ddl, event_gate
from hallmark.silver.gate import Gate

HOP = "quarantine->silver"


@dataclass(frozen=True)
class Outcome:
    """What a command did to one quarantine table.

    Attributes:
        table: the quarantine table.
        before: the rows that the selection found, by status.
        replayed: what a replay did; None for another command, or when nothing was open.
        settled: rows of an earlier replay that was killed before it could mark them as fixed.
        marked: rows that got another status by decision.
        open_reasons: after a replay, why rows of the table are still open: message to rows.
    """

    table: Table
    before: Counter[str]
    replayed: silver.Replayed | None = None
    settled: int = 0
    marked: int = 0
    open_reasons: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> bool:
        """Whether any row moved or got another status."""
        return bool(self.settled or self.marked or (self.replayed and self.replayed.fixed))


def replay(context: Context, name: str, selection: Selection, *, by: str, command: str) -> Outcome:
    """Send open rows through the contract as it is now, and what holds to silver.

    Raises:
        HallmarkError: an unknown table, a selection that matches nothing, a contract that is gone, a warehouse in use.
    """
    warehouse = context.project.settings.warehouse
    door = find_door(find_table(name, books.quarantine_tables(warehouse)), doors(context.project))
    _refuse_no_match(warehouse, door.table, selection)
    with warehouse_lock(warehouse):
        before = books.tally(warehouse, door.table, selection)
        if not before[OPEN]:
            return Outcome(door.table, before)
        _refuse_unloaded(context, door)
        _refuse_set_back(context, door)
        with recorded(context, command):
            finish_half(context, door_hop(context.project, door))
            before = books.tally(warehouse, door.table, selection)
            settled, replayed = _replay(context, door, selection, by)
        book = books.read_book(warehouse, door.table)
    reasons = Counter({message: each.rows[OPEN] for (_, message), each in book.rules.items() if each.rows[OPEN]})
    return Outcome(door.table, before, replayed, settled, open_reasons=reasons)


def reject(context: Context, name: str, selection: Selection, *, reason: str, by: str, command: str) -> Outcome:
    """Mark open rows as rejected, for good.

    Raises:
        HallmarkError: an unknown table, a selection that matches nothing, a warehouse in use.
    """
    warehouse = context.project.settings.warehouse
    table = find_table(name, books.quarantine_tables(warehouse))
    _refuse_no_match(warehouse, table, selection)
    decision = silver.Decision(context.run_id, by, context.clock(), reason)
    (outcome,) = _mark(context, {table: selection}, decision, status=REJECTED, command=command)
    return outcome


def expire(context: Context, name: str | None, older_than: timedelta, *, by: str, command: str) -> list[Outcome]:
    """Mark open rows of one table, or of all, as expired when they were quarantined so long ago.

    Raises:
        HallmarkError: an unknown table, a warehouse in use.
    """
    known = books.quarantine_tables(context.project.settings.warehouse)
    tables = [find_table(name, known)] if name else known
    now = context.clock()
    selection = Selection(before=now - older_than)
    decision = silver.Decision(context.run_id, by, now, f"quarantined before {selection.before:%Y-%m-%d %H:%M} UTC")
    return _mark(context, dict.fromkeys(tables, selection), decision, status=EXPIRED, command=command)


def _replay(context: Context, door: Door, selection: Selection, by: str) -> tuple[int, silver.Replayed]:
    lake, compiled = context.lake, door.compiled
    target, gate, ddl = _silver_side(context, door)
    changing = door.entity.changing if door.entity else frozenset()
    for table, columns in ddl.items():
        lake.ensure(table, columns, changing=table in changing)
    lake.ensure(door.table, QUARANTINE_DDL)
    decision = silver.Decision(context.run_id, by, context.clock(), compiled.contract.label)
    settled = _settle(context, door.table, decision)
    with context.step("silver", str(target), compiled) as row:
        with rules_blamed(lake.spark, compiled):
            done = silver.replay(lake, gate, door.table, selection, decision)
        # Nothing is newly quarantined here: what stays open was counted by the load that it came in.
        row.rows_in, row.valid, row.written = done.judged, done.fixed, done.written
        row.hop, row.delta_version = HOP, lake.version(target)
        row.detail = f"{door.table}: {done.fixed:,} fixed, {done.still_open:,} still open"
    if door.entity:
        follow_changes(context, door.entity)
    return settled, done


def _mark(
    context: Context, found: Mapping[Table, Selection], decision: silver.Decision, *, status: str, command: str
) -> list[Outcome]:
    warehouse = context.project.settings.warehouse
    with warehouse_lock(warehouse):
        before = {table: books.tally(warehouse, table, selection) for table, selection in found.items()}
        done = {table: Outcome(table, counted) for table, counted in before.items()}
        work = [table for table in found if before[table][OPEN]]
        if work:
            with recorded(context, command):
                done |= {table: _mark_table(context, table, found[table], status, decision) for table in work}
    return [*done.values()]


def _mark_table(
    context: Context, table: Table, selection: Selection, status: str, decision: silver.Decision
) -> Outcome:
    door = doors(context.project).get(table)
    if door and not door.unreadable:  # of a load that was cut off silver may have rows that are open here
        finish_kept(context, bronze_table(door.contract), silver.silver_of(door.table))
    before = books.tally(context.lake.warehouse, table, selection)
    context.lake.ensure(table, QUARANTINE_DDL)
    settled = _settle(context, table, decision)
    with context.step("quarantine", str(table)) as row:
        marked = row.written = silver.mark(context.lake, table, selection, status, decision)
        row.delta_version, row.detail = context.lake.version(table), f"{status}: {decision.why}"
    return Outcome(table, before, settled=settled, marked=marked)


def _settle(context: Context, table: Table, decision: silver.Decision) -> int:
    """Finish a replay that was killed between its writes."""
    warehouse, target = context.project.settings.warehouse, silver.silver_of(table)
    if not books.half_done(warehouse, table, progress(warehouse, table, target)):
        return 0
    with context.step("quarantine", str(table)) as row:
        settled = row.written = silver.settle(context.lake, table, decision)
        row.delta_version = context.lake.version(table)
        row.detail = f"{settled:,} fixed by a replay that was cut off"
    return settled


def _refuse_no_match(warehouse: Path, table: Table, selection: Selection) -> None:
    matched = books.tally(warehouse, table, selection).total()
    refuse_no_match(books.read_book(warehouse, table), selection, matched)


def _silver_side(context: Context, door: Door) -> tuple[Table, Gate, dict[Table, str]]:
    lake, compiled, target = context.lake, door.compiled, silver.silver_of(door.table)
    if door.entity:
        return target, change_gate(door.entity), door.entity.ddl()
    lookups = {each.table: lake.read(Table("silver", each.table)) for each in compiled.table.lookups}
    return target, event_gate(lake, compiled, target, lookups), {target: event_ddl(compiled)}


def _refuse_unloaded(context: Context, door: Door) -> None:
    # A table made by a replay would look to the next run like one that holds nothing yet, and be filled without
    # looking for keys that it has.
    target, source = silver.silver_of(door.table), bronze_table(door.contract)
    needed = [target, *(Table("silver", each.table) for each in door.compiled.table.lookups)]
    warehouse = context.project.settings.warehouse
    gone = [each for each in needed if not deltalog.exists(table_path(warehouse, each))]
    if gone or progress(warehouse, source, target) < 0:
        raise ProgressError(
            "the table that these rows belong to is not loaded",
            where=gone[0] if gone else target,
            todo="hallmark run, then replay again",
        )


def _refuse_set_back(context: Context, door: Door) -> None:
    # The next run judges these rows again, from bronze: moved now, change events would be in silver twice.
    hop = door_hop(context.project, door)
    known = progress(context.project.settings.warehouse, hop.source, door.table)
    if known > hop.after:
        raise ProgressError(
            "a replay from bronze was cut off, and its rows are not judged again yet",
            where=hop.target,
            got=f"version {hop.after} of {hop.source}",
            wanted=f"version {known}, which {door.table} has",
            todo="run `hallmark run` first, then replay again",
        )
