"""Change events to the versions of rows (SCD2) and to their current state (SCD1). Pure DataFrame functions.

The source's own order decides: its log, then the place in the topic. Neither the order in which events arrive nor how
they are cut into loads changes the result, and an event that is delivered twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.names import INGESTED_AT, LOAD_ID, SOURCE, quoted
from hallmark.silver.debezium import (
    CHANGED_AT,
    EVENT_COLUMNS,
    LSN,
    OP,
    POSITION,
    SEQUENCE,
    TOLD_AT,
    UNCHANGED,
    long_of,
)
from hallmark.silver.transform import columns_of

DELETED_AT = "_deleted_at"
_ORIGIN = (SOURCE, LOAD_ID, INGESTED_AT)
_ORIGIN_DDL = f"{SOURCE} string, {LOAD_ID} string, {INGESTED_AT} timestamp"
_PLACE = (OP, LSN, SEQUENCE, POSITION)
_GONE, _STARTS, _RUN = "_gone", "_starts", "_run"


@dataclass(frozen=True)
class Shape:
    """What a table's versions are made of.

    Attributes:
        columns: the contract's columns.
        key: the primary key's.
        tracked: those whose changes make a new version.
        long: those whose value an event may leave out.
        by_log: whether a place in order is one of the source's log, where each change of a row has its own.
        soft: whether deleted rows stay, with the values that they had.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    tracked: tuple[str, ...]
    long: frozenset[str]
    by_log: bool = True
    soft: bool = False

    @property
    def history_columns(self) -> tuple[str, ...]:
        """The columns of `<entity>_history`."""
        return (*self.columns, "valid_from", "valid_to", "is_current", *_PLACE, *_ORIGIN)

    @property
    def current_columns(self) -> tuple[str, ...]:
        """The columns of the current state."""
        deleted = (DELETED_AT,) if self.soft else ()
        return (*self.columns, CHANGED_AT, LSN, SEQUENCE, POSITION, *deleted, *_ORIGIN)


def shape_of(compiled: CompiledTable) -> Shape:
    """The shape that a contract gives its table."""
    properties, terms = compiled.table.properties, compiled.table.changes
    return Shape(
        columns=compiled.columns,
        key=compiled.table.key,
        tracked=terms.track_history or compiled.columns,
        long=frozenset(prop.name for prop in long_of(properties)),
        by_log=not terms.sequence_by,
        soft=terms.soft_delete,
    )


def history_ddl(columns_ddl: str) -> str:
    """The columns of `<entity>_history` with their types."""
    place = f"{OP} string, {LSN} bigint, {SEQUENCE} array<bigint>, {POSITION} bigint"
    return f"{columns_ddl}, valid_from timestamp, valid_to timestamp, is_current boolean, {place}, {_ORIGIN_DDL}"


def current_ddl(columns_ddl: str, shape: Shape) -> str:
    """The columns of the current state with their types."""
    place = f"{CHANGED_AT} timestamp, {LSN} bigint, {SEQUENCE} array<bigint>, {POSITION} bigint"
    deleted = f"{DELETED_AT} timestamp, " if shape.soft else ""
    return f"{columns_ddl}, {place}, {deleted}{_ORIGIN_DDL}"


def of_keys(changes: DataFrame, keys: DataFrame | None, key: Sequence[str]) -> DataFrame:
    """All that happened to some rows: their own events, and for each of them every truncate of the table.

    Args:
        changes: the table's change events.
        keys: the keys, each once; None for all.
        key: their columns.
    """
    own = changes.where(f"{OP} != 't'")
    if keys is None:
        keys = own.select(*columns_of(key)).distinct()
    else:
        own = own.join(keys, list(key), "left_semi")
    truncates = changes.where(f"{OP} = 't'").drop(*key)
    return own.unionByName(keys.crossJoin(F.broadcast(truncates)))


def in_order(events: DataFrame, shape: Shape) -> DataFrame:
    """Every event of some rows once, each with the values that the row had after it.

    Args:
        events: all that happened to these rows (`of_keys`): the contract's columns, `_op, _lsn, _sequence, _position,
            _changed_at, _unchanged, _source, _load_id, _ingested_at`.
        shape: the table's.

    Returns:
        The same columns; `valid_from` TIMESTAMP; `_gone` BOOLEAN, whether the row was gone after it; `_starts`
        BOOLEAN, whether it begins or ends a version; `_last` BOOLEAN, whether nothing happened after it; where deleted
        rows stay, `_deleted_at` TIMESTAMP. A value that an event left out is the one before; a deleted row that stays
        keeps its values. A source's clock may step back, its log does not: `valid_from` never falls below an earlier
        event's; that of a row which was read again and had not changed does not count.
    """
    placed = in_place(events, shape)
    order = order_of(shape)
    until = so_far(order)
    gone = is_gone()
    filled = placed.select(
        *columns_of(shape.key),
        *[_value(name, gone, until, shape).alias(name) for name in shape.columns if name not in shape.key],
        *[name for name in placed.columns if name not in shape.columns],
        gone.alias(_GONE),
        F.lead(F.lit(True)).over(order).isNull().alias("_last"),  # noqa: FBT003
    )
    seen = F.struct(*columns_of(shape.tracked), _GONE)
    same = F.coalesce(F.lag(seen).over(order) == seen, F.lit(False))  # noqa: FBT003 -- equal structs: nulls are equal, too
    lived = F.coalesce(~F.lag(_GONE).over(order), F.lit(False))  # noqa: FBT003
    starts = filled.withColumn(_STARTS, ~same & (lived | ~F.col(_GONE)))
    # A row that is read again has the time of the reader's clock, which may be behind the log by minutes: the commits
    # that it is about to stream are older. Where the row says nothing new, that time says nothing either.
    tells = (F.col(OP) != "r") | F.col(_STARTS)
    rows = starts.withColumn("valid_from", F.max(F.when(tells, F.col(CHANGED_AT))).over(until))
    if not shape.soft:
        return rows
    first = F.lag(_GONE).over(order).isNull()
    went = F.when(F.col(_GONE) & (first | F.col(_STARTS)), F.col("valid_from"))
    return rows.withColumn("_went", went).withColumn(
        DELETED_AT, F.when(F.col(_GONE), F.last("_went", ignorenulls=True).over(until))
    )


def in_place(events: DataFrame, shape: Shape) -> DataFrame:
    """Every event of some rows once, with what `order_of` sorts by: `_place`, `_rank`, `_content`.

    Args:
        events: all that happened to these rows, as for `in_order`.
        shape: the table's.
    """
    needed = columns_of((*shape.columns, *EVENT_COLUMNS, *_ORIGIN))
    return _placed(_once(events.select(*needed), shape), shape)


def _once(events: DataFrame, shape: Shape) -> DataFrame:
    """Each event once, by what it says: the same one may be delivered under several offsets, and the first counts."""
    spread = events.repartition(*columns_of(shape.key))  # once for all windows that follow
    named = spread.withColumn("_content", F.xxhash64(*columns_of(shape.columns), UNCHANGED))
    event = Window.partitionBy(*columns_of(shape.key), LSN, SEQUENCE, OP, "_content")
    first = F.row_number().over(event.orderBy(POSITION, CHANGED_AT, *_ORIGIN[:2]))
    return named.withColumn("_delivery", first).where("_delivery = 1").drop("_delivery")


def _placed(events: DataFrame, shape: Shape) -> DataFrame:
    """Adds what `order_of` sorts by.

    A streamed event stands where the log has it. A row that was read from the table (a snapshot) holds what was
    committed by then, but a transaction that was open at that time has lower log positions and comes after it in the
    topic: Debezium hands a read row over at its place among the commits that it streams, and leaves out what they
    changed meanwhile. So a read row is put before the first such event. A topic that was made anew counts from zero, so
    the connector's clock is asked, too: both times are its own, however far it is behind the commits. Without a log
    position of its own a read row stands where the topic has it.
    """
    told_at = F.coalesce(TOLD_AT, CHANGED_AT)
    topic = Window.partitionBy(*columns_of(shape.key)).orderBy(POSITION)
    at = F.struct(LSN, SEQUENCE)
    streamed = F.col(OP).isin("c", "u", "d")
    later = topic.rangeBetween(1, Window.unboundedFollowing)
    earlier = topic.rangeBetween(Window.unboundedPreceding, -1)
    found = events.withColumn(
        "_later", F.min(F.when(streamed, F.struct(at.alias("at"), POSITION, told_at.alias("told_at")))).over(later)
    ).withColumn("_earlier", F.max(F.when(F.col(LSN).isNotNull() & (F.col(OP) != "t"), at)).over(earlier))
    overtakes = (
        (F.col(OP) == "r")
        & (F.col("_later.at") <= at)
        & (F.col(f"_later.{POSITION}") > F.col(POSITION))
        & (F.col("_later.told_at") >= told_at)
    )
    overtaken = F.coalesce(overtakes, F.lit(False))  # noqa: FBT003
    place = F.when(F.col(LSN).isNull(), F.col("_earlier")).when(overtaken, F.col("_later.at")).otherwise(at)
    rank = F.when(F.col(LSN).isNull(), 2).when(overtaken, 0).otherwise(1)
    placed = found.withColumns({"_place": place, "_rank": rank})
    return placed.drop("_later", "_earlier")


def order_of(shape: Shape, *within: str) -> WindowSpec:
    """The events of a row in order, or of each part of it that has the same `within`."""
    key = Window.partitionBy(*columns_of(shape.key), *within)
    return key.orderBy("_place", "_rank", POSITION, OP, "_content")


def so_far(order: WindowSpec) -> WindowSpec:
    """All until the row that is looked at, itself included."""
    return order.rowsBetween(Window.unboundedPreceding, Window.currentRow)


def is_gone() -> Column:
    """Whether the row is gone after the event."""
    return F.col(OP).isin("d", "t")


def begins() -> Column:
    """Whether the event begins a row, whatever had its key before."""
    return F.col(OP) == "c"


def leaves_out(name: str) -> Column:
    """Whether the event does not say the column's value."""
    return F.coalesce(F.array_contains(UNCHANGED, name), F.lit(False))  # noqa: FBT003


def _value(name: str, gone: Column, until: WindowSpec, shape: Shape) -> Column:
    """The column's value after the event: what the event says, or what was known before it."""
    column = F.col(quoted(name))
    if name not in shape.long and not shape.soft:
        return column
    left_out = leaves_out(name)
    # What a row that begins leaves out is unknown (moves.py): of a row that had its key before it has nothing.
    known = F.when(gone | begins() | ~left_out, F.struct(F.when(~gone, column).alias("value")))
    value = F.when(~gone & ~left_out, column).otherwise(F.last(known, ignorenulls=True).over(until)["value"])
    if not shape.soft:
        return value
    return F.when(gone, F.last(F.when(~gone, known), ignorenulls=True).over(until)["value"]).otherwise(value)


def history_rows(ordered: DataFrame, shape: Shape) -> DataFrame:
    """The versions that rows had; a delete or a truncate ends one and begins none.

    A version is what lies between two changes of the tracked columns; of the others it has the last value.
    """
    order = order_of(shape)
    rows = ordered
    untracked = [name for name in shape.columns if name not in (*shape.tracked, *shape.key)]
    if untracked:
        rows = rows.withColumn(_RUN, F.count_if(_STARTS).over(so_far(order)))
        whole = order_of(shape, _RUN).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
        rows = rows.withColumns({name: F.last(F.col(quoted(name))).over(whole) for name in untracked})
    starts = rows.where(_STARTS).withColumn("valid_to", F.lead("valid_from").over(order))
    versions = starts.where(f"not {_GONE}").withColumn("is_current", F.col("valid_to").isNull())
    return versions.select(*columns_of(shape.history_columns))


def current_rows(ordered: DataFrame, shape: Shape) -> DataFrame:
    """The state of each row after all that happened to it, and `_gone`: whether it was deleted."""
    return ordered.where("_last").select(*columns_of(shape.current_columns), _GONE)
