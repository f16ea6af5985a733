"""The silver step of a run: the contract gate, then changes to history and current state, then the vault (dbt)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.model import Contract
from hallmark.lakehouse.names import RESCUED, Table
from hallmark.lakehouse.tables import Lake, Written
from hallmark.lakehouse.words import many
from hallmark.pipelines.context import Context
from hallmark.pipelines.contract_blame import rules_blamed
from hallmark.pipelines.cut_off import came_from, fill, finish_half
from hallmark.pipelines.dbt_layer import build
from hallmark.pipelines.dbt_project import VAULT_MODELS, dbt_sources
from hallmark.pipelines.plan import VAULT
from hallmark.pipelines.project import bronze_table, silver_table
from hallmark.pipelines.rewind import finish_rewind
from hallmark.pipelines.survey import built, find_hop, inputs_of, stream_hop
from hallmark.silver import cdc, changes
from hallmark.silver.changes import Entity, Touched
from hallmark.silver.events import event_ddl, load_events
from hallmark.silver.gate import quarantine
from hallmark.silver.plan import Hop

Apply = Callable[[Lake, Entity, Hop, Touched], Written]


def run_silver(context: Context) -> None:
    """Bring silver up to date with bronze.

    Raises:
        StepError: when a gate's counts do not add up, or dbt fails.
        ContractError: when a contract can't be run on what its source has.
    """
    pass_gates(context)
    vault = built(context.project, context.ledger, VAULT)
    if vault.stale:
        ensure_sources(context)
        read = inputs_of(context.project, VAULT)
        context.mark(VAULT, vault.begun(context.run_id))
        build(context, "silver", VAULT_MODELS, anew=vault.anew)
        context.mark(VAULT, read)


def pass_gates(context: Context) -> None:
    """Bring the tables that are not the vault's up to date: events, changes, histories, current states.

    What a killed replay from bronze was to set back is set back first.

    Raises:
        StepError: when a gate's counts do not add up.
        ContractError: when a contract can't be run on what its source has.
    """
    _ = context.lake  # opened by this thread: in another, PySpark would not listen to an interrupt
    finish_rewind(context)
    streams = context.project.entities
    looked_up = {lookup.table for compiled in context.project.events for lookup in compiled.table.lookups}
    for compiled in context.project.events:
        if compiled.table.name in looked_up:
            # Also without a file of its own: the tables after it read it, several at a time.
            context.lake.ensure(silver_table(compiled), event_ddl(compiled))
            _event_table(context, compiled)
    events = [compiled for compiled in context.project.events if compiled.table.name not in looked_up]
    jobs: list[Callable[[], None]] = [partial(_event_table, context, compiled) for compiled in events]
    jobs += [partial(_entity, context, contract, entity) for contract, entities in streams for entity in entities]
    context.side_by_side(jobs)
    for contract, entities in streams:
        _unreadable(context, contract, entities)


def ensure_sources(context: Context) -> None:
    """Create the silver tables that dbt reads where no data has made them yet: an empty source is no error."""
    known = {silver_table(compiled): event_ddl(compiled) for compiled in context.project.events}
    entities = [entity for _, of_stream in context.project.entities for entity in of_stream]
    changing = {table for entity in entities for table in entity.changing}
    known |= {table: ddl for entity in entities for table, ddl in entity.ddl().items()}
    registered = context.lake.registered("silver")
    sources = dbt_sources(context.project)
    for table in sources:
        if table in known and not (table.name in registered and context.lake.exists(table)):
            context.lake.ensure(table, known[table], changing=table in changing)


def _event_table(context: Context, compiled: CompiledTable) -> None:
    lake, at = context.lake, context.clock()
    hop = find_hop(lake.warehouse, bronze_table(compiled.contract), silver_table(compiled))
    finish_half(context, hop)
    if hop.pending:
        lookups = {each.table: lake.read(Table("silver", each.table)) for each in compiled.table.lookups}
        with context.step("silver", str(hop.target), compiled) as row, rules_blamed(lake.spark, compiled):
            lake.ensure(hop.target, event_ddl(compiled))
            fill(context, row, load_events(lake, compiled, hop, lookups, at), hop)


def _entity(context: Context, contract: Contract, entity: Entity) -> None:
    lake, at = context.lake, context.clock()
    hop = find_hop(lake.warehouse, bronze_table(contract), entity.changes)
    finish_half(context, hop)
    if hop.pending:
        for table, ddl in entity.ddl().items():
            lake.ensure(table, ddl, changing=table in entity.changing)
        with context.step("silver", str(hop.target), entity.compiled) as row, rules_blamed(lake.spark, entity.compiled):
            fill(context, row, changes.load_changes(lake, entity, hop, at), hop)
    follow_changes(context, entity)


def follow_changes(context: Context, entity: Entity) -> None:
    """Bring an entity's history and current state up to date with its changes."""
    lake, ddl = context.lake, entity.ddl()[entity.changes]
    pending = _followers(lake, entity)
    if pending and lake.lacking(entity.changes, ddl):
        # A run that was killed may have been an older version's. New columns are a version, too: read with the rest.
        lake.ensure(entity.changes, ddl)
        pending = _followers(lake, entity)
    for hops in pending.values():  # one, but for a run that was killed between the two
        with changes.touched(lake, entity, hops[0][0], max_anew=context.project.settings.max_events_anew) as rows:
            for onward, apply in hops:
                with context.step("silver", str(onward.target), entity.compiled) as row:
                    written = apply(lake, entity, onward, rows)
                    row.written, row.delta_version, row.source_version = (
                        written.rows,
                        written.version,
                        onward.until,
                    )


def _followers(lake: Lake, entity: Entity) -> dict[int, list[tuple[Hop, Apply]]]:
    """What history and current state have not taken of the changes yet, by the version that they stand at."""
    followers: dict[Table, Apply] = {entity.history: changes.apply_history, entity.current: changes.apply_current}
    pending: dict[int, list[tuple[Hop, Apply]]] = {}
    for target, apply in followers.items():
        onward = find_hop(lake.warehouse, entity.changes, target)
        if onward.pending:
            pending.setdefault(onward.after, []).append((onward, apply))
    return pending


def _unreadable(context: Context, contract: Contract, entities: tuple[Entity, ...]) -> None:
    """What of a stream belongs to no table: unreadable records to quarantine, tombstones and other topics to a note."""
    lake = context.lake
    hop = stream_hop(lake.warehouse, context.ledger, contract)
    if not hop.pending:
        return
    with context.step("silver", str(hop.target)) as row:
        records = lake.added(hop.source, after=hop.after, until=hop.until)
        found = changes.census(records)
        unreadable = sum(entry.unreadable for entry in found)
        if unreadable:
            broken = cdc.decode(records.where(f"{RESCUED} is not null"), contract.objects[0])
            judged = cdc.judge(entities[0].compiled, broken)
            gate = changes.change_gate(entities[0])
            quarantine(lake, judged, gate, hop, context.clock(), expected=unreadable)
        row.rows_in = row.quarantined = unreadable
        row.valid = row.written = 0
        came_from(context, row, hop)
        row.detail = _census_text(found, contract)


def _census_text(found: list[changes.Census], contract: Contract) -> str:
    records, tombstones = sum(entry.records for entry in found), sum(entry.tombstones for entry in found)
    other = changes.unmatched(found, [schema_object.physical_name for schema_object in contract.objects])
    parts = [many(records, "record")]
    parts += [many(tombstones, "tombstone")] if tombstones else []
    parts += [f"{sum(other.values()):,} of topics that no contract takes ({', '.join(other)})"] if other else []
    return "; ".join(parts)
