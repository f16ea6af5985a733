"""The command without Spark: what it prints and where, its exit codes, and no stack trace on the screen, ever."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pytest
from calls import document
from calls import trimmed as hallmark
from deltalake import write_deltalake

from hallmark.lakehouse.ledger import RUNS, Ledger, RunEntry
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.pipelines.cli import main
from hallmark.pipelines.project import Project

EXITS = (
    "Exit codes: 0 done (also when nothing was new), 1 a step failed, 2 the call, a contract or the data can't be "
    "used, 3 the machine or the warehouse can't be used, 130 interrupted."
)
VERSIONS = ", ".join(f"{name} {version(name)}" for name in ("pyspark", "delta-spark", "dbt-core"))
NO_LAYER = """\
SettingsError: no such layer
  where: --until
  got: sliver
  wanted: bronze, silver, gold, platinum
  do: did you mean 'silver'?
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the whole command, as the shell sees it."""
    monkeypatch.setattr(sys, "argv", ["hallmark", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def spoil(ledger_table: Path) -> None:
    """A ledger without its columns: no mistake that the command has a letter for."""
    write_deltalake(str(ledger_table), pa.table({"x": [1]}))


def test_the_version_names_what_it_runs_on() -> None:
    assert hallmark("--version") == (0, f"hallmark {version('hallmark-lakehouse')} ({VERSIONS})\n", "")


@pytest.mark.parametrize("call", [["--help"], ["run", "--help"]])
def test_help_documents_the_exit_codes(call: list[str]) -> None:
    code, out, _ = hallmark(*call)
    assert code == 0
    assert " ".join(out.split()).endswith(EXITS)


def test_help_lists_the_commands() -> None:
    _, out, _ = hallmark("--help")
    assert re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE)[:6] == [
        "run",
        "status",
        "tables",
        "quality",
        "doctor",
        "dbt",
    ]


def test_an_unknown_option_is_a_mistake_of_the_call() -> None:
    code, out, err = hallmark("run", "--nope")
    assert (code, out, err.splitlines()[-1]) == (2, "", "Error: No such option: --nope")


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_unknown_layer_is_a_mistake_of_the_call(shop: Project, more: list[str]) -> None:
    assert hallmark("run", "--until", "sliver", *more) == (2, "", NO_LAYER)


def test_a_refused_call_writes_nothing(shop: Project, tmp_path: Path) -> None:
    before = tree(tmp_path)
    hallmark("run", "--until", "sliver")
    assert tree(tmp_path) == before


def test_a_data_folder_that_is_not_there_is_a_mistake_of_the_call(shop: Project, tmp_path: Path) -> None:
    code, _, err = hallmark("run", "--data", "gone")
    assert code == 2
    assert err == (
        "DataError: the data folder does not exist\n"
        f"  where: {tmp_path / 'gone'}\n"
        "  do: name a folder with landed files: --data DIR, or leave it out for the synthetic landing zone\n"
    )


def test_a_mistyped_variable_is_a_mistake_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_WAREHOSE", "lake")
    code, out, err = hallmark("tables")
    assert (code, out) == (2, "")
    assert err == (
        "SettingsError: unknown variable\n"
        "  where: environment: HALLMARK_WAREHOSE\n"
        "  do: did you mean 'HALLMARK_WAREHOUSE'?\n"
    )


def test_an_error_is_a_document_when_one_is_asked_for() -> None:
    assert document("run", "--until", "sliver") == {
        "error": "SettingsError",
        "what": "no such layer",
        "where": "--until",
        "got": "sliver",
        "wanted": "bronze, silver, gold, platinum",
        "do": "did you mean 'silver'?",
    }


def test_an_error_that_is_a_document_keeps_its_exit_code() -> None:
    assert hallmark("run", "--data", "gone", "--json")[0] == 2


def test_an_empty_warehouse_has_no_tables(tmp_path: Path) -> None:
    assert hallmark("tables") == (0, f"no tables yet in {tmp_path / 'warehouse'}: hallmark run\n", "")


def test_an_empty_warehouse_is_an_empty_list() -> None:
    assert document("tables") == []


def test_tables_are_listed_with_what_they_hold(finished_shop: Project) -> None:
    code, out, err = hallmark("tables")
    assert (code, err) == (0, "")
    assert [line.split()[:2] + line.split()[3:] for line in out.splitlines()] == [
        ["table", "rows", "columns", "version"],
        ["bronze.orders", "1", "1", "0"],
        ["silver.orders", "1", "1", "0"],
        ["ops.files", "1", "7", "0"],
        ["ops.runs", "2", "6", "0"],
        ["ops.steps", "3", "14", "0"],
    ]


def test_tables_of_another_warehouse_can_be_asked_for(finished_shop: Project, tmp_path: Path) -> None:
    (tmp_path / "warehouse").rename(tmp_path / "lake")
    tables = {each["table"]: each["rows"] for each in document("tables", "--warehouse", "lake")}
    assert tables == {"bronze.orders": 1, "silver.orders": 1, "ops.files": 1, "ops.runs": 2, "ops.steps": 3}


def test_before_the_first_run_the_status_says_what_is_waiting(shop: Project, tmp_path: Path) -> None:
    assert hallmark("status") == (
        0,
        f"no run yet in {tmp_path / 'warehouse'}: hallmark run\nwaiting: bronze.orders, silver.orders, vault, gold\n",
        "",
    )


def test_the_status_lists_the_runs(finished_shop: Project) -> None:
    code, out, err = hallmark("status")
    assert (code, err) == (0, "")
    assert [line.split("  ") for line in re.sub("  +", "  ", out).splitlines()] == [
        ["began (UTC)", "run", "status", "rows written", "quarantined", "command"],
        ["2026-11-24 03:00:00", "done", "succeeded", "1", "0", "run --until platinum"],
        ["waiting: nothing"],
    ]


def test_the_status_shows_a_killed_run_as_started(finished_shop: Project) -> None:
    killed = RunEntry("killed", "started", datetime(2026, 11, 24, tzinfo=UTC), "run --until gold", "0.1.0")
    Ledger(finished_shop.settings.warehouse).write(RUNS, [killed])
    runs = {run["run_id"]: (run["status"], run["command"]) for run in document("status")["runs"]}
    assert runs == {"done": ("succeeded", "run --until platinum"), "killed": ("started", "run --until gold")}


def test_the_status_as_a_document_says_what_is_waiting(shop: Project) -> None:
    status = document("status")
    assert status["runs"] == []
    assert status["waiting"][0] == {
        "layer": "bronze",
        "target": "bronze.orders",
        "why": "1 new file of landing, 0.0 kB",
    }


def test_the_doctor_tells_what_is_wrong_and_what_to_do(shop: Project, tmp_path: Path) -> None:
    code, out, err = hallmark("doctor")
    assert (code, err) == (3, "")
    assert (
        f"WRONG java         no Java found (JAVA_HOME={tmp_path / 'no-java'})\n"
        "      do: install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless) "
        "or point JAVA_HOME at one\n"
    ) in out
    assert f"ok    warehouse    {tmp_path / 'warehouse'} (not made yet)\n" in out


def test_the_doctors_findings_as_a_document(shop: Project, tmp_path: Path) -> None:
    findings = {each.pop("check"): each for each in document("doctor")}
    assert findings["warehouse"] == {"ok": True, "found": f"{tmp_path / 'warehouse'} (not made yet)", "todo": ""}
    assert findings["java"]["ok"] is False


def test_a_sick_machine_has_its_exit_code_as_a_document_too(shop: Project) -> None:
    assert hallmark("doctor", "--json")[0] == 3


def test_a_dry_run_prints_what_a_run_would_do(shop: Project, tmp_path: Path) -> None:
    code, out, err = hallmark("run", "--dry-run")
    assert (code, err) == (0, "")
    assert out == (
        f"1 synthetic file would be written to {tmp_path / 'landing'} first, then read\n"
        "layer   what           why\n"
        "bronze  bronze.orders  1 new file of landing, 0.0 kB\n"
        "silver  silver.orders  bronze.orders gets new rows\n"
        "silver  vault          silver.orders changes\n"
        "gold    gold           2 tables before it change\n"
    )


def test_a_dry_run_until_a_layer_leaves_out_the_later_ones(shop: Project) -> None:
    assert document("run", "--dry-run", "--until", "bronze") == {
        "plan": [{"layer": "bronze", "target": "bronze.orders", "why": "1 new file of landing, 0.0 kB"}],
        "rewritten": [],
        "landing": 1,
        "replay": [],
    }


@pytest.mark.parametrize("call", [["run", "--dry-run"], ["status"], ["tables"], ["doctor"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_who_only_looks_writes_nothing(shop: Project, tmp_path: Path, call: list[str], form: list[str]) -> None:
    before = tree(tmp_path)
    hallmark(*call, *form)
    assert tree(tmp_path) == before


def test_a_run_with_nothing_new_says_so(finished_shop: Project, tmp_path: Path) -> None:
    code, out, err = hallmark("run")
    head, *rest = out.splitlines()
    assert (code, err) == (0, "")
    assert re.fullmatch(
        rf"hallmark 0\.1\.0  run [0-9a-f]{{8}}  \d{{4}}-\d\d-\d\d \d\d:\d\d UTC  Spark in process  "
        rf"warehouse {re.escape(str(tmp_path / 'warehouse'))}",
        head,
    )
    assert rest[0] == "nothing new: every table is up to date, no row was changed"


def test_a_run_with_nothing_new_as_a_document(finished_shop: Project, tmp_path: Path) -> None:
    done = document("run")
    assert done == {
        "run_id": done["run_id"],
        "status": "nothing_new",
        "warehouse": str(tmp_path / "warehouse"),
        "seconds": done["seconds"],
        "steps": [],
        "rows": {"in": 0, "valid": 0, "quarantined": 0},
        "notes": [],
        "model_days": [],
    }


def test_a_run_without_java_is_a_fault_of_the_machine(shop: Project, tmp_path: Path) -> None:
    code, out, err = hallmark("run")
    assert (code, out.splitlines()[1:]) == (3, ["spark     starting …"])
    assert err == (
        "MachineError: no Java found\n"
        f"  where: JAVA_HOME={tmp_path / 'no-java'}\n"
        "  do: install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one\n"
    )


def test_a_failed_run_is_in_the_status_with_its_first_line(shop: Project) -> None:
    hallmark("run", "--until", "bronze")
    _, out, _ = hallmark("status")
    _, run, waiting = out.splitlines()
    assert waiting.startswith("waiting: bronze.orders")
    assert re.sub("  +", "  ", run).split("  ")[2:] == [
        "failed",
        "0",
        "0",
        "run --until bronze",
        "MachineError: no Java found",
    ]


def test_a_failed_run_as_a_document_is_the_letter_alone(shop: Project) -> None:
    code, out, err = hallmark("run", "--json")
    assert (code, json.loads(out)["what"], err) == (3, "no Java found", "spark     starting …\n")


def test_a_warehouse_in_use_is_a_fault_of_the_machine(finished_shop: Project) -> None:
    with warehouse_lock(finished_shop.settings.warehouse):
        code, _, err = hallmark("run")
    assert (code, err.splitlines()[0]) == (3, "MachineError: another run holds the warehouse")


def test_a_bug_leaves_its_trace_in_a_file_and_a_letter(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(tmp_path / "warehouse" / "ops" / "runs")
    assert started(monkeypatch, "status") == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", "StepError: something failed that should not")
    todo = (
        f"run again: it goes on where it stopped. If it fails again, report it with {tmp_path / 'hallmark-trace.txt'}"
    )
    assert err.splitlines()[-1] == f"  do: {todo}"
    assert "Traceback" not in err
    assert (tmp_path / "hallmark-trace.txt").read_text(encoding="utf-8").startswith("Traceback (most recent call last)")


def test_a_bug_is_a_document_for_who_asked_for_one(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(tmp_path / "warehouse" / "ops" / "runs")
    assert started(monkeypatch, "status", "--json") == 1
    out, err = capsys.readouterr()
    assert (json.loads(out)["what"], err) == ("something failed that should not", "")


def test_a_bug_without_a_place_for_its_trace_is_a_letter(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(tmp_path / "warehouse" / "ops" / "runs")
    (tmp_path / "hallmark-trace.txt").mkdir()
    assert started(monkeypatch, "status") == 1
    assert capsys.readouterr().err.splitlines()[-1] == "  do: run again: it goes on where it stopped"


def test_a_damaged_log_is_told_by_its_place(shop: Project, tmp_path: Path) -> None:
    log = tmp_path / "warehouse" / "ops" / "runs" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("not json", encoding="utf-8")
    code, _, err = hallmark("status")
    assert (code, err.splitlines()[:2]) == (3, ["MachineError: a table's log can't be read", f"  where: {log}"])


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_command_says_what_stays(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    java = tmp_path / "no-java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\nkill -INT $PPID\n", encoding="utf-8")
    java.chmod(0o755)
    assert started(monkeypatch, "doctor") == 130
    assert capsys.readouterr() == ("", "interrupted; what was committed stays, the next run goes on from there\n")


def test_the_installed_command_answers_as_the_app_does() -> None:
    command = [Path(sys.executable).with_name("hallmark"), "run", "--until", "sliver"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", NO_LAYER)
