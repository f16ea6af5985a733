"""A Kafka of the test's own, on the loopback address: the one of `hallmark stack`, without the rest of it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from warehouses import wait_until

from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.pipelines.stack import processes
from hallmark.pipelines.stack.jars import stack_jars
from hallmark.pipelines.stack.jvm import Jvm
from hallmark.pipelines.stack.kafka import Kafka, new_cluster_id
from hallmark.pipelines.stack.ports import free_ports
from hallmark.pipelines.stack.state import State, open_folder

Message = tuple[str, str | bytes | None, str | bytes | None]
"""Topic, key, value."""


@dataclass
class Broker:
    """Starts, stops, and takes messages."""

    base: Path
    settings: Settings = field(default_factory=load_settings)
    more: dict[str, object] = field(default_factory=dict)
    """Further settings of the node, behind its own."""

    def __post_init__(self) -> None:
        folder = open_folder(self.base)
        for name in ("kafka", "logs"):
            (folder.path / name).mkdir(parents=True, exist_ok=True)
        free = free_ports()
        state = State(next(free), next(free), next(free), next(free), "", new_cluster_id())
        self.node = Kafka(folder, state, Jvm(require_java()[0], stack_jars(self.settings)))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.node.state.kafka_port}"

    @property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def start(self) -> None:
        self.node.prepare()
        properties = self.node.folder.of("kafka") / "server.properties"
        with properties.open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in self.more.items())
        self.process = self.node.start()
        processes.wait_until(self.node.answers, "kafka", self.process, self.node.log, patience=120, off=Event())

    def stop(self) -> None:
        processes.end(self.node.processes(), self.node.main(), by=signal.SIGTERM, patience=20)

    def make(self, topic: str, *, partitions: int = 1, **config: str) -> None:
        client = self.admin  # its answers end with it
        client.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(30)

    def remove(self, topic: str) -> None:
        client = self.admin
        client.delete_topics([topic])[topic].result(30)
        wait_until(lambda: topic not in client.list_topics(timeout=10).topics, "the topic to go")

    def drop(self, topic: str, *, until: int) -> None:
        """Let the broker forget what is before an offset, in each partition, as retention does."""
        client = self.admin
        numbers = client.list_topics(timeout=10).topics[topic].partitions
        for future in client.delete_records([TopicPartition(topic, number, until) for number in numbers]).values():
            future.result(30)

    def send(self, messages: Iterable[Message], *, headers: dict[str, str] | None = None, at: int = 0) -> None:
        """Messages of now, or of a time in milliseconds."""
        producer = Producer({"bootstrap.servers": self.address, "message.max.bytes": 15_000_000, "log_level": 0})
        for topic, key, value in messages:
            producer.produce(topic, key=key, value=value, headers=headers, timestamp=at)
            producer.poll(0)
        assert producer.flush(60) == 0
