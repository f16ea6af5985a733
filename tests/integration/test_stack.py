"""The local stack as real processes: it comes, works, comes again when parts are killed, and goes without a rest."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from stacks import Stack, kill, running_stack, start
from warehouses import wait_until

from hallmark.lakehouse.settings import StackSettings
from hallmark.pipelines.stack.database import make_database
from hallmark.pipelines.stack.local import _new_state
from hallmark.pipelines.stack.postgres import HOME_PREFIX, Postgres
from hallmark.pipelines.stack.processes import Account, end, marked
from hallmark.pipelines.stack.state import PARTS, Folder, locked
from hallmark.pipelines.stack.status import postgres_url
from hallmark.pipelines.stack.tables import TABLES

PLACEHOLDER = "__debezium_unavailable_value"
NOBODY = 65534


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that is up, with a connector `cdc`."""
    with running_stack(tmp_path_factory.mktemp("stack") / "stack") as made:
        assert made("register", "cdc")[0] == 0
        yield made


def test_up_twice_is_one_stack(stack: Stack) -> None:
    before = stack.document("status")
    assert before["health"] == "up"
    assert before["connectors"] == {"cdc": "RUNNING"}
    again = stack.document("up")
    assert again["started"] is False
    assert {part: again[part] for part in PARTS} == {part: before[part] for part in PARTS}


def test_changes_arrive(stack: Stack) -> None:
    done = stack.document("work", "--seed", 3, "--changes", 500)
    assert done["changes"] == 500
    wait_until(lambda: stack.caught_up("cdc"), "all changes to arrive", seconds=60)
    for table in TABLES:
        kinds = Counter(event["op"] for event in stack.events("cdc", table))
        planned = Counter(done["by_table"][table])
        assert kinds["r"] == 5
        assert kinds["c"] == planned["insert"] + planned["rekey"]
        assert kinds["d"] == planned["delete"] + planned["rekey"]
        assert kinds["u"] >= planned["update"]  # and the rows that follow a new key of what they refer to


def test_what_makes_capture_hard_is_among_the_changes(stack: Stack) -> None:
    by_identity = {
        table: [event for event in stack.events("cdc", table) if event["op"] == "u"]
        for table in ("models", "node_pools")
    }
    assert any(event["after"]["model_card"] == PLACEHOLDER for event in by_identity["models"])
    assert all(event["before"] is None for event in by_identity["models"])
    assert all(event["before"]["node_pool_id"] for event in by_identity["node_pools"])
    assert any(len(event["before"]["runbook"] or "") > 2000 for event in by_identity["node_pools"])


def test_no_password_is_in_arguments_logs_or_kafka(stack: Stack) -> None:
    words = [stack.folder.password(role) for role in ("hallmark", "debezium")]
    arguments = [" ".join(process.cmdline()) for process in stack.processes()]
    secret = {stack.folder.pgpass, stack.folder.secrets}
    files = [path for path in stack.folder.path.rglob("*") if path.is_file() and path not in secret]
    assert len(arguments) > 3
    assert len(files) > 100
    assert [word for word in words if any(word in argument for argument in arguments)] == []
    assert [path for path in files if any(word.encode() in path.read_bytes() for word in words)] == []


def test_messages_with_schemas_and_flattened_rows(stack: Stack) -> None:
    assert stack("register", "flat", "--envelope", "schemas", "--flatten")[0] == 0
    stack.document("work", "--seed", 4, "--changes", 40)
    wait_until(
        lambda: any(value["payload"]["__op"] == "u" for value in stack.events("flat", "deployments")),
        "a flattened update", seconds=60,
    )  # fmt: skip
    key, value = stack.records("flat", "deployments")[0]
    assert set(key) == set(value) == {"schema", "payload"}
    assert {"deployment_id", "__op", "__table", "__lsn", "__source_ts_us", "__deleted"} <= set(value["payload"])


def test_a_connector_goes_with_its_slot(stack: Stack) -> None:
    assert stack("unregister", "flat") == (0, "connector flat is gone; its topics stay\n", "")
    assert stack.document("status")["connectors"] == {"cdc": "RUNNING"}
    with psycopg.connect(postgres_url(stack.folder, stack.state)) as session:
        assert session.execute("SELECT slot_name FROM pg_replication_slots").fetchall() == [("cdc",)]
    assert stack("unregister", "flat") == (
        1, "", "StackError: no such connector\n  got: flat\n  do: there are: cdc\n",
    )  # fmt: skip


def test_a_connector_that_can_not_be_is_a_letter(stack: Stack) -> None:
    code, _, said = stack("register", "odd", "--set", "snapshot.mode=sometimes")
    assert code == 1
    assert said.startswith("StackError: Kafka Connect refuses\n  where: PUT /connectors/odd/config\n")
    assert "snapshot.mode" in said


def test_a_connector_that_would_read_nothing_is_refused(stack: Stack) -> None:
    code, _, said = stack("register", "odd", "--set", "table.include.list=platform.custmers")
    assert code == 2
    assert said.startswith("SettingsError: the connector would read no table\n  where: table.include.list\n")
    assert "odd" not in stack.document("status")["connectors"]


def test_a_killed_kafka_comes_again_at_its_place(stack: Stack) -> None:
    before = stack.document("status")
    kill(before["kafka"]["pid"])
    code, said, _ = stack("status")
    assert (code, said.splitlines()[0]) == (1, f"stack in {stack.folder.path}: partly")
    again = stack.document("up")
    assert again["started"] is True
    assert again["kafka"]["address"] == before["kafka"]["address"]
    assert again["postgres"]["pid"] == before["postgres"]["pid"]
    stack.document("work", "--seed", 5, "--changes", 30)
    wait_until(lambda: stack.caught_up("cdc"), "changes after Kafka was killed", seconds=60)


def test_down_leaves_no_process_and_up_goes_on_with_rows_and_connector(stack: Stack) -> None:
    before, pids = stack.rows("customers"), stack.pids()
    kill(pids["postgres"], pids["connect"])
    assert stack("down")[0] == 0
    assert stack.processes() == []
    assert stack.document("status")["health"] == "down"
    assert stack.document("up")["health"] == "up"
    assert stack.rows("customers") == before
    stack.document("work", "--seed", 6, "--changes", 30)
    wait_until(lambda: stack.caught_up("cdc"), "changes after Postgres and Connect were killed", seconds=60)


def test_a_taken_port_is_a_letter_and_starts_nothing(stack: Stack) -> None:
    stack("down")
    port = stack.state.kafka_port
    with socket.create_server(("127.0.0.1", port)):
        code, _, said = stack("up")
    assert code == 3
    assert said.startswith(f"MachineError: the port of kafka is taken\n  where: 127.0.0.1:{port}\n")
    assert stack.processes() == []


def test_a_removed_stack_leaves_nothing(stack: Stack) -> None:
    assert stack("down", "--remove") == (0, "down and removed\n", "")
    assert not stack.folder.path.exists()
    assert stack.processes() == []


def test_an_interrupted_up_leaves_no_process(tmp_path: Path) -> None:
    stack, starting = Stack(Folder(tmp_path / "stack")), start(tmp_path / "stack")
    wait_until(lambda: len(stack.processes()) > 2, "the first processes", seconds=60)
    starting.send_signal(signal.SIGINT)
    _, said = starting.communicate(timeout=60)
    assert (starting.returncode, said.partition(";")[0]) == (130, "interrupted")
    assert stack.processes() == []


def test_a_process_that_will_not_end_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    word = f"hallmark.stack={tmp_path}"
    log = tmp_path / "log"
    Account().spawn([sys.executable, "-c", deaf, word], cwd=tmp_path, log=log)
    wait_until(lambda: log.read_text(encoding="utf-8") == "1\n", "the process", seconds=30)
    (process,) = marked(word)
    began = time.monotonic()
    end([process], process, by=signal.SIGTERM, patience=0.5)
    assert 0.5 <= time.monotonic() - began < 10
    assert marked(word) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_root_without_namespaces_runs_postgres_as_nobody(tmp_path: Path) -> None:
    folder, home = Folder(tmp_path), Path(tempfile.mkdtemp(prefix=HOME_PREFIX))
    state = replace(_new_state(StackSettings()), postgres_home=str(home))
    server = Postgres(folder, state, Account(user=NOBODY))
    try:
        with locked(folder):
            folder.make_passwords()
        server.prepare()
        server.start()
        wait_until(server.answers, "PostgreSQL", seconds=60)
        make_database(folder, state)
        main = server.main()
        assert main is not None
        assert main.uids().real == NOBODY
    finally:
        end(server.processes(), server.main(), by=server.stop_by, patience=20)
        shutil.rmtree(home)
    assert server.processes() == []
