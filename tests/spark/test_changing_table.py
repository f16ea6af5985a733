"""A table whose rows are replaced: old ones are marked, files stay, and everybody still counts and reads right."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake, Txn, Written
from hallmark.pipelines import inventory

TABLE = Table("silver", "stock")
DDL = "id bigint, amount int"
APP = "silver.stock<-bronze.stock"


@pytest.fixture
def stock(lake: Lake) -> Lake:
    """A lake with the table: a thousand rows in one file."""
    lake.ensure(TABLE, DDL, changing=True)
    lake.append(rows(lake, 1000, 1).repartition(1), TABLE, Txn(APP, 0))
    return lake


def rows(lake: Lake, count: int, amount: int) -> DataFrame:
    return lake.spark.range(count).selectExpr("id", f"{amount} as amount")


def change(lake: Lake, count: int, version: int) -> Written:
    return lake.merge(rows(lake, count, version), TABLE, on=["id"], txn=Txn(APP, version))


def files_of(lake: Lake) -> set[str]:
    return {file.name for file in lake.path(TABLE).glob("*.parquet")}


def test_few_changed_rows_leave_the_other_rows_in_their_file(stock: Lake) -> None:
    before = files_of(stock)
    assert change(stock, 3, 5).rows == 3
    new = [stock.path(TABLE) / name for name in files_of(stock) - before]
    assert sum(pq.read_metadata(file).num_rows for file in new) == 3
    assert stock.read(TABLE).where("amount = 5").count() == 3


def test_marked_rows_are_not_counted(stock: Lake) -> None:
    change(stock, 3, 5)
    assert deltalog.count_rows(stock.path(TABLE)) == 1000
    (facts,) = [facts for facts in inventory.tables(stock.warehouse) if facts.table == TABLE]
    assert facts.rows == 1000


def test_marked_rows_are_not_read_without_spark(stock: Lake) -> None:
    change(stock, 3, 5)
    path = stock.path(TABLE)
    found = deltalog.read(path)
    assert found.schema.names == ["id", "amount"]
    assert sorted(found.column("id").to_pylist()) == list(range(1000))
    assert deltalog.read(path, columns=["amount"], filters=[("id", "=", 2)]).to_pylist() == [{"amount": 5}]
    amounts = pa.Table.from_batches(deltalog.batches(path, columns=["absent", "amount"]))
    assert sorted(amounts.to_pydict()["amount"]) == [1] * 997 + [5] * 3
    pieces = deltalog.batches(path, columns=["amount", "absent"], where=pc.field("id") == 3)
    assert [row for piece in pieces for row in piece.to_pylist()] == [{"amount": 1}]


def test_delta_gathers_the_small_files_and_the_write_is_told_by_its_own_rows(stock: Lake) -> None:
    stock.spark.conf.set("spark.databricks.delta.autoCompact.minNumFiles", "2")
    try:
        written = change(stock, 3, 5)
    finally:
        stock.spark.conf.unset("spark.databricks.delta.autoCompact.minNumFiles")
    log = sorted((stock.path(TABLE) / "_delta_log").glob("*.json"))
    operations = [json.loads(file.read_text().splitlines()[0])["commitInfo"]["operation"] for file in log[-2:]]
    assert operations == ["MERGE", "OPTIMIZE"]
    assert written.rows == 3
    assert stock.progress(TABLE, APP) == 5
    assert change(stock, 3, 5).skipped


def test_a_few_files_are_left_as_they_are(stock: Lake) -> None:
    """By itself Delta gathers them with the first write of a process, which costs more than that write."""
    change(stock, 3, 5)
    stock.overwrite(rows(stock, 2000, 6).repartition(2), TABLE, Txn(APP, 6))
    log = sorted((stock.path(TABLE) / "_delta_log").glob("*.json"))
    operations = [json.loads(file.read_text().splitlines()[0])["commitInfo"]["operation"] for file in log[-2:]]
    assert operations == ["MERGE", "WRITE"]


def test_a_table_of_an_older_version_is_told(lake: Lake) -> None:
    lake.ensure(TABLE, DDL)
    assert "delta.enableDeletionVectors" not in deltalog.properties(lake.path(TABLE))
    lake.ensure(TABLE, DDL, changing=True)
    assert deltalog.properties(lake.path(TABLE)) == {
        "delta.enableDeletionVectors": "true",
        "delta.autoOptimize.autoCompact": "true",
        "delta.enableChangeDataFeed": "false",
    }
    version = lake.version(TABLE)
    lake.ensure(TABLE, DDL, changing=True)
    assert lake.version(TABLE) == version, "nothing to do, nothing committed"
