"""A contract as read from its ODCS file: frozen, typed, no Spark."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hallmark.contracts.measures import Comparison, Tolerance

FORMATS = ("csv", "json", "parquet", "debezium", "delta")
_PERSONAL = frozenset(
    {"personal", "personally", "pii", "phi", "sensitive", "confidential", "restricted", "private", "secret"}
)
_OPEN = frozenset({"public", "internal", "open", "unrestricted", "unclassified", "none"})
ACTIONS = ("quarantine", "warn", "drop", "fail")
CLASSES = "personal, pii, phi, sensitive, confidential, restricted, private or secret; public, internal or open"
DEEPEST = 8
"""How many levels of objects and arrays within a column have rules: each level makes the SQL of all below it longer."""


def is_personal(classification: object) -> bool | None:
    """Whether values of a classification are kept out of reasons; None where no word of it is known.

    >>> is_personal("Personal data"), is_personal("non-personal"), is_personal("internal"), is_personal("tier 2")
    (True, False, False, None)
    """
    words = set(re.findall("[a-z]+", str(classification or "").lower()))
    if not words:
        return False
    if words & _PERSONAL:
        return not words & {"non", "not", "no"}
    return False if words & _OPEN else None


_NOT_OF_A_ROW = frozenset({"source", "transaction", "op", "ts_ms", "ts_us", "ts_ns", "offset", "timestamp"})
EVOLUTIONS = ("evolve", "rescue", "freeze", "fail")
"""What becomes of a source's columns that its contract does not name (docs/sources.md)."""


@dataclass(frozen=True)
class Document:
    """A contract file's content that holds the ODCS JSON schema, and the line of each value in it."""

    file: Path
    content: dict[str, Any]
    line: Callable[[Sequence[str | int]], int]


SNAPSHOTS = ("full", "changes")
"""What lands of a snapshot: its rows, or what differs from the last one, as change events."""


@dataclass(frozen=True)
class Snapshot:
    """How snapshots of a database's table are taken.

    Attributes:
        mode: one of `SNAPSHOTS`.
        watermark: the column that grows with each change; only rows from the last one on are read. Empty for all rows.
        partition_column: the column whose range is cut for reading side by side; empty for one read.
        partitions: into how many pieces.
        fetch_size: rows that the driver holds at a time, a connection.
        every: how old the last one may get before the database is asked again; None: each run asks.
    """

    mode: str = "full"
    watermark: str = ""
    partition_column: str = ""
    partitions: int = 1
    fetch_size: int = 10_000
    every: timedelta | None = None


@dataclass(frozen=True)
class Server:
    """One place a source lands: its name (`_source`), path relative to a data root, format and reader options.

    `place` has the other keys of the server (host, location, ...) as the contract gives them.

    Attributes:
        columns: the names that the fields of a file without a header have, in order.
        evolution: what becomes of columns that the contract does not name, one of `EVOLUTIONS`.
        max_per_batch: the most files, or messages, that one commit takes; None leaves it to the settings.
        topics: of a Kafka server; its `path` is their names with commas.
        skips_lost: whether to go on after messages that the broker dropped before they were read.
        snapshot: of a database's server, how its table is read; its `path` is `schema.table`.
    """

    name: str
    path: str
    format: str
    options: dict[str, str] = field(default_factory=dict)
    type: str = "local"
    place: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    evolution: str = "evolve"
    max_per_batch: int | None = None
    topics: tuple[str, ...] = ()
    skips_lost: bool = False
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class Reaction:
    """What becomes of a row that breaks a rule, and how much of it a load bears.

    `quarantine` keeps it out of silver, open for a replay; `drop` keeps it out as rejected; `warn` lets it through with
    a word; `fail` stops the load before anything of it is written. Above `fail_above` any of them stops the load.
    """

    action: str = "quarantine"
    fail_above: Tolerance | None = None


@dataclass(frozen=True)
class Quality:
    """A quality rule of a contract: of a property (`column`), or of a whole table.

    `kind` is library, sql, custom or text; `comparison` says what the measured number must be; `place` has the keys
    that lead to it in the document. `said` is whether the rule itself names an action for its rows.
    """

    kind: str
    name: str = ""
    column: str | None = None
    metric: str | None = None
    comparison: Comparison | None = None
    unit: str = "rows"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    query: str | None = None
    engine: str | None = None
    implementation: Any = None
    severity: str = "error"
    reaction: Reaction = Reaction()
    dimension: str | None = None
    schedule: str | None = None
    description: str = ""
    said: bool = False
    place: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def percent(self) -> bool:
        """Whether it measures a share of the rows and not their number."""
        return self.unit in {"percent", "%"}

    @property
    def bound(self) -> Comparison | None:
        """What the broken rows of a load must be, where some may be; None where each row has to hold."""
        return None if self.comparison is None or self.comparison.allows_none else self.comparison

    @property
    def bears_rows(self) -> bool:
        """Whether rows that break it pass, up to its bound: where some values may be missing, none of them is bad."""
        of_nulls = self.metric in {"nullValues", "missingValues"}
        return of_nulls and self.bound is not None and self.reaction.action == "quarantine" and not self.said


@dataclass(frozen=True)
class Relationship:
    """A foreign key: columns of this table, and `table.column` of the other in the same order."""

    columns: tuple[str, ...]
    to: tuple[str, ...]
    place: tuple[str | int, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Sla:
    """A service level: property (latency, freshness, retention, frequency, ...), value, unit, and what it is about."""

    property: str
    value: Any
    unit: str | None = None
    element: str | None = None
    driver: str | None = None
    schedule: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Protection:
    """What is done to a value before it is first written (docs/privacy.md).

    Attributes:
        method: `pseudonym`, `encrypt`, `redact` or `truncate`.
        domain: of a pseudonym: equal values have equal pseudonyms within one domain.
        constant: of `redact`: what stands for each value; None for no value.
        characters: of `truncate`: how many first characters stay.
        unit: of `truncate`: what a time is cut to: year, month, day, hour or minute.
        prefix: of `truncate`: how many bits of an IPv4 address stay; of an IPv6 address the first 48.
        step: of `truncate`: a number becomes the multiple of this below it.
    """

    method: str
    domain: str = "default"
    constant: str | None = None
    characters: int | None = None
    unit: str | None = None
    prefix: int | None = None
    step: str | None = None


@dataclass(frozen=True)
class DataSubject:
    """Whose rows a table has: the field that names the person, and the domain in which that name is unique."""

    field: str
    domain: str = "default"


@dataclass(frozen=True)
class Property:
    """A column: its name in silver, its name in the source, its type, and what its values must hold.

    `source_columns` are the fields of the source that its value is made of: its own, and those that its transform names
    (custom property `sourceColumns`). A file that lacks one gives null there. An object has `properties`, an array
    `items`; their text is JSON. `clock` says that it is the text of a clock time.
    `max_lead` is how many seconds a time may be ahead of the row's ingestion. `wire_type` is the Debezium type that
    change events carry it as, where they come without their schema.
    """

    name: str
    source: str
    logical_type: str
    spark_type: str
    description: str = ""
    required: bool = False
    key_position: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    exclusive_minimum: str | None = None
    exclusive_maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    clock: bool = False
    unit: str | None = None
    source_unit: str | None = None
    transform: str | None = None
    personal: bool = False
    source_columns: tuple[str, ...] = ()
    unique: bool = False
    max_lead: int | None = None
    multiple_of: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None
    required_properties: tuple[str, ...] = ()
    items: Property | None = None
    properties: tuple[Property, ...] = ()
    quality: tuple[Quality, ...] = ()
    reaction: Reaction = Reaction()
    partition_position: int | None = None
    classification: str | None = None
    encrypted_name: str | None = None
    wire_type: str | None = None
    protection: Protection | None = None

    @property
    def is_nested(self) -> bool:
        """Whether it is an object or an array."""
        return self.logical_type in {"object", "array"}

    @property
    def holds_personal(self) -> bool:
        """Whether the value, or anything in it, is personal: then no part of it is shown."""
        inner = (*self.properties, *([self.items] if self.items is not None else []))
        return self.personal or any(each.holds_personal for each in inner)


@dataclass(frozen=True)
class Lookup:
    """A broadcast join with `silver.<table>` on `<table>.<key>` = `expr` (SQL over the bronze columns)."""

    table: str
    key: str
    expr: str


@dataclass(frozen=True)
class ChangeTerms:
    """How a table follows its change events.

    Attributes:
        sequence_by: fields of an event, the first one first, that say its place among the others; empty for the
            place that the connector gives (log sequence number, or binlog file and position).
        track_history: the columns whose changes make a new version; empty for all.
        soft_delete: whether a deleted row stays in the current state, with `_deleted_at`.
    """

    sequence_by: tuple[str, ...] = ()
    track_history: tuple[str, ...] = ()
    soft_delete: bool = False

    @property
    def row_fields(self) -> tuple[str, ...]:
        """The fields of the row itself that say its place; others are the connector's or the record's.

        >>> ChangeTerms(("source.lsn", "after.version", "moved_at", "offset")).row_fields
        ('version', 'moved_at')
        """
        paths = [path.split(".") for path in self.sequence_by]
        of_image = [path[1:] if path[0] in {"before", "after"} else path for path in paths]
        return tuple(path[0] for path in of_image if path and path[0] not in _NOT_OF_A_ROW)


@dataclass(frozen=True)
class SchemaObject:
    """One table of a contract. `physical_name` is `schema.table` of the source database for change events."""

    name: str
    physical_name: str
    properties: tuple[Property, ...]
    lookups: tuple[Lookup, ...] = ()
    description: str = ""
    quality: tuple[Quality, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    changes: ChangeTerms = ChangeTerms()
    subject: DataSubject | None = None

    @property
    def protected(self) -> tuple[Property, ...]:
        """The columns whose values are protected before they are written."""
        return tuple(prop for prop in self.properties if prop.protection is not None)

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns in order; empty when the contract names none."""
        keyed = [(prop.key_position, prop.name) for prop in self.properties if prop.key_position is not None]
        return tuple(name for _, name in sorted(keyed))

    @property
    def partitions(self) -> tuple[str, ...]:
        """The columns that the contract partitions by, in order."""
        by = [(prop.partition_position, prop.name) for prop in self.properties if prop.partition_position is not None]
        return tuple(name for _, name in sorted(by))


@dataclass(frozen=True)
class Contract:
    """An ODCS data contract; `origin` is the document that it was read from, None when it was made in a program.

    `warnings` name what stands in it and has no effect; `unchecked`, what it asks for and no run checks.
    """

    id: str
    name: str
    version: str
    domain: str
    servers: tuple[Server, ...]
    objects: tuple[SchemaObject, ...]
    file: Path
    warnings: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    sla: tuple[Sla, ...] = ()
    origin: Document | None = field(default=None, compare=False, repr=False)

    @property
    def document(self) -> Mapping[str, Any]:
        """The file's content, for those who show or export all of it."""
        return self.origin.content if self.origin is not None else {}

    @property
    def label(self) -> str:
        """Its id and version."""
        return f"{self.id} {self.version}"

    @property
    def is_cdc(self) -> bool:
        """Whether its source is a stream of change events."""
        return any(server.format == "debezium" for server in self.servers)

    @property
    def is_source(self) -> bool:
        """Whether rows land through it (gold contracts describe tables that we build)."""
        return any(server.format != "delta" for server in self.servers)

    @property
    def bronze_name(self) -> str:
        """The one bronze table its servers land in: the contract's name for events of many tables, else the table."""
        return self.name if self.is_cdc else self.objects[0].name
