"""The platinum step of a run: telemetry as a stream, through its contracts, joined with gold, into scaling signals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame

from hallmark.bronze.plan import bronze_ddl, source_columns
from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.quarantine import valid_rows
from hallmark.lakehouse.names import SOURCE, Table
from hallmark.pipelines.context import Context
from hallmark.pipelines.plan import PLATINUM
from hallmark.pipelines.project import bronze_table, silver_table
from hallmark.pipelines.survey import SIGNALS, TELEMETRY, built, inputs_of
from hallmark.platinum.signals import SIGNAL_SCHEMA
from hallmark.platinum.stream import run_signals
from hallmark.silver.events import event_ddl

POOLS = Table("gold", "dim_node_pool")
READING = ("node_pool_id", "gpu_id", "observed_at", "gpu_utilization_pct", SOURCE)


def checkpoint_of(warehouse: Path) -> Path:
    """Where the scaling stream keeps its offsets and state."""
    return warehouse / "_checkpoints" / "platinum" / SIGNALS.name


def run_platinum(context: Context) -> None:
    """Decide on all new telemetry.

    Raises:
        ProgressError: when the signals and their checkpoint contradict each other.
        StepError: when the stream fails.
    """
    sources = telemetry(context)
    if not sources or not built(context.project, context.ledger, PLATINUM).stale:
        return
    for note in unchecked(sources):
        context.note(note)
    lake = context.lake
    readings = reduce(DataFrame.union, [_stream(context, compiled) for compiled in sources])
    read = inputs_of(context.project, PLATINUM)
    lake.ensure(SIGNALS, SIGNAL_SCHEMA)
    with context.step(PLATINUM, str(SIGNALS)) as row:
        signals = run_signals(
            readings,
            lake.read(POOLS),
            policy=context.project.policy,
            sink=lake.path(SIGNALS),
            checkpoint=checkpoint_of(lake.warehouse),
            gold_version=lake.version(POOLS),
        )
        row.rows_in, row.written, row.delta_version = signals.rows_read, signals.decisions, signals.version
        row.detail = ", ".join(f"{count:,} {action}" for action, count in signals.actions.items())
    context.mark(PLATINUM, read)


def telemetry(context: Context) -> tuple[CompiledTable, ...]:
    """The contracts of the telemetry."""
    return tuple(compiled for compiled in context.project.events if compiled.table.name in TELEMETRY)


def unchecked(sources: Sequence[CompiledTable]) -> list[str]:
    """What the contracts ask for and the stream can't check, a line a table."""
    return [f"{SIGNALS}: {each.unseen_in_a_stream} (silver is)" for each in sources if each.uniqueness]


def _stream(context: Context, compiled: CompiledTable) -> DataFrame:
    # Both tables from the first run on, landed or not: a stream can't take up another source later.
    lake, source = context.lake, bronze_table(compiled.contract)
    lake.ensure(source, bronze_ddl(source_columns(compiled.contract)))
    rows = lake.spark.readStream.format("delta").load(str(lake.path(source)))
    wanted = {lookup.table for lookup in compiled.table.lookups}
    lookups = {}
    for each in context.project.events:
        if each.table.name in wanted:
            lake.ensure(silver_table(each), event_ddl(each))
            lookups[each.table.name] = lake.read(silver_table(each))
    return valid_rows(compiled.without_uniqueness().judge(rows, lookups)).select(*READING)
