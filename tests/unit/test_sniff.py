"""What a file is, by its first bytes: the options that a contract's server needs to read it."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from hallmark.bronze.sniff import csv_options, format_of, json_options, repeated_names
from hallmark.lakehouse.errors import DataError


def put(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("a,b\n1,2\n", {}),
        ("a;b\n1,5;2\n", {"delimiter": ";"}),
        ("a\tb\n1\t2\n", {"delimiter": "\t"}),
        ("a|b\nx,y|2\n", {"delimiter": "|"}),
        ("a\n1\n", {}),
        ('a,b\n"1\n2",3\n', {"multiLine": "true"}),
        ("größe,b\n1,2\n".encode("iso-8859-1"), {"encoding": "ISO-8859-1"}),
        ("\ufeffa,b\n1,2\n".encode(), {}),
        ("a,b\n1,2\n".encode("utf-16"), {"encoding": "UTF-16"}),
        ("a,b\n1,2\n".encode("utf-16-le"), {"encoding": "UTF-16LE"}),
        ("a,b\nNULL,NULL\n1,x\n", {"nullValue": "NULL"}),
        ("a,b\n1,NA\n2,7\n", {"nullValue": "NA"}),
        ("a,country\n1,NA\n2,DE\n", {}),
    ],
)
def test_the_options_of_a_csv_file(tmp_path: Path, content: str | bytes, options: dict[str, str]) -> None:
    assert csv_options(put(tmp_path, "a.csv", content)) == options


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ('{"a": 1}\n{"a": 2}\n', {}),
        ('{"a": {"b": 1}, "c": 2}\n', {}),
        ('{"a": {"b": 1}}\n{"a": {"b": 2}}\n', {}),
        ('[{"a": 1}]', {"jsonLayout": "array"}),
        ('{"0": {"a": 1}, "1": {"a": 2}}', {"jsonLayout": "map"}),
        ('{\n "0": {"a": 1},\n "1": {"a": 2}\n}', {"jsonLayout": "map"}),
    ],
)
def test_the_layout_of_a_json_file(tmp_path: Path, content: str, options: dict[str, str]) -> None:
    file = put(tmp_path, "a.json", content)
    assert (format_of(file), json_options(file)) == ("json", options)


def test_a_large_object_of_objects_is_known_by_its_beginning(tmp_path: Path) -> None:
    entries = ", ".join(f'"{i}": {{"a": "{"x" * 1000}"}}' for i in range(2000))
    assert json_options(put(tmp_path, "a.json", f"{{{entries}}}")) == {"jsonLayout": "map"}


@pytest.mark.parametrize(("ending", "packed"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_a_packed_file_is_looked_into(tmp_path: Path, ending: str, packed: Callable[[bytes], bytes]) -> None:
    file = put(tmp_path, f"a.csv.{ending}", packed(b"a;b\n1;2\n"))
    assert (format_of(file), csv_options(file)) == ("csv", {"delimiter": ";"})


def test_names_that_a_header_repeats(tmp_path: Path) -> None:
    assert repeated_names(put(tmp_path, "a.csv", "id,ID,b\n1,2,3\n"), {}) == ["id"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", "", "the file is empty"),
        ("a.csv", " \n\n", "the file is empty"),
        ("a.csv", "a,b\n", "the file has a header and no rows"),
        ("a.csv", "1,2.5\n3,4\n", "the first line of the CSV file is no header"),
        ("a.csv.gz", b"not gzip", "the file can't be read"),
        ("a.bin", b"\x01\x00\x02" * 50 + b"\xff" * 400, "the file's format is not known"),
        (
            "a.json",
            '{"op": "c", "before": null, "after": {"id": 1}}',
            "these are change events of a database, not rows of one table",
        ),
        ("a.json", '{\n"a": 1}', "the layout of the JSON file is not known"),
    ],
)
def test_a_file_that_no_draft_can_be_made_of_is_named(
    tmp_path: Path, name: str, content: str | bytes, what: str
) -> None:
    file = put(tmp_path, name, content)
    with pytest.raises(DataError) as letter:
        {"csv": csv_options, "json": json_options}[format_of(file)](file)
    assert (letter.value.what, letter.value.where) == (what, file)
    assert letter.value.todo


def test_a_folder_without_a_delta_log_is_told_how_to_name_its_files(tmp_path: Path) -> None:
    with pytest.raises(DataError) as letter:
        format_of(tmp_path)
    assert str(letter.value) == (
        f"DataError: a folder that is no Delta table\n  where: {tmp_path}\n  do: name its files: '{tmp_path}/*.csv'"
    )
