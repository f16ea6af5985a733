"""What there is to ingest: pure decisions over a listing of files and what the ledger knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hallmark.contracts.model import Contract, SchemaObject, Server
from hallmark.lakehouse.names import BRONZE_METADATA_DDL, Table, bronze_column, quoted


@dataclass(frozen=True)
class LandedFile:
    """A file as the file system lists it."""

    path: str
    bytes: int
    modified_at: datetime


@dataclass(frozen=True)
class Private:
    """The tables of a source of which one at least has protected columns; `events` when they come as change events."""

    tables: tuple[SchemaObject, ...]
    events: bool


@dataclass(frozen=True)
class SourcePlan:
    """What every source has that is read into a bronze table: the table and the contract's server."""

    table: Table
    server: Server

    @property
    def app(self) -> str:
        """The transaction application id of this source's appends."""
        return f"{self.table}<-{self.server.name}"


@dataclass(frozen=True)
class IngestPlan(SourcePlan):
    """One source to read into one bronze table.

    Attributes:
        table: the bronze table.
        server: the contract's server.
        root: the data root that holds its files.
        columns: bronze columns that the contract's source columns map to.
        new: files not in bronze yet.
        known: how many files are in bronze already.
        rewritten: files that changed after they were ingested; their new content is not read.
        private: what of its rows is protected before it is written; None for nothing.
    """

    root: Path
    columns: tuple[str, ...]
    new: tuple[LandedFile, ...]
    known: int
    rewritten: tuple[str, ...]
    private: Private | None = None


DEBEZIUM_COLUMNS = ("topic", "partition", "offset", "timestamp", "headers", "key", "value")


def bronze_ddl(columns: Iterable[str]) -> str:
    """The columns of a bronze table: the technical ones, then everything a source has, as text.

    The technical ones come first because Delta keeps statistics of the first 32 columns only.
    """
    return ", ".join([BRONZE_METADATA_DDL, *(f"{quoted(name)} string" for name in columns)])


def source_columns(contract: Contract) -> tuple[str, ...]:
    """The bronze columns that a contract expects its source to have."""
    if contract.is_cdc:
        return DEBEZIUM_COLUMNS
    named = [bronze_column(name) for prop in contract.objects[0].properties for name in prop.source_columns]
    return tuple(dict.fromkeys(named))


def private_of(contract: Contract) -> Private | None:
    """What of a source is protected; None when its contract protects nothing."""
    protects = contract.is_source and any(table.protected for table in contract.objects)
    return Private(contract.objects, contract.is_cdc) if protects else None


def plan_ingest(
    contract: Contract,
    server: Server,
    root: Path,
    landed: Iterable[LandedFile],
    known: Mapping[str, tuple[int, datetime]],
) -> IngestPlan:
    """Tell new files from those already in bronze and from those rewritten since.

    Args:
        contract: the source's contract.
        server: the place listed.
        root: the data root that the listing is of.
        landed: the files there now.
        known: what the ledger says is in bronze: path to (bytes, time of change).
    """
    files = sorted(landed, key=lambda file: file.path)
    return IngestPlan(
        table=Table("bronze", contract.bronze_name),
        server=server,
        root=root,
        columns=source_columns(contract),
        new=tuple(file for file in files if file.path not in known),
        known=sum(file.path in known for file in files),
        rewritten=tuple(
            file.path for file in files if file.path in known and known[file.path] != (file.bytes, file.modified_at)
        ),
        private=private_of(contract),
    )
