"""A load that was killed between silver's rows and quarantine's: what is left of it is done before anything else."""

from __future__ import annotations

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.pipelines.context import Context, StepRow
from hallmark.pipelines.survey import progress, redo
from hallmark.silver.gate import Passed, finish, kept_half
from hallmark.silver.plan import Hop

GATE = "bronze->silver"


def finish_half(context: Context, hop: Hop) -> None:
    """Finish a load that was cut off after silver had its rows; the contract that judged it may be gone.

    Opens no session where there is none to finish.
    """
    half = redo(context.project.settings.warehouse, hop, context.ledger)
    if half:
        _finish(context, half)


def finish_kept(context: Context, source: Table, target: Table) -> None:
    """Finish such a load where broken rows are kept; nothing is asked of the source, which may be gone."""
    warehouse = context.project.settings.warehouse
    came = progress(warehouse, source, target)
    half = kept_half(warehouse, Hop(source, target, came, came))
    if half:
        _finish(context, half)


def _finish(context: Context, half: Hop) -> None:
    with context.step("silver", str(half.target)) as row:
        passed = finish(context.lake, half)
        if passed:
            fill(context, row, passed, half)
        came_from(context, row, half)
        row.delta_version = context.lake.version(half.target)
        row.detail = "finished the load that was cut off" + (f". {passed.reasons}" if passed else "")


def fill(context: Context, row: StepRow, passed: Passed, hop: Hop) -> None:
    """Enter what went through a gate into the row of its step."""
    row.rows_in, row.valid, row.quarantined, row.written = (
        passed.rows_in, passed.valid, passed.quarantined, passed.written,
    )  # fmt: skip
    came_from(context, row, hop)
    row.detail, row.delta_version = passed.reasons, context.lake.version(hop.target)


def came_from(context: Context, row: StepRow, hop: Hop) -> None:
    """Enter how far a gate has come, and with which source: one that is made anew counts its versions again."""
    row.hop, row.source_version = GATE, hop.until
    row.source_id = deltalog.identity(context.lake.path(hop.source))
