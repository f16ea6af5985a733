"""The header of a CSV file decides the columns of its rows, whatever other files of the source have."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from itertools import dropwhile
from pathlib import Path

from hallmark.bronze.endings import SPOILT, is_of_disk, open_unpacked
from hallmark.lakehouse.names import bronze_column

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableHeaderError(ValueError):
    """The header can't be read; the text says why."""


def read_header(file: Path, *, delimiter: str, encoding: str) -> tuple[str, ...]:
    """The bronze column names of a CSV file's header, its first line that is not blank; empty for an empty file.

    Raises:
        UnreadableHeaderError: the bytes are not in the declared encoding, not packed as the name says, or no CSV.
    """
    try:
        with open_unpacked(file) as stream:
            first = stream.read(1 << 20)
    except SPOILT as error:
        if is_of_disk(error):
            raise
        raise UnreadableHeaderError(f"file can't be read: {error}") from None
    if first.startswith(_UTF16) and not encoding.lower().startswith("utf-16"):
        raise UnreadableHeaderError(f"file is UTF-16, the contract says {encoding}")
    if encoding.lower() in {"utf-8", "utf8"}:
        first = first.removeprefix(codecs.BOM_UTF8)
    # The last character of the piece may be cut in two: decode only as far as it is whole.
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(first)
    except UnicodeDecodeError as error:
        line = first[: error.start].count(b"\n")
        if line == 0:
            raise UnreadableHeaderError(f"header is not {encoding}: {error.reason}") from None
        text = first[: error.start].decode(encoding, errors="replace")
    if "\0" in text.partition("\n")[0]:
        raise UnreadableHeaderError(f"header has zero bytes: file may be UTF-16, the contract says {encoding}")
    lines = dropwhile(lambda line: not line.strip(), io.StringIO(text, newline=""))  # Spark passes over them, too
    try:
        return unique_columns(next(csv.reader(lines, delimiter=delimiter), []))
    except csv.Error as error:
        raise UnreadableHeaderError(f"header is no CSV: {error}") from None


def unique_columns(header: list[str]) -> tuple[str, ...]:
    """Bronze names for a header's fields; repeated ones (Spark ignores case) get a number.

    >>> unique_columns(["id", "ID", "", "a b"])
    ('id', 'ID_2', '_unnamed', 'a_b')
    """
    taken: dict[str, str] = {}
    repeats: Counter[str] = Counter()
    for field in header:
        plain = name = bronze_column(field)
        while name.lower() in taken:
            repeats[plain.lower()] += 1
            name = f"{plain}_{repeats[plain.lower()] + 1}"
        taken[name.lower()] = name
    return tuple(taken.values())
