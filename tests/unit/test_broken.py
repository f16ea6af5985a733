"""Broken rows out of the gate's files: typed as they were, and no row of quarantine twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql.types import LongType, StringType, StructType, TimestampType

from hallmark.silver.broken import Broken

ROW = StructType().add("id", StringType()).add("offset", LongType()).add("_ingested_at", TimestampType())
AT = datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)
MICROS = "1767225600123456"


def verdict(message: str) -> dict[str, Any]:
    return {"rule": "minimum", "columns": ["id"], "message": message, "contract": "c", "version": "1.0.0"}


def broken(folder: Path, *rows: tuple[str | None, str]) -> Broken:
    kept = [
        json.dumps(
            {
                "_row": {"id": each, "offset": "7", "_ingested_at": MICROS} if each is not None else {},
                "_errors": [verdict(message)],
                "_warnings": [],
                "_status": "open",
            }
        )
        for each, message in rows
    ]
    file = folder / "part.parquet"
    pq.write_table(pa.table({"_packed": pa.array(kept, pa.string())}), file)
    return Broken([file], ROW)


def test_a_row_has_its_types_again(tmp_path: Path) -> None:
    found = broken(tmp_path, ('\u00e4\n"', "m"), (None, "m")).quarantine_rows(AT).read_all()
    assert found.select(["id", "offset", "_ingested_at"]).to_pylist() == [
        {"id": '\u00e4\n"', "offset": 7, "_ingested_at": AT},
        {"id": None, "offset": None, "_ingested_at": None},
    ]
    assert found.column("_errors")[0].as_py() == [{**verdict("m"), "value": None, "rule_fingerprint": None}]
    assert found.schema.names[3:] == ["_errors", "_warnings", "_status", "_quarantined_at"]


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ("aab", "a (2); b (1)"),
        ("abcde", "a (1); b (1); c (1); d (1); 1 more reason (1)"),
        ("abcdef", "a (1); b (1); c (1); d (1); 2 more reasons (2)"),
    ],
)
def test_the_most_frequent_reasons_are_told(tmp_path: Path, messages: str, told: str) -> None:
    assert broken(tmp_path, *(("x", message) for message in messages)).most_frequent() == told
