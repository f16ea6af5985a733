"""One writer at a time: the second is told who the first is, and no end of a process leaves a lock behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.lock import LOCK_FILE, is_held, warehouse_lock

HOLD = """
import sys
from pathlib import Path
from hallmark.lakehouse.lock import warehouse_lock
with warehouse_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
NOBODY = 65534


@contextmanager
def another_process_holding(warehouse: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def not_writable() -> Iterator[Path]:
    """A folder that the test can see into but not write to, also when the tests run as root."""
    folder = Path(tempfile.mkdtemp())  # not tmp_path: that is below a folder which others may not enter
    folder.chmod(0o755 if os.geteuid() == 0 else 0o500)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(NOBODY)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    with warehouse_lock(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_missing_warehouse_is_made(tmp_path: Path) -> None:
    with warehouse_lock(tmp_path / "new" / "warehouse"):
        assert (tmp_path / "new" / "warehouse").is_dir()


def test_a_second_process_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    with another_process_holding(tmp_path) as first:
        with pytest.raises(MachineError) as letter, warehouse_lock(tmp_path):
            pass
        assert str(letter.value) == (
            "MachineError: another run holds the warehouse\n"
            f"  where: {tmp_path}\n"
            f"  got: process {first.pid}\n"
            "  do: wait until it ends, or name another folder with --warehouse"
        )


def test_a_refused_process_leaves_the_holders_name(tmp_path: Path) -> None:
    with another_process_holding(tmp_path) as first:
        for _ in range(2):
            with pytest.raises(MachineError, match=f"process {first.pid}"), warehouse_lock(tmp_path):
                pass


def test_a_second_lock_of_the_same_process_is_refused(tmp_path: Path) -> None:
    with warehouse_lock(tmp_path), pytest.raises(MachineError, match=str(os.getpid())), warehouse_lock(tmp_path):
        pass


def test_two_warehouses_do_not_meet(tmp_path: Path) -> None:
    with another_process_holding(tmp_path / "theirs"), warehouse_lock(tmp_path / "ours"):
        assert (tmp_path / "ours" / LOCK_FILE).read_text() == str(os.getpid())


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with another_process_holding(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        with warehouse_lock(tmp_path):
            assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_look_sees_a_holder_and_leaves_no_file(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    assert not (tmp_path / LOCK_FILE).exists()
    with another_process_holding(tmp_path):
        assert is_held(tmp_path)
    with warehouse_lock(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_a_look_refuses_no_run(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).touch()
    with (tmp_path / LOCK_FILE).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        ends = threading.Timer(0.01, fcntl.flock, (looking, fcntl.LOCK_UN))
        ends.start()
        with warehouse_lock(tmp_path):
            ends.join()


def test_a_failed_run_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="boom"), warehouse_lock(tmp_path):
        raise RuntimeError("boom")
    with warehouse_lock(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_longer_pid_of_an_earlier_holder_leaves_no_digit(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text("9" * 20)
    with warehouse_lock(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_folder_without_write_permission_is_refused(not_writable: Path) -> None:
    with pytest.raises(MachineError) as letter, warehouse_lock(not_writable):
        pass
    assert str(letter.value) == (
        "MachineError: the warehouse can't be written\n"
        f"  where: {not_writable}\n"
        "  got: Permission denied\n"
        "  do: give yourself write permission there, or name another folder with --warehouse"
    )


def test_a_new_folder_below_one_without_write_permission_is_refused(not_writable: Path) -> None:
    with (
        pytest.raises(MachineError, match="the warehouse can't be written") as letter,
        warehouse_lock(not_writable / "new"),
    ):
        pass
    assert letter.value.got == "Permission denied"


def test_a_file_is_no_warehouse(tmp_path: Path) -> None:
    (tmp_path / "warehouse").touch()
    with (
        pytest.raises(MachineError, match="the warehouse can't be written") as letter,
        warehouse_lock(tmp_path / "warehouse"),
    ):
        pass
    assert letter.value.got == "File exists"
