"""A folder of files that a command writes and keeps up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hallmark.lakehouse.errors import SettingsError


def write_folder(out: Path, files: Mapping[str, bytes], superfluous: Sequence[str]) -> None:
    """Write files into a folder by their paths in it, making folders as needed, and remove those that are superfluous.

    Raises:
        SettingsError: when the folder can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(content)
        for name in superfluous:
            (out / name).unlink()
    except OSError as error:
        raise SettingsError(
            "the folder can't be written", where=out, got=error, todo="name another: --out DIR"
        ) from None
