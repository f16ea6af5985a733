"""Change tables: one bronze stream of change events into `<entity>_changes`, `<entity>_history` and `<entity>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import SILVER_METADATA, SILVER_METADATA_DDL, VERDICT_DDL, CompiledTable
from hallmark.lakehouse.names import RESCUED, WARNINGS, Table
from hallmark.lakehouse.tables import Lake, Written
from hallmark.silver import cdc
from hallmark.silver.gate import Gate, Passed, pass_gate
from hallmark.silver.plan import Hop
from hallmark.silver.transform import columns_of


@dataclass(frozen=True)
class Entity:
    """The three silver tables of one source table."""

    compiled: CompiledTable

    @property
    def changes(self) -> Table:
        """Every valid change event as it was delivered, typed."""
        return Table("silver", f"{self.compiled.table.name}_changes")

    @property
    def history(self) -> Table:
        """Every version that a row had (SCD2)."""
        return Table("silver", f"{self.compiled.table.name}_history")

    @property
    def current(self) -> Table:
        """The rows as they are now (SCD1)."""
        return Table("silver", self.compiled.table.name)

    def ddl(self) -> dict[Table, str]:
        """The columns of the three tables."""
        columns, origin = self.compiled.ddl, "_source string, _load_id string, _ingested_at timestamp"
        return {
            self.changes: f"{columns}, {cdc.EVENT_DDL}, {SILVER_METADATA_DDL}, {WARNINGS} {VERDICT_DDL}",
            self.history: f"{columns}, {cdc.HISTORY_DDL}, {origin}",
            self.current: f"{columns}, {cdc.CURRENT_DDL}, {origin}",
        }


@dataclass(frozen=True)
class Census:
    """The records of one topic in a load: how many, how many of them tombstones, how many unreadable (topic None)."""

    topic: str | None
    records: int
    tombstones: int
    unreadable: int


def census(records: DataFrame) -> list[Census]:
    """Count a load's records by topic: a row a topic comes back, never the records."""
    tombstone = F.col("value").isNull() & F.col("topic").isNotNull() & F.col(RESCUED).isNull()
    counts = [F.count("*"), F.count_if(tombstone), F.count_if(F.col(RESCUED).isNotNull())]
    names = ("records", "tombstones", "unreadable")
    aggregates = [count.alias(name) for count, name in zip(counts, names, strict=True)]
    rows = records.groupBy("topic").agg(*aggregates).orderBy("topic").collect()
    return [Census(row["topic"], row["records"], row["tombstones"], row["unreadable"]) for row in rows]


def change_gate(entity: Entity) -> Gate:
    """The gate of change events: every valid one is kept, a repeated delivery, too."""

    def keep(rows: DataFrame) -> DataFrame:
        return rows.select(*columns_of([*entity.compiled.columns, *cdc.EVENT_COLUMNS, *SILVER_METADATA, WARNINGS]))

    return Gate(partial(_judge, entity), keep)


def load_changes(lake: Lake, entity: Entity, hop: Hop, at: datetime) -> Passed:
    """Take the entity's change events that bronze got since the last load into `<entity>_changes`.

    Raises:
        StepError: when the gate's counts do not add up.
    """
    return pass_gate(lake, _events(lake, entity, hop), change_gate(entity), hop, at)


def judge_changes(lake: Lake, entity: Entity, hop: Hop) -> DataFrame:
    """The entity's change events of a hop with their verdicts."""
    return _judge(entity, _events(lake, entity, hop))


def _events(lake: Lake, entity: Entity, hop: Hop) -> DataFrame:
    records = lake.added(hop.source, after=hop.after, until=hop.until)
    return records.where(cdc.is_event_of(entity.compiled.table.physical_name) & cdc.is_change())


def _judge(entity: Entity, records: DataFrame) -> DataFrame:
    events = cdc.decode(records, entity.compiled.table)
    return entity.compiled.judge(events, key_only=cdc.KEY_ONLY, keep=cdc.EVENT_COLUMNS)


def apply_history(lake: Lake, entity: Entity, hop: Hop) -> Written:
    """Bring `<entity>_history` up to date with the changes of the hop; only the touched keys are computed anew."""
    columns = entity.compiled.columns
    rows = cdc.history_rows(_versions(lake, entity, hop)).select(*columns_of(cdc.history_columns(columns)))
    if hop.after < 0:
        return lake.append(rows, hop.target, hop.txn)
    # An event is known by what it says, not by its offset: the same event may be delivered under several.
    return lake.merge(rows, hop.target, on=[*columns, cdc.LSN, cdc.OP], txn=hop.txn)


def apply_current(lake: Lake, entity: Entity, hop: Hop) -> Written:
    """Bring the current state up to date with the changes of the hop."""
    columns = entity.compiled.columns
    rows = cdc.current_rows(_versions(lake, entity, hop)).select(*columns_of(cdc.current_columns(columns)))
    if hop.after < 0:
        return lake.append(rows.where(f"{cdc.OP} != 'd'").drop(cdc.OP), hop.target, hop.txn)
    return lake.merge(rows, hop.target, on=entity.compiled.table.key, txn=hop.txn, delete_when=cdc.DELETED)


def _versions(lake: Lake, entity: Entity, hop: Hop) -> DataFrame:
    key: Sequence[str] = entity.compiled.table.key
    touched = lake.added(hop.source, after=hop.after, until=hop.until)
    return cdc.versions(cdc.of_keys(lake.read(hop.source), touched, key), entity.compiled.columns, key)


def unmatched(found: Sequence[Census], physical_names: Sequence[str]) -> Mapping[str, int]:
    """Topics that no table of the contract takes, and their readable records; they stay in bronze.

    >>> found = [Census(None, 9, 0, 8), Census("t.shop.orders", 3, 0, 0), Census("t.message", 2, 0, 0)]
    >>> unmatched(found, ["shop.orders"])
    {'no topic': 1, 't.message': 2}
    """
    endings = tuple(f".{name}" for name in physical_names)
    left = [entry for entry in found if not (entry.topic or "").endswith(endings) and entry.records > entry.unreadable]
    return {entry.topic or "no topic": entry.records - entry.unreadable for entry in left}
