"""Every shipped contract can be run on what its source is said to have, and on nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from hallmark.bronze.plan import bronze_ddl, source_columns
from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract, load_contracts
from hallmark.contracts.model import Contract
from hallmark.contracts.pandera_schema import pandera_schema
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.silver import cdc

CONTRACTS = load_contracts(PACKAGE_ROOT / "contracts")
TABLES = [compile_table(contract, table) for contract in CONTRACTS for table in contract.objects]
EVENTS = [each for each in TABLES if each.contract.is_source and not each.contract.is_cdc]
CHANGES = [each for each in TABLES if each.contract.is_cdc]
GOLD = [each for each in TABLES if not each.contract.is_source]


def empty(spark: SparkSession, contract: Contract) -> DataFrame:
    return spark.createDataFrame([], bronze_ddl(source_columns(contract)))


def lookups(spark: SparkSession, compiled: CompiledTable) -> dict[str, DataFrame]:
    wanted = {lookup.table for lookup in compiled.table.lookups}
    return {each.table.name: spark.createDataFrame([], each.ddl) for each in EVENTS if each.table.name in wanted}


def types(frame: DataFrame, names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}` {frame.schema[name].dataType.simpleString()}" for name in names)


@pytest.mark.parametrize("compiled", EVENTS, ids=[each.table.name for each in EVENTS])
def test_rows_are_judged_by_declared_columns_alone(compiled: CompiledTable, spark: SparkSession) -> None:
    judged = compiled.judge(empty(spark, compiled.contract), lookups(spark, compiled))
    assert types(judged, compiled.columns) == compiled.ddl
    assert judged.collect() == []


@pytest.mark.parametrize("compiled", CHANGES, ids=[each.table.name for each in CHANGES])
def test_change_events_are_judged_by_declared_columns_alone(compiled: CompiledTable, spark: SparkSession) -> None:
    events = cdc.decode(empty(spark, compiled.contract), compiled.table)
    judged = cdc.judge(compiled, events)
    assert types(judged, compiled.columns) == compiled.ddl
    assert judged.collect() == []


@pytest.mark.parametrize("compiled", GOLD, ids=[each.table.name for each in GOLD])
def test_a_finished_table_is_judged(compiled: CompiledTable, spark: SparkSession) -> None:
    assert compiled.check(spark.createDataFrame([], compiled.ddl)).collect() == []


def test_a_transform_that_names_an_undeclared_column_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    shipped = next(each for each in EVENTS if each.table.name == "vllm_requests").contract.file
    file = tmp_path / shipped.name
    file.write_text(shipped.read_text(encoding="utf-8").replace("'-', event_id)", "'-', event_number)"), "utf-8")
    contract = load_contract(file)
    compiled = compile_table(contract, contract.objects[0])
    with pytest.raises(ContractError) as letter:
        compiled.judge(empty(spark, contract), lookups(spark, compiled))
    line = next(n for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "event_number)" in text)
    assert str(letter.value) == (
        "ContractError: a transform can't be run\n"
        f"  where: {file}:{line} (vllm_requests.request_id, transform)\n"
        "  got: [UNRESOLVED_COLUMN.WITH_SUGGESTION] event_number\n"
        "  do: mend transformLogic"
    )


def test_a_value_is_looked_up_and_a_row_without_a_match_is_kept(spark: SparkSession) -> None:
    compiled = next(each for each in EVENTS if each.table.name == "vllm_engine_states")
    files = ["/a/vllm_log_scale2.csv", "/a/vllm_log_scale3.csv"]
    columns = [name for name in source_columns(compiled.contract) if name != "timestamp"]
    rows = empty(spark, compiled.contract).unionByName(
        spark.createDataFrame([(file,) for file in files], "_file string").selectExpr(
            "*", "'90.25' timestamp", *[f"'1' {name}" for name in columns]
        ),
        allowMissingColumns=True,
    )
    run = spark.sql("select 2 run_scale, timestamp'2026-01-01 00:01:40' ended_at, cast(100 as decimal(20,9)) ended_s")
    judged = {row["run_scale"]: row for row in compiled.judge(rows, {"vllm_runs": run}).collect()}
    assert judged[2]["observed_at"] == datetime(2026, 1, 1, 0, 1, 30, 250000)  # noqa: DTZ001 -- the session's zone, UTC
    assert judged[2]["_errors"] == []
    assert [error["message"] for error in judged[3]["_errors"]] == ["observed_at: required"]


def test_a_lookup_that_is_not_at_hand_is_named(spark: SparkSession) -> None:
    compiled = next(each for each in EVENTS if each.table.name == "vllm_requests")
    with pytest.raises(ContractError) as letter:
        compiled.judge(empty(spark, compiled.contract), {"vllm_run": spark.range(0)})
    assert str(letter.value) == (
        "ContractError: lookup table 'vllm_runs' is not at hand\n"
        f"  where: {compiled.contract.file}\n"
        "  do: did you mean 'vllm_run'?"
    )


def test_the_pandera_schema_finds_what_the_verdicts_find(spark: SparkSession) -> None:
    compiled = next(each for each in CHANGES if each.table.name == "customers")
    good, bad = ("c1", "Ann", "startup", "DE"), ("c2", "", "garage", "Germany")
    schema = pandera_schema(compiled.table)
    assert schema.validate(spark.createDataFrame([good], compiled.ddl)).pandera.errors == {}
    found = schema.validate(spark.createDataFrame([good, bad], compiled.ddl)).pandera.errors["DATA"]
    assert sorted(error["column"] for errors in found.values() for error in errors) == sorted(
        ["customer_name", "segment", "country"]
    )
