"""Which CSV files have records of several lines: told by quotes, without a parse where no line has an odd number."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hallmark.bronze.multiline import record_over_lines


def found(path: Path, content: str, *, delimiter: str = ",", encoding: str = "utf-8") -> int | None:
    raw = content.encode(encoding)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return record_over_lines(path, delimiter, encoding, width=2)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\nx,1\n", None),
        ('a,b\n"x ""y"", z",1\n"",2\n', None),
        ('a,b\n5" pipe,1\n6" pipe,2\n', None),
        ('a,b\n"never closed,1\nnext,2\n', None),
        ('a,b\nlast,"never closed', None),
        ('a,b\nx,1\n"y\nz",2\n', 3),
        ('a,b\r\nx,1\r\n"y\r\nz",2\r\n', 3),
        ('a,b\rx,1\r"y\rz",2\r', 3),
        ('a,b\n"y\nmid,9\nz",2\n', 2),
        ('a,b\n2,"say ""no\nno"""\n', 2),
        ('"a\nb",c\nx,1\n', 1),
        (f'a,b\n"{"x" * (1 << 20)}\nz",2\n', None),
        (f'a,b\n{"x" * 99},1\n' + "x,1\n" * (1 << 18) + '"y\nz",2\n', (1 << 18) + 3),
    ],
    ids=[
        "no quotes", "quotes on one line", "inches", "never closed", "never closed at the end", "line feed", "CR LF",
        "CR", "a row in between", "doubled quotes", "header", "beyond the limit of a field", "behind a piece",
    ],
)  # fmt: skip
def test_the_line_of_the_first_record_of_several_lines_is_told(tmp_path: Path, content: str, line: int | None) -> None:
    assert found(tmp_path / "a.csv", content) == line


def test_packed_files_other_delimiters_and_encodings_are_the_same(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv.gz", 'a;b\n"y\nz";2\n', delimiter=";", encoding="iso-8859-1") == 2
    assert found(tmp_path / "b.csv", 'a;b\n"é\nz";2\n', delimiter=";", encoding="iso-8859-1") == 2
