"""A synthetic file is written once and whole, also where the process is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from hallmark.bronze.listing import list_landed
from hallmark.contracts.model import Server
from hallmark.pipelines.synthetic.files import write_once


def test_a_file_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "a.csv"
    assert [write_once(file, b"a"), write_once(file, b"a"), write_once(file, b"b")] == [True, False, True]
    assert file.read_bytes() == b"b"


def test_a_write_leaves_nothing_else_behind(tmp_path: Path) -> None:
    write_once(tmp_path / "a.csv", b"a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


# The kernel ends the process in the middle of its write: a file may not grow beyond 4 kB.
KILLED = """
import resource, signal, sys
from pathlib import Path
from hallmark.pipelines.synthetic.files import write_once
signal.signal(signal.SIGXFSZ, signal.{action})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
write_once(Path(sys.argv[1]), b"x" * 100_000)
"""


def write_until_the_limit(file: Path, action: str) -> int:
    script = KILLED.format(action=action)
    return subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, check=False).returncode


def test_a_killed_write_shows_no_part_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "focus" / "a.csv"
    assert write_until_the_limit(file, "SIG_DFL") == -signal.SIGXFSZ
    assert [path.stat().st_size for path in file.parent.iterdir()] == [4096], "half of it is there under another name"
    assert list_landed(tmp_path, Server("landing", "focus/*", "csv")) == []
    assert not file.exists()


def test_after_a_killed_write_the_next_writes_the_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "focus" / "a.csv"
    write_until_the_limit(file, "SIG_DFL")
    assert write_once(file, b"x" * 100_000)
    assert [(path.name, path.stat().st_size) for path in file.parent.iterdir()] == [("a.csv", 100_000)]


def test_a_failed_write_keeps_the_old_file_and_no_half_of_the_new(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"old")
    assert write_until_the_limit(file, "SIG_IGN") == 1, "no room: Python raises, and lives on"
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.csv", b"old")]
