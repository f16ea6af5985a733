"""Broken rows out of the gate's files: typed as they were, and no row of quarantine twice."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyspark.sql.types import LongType, StringType, StructType, TimestampType

from hallmark.lakehouse import deltalog
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


def test_of_rows_that_quarantine_has_only_what_is_more_comes_in(tmp_path: Path) -> None:
    rows = broken(tmp_path, ("a", "m"), ("a", "m"), ("b", "m"))
    found = rows.quarantine_rows(AT, Counter({("a", 7, AT): 1})).read_all()
    assert found.column("id").to_pylist() == ["a", "b"]


def test_a_quarantine_table_knows_the_rows_that_it_wrote(tmp_path: Path) -> None:
    rows = broken(tmp_path, ("a", "m"), ("b", "m"))
    write_deltalake(str(tmp_path / "table"), rows.quarantine_rows(AT))
    there = deltalog.row_counts(tmp_path / "table", rows.names)
    assert rows.quarantine_rows(AT, there).read_all().num_rows == 0


def test_rows_of_a_table_without_a_column_have_null_there(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "table"), pa.table({"id": ["a", "a"]}))
    assert deltalog.row_counts(tmp_path / "table", ["id", "new"]) == {("a", None): 2}
    assert deltalog.row_counts(tmp_path / "nothing", ["id"]) == {}


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
