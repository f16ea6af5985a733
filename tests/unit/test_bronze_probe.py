"""Which files can't be read, and why: asked file by file, after a read failed."""

from __future__ import annotations

import bz2
import gzip
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from hallmark.bronze.probe import unreadable


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def a_parquet_file(path: Path) -> bytes:
    parquet.write_table(pa.table({"id": list(range(1000)), "name": ["x" * 50] * 1000}), path)
    return path.read_bytes()


def test_readable_files_give_no_reason(tmp_path: Path) -> None:
    a_parquet_file(tmp_path / "a.parquet")
    assert unreadable([str(tmp_path / "a.parquet")], "parquet") == []
    assert unreadable([write(tmp_path / "a.json.gz", gzip.compress(b"{}\n"))], "json") == []
    assert unreadable([write(tmp_path / "a.json.bz2", bz2.compress(b"{}\n") * 2)], "json") == []
    assert unreadable([write(tmp_path / "a.csv", b"\xff\xfe not utf-8")], "csv") == []
    assert unreadable([write(tmp_path / "empty.csv", b"")], "csv") == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{}\n", "BadGzipFile: Not a gzipped file (b'{}')"),
        (
            gzip.compress(b"{}\n" * 99)[:-9],
            "EOFError: Compressed file ended before the end-of-stream marker was reached",
        ),
        (gzip.compress(b"{}\n" * 99)[:-8] + b"\0" * 8, "BadGzipFile: CRC check failed"),
        (gzip.compress(b"{}\n" * 99)[:10] + b"\xff" * 40, "error: Error -3 while decompressing data"),
    ],
    ids=["no gzip", "cut off", "another sum", "spoilt"],  # the bytes tell when they were made: no name of a test
)
def test_a_gzip_that_is_none_or_is_cut_off_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = write(tmp_path / "a.json.gz", content)
    (bad,) = unreadable([path], "json")
    assert bad.path == path
    assert bad.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{}\n", "OSError: Invalid data stream"),
        (
            bz2.compress(b"{}\n" * 99)[:-9],
            "EOFError: Compressed file ended before the end-of-stream marker was reached",
        ),
        (bz2.compress(b"{}\n" * 99)[:20] + b"\xff" * 40, "OSError: Invalid data stream"),
    ],
    ids=["no bzip2", "cut off", "spoilt"],
)
def test_a_bzip2_that_is_none_or_is_cut_off_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    (bad,) = unreadable([write(tmp_path / "a.json.bz2", content)], "json")
    assert bad.reason == reason


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    (bad,) = unreadable([str(tmp_path / "gone.csv")], "csv")
    assert bad.reason == f"FileNotFoundError: [Errno 2] No such file or directory: '{tmp_path / 'gone.csv'}'"


def test_a_parquet_file_that_is_none_says_so(tmp_path: Path) -> None:
    (bad,) = unreadable([write(tmp_path / "a.parquet", b"id,name\n1,2\n")], "parquet")
    assert bad.reason.startswith("not a whole Parquet file: Parquet magic bytes not found in footer.")
    assert "\n" not in bad.reason


@pytest.mark.parametrize("left", [0, 100])
def test_a_parquet_file_that_is_cut_off_says_so(tmp_path: Path, left: int) -> None:
    whole = a_parquet_file(tmp_path / "whole.parquet")
    (bad,) = unreadable([write(tmp_path / "a.parquet", whole[:left])], "parquet")
    assert bad.reason.startswith("not a whole Parquet file: Parquet")


def test_a_parquet_file_with_spoilt_pages_says_so(tmp_path: Path) -> None:
    spoilt = bytearray(a_parquet_file(tmp_path / "whole.parquet"))
    spoilt[4:400] = b"\xff" * 396
    (bad,) = unreadable([write(tmp_path / "a.parquet", bytes(spoilt))], "parquet")
    assert bad.reason.startswith("not a whole Parquet file: ")


def test_decimals_that_spark_has_a_place_for_are_read(tmp_path: Path) -> None:
    columns = {
        "d": pa.array([Decimal(1)], pa.decimal256(38, 2)),
        "m": pa.array([[("k", 1)]], pa.map_("string", "int8")),
    }
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert unreadable([str(tmp_path / "a.parquet")], "parquet") == []


def test_the_good_files_among_bad_ones_are_not_named(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.csv.gz", gzip.compress(b"id\n")), write(tmp_path / "bad.csv.gz", b"id\n")
    assert [found.path for found in unreadable([good, bad], "csv")] == [bad]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"v": [1], "V": [2]}, "its columns 'v' and 'V' would be one column: rename one"),
        ({"a b": [1], "a_b": [2]}, "its columns 'a b' and 'a_b' would be one column: rename one"),
        (
            {"t": pa.array([1], pa.time64("us"))},
            "its column 't' is of type time64[us], which Spark does not read",
        ),
        ({"h": pa.array([1.0], pa.float16())}, "its column 'h' is of type halffloat, which Spark does not read"),
        (
            {"d": pa.array([Decimal("1.50")], pa.decimal256(50, 2))},
            "its column 'd' is of type decimal256(50, 2), which Spark does not read",
        ),
        (
            {"l": pa.array([[{"x": Decimal(1)}]], pa.list_(pa.struct([("x", pa.decimal256(39, 0))])))},
            "its column 'l' is of type decimal256(39, 0), which Spark does not read",
        ),
    ],
)
def test_parquet_columns_that_bronze_has_no_place_for_are_told(
    tmp_path: Path, columns: dict[str, object], reason: str
) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(columns), path)
    assert [bad.reason for bad in unreadable([str(path)], "parquet")] == [reason]
