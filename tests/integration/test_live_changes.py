"""A live PostgreSQL through Debezium and Kafka into silver: snapshot then stream, a snapshot again, 20,000 changes.

The reference is PostgreSQL itself, and nothing of ours: its rows for the current tables; for the histories an audit by
triggers with the times of commit (tests/audits.py). What a snapshot read has no place in the log, so the time at which
the first version of such a row begins is taken from silver; all its values, and all that follows, are the audit's.
The tests are one story of one database and one warehouse, in the order of this file.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import audits
import psycopg
import pytest
from psycopg import sql
from stacks import Stack, kill, message_count, messages, running_stack
from warehouses import BIN, PATIENCE, environment, rows, started, wait_until
from warehouses import kill as kill_run

from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.stack.contract import RENAMED
from hallmark.pipelines.stack.status import postgres_url
from hallmark.pipelines.stack.tables import SCHEMA, TABLES

SEED = 20261127
CHANGES = 20_000
DBT = "name: none\nversion: 0.1.0\nconfig-version: 2\nprofile: hallmark\nmodel-paths: [models]\n"
TOUCH = """
UPDATE {0} SET updated_at = clock_timestamp() WHERE {1} = (SELECT min({1}) FROM {0}) RETURNING {1}, updated_at
"""


@dataclass(frozen=True)
class Live:
    """A stack with an audit, and a warehouse that follows it."""

    stack: Stack
    base: Path
    url: str

    @property
    def warehouse(self) -> Path:
        return self.base / "warehouse"

    @property
    def environment(self) -> dict[str, str]:
        places = {name: self.base / name.lower() for name in ("DATA", "CONTRACTS", "WAREHOUSE", "DBT_PROJECT")}
        return environment(**{f"HALLMARK_{name}": place for name, place in places.items()})

    def session(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url, autocommit=True)

    @contextmanager
    def working(self, *, seed: int, changes: int, rate: int) -> Iterator[subprocess.Popen[str]]:
        """`hallmark stack work` meanwhile; it has come to its end when the block has."""
        call = [BIN / "hallmark", "stack", "work", "--seed", seed, "--changes", changes, "--rate", rate, "--json"]
        arguments = [*map(str, call), "--folder", str(self.stack.folder.path)]
        with subprocess.Popen(
            arguments, cwd=self.base, env=environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
                said, _ = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert process.returncode == 0, said
        assert json.loads(said)["changes"] == changes

    def touch(self) -> dict[str, Any]:
        """One more change of each table; returns the key and the `updated_at` of each."""
        marks = {}
        with self.session() as session:  # a commit a table: it never holds one row and waits for another
            for name, table in TABLES.items():
                names = sql.Identifier(SCHEMA, name), sql.Identifier(table.key)
                marks[name] = session.execute(sql.SQL(TOUCH).format(*names)).fetchone()
        return marks

    def settle(self) -> None:
        """One last change of each table; returns when all of them are in Kafka, and so is what came before them."""
        for name, mark in self.touch().items():
            wait_until(lambda name=name, mark=mark: self._last(name) == mark, f"the last change of {name}", every=0.2)

    def _last(self, table: str) -> tuple[Any, Any] | None:
        """Key and `updated_at` of the row that the topic's last message tells."""
        events = self.events(table, last=1)
        after = events[-1].get("after") if events else None
        return after and (after[TABLES[table].key], datetime.fromisoformat(after["updated_at"]))

    def events(self, table: str, *, after: int = 0, last: int = 0) -> list[Any]:
        """The change events of a topic from an offset on, or the last ones."""
        found = messages(self.stack.state, f"cdc.{SCHEMA}.{table}", after=after, last=last)
        return [json.loads(message.value()) for message in found if message.value() is not None]

    def count(self, table: str) -> int:
        """How many messages the topic has."""
        return message_count(self.stack.state, f"cdc.{SCHEMA}.{table}")

    def noted(self) -> int:
        """How many changes the audit has noted."""
        with self.session() as session:
            (number,) = session.execute("SELECT last_value FROM audit.n").fetchone() or (0,)
            return int(number)

    def run(self) -> None:
        """Bring silver up to date."""
        call = [BIN / "hallmark", "run", "--until", "silver"]
        with started(call, folder=self.base, log=self.base / "log.txt", env=self.environment) as process:
            assert process.wait(PATIENCE) == 0, (self.base / "log.txt").read_text()[-4000:]

    def table(self, name: str) -> list[dict[str, Any]]:
        return rows(self.warehouse, f"silver.{name}")

    def streamed_from(self) -> datetime:
        """When the first change was committed that came by the log, not by the snapshot."""
        return min(row["_changed_at"] for name in TABLES for row in self.table(f"{name}_changes") if row["_op"] != "r")

    def assert_silver_is_postgres(self) -> None:
        """Current rows and every version, all columns."""
        assert rows(self.warehouse, "silver.customers"), "there is something to compare"
        assert list(self.warehouse.glob("quarantine/*/_delta_log")) == [], "nothing broke a rule"
        since = self.streamed_from()
        with self.session() as session:
            for name in TABLES:
                there, log = audits.rows(session, name), audits.changes(session, name)
                expected = self._expected(name, log, since)
                assert difference([*map(values(name), self.table(name))], there) == "", f"silver.{name}"
                self._assert_history(name, expected)

    def _expected(self, name: str, log: list[audits.Change], since: datetime) -> audits.Histories:
        key = TABLES[name].key
        read_at: dict[str, datetime] = {}
        for row in self.table(f"{name}_history"):
            if row["_op"] == "r":
                read_at[row[key]] = min(row["valid_from"], read_at.get(row[key], row["valid_from"]))
        return audits.Histories(read_at).follow(log, since)

    def _assert_history(self, name: str, expected: audits.Histories) -> None:
        key, of = TABLES[name].key, values(name)
        found = sorted(
            self.table(f"{name}_history"), key=lambda row: (row["_op"] != "r", row["_lsn"], row["_position"])
        )
        here = [(of(row), row["valid_from"], row["valid_to"], row["is_current"]) for row in found]
        there = [
            (v.row, v.since, v.until, v.until is None) for versions in expected.versions.values() for v in versions
        ]
        assert difference(here, there) == "", f"silver.{name}_history"
        in_order: dict[str, list[Any]] = {}
        for row in found:
            in_order.setdefault(row[key], []).append(of(row))
        assert in_order == {one: [v.row for v in versions] for one, versions in expected.versions.items()}


def values(table: str) -> Any:
    """What takes the source's columns out of a row of silver."""
    names = [RENAMED.get(name, name) for name in TABLES[table].column_names]
    return lambda row: tuple(row[name] for name in names)


def difference(here: list[Any], there: list[Any]) -> str:
    """In what two lists of rows differ, regardless of their order."""
    left, right = Counter(here), Counter(there)
    lines = []
    for where, only in (("silver", left - right), ("PostgreSQL", right - left)):
        shown = [repr([str(value)[:60] for value in row]) for row in list(only)[:3]]
        lines += [f"{only.total()} of {len(here)} and {len(there)} only in {where}: {'; '.join(shown)}"] if only else []
    return "\n".join(lines)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A stack without a connector, its audit begun; a contract of its topics, and a dbt project without models."""
    base = tmp_path_factory.mktemp("live")
    with running_stack(base / "stack") as stack:
        for name in ("data", "contracts", "dbt_project/models"):
            (base / name).mkdir(parents=True)
        (base / "dbt_project" / "dbt_project.yml").write_text(DBT)
        shutil.copy(PACKAGE_ROOT / "dbt_project" / "profiles.yml", base / "dbt_project")
        code, contract, said = stack("contract", "cdc")
        assert (code, said) == (0, "")
        (base / "contracts" / "live.odcs.yaml").write_text(contract, encoding="utf-8")
        made = Live(stack, base, postgres_url(stack.folder, stack.state))
        with made.session() as session:
            audits.make(session)
        yield made


def test_a_snapshot_and_the_changes_during_it_meet_without_a_gap(live: Live) -> None:
    live.stack.document("work", "--seed", 1, "--changes", 1_500)
    noted = live.noted()
    with live.working(seed=2, changes=1_500, rate=150) as work:
        wait_until(lambda: live.noted() > noted, "changes")
        # Small chunks: an incremental snapshot of few rows has several windows, too.
        assert live.stack("register", "cdc", "--set", "incremental.snapshot.chunk.size=20")[0] == 0
        assert work.poll() is None, "changes went on while the snapshot was read"
    live.settle()
    live.run()
    live.assert_silver_is_postgres()


AGAIN = "models"
"""The table that is read again: with long texts that the log leaves out."""


def test_a_table_that_is_read_again_during_changes_gets_no_version_that_the_log_has_not(live: Live) -> None:
    begun = live.count(AGAIN)
    with live.working(seed=3, changes=1_500, rate=200) as work:
        with live.session() as session:
            signal = json.dumps({"data-collections": [f"{SCHEMA}.{AGAIN}"], "type": "incremental"})
            statement = "INSERT INTO platform.debezium_signal VALUES ('again', 'execute-snapshot', %s)"
            session.execute(statement, [signal])
        wait_until(lambda: reads(live, begun), "rows that are read again", seconds=60, every=0.2)
        assert work.poll() is None, "changes went on while the table was read"
    wait_until(lambda: told(live, begun) >= keys(live), "the whole table to be read again", seconds=60, every=0.2)
    live.settle()
    live.run()
    assert len(reads(live, begun)) > 40, "several windows"
    live.assert_silver_is_postgres()


def reads(live: Live, begun: int) -> list[Any]:
    return [event for event in live.events(AGAIN, after=begun) if event["op"] == "r"]


def told(live: Live, begun: int) -> set[str]:
    return {event["after"][TABLES[AGAIN].key] for event in live.events(AGAIN, after=begun) if event["after"]}


def keys(live: Live) -> set[str]:
    with live.session() as session:
        return {row[0] for row in audits.rows(session, AGAIN)}


MOMENTS = (
    "_checkpoints/bronze/**/offsets/*",
    "bronze/*/_delta_log/*.json",
    "silver/*_changes/_delta_log/*.json",
    "silver/*_history/_delta_log/*.json",
    "silver/node_pools/_delta_log/*.json",
)
"""A run is killed when it has written one more of these."""
ATTEMPTS = 5
"""How many runs may end before they are killed, one after another: on a busy machine this process may see it late."""


def test_20000_changes_with_runs_killed_five_times_and_connect_once_are_all_in_silver(live: Live) -> None:
    luck = random.Random(SEED)  # noqa: S311 -- luck that repeats
    before, connect_dies = live.noted(), luck.randrange(len(MOMENTS))
    part = CHANGES // len(MOMENTS)
    with ThreadPoolExecutor(1) as beside:
        for number, files in enumerate(MOMENTS):
            noted = live.noted()
            # A part for each run: changes go on until it is killed, however long it takes to get there.
            with live.working(seed=SEED + number, changes=part, rate=250) as work:
                dies_at = noted + luck.randrange(part // 2)
                dying = [beside.submit(kill_connect, live, work, dies_at)] if number == connect_dies else []
                kill_a_run(live, files)
                for each in dying:
                    each.result()
    assert live.noted() - before >= CHANGES
    live.settle()
    live.run()
    live.assert_silver_is_postgres()


def kill_connect(live: Live, work: subprocess.Popen[str], noted: int) -> None:
    """Kill Kafka Connect when the audit has noted so many changes, and let it come again, while changes go on."""
    wait_until(lambda: work.poll() is not None or live.noted() >= noted, "changes", every=0.2)
    assert work.poll() is None, "changes go on"
    kill(live.stack.document("status")["connect"]["pid"])
    assert work.poll() is None, "changes go on"
    assert live.stack.document("up")["started"] is True


def kill_a_run(live: Live, files: str) -> None:
    """Begin a run, and kill it when it has written one more of some files.

    A run that came to its end before has done no harm: another follows, with something to do.
    """
    for _ in range(ATTEMPTS):
        if is_killed(live, files):
            return
        live.touch()
    pytest.fail(f"{ATTEMPTS} runs ended by themselves before one was killed at {files}")


def is_killed(live: Live, files: str) -> bool:
    """Whether a run was killed, and did not end by itself."""
    known = set(live.warehouse.glob(files))
    call = [BIN / "hallmark", "run", "--until", "silver"]
    with started(call, folder=live.base, log=live.base / "log.txt", env=live.environment) as process:
        wait_until(
            lambda: process.poll() is not None or set(live.warehouse.glob(files)) - known, f"one more of {files}"
        )
        kill_run(process)
    assert process.returncode in {0, -signal.SIGKILL}, (live.base / "log.txt").read_text()[-4000:]
    return process.returncode == -signal.SIGKILL
