"""Files to bronze rows: what each format and layout gives, when the file is alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from hallmark.bronze.readers import BadFile, read_files
from hallmark.contracts.model import Server

Rows = list[tuple[Any, ...]]


def read(spark: SparkSession, file: Path, file_format: str, **options: str) -> tuple[list[str], Rows]:
    """The columns and rows, less the path."""
    frame = read_files(spark, Server("landing", "*", file_format, options), [str(file)])
    if frame is None:
        return [], []
    rows = frame.drop("_file")
    return rows.columns, sorted((tuple(row) for row in rows.collect()), key=str)


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "file"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_an_empty_file_alone_gives_no_row(file_format: str, spark: SparkSession, tmp_path: Path) -> None:
    assert read(spark, write(tmp_path, ""), file_format)[1] == []


def test_a_file_that_is_known_to_be_bad_gives_its_reason(spark: SparkSession) -> None:
    frame = read_files(spark, Server("landing", "*", "parquet"), ["/data/a"], [BadFile("/data/a", "no Parquet")])
    assert frame is not None
    assert [row.asDict() for row in frame.collect()] == [
        {"_rescued": "unreadable file: no Parquet", "_file": "/data/a"}
    ]


def test_csv_options_are_the_contracts(spark: SparkSession, tmp_path: Path) -> None:
    file = write(tmp_path, 'id;prix (né)\n1;NULL\n2;"3;50"\n'.encode("latin-1"))
    options = {"delimiter": ";", "encoding": "ISO-8859-1", "nullValue": "NULL"}
    assert read(spark, file, "csv", **options) == (
        ["id", "prix_né_", "_rescued"],
        [("1", None, None), ("2", "3;50", None)],
    )


def test_a_file_without_a_header_is_read_by_position(spark: SparkSession, tmp_path: Path) -> None:
    file = write(tmp_path, "1,a,x\n2,b\n3,c,y,z\n")
    server = Server("landing", "*", "csv", {"header": "false"}, columns=("id", "name", "more"))
    frame = read_files(spark, server, [str(file)])
    assert frame is not None
    found = frame.drop("_file")
    assert found.columns == ["id", "name", "more", "_rescued"]
    assert sorted((row.id, row.name, row.more, row._rescued) for row in found.collect()) == [
        ("1", "a", "x", None), ("2", "b", None, "2,b"), ("3", "c", "y", "3,c,y,z"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "utf-16be"])
def test_utf_16_is_read_where_the_contract_says_so(encoding: str, spark: SparkSession, tmp_path: Path) -> None:
    file = write(tmp_path, "id,name\n1,é\n2,ö\n".encode(encoding))
    assert read(spark, file, "csv", encoding=encoding)[1] == [("1", "é", None), ("2", "ö", None)]


def test_a_line_feed_in_quotes_is_read_where_the_contract_says_so(spark: SparkSession, tmp_path: Path) -> None:
    file = write(tmp_path, 'id,note\n1,"two\nlines"\n')
    assert read(spark, file, "csv", multiLine="true")[1] == [("1", "two\nlines", None)]
    hint = "give the server multiLine: true, and land the file under a new name"
    assert read(spark, file, "csv")[1] == [(f"unreadable file: the record of line 2 goes over several lines: {hint}",)]


def test_repeated_and_reserved_names_become_columns_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    file = write(tmp_path, "id,ID,,_file\n1,2,3,4\n")
    assert read(spark, file, "csv") == (
        ["id", "ID_2", "_unnamed", "source_file", "_rescued"],
        [("1", "2", "3", "4", None)],
    )


def test_numbers_in_json_stay_as_they_were_written(spark: SparkSession, tmp_path: Path) -> None:
    numbers = {"cost": "0.1234567890123456789012345678", "id": "12345678901234567890", "flag": "true", "none": "null"}
    text = ", ".join(f'"{name}": {number}' for name, number in numbers.items())
    assert read(spark, write(tmp_path, f"{{{text}}}\n"), "json") == (
        ["cost", "flag", "id", "none", "_rescued"],
        [(numbers["cost"], "true", numbers["id"], None, None)],
    )


def test_spellings_of_a_field_are_one_column(spark: SparkSession, tmp_path: Path) -> None:
    lines = '{"Id": 1}\n{"ID": 2}\n{"id": 3}\n'
    assert read(spark, write(tmp_path, lines), "json")[1] == [("1", None), ("2", None), ("3", None)]


DOCUMENTS = [
    ("array", '[{"a": 1}, {"a": 2}]', [("1", None), ("2", None)]),
    ("array", '[{"a": 1}, 7]', [("1", None), (None, "7")]),
    ("array", '[{"a": 1}] [{"a": 2}]', [('[{"a": 1}] [{"a": 2}]',)]),
    ("array", '{"a": 1}', [('{"a": 1}',)]),
    ("array", "[]", []),
    ("map", '{"x": {"a": 1}, "y": {"a": 2}}', [("1", "x", None), ("2", "y", None)]),
    ("map", '{"x": {"a": 1}, "y": [2]}', [("1", "x", None), (None, "y", "[2]")]),
    ("map", '{"x": {"a": 1}', [(None, '{"x": {"a": 1}')]),
]


@pytest.mark.parametrize(("layout", "text", "rows"), DOCUMENTS)
def test_a_document_of_many_records(layout: str, text: str, rows: Rows, spark: SparkSession, tmp_path: Path) -> None:
    assert read(spark, write(tmp_path, text), "json", jsonLayout=layout)[1] == rows


def test_parquet_values_are_text_and_nested_ones_json(spark: SparkSession, tmp_path: Path) -> None:
    columns = "1.50bd as price, X'0001' as raw, named_struct('a', 1) as nested, timestamp'2026-01-01 00:00:00.5' as at"
    spark.sql(f"select {columns}").write.parquet(str(tmp_path / "out"))
    (file,) = (tmp_path / "out").glob("*.parquet")
    names, ((price, raw, nested, at, rescued),) = read(spark, file, "parquet")
    assert names == ["price", "raw", "nested", "at", "_rescued"]
    assert (price, raw, json.loads(nested), at, rescued) == ("1.50", "AAE=", {"a": 1}, "2026-01-01 00:00:00.5", None)
