"""Odd landing zones: hidden folders, times of nanoseconds, files that Spark passes over, keys that differ in case."""

from __future__ import annotations

import io
import shutil
from datetime import datetime

import pyarrow as pa
from landing import BRONZE, HEADER, REQUESTS, Landing
from pyarrow import parquet

from hallmark.lakehouse.ledger import FILES
from hallmark.lakehouse.tables import table_path

ROW = "a,2026-01-01,1\n"


def ids(landing: Landing) -> list[str]:
    return sorted(row["request_id"] for row in landing.rows(BRONZE))


def test_hidden_folders_are_read_once_they_are_whole(landing: Landing) -> None:
    landing.contract = REQUESTS.replace('"*.csv*"', '"*/x.csv"')
    landing.put("day1/x.csv", HEADER + ROW)
    landing.put(".day2/x.csv", HEADER + ROW.replace("a", "b"))
    landing.put("_day3/x.csv", HEADER + ROW.replace("a", "c"))
    landing.bronze()
    assert ids(landing) == ["a"]
    (landing.files / ".day2").rename(landing.files / "day2")
    landing.bronze()
    assert ids(landing) == ["a", "b"]


def test_a_parquet_file_of_nanoseconds_is_read_as_microseconds(landing: Landing) -> None:
    times = pa.array([datetime(2024, 1, 2, 3, 4, 5, 678901)], pa.timestamp("ns"))  # noqa: DTZ001 -- as pandas writes them
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"request_id": ["a"], "requested_at": times, "tokens": [1]}), buffer)
    landing.put("a.parquet", buffer.getvalue())
    landing.bronze()
    assert [row["requested_at"] for row in landing.rows(BRONZE)] == ["2024-01-02 03:04:05.678901"]


def test_a_ledger_of_files_that_was_lost_is_filled_again(landing: Landing) -> None:
    landing.put("a.csv", HEADER + ROW)
    landing.bronze()
    shutil.rmtree(table_path(landing.lake.warehouse, FILES))
    landing.bronze()
    assert landing.bronze() == [], "no file is new for ever"
    assert ids(landing) == ["a"]


def test_two_fields_that_differ_in_case_alone_are_kept_as_text(landing: Landing) -> None:
    landing.put("a.jsonl", '{"request_id": "a", "Tokens": 1}\n{"request_id": "b", "tokens": 1, "Tokens": 2}\n')
    landing.bronze()
    found = {row["request_id"]: row["_rescued"] for row in landing.rows(BRONZE)}
    assert found == {"a": None, "b": '{"request_id": "b", "tokens": 1, "Tokens": 2}'}


def test_a_byte_order_mark_is_no_part_of_a_document(landing: Landing) -> None:
    landing.put("a.jsonl", b'\xef\xbb\xbf{"request_id": "a"}\n')
    landing.bronze()
    assert ids(landing) == ["a"]
