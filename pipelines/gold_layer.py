"""The gold step of a run: dbt builds and tests the star schema, each table is held against contract and suite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.errors import ContractViolation, did_you_mean
from hallmark.lakehouse.names import ERRORS, Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.context import Context
from hallmark.pipelines.dbt_layer import build
from hallmark.pipelines.plan import GOLD, UNFINISHED
from hallmark.pipelines.quality import run_quality
from hallmark.pipelines.survey import built, inputs_of


def run_gold(context: Context) -> None:
    """Bring gold up to date with the vault.

    Raises:
        StepError: when dbt can't build a model, or a test fails.
        ContractError: when a rule about a whole table can't be run.
        ContractViolation: when a table does not hold its contract, or what is expected of all of it.
    """
    last = built(context.project, context.ledger, GOLD)
    if not last.stale:
        return
    read = inputs_of(context.project, GOLD)
    # From here on the tables are not those of the last mark, whatever becomes of them: also when what they are built
    # from is put back to what it was then, they have to be built again.
    context.mark(GOLD, {**last.read, UNFINISHED: context.run_id})
    outcome = build(context, GOLD, "gold")
    context.reporter.working(GOLD, "contracts")
    check_gold(context.lake, context.project.gold)
    context.note(f"gold: {outcome.tests} dbt tests and {len(context.project.gold)} contracts hold")
    run_quality(context)
    context.mark(GOLD, read)


def check_gold(lake: Lake, tables: Sequence[CompiledTable]) -> None:
    """Hold finished gold tables against their contracts, all in one job.

    Raises:
        ContractViolation: when a table lacks a column, has one that its contract does not know, or holds broken rows.
    """
    if not tables:
        return
    frames = [(compiled, lake.read(Table("gold", compiled.table.name))) for compiled in tables]
    for compiled, frame in frames:
        _refuse_columns(compiled, frame)
    found = reduce(DataFrame.unionByName, [_broken(compiled, frame) for compiled, frame in frames])
    broken = found.groupBy("table_name", "message").agg(F.count("*").alias("rows"), F.first("value").alias("example"))
    worst = broken.orderBy(F.desc("rows"), "message").limit(5).collect()
    if worst:
        raise ContractViolation(
            f"{worst[0]['table_name']} breaks its contract",
            where=", ".join(sorted({row["table_name"] for row in worst})),
            got="; ".join(f"{row['message']}: {row['rows']:,} rows (e.g. {row['example']})" for row in worst),
            todo="mend the dbt model, or the contract in contracts/gold, and run again",
        )


def _broken(compiled: CompiledTable, frame: DataFrame) -> DataFrame:
    errors = compiled.check(frame).select(F.explode(ERRORS).alias("error"))
    return errors.select(F.lit(f"gold.{compiled.table.name}").alias("table_name"), "error.message", "error.value")


def _refuse_columns(compiled: CompiledTable, frame: DataFrame) -> None:
    missing = sorted(set(compiled.columns) - set(frame.columns))
    extra = sorted(set(frame.columns) - set(compiled.columns))
    if missing or extra:
        hint = did_you_mean(extra[0], missing) if extra else ""
        raise ContractViolation(
            "a gold table has not the columns of its contract",
            where=f"gold.{compiled.table.name}",
            got=f"unknown: {', '.join(extra) or 'none'}",
            wanted=f"missing: {', '.join(missing) or 'none'}",
            todo=f"{hint} mend the dbt model or {compiled.contract.file}".strip(),
        )
