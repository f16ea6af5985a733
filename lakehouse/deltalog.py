"""What a Delta table's log says, read without Spark: milliseconds instead of a JVM start."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError, TableNotFoundError
from pyarrow import compute as pc
from pyarrow import dataset, fs

from hallmark.lakehouse.errors import MachineError

NO_VERSION = -1
NO_TABLE = "none"


@dataclass(frozen=True)
class Commit:
    """One commit of a table: its version, operation, and rows written (None when the log doesn't say)."""

    version: int
    operation: str
    rows_written: int | None


def _open(path: Path) -> DeltaTable:
    try:
        return DeltaTable(str(path))
    except TableNotFoundError:
        raise
    except (DeltaError, OSError) as error:
        raise MachineError(
            "a table's log can't be read",
            where=path / "_delta_log",
            got=str(error).partition("\n")[0],
            todo="restore the folder from a copy; or delete the table and what is built from it, and run again",
        ) from None


def exists(path: Path) -> bool:
    """Whether there is a Delta table at `path`."""
    return (path / "_delta_log").is_dir() and DeltaTable.is_deltatable(str(path))


def version(path: Path) -> int:
    """The table's newest version; -1 when there is no table."""
    return NO_VERSION if not exists(path) else _open(path).version()


def identity(path: Path) -> str:
    """The table's id: one that was made anew has another; "none" without a table."""
    return NO_TABLE if not exists(path) else str(_open(path).metadata().id)


def state(path: Path) -> str:
    """Names what the table holds now, `id@version`; "none" without a table."""
    if not exists(path):
        return NO_TABLE
    table = _open(path)
    return f"{table.metadata().id}@{table.version()}"


def first_version(path: Path) -> int:
    """The oldest version whose commit the table's log still has."""
    return min(int(file.stem) for file in (path / "_delta_log").glob("*.json") if file.stem.isdigit())


def files(path: Path) -> list[Path]:
    """The files that hold the table's rows, those that a deletion vector marks included."""
    return [path / unquote(str(name)) for name in _open(path).get_add_actions(flatten=True).column("path").to_pylist()]


def columns(path: Path) -> list[str]:
    """The table's column names in order."""
    return [field.name for field in _open(path).schema().fields]


def schema_json(path: Path) -> str:
    """The table's columns and types as its log has them: Delta's JSON, which is Spark's."""
    return str(_open(path).schema().to_json())


def properties(path: Path) -> dict[str, str]:
    """What the table was told about itself, as `delta.enableChangeDataFeed`."""
    return dict(_open(path).metadata().configuration)


def transaction_version(path: Path, app_id: str) -> int:
    """The last `txnVersion` that `app_id` committed to the table; -1 when it never did."""
    if not exists(path):
        return NO_VERSION
    found = _open(path).transaction_version(app_id)
    return NO_VERSION if found is None else int(found)


def last_commit(path: Path) -> Commit | None:
    """The newest commit that is not Delta's own tidying up, or None when there is no table."""
    if not exists(path):
        return None
    try:
        entries: list[dict[str, Any]] = _open(path).history(2)
        entry = next(entry for entry in entries if entry.get("operation") != "OPTIMIZE")
    except (TableNotFoundError, StopIteration):
        return None
    metrics = entry.get("operationMetrics") or {}
    operation = str(entry.get("operation", ""))
    return Commit(int(entry["version"]), operation, _rows_written(operation, metrics))


def _rows_written(operation: str, metrics: dict[str, Any]) -> int | None:
    # A merge's output includes the rows it only copied.
    touched = [f"numTargetRows{what}" for what in ("Inserted", "Updated", "Deleted")]
    if operation == "MERGE" and all(name in metrics for name in touched):
        return sum(int(metrics[name]) for name in touched)
    rows = metrics.get("numOutputRows", metrics.get("num_added_rows"))
    return None if rows is None else int(rows)


def count_rows(path: Path) -> int:
    """Rows of the table by its log's file statistics: no file of rows is opened."""
    if not exists(path):
        return 0
    return _count(_open(path))


def rows_added(path: Path, *, after: int, until: int) -> int | None:
    """Rows that a table got in versions after `after`, up to and with `until`; of all of `until` where `after` is none.

    By the statistics that each commit has of its files. None when they don't tell: a file has none, the log no longer
    reaches so far, or a commit took rows away, so that what it added may be rows that were there before.
    """
    try:
        if after >= 0:
            return _sum(count for version in range(after + 1, until + 1) for count in _added(path, version))
        table = DeltaTable(str(path), version=until)
    except (DeltaError, OSError, ValueError):
        return None
    return None if _marks_deleted(table) else _sum(_rows_in_files(table))


def _added(path: Path, version: int) -> Iterator[int | None]:
    """Rows of each file that a commit added; None for one without statistics, with marked rows, or taken away."""
    with (path / "_delta_log" / f"{version:020}.json").open(encoding="utf-8") as commit:
        for action in map(json.loads, commit):
            added = action.get("add", {})
            if action.get("remove", {}).get("dataChange") or added.get("deletionVector"):
                yield None
            elif added.get("dataChange"):
                yield json.loads(added.get("stats") or "{}").get("numRecords")


def _sum(counts: Iterable[int | None]) -> int | None:
    found = list(counts)
    return None if None in found else sum(count for count in found if count is not None)


def _count(table: DeltaTable) -> int:
    return rows_of(table, _rows_in_files(table))


def _rows_in_files(table: DeltaTable) -> list[int | None]:
    counts = table.get_add_actions(flatten=True).column("num_records").to_pylist()
    return [None if count is None else int(count) for count in counts]


def rows_of(table: DeltaTable, in_files: Iterable[int | None]) -> int:
    """How many rows a table has that has so many in its files: those that a deletion vector marks are not rows."""
    gone = 0
    if _marks_deleted(table):
        for batch in pa.RecordBatchReader.from_stream(table.deletion_vectors()):
            kept = batch.column("selection_vector")
            gone += sum(pc.sum(pc.invert(each.values)).as_py() or 0 for each in kept)
    return sum(int(rows or 0) for rows in in_files) - gone


def marks_deleted(path: Path) -> bool:
    """Whether a file of the table may hold rows that are marked as gone."""
    return _marks_deleted(_open(path))


def _marks_deleted(table: DeltaTable) -> bool:
    return "deletionVectors" in (table.protocol().reader_features or ())


def count_values(path: Path, column: str) -> tuple[int, int]:
    """Rows of the table, and how many of them have a value in `column`, by the log's file statistics.

    A file without statistics for the column counts as one without values.
    """
    if not exists(path):
        return 0, 0
    actions = _open(path).get_add_actions(flatten=True)
    rows = [int(count or 0) for count in actions.column("num_records").to_pylist()]
    name = f"null_count.{column}"
    nulls = actions.column(name).to_pylist() if name in actions.schema.names else rows
    return sum(rows), sum(count - null for count, null in zip(rows, nulls, strict=True) if null is not None)


def read(
    path: Path, *, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
) -> pa.Table:
    """The table's rows, or those columns and rows of it that are asked for.

    pyarrow opens the files by itself here. Left alone it calls back into Python for each, from threads of its own; one
    that is still at it when the process ends takes that down with an abort (exit code 134, seen in one of five).
    """
    wanted = None if columns is None else list(columns)
    conditions = None if filters is None else list(filters)
    table = _open(path)
    if _marks_deleted(table):
        where = None if conditions is None else pq.filters_to_expression(conditions)
        asked = None if wanted is None else [*wanted, *(name for name, _, _ in conditions or ())]
        rows = pa.Table.from_batches(_undeleted(table, asked), _schema(table, asked))
        rows = rows if where is None else rows.filter(where)
        return rows if wanted is None else rows.select(wanted)
    return table.to_pyarrow_table(columns=wanted, filesystem=_files(path), filters=conditions)


def batches(
    path: Path, *, columns: Sequence[str] | None = None, where: dataset.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """The table's rows, or those columns and rows of it that are asked for, a piece at a time: it need not fit memory.

    A column that the table does not have is left out; `where` may name only columns that it has.
    """
    table = _open(path)
    known = [field.name for field in table.schema().fields]
    wanted = None if columns is None else [name for name in columns if name in known]
    if _marks_deleted(table):
        # Which columns an expression reads, it does not tell.
        for batch in _undeleted(table, wanted if where is None else None):
            yield (batch if where is None else batch.filter(where)).select(known if wanted is None else wanted)
        return
    rows: dataset.Dataset = table.to_pyarrow_dataset(filesystem=_files(path))
    yield from rows.to_batches(columns=wanted, filter=where)


def _undeleted(table: DeltaTable, names: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    """The rows of a table with deletion vectors, which pyarrow can't apply: DataFusion reads them."""
    schema = _schema(table, names)
    what = ", ".join('"' + name.replace('"', '""') + '"' for name in schema.names)
    for batch in pa.RecordBatchReader.from_stream(QueryBuilder().register("t", table).execute(f"select {what} from t")):
        yield batch.cast(schema)


def _schema(table: DeltaTable, names: Sequence[str] | None) -> pa.Schema:
    known = pa.schema(table.schema())
    return known if names is None else pa.schema([known.field(name) for name in dict.fromkeys(names)])


def _files(path: Path) -> fs.FileSystem:
    return fs.SubTreeFileSystem(str(path.absolute()), fs.LocalFileSystem())
