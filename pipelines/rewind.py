"""Setting silver tables back: how far they have come with bronze, so that the next run takes its rows anew.

One commit a table does it; no row changes by that, but that `--since` takes the newest out. A mark in the ledger names
the tables before the first commit: what a kill left out, the next run sets back before it does anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hallmark.lakehouse.names import INGESTED_AT, LOAD_ID
from hallmark.lakehouse.tables import load_ids
from hallmark.pipelines.context import Context
from hallmark.pipelines.cut_off import finish_half
from hallmark.pipelines.plan import ANEW, REPLAY, VAULT
from hallmark.pipelines.quarantine_plan import Door, doors
from hallmark.pipelines.survey import built, door_hop, rewinding
from hallmark.silver.plan import Hop, hop_txn


@dataclass(frozen=True)
class SetBack:
    """A door whose table takes bronze's rows anew: all, or those since a time, UTC."""

    door: Door
    since: datetime | None


def rewind(context: Context, chosen: Sequence[Door], since: datetime | None) -> tuple[SetBack, ...]:
    """Have the tables behind some doors take bronze's rows anew, all or those since a time, with the next run.

    A table that is not loaded, or was set back before, is left as it is; so is one whose bronze got nothing since.

    Args:
        context: the run; it holds the warehouse.
        chosen: the doors.
        since: rows that bronze got before stay as they are, UTC; None for none.

    Returns:
        What was set back.

    Raises:
        ProgressError: when bronze is older than what was read from it.
    """
    found = [(door, door_hop(context.project, door)) for door in chosen]
    work = [(door, hop, after) for door, hop in found if (after := _after(context, hop, since)) is not None]
    if not work:
        return ()
    tables = " ".join(door.table.name for door, _, _ in work)
    context.mark(REPLAY, {"tables": tables, "since": since.isoformat() if since else ""})
    for _, hop, _ in work:
        finish_half(context, hop)
    vault = built(context.project, context.ledger, VAULT)
    context.mark(VAULT, {**vault.read, ANEW: context.run_id})
    for door, hop, after in work:
        _set_back(context, door, hop, after)
    context.mark(REPLAY, {})
    return tuple(SetBack(door, since) for door, _, _ in work)


def finish_rewind(context: Context) -> tuple[SetBack, ...]:
    """Set back what a killed replay had chosen, and had not come to."""
    left = rewinding(context.ledger)
    if left is None:
        return ()
    context.note("a replay from bronze was cut off: it is finished now")
    known = doors(context.project)
    chosen = [door for table, door in known.items() if table.name in left.tables]  # the contract of one may be gone
    back = rewind(context, chosen, left.since)
    if not back:
        context.mark(REPLAY, {})
    return back


def _set_back(context: Context, door: Door, hop: Hop, after: int) -> None:
    lake, target = context.lake, hop.target
    # What follows a table of changes comes first: a kill in between has it computed anew, and from all of it.
    for follower in (door.entity.history, door.entity.current) if door.entity else ():
        if lake.exists(follower):
            lake.rewind(follower, hop_txn(follower, target, -1))
    txn = hop_txn(target, hop.source, after)
    if after < 0:
        lake.rewind(target, txn)
        return
    # By loads and not by the time: a clock may have been set back, and what is taken anew is what came after a version.
    came = load_ids(lake.added(hop.source, after=after, until=hop.after))
    lake.cut(target, LOAD_ID, came, txn)


def _after(context: Context, hop: Hop, since: datetime | None) -> int | None:
    """The version of bronze up to which nothing is replayed; None when nothing is to be."""
    if hop.after < 0:
        return None
    return -1 if since is None else context.lake.version_before(hop.source, INGESTED_AT, since, until=hop.after)
