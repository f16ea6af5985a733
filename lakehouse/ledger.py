"""The run ledger: small Delta tables in schema `ops`, written through delta-rs (a commit takes milliseconds).

`ops.runs` has a row a run and status, `ops.steps` a row a table and step, `ops.files` a row an ingested file,
`ops.offsets` a row a run and partition of a topic that was read, `ops.snapshots` a row a database's table that was read
and had nothing to land;
`ops.metrics` a row a number about a gold table and `ops.expectations` one for what was asked of it, a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

RUNS = Table("ops", "runs")
STEPS = Table("ops", "steps")
FILES = Table("ops", "files")
OFFSETS = Table("ops", "offsets")
SNAPSHOTS = Table("ops", "snapshots")
METRICS = Table("ops", "metrics")
EXPECTATIONS = Table("ops", "expectations")

_ARROW_TYPES: dict[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "float": pa.float64(),
    "float | None": pa.float64(),
    "bool": pa.bool_(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class RunEntry:
    """A run begins, ends or fails: one row each."""

    run_id: str
    status: str  # started, succeeded, failed
    at: datetime
    command: str
    version: str
    detail: str | None = None


@dataclass(frozen=True)
class StepEntry:
    """What one step did to one table; counts are rows, None where the step has no such count.

    `source_version` counts the commits of the table with `source_id`: one that was made anew begins again.
    """

    run_id: str
    layer: str
    table_name: str
    rows_in: int | None
    rows_valid: int | None
    rows_quarantined: int | None
    rows_written: int | None
    delta_version: int
    source_version: int | None
    seconds: float
    contract: str | None
    contract_version: str | None
    at: datetime
    detail: str | None = None
    source_id: str | None = None


@dataclass(frozen=True)
class FileEntry:
    """A file that is in bronze: its size and time of change tell later whether it was rewritten."""

    run_id: str
    table_name: str
    source: str
    file: str
    bytes: int
    modified_at: datetime
    load_id: str


@dataclass(frozen=True)
class OffsetEntry:
    """What a run did with one partition of a topic.

    Attributes:
        read_from: the first offset of the run.
        read_until: the offset to read next.
        lost: offsets that the broker had dropped before they were read.
        waiting_before: offsets that waited when the run began.
        waiting_after: those that wait at its end; None when the broker did not answer any more.
    """

    run_id: str
    table_name: str
    source: str
    topic: str
    topic_id: str
    partition: int
    read_from: int
    read_until: int
    lost: int
    waiting_before: int
    waiting_after: int | None
    at: datetime


@dataclass(frozen=True)
class SeenTopic:
    """A topic's id when it was read last, empty where that is not known; and whether any message of it was read."""

    id: str = ""
    landed: bool = False


@dataclass(frozen=True)
class SnapshotEntry:
    """A database's table that was read because its fingerprint had changed, and of which nothing had to land.

    Attributes:
        number: of the last snapshot that landed.
        landed: the fingerprint of that snapshot.
        seen: the fingerprint of what was read since.
    """

    run_id: str
    table_name: str
    source: str
    number: int
    landed: str
    seen: str
    at: datetime


@dataclass(frozen=True)
class MetricEntry:
    """A number about a whole table: its exact text and the nearest double; None for no value."""

    run_id: str
    table_name: str
    metric: str
    value: str | None
    number: float | None
    published: bool
    at: datetime


@dataclass(frozen=True)
class ExpectationEntry:
    """What was asked of a whole table, what was found, and whether it held; `stopped` when it stopped the publish."""

    run_id: str
    table_name: str
    name: str
    says: str
    wanted: str
    got: str
    severity: str
    holds: bool
    stopped: bool
    at: datetime


Entry = RunEntry | StepEntry | FileEntry | OffsetEntry | SnapshotEntry | MetricEntry | ExpectationEntry


class Ledger:
    """Appends to and reads the ledger of one warehouse."""

    def __init__(self, warehouse: Path) -> None:
        self._warehouse = warehouse

    def write(self, table: Table, entries: Sequence[Entry]) -> None:
        """Append entries in one commit; nothing for no entries."""
        if not entries:
            return
        # Not left to pyarrow: after some other libraries were loaded it has been seen to drop the zone.
        plain = [{key: _in_utc(value) for key, value in asdict(entry).items()} for entry in entries]
        rows = pa.Table.from_pylist(plain, schema=_schema(type(entries[0])))
        # An older version's table lacks columns.
        write_deltalake(str(table_path(self._warehouse, table)), rows, mode="append", schema_mode="merge")

    def runs(self) -> list[dict[str, Any]]:
        """All rows of `ops.runs`, oldest first."""
        return sorted(self._rows(RUNS), key=lambda row: row["at"])

    def steps(self, run_id: str | None = None) -> list[dict[str, Any]]:
        """The rows of `ops.steps`, of one run or of all, oldest first."""
        filters = [("run_id", "=", run_id)] if run_id else None
        return sorted(self._rows(STEPS, filters=filters), key=lambda row: row["at"])

    def gated_until(self, table: Table, source: Table, until: int) -> int:
        """The newest version of `source`, at most `until`, whose rows are judged and both kept and quarantined.

        -1 for none. What was judged of a table that is deleted since, and made anew, does not count: the ledger
        outlives it. Where an older version did not note which it was, it counts.
        """
        filters = [("layer", "=", source.schema + "->" + table.schema), ("table_name", "=", str(table))]
        rows = self._rows(STEPS, columns=["source_version", "source_id"], filters=filters)
        same = {None, deltalog.identity(table_path(self._warehouse, source))}
        found = [row["source_version"] for row in rows if row.get("source_id") in same]
        return max((version for version in found if version is not None and version <= until), default=-1)

    def last_detail(self, layer: str, table_name: str) -> str | None:
        """The `detail` of the newest step of a layer and table; None when there was none."""
        filters = [("layer", "=", layer), ("table_name", "=", table_name)]
        rows = self._rows(STEPS, columns=["at", "detail"], filters=filters)
        newest = max(rows, key=lambda row: row["at"], default=None)
        return newest["detail"] if newest else None

    def published_metrics(self) -> dict[str, dict[str, str | None]]:
        """The numbers of each table's last publish: table to metric to text."""
        found = sorted(self._rows(METRICS, filters=[("published", "=", True)]), key=lambda row: row["at"])
        newest = {row["table_name"]: row["at"] for row in found}
        numbers: dict[str, dict[str, str | None]] = {table: {} for table in newest}
        for row in found:
            if row["at"] == newest[row["table_name"]]:
                numbers[row["table_name"]][row["metric"]] = row["value"]
        return numbers

    def expectations(self) -> list[dict[str, Any]]:
        """The rows of `ops.expectations` of the last time that gold was judged; empty when it never was."""
        rows = self._rows(EXPECTATIONS)
        newest = max((row["at"] for row in rows), default=None)
        return [row for row in rows if row["at"] == newest]

    def last_published(self) -> datetime | None:
        """When gold was published last; None when it never was."""
        rows = self._rows(METRICS, columns=["at"], filters=[("published", "=", True)])
        return max((row["at"] for row in rows), default=None)

    def last_at(self, layer: str, table_name: str | None = None) -> datetime | None:
        """When the newest step of a layer, or of one of its tables, ended; None when there was none."""
        filters = [("layer", "=", layer), *([("table_name", "=", table_name)] if table_name else [])]
        rows = self._rows(STEPS, columns=["at"], filters=filters)
        return max((row["at"] for row in rows), default=None)

    def files(self, table: Table) -> dict[str, tuple[int, datetime]]:
        """The files already in a bronze table: path to (bytes, time of change)."""
        rows = self._rows(FILES, filters=[("table_name", "=", str(table))])
        return {row["file"]: (row["bytes"], row["modified_at"]) for row in rows}

    def topics(self, table: Table, source: str) -> dict[str, SeenTopic]:
        """What is known of a source's topics, by name."""
        filters = [("table_name", "=", str(table)), ("source", "=", source)]
        columns = ["topic", "topic_id", "read_from", "read_until", "at"]
        found: dict[str, SeenTopic] = {}
        for row in sorted(self._rows(OFFSETS, columns=columns, filters=filters), key=lambda row: row["at"]):
            before = found.get(row["topic"], SeenTopic())
            landed = before.landed or row["read_until"] > row["read_from"]
            found[row["topic"]] = SeenTopic(row["topic_id"] or before.id, landed)
        return found

    def seen_snapshot(self, table: Table, source: str, number: int, landed: str) -> tuple[str, datetime] | None:
        """The fingerprint that a source's table had when it was read last and nothing had to land, and when that was.

        None when it was not since a snapshot landed with this number and fingerprint.
        """
        filters = [("table_name", "=", str(table)), ("source", "=", source), ("number", "=", number)]
        # By its fingerprint, too: a bronze table that was deleted and read anew has its numbers once more.
        filters.append(("landed", "=", landed))
        rows = self._rows(SNAPSHOTS, columns=["seen", "at"], filters=filters)
        newest = max(rows, key=lambda row: row["at"], default=None)
        return (newest["seen"], newest["at"]) if newest else None

    def waiting(self, table: Table, source: str, run_id: str) -> int | None:
        """How many offsets of a source waited when a run had read it; None when that is not known."""
        filters = [("table_name", "=", str(table)), ("source", "=", source), ("run_id", "=", run_id)]
        rows = self._rows(OFFSETS, columns=["waiting_after"], filters=filters)
        found = [row["waiting_after"] for row in rows]
        return None if None in found or not found else sum(found)

    def _rows(
        self,
        table: Table,
        *,
        columns: Iterable[str] | None = None,
        filters: list[tuple[str, str, Any]] | None = None,
    ) -> list[dict[str, Any]]:
        path = table_path(self._warehouse, table)
        if not deltalog.exists(path):
            return []
        wanted = None
        if columns is not None:
            known = deltalog.columns(path)  # an older version's table may lack one
            wanted = [name for name in columns if name in known]
        rows: list[dict[str, Any]] = deltalog.read(path, columns=wanted, filters=filters).to_pylist()
        return rows


def _schema(entry: type[Entry]) -> pa.Schema:
    return pa.schema([(field.name, _ARROW_TYPES[str(field.type)]) for field in fields(entry)])


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value
