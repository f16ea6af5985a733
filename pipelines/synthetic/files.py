"""Writing a file once, whole or not at all."""

from __future__ import annotations

from pathlib import Path


def is_written(path: Path, content: bytes) -> bool:
    """Whether the file is there with this very content."""
    return path.is_file() and path.read_bytes() == content


def write_once(path: Path, content: bytes) -> bool:
    """Write the file unless it is there with this very content; say whether it was written.

    The temporary name starts with a dot: Spark's file sources do not see it, so no reader ever meets half a file.
    """
    if is_written(path, content):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True
