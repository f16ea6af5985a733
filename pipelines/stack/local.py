"""Up, down and status of the local stack."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Protocol

from hallmark.lakehouse.disk import free_gb
from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.settings import Settings, StackSettings
from hallmark.pipelines.stack.connect import Connect
from hallmark.pipelines.stack.database import make_database
from hallmark.pipelines.stack.jars import stack_jars
from hallmark.pipelines.stack.jvm import Jvm
from hallmark.pipelines.stack.kafka import Kafka, new_cluster_id
from hallmark.pipelines.stack.ports import free_ports, refuse_taken
from hallmark.pipelines.stack.postgres import WHEEL, Postgres, choose_home, find_account, wheel_binaries
from hallmark.pipelines.stack.processes import end, wait_until
from hallmark.pipelines.stack.state import Folder, Part, StackError, State, locked, stack_folder

if TYPE_CHECKING:
    import psutil

_PACKAGES = ("psutil", "psycopg", WHEEL)
_LEAST_DISK_GB = 1.0
_PATIENCE = 120.0  # seconds to start; on a busy machine Kafka alone took 27
_SECOND_CHANCE = 30.0  # seconds for a process that lives and does not answer: it may be starting
_STOP_PATIENCE = 20.0
_UNKNOWN = State(0, 0, 0, 0, "", "")  # of a stack whose state is lost: its processes are found all the same


class Server(Protocol):
    """One part of the stack."""

    @property
    def part(self) -> Part:
        """Its name."""

    @property
    def state(self) -> State:
        """The stack's addresses."""

    @property
    def log(self) -> Path:
        """What its process says."""

    @property
    def stop_by(self) -> signal.Signals:
        """The signal by which it ends in order."""

    def processes(self) -> list[psutil.Process]:
        """All its processes."""

    def main(self) -> psutil.Process | None:
        """The one that was started."""

    def prepare(self) -> None:
        """Make what it needs, once."""

    def start(self) -> subprocess.Popen[bytes]:
        """Start it."""

    def answers(self) -> bool:
        """Whether it can be used."""


def up(settings: Settings) -> bool:
    """Start what of the stack does not run, and wait until all of it answers.

    Returns:
        Whether anything had to be started.

    Raises:
        MachineError: when the machine lacks something: packages, Java, jars, disk, a port.
        StackError: when a part does not start; what this call started is ended again.
    """
    folder = stack_folder(settings)
    refuse_missing_packages()
    java, _ = require_java()
    wheel_binaries()
    folder.refuse_foreign()
    _refuse_full_disk(folder)
    jvm = Jvm(java, stack_jars(settings))
    with locked(folder):
        state = _state(folder, settings.stack)
        return _Start(folder).run(servers(folder, state, jvm))


def down(settings: Settings, *, remove: bool = False) -> bool:
    """End all processes of the stack; its data stays unless `remove` says otherwise.

    Returns:
        Whether there was a stack.
    """
    folder = stack_folder(settings)
    refuse_missing_packages()
    left_over = any(server.processes() for server in servers(folder, _UNKNOWN))
    if not folder.is_stack() and not left_over:
        return False
    with locked(folder):
        state = _state_to_end(folder, remove=remove)
        for server in reversed(servers(folder, state or _UNKNOWN)):
            _end(server)
        if remove:
            folder.remove(state)
        elif state is None:
            folder.leave()
    return True


def _state_to_end(folder: Folder, *, remove: bool) -> State | None:
    try:
        return folder.load()
    except StackError:
        if not remove:
            raise
        return None


def servers(folder: Folder, state: State, jvm: Jvm | None = None) -> list[Server]:
    """The parts of a stack, in the order in which they depend on one another; without `jvm` only to look or to end."""
    jvm = jvm or Jvm(Path("java"), Path())
    account = find_account(state)
    return [Postgres(folder, state, account), Kafka(folder, state, jvm), Connect(folder, state, jvm)]


def _end(server: Server) -> None:
    end(server.processes(), server.main(), by=server.stop_by, patience=_STOP_PATIENCE)


def find_stack(settings: Settings) -> tuple[Folder, State]:
    """The stack that the settings name.

    Raises:
        StackError: when there is none.
    """
    refuse_missing_packages()
    folder = stack_folder(settings)
    state = folder.load()
    if state is None:
        raise StackError("no stack here", where=folder.path, todo="hallmark stack up, or name its folder: --folder DIR")
    return folder, state


def refuse_missing_packages() -> None:
    """Stop before an import does, in words.

    Raises:
        MachineError: when a package of the extra `stack` is not installed.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise MachineError(
            "the local stack needs packages that are not installed",
            got=", ".join(missing),
            todo="pip install hallmark-lakehouse[stack]; in a checkout: make install",
        )


def _refuse_full_disk(folder: Folder) -> None:
    free = free_gb(folder.path)
    if free < _LEAST_DISK_GB:
        raise MachineError(
            "too little disk for the stack",
            where=folder.path,
            got=f"{free:,.1f} GB free",
            wanted=f"{_LEAST_DISK_GB:,.0f} GB",
            todo="free some space, or name another folder: --folder DIR",
        )


def _state(folder: Folder, settings: StackSettings) -> State:
    state = folder.load()
    if state is None:
        for server in servers(folder, _UNKNOWN):  # of a stack whose folder was removed under it
            _end(server)
        state = _new_state(settings)
        folder.save(state)
    _refuse_other_ports(folder, state, settings)
    folder.make_passwords()
    return state


def _new_state(settings: StackSettings) -> State:
    asked = (settings.postgres_port, settings.kafka_port, 0, settings.connect_port)
    free = free_ports(taken=asked)
    postgres, kafka, controller, connect = (port or next(free) for port in asked)
    return State(postgres, kafka, controller, connect, choose_home(), new_cluster_id())


def _refuse_other_ports(folder: Folder, state: State, settings: StackSettings) -> None:
    asked: dict[Part, int] = {
        "postgres": settings.postgres_port, "kafka": settings.kafka_port, "connect": settings.connect_port,
    }  # fmt: skip
    for part, port in asked.items():
        if port not in {0, state.port(part)}:
            raise StackError(
                f"the stack has another port for {part}",
                where=folder.path,
                got=f"stack.{part}_port = {port}",
                wanted=f"{state.port(part)}, or 0 to keep it",
                todo="hallmark stack down --remove, then hallmark stack up",
            )


@dataclass
class _Start:
    """One `up`: parts start side by side, and all end again when one of them does not start."""

    folder: Folder
    off: Event = field(default_factory=Event)
    started: list[Server] = field(default_factory=list)

    def run(self, parts: Sequence[Server]) -> bool:
        postgres, kafka, connect = parts
        work: list[Callable[[], None]] = [
            lambda: self._postgres(postgres),
            lambda: self._kafka_and_connect(kafka, connect),
        ]
        with ThreadPoolExecutor(max_workers=len(work)) as pool:
            futures = [pool.submit(each) for each in work]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                _raise_first(futures)
            except BaseException:
                self.off.set()
                wait(futures)
                for server in reversed(self.started):
                    _end(server)
                raise
        return bool(self.started)

    def _postgres(self, server: Server) -> None:
        wait_for = self._begin(server)
        wait_for()
        make_database(self.folder, server.state)

    def _kafka_and_connect(self, kafka: Server, connect: Server) -> None:
        # Connect waits for Kafka by itself, so both JVMs warm up at once.
        for wait_for in [self._begin(kafka), self._begin(connect)]:
            wait_for()

    def _begin(self, server: Server) -> Callable[[], None]:
        """Start a part unless it runs; the answer waits for it."""
        if server.main() is not None and self._answers_by_and_by(server):
            return lambda: None
        _end(server)
        refuse_taken(server.part, server.state.port(server.part))
        server.prepare()
        self.started.append(server)
        process = server.start()
        return lambda: wait_until(server.answers, server.part, process, server.log, patience=_PATIENCE, off=self.off)

    def _answers_by_and_by(self, server: Server) -> bool:
        until = time.monotonic() + _SECOND_CHANCE
        while not server.answers():
            if time.monotonic() > until or server.main() is None or self.off.wait(0.2):
                return False
        return True


def _raise_first(futures: Sequence[Future[None]]) -> None:
    """Raise the error that came first; a part that is still starting is called off after that."""
    for future in futures:
        if future.done():
            future.result()
