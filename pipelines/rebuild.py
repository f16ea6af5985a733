"""Silver once more from bronze, and what hangs on it.

A replay only sets back how far tables have come; no row changes by that. The run that follows takes bronze's rows anew,
and a table's old rows go in the commit that brings the new ones. So a replay that is killed is finished by any run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import INGESTED_AT, Table
from hallmark.lakehouse.staging import clear_staging
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.context import Context
from hallmark.pipelines.execute import Done, recorded
from hallmark.pipelines.gold_layer import run_gold
from hallmark.pipelines.plan import ANEW, GOLD, VAULT, RunPlan, Work
from hallmark.pipelines.project import Project, bronze_table
from hallmark.pipelines.quarantine_plan import Door, doors
from hallmark.pipelines.silver_layer import finish_half, run_silver
from hallmark.pipelines.survey import built, find_hop
from hallmark.silver.plan import hop_app, hop_txn
from hallmark.silver.replay import silver_of


def replay(context: Context, names: Sequence[str], since: datetime | None, command: str) -> Done:
    """Rebuild silver tables from bronze, by the contracts as they are now; then the vault and gold.

    Rows that a person rejected, or let expire, stay out. A silver table that was never loaded is left to the next run.

    Args:
        context: the run.
        names: silver tables; none for all. Those that look values up in one of them are rebuilt with it.
        since: rows that bronze got before stay as they are, UTC; None for none.
        command: who asked for it, for the ledger.

    Raises:
        HallmarkError: an unknown table, a warehouse in use, or what a run can raise.
    """
    began = time.monotonic()
    warehouse = context.project.settings.warehouse
    chosen = _loaded(context.project, names)
    if chosen:
        with warehouse_lock(warehouse), recorded(context, command):
            clear_staging(warehouse)
            rewind(context, chosen, since)
            run_silver(context)
            run_gold(context)
    seconds = round(time.monotonic() - began, 3)
    return Done(context.run_id, _plan(chosen, since), tuple(context.entries), tuple(context.notes), seconds)


def plan_replay(project: Project, names: Sequence[str], since: datetime | None) -> RunPlan:
    """What a replay would do; writes nothing and starts nothing.

    Raises:
        SettingsError: an unknown table.
    """
    return _plan(_loaded(project, names), since)


def choose(known: Iterable[Door], names: Sequence[str]) -> tuple[Door, ...]:
    """The doors of the named silver tables, and of those that look values up in them; of all for no name.

    Args:
        known: every door; those behind which no text could be read lead to no table.
        names: with or without `silver.`; of a table of change events also its history or current state.

    Raises:
        SettingsError: an unknown table.
    """
    found = [door for door in known if not door.unreadable]
    if not names:
        return tuple(found)
    by_name = {name: door for door in found for name in _names(door)}
    wanted = [name.removeprefix("silver.") for name in names]
    for name in wanted:
        if name not in by_name:
            raise SettingsError(
                "no contract makes such a silver table",
                where="--table",
                got=name,
                wanted=", ".join(sorted(silver_of(door.table).name for door in found)),
                todo=did_you_mean(name, by_name) or "what dbt builds follows its silver tables by itself",
            )
    taken = {by_name[name].table for name in wanted}
    tables = {silver_of(door.table).name: door for door in found}
    while more := {door.table for door in found if _looks_up(door) & _tables(taken, tables)} - taken:
        taken |= more
    return tuple(door for door in found if door.table in taken)


def _names(door: Door) -> tuple[str, ...]:
    if door.entity is None:
        return (silver_of(door.table).name,)
    return (door.entity.changes.name, door.entity.history.name, door.entity.current.name)


def _looks_up(door: Door) -> set[str]:
    return set() if door.entity else {lookup.table for lookup in door.compiled.table.lookups}


def _tables(taken: set[Table], tables: Mapping[str, Door]) -> set[str]:
    return {name for name, door in tables.items() if door.table in taken}


def rewind(context: Context, chosen: Sequence[Door], since: datetime | None) -> None:
    """Have the tables behind some doors take bronze's rows anew, all or those since a time, with the next run."""
    lake, project = context.lake, context.project
    for door in chosen:
        finish_half(context, find_hop(lake.warehouse, bronze_table(door.contract), silver_of(door.table)))
    vault = built(project, context.ledger, VAULT)
    if vault.read:
        context.mark(VAULT, {**vault.read, ANEW: context.run_id})
    for door in chosen:
        source, target = bronze_table(door.contract), silver_of(door.table)
        after = _after(context, door, since)
        if after is None:
            continue
        # What follows a table of changes comes first: a kill in between has it computed anew, and from all of it.
        followers = (door.entity.history, door.entity.current) if door.entity else ()
        for follower in followers:
            if lake.exists(follower):
                lake.rewind(follower, hop_txn(follower, target, -1))
        if since is None or after < 0:
            lake.rewind(target, hop_txn(target, source, -1))
        else:
            lake.cut(target, INGESTED_AT, since, hop_txn(target, source, after))


def _after(context: Context, door: Door, since: datetime | None) -> int | None:
    """The version of bronze up to which nothing is replayed; None when nothing came since."""
    if since is None:
        return -1
    progress = _progress(context.project, door)
    return context.lake.version_before(bronze_table(door.contract), INGESTED_AT, since, until=progress)


def _loaded(project: Project, names: Sequence[str]) -> tuple[Door, ...]:
    chosen = choose(doors(project).values(), names)
    return tuple(door for door in chosen if _progress(project, door) >= 0)


def _progress(project: Project, door: Door) -> int:
    target = silver_of(door.table)
    place = table_path(project.settings.warehouse, target)
    return deltalog.transaction_version(place, hop_app(target, bronze_table(door.contract)))


def _plan(chosen: Sequence[Door], since: datetime | None) -> RunPlan:
    said = f", what came since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    tables = [(str(silver_of(door.table)), f"replayed from {bronze_table(door.contract)}{said}") for door in chosen]
    work = [Work("silver", table, why) for table, why in tables]
    if work:
        work += [Work("silver", VAULT, "silver changes"), Work(GOLD, GOLD, "silver changes")]
    return RunPlan(tuple(work), ())
