"""The contract of what a connector of this stack writes: every column of the operational tables. Pure."""

from __future__ import annotations

import re
from typing import Any

import yaml

from hallmark.pipelines.stack.capture import Capture
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.state import State
from hallmark.pipelines.stack.tables import SCHEMA, TABLES, Column, OperationalTable

_LOGICAL = {
    "text": {"logicalType": "string"},
    "jsonb": {"logicalType": "string"},
    "bytea": {"logicalType": "string"},
    "integer": {"logicalType": "integer", "physicalType": "int"},
    "double precision": {"logicalType": "number", "physicalType": "double"},
    "boolean": {"logicalType": "boolean"},
    "date": {"logicalType": "date"},
    "timestamp": {"logicalType": "timestamp"},
    "timestamptz": {"logicalType": "timestamp"},
    # Each value brings its own scale; the contract needs one that holds them all.
    "numeric": {"logicalType": "number", "physicalType": "decimal(38,12)"},
}
RENAMED = {"valid_from": "effective_from"}
"""Columns whose name a history has for itself, and what they are called in silver."""
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")


def contract_text(capture: Capture, state: State) -> str:
    """The ODCS contract, as YAML: the topics of a connector on the stack's Kafka."""
    server = {
        "server": f"stack_{capture.name}",
        "type": "kafka",
        "host": f"{LOOPBACK}:{state.kafka_port}",
        "format": "debezium",
        "customProperties": [{"property": "topicPrefix", "value": capture.name}],
    }
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"stack.{capture.name}_changes",
        "name": f"Change events of the local stack's database, connector {capture.name}",
        "version": "1.0.0",
        "status": "active",
        "domain": "platform",
        "servers": [server],
        "schema": [_table(table) for table in TABLES.values()],
    }
    return str(yaml.safe_dump(document, sort_keys=False, width=120))


def _table(table: OperationalTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "physicalName": f"{SCHEMA}.{table.name}",
        "properties": [_property(table, column) for column in table.columns],
    }


def _property(table: OperationalTable, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": RENAMED.get(column.name, column.name)}
    if column.name in RENAMED:
        found["physicalName"] = column.name
    found |= _type(column.type)
    if not column.nullable:
        found["required"] = True
    if column.name == table.key:
        found |= {"primaryKey": True, "primaryKeyPosition": 1}
    return found


def _type(sql_type: str) -> dict[str, str]:
    """What a column of a SQL type is in a contract; an enum is a text.

    >>> _type("numeric(18,6)")
    {'logicalType': 'number', 'physicalType': 'decimal(18,6)'}
    """
    if told := _NUMERIC.fullmatch(sql_type):
        return {"logicalType": "number", "physicalType": f"decimal({told[1]},{told[2]})"}
    return _LOGICAL["text" if sql_type.startswith(f"{SCHEMA}.") else sql_type]
