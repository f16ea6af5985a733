"""dbt in our process: which commands need a session, how it ended, what a failure says. dbt itself is not started."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.pipelines.context import Context
from hallmark.pipelines.dbt_command import _exit_code, needs_session
from hallmark.pipelines.dbt_layer import _checked, _environment, _Follower, _letter
from hallmark.pipelines.project import Project
from hallmark.pipelines.screen import SilentReporter

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


class DbtUsageException(Exception):  # noqa: N818 -- dbt's word; the real one takes seconds to import
    pass


def result(name: str, status: str, *, kind: str = "test", message: str = "Got 3 results") -> Any:
    """One of dbt's results, as far as we read it."""
    node = SimpleNamespace(name=name, resource_type=SimpleNamespace(value=kind))
    return SimpleNamespace(node=node, status=SimpleNamespace(value=status), message=message)


def answer(*, success: bool = False, exception: BaseException | None = None) -> Any:
    return SimpleNamespace(success=success, exception=exception, result=None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(warehouse=tmp_path, dbt_project=Path("/project"))


@pytest.mark.parametrize(
    "call",
    ["build", "build --select hub_model", "test", "docs generate", "--quiet build", "show --inline select"],
)
def test_a_command_that_may_read_tables_needs_a_session(call: str) -> None:
    assert needs_session(call.split())


@pytest.mark.parametrize(
    "call", ["", "ls", "list --select a", "parse", "deps", "clean", "--version", "--help", "-h", "biuld"]
)
def test_a_command_that_reads_no_table_needs_no_session(call: str) -> None:
    assert not needs_session(call.split())


@pytest.mark.parametrize("call", ["build --help", "build -h", "docs generate --help"])
def test_help_for_a_command_needs_no_session(call: str) -> None:
    assert not needs_session(call.split())


@pytest.mark.parametrize(
    ("ended", "code"),
    [(answer(success=True), 0), (answer(), 1), (answer(exception=RuntimeError("Could not find profile")), 2)],
)
def test_dbts_end_is_an_exit_code(ended: Any, code: int) -> None:
    assert _exit_code(ended) == code


def test_a_call_that_dbt_does_not_take_is_refused() -> None:
    with pytest.raises(SettingsError) as letter:
        _checked(answer(exception=DbtUsageException("No such option '--nope'.")))
    assert str(letter.value) == (
        "SettingsError: dbt does not take this call\n"
        "  where: dbt\n"
        "  got: No such option '--nope'.\n"
        "  do: hallmark dbt --help"
    )


def test_an_interrupted_dbt_interrupts_the_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        _checked(answer(exception=KeyboardInterrupt()))


@pytest.mark.parametrize("ended", [answer(success=True), answer(), answer(exception=RuntimeError("no profile"))])
def test_any_other_end_is_handed_on(ended: Any) -> None:
    assert _checked(ended) is ended


def test_failed_tests_are_named(settings: Settings, tmp_path: Path) -> None:
    results = [
        result("fct_a", "success", kind="model"),
        result("not_null_a", "fail", message="Got 3 results,\n  configured to fail if != 0"),
        result("unique_a", "fail"),
        result("fct_b", "skipped", kind="model"),
    ]
    assert str(_letter(results, None, "gold", settings)) == (
        "StepError: 2 of the dbt tests of gold failed\n"
        "  where: test not_null_a, test unique_a\n"
        "  got: Got 3 results, configured to fail if != 0\n"
        f"  do: see {tmp_path / '_logs' / 'dbt.log'}; then: hallmark dbt build --select not_null_a"
    )


def test_a_model_that_cannot_be_built_is_named(settings: Settings, tmp_path: Path) -> None:
    results = [
        result("hub_a", "error", kind="model", message="Runtime Error\n  [TABLE_NOT_FOUND]"),
        result("unique_a", "fail"),
    ]
    assert str(_letter(results, None, "silver", settings)) == (
        "StepError: dbt could not build silver\n"
        "  where: model hub_a, test unique_a\n"
        "  got: Runtime Error [TABLE_NOT_FOUND]\n"
        f"  do: see {tmp_path / '_logs' / 'dbt.log'}; then: hallmark dbt build --select hub_a"
    )


@pytest.mark.parametrize(
    ("exception", "got"), [(RuntimeError("Parsing Error in a.yml"), "Parsing Error in a.yml"), (None, "no result")]
)
def test_without_results_dbts_own_words_are_told(
    settings: Settings, tmp_path: Path, exception: RuntimeError | None, got: str
) -> None:
    assert str(_letter([], exception, "gold", settings)) == (
        "StepError: dbt could not build gold\n"
        "  where: /project\n"
        f"  got: {got}\n"
        f"  do: see {tmp_path / '_logs' / 'dbt.log'}"
    )


def test_dbt_is_told_its_places_by_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "own")
    with _environment({"DBT_TARGET": "shared"}):
        assert os.environ["DBT_TARGET"] == "shared"


def test_a_variable_gets_its_old_value_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "own")
    with _environment({"DBT_TARGET": "shared"}):
        pass
    assert os.environ["DBT_TARGET"] == "own"


def test_a_variable_that_was_not_set_is_not_set_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_TARGET", raising=False)
    with _environment({"DBT_TARGET": "shared"}):
        pass
    assert "DBT_TARGET" not in os.environ


def test_a_failure_gives_the_variables_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "own")
    with pytest.raises(RuntimeError, match="boom"), _environment({"DBT_TARGET": "shared"}):
        raise RuntimeError("boom")
    assert os.environ["DBT_TARGET"] == "own"


@pytest.fixture
def context(shop: Project) -> Context:
    seconds = itertools.count()
    return Context(shop, "7f3a", lambda: AT + timedelta(seconds=next(seconds)), SilentReporter())


def event(name: str, *, status: str = "success", kind: str = "model", schema: str = "gold") -> Any:
    """One of dbt's events about the model gold.dim_a, as far as we read it."""
    relation = SimpleNamespace(schema=schema, alias="dim_a")
    node = SimpleNamespace(node_relation=relation, resource_type=kind, node_name="dim_a")
    run_result = SimpleNamespace(status=status, execution_time=1.25)
    return SimpleNamespace(info=SimpleNamespace(name=name), data=SimpleNamespace(node_info=node, run_result=run_result))


def commit(context: Context, rows: int) -> None:
    place = context.project.settings.warehouse / "gold" / "dim_a"
    write_deltalake(str(place), pa.table({"id": pa.array(range(rows), pa.int64())}), mode="append")


def recorded(context: Context) -> list[tuple[str, str, int | None, int, float]]:
    return [(e.layer, e.table_name, e.rows_written, e.delta_version, e.seconds) for e in context.entries]


def test_a_model_that_was_built_is_an_entry(context: Context) -> None:
    hear = _Follower(context, "gold")
    hear(event("NodeStart"))
    commit(context, 3)
    hear(event("NodeFinished"))
    assert recorded(context) == [("gold", "gold.dim_a", 3, 0, 1.25)]


def test_a_model_that_committed_nothing_wrote_no_row(context: Context) -> None:
    commit(context, 3)
    hear = _Follower(context, "gold")
    hear(event("NodeStart"))
    hear(event("NodeFinished"))
    assert recorded(context) == [("gold", "gold.dim_a", 0, 0, 1.25)]


@pytest.mark.parametrize(
    "finished",
    [
        event("NodeFinished", status="error"),
        event("NodeFinished", kind="test"),
        event("NodeFinished", schema=""),
        event("LogModelResult"),
    ],
)
def test_what_is_no_built_model_is_no_entry(context: Context, finished: Any) -> None:
    hear = _Follower(context, "gold")
    hear(event("NodeStart"))
    commit(context, 3)
    hear(finished)
    assert context.entries == []
