"""How far a stream has come, by the files of its checkpoint. Read without Spark."""

from __future__ import annotations

from pathlib import Path

NO_BATCH = -1


def last_batch(folder: Path) -> int:
    """The newest batch in a checkpoint's `offsets` or `commits` folder; -1 for none."""
    files = folder.iterdir() if folder.is_dir() else ()
    return max((int(file.name) for file in files if file.name.isdigit()), default=NO_BATCH)
