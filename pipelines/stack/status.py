"""What of a stack runs, and where its clients find it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.stack.connect import Rest
from hallmark.pipelines.stack.local import Server, refuse_missing_packages, servers
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.state import DATABASE, OWNER, Folder, Part, StackError, State, stack_folder

Health = Literal["up", "down", "silent"]


@dataclass(frozen=True)
class PartStatus:
    """One part: `silent` is a process that does not answer."""

    part: Part
    health: Health
    address: str
    pid: int | None
    log: str


@dataclass(frozen=True)
class Status:
    """The whole stack; `connectors` has the state of each, by name."""

    folder: Folder
    state: State | None
    parts: tuple[PartStatus, ...] = ()
    connectors: dict[str, str] | None = None

    @property
    def health(self) -> Literal["up", "partly", "down"]:
        """All of it, some of it, nothing."""
        found = {part.health for part in self.parts}
        if found == {"up"}:
            return "up"
        return "partly" if found - {"down"} else "down"

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        document: dict[str, Any] = {"health": self.health, "folder": self.folder.path}
        if self.state is not None:
            document |= {"postgres_url": postgres_url(self.folder, self.state), "pgpass": self.folder.pgpass}
            document |= {part.part: {**asdict(part)} for part in self.parts}
            document["connectors"] = self.connectors
        return document


def postgres_url(folder: Folder, state: State) -> str:
    """Where `psql` and other clients of libpq connect; the password is in the file that it names."""
    return f"postgresql://{OWNER}@{LOOPBACK}:{state.postgres_port}/{DATABASE}?passfile={folder.pgpass}"


def look(settings: Settings) -> Status:
    """Ask every part; nothing is started or changed.

    Raises:
        StackError: when the stack's state can't be read.
    """
    refuse_missing_packages()
    folder = stack_folder(settings)
    state = folder.load()
    if state is None:
        return Status(folder, None)
    parts = tuple(_part(server) for server in servers(folder, state))
    connect_is_up = any(part.part == "connect" and part.health == "up" for part in parts)
    return Status(folder, state, parts, connectors(state) if connect_is_up else None)


def _part(server: Server) -> PartStatus:
    process = server.main()
    health: Health = "down"
    if process is not None:
        health = "up" if server.answers() else "silent"
    address = f"{LOOPBACK}:{server.state.port(server.part)}"
    return PartStatus(server.part, health, address, process.pid if process else None, str(server.log))


def connectors(state: State) -> dict[str, str] | None:
    """The state of each connector, that of its first task that failed before its own; None when Connect is busy."""
    try:
        found = Rest(state.connect_port).call("GET", "/connectors?expand=status")
    except StackError:
        return None
    return {name: connector_state(each["status"]) for name, each in sorted(found.items())}


def connector_state(status: dict[str, Any]) -> str:
    """One word for a connector and its task.

    >>> connector_state({"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "FAILED"}]})
    'FAILED'
    >>> connector_state({"connector": {"state": "RUNNING"}, "tasks": []})
    'UNASSIGNED'
    """
    own = str(status["connector"]["state"])
    if own != "RUNNING":
        return own
    tasks = [str(task["state"]) for task in status["tasks"]] or ["UNASSIGNED"]
    return next((state for state in tasks if state != "RUNNING"), own)
