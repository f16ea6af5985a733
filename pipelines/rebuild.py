"""Silver once more from bronze, and what hangs on it.

A replay only sets back how far tables have come (`rewind`). The run that follows takes bronze's rows anew, and the old
rows of a table go in the commit that brings the new ones. So a replay that is killed is finished by the next run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.staging import clear_staging
from hallmark.pipelines.context import Context
from hallmark.pipelines.dbt_project import refuse_unfit
from hallmark.pipelines.execute import Done, recorded
from hallmark.pipelines.gold_layer import run_gold
from hallmark.pipelines.plan import GOLD, VAULT, RunPlan, Work
from hallmark.pipelines.project import Project, bronze_table
from hallmark.pipelines.quarantine_plan import Door, doors
from hallmark.pipelines.rewind import SetBack, finish_rewind, rewind
from hallmark.pipelines.silver_layer import run_silver
from hallmark.pipelines.survey import door_hop, progress
from hallmark.silver.replay import silver_of


def replay(context: Context, names: Sequence[str], since: datetime | None, command: str) -> Done:
    """Rebuild silver tables from bronze, by the contracts as they are now; then the vault and gold.

    Rows that a person rejected, or let expire, stay out. A silver table that is not loaded, or was set back wholly and
    not filled since, is left to the next run; of one that was set back in part, or is behind bronze, the rows that it
    lacks are loaded. What an earlier replay was killed at is done as well.

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
    refuse_unfit(context.project)
    plan = _plan((), ())
    if chosen:
        with warehouse_lock(warehouse), recorded(context, command):
            clear_staging(warehouse)
            # One of both kinds goes by the second: it is set back once more only by an earlier time.
            back = {each.door.table: each for each in (*finish_rewind(context), *rewind(context, chosen, since))}
            plan = _plan(back.values(), [each for each in _behind(context.project, chosen) if each.table not in back])
            if plan.work:
                run_silver(context)
                run_gold(context)
    seconds = round(time.monotonic() - began, 3)
    return Done(context.run_id, plan, tuple(context.entries), tuple(context.notes), seconds)


def plan_replay(project: Project, names: Sequence[str], since: datetime | None) -> RunPlan:
    """What a replay would do; writes nothing and starts nothing.

    Raises:
        SettingsError: an unknown table.
    """
    return _plan([SetBack(door, since) for door in _loaded(project, names)], ())


def nothing_says(project: Project, names: Sequence[str]) -> str:
    """Why a replay has nothing to do, in one line."""
    if _loaded(project, names):
        return "nothing to replay: bronze got no row since then"
    return "nothing to replay: the table is not loaded, or was set back already. hallmark run"


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


def _loaded(project: Project, names: Sequence[str]) -> tuple[Door, ...]:
    chosen, warehouse = choose(doors(project).values(), names), project.settings.warehouse
    return tuple(
        each for each in chosen if progress(warehouse, bronze_table(each.contract), silver_of(each.table)) >= 0
    )


def _behind(project: Project, chosen: Sequence[Door]) -> list[Door]:
    """The doors behind which a table lacks rows of bronze: a replay since a time was killed, or nobody ran since."""
    return [door for door in chosen if door_hop(project, door).pending]


def _plan(back: Iterable[SetBack], behind: Iterable[Door]) -> RunPlan:
    work = [_replayed(each.door, each.since) for each in back]
    work += [
        Work("silver", str(silver_of(each.table)), f"{bronze_table(each.contract)} has rows that it lacks")
        for each in behind
    ]
    if work:
        work += [Work("silver", VAULT, "silver changes"), Work(GOLD, GOLD, "silver changes")]
    return RunPlan(tuple(work), ())


def _replayed(door: Door, since: datetime | None) -> Work:
    said = f", what came since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    return Work("silver", str(silver_of(door.table)), f"replayed from {bronze_table(door.contract)}{said}")
