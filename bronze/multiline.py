"""Records of a CSV file that go over several lines: read line by line, the end of one looks like a row of its own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hallmark.bronze.endings import open_unpacked

_PIECE = 1 << 20


def record_over_lines(file: Path, delimiter: str, encoding: str, *, width: int) -> int | None:
    """The line where the first record with a line break in quotes begins; None when each record is one line.

    A quote that opens and never closes is damage of one line, no such record: what Python reads from there on has
    another number of fields, or is longer than its limit for a field.

    Args:
        file: the file, plain or packed; its bytes are those of ASCII where they look like that.
        delimiter: between fields.
        encoding: of the text.
        width: how many fields a record has.
    """
    if not _has_open_line(file):
        return None
    with open_unpacked(file) as stream:
        records = csv.reader(io.TextIOWrapper(stream, encoding, errors="replace", newline=""), delimiter=delimiter)
        before = 0
        try:
            for record in records:
                if records.line_num > before + 1 and len(record) == width:
                    return before + 1
                before = records.line_num
        except csv.Error:
            return None
    return None


def _has_open_line(file: Path) -> bool:
    """Whether a line has an odd number of quotes: a quick look, which files without quotes hardly feel."""
    open_quote = b""  # of the line that the last piece cut in two
    with open_unpacked(file) as stream:
        while piece := stream.read(_PIECE):
            if not open_quote and b'"' not in piece:
                continue
            *lines, last = (open_quote + piece).splitlines(keepends=True)
            whole = last.endswith((b"\n", b"\r"))
            if any(line.count(b'"') % 2 for line in (lines if not whole else [*lines, last])):
                return True
            open_quote = b'"' * (0 if whole else last.count(b'"') % 2)
    return bool(open_quote)
