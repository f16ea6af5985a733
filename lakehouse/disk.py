"""Room on the disk, asked before it is missed."""

from __future__ import annotations

import shutil
from pathlib import Path


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(each for each in (path, *path.parents) if each.exists())


def free_gb(path: Path) -> float:
    """GB (10^9 bytes) that are free where a path is, or will be."""
    return shutil.disk_usage(existing(path)).free / 1e9
