"""Tables of the warehouse: names to places, and the four idempotent ways to touch them.

Progress lives in the target itself: a write names the transaction `app` ("target<-source") and the source's Delta
version; Delta keeps it in the same commit as the rows (docs/adr/0004). A repeated write is skipped, a version that
goes back is an error and never a silent skip.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from deltalake import DeltaTable
from deltalake.transaction import AddAction, CommitProperties, Transaction
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql.types import StructType

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.compaction import few_files_left_alone
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.merge_sql import IS_NEW, merge_sql, replace_sql
from hallmark.lakehouse.names import LOAD_ID, Table, quoted, split_ddl, sql_text

Mode = Literal["append", "overwrite"]
_FED = {"delta.enableChangeDataFeed": "true"}
_CHANGING = {
    "delta.enableDeletionVectors": "true",
    "delta.autoOptimize.autoCompact": "true",
    "delta.enableChangeDataFeed": "false",  # what follows such a table reads all of it
}
_TXN_APP = "spark.databricks.delta.write.txnAppId"
_TXN_VERSION = "spark.databricks.delta.write.txnVersion"


@dataclass(frozen=True)
class Txn:
    """What a write is for: the application id and its growing version, kept by Delta with the commit."""

    app: str
    version: int

    @property
    def properties(self) -> CommitProperties:
        """The same for a commit by delta-rs."""
        return CommitProperties(app_transactions=[Transaction(self.app, self.version)])


@dataclass(frozen=True)
class Written:
    """What a write did: the table's version after it and the rows it wrote; `skipped` when it had been done before."""

    version: int
    rows: int
    skipped: bool = False


@dataclass(frozen=True)
class Lake:
    """The warehouse as seen through one Spark session.

    Attributes:
        spark: the session.
        warehouse: absolute folder; a table's files are at `<warehouse>/<schema>/<name>`.
    """

    spark: SparkSession
    warehouse: Path

    def path(self, table: Table) -> Path:
        """Where the table's files are."""
        return table_path(self.warehouse, table)

    def exists(self, table: Table) -> bool:
        """Whether the table has a Delta log."""
        return deltalog.exists(self.path(table))

    def version(self, table: Table) -> int:
        """The table's newest Delta version, -1 without one."""
        return deltalog.version(self.path(table))

    def progress(self, table: Table, app: str) -> int:
        """The last version that `app` wrote into the table, -1 for never."""
        return deltalog.transaction_version(self.path(table), app)

    def registered(self, schema: str) -> frozenset[str]:
        """The names in the catalog's schema."""
        rows = self.spark.sql(f"show tables in {schema}").collect()
        return frozenset(row["tableName"] for row in rows if not row["isTemporary"])

    def ensure(self, table: Table, columns_ddl: str, *, changing: bool = False) -> None:
        """Create the table and its catalog entry where they are missing; add columns that an existing one lacks.

        Its change data feed is on, so that the next layer can read just what a commit added. With `changing` rows will
        be replaced: then a deletion vector marks the old ones, and no file is written anew for a few of its rows.
        """
        exists, wanted = self.exists(table), _CHANGING if changing else _FED
        if table.name not in self.registered(table.schema) or not exists:
            # The log on disk, where there is one, knows the columns better than we do.
            columns = "" if exists else f"({columns_ddl})"
            properties = f"tblproperties {_sql_of(wanted)}" if not exists else ""
            location = sql_text(str(self.path(table)))
            if not exists:
                _clear_killed_creation(self.path(table))
            self.spark.sql(f"drop table if exists {table}")
            self.spark.sql(f"create table {table} {columns} using delta location {location} {properties}")
        if exists:
            self._add_missing(table, columns_ddl)
        if exists and changing and not wanted.items() <= deltalog.properties(self.path(table)).items():
            self.spark.sql(f"alter table {table} set tblproperties {_sql_of(wanted)}")  # an older version made it

    def lacking(self, table: Table, columns_ddl: str) -> list[tuple[str, str]]:
        """The columns of a DDL that an existing table does not have, names and types."""
        known = {name.lower() for name in deltalog.columns(self.path(table))}
        return [(name, spark_type) for name, spark_type in split_ddl(columns_ddl) if name.lower() not in known]

    def _add_missing(self, table: Table, columns_ddl: str) -> None:
        missing = [f"{quoted(name)} {spark_type}" for name, spark_type in self.lacking(table, columns_ddl)]
        if missing:
            self.spark.sql(f"alter table delta.{quoted(str(self.path(table)))} add columns ({', '.join(missing)})")

    def read(self, table: Table) -> DataFrame:
        """The table's rows as of now."""
        return self.spark.read.format("delta").load(str(self.path(table)))

    def schema(self, table: Table) -> StructType:
        """The table's columns, by its log: without the jobs that Delta starts to read a table."""
        return StructType.fromJson(json.loads(deltalog.schema_json(self.path(table))))

    def added(self, table: Table, *, after: int, until: int) -> DataFrame:
        """The rows that append-only `table` got in versions after `after`, up to and with `until`.

        Raises:
            ProgressError: when `after` is newer than `until`: the table was made anew behind its reader's back.
        """
        if after > until:
            raise ProgressError(
                "a table went back in time",
                where=table,
                got=f"version {until}",
                wanted=f"at least version {after}, which was read before",
                todo="restore it, or delete the tables that were built from it and run again",
            )
        if after < 0:
            # All of it: the table itself has it, also when its log no longer reaches back to the first commit.
            return self.spark.read.format("delta").option("versionAsOf", until).load(str(self.path(table)))
        reader = self.spark.read.format("delta").option("readChangeFeed", "true")
        feed = reader.option("startingVersion", after + 1).option("endingVersion", until).load(str(self.path(table)))
        return feed.where("_change_type = 'insert'").drop("_change_type", "_commit_version", "_commit_timestamp")

    def append(self, rows: DataFrame, table: Table, txn: Txn) -> Written:
        """Append once for `txn`; new columns are added to the table.

        Raises:
            ProgressError: when a newer version of `txn.app` is already there.
        """
        done = self.done(table, txn)
        if done is not None:
            return done
        writer = rows.write.format("delta").mode("append").option("mergeSchema", "true")
        writer.option("txnAppId", txn.app).option("txnVersion", txn.version).save(str(self.path(table)))
        return self.written(table)

    def merge(self, rows: DataFrame, table: Table, *, on: Sequence[str], txn: Txn, delete_when: str = "") -> Written:
        """Update matching rows, insert the others, once for `txn`.

        `delete_when` is an SQL condition on the new row `s`; where it holds the old row goes and none is inserted.

        Raises:
            ProgressError: when a newer version of `txn.app` is already there.
        """
        done = self.done(table, txn)
        if done is not None:
            return done
        rows.createOrReplaceTempView("merge_source")
        given = {column.lower() for column in rows.columns}
        columns = [column for column in deltalog.columns(self.path(table)) if column.lower() in given]
        with self._transaction(txn), few_files_left_alone(self.spark, self.path(table)):
            self.spark.sql(merge_sql(self.path(table), columns, on, delete_when)).collect()
        return self.written(table)

    def replace(self, rows: DataFrame, table: Table, *, keys: DataFrame, txn: Txn) -> Written:
        """Put `rows` in the place of all rows that have one of `keys` (each once), once for `txn`.

        Raises:
            ProgressError: when a newer version of `txn.app` is already there.
        """
        done = self.done(table, txn)
        if done is not None:
            return done
        old = keys.withColumn(IS_NEW, F.lit(False))  # noqa: FBT003
        new = rows.withColumn(IS_NEW, F.lit(True))  # noqa: FBT003
        new.unionByName(old, allowMissingColumns=True).createOrReplaceTempView("merge_source")
        with self._transaction(txn), few_files_left_alone(self.spark, self.path(table)):
            self.spark.sql(replace_sql(self.path(table), rows.columns, keys.columns)).collect()
        return self.written(table)

    def overwrite(self, rows: DataFrame, table: Table, txn: Txn) -> Written:
        """Replace all rows, and no column, once for `txn`.

        Raises:
            ProgressError: when a newer version of `txn.app` is already there.
        """
        done = self.done(table, txn)
        if done is not None:
            return done
        writer = rows.write.format("delta").mode("overwrite")
        with few_files_left_alone(self.spark, self.path(table)):
            writer.option("txnAppId", txn.app).option("txnVersion", txn.version).save(str(self.path(table)))
        return self.written(table)

    def commit(self, files: Sequence[AddAction], table: Table, txn: Txn, rows: int, *, mode: Mode) -> Written:
        """Add files that are in the table's folder already, by one commit and without Spark; they hold `rows`.

        By mode `overwrite` they take the place of all that the table has.
        """
        place = DeltaTable(str(self.path(table)))
        schema = place.schema()
        place.create_write_transaction([*files], mode=mode, schema=schema, commit_properties=txn.properties)
        return Written(self.version(table), rows)

    def version_before(self, table: Table, column: str, since: datetime, *, until: int) -> int | None:
        """The last version of append-only `table` before rows came whose TIMESTAMP `column` is `since` (UTC) or later.

        -1 when that is before its first rows, or further back than its log reaches; None when up to and with `until` no
        such rows came.
        """
        first = deltalog.first_version(self.path(table))
        reader = self.spark.read.format("delta").option("readChangeFeed", "true")
        feed = reader.option("startingVersion", first).option("endingVersion", until).load(str(self.path(table)))
        came = feed.where(F.col(column) >= F.lit(since)).agg(F.min("_commit_version")).collect()[0][0]
        if came is None:
            return None
        return int(came) - 1 if came > max(first, 1) else -1

    def rewind(self, table: Table, txn: Txn) -> None:
        """Have the table take what `txn.app` read after `txn.version` once more; no row changes."""
        self.commit([], table, txn, 0, mode="append")

    def cut(self, table: Table, column: str, values: Collection[str], txn: Txn) -> None:
        """Delete the rows whose STRING `column` has one of `values`, and rewind, by one commit."""
        place = DeltaTable(str(self.path(table)))
        wanted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))  # not Spark's escapes
        found = place.delete(f"{column} in ({wanted})", commit_properties=txn.properties) if values else {}
        if not found.get("num_deleted_rows"):  # delta-rs makes no commit for that, which would say how far it is back
            self.rewind(table, txn)

    def done(self, table: Table, txn: Txn) -> Written | None:
        """What there is to say of a write that was done before; None when it was not.

        Raises:
            ProgressError: when a newer version of `txn.app` is already there.
        """
        last = self.progress(table, txn.app)
        if last > txn.version:
            raise ProgressError(
                "a load is older than what the table already holds; Delta would skip it without a word",
                where=f"{table} ({txn.app})",
                got=f"version {txn.version}",
                wanted=f"a version after {last}",
                todo="the source was made anew: restore it, or delete the tables that were built from it and run again",
            )
        return Written(self.version(table), 0, skipped=True) if last == txn.version else None

    def written(self, table: Table) -> Written:
        """What the table's newest commit did."""
        commit = deltalog.last_commit(self.path(table))
        return Written(commit.version, commit.rows_written or 0) if commit else Written(deltalog.NO_VERSION, 0)

    @contextmanager
    def _transaction(self, txn: Txn) -> Iterator[None]:
        # MERGE has no options of its own: Delta reads the transaction from the session.
        self.spark.conf.set(_TXN_APP, txn.app)
        self.spark.conf.set(_TXN_VERSION, str(txn.version))
        try:
            yield
        finally:
            self.spark.conf.unset(_TXN_APP)
            self.spark.conf.unset(_TXN_VERSION)


def load_ids(rows: DataFrame) -> frozenset[str]:
    """The `_load_id`s of rows; bronze gets each in one commit."""
    return frozenset(row[LOAD_ID] for row in rows.select(LOAD_ID).distinct().collect())


def _sql_of(properties: Mapping[str, str]) -> str:
    return "(" + ", ".join(f"{sql_text(name)} = {sql_text(value)}" for name, value in properties.items()) + ")"


def table_path(warehouse: Path, table: Table) -> Path:
    """Where a table's files are, without a session.

    >>> table_path(Path("/lake"), Table("gold", "dim_date")).as_posix()
    '/lake/gold/dim_date'
    """
    return warehouse / table.schema / table.name


def _clear_killed_creation(path: Path) -> None:
    # Delta makes the log's folder before its first commit. Killed in between, it leaves a place that is neither empty
    # nor a table, and would refuse to make one there for ever.
    log = path / "_delta_log"
    if log.is_dir() and not any(log.glob("*.json")) and list(path.iterdir()) == [log]:
        shutil.rmtree(log)
