"""The command without Spark: its exit codes and letters, and no stack trace on the screen, ever."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pytest
from calls import NO_LAYER, document
from calls import trimmed as hallmark
from deltalake import write_deltalake

from hallmark.pipelines.cli import main
from hallmark.pipelines.project import Project

EXITS = (
    "Exit codes: 0 done (also when nothing was new), 1 a step failed, 2 the call, a contract or the data can't be "
    "used, 3 the machine or the warehouse can't be used, 130 interrupted."
)
VERSIONS = ", ".join(f"{name} {version(name)}" for name in ("pyspark", "delta-spark", "dbt-core"))


pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the whole command, as the shell sees it."""
    monkeypatch.setattr(sys, "argv", ["hallmark", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


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
    assert re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE)[:7] == [
        "run",
        "status",
        "tables",
        "replay",
        "quality",
        "doctor",
        "dbt",
    ]


def test_an_unknown_option_is_a_mistake_of_the_call() -> None:
    code, out, err = hallmark("run", "--nope")
    assert (code, out, err.splitlines()[-1]) == (2, "", "Error: No such option: --nope")


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
