"""Change tables: one bronze stream of change events into `<entity>_changes`, `<entity>_history` and `<entity>`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import SILVER_METADATA, SILVER_METADATA_DDL, VERDICT_DDL, CompiledTable
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import RESCUED, WARNINGS, Table
from hallmark.lakehouse.plain_files import read_files, replace_files
from hallmark.lakehouse.tables import Lake, Written
from hallmark.silver import cdc
from hallmark.silver.debezium import OP
from hallmark.silver.gate import Gate, Passed, pass_gate
from hallmark.silver.moves import arrives, family, filled, may_move, moves_of, pairs_of
from hallmark.silver.plan import Hop, is_anew
from hallmark.silver.transform import columns_of
from hallmark.silver.versions import (
    Shape,
    current_ddl,
    current_rows,
    history_ddl,
    history_rows,
    in_order,
    of_keys,
    shape_of,
)

_ALL = "_all"


@dataclass(frozen=True)
class Entity:
    """The three silver tables of one source table."""

    compiled: CompiledTable

    @property
    def shape(self) -> Shape:
        """What its versions are made of."""
        return shape_of(self.compiled)

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

    @property
    def changing(self) -> frozenset[Table]:
        """Those whose rows are replaced; to the others they are added."""
        return frozenset({self.history, self.current})

    def ddl(self) -> dict[Table, str]:
        """The columns of the three tables."""
        columns = self.compiled.ddl
        return {
            self.changes: f"{columns}, {cdc.EVENT_DDL}, {SILVER_METADATA_DDL}, {WARNINGS} {VERDICT_DDL}",
            self.history: history_ddl(columns),
            self.current: current_ddl(columns, self.shape),
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


def load_changes(lake: Lake, entity: Entity, hop: Hop, at: datetime) -> Passed:
    """Take the entity's change events that bronze got since the last load into `<entity>_changes`.

    Raises:
        StepError: when the gate's counts do not add up.
    """
    return pass_gate(lake, events_of(lake, entity, hop), change_gate(entity), hop, at)


def change_gate(entity: Entity) -> Gate:
    """The gate of a change table: it takes every change event that holds its contract."""
    return Gate(
        judge=partial(_judge, entity),
        columns=(*entity.compiled.columns, *cdc.EVENT_COLUMNS, *SILVER_METADATA, WARNINGS),
        rules=entity.compiled.rules,
        where=entity.compiled.contract.file,
        contract=entity.compiled.contract.label,
    )


def events_of(lake: Lake, entity: Entity, hop: Hop) -> DataFrame:
    """The bronze records of a hop that are changes of the entity."""
    records = lake.added(hop.source, after=hop.after, until=hop.until)
    return records.where(cdc.is_event_of(entity.compiled.table.physical_name) & cdc.is_change())


def _judge(entity: Entity, records: DataFrame) -> DataFrame:
    return cdc.judge(entity.compiled, cdc.decode(records, entity.compiled.table))


@dataclass(frozen=True)
class Touched:
    """What a hop touches.

    Attributes:
        ordered: all events of these rows in order (`in_order`).
        keys: the rows' keys; None for all rows.
        few: whether all rows are few: then they are written without Delta's own jobs.
    """

    ordered: DataFrame
    keys: DataFrame | None
    few: bool = False


@contextmanager
def touched(lake: Lake, entity: Entity, hop: Hop, *, max_anew: int = 0) -> Iterator[Touched]:
    """The rows that a hop touches; computed once, however many tables follow it.

    Of a table with up to `max_anew` change events, a tenth of them new, these are all rows (`plan.is_anew`).
    """
    path, shape = lake.path(hop.source), entity.shape
    events, new = deltalog.count_rows(path), deltalog.rows_added(path, after=hop.after, until=hop.until)
    if is_anew(events, events if new is None else new, max_anew):
        ordered = _all_in_order(read_files(lake, hop.source, entity.ddl()[entity.changes]), shape).persist()
        try:
            yield Touched(ordered, None, few=True)
        finally:
            ordered.unpersist()
        return
    changes = lake.read(hop.source)
    batch = lake.added(hop.source, after=hop.after, until=hop.until)
    found = batch.select(*columns_of(shape.key), (F.col(OP) == "t").alias(_ALL)).distinct().persist()
    try:
        moves = moves_of(changes, shape)
        whole = hop.after < 0 or not found.where(_ALL).isEmpty()  # a truncate ends every row
        related = None if whole else family(found.drop(_ALL), moves, shape)
        ordered = in_order(filled(of_keys(changes, related, shape.key), moves, shape), shape)
        if related is None:
            yield Touched(ordered, None)
            return
        ordered.persist()
        try:
            yield Touched(ordered, related)
        finally:
            ordered.unpersist()
    finally:
        found.unpersist()


def _all_in_order(changes: DataFrame, shape: Shape) -> DataFrame:
    """All rows' events in order; one look tells whether there is any of the rare ones, that cost jobs of their own."""
    truncates, moves = F.max(F.col(OP) == "t"), F.max(arrives()) if may_move(shape) else F.lit(False)  # noqa: FBT003
    rare = changes.agg(truncates.alias("truncates"), moves.alias("moves")).collect()[0]
    events = of_keys(changes, None, shape.key) if rare["truncates"] else changes
    return in_order(filled(events, pairs_of(changes, shape) if rare["moves"] else None, shape), shape)


def apply_history(lake: Lake, entity: Entity, hop: Hop, rows: Touched) -> Written:
    """Bring `<entity>_history` up to date with the changes of the hop."""
    versions = history_rows(rows.ordered, entity.shape)
    if rows.keys is None:
        return (replace_files if rows.few else Lake.overwrite)(lake, versions, hop.target, hop.txn)
    return lake.replace(versions, hop.target, keys=rows.keys, txn=hop.txn)


def apply_current(lake: Lake, entity: Entity, hop: Hop, rows: Touched) -> Written:
    """Bring the current state up to date with the changes of the hop."""
    soft = entity.shape.soft
    state = current_rows(rows.ordered, entity.shape)
    if rows.keys is None:
        kept = (state if soft else state.where("not _gone")).drop("_gone")
        return (replace_files if rows.few else Lake.overwrite)(lake, kept, hop.target, hop.txn)
    leaves = "" if soft else "s._gone"
    return lake.merge(state, hop.target, on=entity.shape.key, txn=hop.txn, delete_when=leaves)


def unmatched(found: Sequence[Census], physical_names: Sequence[str]) -> Mapping[str, int]:
    """Topics that no table of the contract takes, and their readable records; they stay in bronze.

    >>> found = [Census(None, 9, 0, 8), Census("t.shop.orders", 3, 0, 0), Census("t.message", 2, 0, 0)]
    >>> unmatched(found, ["shop.orders"])
    {'no topic': 1, 't.message': 2}
    """
    endings = tuple(f".{name}" for name in physical_names)
    left = [entry for entry in found if not (entry.topic or "").endswith(endings) and entry.records > entry.unreadable]
    return {entry.topic or "no topic": entry.records - entry.unreadable for entry in left}
