"""An alert is in the log always; a webhook that fails is a line, hides nothing, and gives no secret away."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hallmark.gold.expectations import Expectation, between
from hallmark.gold.judge import Outcome
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import AlertSettings, load_settings
from hallmark.pipelines import alerts
from hallmark.pipelines.quality import QualityViolation, alert_document, violation

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
DOCUMENT = {"kind": "quality", "summary": "gold.fct_charges: rows: 0, wanted >= 1", "run_id": "7f3a"}


@dataclass
class Hook:
    """A web server that keeps what it is sent."""

    status: int = 200
    waits: float = 0
    sent: list[dict[str, object]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/SECRET"


@pytest.fixture
def hook() -> Iterator[Hook]:
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(kept.waits)
            kept.sent.append({"path": self.path, "type": self.headers["Content-Type"], "body": json.loads(body)})
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def outcome(name: str = "rows", *, is_sla: bool = False, stops: bool = True) -> Outcome:
    asked = Expectation("fct_charges", name, "row_count", "rows", (), is_sla=is_sla, stops=stops)
    return Outcome(asked, between(Decimal(1), None), None, holds=False)


def test_a_webhook_gets_one_json_document(hook: Hook, tmp_path: Path) -> None:
    assert alerts.send(DOCUMENT, AlertSettings(webhook=hook.address), tmp_path) is None
    assert hook.sent == [{"path": "/services/SECRET", "type": "application/json", "body": DOCUMENT}]


def test_the_log_is_told_without_a_webhook(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "hallmark.alerts"):
        assert alerts.send(DOCUMENT, AlertSettings(), tmp_path) is None
    assert [record.getMessage() for record in caplog.records] == [DOCUMENT["summary"]]
    assert [json.loads(line) for line in (tmp_path / "_logs" / "alerts.jsonl").read_text().splitlines()] == [DOCUMENT]


def test_a_webhook_that_refuses_is_a_line_without_its_secret(hook: Hook, tmp_path: Path) -> None:
    hook.status = 500
    told = alerts.send(DOCUMENT, AlertSettings(webhook=hook.address), tmp_path)
    assert told == "the webhook at 127.0.0.1 was not told: it answered 500"


def test_a_webhook_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = alerts.send(DOCUMENT, AlertSettings(webhook=f"http://127.0.0.1:{port}/SECRET"), tmp_path)
    assert told == "the webhook at 127.0.0.1 was not told: [Errno 111] Connection refused"


def test_a_webhook_that_does_not_answer_is_not_waited_for_long(hook: Hook, tmp_path: Path) -> None:
    hook.waits = 2
    began = time.monotonic()
    told = alerts.send(DOCUMENT, AlertSettings(webhook=hook.address, timeout_seconds=0.2), tmp_path)
    assert time.monotonic() - began < 1.5
    assert told is not None
    assert told.startswith("the webhook at 127.0.0.1 was not told: ")


def test_a_log_that_cannot_be_written_keeps_no_webhook_from_being_told(hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "_logs").write_text("a file where the folder should be")
    told = alerts.send(DOCUMENT, AlertSettings(webhook=hook.address), tmp_path)
    assert told is not None
    assert told.startswith("the alert could not be written to ")
    assert len(hook.sent) == 1


@pytest.mark.parametrize("address", ["ftp://host/x", "host/SECRET", "file:///etc/passwd", "https://"])
def test_what_is_no_web_address_is_refused_without_repeating_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS__WEBHOOK", address)
    with pytest.raises(SettingsError) as letter:
        load_settings()
    assert str(letter.value) == (
        "SettingsError: a setting has a value that can't be used\n"
        "  where: environment: HALLMARK_ALERTS__WEBHOOK\n"
        "  got: no web address\n"
        "  wanted: https://host/path, or nothing"
    )


def test_a_webhook_is_a_setting_that_no_text_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS__WEBHOOK", "https://hooks.example/SECRET")
    found = load_settings()
    assert found.alerts.webhook == "https://hooks.example/SECRET"
    assert "SECRET" not in repr(found)


def test_an_alert_says_what_is_broken_and_where_to_look(tmp_path: Path) -> None:
    found = alert_document([outcome(), outcome("late")], run_id="7f3a", at=AT, warehouse=tmp_path, index=tmp_path / "i")
    assert found == {
        "kind": "quality",
        "summary": "gold.fct_charges: rows: no value, wanted >= 1 and 1 more; the publish was stopped (run 7f3a)",
        "run_id": "7f3a",
        "at": "2026-11-24T03:00:00+00:00",
        "warehouse": str(tmp_path),
        "stopped": True,
        "docs": str(tmp_path / "i"),
        "broken": [
            {
                "table": "gold.fct_charges",
                "expectation": name,
                "is_sla": False,
                "says": "rows",
                "got": "no value",
                "wanted": ">= 1",
                "stops": True,
            }
            for name in ("rows", "late")
        ],
    }


def test_an_alert_that_stops_nothing_says_so(tmp_path: Path) -> None:
    found = alert_document([outcome(stops=False)], run_id="7f3a", at=AT, warehouse=tmp_path, index=None)
    assert (found["stopped"], found["docs"]) == (False, None)
    assert str(found["summary"]).endswith("; the publish went on (run 7f3a)")


def test_the_letter_names_what_stops_the_publish(tmp_path: Path) -> None:
    letter = violation([outcome(), outcome("late")], tmp_path / "index.html")
    assert letter.exit_code == 1
    assert str(letter) == (
        "QualityViolation: 2 of the expectations about whole tables do not hold: nothing after gold is built\n"
        "  where: gold.fct_charges\n"
        "  got: gold.fct_charges rows: rows: no value, wanted >= 1; "
        "gold.fct_charges late: rows: no value, wanted >= 1\n"
        f"  do: see {tmp_path}/index.html; mend the data or the dbt model; when the numbers are right, "
        "mend the rule in contracts/gold"
    )


def test_the_letter_of_a_service_level_names_it(tmp_path: Path) -> None:
    assert violation([outcome(is_sla=True)], None).what == "a broken service level stops the publish"


def test_a_task_that_failed_in_airflow_is_told(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS__WEBHOOK", hook.address)
    monkeypatch.setenv("HALLMARK_WAREHOUSE", str(tmp_path))
    alerts.task_failed(task="bronze", run_id="r1", error=ValueError("no disk\nleft"), at=AT)
    (sent,) = hook.sent
    assert sent["body"] == {
        "kind": "task_failed",
        "summary": "task bronze failed: no disk",
        "task": "bronze",
        "run_id": "r1",
        "at": "2026-11-24T03:00:00+00:00",
        "warehouse": str(tmp_path),
        "error": "no disk",
    }


def test_an_alert_quotes_no_rows(hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS__WEBHOOK", hook.address)
    monkeypatch.setenv("HALLMARK_WAREHOUSE", str(tmp_path))
    error = ValueError("[CAST_INVALID_INPUT] The value 'ann@example.com' of the type STRING\n== SQL ==")
    alerts.task_failed(task="silver", run_id="r1", error=error, at=AT)
    assert "ann@" not in json.dumps(hook.sent)
    assert hook.sent[0]["body"]["error"] == "[CAST_INVALID_INPUT]"


def test_what_the_run_has_told_airflow_does_not_tell_again(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS__WEBHOOK", hook.address)
    monkeypatch.setenv("HALLMARK_WAREHOUSE", str(tmp_path))
    wrapped = RuntimeError("as Airflow wraps it")
    wrapped.__cause__ = QualityViolation("told already")
    alerts.task_failed(task="gold", run_id="r1", error=wrapped, at=AT)
    assert hook.sent == []
