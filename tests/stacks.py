"""A local stack that runs: the command on it, its processes, rows and messages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
from calls import call, document
from confluent_kafka import Consumer, Message, TopicPartition
from psycopg import sql
from warehouses import PATIENCE, environment, wait_until

from hallmark.pipelines.stack.processes import mark, marked
from hallmark.pipelines.stack.state import PARTS, Folder, State
from hallmark.pipelines.stack.status import postgres_url
from hallmark.pipelines.stack.tables import TABLES

# What runs in the background of a shell does not hear Ctrl-C, unless it asks for it.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hallmark.pipelines.cli import main
main()
"""


@dataclass(frozen=True)
class Stack:
    """The command on one stack."""

    folder: Folder

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a call."""
        return call("stack", *arguments, "--folder", self.folder.path)

    def document(self, *arguments: object) -> Any:
        """What a call prints, which is one JSON document and nothing else."""
        return document("stack", *arguments, "--folder", self.folder.path)

    @property
    def state(self) -> State:
        """Its ports."""
        state = self.folder.load()
        assert state is not None
        return state

    def pids(self) -> dict[str, int | None]:
        """Each part's process."""
        status = self.document("status")
        return {part: status[part]["pid"] for part in PARTS}

    def processes(self) -> list[psutil.Process]:
        """Everything of the stack that runs."""
        data = self.folder.of("postgres") / "data"
        return [process for part in PARTS for process in marked(mark(self.folder, part), at=data)]

    def rows(self, table: str) -> dict[str, datetime]:
        """The rows that are there: when each was written, by key."""
        query = sql.SQL("SELECT {}, updated_at FROM {}").format(
            sql.Identifier(TABLES[table].key), sql.Identifier("platform", table)
        )
        with psycopg.connect(postgres_url(self.folder, self.state)) as session:
            return dict(session.execute(query).fetchall())

    def records(self, connector: str, table: str) -> list[tuple[Any, Any]]:
        """All keys and values of a topic in their order, JSON read."""
        topic = f"{connector}.platform.{table}"
        return [(read(message.key()), read(message.value())) for message in messages(self.state, topic)]

    def events(self, connector: str, table: str) -> list[Any]:
        """The change events of a table; tombstones are none."""
        return [value for _, value in self.records(connector, table) if value is not None]

    def told(self, connector: str, table: str) -> dict[str, datetime]:
        """The same as the change events tell it, in their order."""
        key, rows = TABLES[table].key, {}
        for event in self.events(connector, table):
            if event["op"] == "d":
                rows.pop(event["before"][key], None)
            else:
                rows[event["after"][key]] = datetime.fromisoformat(event["after"]["updated_at"])
        return rows

    def caught_up(self, connector: str) -> bool:
        """Whether the events tell the rows that are there."""
        return all(self.told(connector, table) == self.rows(table) for table in TABLES)


def messages(state: State, topic: str, *, after: int = 0, last: int = 0) -> list[Message]:
    """A topic's messages from an offset on, or the `last` ones; none before the first message makes the topic."""
    with _consumer(state) as consumer:
        until = _end(consumer, topic)
        begin = max(0, until - last) if last else after
        consumer.assign([TopicPartition(topic, 0, begin)])
        found = consumer.consume(until - begin, timeout=30) if until > begin else []
        assert all(message.error() is None for message in found)
        return found


def message_count(state: State, topic: str) -> int:
    """How many messages a topic has."""
    with _consumer(state) as consumer:
        return _end(consumer, topic)


@contextmanager
def _consumer(state: State) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": f"127.0.0.1:{state.kafka_port}", "group.id": "test"})
    try:
        yield consumer
    finally:
        consumer.close()


def _end(consumer: Consumer, topic: str) -> int:
    if topic not in consumer.list_topics(timeout=30).topics:
        return 0
    return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)[1])


def read(text: bytes | None) -> Any:
    """A message's JSON; a tombstone has none."""
    return None if text is None else json.loads(text)


def kill(*pids: int | None) -> None:
    """End processes without a word, and wait until they are gone."""
    gone = [psutil.Process(pid) for pid in pids if pid is not None]
    assert len(gone) == len(pids)
    for process in gone:
        process.kill()
    wait_until(lambda: not any(each.is_running() and each.status() != "zombie" for each in gone), "the end", seconds=30)


def start(folder: Path) -> subprocess.Popen[str]:
    """`hallmark stack up` as a process of its own, which ends before the stack does."""
    return subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "stack", "up", "--folder", str(folder)],
        cwd=folder.parent, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@contextmanager
def running_stack(path: Path) -> Iterator[Stack]:
    """A stack that is up; nothing of it outlives the block."""
    made = Stack(Folder(path))
    try:
        starting = start(path)
        _, said = starting.communicate(timeout=PATIENCE)
        assert starting.returncode == 0, said
        yield made
    finally:
        made("down", "--remove")
        for process in made.processes():
            process.kill()
