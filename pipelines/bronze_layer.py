"""The bronze step of a run: every source with something new."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from hallmark.bronze.admit import Source
from hallmark.bronze.consume import consume
from hallmark.bronze.ingest import Ingested, Load, ingest
from hallmark.bronze.plan import IngestPlan
from hallmark.bronze.snapshot import take
from hallmark.bronze.snapshot_columns import lacking
from hallmark.bronze.snapshots import SnapshotPlan
from hallmark.bronze.topics import TopicPlan
from hallmark.lakehouse.errors import HallmarkError, MachineError
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.known_keys import key_to_protect
from hallmark.lakehouse.ledger import OFFSETS
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines.context import Context
from hallmark.pipelines.project import bronze_table
from hallmark.pipelines.survey import ingest_plans, snapshot_plans, topic_plans


def run_bronze(context: Context) -> None:
    """Ingest what is new. A topic or database that can't be read, or fails meanwhile, holds up no other source.

    Its letter comes last.

    Raises:
        DataError: when the data folder holds no file of any contract, or a topic or table is not there.
        SettingsError: when a database's login is not known or not let in.
        ProgressError: when a source's list of seen files or offsets is lost, or messages were dropped unread.
        StepError: when a source can't be read.
        SettingsError: when there are values to protect and the key can't be used.
    """
    plans: dict[Table, list[Source]] = defaultdict(list)
    for plan in ingest_plans(context.project, context.ledger):
        if plan.new:
            plans[plan.table].append(plan)
    topics = topic_plans(context.project, context.ledger)
    for topic in topics:
        if topic.waiting and not topic.trouble:
            plans[topic.table].append(topic)
    snapshots = snapshot_plans(context.project, context.clock())
    for snapshot in snapshots:
        if snapshot.due:
            plans[snapshot.table].append(snapshot)
            _tell_lacking(context, snapshot)
    key = _key(context) if any(plan.private for sources in plans.values() for plan in sources) else None
    if plans:
        _ = context.lake  # opened by this thread: in another, PySpark would not listen to an interrupt
    failed: list[HallmarkError] = []
    context.side_by_side([partial(_table, context, sources, key, failed) for sources in plans.values()])
    troubles = [*(topic.trouble for topic in topics), *(snapshot.trouble for snapshot in snapshots)]
    _raise_first(context, [*failed, *(letter for letter in troubles if letter)])


def _tell_lacking(context: Context, plan: SnapshotPlan) -> None:
    contract = next(each for each in context.project.sources if bronze_table(each) == plan.table)
    if plan.shape is not None and (told := lacking(contract, plan.server, plan.shape)):
        context.note(told)


def _key(context: Context) -> MasterKey:
    settings = context.project.settings
    key, made = key_to_protect(settings.privacy.key_file, settings.warehouse, context.clock())
    if made:
        context.note(f"made a key for protected values: {made}; for real data keep one elsewhere (docs/privacy.md)")
    return key


def _raise_first(context: Context, letters: list[HallmarkError]) -> None:
    for other in letters[1:]:
        context.note(f"can't be read as well: {other.where}: {other.what}")
    if letters:
        raise letters[0]


def _table(context: Context, sources: list[Source], key: MasterKey | None, failed: list[HallmarkError]) -> None:
    """Load a table from its sources; `failed` gets the letters of those that are elsewhere: the others go on."""
    for plan in sources:
        try:
            _load(context, plan, key)
        except HallmarkError as letter:
            if isinstance(plan, IngestPlan) or isinstance(letter, MachineError):
                raise
            failed.append(letter)


def _load(context: Context, plan: Source, key: MasterKey | None) -> None:
    lake = context.lake
    with context.step("bronze", str(plan.table)) as row:
        load = Load(context.run_id, context.clock(), context.project.settings.max_files_per_batch, key)
        if isinstance(plan, SnapshotPlan):
            appended = take(lake, plan, load, context.project.login(plan.server))
            row.detail = plan.why
        elif isinstance(plan, TopicPlan):
            appended = consume(lake, plan, load, context.project.kafka_login(plan.server))
            row.detail = _of_topic(context, plan)
        else:
            appended = ingest(lake, plan, load)
            row.detail = f"{plan.server.name}, {many(len(plan.new), 'file')}"
        row.rows_in = row.written = appended.rows
        row.detail += _rescued(appended)
        row.delta_version = lake.version(plan.table)


def _rescued(appended: Ingested) -> str:
    return f", {appended.rescued:,} not readable as rows (_rescued)" if appended.rescued else ""


def _of_topic(context: Context, plan: TopicPlan) -> str:
    """How much waited, and what waits now: the ledger has it by partition."""
    now = context.ledger.waiting(plan.table, plan.server.name, context.run_id)
    if plan.lost:
        were = by_number(plan.lost, "was", "were")
        context.note(
            f"{plan.server.name}: {many(plan.lost, 'message')} {were} dropped by the broker unread ({OFFSETS})"
        )
    return f"{plan.server.name}, {plan.waiting:,} waited" + ("" if now is None else f", {now:,} wait now")
