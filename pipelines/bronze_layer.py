"""The bronze step of a run: every source with new files."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from hallmark.bronze.ingest import Load, ingest
from hallmark.bronze.plan import IngestPlan
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.known_keys import key_to_protect
from hallmark.lakehouse.names import Table
from hallmark.pipelines.context import Context
from hallmark.pipelines.survey import ingest_plans


def run_bronze(context: Context) -> None:
    """Ingest what is new.

    Raises:
        DataError: when the data folder holds no file of any contract.
        ProgressError: when a source's list of seen files is lost.
        StepError: when a source can't be read.
        SettingsError: when there are values to protect and the key can't be used.
    """
    plans: dict[Table, list[IngestPlan]] = defaultdict(list)
    for plan in ingest_plans(context.project, context.ledger):
        if plan.new:
            plans[plan.table].append(plan)
    key = _key(context) if any(plan.private for sources in plans.values() for plan in sources) else None
    if plans:
        _ = context.lake  # opened by this thread: in another, PySpark would not listen to an interrupt
    context.side_by_side([partial(_table, context, sources, key) for sources in plans.values()])


def _key(context: Context) -> MasterKey:
    settings = context.project.settings
    key, made = key_to_protect(settings.privacy.key_file, settings.warehouse, context.clock())
    if made:
        context.note(f"made a key for protected values: {made}; for real data keep one elsewhere (docs/privacy.md)")
    return key


def _table(context: Context, sources: list[IngestPlan], key: MasterKey | None) -> None:
    lake = context.lake
    for plan in sources:
        with context.step("bronze", str(plan.table)) as row:
            load = Load(context.run_id, context.clock(), context.project.settings.max_files_per_batch, key)
            appended = ingest(lake, plan, load)
            row.rows_in = row.written = appended.rows
            row.detail = f"{plan.server.name}, {len(plan.new)} {'file' if len(plan.new) == 1 else 'files'}"
            if appended.rescued:
                row.detail += f", {appended.rescued:,} not readable as rows (_rescued)"
            row.delta_version = lake.version(plan.table)
