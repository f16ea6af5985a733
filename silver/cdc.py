"""Change events of one source table: which records they are, and what the contract says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.names import BAD, ERRORS, RESCUED, WARNINGS
from hallmark.silver.debezium import CHANGED_AT, EVENT_COLUMNS, LSN, OP, POSITION, SEQUENCE, TOLD_AT, UNCHANGED, decode

EVENT_DDL = (
    f"{OP} string, {LSN} bigint, {SEQUENCE} array<bigint>, {POSITION} bigint, {CHANGED_AT} timestamp, "
    f"{TOLD_AT} timestamp, {UNCHANGED} array<string>"
)
_KEY_ONLY = f"{OP} in ('d', 't')"

__all__ = ["EVENT_COLUMNS", "EVENT_DDL", "decode", "is_change", "is_event_of", "judge"]


def is_event_of(physical_name: str) -> Column:
    """Whether a record belongs to the source table `schema.table`, by its topic `<prefix>.<schema>.<table>`."""
    return F.col("topic").endswith(f".{physical_name}") & F.col(RESCUED).isNull()


def is_change() -> Column:
    """Whether a record carries a change; a tombstone (no value) only lets Kafka forget the key."""
    return F.col("value").isNotNull()


def judge(
    compiled: CompiledTable,
    events: DataFrame,
    lookups: Mapping[str, DataFrame] | None = None,
    *,
    carried: Sequence[str] = (),
) -> DataFrame:
    """The verdicts on decoded change events, by the rules that hold for each.

    Of a delete the key is judged, of a truncate its place and time, and of a value that the event left out
    (`_unchanged`) nothing. Returns what `CompiledTable.judge` does, with the event's columns and those in `carried`.

    Raises:
        ContractError: when a transform names a column that the source does not have.
    """
    judged = compiled.judge(events, lookups, key_only=_KEY_ONLY, keep=(*EVENT_COLUMNS, *carried))
    counted = judged.withColumns({name: _that_count(name) for name in (ERRORS, WARNINGS)})
    return counted.withColumn(BAD, F.size(ERRORS) > 0)


def _that_count(name: str) -> Column:
    # A filter is interpreted row by row: only rows that something was found in pay for it.
    found = F.col(name)
    of_event = F.filter(found, lambda each: F.array_contains(F.array(*map(F.lit, EVENT_COLUMNS)), each["columns"][0]))
    of_given = F.filter(found, lambda each: ~F.arrays_overlap(each["columns"], UNCHANGED))
    excused = F.when(F.col(OP) == "t", of_event).when(F.col(UNCHANGED).isNotNull(), of_given).otherwise(found)
    return F.when(F.size(found) > 0, excused).otherwise(found)
