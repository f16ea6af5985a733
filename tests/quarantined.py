"""Quarantine tables of the tests, written without Spark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
VERDICTS = pa.list_(
    pa.struct(
        [("rule", pa.string()), ("columns", pa.list_(pa.string()))]
        + [(name, pa.string()) for name in ("message", "value", "contract", "version", "rule_fingerprint")]
    )
)
_TIME = pa.timestamp("us", tz="UTC")
_TYPES = {"_ingested_at": _TIME, "_quarantined_at": _TIME, "_errors": VERDICTS, "_warnings": VERDICTS}


def error(rule: str, column: str, says: str, value: str | None = None) -> dict[str, Any]:
    return {
        "rule": rule, "columns": [column], "message": f"{column}: {says}", "value": value, "contract": "shop.orders",
        "version": "1.0.0", "rule_fingerprint": "0",
    }  # fmt: skip


def broken(load: int, *errors: dict[str, Any], status: str = "open", **columns: str | None) -> dict[str, Any]:
    """A quarantined row of a load; loads are an hour apart."""
    at = AT + timedelta(hours=load)
    return {
        **columns, "_rescued": None, "_source": "landing", "_method": "batch", "_file": f"/{load}.csv",
        "_ingested_at": at, "_load_id": f"orders/landing/{load:06d}", "_errors": list(errors), "_warnings": [],
        "_status": status, "_quarantined_at": at + timedelta(minutes=1),
    }  # fmt: skip


def quarantine(warehouse: Path, name: str, *rows: dict[str, Any]) -> Table:
    """Append rows to a quarantine table as an older warehouse has it: without the columns of the lifecycle."""
    table = Table("quarantine", name)
    schema = pa.schema([(column, _TYPES.get(column, pa.string())) for column in rows[0]])
    write_deltalake(str(table_path(warehouse, table)), pa.Table.from_pylist(list(rows), schema=schema), mode="append")
    return table
