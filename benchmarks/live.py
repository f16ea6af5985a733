"""From PostgreSQL to silver: changes a second end to end, beside what Debezium alone gives to Kafka.

    .venv/bin/python benchmarks/live.py [--changes 20000] [--repeat 2]

A local stack (`hallmark stack`) is filled and read into silver once. Then, each time: the connector is paused, the
seeded workload changes so many rows, and the connector goes on. Measured from that moment on are (1) Debezium alone:
the last message in Kafka; (2) silver after that: one `hallmark run --until silver`, start of Python and Spark included;
and in a round of its own (3) end to end: runs one after another from when the connector goes on, until
one that leaves nothing in Kafka has ended. Messages are counted by Kafka's own offsets, tombstones included.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.stack.capture import Capture
from hallmark.pipelines.stack.connect import Rest
from hallmark.pipelines.stack.state import Folder, State

HALLMARK = Path(sys.executable).with_name("hallmark")
DBT = "name: none\nversion: 0.1.0\nconfig-version: 2\nprofile: hallmark\nmodel-paths: [models]\n"
QUIET = 5.0
"""Seconds without a new message after which Kafka is said to have all."""


class Live:
    """A stack, a contract of its topics, and a warehouse that follows them."""

    def __init__(self, base: Path) -> None:
        self.base, self.stack = base, base / "stack"
        for name in ("data", "contracts", "dbt_project/models"):
            (base / name).mkdir(parents=True)
        (base / "dbt_project" / "dbt_project.yml").write_text(DBT)
        shutil.copy(PACKAGE_ROOT / "dbt_project" / "profiles.yml", base / "dbt_project")
        self.call("stack", "up", "--folder", self.stack)
        contract = self.call("stack", "contract", "cdc", "--folder", self.stack)
        (base / "contracts" / "live.odcs.yaml").write_text(contract, encoding="utf-8")
        self.work(seed=1, changes=2_000)
        self.call("stack", "register", "cdc", "--folder", self.stack)
        self.arrival(time.perf_counter(), more_than=0)
        self.run()

    def call(self, *arguments: object) -> str:
        """Standard output of a command."""
        places = {name: self.base / name.lower() for name in ("DATA", "CONTRACTS", "WAREHOUSE", "DBT_PROJECT")}
        environment = os.environ | {f"HALLMARK_{name}": str(place) for name, place in places.items()}
        command = [str(HALLMARK), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.base, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    @property
    def state(self) -> State:
        """The stack's ports."""
        return Folder(self.stack).load() or sys.exit(f"no stack in {self.stack}")

    def work(self, *, seed: int, changes: int) -> None:
        """Change so many rows, as fast as PostgreSQL takes them."""
        self.call("stack", "work", "--seed", seed, "--changes", changes, "--folder", self.stack)

    def run(self) -> float:
        """Bring silver up to date; returns seconds."""
        began = time.perf_counter()
        self.call("run", "--until", "silver")
        return time.perf_counter() - began

    def connector(self, what: str) -> None:
        """`pause` or `resume`; returns when it is so."""
        rest = Rest(self.state.connect_port)
        rest.call("PUT", f"/connectors/cdc/{what}")
        wanted = {"pause": "PAUSED", "resume": "RUNNING"}[what]
        while any(task["state"] != wanted for task in rest.call("GET", "/connectors/cdc/status")["tasks"]):
            time.sleep(0.02)

    def messages(self) -> int:
        """How many messages the topics have."""
        consumer = Consumer({"bootstrap.servers": f"127.0.0.1:{self.state.kafka_port}", "group.id": "benchmark"})
        try:
            there = consumer.list_topics(timeout=30).topics  # Debezium makes one with its first message
            topics = [topic for topic in Capture("cdc").topics if topic in there]
            return sum(consumer.get_watermark_offsets(TopicPartition(topic, 0))[1] for topic in topics)
        finally:
            consumer.close()

    def arrival(self, began: float, *, more_than: int) -> tuple[int, float]:
        """Wait until messages came and come no more; how many there are, and seconds from `began` to the last one."""
        known, last = more_than, time.perf_counter()
        while known == more_than or time.perf_counter() - last < QUIET:
            time.sleep(0.05)
            found = self.messages()
            if found != known:
                known, last = found, time.perf_counter()
        return known, last - began

    def apart(self, seed: int, changes: int) -> tuple[int, float, float]:
        """Messages, seconds until Kafka had them, and seconds of a run after that."""
        before = self._behind(seed, changes)
        began = time.perf_counter()
        self.connector("resume")
        after, seconds = self.arrival(began, more_than=before)
        return after - before, seconds, self.run()

    def together(self, seed: int, changes: int) -> tuple[int, float]:
        """Messages, and seconds until silver had them: runs one after another while the connector catches up."""
        before = self._behind(seed, changes)
        began = time.perf_counter()
        self.connector("resume")
        while True:
            seen = self.messages()
            self.run()
            ended = time.perf_counter()
            if seen > before and self.messages() == seen:
                return seen - before, ended - began

    def _behind(self, seed: int, changes: int) -> int:
        """Have changes that the connector has not seen yet; returns the messages of before."""
        self.connector("pause")
        before = self.messages()
        self.work(seed=seed, changes=changes)
        return before


def main() -> None:
    """Run all rounds and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=2)
    given = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="bench-live-"))
    try:
        live = Live(base)
        apart = [live.apart(10 + turn, given.changes) for turn in range(given.repeat)]
        together = [live.together(50 + turn, given.changes) for turn in range(given.repeat)]
    finally:
        command = [HALLMARK, "stack", "down", "--remove", "--folder", base / "stack"]
        subprocess.run(command, capture_output=True, check=False)
        shutil.rmtree(base, ignore_errors=True)
    debezium = statistics.median(count / seconds for count, seconds, _ in apart)
    silver = statistics.median(count / seconds for count, _, seconds in apart)
    whole = statistics.median(count / seconds for count, seconds in together)
    print(f"{given.changes:,} changes, about {apart[0][0]:,} messages; medians of {given.repeat}, messages a second")
    print(f"  Debezium alone, to Kafka        {debezium:10,.0f}")
    print(f"  hallmark run, Kafka to silver   {silver:10,.0f}   {silver / debezium:.2f} x")
    print(f"  end to end, PostgreSQL to silver{whole:10,.0f}   {whole / debezium:.2f} x")


if __name__ == "__main__":
    main()
