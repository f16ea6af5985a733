"""`hallmark contract test`: hold a contract against files, as a run would, and write nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.plan import DEBEZIUM_COLUMNS
from hallmark.bronze.probe import unreadable
from hallmark.bronze.readers import BadFile, read_files, texts_of, with_metadata
from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.model import Contract, SchemaObject
from hallmark.contracts.sla import ServiceLevel, age_outcomes, service_levels
from hallmark.contracts.table_rules import (
    Measured,
    Outcome,
    measure,
    metric_outcomes,
    row_outcomes,
    sql_outcomes,
)
from hallmark.lakehouse.errors import HallmarkError, SettingsError, did_you_mean
from hallmark.lakehouse.names import (
    BRONZE_METADATA,
    BRONZE_METADATA_DDL,
    ERRORS,
    RECORD_KEY,
    RESCUED,
    bronze_column,
    quoted,
)
from hallmark.pipelines.contract_blame import blame, samples
from hallmark.pipelines.contract_lookups import Elsewhere, Tables, plan_tables
from hallmark.pipelines.contract_places import Choice, Place
from hallmark.pipelines.contract_relations import relationship_results
from hallmark.pipelines.contract_results import Result, TableTest, Trial
from hallmark.pipelines.contract_skipped import skipped_rules
from hallmark.silver import cdc


@dataclass(frozen=True)
class Asked:
    """What a call asks for: data and table, the time (UTC), how many samples of a rule, where lookups lead."""

    choice: Choice
    now: datetime
    schema: str | None = None
    examples: int = 5
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


@dataclass(frozen=True)
class TestPlan:
    """What a test reads and judges: decided without Spark, and once.

    Attributes:
        contract: the contract.
        asked: the call.
        tables: those that are asked for, in the contract's order.
        judged: all that is judged with its files, in order: also what is looked up in.
        notes: what of the contract, or of the call, the test says nothing about.
    """

    __test__ = False  # no class of pytest's

    contract: Contract
    asked: Asked
    tables: tuple[SchemaObject, ...]
    judged: Tables
    notes: tuple[str, ...] = ()


@dataclass
class _Judged:
    compiled: CompiledTable
    places: tuple[Place, ...]
    frame: DataFrame
    columns: tuple[str, ...]
    measured: Measured
    levels: tuple[ServiceLevel, ...]


def plan_test(contract: Contract, asked: Asked) -> TestPlan:
    """Find the tables and files of a test; no Spark.

    Raises:
        ContractError: a lookup's table has no contract; a service level can't be read.
        DataError: there is nothing to read.
        SettingsError: no such server or table.
    """
    tables = _tables_of(contract, asked.schema)
    judged = plan_tables(contract, tables, asked.choice, asked.elsewhere)
    missing = (f"{name}: no data found, not tested" for name in judged.without_data)
    return TestPlan(contract, asked, tables, judged, tuple(missing))


def run_test(spark: SparkSession, plan: TestPlan) -> Trial:
    """Hold a contract against data.

    Raises:
        ContractError: a rule, transform or query can't be run.
        StepError: the files can't be judged for another reason.
    """
    contract, asked = plan.contract, plan.asked
    judged: dict[str, _Judged] = {}
    try:
        for each in plan.judged.planned:
            judged[each.compiled.table.name] = _judge(spark, each.compiled, each.places, judged, asked.now)
        own = {each.compiled.table.name: judged[each.compiled.table.name] for each in plan.judged.planned if each.asked}
        related, left = relationship_results(
            contract, {n: (j.compiled, j.frame) for n, j in own.items()}, asked.examples
        )
        found = [
            _tested(own, table.name, asked, related.get(table.name, ())) for table in plan.tables if table.name in own
        ]
    finally:
        for done in judged.values():
            done.frame.unpersist()
    return Trial(contract, tuple(found), (*plan.notes, *left))


def _tables_of(contract: Contract, schema: str | None) -> tuple[SchemaObject, ...]:
    """The tables that are asked for: all, or one by its name."""
    if schema is None:
        return contract.objects
    found = tuple(table for table in contract.objects if schema in {table.name, table.physical_name})
    if not found:
        names = [table.name for table in contract.objects]
        todo = did_you_mean(schema, names) or f"known: {', '.join(names)}"
        raise SettingsError("no such table in the contract", where=contract.file, got=schema, todo=todo)
    return found


def _judge(
    spark: SparkSession,
    compiled: CompiledTable,
    places: tuple[Place, ...],
    others: Mapping[str, _Judged],
    now: datetime,
) -> _Judged:
    bad: list[BadFile] = []
    levels = service_levels(compiled.contract, compiled.table)
    newest = sorted({column for level in levels for column in level.columns})
    for attempt in ("as they are", "without the unreadable"):
        try:
            rows = _rows(spark, places, bad, now)
            frame = _verdicts(compiled, rows, others).persist()
            measured = measure(compiled, frame, newest=newest)
            return _Judged(compiled, places, frame, tuple(rows.columns), measured, levels)
        except HallmarkError:
            raise
        except Exception as error:
            files = [place for place in places if place.server.format != "delta"]
            bad = [item for place in files for item in unreadable(place.files, place.server.format)]
            if not bad or attempt != "as they are":
                raise blame(spark, compiled, error) from error
    raise AssertionError("unreachable")


def _verdicts(compiled: CompiledTable, rows: DataFrame, others: Mapping[str, _Judged]) -> DataFrame:
    # As in a run: silver has the valid rows alone, and each key once.
    lookups = {
        name: each.frame.where(F.size(ERRORS) == 0).select(*map(quoted, each.compiled.columns))
        for name, each in others.items()
    }
    if not compiled.contract.is_cdc:
        return compiled.judge(rows, lookups)
    table = compiled.table
    events = cdc.is_event_of(table.physical_name) & cdc.is_change()
    decoded = cdc.decode(_with_columns(rows, DEBEZIUM_COLUMNS).where(events | F.col(RESCUED).isNotNull()), table)
    return cdc.judge(compiled, decoded, lookups)


def _with_columns(rows: DataFrame, names: Sequence[str]) -> DataFrame:
    return rows.select("*", *[F.lit(None).cast("string").alias(name) for name in names if name not in rows.columns])


def _rows(spark: SparkSession, places: Sequence[Place], bad: Sequence[BadFile], now: datetime) -> DataFrame:
    read = ((frame, place.server) for place in places for frame in _read(spark, place, bad))
    frames = [with_metadata(frame, server, now, "test") for frame, server in read]
    if not frames:  # files without a row, or without a header
        return spark.createDataFrame([], BRONZE_METADATA_DDL)
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)


def _read(spark: SparkSession, place: Place, bad: Sequence[BadFile]) -> list[DataFrame]:
    if place.server.format == "delta":
        return [texts_of(spark.read.format("delta").load(file)) for file in place.files]
    of_place = [item for item in bad if item.path in place.files]
    found = read_files(spark, place.server, place.files, of_place)
    return [found] if found is not None else []


def _tested(own: Mapping[str, _Judged], name: str, asked: Asked, related: Sequence[Result]) -> TableTest:
    judged, others = own[name], {other: (each.compiled, each.frame) for other, each in own.items()}
    compiled, measured = judged.compiled, judged.measured
    table = compiled.table
    ages = age_outcomes(table, judged.levels, measured.newest, asked.now)
    with _letters_of_rules(judged):
        shown = samples(compiled, judged.frame, measured, asked.examples)
        outcomes: list[Outcome] = [
            *metric_outcomes(table, measured),
            *sql_outcomes(compiled, judged.frame, others),
            *ages,
        ]
    results = [Result(each, shown.get(each.fingerprint, ())) for each in row_outcomes(compiled.rules, measured)]
    new, missing = _differences(compiled, judged.columns)
    return TableTest(
        table=table.name,
        servers=tuple(place.server.name for place in judged.places),
        files=tuple(file for place in judged.places for file in place.files),
        rows=measured.rows,
        valid=measured.valid,
        results=(*results, *(Result(each) for each in outcomes), *related),
        new_columns=new,
        missing_columns=missing,
        skipped=tuple(skipped_rules(compiled.contract, table)),
    )


@contextmanager
def _letters_of_rules(judged: _Judged) -> Iterator[None]:
    try:
        yield
    except HallmarkError:
        raise
    except Exception as error:
        raise blame(judged.frame.sparkSession, judged.compiled, error) from error


def _differences(compiled: CompiledTable, present: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of the files that the contract does not know, and those that it knows and no file has."""
    if compiled.contract.is_cdc:
        return (), ()
    table = compiled.table
    named = [bronze_column(name) for prop in table.properties for name in prop.source_columns]
    logic = " ".join([*(prop.transform or "" for prop in table.properties), *(each.expr for each in table.lookups)])
    known = {name.lower() for name in (*named, *BRONZE_METADATA, RECORD_KEY, *re.findall(r"\w+", logic))}
    here = {name.lower() for name in present}
    new = tuple(name for name in present if name.lower() not in known)
    return new, tuple(name for name in dict.fromkeys(named) if name.lower() not in here)
