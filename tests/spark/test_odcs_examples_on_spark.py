"""The examples of the standard's documentation: Spark runs what is compiled of each, all in one job."""

from __future__ import annotations

import functools
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.names import BRONZE_METADATA

FOLDER = Path(__file__).parents[1] / "contracts_odcs"
OF_NULLS = {"required", "nullValues", "missingValues", "notnull"}


def compiled() -> dict[str, CompiledTable]:
    contracts = [load_contract(file, ingest=False) for file in sorted(FOLDER.glob("*.odcs.yaml"))]
    return {
        f"{contract.file.name} {table.name}": compile_table(contract, table, key_is_unique=True)
        for contract in contracts
        for table in contract.objects
    }


def made(table: CompiledTable) -> set[str]:
    """The columns that a transform gives a value."""
    return {prop.name for prop in table.table.properties if prop.transform}


def test_a_row_without_values_breaks_the_rules_of_nulls_alone(spark: SparkSession) -> None:
    tables = compiled()
    kinds = [f"`{name}` {'timestamp' if name == '_ingested_at' else 'string'}" for name in BRONZE_METADATA]
    row = spark.createDataFrame([tuple(None for _ in kinds)], ", ".join(kinds))
    row = row.selectExpr("*", "'2026' as y", "'1' as m", "'2' as d")  # which the transform of an example reads
    judged = [
        each.judge(row).select(F.lit(name).alias("of"), F.concat("_errors", "_warnings").alias("told"))
        for name, each in tables.items()
    ]
    rows = functools.reduce(DataFrame.union, judged).collect()
    found = {row["of"]: {(reason["rule"], reason["message"]) for reason in row["told"]} for row in rows}
    assert found == {
        name: {
            (rule.name, rule.message)
            for rule in each.rules
            if rule.name in OF_NULLS and rule.message.startswith(f"{rule.column}: ") and rule.column not in made(each)
        }
        for name, each in tables.items()
    }
