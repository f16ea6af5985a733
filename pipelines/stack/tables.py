"""The operational database of the platform: tables, and the SQL that makes them. Pure.

It holds what the contract platform.platform_changes takes, under the contract's names, and columns besides of the types
that make change data capture hard: long texts out of line (TOAST), jsonb, bytea, enums, numerics without a scale, times
with and without a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCHEMA = "platform"
PUBLICATION = "hallmark"
SIGNALS = "debezium_signal"
SEGMENTS = ("enterprise", "startup", "research")
STATUSES = ("active", "paused", "retired")


@dataclass(frozen=True)
class Column:
    """A column: SQL type, whether it may be null, and whether long values are kept out of line."""

    name: str
    type: str
    nullable: bool = False
    out_of_line: bool = False


@dataclass(frozen=True)
class OperationalTable:
    """A table.

    Attributes:
        name: without the schema.
        columns: the first one is the primary key.
        references: parent table by referring column.
        full: whether the log has the whole old row (REPLICA IDENTITY FULL) instead of its key.
        check: a condition between columns.
    """

    name: str
    columns: tuple[Column, ...]
    references: Mapping[str, str]
    full: bool = False
    check: str = ""

    @property
    def key(self) -> str:
        """The primary key's column."""
        return self.columns[0].name

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns in order."""
        return tuple(column.name for column in self.columns)


_UPDATED = Column("updated_at", "timestamptz")
_ALL = (
    OperationalTable(
        "customers",
        (
            Column("customer_id", "text"),
            Column("customer_name", "text"),
            Column("segment", f"{SCHEMA}.segment"),
            Column("country", "text"),
            Column("credit_limit_usd", "numeric(14,2)", nullable=True),
            Column("signed_on", "date", nullable=True),
            Column("logo", "bytea", nullable=True, out_of_line=True),
            _UPDATED,
        ),
        references={},
    ),
    OperationalTable(
        "models",
        (
            Column("model_id", "text"),
            Column("model_name", "text"),
            Column("model_family", "text"),
            Column("parameters_billion", "numeric(10,3)"),
            Column("context_window_tokens", "integer"),
            Column("released_at", "timestamp", nullable=True),
            Column("model_card", "text", nullable=True, out_of_line=True),
            _UPDATED,
        ),
        references={},
    ),
    OperationalTable(
        "node_pools",
        (
            Column("node_pool_id", "text"),
            Column("node_pool_name", "text"),
            Column("region", "text"),
            Column("gpu_model", "text"),
            Column("gpus_per_instance", "integer"),
            Column("instances", "integer"),
            Column("min_instances", "integer"),
            Column("max_instances", "integer"),
            Column("usd_per_instance_hour", "numeric(18,6)"),
            Column("is_drained", "boolean"),
            Column("labels", "jsonb", nullable=True),
            Column("runbook", "text", nullable=True, out_of_line=True),
            _UPDATED,
        ),
        references={},
        full=True,
        check="min_instances <= max_instances",
    ),
    OperationalTable(
        "deployments",
        (
            Column("deployment_id", "text"),
            Column("customer_id", "text"),
            Column("model_id", "text"),
            Column("node_pool_id", "text"),
            Column("status", f"{SCHEMA}.deployment_status"),
            Column("configuration", "jsonb", nullable=True),
            Column("target_utilization", "double precision", nullable=True),
            Column("started_at", "timestamp", nullable=True),
            _UPDATED,
        ),
        references={"customer_id": "customers", "model_id": "models", "node_pool_id": "node_pools"},
    ),
    OperationalTable(
        "price_plans",
        (
            Column("price_plan_id", "text"),
            Column("model_id", "text"),
            Column("usd_per_1k_prompt_tokens", "numeric(18,8)"),
            Column("usd_per_1k_completion_tokens", "numeric(18,8)"),
            Column("discount_factor", "numeric", nullable=True),
            Column("valid_from", "date", nullable=True),
            _UPDATED,
        ),
        references={"model_id": "models"},
        full=True,
    ),
)
TABLES: Mapping[str, OperationalTable] = {table.name: table for table in _ALL}
"""By name, parents before their children."""


def schema_sql() -> list[str]:
    """The statements that make types, tables, publication and the table that Debezium takes signals from."""
    return [
        f"CREATE SCHEMA {SCHEMA}",
        _enum("segment", SEGMENTS),
        _enum("deployment_status", STATUSES),
        *(statement for table in TABLES.values() for statement in table_sql(table)),
        f"CREATE TABLE {SCHEMA}.{SIGNALS} (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data text)",
        f"CREATE PUBLICATION {PUBLICATION} FOR TABLES IN SCHEMA {SCHEMA}",
    ]


def capture_grants_sql(role: str) -> list[str]:
    """What the role that reads the log may do: read rows for the snapshot, and write signals."""
    return [
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {role}",
        f"GRANT INSERT, DELETE ON {SCHEMA}.{SIGNALS} TO {role}",
    ]


def table_sql(table: OperationalTable) -> list[str]:
    """The statements that make one table."""
    name = f"{SCHEMA}.{table.name}"
    lines = [
        *(_column(table, column) for column in table.columns),
        *([f"CHECK ({table.check})"] if table.check else []),
    ]
    long = [column.name for column in table.columns if column.out_of_line]
    return [
        f"CREATE TABLE {name} ({', '.join(lines)})",
        # Uncompressed: what is longer than a page's quarter is then surely out of line.
        *(f"ALTER TABLE {name} ALTER COLUMN {column} SET STORAGE EXTERNAL" for column in long),
        *([f"ALTER TABLE {name} REPLICA IDENTITY FULL"] if table.full else []),
    ]


def _column(table: OperationalTable, column: Column) -> str:
    parts = [column.name, column.type, *([] if column.nullable else ["NOT NULL"])]
    if column.name == table.key:
        parts.append("PRIMARY KEY")
    if column.name in table.references:
        parts.append(f"REFERENCES {SCHEMA}.{table.references[column.name]} ON UPDATE CASCADE")
    return " ".join(parts)


def _enum(name: str, values: tuple[str, ...]) -> str:
    return f"CREATE TYPE {SCHEMA}.{name} AS ENUM ({', '.join(repr(value) for value in values)})"
