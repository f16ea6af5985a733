"""A contract as read from its ODCS file: frozen, typed, no Spark."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FORMATS = ("csv", "json", "parquet", "debezium", "delta")
PERSONAL = frozenset({"personal", "pii", "sensitive", "confidential", "restricted"})


@dataclass(frozen=True)
class Server:
    """One place a source lands: its name (`_source`), path relative to a data root, format and reader options."""

    name: str
    path: str
    format: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ValidValues:
    """Allowed values of a property; a warning does not keep a row out."""

    values: tuple[str, ...]
    severity: str = "error"


@dataclass(frozen=True)
class Property:
    """A column: its name in silver, its name in the source, its type, and what its values must hold.

    `source_columns` are the fields of the source that its value is made of: its own, and those that its transform names
    (custom property `sourceColumns`). A file that lacks one gives null there.
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
    valid_values: tuple[ValidValues, ...] = ()
    unit: str | None = None
    source_unit: str | None = None
    transform: str | None = None
    personal: bool = False
    source_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """A broadcast join with `silver.<table>` on `<table>.<key>` = `expr` (SQL over the bronze columns)."""

    table: str
    key: str
    expr: str


@dataclass(frozen=True)
class SchemaObject:
    """One table of a contract. `physical_name` is `schema.table` of the source database for change events."""

    name: str
    physical_name: str
    properties: tuple[Property, ...]
    lookups: tuple[Lookup, ...] = ()
    description: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns in order; empty when the contract names none."""
        keyed = [(prop.key_position, prop.name) for prop in self.properties if prop.key_position is not None]
        return tuple(name for _, name in sorted(keyed))


@dataclass(frozen=True)
class Contract:
    """An ODCS data contract."""

    id: str
    name: str
    version: str
    domain: str
    servers: tuple[Server, ...]
    objects: tuple[SchemaObject, ...]
    file: Path
    warnings: tuple[str, ...] = ()

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
