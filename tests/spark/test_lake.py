"""The four ways to touch a table: each once for its transaction, none silently skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from deltalake import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake, Txn, Written

TABLE = Table("silver", "stock")
DDL = "id string, amount int"
FIRST, SECOND = Txn("silver.stock<-bronze.stock", 3), Txn("silver.stock<-bronze.stock", 7)
Write = Callable[[Lake, DataFrame, Txn], Written]


def append(lake: Lake, rows: DataFrame, txn: Txn) -> Written:
    return lake.append(rows, TABLE, txn)


def merge(lake: Lake, rows: DataFrame, txn: Txn) -> Written:
    return lake.merge(rows, TABLE, on=["id"], txn=txn)


def overwrite(lake: Lake, rows: DataFrame, txn: Txn) -> Written:
    return lake.overwrite(rows, TABLE, txn)


def rows(lake: Lake, *values: tuple[str | None, int | None]) -> DataFrame:
    return lake.spark.createDataFrame(list(values), DDL)


def content(lake: Lake) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in lake.read(TABLE).collect()), key=str)


@pytest.fixture
def stock(lake: Lake) -> Lake:
    """A lake with the table, empty."""
    lake.ensure(TABLE, DDL)
    return lake


@pytest.mark.parametrize(
    ("write", "after"),
    [
        (append, [("a", 1), ("a", 5), ("b", 2), ("c", 3)]),
        (merge, [("a", 5), ("b", 2), ("c", 3)]),
        (overwrite, [("a", 5), ("c", 3)]),
    ],
)
def test_a_write_counts_once_for_its_transaction(write: Write, after: list[tuple[str, int]], stock: Lake) -> None:
    assert write(stock, rows(stock, ("a", 1), ("b", 2)), FIRST) == Written(version=1, rows=2)
    assert write(stock, rows(stock, ("x", 9)), FIRST) == Written(version=1, rows=0, skipped=True)
    assert write(stock, rows(stock, ("a", 5), ("c", 3)), SECOND) == Written(version=2, rows=2)
    assert content(stock) == after
    assert stock.progress(TABLE, FIRST.app) == 7
    with pytest.raises(ProgressError) as letter:
        write(stock, rows(stock, ("y", 1)), FIRST)
    assert str(letter.value) == (
        "ProgressError: a load is older than what the table already holds; Delta would skip it without a word\n"
        "  where: silver.stock (silver.stock<-bronze.stock)\n"
        "  got: version 3\n"
        "  wanted: a version after 7\n"
        "  do: the source was made anew: restore it, or delete the tables that were built from it and run again"
    )
    assert content(stock) == after


def test_each_application_has_a_progress_of_its_own(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1)), SECOND)
    append(stock, rows(stock, ("b", 2)), Txn("silver.stock<-bronze.other", 0))
    assert content(stock) == [("a", 1), ("b", 2)]
    assert stock.progress(TABLE, "silver.stock<-bronze.other") == 0
    assert stock.progress(TABLE, "nobody") == -1


@pytest.mark.parametrize("write", [append, merge])
def test_a_load_without_rows_is_remembered(write: Write, stock: Lake) -> None:
    assert write(stock, rows(stock), FIRST) == Written(version=1, rows=0)
    assert stock.progress(TABLE, FIRST.app) == 3


def test_a_merge_leaves_nothing_behind_in_the_session(stock: Lake) -> None:
    merge(stock, rows(stock, ("a", 1)), FIRST)
    stock.spark.createDataFrame([("b", 2)], DDL).write.format("delta").mode("append").save(str(stock.path(TABLE)))
    assert content(stock) == [("a", 1), ("b", 2)], "Delta would skip a write under the merge's transaction"


def test_a_merge_deletes_where_the_new_row_says_so_and_meets_null_keys(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1), ("b", 2), (None, 3)), FIRST)
    changes = rows(stock, ("a", -1), (None, 4), ("new", -1), ("c", 5))
    written = stock.merge(changes, TABLE, on=["id"], txn=SECOND, delete_when="s.amount < 0")
    assert content(stock) == [("b", 2), ("c", 5), (None, 4)]
    assert written == Written(version=2, rows=3)


def test_a_merge_leaves_columns_alone_that_it_was_not_given(stock: Lake) -> None:
    stock.ensure(TABLE, f"{DDL}, note string")
    stock.append(stock.spark.createDataFrame([("a", 1, "old")], f"{DDL}, note string"), TABLE, FIRST)
    merge(stock, rows(stock, ("a", 2), ("b", 3)), SECOND)
    assert content(stock) == [("a", 2, "old"), ("b", 3, None)]


def test_an_append_brings_new_columns(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1)), FIRST)
    append(stock, stock.spark.createDataFrame([("b", "new")], "id string, note string"), SECOND)
    assert content(stock) == [("a", 1, None), ("b", None, "new")]


def test_ensure_makes_the_table_once_and_adds_what_it_lacks(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1)), FIRST)
    stock.ensure(TABLE, DDL)
    assert stock.version(TABLE) == 1, "nothing to do, nothing committed"
    stock.ensure(TABLE, "id string, AMOUNT int, `odd-name` decimal(38,12), tags array<struct<k: string>>")
    assert deltalog.columns(stock.path(TABLE)) == ["id", "amount", "odd-name", "tags"]
    assert content(stock) == [("a", 1, None, None)]
    assert DeltaTable(str(stock.path(TABLE))).metadata().configuration["delta.enableChangeDataFeed"] == "true"


def test_ensure_lets_the_name_point_to_the_files(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1)), FIRST)
    assert TABLE.name in stock.registered("silver")
    stock.spark.sql(f"drop table {TABLE}")
    stock.ensure(TABLE, DDL)
    assert stock.spark.table(str(TABLE)).collect() == stock.read(TABLE).collect()
    shutil.rmtree(stock.path(TABLE))
    stock.ensure(TABLE, DDL)
    assert stock.spark.table(str(TABLE)).collect() == []


def test_ensure_gets_over_a_creation_that_was_killed(lake: Lake) -> None:
    log = lake.path(TABLE) / "_delta_log"
    log.mkdir(parents=True)
    (log / ".00000000000000000000.json.4f1c.tmp").write_text("half a com")
    lake.ensure(TABLE, DDL)
    assert lake.version(TABLE) == 0


def test_ensure_removes_nothing_where_other_files_are(lake: Lake) -> None:
    (lake.path(TABLE) / "_delta_log").mkdir(parents=True)
    file = lake.path(TABLE) / "not-ours.txt"
    file.write_text("mine")
    with pytest.raises(AnalysisException, match="DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION"):
        lake.ensure(TABLE, DDL)
    assert file.read_text() == "mine"


def test_added_is_what_came_between_two_versions(stock: Lake) -> None:
    for version, name in enumerate("abc"):
        append(stock, rows(stock, (name, version)), Txn("source", version))

    def added(after: int, until: int) -> list[tuple[object, ...]]:
        return sorted(tuple(row) for row in stock.added(TABLE, after=after, until=until).collect())

    assert added(-1, 2) == [("a", 0), ("b", 1)]
    assert added(1, 3) == [("b", 1), ("c", 2)]
    assert added(2, 3) == [("c", 2)]
    with pytest.raises(ProgressError) as letter:
        added(4, 3)
    assert str(letter.value) == (
        "ProgressError: a table went back in time\n"
        "  where: silver.stock\n"
        "  got: version 3\n"
        "  wanted: at least version 4, which was read before\n"
        "  do: restore it, or delete the tables that were built from it and run again"
    )


def test_a_cut_takes_rows_out_and_sets_back_by_one_commit(stock: Lake) -> None:
    append(stock, rows(stock, ("a", 1), ("it's", 2), ("c", 3)), SECOND)
    stock.cut(TABLE, "id", {"a", "it's"}, FIRST)
    assert (content(stock), stock.progress(TABLE, FIRST.app), stock.version(TABLE)) == ([("c", 3)], FIRST.version, 2)


@pytest.mark.parametrize("gone", [(), ("nobody",)])
def test_a_cut_that_finds_no_row_sets_back_too(stock: Lake, gone: tuple[str, ...]) -> None:
    append(stock, rows(stock, ("a", 1)), SECOND)
    stock.cut(TABLE, "id", gone, FIRST)
    assert (content(stock), stock.progress(TABLE, FIRST.app), stock.version(TABLE)) == ([("a", 1)], FIRST.version, 2)


def test_a_table_that_is_not_there(lake: Lake) -> None:
    assert (lake.exists(TABLE), lake.version(TABLE), lake.progress(TABLE, "source")) == (False, -1, -1)
