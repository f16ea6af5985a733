"""Rows written once and shared out afterwards: one Spark job writes files, then each table takes its own by a commit.

Spark has no write with two targets; two filtered writes compute everything twice. Here the rows go to plain Parquet,
split by a column. What lands in a table's folder is not in the table before the commit, so counts can be checked in
between, and a run that is killed leaves files that nobody reads.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake
from deltalake.transaction import AddAction
from pyspark.sql import DataFrame

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake, Txn, Written

FOLDER = "_staging"
KEPT_FOLDER = "_verdicts"
_NOTE = "note.json"


@dataclass(frozen=True)
class Staged:
    """Parquet files of rows that were split by a boolean column: `files[True]` and `files[False]`."""

    folder: Path
    files: dict[bool, tuple[Path, ...]]

    def rows(self, part: bool) -> int:  # noqa: FBT001 -- the part's name
        """How many rows a part has, by the files' footers."""
        return sum(pq.read_metadata(file).num_rows for file in self.files[part])


@contextmanager
def staged(lake: Lake, rows: DataFrame, by: str) -> Iterator[Staged]:
    """Write `rows` once, split by the boolean column `by`; the files are gone when the block ends.

    Raises:
        Exception: whatever Spark finds wrong with the rows.
    """
    folder = lake.warehouse / FOLDER / uuid.uuid4().hex
    try:
        rows.write.partitionBy(by).parquet(str(folder))
        parts = {part: tuple(sorted(folder.glob(f"{by}={str(part).lower()}/*.parquet"))) for part in (True, False)}
        yield Staged(folder, parts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_staging(warehouse: Path) -> None:
    """Remove what a killed run left; nobody reads it. Only the holder of the warehouse may do that."""
    shutil.rmtree(warehouse / FOLDER, ignore_errors=True)


@dataclass(frozen=True)
class Kept:
    """Files that a killed run left on purpose, and the note that was kept with them."""

    files: tuple[Path, ...]
    note: Mapping[str, Any]


def kept_place(warehouse: Path, name: str) -> Path:
    """Where files are kept under a name: beside the staging area, which every run empties."""
    return warehouse / KEPT_FOLDER / name


def keep(files: Sequence[Path], place: Path, note: Mapping[str, Any]) -> None:
    """Keep a part's staged files beyond the end of this process; all of them and the note are there at once.

    Args:
        files: all files of one part; the note is kept also without any.
        place: where; what was kept there before is forgotten.
        note: what to know of them, as JSON.
    """
    forget(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    if files:
        files[0].parent.rename(place)
    else:
        place.mkdir()
    unfinished = place / f"{_NOTE}.new"
    unfinished.write_text(json.dumps(note), encoding="utf-8")
    unfinished.rename(place / _NOTE)  # without its note nothing is kept


def kept(place: Path) -> Kept | None:
    """What is kept at a place; None for nothing."""
    note = place / _NOTE
    if not note.is_file():
        return None
    return Kept(tuple(sorted(place.glob("*.parquet"))), json.loads(note.read_text(encoding="utf-8")))


def forget(place: Path) -> None:
    """Remove what is kept at a place; the note goes first, so that a kill leaves nothing that looks whole."""
    (place / _NOTE).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)


def take_files(lake: Lake, files: Sequence[Path], table: Table, txn: Txn, *, anew: bool = False) -> Written:
    """Append staged files to a table as they are, once for `txn`: they are moved, and one commit names them.

    Columns of the files that the table does not have are not read. With `anew` they replace what the table has.

    Raises:
        ProgressError: when a newer version of `txn.app` is already there.
    """
    done = lake.done(table, txn)
    if done is not None:
        return done
    place = lake.path(table)
    names = deltalog.columns(place)
    actions: list[AddAction] = []
    rows = 0
    for file in files:
        home = place / f"part-{uuid.uuid4().hex}.snappy.parquet"
        file.rename(home)
        footer = pq.read_metadata(home)
        actions.append(_add(home, footer, names))
        rows += footer.num_rows
    return lake.commit(actions, table, txn, rows, mode="overwrite" if anew else "append")


def append_arrow(lake: Lake, rows: pa.RecordBatchReader, table: Table, txn: Txn) -> Written:
    """Append rows without Spark, once for `txn`; new columns are added to the table.

    Args:
        lake: the warehouse.
        rows: what to append.
        table: an existing table.
        txn: what the rows are of.

    Raises:
        ProgressError: when a newer version of `txn.app` is already there.
    """
    done = lake.done(table, txn)
    if done is not None:
        return done
    place = str(lake.path(table))
    write_deltalake(place, rows, mode="append", schema_mode="merge", commit_properties=txn.properties)
    return lake.written(table)


def overwrite_arrow(lake: Lake, rows: pa.Table, table: Table, txn: Txn) -> Written:
    """Replace all rows without Spark, whatever `txn` did before; new columns are added to the table."""
    place = str(lake.path(table))
    write_deltalake(place, rows, mode="overwrite", schema_mode="merge", commit_properties=txn.properties)
    return lake.written(table)


def _add(file: Path, footer: pq.FileMetaData, columns: Sequence[str]) -> AddAction:
    stats = {"numRecords": footer.num_rows, "nullCount": _nulls(footer, set(columns))}
    place = file.stat()
    return AddAction(file.name, place.st_size, {}, int(place.st_mtime * 1000), True, json.dumps(stats))  # noqa: FBT003 -- not ours


def _nulls(footer: pq.FileMetaData, columns: set[str]) -> dict[str, int]:
    """How many nulls the columns have, as far as the footer tells."""
    nulls: dict[str, int] = {}
    for i in range(footer.num_columns):
        name = footer.schema.column(i).path
        chunks = [footer.row_group(group).column(i).statistics for group in range(footer.num_row_groups)]
        if name in columns and chunks and all(chunk is not None and chunk.has_null_count for chunk in chunks):
            nulls[name] = sum(chunk.null_count for chunk in chunks)
    return nulls
