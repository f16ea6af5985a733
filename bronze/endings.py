"""What the ending of a file's name says: its format, and how it is packed. Said once, for a run, a draft and a test."""

from __future__ import annotations

import bz2
import errno
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from hallmark.lakehouse.errors import DataError

FORMAT_OF = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
_OTHER_PACKINGS = frozenset({".zst", ".xz", ".zip", ".snappy", ".lz4", ".deflate", ".tgz"})


def named_format(path: Path) -> str | None:
    """The format that a file's name says; None where it says none.

    >>> named_format(Path("a.CSV.bz2")), named_format(Path("part-0.snappy.parquet")), named_format(Path("a.gz"))
    ('csv', 'parquet', None)
    """
    inner = path.with_suffix("") if path.suffix in _OPENERS else path
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
    """The ending of a packed file that no reader here unpacks; Spark knows endings in small letters alone.

    >>> packing_not_read(Path("a.csv.zst")), packing_not_read(Path("a.csv.GZ")), packing_not_read(Path("a.csv.bz2"))
    ('.zst', '.GZ', None)
    """
    is_packed = path.suffix.lower() in {*_OPENERS, *_OTHER_PACKINGS}
    return path.suffix if is_packed and path.suffix not in _OPENERS else None


def refuse_packing(path: Path) -> None:
    """Refuse a file that is packed in a way that is not read.

    Raises:
        DataError: it is.
    """
    if ending := packing_not_read(path):
        raise DataError(
            "a packed file that can't be read", where=path, got=ending, wanted=".gz, .bz2, or not packed",
            todo="unpack it, or pack it with gzip",
        )  # fmt: skip


def open_unpacked(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked as its name says; reading one that is not whole raises `SPOILT`."""
    opener = _OPENERS.get(path.suffix)
    return path.open("rb") if opener is None else cast("IO[bytes]", opener(path, "rb"))


SPOILT = (OSError, EOFError, zlib.error)
"""What a file raises that is not what its name says, or not whole; an OSError may be the disk's trouble as well."""


def is_of_disk(error: Exception) -> bool:
    """Whether an error is the disk's trouble: what readers find wrong with a file has no number."""
    return isinstance(error, OSError) and error.errno not in {None, errno.ENOENT}
