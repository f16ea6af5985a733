"""What there is to read of a database's table: pure decisions over what it says of itself and the last snapshot."""

from __future__ import annotations

import difflib
import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hallmark.bronze.plan import Private, SourcePlan, private_of, source_columns
from hallmark.contracts.model import Contract, Server, Snapshot
from hallmark.lakehouse.errors import DataError, HallmarkError, ProgressError
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.names import Table, bronze_column
from hallmark.lakehouse.words import many

WATERMARK_TYPES: tuple[str, ...] = ("int2", "int4", "int8", "numeric", "date", "timestamp", "timestamptz")
PARTITION_TYPES: tuple[str, ...] = ("int2", "int4", "int8", "date", "timestamp", "timestamptz")
_PRINT_DIGITS = 32
_UNREADABLE = ("money",)  # its text depends on the server's place
# Arrays, flags, rows, times, enumerations, shapes, addresses, numbers, ranges, texts, periods, bits.
_CATEGORIES = frozenset("ABCDEGINRSTV")
_OTHERS = frozenset({"uuid", "json", "jsonb", "bytea", "xml", "tsvector", "tsquery", "jsonpath", "pg_lsn"})


@dataclass(frozen=True)
class DbColumn:
    """A column of a database's table: its type's name (a domain's is that of what it is made of) and category."""

    name: str
    type: str
    category: str

    @property
    def readable(self) -> bool:
        """Whether its values have a text that is the same everywhere."""
        return self.type.removeprefix("_") not in _UNREADABLE and (self.category in _CATEGORIES or self.type in _OTHERS)


@dataclass(frozen=True)
class TableShape:
    """A table as the database has it: its columns, and the sets of columns that it holds unique and never null."""

    columns: tuple[DbColumn, ...]
    keys: tuple[frozenset[str], ...] = ()

    @property
    def types(self) -> Mapping[str, str]:
        """The columns' types by name."""
        return {column.name: column.type for column in self.columns}


@dataclass(frozen=True)
class Contents:
    """What of a table would be read now.

    Attributes:
        rows: how many rows; of a watermark those that hold the last one or a later one.
        fingerprint: changes when a row of the table does; under a watermark a row with the newest one.
        watermark: the newest one; None without rows, or without a watermark.
        went_back: whether the newest watermark is before the last one that was read.
        unplaced: whether a row has no watermark, or one that no later row can be after.
    """

    rows: int
    fingerprint: str
    watermark: str | None = None
    went_back: bool = False
    unplaced: bool = False


Found = tuple[TableShape, Contents] | HallmarkError
"""What a database says of a table, or why it says nothing."""


@dataclass(frozen=True)
class Last:
    """The last snapshot that is in bronze.

    Attributes:
        number: its number.
        fingerprint: of what it was.
        watermark: the newest one that it has.
        at: when it was taken, or when the table was last read and nothing of it had to land; UTC.
        seen: the fingerprint of what was read then: it differs, and bronze has all of it the same.
        path: the table that it was of, `schema.table`.
        column: the watermark's; empty without one.
    """

    number: int
    fingerprint: str
    watermark: str | None
    at: datetime
    seen: str = ""
    path: str = ""
    column: str = ""


@dataclass(frozen=True)
class SnapshotPlan(SourcePlan):
    """A database's table to read into one bronze table.

    Attributes:
        table: the bronze table.
        server: the contract's server; its `path` is `schema.table`.
        columns: bronze columns that the contract's source columns map to.
        key: the source's columns of the primary key.
        last: the last snapshot that bronze has; None before the first.
        shape: the table's columns; None when the database was not asked.
        contents: what is in it.
        trouble: why it can't be read now.
        private: what of its rows is protected before it is written; None for nothing.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    last: Last | None
    shape: TableShape | None = None
    contents: Contents | None = None
    trouble: HallmarkError | None = None
    private: Private | None = None

    @property
    def number(self) -> int:
        """The number of the snapshot that comes next."""
        return self.last.number + 1 if self.last else 0

    @property
    def load_id(self) -> str:
        """The load id of that snapshot."""
        return load_id(self.table, self.server, self.number)

    @property
    def due(self) -> bool:
        """Whether there is something to read."""
        return self.trouble is None and bool(self.why)

    @property
    def only_ties(self) -> bool:
        """Whether no watermark is later than the last one: of the rows that have that one some are new."""
        newest = self.contents.watermark if self.contents else None
        return newest is not None and self.last is not None and newest == self.last.watermark

    @property
    def why(self) -> str:
        """Why it is read, in a few words; empty when there is nothing to read."""
        found, last, name = self.contents, self.last, self.server.name
        compares = last is not None and snapshot_of(self.server).mode == "changes"
        if found is None or not (found.rows or compares):
            return ""  # an empty table has no row to land; in comparison with an earlier one all are gone
        if last is not None and (found.fingerprint, found.watermark) == (last.fingerprint, last.watermark):
            return ""
        if last is not None and found.fingerprint == last.seen:
            return ""
        rows = many(found.rows, "row")
        if last is None:
            return f"first snapshot of {name}, {rows}"
        if found.watermark is not None and last.watermark is not None:
            return f"{rows} of {name} from {last.watermark} on"
        return f"{name} has changed since snapshot {last.number}, {rows}{' to compare' if compares else ''}"


def snapshot_of(server: Server) -> Snapshot:
    """How a Postgres server is read."""
    return server.snapshot or Snapshot()


def load_id(table: Table, server: Server, number: int) -> str:
    """The load id of a snapshot; its number is the version of the commit's transaction."""
    return f"{table.name}/{server.name}/{number:06d}"


def is_fresh(server: Server, last: Last | None, at: datetime | None) -> bool:
    """Whether the last snapshot is younger than the contract's `every`: then the database is not asked."""
    every = snapshot_of(server).every
    return every is not None and last is not None and at is not None and at - last.at < every


def source_key(contract: Contract) -> tuple[str, ...]:
    """The source's columns of the primary key."""
    table = contract.objects[0]
    sources = {prop.name: prop.source for prop in table.properties}
    return tuple(sources[name] for name in table.key)


def plan_snapshot(contract: Contract, server: Server, last: Last | None, found: Found | None) -> SnapshotPlan:
    """Tell what is to be read, and what is in the way.

    Args:
        contract: the source's contract.
        server: its Postgres server.
        last: the last snapshot in bronze.
        found: what the database says, or why it says nothing; None when it was not asked.
    """
    table, columns = Table("bronze", contract.bronze_name), source_columns(contract)
    plan = SnapshotPlan(table, server, columns, source_key(contract), last, private=private_of(contract))
    return plan if found is None else plan_again(plan, found)


def plan_again(plan: SnapshotPlan, found: Found) -> SnapshotPlan:
    """The plan by what the database says now."""
    if isinstance(found, HallmarkError):
        return replace(plan, trouble=found)
    shape, contents = found
    return replace(plan, shape=shape, contents=contents, trouble=_watermark_trouble(plan.server, plan.last, contents))


def keyed(contents: Contents, keys: Sequence[MasterKey], last: Last | None = None) -> Contents:
    """Contents whose fingerprint is of the rows and a master key: without the key nobody can try rows against it.

    Args:
        contents: with the fingerprint that the database made, of the rows alone.
        keys: master keys, the newest one last; without any no snapshot was protected yet, and none is the same.
        last: the last snapshot: with the key of its time, where that is among `keys`, the two can be compared.
    """
    if not keys:
        return replace(contents, fingerprint="no key")
    known = (last.seen or last.fingerprint).partition("-")[0] if last else ""
    key = next((key for key in keys if key.id == known), keys[-1])
    digest = hmac.digest(key.derived("snapshot"), contents.fingerprint.encode(), hashlib.sha256).hex()
    return replace(contents, fingerprint=f"{key.id}-{digest[:_PRINT_DIGITS]}")


def refuse_unfit(server: Server, shape: TableShape, key: tuple[str, ...]) -> DataError | None:
    """The letter about a table that can't be read as the contract wants it."""
    snapshot, where = snapshot_of(server), f"server {server.name}: {server.path}"
    odd = [f"{column.name} ({column.type})" for column in shape.columns if not column.readable]
    if odd:
        return DataError(
            "columns of types that are not read",
            where=where,
            got=", ".join(odd[:5]) + (f" and {len(odd) - 5} more" if len(odd) > 5 else ""),
            todo="make a view that casts them to text or leaves them out, and name it as the table's physicalName",
        )
    named = Counter(bronze_column(name).lower() for name in shape.types)
    if twice := [name for name in shape.types if named[bronze_column(name).lower()] > 1]:
        return DataError(
            "columns whose names become one in bronze",
            where=where,
            got=", ".join(twice),
            todo="make a view that renames them, and name it as the table's physicalName",
        )
    wanted = {"watermark": (snapshot.watermark, WATERMARK_TYPES)}
    wanted["partitionColumn"] = (snapshot.partition_column, PARTITION_TYPES)
    for option, (column, types) in wanted.items():
        if column and shape.types.get(column) not in types:
            return _unfit_column(option, column, types, shape, where)
    for column in key:
        if column not in shape.types:
            return _unfit_column("the contract's primaryKey", column, (), shape, where)
    if snapshot.mode == "changes" and not any(each <= {*key} for each in shape.keys):
        return DataError(
            "the table has no primary key that tells its rows apart",
            where=where,
            got="; ".join(", ".join(sorted(each)) for each in shape.keys) or "no primary key",
            wanted=f"{', '.join(key)}, which the contract names, unique and not null in the database",
            todo="give the table that key, or mend primaryKey in the contract; snapshot: full needs none",
        )
    return None


def refuse_other_watermark(server: Server, last: Last | None) -> ProgressError | None:
    """The letter about a watermark of another column or table than the one that the last snapshot came up to."""
    column = snapshot_of(server).watermark
    if not column or last is None or last.watermark is None or (last.path, last.column) == (server.path, column):
        return None
    return ProgressError(
        "the watermark is not the one that the last snapshot came up to",
        where=f"server {server.name}",
        got=f"{column} of {server.path}",
        wanted=f"{last.column} of {last.path}, which is read up to {last.watermark}",
        todo="put it back; or give the server another name in the contract: under it the table is read from its "
        "beginning, and silver takes what it does not have",
    )


def _unfit_column(option: str, column: str, types: tuple[str, ...], shape: TableShape, where: str) -> DataError:
    if column in shape.types:
        what, got = f"{option} is of a type that has no order here", f"{column} ({shape.types[column]})"
        return DataError(what, where=where, got=got, wanted=", ".join(types), todo="name another column")
    near = difflib.get_close_matches(column, shape.types, n=1, cutoff=0.6)
    todo = f"did you mean '{near[0]}'?" if near else f"the table has: {', '.join([*shape.types][:8])}"
    return DataError(f"{option} names no column of the table", where=where, got=column, todo=todo)


def _watermark_trouble(server: Server, last: Last | None, found: Contents) -> HallmarkError | None:
    column, where = snapshot_of(server).watermark, f"server {server.name}: {server.path}"
    if not column:
        return None
    if found.unplaced:
        return DataError(
            "rows without a watermark, or with an endless one: a snapshot would never read them or those after them",
            where=where,
            got=f"null, infinity or NaN in {column}",
            wanted="a finite value in every row",
            todo="fill them and make the column NOT NULL, or read all rows: remove watermark from the server",
        )
    if last is not None and last.watermark is not None and found.went_back:
        return ProgressError(
            "the watermark went back: the newest rows are gone, or the table was restored",
            where=where,
            got=f"{column} up to {found.watermark or 'nothing'}",
            wanted=f"{last.watermark} or later, which was read before",
            todo="restore the rows; or give the server another name in the contract: under it the table is read from "
            "its beginning, and silver takes what it does not have",
        )
    return None
