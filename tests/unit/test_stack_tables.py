"""The operational tables are those of the platform's contract, with columns that make capture hard."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hallmark.contracts.loader import load_contracts
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.stack.operations import Insert
from hallmark.pipelines.stack.tables import SCHEMA, TABLES, capture_grants_sql, schema_sql, table_sql
from hallmark.pipelines.stack.workload import first_rows
from hallmark.pipelines.synthetic import catalog, platform

(CONTRACT,) = [each for each in load_contracts(PACKAGE_ROOT / "contracts") if each.id == "platform.platform_changes"]
OBJECTS = {table.physical_name: table for table in CONTRACT.objects}


def like_spark(sql_type: str) -> str:
    """The contract's type for a column of this SQL type."""
    if sql_type.startswith(f"{SCHEMA}."):
        return "string"
    return {"text": "string", "integer": "int"}.get(sql_type, sql_type.replace("numeric", "decimal"))


def test_the_tables_are_those_of_the_contract() -> None:
    assert sorted(OBJECTS) == sorted(f"{SCHEMA}.{table}" for table in TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_the_contract_is_there_with_its_type(name: str) -> None:
    columns = {column.name: column for column in TABLES[name].columns}
    for prop in OBJECTS[f"{SCHEMA}.{name}"].properties:
        assert like_spark(columns[prop.name].type) == prop.spark_type, prop.name
        assert not (columns[prop.name].nullable and prop.required), prop.name


@pytest.mark.parametrize("name", TABLES)
def test_the_key_is_the_contracts(name: str) -> None:
    assert OBJECTS[f"{SCHEMA}.{name}"].key == (TABLES[name].key,)


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for table in TABLES.values():
        assert set(table.references.values()) <= seen
        seen.add(table.name)


def test_the_log_shows_of_old_rows_what_the_synthetic_events_show() -> None:
    assert {table.name for table in TABLES.values() if table.full} == platform._REPLICA_IDENTITY_FULL


@pytest.mark.parametrize(
    "type_",
    ["jsonb", "bytea", "numeric", "numeric(14,2)", "timestamptz", "timestamp", "date", "double precision", "boolean"],
)
def test_types_that_make_capture_hard_are_there(type_: str) -> None:
    assert any(column.type == type_ for table in TABLES.values() for column in table.columns)


@pytest.mark.parametrize("full", [True, False])
def test_long_columns_are_in_tables_of_both_identities(full: bool) -> None:
    assert any(column.out_of_line for table in TABLES.values() if table.full == full for column in table.columns)


def test_the_sql_of_a_table() -> None:
    create, identity = table_sql(TABLES["price_plans"])
    assert create == (
        "CREATE TABLE platform.price_plans (price_plan_id text NOT NULL PRIMARY KEY, "
        "model_id text NOT NULL REFERENCES platform.models ON UPDATE CASCADE, "
        "usd_per_1k_prompt_tokens numeric(18,8) NOT NULL, usd_per_1k_completion_tokens numeric(18,8) NOT NULL, "
        "discount_factor numeric, valid_from date, updated_at timestamptz NOT NULL)"
    )
    assert identity == "ALTER TABLE platform.price_plans REPLICA IDENTITY FULL"


def test_a_long_column_is_kept_out_of_line_and_a_condition_is_kept() -> None:
    create, storage, identity = table_sql(TABLES["node_pools"])
    assert create.endswith("updated_at timestamptz NOT NULL, CHECK (min_instances <= max_instances))")
    assert storage == "ALTER TABLE platform.node_pools ALTER COLUMN runbook SET STORAGE EXTERNAL"
    assert identity == "ALTER TABLE platform.node_pools REPLICA IDENTITY FULL"


def test_the_schema_begins_with_its_types_and_ends_with_the_publication() -> None:
    statements = schema_sql()
    assert statements[:2] == [
        "CREATE SCHEMA platform",
        "CREATE TYPE platform.segment AS ENUM ('enterprise', 'startup', 'research')",
    ]
    assert statements[-1] == "CREATE PUBLICATION hallmark FOR TABLES IN SCHEMA platform"


def test_the_capture_may_read_every_table_and_write_signals_alone() -> None:
    granted = capture_grants_sql("debezium")
    assert [each for each in granted if "INSERT" in each] == [
        "GRANT INSERT, DELETE ON platform.debezium_signal TO debezium"
    ]
    assert "GRANT SELECT ON ALL TABLES IN SCHEMA platform TO debezium" in granted


def test_the_first_rows_are_the_synthetic_platform() -> None:
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for operation in first_rows():
        assert isinstance(operation, Insert)
        found[operation.table].append(dict(operation.row))
    for table, rows in catalog.TABLES.items():
        shown = [{column: row[column] for column in catalog.COLUMNS[table]} for row in found[table]]
        texts = [
            {key: f"{value:f}" if isinstance(value, Decimal) else value for key, value in row.items()} for row in shown
        ]
        assert texts == [dict(row) for row in rows]
        assert all(row["updated_at"] is not None for row in found[table])
