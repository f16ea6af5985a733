"""Rows that get a new key, and long values that nobody tells of them.

A source tells a change of the key as a delete of the old key and a create of the new one. A long value that did not
change (TOAST) is in neither: PostgreSQL writes only keys of the old row, unless its REPLICA IDENTITY is FULL. It is
the last one that was known under the old key, and that may have come from a key before it.

The two events are one record of the log, so both have its position, and no other change of a row has it. Where more
than one delete or create claims a position, or where the contract orders by something else (`sequenceBy`), nothing says
who belongs to whom: then the value is null (docs/adr/0016).
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.names import quoted
from hallmark.silver.debezium import LSN, OP, POSITION, SEQUENCE, UNCHANGED
from hallmark.silver.transform import columns_of
from hallmark.silver.versions import Shape, begins, in_place, is_gone, leaves_out, order_of

_FROM, _TO, _AT, _CLAIMS = "_from", "_to", "_at", "_claims"
_MOVE, _TOLD, _ORIGIN = "_move", "_told", "_origin"
_FURTHEST = 8


def moves_of(changes: DataFrame, shape: Shape) -> DataFrame | None:
    """Who may have got whose place: deletes and creates at one log position, where a create leaves out long values.

    It looks at the rows (a table without such a create costs no more than that), and keeps what it finds.

    Args:
        changes: all change events of the table: the key, `_op, _lsn, _sequence, _unchanged`.
        shape: the table's.

    Returns:
        `_from`, `_to` STRUCT of the key; `_at` STRUCT of `_lsn, _sequence`; `_claims` BIGINT, how many such pairs are
        at this position: one, when it is sure. None when there is no such create.
    """
    if not may_move(shape) or changes.where(arrives()).isEmpty():
        return None
    return pairs_of(changes, shape)


def may_move(shape: Shape) -> bool:
    """Whether values can follow a row to a new key."""
    return bool(shape.long) and shape.by_log


def pairs_of(changes: DataFrame, shape: Shape) -> DataFrame:
    """`moves_of`, where it is known that there are some."""
    key = F.struct(*columns_of(shape.key))
    came = changes.where(arrives()).select(_at(), key.alias(_TO)).distinct()
    left = changes.where(f"{OP} = 'd'").select(_at(), key.alias(_FROM)).distinct()
    pairs = came.join(left, _AT)
    return pairs.withColumn(_CLAIMS, F.count("*").over(Window.partitionBy(_AT))).localCheckpoint()


def family(keys: DataFrame, moves: DataFrame | None, shape: Shape) -> DataFrame | None:
    """The keys, each once, with all that rows had before or after one of them: what is told of one may be of all.

    A round finds those that are one move away. Rows that take over each other's keys are one family, however many they
    are: a list with its place as key, shifted once, would take a round for each of its moves. So it is given up early.

    Args:
        keys: the key's columns, each key once.
        moves: `moves_of`.
        shape: the table's.

    Returns:
        The same columns; None when one is more than eight moves away: then take all keys.
    """
    if moves is None:
        return keys
    names = list(shape.key)
    forth = moves.select(f"{_FROM}.*", F.col(_TO).alias("_other"))
    ties = forth.unionByName(moves.select(f"{_TO}.*", F.col(_FROM).alias("_other")))
    known = fresh = keys
    for _ in range(_FURTHEST + 1):  # the last one shows that there are no more
        met = ties.join(fresh, names, "left_semi").select("_other.*").distinct()
        fresh = met.join(known, names, "left_anti").localCheckpoint()
        if fresh.isEmpty():
            return known
        known = known.unionByName(fresh)
    return None


def filled(events: DataFrame, moves: DataFrame | None, shape: Shape) -> DataFrame:
    """The events, with the long values that rows brought along from the keys that they had before.

    Args:
        events: all that happened to some rows (`versions.of_keys`), `family` included.
        moves: `moves_of`.
        shape: the table's.

    Returns:
        The same columns: such a value is told, and no longer `_unchanged`. It stays so where nobody told it.
    """
    if moves is None:
        return events
    long = [name for name in shape.columns if name in shape.long]
    given = _resolved(_departures(events, moves.where(f"{_CLAIMS} = 1"), shape), long)
    brought = given.select(f"{_MOVE}.key.*", F.col(_MOVE)["at"].alias(_AT), F.lit("c").alias(OP), _TOLD)
    joined = events.withColumn(_AT, _at()).join(brought, [*shape.key, _AT, OP], "left")
    told = {name: F.when(leaves_out(name), F.col(_TOLD)[name]) for name in long}
    unknown = [F.when(leaves_out(name) & told[name].isNull(), F.lit(name)) for name in long]
    still_out = F.array_compact(F.array(*unknown))
    values = {name: F.coalesce(told[name]["value"], F.col(quoted(name))) for name in long}
    kept = [name for name in events.columns if name not in {*long, UNCHANGED}]
    return joined.select(
        *columns_of(kept),
        *[value.alias(name) for name, value in values.items()],
        F.when(F.size(still_out) > 0, still_out).alias(UNCHANGED),
    )


def _at() -> Column:
    return F.struct(LSN, SEQUENCE).alias(_AT)


def arrives() -> Column:
    """Whether an event begins a row and leaves values out: only one that had another key before does."""
    return begins() & F.col(UNCHANGED).isNotNull()


def _departures(events: DataFrame, moves: DataFrame, shape: Shape) -> DataFrame:
    """What was known of a row when it left its key.

    Returns:
        `_move` STRUCT of the new `key` and the place `at`; `_told` STRUCT of long columns, each a STRUCT of `value`,
        null when it was not told under the old key; `_origin` STRUCT, the `_move` by which the row had got that key.
    """
    old = events.join(moves.select(f"{_FROM}.*").distinct(), list(shape.key), "left_semi")
    before = order_of(shape).rowsBetween(Window.unboundedPreceding, -1)

    def last(said: Column, when: Column) -> Column:
        told = F.when(when | is_gone() | begins(), F.struct(F.when(~is_gone(), said).alias("said")))
        return F.last(told, ignorenulls=True).over(before)["said"]

    told = [
        last(F.when(~leaves_out(name), F.struct(F.col(quoted(name)).alias("value"))), ~leaves_out(name)).alias(name)
        for name in shape.columns
        if name in shape.long
    ]
    came = last(F.when(arrives(), _at()), begins()).alias("came")
    key = F.struct(*columns_of(shape.key)).alias(_FROM)
    state = F.struct(F.struct(*told).alias("told"), came)
    known = in_place(old, shape).select(OP, POSITION, "_content", _at(), key, state.alias("_state"))
    left = known.where(f"{OP} = 'd'").groupBy(_FROM, _AT)
    first = left.agg(F.min_by("_state", F.struct(POSITION, "_content")).alias("_state"))
    # A row comes before it goes, so this leads back and to an end, whatever an event claims.
    came = F.when(F.col("_state")["came"] < F.col(_AT), F.col("_state")["came"])
    origin = F.when(came.isNotNull(), F.struct(F.col(_FROM).alias("key"), came.alias("at")))
    move = F.struct(F.col(_TO).alias("key"), F.col(_AT).alias("at"))
    found = first.join(moves, [_FROM, _AT])
    return found.select(move.alias(_MOVE), F.col("_state")["told"].alias(_TOLD), origin.alias(_ORIGIN))


def _resolved(departures: DataFrame, long: list[str]) -> DataFrame:
    """The same, with what was told under keys before; each round looks back twice as many keys as the one before."""
    missing = [F.col(_TOLD)[name].isNull() for name in long]
    any_missing = F.array_contains(F.array(*missing), True)  # noqa: FBT003
    found = departures.localCheckpoint()
    while not found.where(F.col(_ORIGIN).isNotNull() & any_missing).isEmpty():
        earlier = found.select(
            F.col(_MOVE).alias(_ORIGIN), F.col(_TOLD).alias("_told_before"), F.col(_ORIGIN).alias("_before")
        )
        both = [F.coalesce(F.col(_TOLD)[name], F.col("_told_before")[name]).alias(name) for name in long]
        linked = found.join(earlier, _ORIGIN, "left")
        found = linked.select(_MOVE, F.struct(*both).alias(_TOLD), F.col("_before").alias(_ORIGIN)).localCheckpoint()
    return found
