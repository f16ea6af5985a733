"""Processes that outlive the command: started apart, found again by a mark in their arguments, ended without a rest.

A mark is never a process id: ids are given again, and a file with ids may be lost while its processes live.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from hallmark.pipelines.stack.state import Folder, Part, StackError

if TYPE_CHECKING:
    import psutil

_TICK = 0.05
_TAIL = 480  # characters of a log that a letter quotes


@dataclass(frozen=True)
class Account:
    """Under whom a process runs.

    Attributes:
        prefix: a command that the process is started by.
        user: a user's id; None for who calls.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def run(self, arguments: Sequence[object], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.prefix, *map(str, arguments)],
            cwd=cwd, env=_environment(), capture_output=True, text=True, check=False,
            user=self.user, group=self.user, extra_groups=self._groups(),
        )  # fmt: skip

    def spawn(self, arguments: Sequence[object], *, cwd: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a process in a session of its own: it outlives the command, and a Ctrl-C does not reach it."""
        log.parent.mkdir(mode=0o700, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, *map(str, arguments)],
                cwd=cwd, env=_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, user=self.user, group=self.user, extra_groups=self._groups(),
            )  # fmt: skip

    def _groups(self) -> list[int] | None:
        return None if self.user is None else []


def _environment() -> Mapping[str, str]:
    # Neither the caller's JVM options nor libpq's variables steer the stack; its language is that of its messages.
    steering = ("PG", "KAFKA_", "CONNECT_", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "LC_", "LANG")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(steering)}, "LC_ALL": "C"}


def mark(folder: Folder, part: Part) -> str:
    """The argument by which a part's process is found; for Java a property, for PostgreSQL a setting."""
    return f"hallmark.stack={folder.of(part)}"


def marked(mark: str, *, at: Path | None = None) -> list[psutil.Process]:
    """The living processes that have `mark` among their arguments, or that work in the folder `at`."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        info = process.info
        if info["status"] == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            continue
        if {mark, f"-D{mark}"} & set(info["cmdline"] or ()) or (at is not None and info["cwd"] == str(at)):
            found.append(process)
    return found


def end(
    processes: Sequence[psutil.Process], main: psutil.Process | None, *, by: signal.Signals, patience: float
) -> None:
    """Ask the main one of some processes to end, wait until all have, and kill those that do not in time.

    Without a main one they are left-overs: they get a moment to find that out.
    """
    _send([main] if main else [], by)
    rest = _wait(processes, patience if main else 2)
    _send(rest, signal.SIGKILL)
    _wait(rest, 10)


def _send(processes: Sequence[psutil.Process], what: signal.Signals) -> None:
    import psutil

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(what)


def _wait(processes: Sequence[psutil.Process], patience: float) -> list[psutil.Process]:
    """Those that still live when all have ended, or patience has."""
    import psutil

    until = time.monotonic() + patience
    while living := [each for each in processes if _lives(each)]:
        if time.monotonic() > until:
            return living
        psutil.wait_procs(living, timeout=_TICK)  # also reaps those that this process started
    return []


def _lives(process: psutil.Process) -> bool:
    import psutil

    try:
        # A process that ended stays a zombie where nobody reaps it, as under many a container's first process.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(
    answers: Callable[[], bool], part: Part, process: subprocess.Popen[bytes], log: Path, *, patience: float, off: Event
) -> None:
    """Wait until a part that was started answers.

    Raises:
        StackError: when its process ends, or it does not answer in time, or `off` is set.
    """
    until = time.monotonic() + patience
    while not answers():
        if process.poll() is not None:
            raise _no_start(part, f"it ended with exit code {process.returncode}", log)
        if time.monotonic() > until:
            raise _no_start(part, f"no answer after {patience:.0f} s", log)
        if off.wait(_TICK):
            raise _no_start(part, "called off, because another part did not start", log)


def _no_start(part: Part, got: str, log: Path) -> StackError:
    said = tail(log)
    return StackError(
        f"{part} does not start",
        where=log,
        got=f"{got}; it says: {said}" if said else got,
        todo="mend what it says, then hallmark stack up; or begin anew: hallmark stack down --remove",
    )


def tail(log: Path) -> str:
    """The last words of a log."""
    try:
        text = log.read_bytes()[-4 * _TAIL :].decode(errors="replace").strip()
    except OSError:
        return ""
    return text if len(text) <= _TAIL else f"… {text[-_TAIL:]}"
