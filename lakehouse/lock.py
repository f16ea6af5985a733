"""One writer at a time: a file lock on the warehouse.

Delta on a local file system promises nothing for two writing processes, and the Derby catalog admits one.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hallmark.lakehouse.errors import MachineError

LOCK_FILE = "_lock"


@contextmanager
def warehouse_lock(warehouse: Path) -> Iterator[None]:
    """Hold the warehouse for writing; the kernel releases it when the process ends, however it ends.

    Raises:
        MachineError: when another process holds it, or the folder can't be written.
    """
    handle = _open(warehouse)
    try:
        if not (_take(handle) or _take_after_a_look(handle)):
            raise MachineError(
                "another run holds the warehouse",
                where=warehouse,
                got=f"process {_holder(handle) or 'unknown'}",
                todo="wait until it ends, or name another folder with --warehouse",
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(warehouse: Path) -> bool:
    """Whether a process holds the warehouse, this one included; also said when that can't be found out."""
    try:
        handle = os.open(warehouse / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return not _take(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _take(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_after_a_look(handle: int) -> bool:
    # `is_held` has it for an instant, which is no reason to refuse a run.
    time.sleep(0.05)
    return _take(handle)


def _open(warehouse: Path) -> int:
    try:
        warehouse.mkdir(parents=True, exist_ok=True)
        return os.open(warehouse / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MachineError(
            "the warehouse can't be written",
            where=warehouse,
            got=error.strerror or str(error),
            todo="give yourself write permission there, or name another folder with --warehouse",
        ) from None


def _holder(handle: int) -> str:
    return os.pread(handle, 32, 0).decode(errors="replace").strip()
