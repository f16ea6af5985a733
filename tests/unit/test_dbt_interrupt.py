"""Ctrl-C at dbt: one line of ours, and no stack trace of dbt's. dbt itself runs; it parses, so it needs no Spark."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.pipelines.console import letters
from hallmark.pipelines.dbt_interrupt import SilentOnceInterrupted
from hallmark.pipelines.dbt_layer import invoke

EVENT = SimpleNamespace(info=SimpleNamespace(name="LogModelResult"))


@pytest.fixture(autouse=True)
def _log_is_closed() -> Iterator[None]:
    """dbt leaves its log file open, and the next test would be warned of it."""
    yield
    for handler in logging.getLogger("file_log").handlers:
        handler.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    outputs = {"shared": {"type": "spark", "method": "session", "host": "NA", "schema": "s", "threads": 1}}
    files = {
        "dbt_project.yml": {"name": "small", "version": "1.0.0", "profile": "small"},
        "profiles.yml": {"small": {"target": "shared", "outputs": outputs}},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    return load_settings(warehouse=tmp_path / "warehouse", dbt_project=tmp_path)


def interrupt(event: Any) -> None:
    if event.info.name == "MainReportArgs":
        raise KeyboardInterrupt


def stumble(event: Any) -> None:
    if event.info.name == "MainReportArgs":
        raise ValueError("a bug of somebody's")


def test_an_interrupted_dbt_says_nothing_of_it(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        invoke(settings, ["parse"], [interrupt])
    said = capsys.readouterr()
    assert [line.partition("  ")[2].partition("=")[0] for line in said.out.splitlines()] == ["Running with dbt"]
    assert said.err == ""
    assert "KeyboardInterrupt" in (settings.warehouse / "_logs" / "dbt.log").read_text()


def test_what_dbt_stumbles_over_is_told_as_before(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert not invoke(settings, ["parse"], [stumble]).success
    assert "ValueError: a bug of somebody's" in capsys.readouterr().out


def test_the_command_ends_as_a_run_does(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end, letters(as_json=False):
        invoke(settings, ["parse"], [interrupt])
    assert end.value.exit_code == 130
    assert capsys.readouterr().err == "interrupted; what was committed stays, the next run goes on from there\n"


def shown_within(error: BaseException, shown: Callable[[Any], bool]) -> bool:
    try:
        raise error  # noqa: TRY301 -- as dbt does
    except BaseException:  # noqa: BLE001 -- an interrupt is one
        return shown(EVENT)


def test_after_an_interrupt_what_threads_still_say_is_not_shown() -> None:
    shown = SilentOnceInterrupted().unless_interrupted(lambda _: True)
    assert [shown(EVENT), shown_within(KeyboardInterrupt(), shown), shown(EVENT)] == [True, False, False]


def test_another_error_changes_nothing_and_what_was_not_shown_is_not() -> None:
    silent = SilentOnceInterrupted()
    assert shown_within(ValueError(), silent.unless_interrupted(lambda _: True))
    assert not silent.unless_interrupted(lambda _: False)(EVENT)
