"""Listing the landed files of a source."""

from __future__ import annotations

import glob
from datetime import UTC, datetime
from pathlib import Path

from hallmark.bronze.plan import LandedFile
from hallmark.contracts.model import Server

_HIDDEN = ("_", ".")


def list_landed(root: Path, server: Server) -> list[LandedFile]:
    """The files of a server under a data root. Names that start with `_` or `.` are still being written."""
    found = glob.glob(server.path, root_dir=root, recursive=True)  # noqa: PTH207 -- Path.glob reads the root as a pattern no less
    paths = [root / name for name in sorted(found) if not _is_hidden(name, server.path)]
    return [_landed(path) for path in paths if path.is_file()]


def _is_hidden(name: str, pattern: str) -> bool:
    # A folder that the contract names is meant, whatever it is called; one that a wildcard finds is not, when hidden.
    *folders, file = name.split("/")
    found = [part for part, wanted in zip(folders, pattern.split("/"), strict=False) if part != wanted]
    return any(part.startswith(_HIDDEN) for part in (*found, file))


def stream_globs(root: Path, server: Server) -> tuple[str, str]:
    """The same place for Spark's file source: a glob of folders and a glob of file names.

    Special characters of the root are escaped, those of the server's path are not. One character is escaped in any
    case: of a plain path Spark insists that all files it ever saw are under it, and another day's root is another one.
    """
    folder, _, name = server.path.rpartition("/")
    folder = "/".join(_without_hidden(part) for part in folder.split("/"))
    escaped = as_glob(str(root))
    if "\\" not in escaped:
        escaped = f"/\\{escaped[1:]}"
    return f"{escaped}/{folder}", name


def _without_hidden(part: str) -> str:
    """A wildcard for folders that leaves out hidden ones, in Hadoop's words.

    >>> _without_hidden("*"), _without_hidden("2024-*"), _without_hidden("*-x"), _without_hidden("?")
    ('[^._]*', '2024-*', '{[^._]*-x,-x}', '[^._]')
    """
    if part.startswith("?"):
        return f"[^._]{part[1:]}"
    if not part.startswith("*"):
        return part
    return "[^._]*" if part == "*" else f"{{[^._]{part},{part[1:]}}}"


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
