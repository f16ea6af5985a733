"""Kafka Connect with Debezium: its process, and its REST interface."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hallmark.pipelines.stack.jvm import Jvm, write_properties
from hallmark.pipelines.stack.kafka import LARGEST_MESSAGE
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.processes import Account, mark, marked
from hallmark.pipelines.stack.state import Folder, Part, StackError, State

if TYPE_CHECKING:
    import psutil

_JSON = "org.apache.kafka.connect.json.JsonConverter"
_FILES = "org.apache.kafka.common.config.provider.FileConfigProvider"
_GONE = 404
_LATER = 409


class BusyError(StackError):
    """Kafka Connect can't answer while its group settles, and asks to try again."""


def worker_properties(state: State, folder: Folder) -> dict[str, object]:
    """Settings of the worker. Distributed: connectors and offsets are in Kafka, and outlive a worker that is killed."""
    stores = ("config", "offset", "status")
    return {
        "bootstrap.servers": f"{LOOPBACK}:{state.kafka_port}",
        "listeners": f"http://{LOOPBACK}:{state.connect_port}",
        "rest.advertised.host.name": LOOPBACK,
        "group.id": "connect",
        **{f"{store}.storage.topic": f"_connect_{store}" for store in stores},
        **{f"{store}.storage.replication.factor": 1 for store in stores},
        **{f"{store}.storage.partitions": 1 for store in stores[1:]},
        # A killed worker is missed soon, and its connectors wait for no other one.
        "session.timeout.ms": 3000,
        "heartbeat.interval.ms": 500,
        "scheduled.rebalance.max.delay.ms": 0,
        "offset.flush.interval.ms": 1000,
        "key.converter": _JSON,
        "value.converter": _JSON,
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "producer.max.request.size": LARGEST_MESSAGE,
        "plugin.discovery": "service_load",
        # Connectors name passwords by file, so that neither Kafka nor the REST interface holds one.
        "config.providers": "file",
        "config.providers.file.class": _FILES,
        "config.providers.file.param.allowed.paths": folder.secrets,
    }


@dataclass(frozen=True)
class Connect:
    """The worker of one stack."""

    folder: Folder
    state: State
    jvm: Jvm

    part: Part = "connect"
    stop_by: signal.Signals = signal.SIGTERM

    @property
    def log(self) -> Path:
        """What the worker says."""
        return self.folder.log("connect")

    @property
    def _properties(self) -> Path:
        return self.folder.of("connect") / "worker.properties"

    def processes(self) -> list[psutil.Process]:
        """The worker's process."""
        return marked(mark(self.folder, "connect"))

    def main(self) -> psutil.Process | None:
        """The worker's process."""
        return next(iter(self.processes()), None)

    def prepare(self) -> None:
        """Write the settings."""
        write_properties(self._properties, worker_properties(self.state, self.folder))

    def start(self) -> subprocess.Popen[bytes]:
        """Start the worker; it waits for Kafka by itself."""
        tool = ("org.apache.kafka.connect.cli.ConnectDistributed", self._properties)
        command = self.jvm.command(self.folder, "connect", *tool, heap="512m")
        return Account().spawn(command, cwd=self.folder.path, log=self.log)

    def answers(self) -> bool:
        """Whether the worker is a member of its group and serves requests."""
        try:
            return bool(Rest(self.state.connect_port, timeout=2).call("GET", "/health")["status"] == "healthy")
        except (StackError, KeyError, TypeError):
            return False


@dataclass(frozen=True)
class Rest:
    """The worker's REST interface."""

    port: int
    timeout: float = 60

    def call(self, method: str, path: str, document: object = None) -> Any:
        """The answer of a call, JSON read; None for an empty one.

        Raises:
            StackError: when nobody answers, or the answer is a refusal.
        """
        status, said = self._exchange(method, path, document)
        return _accepted(status, f"{method} {path}", said)

    def find(self, path: str) -> Any:
        """The answer of a GET; None when there is no such thing.

        Raises:
            StackError: when nobody answers, or the answer is a refusal.
        """
        status, said = self._exchange("GET", path, None)
        return None if status == _GONE else _accepted(status, f"GET {path}", said)

    def _exchange(self, method: str, path: str, document: object) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=self.timeout)
        body = None if document is None else json.dumps(document)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            got = f"{type(error).__name__}: {error}"
            where = f"{LOOPBACK}:{self.port}"
            raise StackError("Kafka Connect does not answer", where=where, got=got, todo="hallmark stack up") from None
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text.decode(errors="replace")


def _accepted(status: int, call: str, said: Any) -> Any:
    if status < http.client.BAD_REQUEST:
        return said
    text = str(said.get("message", said) if isinstance(said, dict) else said)
    got = "; ".join(line for line in text.splitlines() if not line.startswith("You can also find"))
    kind = BusyError if status == _LATER else StackError
    raise kind("Kafka Connect refuses", where=call, got=got)
