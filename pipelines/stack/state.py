"""What a stack remembers in its folder: ports, where PostgreSQL's data is, passwords. Who holds the lock writes."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from hallmark.lakehouse.errors import HallmarkError, MachineError, SettingsError
from hallmark.lakehouse.settings import Settings

OWNER = "hallmark"
CAPTURE = "debezium"
DATABASE = "platform"
HOME_PREFIX = "hallmark-postgres-"
Part = Literal["postgres", "kafka", "connect"]
PARTS: tuple[Part, ...] = ("postgres", "kafka", "connect")
_STATE = "stack.json"
_LOCK = "lock"
_PGPASS = "pgpass"
_SECRETS = "secrets.properties"
_OURS = (
    *PARTS,
    "logs",
    _PGPASS,
    _SECRETS,
    _STATE,
)  # the state goes last: what is left of a killed removal is removable
_ODD = ",:;\\%${}\"'*"  # properties files, class paths and connection strings read these in ways of their own


class StackError(HallmarkError):
    """A part of the local stack does not start, does not answer, or refuses what was asked."""


@dataclass(frozen=True)
class State:
    """A stack's addresses, which stay the same as long as its folder is there.

    Attributes:
        postgres_port, kafka_port, controller_port, connect_port: ports on the loopback address.
        postgres_home: folder with PostgreSQL's data where another user runs it; empty: it is in the stack's own.
        cluster_id: the id that Kafka's storage was formatted with.
    """

    postgres_port: int
    kafka_port: int
    controller_port: int
    connect_port: int
    postgres_home: str
    cluster_id: str

    def port(self, part: Part) -> int:
        """Where a part's clients find it."""
        return {"postgres": self.postgres_port, "kafka": self.kafka_port, "connect": self.connect_port}[part]


@dataclass(frozen=True)
class Folder:
    """The folder of one stack."""

    path: Path

    @property
    def pgpass(self) -> Path:
        """Passwords in the form that libpq reads (`passfile=`, PGPASSFILE)."""
        return self.path / _PGPASS

    @property
    def secrets(self) -> Path:
        """Passwords in the form that Kafka's FileConfigProvider reads."""
        return self.path / _SECRETS

    def of(self, part: Part) -> Path:
        """A part's own folder."""
        return self.path / part

    def log(self, part: Part) -> Path:
        """What a part's process says."""
        return self.path / "logs" / f"{part}.log"

    def is_stack(self) -> bool:
        """Whether a stack was made here."""
        return any((self.path / name).exists() for name in (_STATE, _SECRETS, _PGPASS))

    def refuse_foreign(self) -> None:
        """Stop before files of a stack are mixed with others, which a removal could then not tell apart.

        Raises:
            SettingsError: when the folder is no stack's, and not empty.
        """
        if self.is_stack() or not self.path.is_dir():
            return
        others = sorted(each.name for each in self.path.iterdir() if each.name != _LOCK)
        if others:
            raise SettingsError(
                "the stack's folder holds other files",
                where=self.path,
                got=", ".join(others[:5]),
                wanted="an empty folder, or none",
                todo="name another folder: --folder DIR",
            )

    def load(self) -> State | None:
        """The state; None when there is no stack here.

        Raises:
            StackError: when what is there is not a state.
        """
        file = self.path / _STATE
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return State(**found)
        except (FileNotFoundError, NotADirectoryError):
            if self.is_stack():
                raise _unreadable(file, "it is gone, and the rest of the stack is there") from None
            return None
        except OSError as error:
            raise _unreadable(file, error.strerror or str(error)) from None
        except (ValueError, TypeError) as error:
            raise _unreadable(file, error) from None

    def save(self, state: State) -> None:
        """Write the state, whole or not at all."""
        write_private(self.path / _STATE, json.dumps(asdict(state), indent=1) + "\n")

    def password(self, role: str) -> str:
        """A role's password.

        Raises:
            StackError: when the file with it is gone or has no such role.
        """
        try:
            lines = self.secrets.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise _unreadable(self.secrets, error.strerror or str(error)) from None
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        if role not in found:
            raise _unreadable(self.secrets, f"no password of {role}")
        return found[role]

    def make_passwords(self) -> None:
        """Draw a password a role, unless there are some."""
        if self.secrets.exists():
            return
        drawn = {role: secrets.token_urlsafe(24) for role in (OWNER, CAPTURE)}
        write_private(self.pgpass, "".join(f"127.0.0.1:*:*:{role}:{word}\n" for role, word in drawn.items()))
        write_private(self.secrets, "".join(f"{role}={word}\n" for role, word in drawn.items()))

    def remove(self, state: State | None) -> None:
        """Remove what a stack wrote, and the folder when nothing else is in it."""
        if state is not None and Path(state.postgres_home).name.startswith(HOME_PREFIX):
            shutil.rmtree(state.postgres_home, ignore_errors=True)
        for name in _OURS:
            place = self.path / name
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Remove the lock, and the folder when nothing else is in it."""
        (self.path / _LOCK).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()


def stack_folder(settings: Settings) -> Folder:
    """The folder of the settings' stack; nothing is made.

    Raises:
        SettingsError: when a stack can't be at this path; it says who gave it.
    """
    return open_folder(settings.stack.folder, settings.named_by("stack", "folder"))


def open_folder(given: Path, named_by: str = "stack.folder") -> Folder:
    """The folder of a stack, without `..` or `~`; nothing is made. `named_by` is for the letter: who gave it.

    Raises:
        SettingsError: when a stack can't be at this path.
    """
    path = Path(os.path.abspath(given.expanduser()))  # noqa: PTH100 -- resolve() would follow links
    odd = sorted({char for char in str(path) if char in _ODD or not char.isprintable()})
    if odd or path.parent == path:
        raise SettingsError(
            "the stack can't be at this path",
            where=named_by,
            got=repr(str(path)),
            wanted=f"a path without {' '.join(odd)}" if odd else "a folder of its own",
            todo="name another folder: --folder DIR",
        )
    return Folder(path)


@contextmanager
def locked(folder: Folder) -> Iterator[None]:
    """Hold the stack while it is changed; who comes second waits, then finds what the first one made.

    Raises:
        MachineError: when the folder can't be made, or is another user's.
    """
    while True:
        handle = _own(folder.path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_file(handle, folder.path / _LOCK):
                yield
                return
        finally:
            os.close(handle)


def _is_file(handle: int, path: Path) -> bool:
    # Who held the lock before may have removed the stack, the file of the lock included.
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _own(path: Path) -> int:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.stat().st_uid == os.geteuid() and not any(path.iterdir()):
            path.chmod(0o700)
        return os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise MachineError(
            "the stack's folder can't be written",
            where=path,
            got=error.strerror or str(error),
            todo="give yourself write permission there, or name another folder: --folder DIR",
        ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    scratch.replace(path)


def _unreadable(where: Path, got: object) -> StackError:
    return StackError(
        "the stack's state can't be read",
        where=where,
        got=got,
        todo="hallmark stack down --remove ends what runs of it and removes it; then hallmark stack up",
    )
