"""dbt in this process: it finds the session that is there, so no second JVM starts (docs/adr/0007)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import SettingsError, StepError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.spark_errors import class_alone
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.context import Context, StepRow
from hallmark.pipelines.dbt_interrupt import SilentOnceInterrupted
from hallmark.pipelines.dbt_project import SEED_TAG, Models

_QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-print")
_ANSI = "spark.sql.ansi.enabled"


@dataclass(frozen=True)
class Outcome:
    """What a dbt build did: how many models were built and tests held."""

    models: int
    tests: int


def build(context: Context, layer: str, chosen: Models, *, anew: bool = False) -> Outcome:
    """Build and test models, with their seeds; each finished model is a row of the ledger.

    A project without models there has nothing to build. With `anew` a model that grows with its source forgets what it
    has, and takes all of it.

    Raises:
        StepError: when a model can't be built or a test fails; the text names them.
    """
    project = context.project.settings.dbt_project
    selected = [f"path:models/{name}" for name in chosen.folders if any((project / "models" / name).rglob("*.sql"))]
    if not selected:
        return Outcome(0, 0)
    if chosen.with_seeds and any((project / "seeds").rglob("*.csv")):
        selected += [f"resource_type:seed,tag:{SEED_TAG}"]
    _ = context.lake  # opens the session that dbt shares
    context.reporter.working(layer, "dbt")
    follower = _Follower(context, layer)
    threads = ("--threads", str(context.project.settings.workers))
    # dbt's unit tests prove the SQL, not the data: they belong to `make test`.
    arguments = ["build", "--select", *selected, "--indirect-selection", "buildable"]
    arguments += ["--exclude-resource-type", "unit_test", *threads, *_QUIET]
    arguments += ["--full-refresh"] if anew else []
    answer = invoke(context.project.settings, arguments, [follower])
    results = list(getattr(answer.result, "results", None) or [])
    if not answer.success:
        raise _letter(results, answer.exception, layer, context.project.settings)
    kinds = [result.node.resource_type.value for result in results]
    return Outcome(kinds.count("model"), kinds.count("test"))


def invoke(settings: Settings, arguments: Sequence[str], callbacks: Sequence[Any] = ()) -> Any:
    """Run a dbt command on the warehouse; returns dbt's own result object.

    Raises:
        SettingsError: when dbt has no such command or option.
        KeyboardInterrupt: as it came; dbt's console says nothing of it.
    """
    from dbt.cli.main import dbtRunner

    project, state = str(settings.dbt_project), settings.warehouse / "_dbt"
    places = {
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET": "shared",
        "DBT_TARGET_PATH": str(state),
        "DBT_LOG_PATH": str(settings.warehouse / "_logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "HALLMARK_WAREHOUSE": str(settings.warehouse),
        **({"SPARK_REMOTE": settings.spark.remote} if settings.spark.remote else {}),
    }
    with _environment(places), _ansi_kept():
        return _checked(dbtRunner(callbacks=[SilentOnceInterrupted(), *callbacks]).invoke(list(arguments)))


@contextmanager
def _ansi_kept() -> Iterator[None]:
    # dbt's adapter turns ANSI mode off in the session that it finds. Gates need it on: there a value that can't be read
    # is an error that breaks its row, not a null.
    spark = SparkSession.getActiveSession()
    was = str(spark.conf.get(_ANSI)) if spark else ""
    try:
        yield
    finally:
        if spark:
            spark.conf.set(_ANSI, was)


def _checked(answer: Any) -> Any:
    # dbt hands every exception back. Those that it has printed stay where they are; these two it says nothing about.
    if isinstance(answer.exception, KeyboardInterrupt):
        raise answer.exception
    if type(answer.exception).__name__ == "DbtUsageException":  # by name: dbt is imported late, it takes seconds
        reason = str(answer.exception)
        raise SettingsError("dbt does not take this call", where="dbt", got=reason, todo="hallmark dbt --help")
    return answer


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    # dbt takes flags in another place for each command; variables work for all of them.
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Follower:
    """Hears dbt's events: what it works on, and what it has finished."""

    def __init__(self, context: Context, layer: str) -> None:
        self._context = context
        self._layer = layer
        self._before: dict[Path, int] = {}

    def __call__(self, event: Any) -> None:
        if event.info.name not in {"NodeStart", "NodeFinished"}:
            return
        node = event.data.node_info
        if node.resource_type != "model" or not node.node_relation.schema:
            self._context.reporter.working(self._layer, f"{node.resource_type} {node.node_name}")
            return
        table = Table(node.node_relation.schema, node.node_relation.alias)
        path = table_path(self._context.project.settings.warehouse, table)
        if event.info.name == "NodeStart":
            self._context.reporter.working(self._layer, str(table))
            self._before[path] = deltalog.version(path)
        elif event.data.run_result.status == "success":
            self._record(table, path, event.data.run_result.execution_time)

    def _record(self, table: Table, path: Path, seconds: float) -> None:
        commit = deltalog.last_commit(path)
        if commit is None:
            return
        new = commit.version > self._before.get(path, deltalog.NO_VERSION)
        row = StepRow(written=(commit.rows_written or 0) if new else 0, delta_version=commit.version)
        self._context.record(self._layer, str(table), row, seconds=seconds)


def _letter(results: list[Any], exception: BaseException | None, layer: str, settings: Settings) -> StepError:
    log = settings.warehouse / "_logs" / "dbt.log"
    broken = [result for result in results if result.status.value in {"error", "fail"}]
    if not broken:
        return StepError(
            f"dbt could not build {layer}", where=settings.dbt_project, got=exception or "no result", todo=f"see {log}"
        )
    names = [f"{result.node.resource_type.value} {result.node.name}" for result in broken]
    tests = all(result.status.value == "fail" for result in broken)
    return StepError(
        f"{len(broken)} of the dbt tests of {layer} failed" if tests else f"dbt could not build {layer}",
        where=", ".join(names),
        got=class_alone(" ".join(str(broken[0].message).split())),
        todo=f"see {log}; then: hallmark dbt build --select {broken[0].node.name}",
    )
