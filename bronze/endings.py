"""What the ending of a file's name says: its format, and how it is packed. Said once, for a run, a draft and a test."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO

from hallmark.lakehouse.errors import DataError

FORMAT_OF = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_OTHER_PACKINGS = frozenset({".bz2", ".zst", ".xz", ".zip", ".snappy", ".lz4", ".deflate", ".tgz"})


def named_format(path: Path) -> str | None:
    """The format that a file's name says; None where it says none.

    >>> named_format(Path("a.CSV.gz")), named_format(Path("part-0.snappy.parquet")), named_format(Path("a.bz2"))
    ('csv', 'parquet', None)
    """
    inner = path.with_suffix("") if path.suffix == ".gz" else path
    return FORMAT_OF.get(inner.suffix.lower())


def format_by_content(head: bytes) -> str | None:
    """Parquet or JSON by a file's first bytes; None where they are of neither.

    >>> format_by_content(b"PAR1..."), format_by_content(b' [{"a": 1}]'), format_by_content(b"a,b")
    ('parquet', 'json', None)
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    return "json" if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} else None


def packing_not_read(path: Path) -> str | None:
    """The ending of a packed file that no reader here unpacks; Spark knows `.gz` in small letters alone.

    >>> packing_not_read(Path("a.csv.bz2")), packing_not_read(Path("a.csv.GZ")), packing_not_read(Path("a.csv.gz"))
    ('.bz2', '.GZ', None)
    """
    small = path.suffix.lower()
    return path.suffix if small in _OTHER_PACKINGS or (small == ".gz" and path.suffix != ".gz") else None


def refuse_packing(path: Path) -> None:
    """Refuse a file that is packed in a way that is not read.

    Raises:
        DataError: it is.
    """
    if ending := packing_not_read(path):
        raise DataError(
            "a packed file that can't be read", where=path, got=ending, wanted=".gz, or not packed",
            todo="unpack it, or pack it with gzip",
        )  # fmt: skip


def open_unpacked(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked where its name says gzip."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
