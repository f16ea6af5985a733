"""Landed files into bronze, exactly once per file, however often the process is killed.

Structured Streaming's file source keeps the list of seen files in its checkpoint and hands them over in numbered
batches; each batch is one Delta append that carries its number, so a batch that comes again is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.admit import admit, refuse_without_key
from hallmark.bronze.listing import stream_globs
from hallmark.bronze.plan import IngestPlan, bronze_ddl
from hallmark.bronze.probe import unreadable
from hallmark.bronze.progress import checkpoint_folder, refuse_half_gone
from hallmark.bronze.readers import read_files, with_metadata
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import HallmarkError, StepError
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.ledger import FILES, FileEntry, Ledger
from hallmark.lakehouse.names import (
    FILE,
    LOAD_ID,
    RESCUED,
)
from hallmark.lakehouse.spark_errors import stream_without_data
from hallmark.lakehouse.tables import Lake, Txn

# Spark would pass over files that are a week older than the newest it has read: copied files keep their times.
_MAX_FILE_AGE = "3650000d"
_FILE_SCHEMA = "path string, modificationTime timestamp, length long, content binary"


@dataclass(frozen=True)
class Load:
    """What an ingest needs to know of its run: id, time (UTC), how many files make one commit, and the master key.

    Without a key a source with protected values is not read.
    """

    run_id: str
    at: datetime
    max_files: int
    key: MasterKey | None = None


@dataclass(frozen=True)
class Ingested:
    """Rows that bronze got, and how many of them are unreadable text in `_rescued`."""

    rows: int
    rescued: int


def checkpoint_of(warehouse: Path, plan: IngestPlan) -> Path:
    """Where the source's list of seen files is kept."""
    return checkpoint_folder(warehouse, plan.table, plan.server.name)


def ingest(lake: Lake, plan: IngestPlan, load: Load) -> Ingested:
    """Read the plan's new files into its bronze table.

    Raises:
        ProgressError: when the checkpoint is gone while bronze holds rows of this source, or the other way round.
        StepError: when Spark fails for another reason than an unreadable file.
        SettingsError: when values are to be protected and there is no key.
    """
    refuse_without_key(plan, load.key)
    checkpoint = checkpoint_of(lake.warehouse, plan)
    refuse_half_gone(lake, plan, checkpoint, "files")
    lake.ensure(plan.table, bronze_ddl(plan.columns))
    before = deltalog.count_values(lake.path(plan.table), RESCUED)
    folders, names = stream_globs(plan.root, plan.server)
    files = lake.spark.readStream.format("binaryFile").schema(_FILE_SCHEMA).option("pathGlobFilter", names)
    stream = (
        files.option("maxFilesPerTrigger", plan.server.max_per_batch or load.max_files)
        .option("maxFileAge", _MAX_FILE_AGE)
        .load(folders)
        .select("path", "modificationTime", "length")
    )
    writer = stream.writeStream.foreachBatch(_batch_writer(plan, load, lake.warehouse))
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    try:
        query.awaitTermination()
    except Exception as error:
        raise StepError(
            "a source could not be read into bronze",
            where=f"{plan.table} from {plan.server.name}",
            got=stream_without_data(error),
            todo="nothing of this batch was kept; mend the cause and run again",
        ) from error
    _remember_empty(plan, load, Ledger(lake.warehouse))
    _refuse_undelivered(lake, plan, load)
    after = deltalog.count_values(lake.path(plan.table), RESCUED)
    return Ingested(after[0] - before[0], after[1] - before[1])


def _batch_writer(plan: IngestPlan, load: Load, warehouse: Path) -> Callable[[DataFrame, int], None]:
    # Captures plain data only: on Spark Connect this function is shipped to the server.
    def write(batch: DataFrame, batch_id: int) -> None:
        rows = batch.collect()  # names of at most `max_files` files
        # A name that reads like a glob makes Spark list its neighbours twice.
        entries = list({row["path"]: _entry(row, plan, load, batch_id) for row in rows}.values())
        if entries:
            _append(
                Lake(batch.sparkSession, warehouse),
                plan,
                load,
                batch_id,
                sorted(entry.file for entry in entries),
            )
            ledger = Ledger(warehouse)
            known = ledger.files(plan.table)
            ledger.write(FILES, [entry for entry in entries if entry.file not in known])

    return write


def _remember_empty(plan: IngestPlan, load: Load, ledger: Ledger) -> None:
    # Spark counts an empty file as seen and tells nobody. The ledger must know it, or it is new for ever.
    known, load_id = ledger.files(plan.table), f"{plan.table.name}/{plan.server.name}/empty"
    empty = [file for file in plan.new if file.bytes == 0 and file.path not in known]
    found = [
        (load.run_id, str(plan.table), plan.server.name, file.path, 0, file.modified_at, load_id) for file in empty
    ]
    ledger.write(FILES, [FileEntry(*parts) for parts in found])


def _refuse_undelivered(lake: Lake, plan: IngestPlan, load: Load) -> None:
    # Spark passes over files without a word: those that it has seen (their row of the ledger was lost), those that are
    # ages older than another. The former are in bronze, and the ledger learns of them; the latter must be told.
    ledger = Ledger(lake.warehouse)
    known = ledger.files(plan.table)
    left = {file.path: file for file in plan.new if file.path not in known}
    if not left:
        return
    rows = lake.read(plan.table).where(F.col(FILE).isin([*left])).select(FILE, LOAD_ID).distinct().collect()
    there = {row[FILE]: row[LOAD_ID] for row in rows}
    found = [
        FileEntry(load.run_id, str(plan.table), plan.server.name, path, file.bytes, file.modified_at, there[path])
        for path, file in left.items()
        if path in there
    ]
    ledger.write(FILES, found)
    lost = [path for path in left if path not in there and Path(path).exists()]
    if lost:
        raise StepError(
            "Spark passed over new files",
            where=f"{plan.table} from {plan.server.name}",
            got=", ".join(lost[:5]),
            wanted="each new file once (Spark reads none that is millennia older than another)",
            todo="land them under a new name, with a time of change of today",
        )


def _append(lake: Lake, plan: IngestPlan, load: Load, batch_id: int, paths: list[str]) -> None:
    txn, load_id = Txn(plan.app, batch_id), _load_id(plan, batch_id)
    try:
        frame = read_files(lake.spark, plan.server, paths)
        if frame is not None:
            frame = admit(lake, frame, plan, load.key, load.at)
            lake.append(with_metadata(frame, plan.server, load.at, load_id), plan.table, txn)
    except HallmarkError:
        raise
    except Exception:
        bad = unreadable(paths, plan.server.format)
        frame = read_files(lake.spark, plan.server, paths, bad)
        if not bad or frame is None:
            raise
        frame = admit(lake, frame, plan, load.key, load.at)
        lake.append(with_metadata(frame, plan.server, load.at, load_id), plan.table, txn)


def _load_id(plan: IngestPlan, batch_id: int) -> str:
    return f"{plan.table.name}/{plan.server.name}/{batch_id:06d}"


def _entry(file: Row, plan: IngestPlan, load: Load, batch_id: int) -> FileEntry:
    # Spark hands over session-zone (UTC) times without a zone.
    modified: datetime = file["modificationTime"]
    changed = modified.replace(tzinfo=UTC) if modified.tzinfo is None else modified.astimezone(UTC)
    return FileEntry(
        load.run_id,
        str(plan.table),
        plan.server.name,
        local_path(file["path"]),
        file["length"],
        changed,
        _load_id(plan, batch_id),
    )


def local_path(place: str) -> str:
    """What Spark's file source calls a file, as a path. It looks like a URI, but nothing is escaped in it.

    >>> local_path("file:/data/a%20b.csv"), local_path("file:///data/c.csv")
    ('/data/a%20b.csv', '/data/c.csv')
    """
    return "/" + place.removeprefix("file:").lstrip("/")
