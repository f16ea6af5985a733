"""Looking before doing: files, topics, the tables' versions, the ledger. Milliseconds, no Spark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from hallmark.bronze import postgres
from hallmark.bronze.broker import away, look
from hallmark.bronze.listing import list_landed
from hallmark.bronze.plan import IngestPlan, plan_ingest, private_of
from hallmark.bronze.progress import checkpoint_folder, read_offsets
from hallmark.bronze.snapshot import last_snapshot
from hallmark.bronze.snapshots import Found as Said
from hallmark.bronze.snapshots import Last, SnapshotPlan, is_fresh, keyed, plan_snapshot, source_key
from hallmark.bronze.topics import TopicPlan, plan_topics
from hallmark.contracts.evolution import bump_made
from hallmark.contracts.model import Contract
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import DataError, HallmarkError, SettingsError, StepError
from hallmark.lakehouse.known_keys import checked_keyring
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.dbt_project import (
    GOLD_MODELS,
    VAULT_MODELS,
    dbt_sources,
    hash_settings,
    hash_settings_before,
)
from hallmark.pipelines.plan import ANEW, GOLD, HASHES, PLATINUM, REPLAY, VAULT, Behind, Built, Found, Rewinding
from hallmark.pipelines.project import Project, bronze_table, silver_table
from hallmark.pipelines.quarantine_books import open_versions, quarantine_tables
from hallmark.pipelines.quarantine_plan import Door, doors
from hallmark.silver.gate import cut_off, quarantine_table
from hallmark.silver.plan import Hop, hop_app, plan_hop
from hallmark.silver.replay import silver_of

MARK = "mark"
_MODELS = {VAULT: VAULT_MODELS, GOLD: GOLD_MODELS}
_RAISED = {"major", "minor", "patch"}
SIGNALS = Table("platinum", "scaling_signals")
TELEMETRY = ("vllm_gpu_readings", "gpu_readings")


def survey(project: Project, at: datetime | None = None) -> Found:
    """Find out what is landed, what is loaded and what is built.

    `at` is the time (UTC): a database whose last snapshot is young enough is not asked; without it each one is.

    Raises:
        DataError: when the data folder holds no file of any contract.
        ProgressError: when a table is older than what was read from it.
    """
    ledger = Ledger(project.settings.warehouse)
    gates, left = gate_hops(project), rewinding(ledger)
    return Found(
        ingests=ingest_plans(project, ledger),
        topics=topic_plans(project, ledger),
        snapshots=snapshot_plans(project, at),
        hops=(*gates, *stream_hops(project, ledger), *entity_hops(project)),
        half_done=frozenset(hop.target for hop in gates if redo(project.settings.warehouse, hop, ledger)),
        built={step: built(project, ledger, step) for step in (VAULT, GOLD, PLATINUM)},
        telemetry=frozenset(telemetry_tables(project)),
        behind=tuple(rows_behind(project)),
        rewinding=frozenset(hop.target for hop in gates if left and quarantine_table(hop.target).name in left.tables),
    )


def rows_behind(project: Project) -> list[Behind]:
    """Open quarantined rows that an older version of their contract judged, by table."""
    warehouse, found = project.settings.warehouse, []
    known = quarantine_tables(warehouse)
    for table, door in doors(project).items():
        if table in known and not door.unreadable:
            version, judged = door.contract.version, open_versions(warehouse, table)
            rows = sum(count for old, count in judged.items() if bump_made(str(old), version) in _RAISED)
            found += [Behind(table.name, version, rows)] if rows else []
    return found


def ingest_plans(project: Project, ledger: Ledger) -> tuple[IngestPlan, ...]:
    """One plan a source and data root.

    Raises:
        DataError: when the data folder holds no file of any contract.
    """
    plans = []
    for contract in project.sources:
        table = bronze_table(contract)
        # Who deletes a bronze table wants its files read again, whatever the ledger remembers.
        known = ledger.files(table) if deltalog.exists(table_path(project.settings.warehouse, table)) else {}
        for server in contract.servers:
            roots = [root for root in project.roots if server.type == "local" and project.reads(root, server)]
            plans += [plan_ingest(contract, server, root, list_landed(root, server), known) for root in roots]
    _refuse_empty(project, plans)
    return tuple(plans)


def topic_plans(project: Project, ledger: Ledger) -> tuple[TopicPlan, ...]:
    """One plan a Kafka server: what waits on its topics, or why that is not known.

    Raises:
        ProgressError: when a checkpoint can't be read.
    """
    plans, silent = [], dict[str, HallmarkError]()
    for contract in project.sources:
        table = bronze_table(contract)
        for server in (each for each in contract.servers if each.type == "kafka"):
            host = str(server.place["host"])
            # A broker that is away is waited for once.
            found = away(server, silent[host].got) if host in silent else look(server, project.kafka_login(server))
            if isinstance(found, StepError):
                silent[host] = found
            read = read_offsets(checkpoint_folder(project.settings.warehouse, table, server.name))
            plans.append(plan_topics(contract, server, read, found, ledger.topics(table, server.name)))
    return tuple(plans)


def snapshot_plans(project: Project, at: datetime | None) -> tuple[SnapshotPlan, ...]:
    """One plan a Postgres server: what is to be read of its table, or why that is not known.

    Raises:
        ProgressError: when what the last snapshot held can't be told.
    """
    plans, silent = [], dict[str, HallmarkError]()
    for contract in project.sources:
        for server in (each for each in contract.servers if each.type == "postgres"):
            last = last_snapshot(project.settings.warehouse, bronze_table(contract), server)
            place, login = postgres.address(server), project.login(server)
            found: Said | None = None
            if is_fresh(server, last, at):
                pass
            elif place in silent:  # it is waited for once
                found = postgres.away(server, silent[place].got)
            else:
                found = _keyed(project, contract, postgres.look(server, login, source_key(contract), last), last)
            if isinstance(found, HallmarkError) and postgres.is_away(found):
                silent[place] = found
            plans.append(plan_snapshot(contract, server, last, found))
    return tuple(plans)


def _keyed(project: Project, contract: Contract, found: Said, last: Last | None) -> Said:
    """What a database says, with the fingerprint that bronze would keep of it."""
    if isinstance(found, HallmarkError) or private_of(contract) is None:
        return found
    try:
        ring = checked_keyring(project.settings.privacy.key_file, project.settings.warehouse)
    except SettingsError as letter:
        return letter
    shape, contents = found
    return shape, keyed(contents, ring.keys if ring else (), last)


def gate_hops(project: Project) -> tuple[Hop, ...]:
    """Bronze to silver: one hop an event table, one a `<entity>_changes` table."""
    pairs = [(bronze_table(compiled.contract), silver_table(compiled)) for compiled in project.events]
    pairs += [
        (bronze_table(contract), entity.changes) for contract, entities in project.entities for entity in entities
    ]
    return tuple(find_hop(project.settings.warehouse, source, target) for source, target in pairs)


def entity_hops(project: Project) -> tuple[Hop, ...]:
    """From `<entity>_changes` on: one hop a history, one a current state."""
    entities = [entity for _, found in project.entities for entity in found]
    pairs = [(each.changes, target) for each in entities for target in (each.history, each.current)]
    return tuple(find_hop(project.settings.warehouse, source, target) for source, target in pairs)


def stream_hops(project: Project, ledger: Ledger) -> tuple[Hop, ...]:
    """What of each change stream belongs to no table; see `stream_hop`."""
    return tuple(stream_hop(project.settings.warehouse, ledger, contract) for contract, _ in project.entities)


def stream_hop(warehouse: Path, ledger: Ledger, contract: Contract) -> Hop:
    """The records of a change stream that were not looked at for unreadable ones and strange topics yet.

    Its target is no table: `silver.<stream>` names the stream's place in quarantine.
    """
    source, target = bronze_table(contract), Table("silver", contract.name)
    refused = quarantine_table(target)
    kept = progress(warehouse, source, refused)
    version = deltalog.version(table_path(warehouse, source))
    return Hop(source, target, max(ledger.gated_until(target, source, version), kept), version)


def find_hop(warehouse: Path, source: Table, target: Table) -> Hop:
    """How far the target has come with the source.

    Raises:
        ProgressError: when the source is older than what was read from it.
    """
    version = deltalog.version(table_path(warehouse, source))
    return plan_hop(source, target, source_version=version, progress=progress(warehouse, source, target))


def door_hop(project: Project, door: Door) -> Hop:
    """How far the silver table behind a door has come with bronze.

    Raises:
        ProgressError: when bronze is older than what was read from it.
    """
    return find_hop(project.settings.warehouse, bronze_table(door.contract), silver_of(door.table))


def progress(warehouse: Path, source: Table, target: Table) -> int:
    """The last version of the source that the target has taken; -1 for none. Nothing is asked of the source."""
    return deltalog.transaction_version(table_path(warehouse, target), hop_app(target, source))


def redo(warehouse: Path, hop: Hop, ledger: Ledger) -> Hop | None:
    """The part of a killed load whose broken rows may be missing in quarantine."""
    return cut_off(warehouse, hop, ledger.gated_until(hop.target, hop.source, hop.until))


def built(project: Project, ledger: Ledger, step: str) -> Built:
    """What a step last read, by its mark in the ledger, and what there is to read."""
    text = ledger.last_detail(MARK, step)
    read: dict[str, str] = json.loads(text) if text else {}
    if step == VAULT and HASHES not in read and read.keys() - {ANEW}:
        read[HASHES] = hash_settings_before(project)
    return Built(step, read, now=inputs_of(project, step))


def rewinding(ledger: Ledger) -> Rewinding | None:
    """The replay from bronze that was killed before it had set back all its tables; None when there is none."""
    text = ledger.last_detail(MARK, REPLAY)
    mark = json.loads(text) if text else {}
    if "tables" not in mark:
        return None
    since = datetime.fromisoformat(mark["since"]) if mark["since"] else None
    return Rewinding(frozenset(mark["tables"].split()), since)


def inputs_of(project: Project, step: str) -> dict[str, str]:
    """The versions of all that a step reads: its tables, and for dbt the project's files."""
    warehouse = project.settings.warehouse
    if step == PLATINUM:
        return {**_versions(warehouse, telemetry_tables(project)), "missing": _missing(project, step)}
    read = _versions(warehouse, dbt_sources(project))
    read["missing"] = _missing(project, step)
    read["dbt_project"] = _fingerprint(project.settings.dbt_project)
    if step == VAULT:
        read[HASHES] = hash_settings(project)
    if step == GOLD:
        read |= {f"contract {each.contract.id}": each.fingerprint for each in project.gold}
        read |= {f"suite gold.{each.table}": each.fingerprint for each in project.suites}
    return read


def _missing(project: Project, step: str) -> str:
    """The tables that a step builds and that are not there: who deletes one wants it built again."""
    if chosen := _MODELS.get(step):
        models = project.settings.dbt_project / "models"
        tables = [Table(chosen.schema, each.stem) for name in chosen.folders for each in (models / name).glob("*.sql")]
    else:
        tables = [SIGNALS]
    found = [str(each) for each in tables if not deltalog.exists(table_path(project.settings.warehouse, each))]
    return ", ".join(sorted(found))


def telemetry_tables(project: Project) -> list[Table]:
    """The bronze tables that platinum streams; none when the contracts name no telemetry."""
    return [bronze_table(each.contract) for each in project.events if each.table.name in TELEMETRY]


def _versions(warehouse: Path, tables: Iterable[Table]) -> dict[str, str]:
    return {str(table): deltalog.state(table_path(warehouse, table)) for table in tables}


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    kinds = {".sql", ".yml", ".csv"}
    own = [path for path in folder.rglob("*") if path.suffix in kinds and path.relative_to(folder).parts[0] != "target"]
    for path in sorted(own):
        digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _refuse_empty(project: Project, plans: list[IngestPlan]) -> None:
    data = project.roots[0] if project.settings.data else None
    there = [plan for plan in plans if plan.root == data]
    if not there or any(plan.new or plan.known for plan in there):
        return
    wanted = sorted({plan.server.path for plan in plans if not plan.server.path.startswith("synthetic/")})
    raise DataError(
        "the data folder holds no file that a contract reads",
        where=data,
        wanted=f"files like {', '.join(wanted)}",
        todo="name the folder above these, or change the servers' paths in the contracts",
    )
