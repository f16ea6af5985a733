"""Whole tables of gold against their suites, before gold counts as built (docs/adr/0012)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hallmark.gold import gx_docs
from hallmark.gold.judge import Numbers, Outcome, Times, broken, judge, number, with_ages
from hallmark.gold.observe import observe
from hallmark.lakehouse.errors import ContractViolation, StepError
from hallmark.lakehouse.ledger import EXPECTATIONS, METRICS, ExpectationEntry, Ledger, MetricEntry
from hallmark.lakehouse.spark_errors import without_data
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines import alerts
from hallmark.pipelines.context import Context
from hallmark.pipelines.plan import GOLD

DOCS = Path("_docs", "quality")
MOST = 5


class QualityViolation(ContractViolation):
    """Whole tables do not hold what is expected of them; nothing after gold is built."""

    alerted = True


def run_quality(context: Context) -> None:
    """Look up the numbers, judge them, write the data docs and the ledger, and tell what is wrong.

    Raises:
        QualityViolation: when an expectation of severity error does not hold. It was alerted by then.
        ContractViolation: when a rule in SQL can't be run.
        StepError: when Great Expectations is there and breaks.
    """
    suites = context.project.suites
    if not suites:
        return
    context.reporter.working(GOLD, "expectations")
    at = context.clock()
    times, last = read_times(context.ledger, at), published(context.ledger)
    numbers = {table: with_ages(found, times) for table, found in observe(context.lake, suites).items()}
    outcomes = [each for suite in suites for each in judge(suite, numbers[suite.table], last.get(suite.table, {}))]
    outcomes, index = _by_great_expectations(context, outcomes, numbers, at)
    bad = broken(outcomes)
    stopped = any(each.stops for each in bad)
    _remember(context, numbers, outcomes, stopped=stopped, at=at)
    _tell(context, outcomes, bad, index)
    alarming = [each for each in bad if each.alerts]
    if alarming:
        document = alert_document(
            alarming, run_id=context.run_id, at=at, warehouse=context.project.settings.warehouse, index=index
        )
        problem = alerts.send(document, context.project.settings.alerts, context.project.settings.warehouse)
        if problem:
            context.note(problem)
    if stopped:
        raise violation([each for each in bad if each.stops], index)


def read_times(ledger: Ledger, now: datetime) -> Times:
    """What ages are told from."""
    return Times(now=now, landed=ledger.last_at("bronze"), published=ledger.last_published())


def published(ledger: Ledger) -> dict[str, Numbers]:
    """The numbers of each table's last publish."""
    found = ledger.published_metrics()
    return {
        table.partition(".")[2]: {name: number(text) for name, text in metrics.items()}
        for table, metrics in found.items()
    }


def violation(stopping: Sequence[Outcome], index: Path | None) -> QualityViolation:
    """The letter of what stops the publish."""
    tables = sorted({f"gold.{each.expectation.table}" for each in stopping})
    lines = [f"gold.{each.expectation.table} {each.expectation.name}: {each}" for each in stopping]
    more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    see, do = f"see {index}; " if index else "", by_number(len(stopping), "does", "do")
    return QualityViolation(
        "a broken service level stops the publish"
        if all(each.expectation.is_sla for each in stopping)
        else f"{len(stopping)} of the expectations about whole tables {do} not hold: nothing after gold is built",
        where=", ".join(tables),
        got="; ".join([*lines[:MOST], *more]),
        todo=f"{see}mend the data or the dbt model; when the numbers are right, mend the rule in contracts/gold",
    )


def alert_document(
    alarming: Sequence[Outcome], *, run_id: str, at: datetime, warehouse: Path, index: Path | None
) -> dict[str, Any]:
    """What the webhook gets; numbers about whole tables, never a row's values."""
    stopped = any(each.stops for each in alarming)
    first = alarming[0]
    more = f" and {len(alarming) - 1} more" if len(alarming) > 1 else ""
    publish = "the publish was stopped" if stopped else "the publish went on"
    return {
        "kind": "quality",
        "summary": f"gold.{first.expectation.table}: {first}{more}; {publish} (run {run_id})",
        "run_id": run_id,
        "at": at.isoformat(),
        "warehouse": str(warehouse),
        "stopped": stopped,
        "docs": str(index) if index else None,
        "broken": [
            {
                "table": f"gold.{each.expectation.table}",
                "expectation": each.expectation.name,
                "is_sla": each.expectation.is_sla,
                "says": each.expectation.says,
                "got": each.got,
                "wanted": each.wanted,
                "stops": each.stops,
            }
            for each in alarming
        ],
    }


def _by_great_expectations(
    context: Context, outcomes: list[Outcome], numbers: Mapping[str, Numbers], at: datetime
) -> tuple[list[Outcome], Path | None]:
    """The verdicts with those of Great Expectations: what either says is broken, is."""
    if not outcomes:
        return outcomes, None
    if not gx_docs.is_installed():
        were = f"{many(len(outcomes), 'expectation')} {by_number(len(outcomes), 'was', 'were')}"
        context.note(
            f"gold: {were} judged without Great Expectations, so there are no data docs; {gx_docs.INSTALL} brings them"
        )
        return outcomes, None
    folder = context.project.settings.warehouse / DOCS
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = gx_docs.run_suites(outcomes, numbers, run_id=context.run_id, at=at, folder=folder)
    except Exception as error:
        raise StepError(
            "Great Expectations could not run its suites",
            where=folder,
            got=f"{type(error).__name__}: {without_data(error)}",
            todo="run again; a run without the extra `quality` judges the same numbers by itself",
        ) from error
    return gx_docs.agreed(outcomes, made.failed), made.index


def _remember(
    context: Context, numbers: Mapping[str, Numbers], outcomes: Sequence[Outcome], *, stopped: bool, at: datetime
) -> None:
    run_id = context.run_id
    context.ledger.write(
        EXPECTATIONS,
        [
            ExpectationEntry(
                run_id, f"gold.{each.expectation.table}", each.expectation.name, each.expectation.says,
                each.wanted, each.got, each.expectation.severity, each.holds, each.stops, at,
            )
            for each in outcomes
        ],
    )  # fmt: skip
    context.ledger.write(
        METRICS,
        [
            MetricEntry(
                run_id, f"gold.{table}", name, None if value is None else str(value),
                None if value is None else float(value), not stopped, at,
            )
            for table, found in numbers.items() for name, value in found.items()
        ],
    )  # fmt: skip


def _tell(context: Context, outcomes: Sequence[Outcome], bad: Sequence[Outcome], index: Path | None) -> None:
    place = f"; data docs {index}" if index else ""
    held = len(outcomes) - len(bad)
    expectations = f"{many(len(outcomes), 'expectation')} about whole tables"
    context.note(f"gold: {held} of {expectations} {by_number(held, 'holds', 'hold')}{place}")
    warned = [f"gold.{each.expectation.table} {each}" for each in bad if each.warns]
    if warned:
        more = f"; and {len(warned) - MOST} more" if len(warned) > MOST else ""
        context.note(f"worth a look: {'; '.join(warned[:MOST])}{more}")
