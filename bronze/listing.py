"""Listing the landed files of a source."""

from __future__ import annotations

import glob
from datetime import UTC, datetime
from pathlib import Path

from hallmark.bronze.plan import LandedFile
from hallmark.contracts.model import Server


def list_landed(root: Path, server: Server) -> list[LandedFile]:
    """The files of a server under a data root. Names that start with `_` or `.` are still being written."""
    found = glob.glob(server.path, root_dir=root, recursive=True)  # noqa: PTH207 -- Path.glob reads the root as a pattern no less
    paths = [root / name for name in sorted(found)]
    return [_landed(path) for path in paths if path.is_file() and not path.name.startswith(("_", "."))]


def stream_globs(root: Path, server: Server) -> tuple[str, str]:
    """The same place for Spark's file source: a glob of folders and a glob of file names.

    Special characters of the root are escaped, those of the server's path are not. One character is escaped in any
    case: of a plain path Spark insists that all files it ever saw are under it, and another day's root is another one.
    """
    folder, _, name = server.path.rpartition("/")
    escaped = as_glob(str(root))
    if "\\" not in escaped:
        escaped = f"/\\{escaped[1:]}"
    return f"{escaped}/{folder}", name


def as_glob(path: str) -> str:
    r"""A glob that means this path and no other: Spark takes every path for a glob.

    >>> print(as_glob("/data/a[1].csv"))
    /data/a\[1\].csv
    """
    return "".join(f"\\{char}" if char in "*?[]{}\\" else char for char in path)


def _landed(path: Path) -> LandedFile:
    stat = path.stat()
    # Milliseconds: what Spark's file source sees.
    changed = datetime.fromtimestamp(stat.st_mtime_ns // 1_000_000 / 1000, tz=UTC)
    return LandedFile(str(path), stat.st_size, changed)
