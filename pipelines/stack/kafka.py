"""Kafka as one process that is broker and controller (KRaft)."""

from __future__ import annotations

import base64
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hallmark.pipelines.stack.jvm import Jvm, write_properties
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.processes import Account, mark, marked
from hallmark.pipelines.stack.state import Folder, Part, StackError, State

if TYPE_CHECKING:
    import psutil

LARGEST_MESSAGE = 16 * 1024 * 1024
# ApiVersions, version 0, from a client without a name: the first thing that every client asks.
_HELLO = struct.pack(">ihhih", 10, 18, 0, 1, -1)
_GREETING = struct.Struct(">ii")


def new_cluster_id() -> str:
    """A random id in Kafka's spelling."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def broker_properties(state: State, data: Path) -> dict[str, object]:
    """Settings of the node: everything once, on the loopback address, without waiting for others."""
    clients, quorum = (f"{LOOPBACK}:{port}" for port in (state.kafka_port, state.controller_port))
    one_copy = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{quorum}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{clients},CONTROLLER://{quorum}",
        "advertised.listeners": f"PLAINTEXT://{clients}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        "num.partitions": 1,
        **{f"{topic}.replication.factor": 1 for topic in one_copy},
        **{f"{topic}.min.isr": 1 for topic in one_copy[1:]},
        **{f"{topic}.num.partitions": 1 for topic in one_copy},
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        "broker.session.timeout.ms": 3000,  # so long a node that was killed is not let in again
        "broker.heartbeat.interval.ms": 500,
        "message.max.bytes": LARGEST_MESSAGE,
        "replica.fetch.max.bytes": LARGEST_MESSAGE,
        "log.retention.hours": -1,  # what a test reads must not vanish while it reads
        "log.segment.bytes": 4 * LARGEST_MESSAGE,
        "log.cleaner.dedupe.buffer.size": 2097152,
    }


@dataclass(frozen=True)
class Kafka:
    """The node of one stack."""

    folder: Folder
    state: State
    jvm: Jvm

    part: Part = "kafka"
    stop_by: signal.Signals = signal.SIGTERM

    @property
    def log(self) -> Path:
        """What the node says."""
        return self.folder.log("kafka")

    @property
    def _data(self) -> Path:
        return self.folder.of("kafka") / "data"

    @property
    def _properties(self) -> Path:
        return self.folder.of("kafka") / "server.properties"

    def processes(self) -> list[psutil.Process]:
        """The node's process; while the storage is formatted, that one."""
        return marked(mark(self.folder, "kafka"))

    def main(self) -> psutil.Process | None:
        """The node's process."""
        return next(iter(self.processes()), None)

    def prepare(self) -> None:
        """Write the settings; format the storage, once.

        Raises:
            StackError: when the storage can't be formatted.
        """
        write_properties(self._properties, broker_properties(self.state, self._data))
        if (self._data / "meta.properties").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        tool = ("kafka.tools.StorageTool", "format", "-t", self.state.cluster_id, "-c", self._properties)
        answer = Account().run(self.jvm.command(self.folder, "kafka", *tool), cwd=self.folder.path)
        if answer.returncode != 0:
            said = (answer.stderr + answer.stdout).strip()[-400:]
            raise StackError("Kafka's storage can't be formatted", where=self._data, got=said, todo="see what it says")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the node."""
        command = self.jvm.command(self.folder, "kafka", "kafka.Kafka", self._properties)
        return Account().spawn(command, cwd=self.folder.path, log=self.log)

    def answers(self) -> bool:
        """Whether the broker tells a client what it can do."""
        try:
            with socket.create_connection((LOOPBACK, self.state.kafka_port), timeout=5) as wire:
                wire.sendall(_HELLO)
                answer = wire.recv(_GREETING.size, socket.MSG_WAITALL)
        except OSError:
            return False
        return len(answer) == _GREETING.size and _GREETING.unpack(answer)[1] == 1
