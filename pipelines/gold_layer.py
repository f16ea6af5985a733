"""The gold step of a run: dbt builds and tests the star schema, each table is held against contract and suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.limits import count_of
from hallmark.contracts.rules import Rule
from hallmark.contracts.table_rules import EACH, row_outcome
from hallmark.lakehouse.errors import ContractViolation, did_you_mean
from hallmark.lakehouse.names import ERRORS, WARNINGS, Table, sql_text
from hallmark.lakehouse.tables import Lake
from hallmark.lakehouse.words import many
from hallmark.pipelines.context import Context
from hallmark.pipelines.dbt_layer import build
from hallmark.pipelines.dbt_project import GOLD_MODELS
from hallmark.pipelines.plan import GOLD
from hallmark.pipelines.quality import MOST, run_quality
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
    context.mark(GOLD, last.begun(context.run_id))
    outcome = build(context, GOLD, GOLD_MODELS)
    context.reporter.working(GOLD, "contracts")
    for told in check_gold(context.lake, context.project.gold):
        context.note(f"worth a look: {told}")
    context.note(f"gold: {many(outcome.tests, 'dbt test')} and {many(len(context.project.gold), 'contract')} hold")
    run_quality(context)
    context.mark(GOLD, read)


def check_gold(lake: Lake, tables: Sequence[CompiledTable]) -> list[str]:
    """Hold finished gold tables against the rules about their rows, all in one job.

    Returns:
        A word on each rule that is broken without stopping: one that warns, or that bears as many rows.

    Raises:
        ContractViolation: when a table lacks a column, has one that its contract does not know, or more rows break a
            rule than it bears (`failAbove`, `mustBeLessThan`; none where it says nothing).
    """
    if not tables:
        return []
    frames = [(compiled, lake.read(Table("gold", compiled.table.name))) for compiled in tables]
    for compiled, frame in frames:
        _refuse_columns(compiled, frame)
    counted = reduce(DataFrame.unionByName, [_counted(n, *each) for n, each in enumerate(frames)]).collect()
    broken = [each for row in counted for each in _broken(tables[row["n"]], row)]
    stopping = sorted((each for each in broken if each.stops), key=lambda each: (-each.rows, each.text))[:MOST]
    if stopping:
        raise ContractViolation(
            f"{stopping[0].table} breaks its contract",
            where=", ".join(sorted({each.table for each in stopping})),
            got="; ".join(each.text for each in stopping),
            todo="mend the dbt model, or the contract in contracts/gold, and run again",
        )
    return [f"{each.table}: {each.text}" for each in broken]


@dataclass(frozen=True)
class _Broken:
    table: str
    text: str
    rows: int
    stops: bool


def _counted(n: int, compiled: CompiledTable, frame: DataFrame) -> DataFrame:
    """One row: how many rows there are, how many break each rule, and a value that does."""
    rules = compiled.rules
    return compiled.check(frame).agg(
        F.lit(n).alias("n"),
        F.count("*").alias("rows"),
        F.array(*[count_of(rule) for rule in rules]).cast("array<bigint>").alias("broken"),
        F.array(*[_example(rule) for rule in rules]).cast("array<string>").alias("examples"),
    )


def _example(rule: Rule) -> Column:
    verdicts = WARNINGS if rule.severity == "warning" else ERRORS
    of_rule = F.expr(f"filter({verdicts}, v -> v.rule_fingerprint = {sql_text(rule.fingerprint)})")
    return F.first(F.get(of_rule, F.lit(0))["value"], ignorenulls=True)


def _broken(compiled: CompiledTable, row: Row) -> Iterator[_Broken]:
    for rule, broken, example in zip(compiled.rules, row["broken"], row["examples"], strict=True):
        outcome = row_outcome(rule, broken, row["rows"])
        if outcome.holds and not broken:
            continue
        wanted = "" if outcome.wanted == EACH else f", wanted {outcome.wanted}"
        text = f"{rule.message}: {many(broken, 'row')}{wanted} (e.g. {example})"
        stops = not outcome.holds and outcome.severity == "error"
        yield _Broken(f"gold.{compiled.table.name}", text, broken, stops)


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
