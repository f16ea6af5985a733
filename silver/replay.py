"""Quarantined rows once more through today's contract: what holds moves to silver once; and other ends of open rows.

A replay writes three times, and its number ties the three together:
1. the quarantine table: rows that hold get the number (a claim), the others today's reasons; all stay open;
2. silver: the claimed rows, in a transaction with the number;
3. the quarantine table: the claimed rows are fixed.
Killed after 1, silver does not have the number: the claim means nothing, and the rows are judged again. Killed after 2,
silver has it: `settle` does what is left. Neither the selection nor the contract of the repeat matters for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts import quarantine as q
from hallmark.contracts.compile import ROW
from hallmark.lakehouse.names import BAD, ERRORS, WARNINGS, Table, quoted, sql_text
from hallmark.lakehouse.tables import Lake, Txn
from hallmark.silver.gate import Gate, pass_gate
from hallmark.silver.plan import Hop, hop_app
from hallmark.silver.transform import columns_of

_BEFORE = "_verdict_before"
_HOLDS = "_holds"
_ONE_HOLDS = "_one_holds"


@dataclass(frozen=True)
class Decision:
    """Who decides about rows, when, in which run of the ledger, and why.

    `why` is the reason of a rejection; of a replay it is the contract that the rows hold now, with its version.
    """

    run_id: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Replayed:
    """What a replay did: open rows judged, those that hold now, and how many of them silver did not have yet."""

    judged: int
    fixed: int
    written: int

    @property
    def still_open(self) -> int:
        """The rows that break the contract as it is now, too."""
        return self.judged - self.fixed


def silver_of(table: Table) -> Table:
    """The silver table that a quarantine table's rows belong to.

    >>> str(silver_of(Table("quarantine", "shop_orders_changes")))
    'silver.shop_orders_changes'
    """
    return Table("silver", table.name)


def replay(lake: Lake, gate: Gate, table: Table, selection: q.Selection, decision: Decision) -> Replayed:
    """Judge the selected open rows anew and move those that hold.

    Args:
        lake: the warehouse; nobody else writes to it.
        gate: the contract as it is now, at the door of the silver table, which has all its columns.
        table: the quarantine table, with all columns of `QUARANTINE_DDL`, and settled (`settle`).
        selection: which of the open rows.
        decision: who, when, in which run, by which contract.

    Raises:
        StepError: when the gate's counts do not add up.
        ContractError: when the contract's transforms can't be run.
    """
    target = silver_of(table)
    bronze = q.bronze_names(lake.read(table).columns)
    judged = _judge(lake.read(table).where(_open(selection.sql)), gate, bronze)
    # Equal rows can't be told apart: where a value may not repeat, and one of them holds, it stands for all.
    equal_one_holds = F.max(_HOLDS).over(Window.partitionBy(*columns_of(bronze)))
    judged = judged.withColumn(_ONE_HOLDS, equal_one_holds if gate.compares_rows else F.col(_HOLDS))
    changed = ~F.col(_ONE_HOLDS) & ~F.col(_BEFORE).eqNullSafe(F.struct(ERRORS, WARNINGS))
    counts = judged.agg(
        F.count("*").alias("judged"), F.count_if(_ONE_HOLDS).alias("holding"), F.count_if(changed).alias("reasons")
    ).collect()[0]
    if not counts["holding"] and not counts["reasons"]:
        return Replayed(counts["judged"], 0, 0)
    number = _next_number(lake, table, target)
    claims = _claims(judged.where(F.col(_HOLDS) | changed), bronze, number, decision)
    lake.merge(claims.dropDuplicates(bronze), table, on=[*bronze, q.STATUS], txn=Txn(_claim_app(table), number))
    if not counts["holding"]:
        return Replayed(counts["judged"], 0, 0)
    claimed = lake.read(table).where(_open(f"{q.REPLAY} = {number}")).select(*columns_of(bronze))
    if gate.compares_rows:
        claimed = _those_that_hold(claimed, gate, bronze)
    hop = Hop(table, target, number - 1, number)
    passed = pass_gate(lake, claimed, gate, hop, decision.at, all_hold=True)
    fixed = settle(lake, table, decision)
    with_equals = counts["judged"] + fixed - counts["holding"]  # equal rows that the selection left out
    return Replayed(with_equals, fixed, passed.written)


def settle(lake: Lake, table: Table, decision: Decision) -> int:
    """Mark as fixed what the last replay moved, when that was not done yet: it was killed, or is at it now.

    Returns:
        How many rows that were.
    """
    target = silver_of(table)
    number = lake.progress(target, hop_app(target, table))
    if number < 0:
        return 0
    sets = {q.STATUS: sql_text(q.FIXED), q.STATUS_AT: q.sql_timestamp(decision.at)}
    return _update(lake, table, sets, _open(f"{q.REPLAY} = {number}"))


def mark(lake: Lake, table: Table, selection: q.Selection, status: str, decision: Decision) -> int:
    """Give the selected open rows another status for good; says how many they were. The table is settled before."""
    sets = {
        q.STATUS: sql_text(status),
        q.STATUS_AT: q.sql_timestamp(decision.at),
        q.STATUS_BY: sql_text(decision.by),
        q.STATUS_RUN: sql_text(decision.run_id),
        q.STATUS_REASON: sql_text(decision.why),
        q.STATUS_CONTRACT: "null",
        q.REPLAY: "null",
    }
    return _update(lake, table, sets, _open(selection.sql))


def _judge(rows: DataFrame, gate: Gate, bronze: list[str]) -> DataFrame:
    """The bronze columns; `_verdict_before`, a struct of the old `_errors` and `_warnings`; those two as of today.

    And `_holds`, whether the row breaks nothing today.
    """
    before = F.struct(ERRORS, WARNINGS).alias(_BEFORE)
    judged = gate.judge(rows.select(*columns_of(bronze), before))
    was = [F.col(ROW)[name].alias(name) for name in (*bronze, _BEFORE)]
    return judged.select(*was, ERRORS, WARNINGS, (~F.col(BAD)).alias(_HOLDS))


def _those_that_hold(rows: DataFrame, gate: Gate, bronze: list[str]) -> DataFrame:
    """The bronze rows without those that only repeat a value of an equal row, which holds."""
    judged = gate.judge(rows).withColumn(_HOLDS, ~F.col(BAD))
    judged = judged.withColumn(_ONE_HOLDS, F.max(_HOLDS).over(Window.partitionBy(ROW)))
    kept = judged.where(F.col(_HOLDS) | ~F.col(_ONE_HOLDS))
    return kept.select(*[F.col(ROW)[name].alias(name) for name in bronze])


def _claims(judged: DataFrame, bronze: list[str], number: int, decision: Decision) -> DataFrame:
    """Bronze columns and `_status` to find the rows by, and what is written into them."""

    def if_it_holds(value: object, column: str, spark_type: str = "string") -> Column:
        return F.when(F.col(_HOLDS), F.lit(value)).cast(spark_type).alias(column)

    def reasons(column: str) -> Column:
        return F.when(F.col(_HOLDS), F.col(_BEFORE)[column]).otherwise(F.col(column)).alias(column)

    return judged.select(
        *columns_of(bronze),
        F.lit(q.OPEN).alias(q.STATUS),
        reasons(ERRORS),  # a fixed row still tells why it had been kept out
        reasons(WARNINGS),
        if_it_holds(number, q.REPLAY, "bigint"),
        if_it_holds(decision.run_id, q.STATUS_RUN),
        if_it_holds(decision.by, q.STATUS_BY),
        if_it_holds(decision.why, q.STATUS_CONTRACT),
    )


def _next_number(lake: Lake, table: Table, target: Table) -> int:
    # Both tables remember; whichever of them is made anew, the number goes on growing.
    return 1 + max(0, lake.progress(table, _claim_app(table)), lake.progress(target, hop_app(target, table)))


def _claim_app(table: Table) -> str:
    return f"{table}<-replay"


def _open(condition: str) -> str:
    return f"{q.STATUS} = {sql_text(q.OPEN)} and ({condition})"


def _update(lake: Lake, table: Table, sets: dict[str, str], condition: str) -> int:
    assignments = ", ".join(f"{column} = {value}" for column, value in sets.items())
    place = f"delta.{quoted(str(lake.path(table)))}"
    return int(lake.spark.sql(f"update {place} set {assignments} where {condition}").collect()[0][0])
