"""What kind of file is it? Format, delimiter, encoding, layout by its first bytes: what a server of a contract says."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hallmark.bronze.endings import SPOILT, format_by_content, named_format, open_unpacked, refuse_packing
from hallmark.contracts.draft_facts import NOTHING_WORDS
from hallmark.lakehouse.errors import DataError

HEAD = 1 << 20
"""Bytes of a file that are looked at."""

_DELIMITERS = (",", ";", "\t", "|")
_NUMBER_OR_TIME = re.compile(
    r"^\s*[+-]?([0-9]+[.]?[0-9]*([eE][+-]?[0-9]+)?|[.][0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)\s*$"
)
_ENVELOPE = ({"op", "before", "after"}, {"op", "after", "source"})


def format_of(path: Path) -> str:
    """`csv`, `json`, `parquet` or `delta`, by content first and then by name.

    Raises:
        DataError: when it is empty, or none of these.
    """
    if path.is_dir():
        if (path / "_delta_log").is_dir():
            return "delta"
        raise DataError("a folder that is no Delta table", where=path, todo=f"name its files: '{path}/*.csv'")
    head = read_head(path)
    if found := format_by_content(head):
        return found
    named = named_format(path) or "csv"
    if named == "parquet" or (b"\0" in head and not _is_utf16(head)):
        todo = "name its format, if it has one of these: --format"
        raise DataError("the file's format is not known", where=path, wanted="csv, json, parquet or delta", todo=todo)
    return "csv" if named == "json" else named


def read_head(path: Path) -> bytes:
    """The first bytes of a file, unpacked as its name says.

    Raises:
        DataError: when it can't be read, or there is nothing in it.
    """
    refuse_packing(path)
    try:
        with open_unpacked(path) as stream:
            head = stream.read(HEAD)
    except SPOILT as error:
        raise DataError("the file can't be read", where=path, got=error, todo="name another file") from None
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0\xff\xfe"):
        raise DataError("the file is empty", where=path, todo="a draft is made of rows: name a file that has some")
    return head


def csv_options(path: Path) -> dict[str, str]:
    """The reader options that a CSV file needs besides the defaults (comma, UTF-8).

    Raises:
        DataError: when the first line is no header, or no row follows it.
    """
    head = read_head(path)
    encoding = _encoding(head)
    text = _decoded(head, encoding)
    delimiter = max(_DELIMITERS, key=lambda each: _fitness(text, each))
    rows = _rows(text, delimiter)
    _refuse_no_table(path, rows)
    options = {"delimiter": delimiter} if delimiter != "," else {}
    if encoding != "UTF-8":
        options["encoding"] = encoding
    if any("\n" in cell for row in rows for cell in row):
        options["multiLine"] = "true"
    if word := _null_word(rows[1:]):
        options["nullValue"] = word
    return options


def _is_utf16(head: bytes) -> bool:
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[:200].count(0) * 3 > len(head[:200])


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if _is_utf16(head):
        return "UTF-16LE" if head[1:2] == b"\0" else "UTF-16BE"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "ISO-8859-1"
    return "UTF-8"


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(head).removeprefix("\ufeff")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        found.extend(row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    except csv.Error:  # a field without an end
        return found
    return found[:-1] if len(text) >= HEAD // 4 and len(found) > 2 else found  # the last row may be cut


def _fitness(text: str, delimiter: str) -> float:
    """How well a delimiter cuts rows into as many fields as the header has; 0 when it cuts nothing."""
    rows = _rows(text, delimiter)[:1000]
    width = len(rows[0]) if rows else 0
    return 0 if width < 2 else sum(len(row) == width for row in rows) / len(rows) * (2 - 1 / width)


def _refuse_no_table(path: Path, rows: Sequence[Sequence[str]]) -> None:
    if rows and all(_NUMBER_OR_TIME.match(cell) for cell in rows[0]):
        raise DataError(
            "the first line of the CSV file is no header",
            where=path,
            got=", ".join(rows[0])[:100],
            wanted="names of columns",
            todo="put a line with names before the data",
        )
    if len(rows) < 2:
        raise DataError(
            "the file has a header and no rows", where=path, todo="a draft is made of rows: name a file that has some"
        )


def _null_word(rows: Sequence[Sequence[str]]) -> str | None:
    """The text that stands for no value: the one that is in two columns at least, or among numbers and times.

    Only one can be named in a contract; of several the most frequent one is.
    """
    cells: Counter[str] = Counter()
    columns: dict[str, set[int]] = {}
    others: set[int] = set()
    for row in rows:
        for i, cell in enumerate(row):
            if cell in NOTHING_WORDS:
                cells[cell] += 1
                columns.setdefault(cell, set()).add(i)
            elif cell.strip() and not _NUMBER_OR_TIME.match(cell):
                others.add(i)
    likely = [word for word, _ in cells.most_common() if len(columns[word]) > 1 or columns[word] - others]
    return likely[0] if likely else None


def json_options(path: Path) -> dict[str, str]:
    """The layout of a JSON file: none for an object a line, else `array`, or `map` (an object of objects).

    Raises:
        DataError: when it is no JSON, or holds change events.
    """
    head = read_head(path)
    text = _decoded(head, _encoding(head)).lstrip()
    if text.startswith("["):
        return {"jsonLayout": "array"}
    first = text.partition("\n")[0]
    document, rest = _first_document(first)
    if isinstance(document, dict):
        _refuse_events(path, document)
        several = bool(rest.strip() or text.partition("\n")[2].strip())
        values = list(document.values())
        if several or not values or not all(isinstance(value, dict) for value in values):
            return {}
        return {"jsonLayout": "map"}
    if len(_entries(text)) >= 1 and all(isinstance(value, dict) for value in _entries(text)):
        return {"jsonLayout": "map"}
    wanted = "an object a line, an array of objects, or an object of objects"
    raise DataError("the layout of the JSON file is not known", where=path, got=first[:100], wanted=wanted,
                    todo="write an object a line")  # fmt: skip


def _first_document(text: str) -> tuple[object, str]:
    try:
        document, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None, text
    return document, text[end:]


def _entries(text: str, most: int = 20) -> list[object]:
    """The first values of a JSON object whose end may be cut off."""
    decoder, at = json.JSONDecoder(), 1
    found: list[object] = []
    while len(found) < most:
        key = re.compile(r'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*').match(text, at)
        if key is None:
            break
        try:
            value, at = decoder.raw_decode(text, key.end())
        except ValueError:
            break
        found.append(value)
    return found


def _refuse_events(path: Path, document: dict[str, object]) -> None:
    payload = document.get("payload")
    keys = {*(payload if isinstance(payload, dict) else document)}
    if any(envelope <= keys for envelope in _ENVELOPE):
        raise DataError(
            "these are change events of a database, not rows of one table",
            where=path,
            wanted="rows",
            todo="run them in with a contract of format debezium, then draft from silver.<table>",
        )


def repeated_names(path: Path, options: dict[str, str]) -> list[str]:
    """Names that a CSV file's header has more than once, letters' case apart."""
    text = _decoded(read_head(path), options.get("encoding", "UTF-8"))
    header = next(iter(_rows(text, options.get("delimiter", ","))), [])
    counted = Counter(name.strip().lower() for name in header)
    return [name for name, count in counted.items() if count > 1]
