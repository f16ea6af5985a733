"""Which of some files can't be read at all. Asked only after a read failed: a good load pays nothing for it."""

from __future__ import annotations

import errno
import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from hallmark.bronze.readers import BadFile

_PIECE = 1 << 20


def unreadable(paths: Iterable[str], file_format: str) -> list[BadFile]:
    """The files that are not what their name or format says, each with the reason."""
    reasons = ((path, _reason(Path(path), file_format)) for path in paths)
    return [BadFile(path, reason) for path, reason in reasons if reason is not None]


def _reason(path: Path, file_format: str) -> str | None:
    if ":" in path.name:
        return "Spark reads no file with a colon in its name: land it under another one"
    try:
        if file_format == "parquet":
            return _parquet_reason(path)
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as stream:
            while stream.read(_PIECE):
                pass
    except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error) as error:  # a disk's trouble is raised
        return f"{type(error).__name__}: {error}"
    return None


def _parquet_reason(path: Path) -> str | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for _ in pq.ParquetFile(path).iter_batches():
            pass
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno not in {None, errno.ENOENT}:
            raise  # the disk's trouble; what pyarrow finds wrong with a file has no number
        return f"not a whole Parquet file: {str(error).splitlines()[0]}"
    return None
