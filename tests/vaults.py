"""Somebody else's dbt project that has `hallmark` as a local package, for tests of the vault macros."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from dbt.cli.main import dbtRunner
from pyspark.sql import DataFrame, Row, SparkSession

from hallmark.lakehouse import deltalog

PACKAGE = Path(__file__).resolve().parents[1] / "dbt_project"
_PROFILE = {"type": "spark", "method": "session", "host": "NA", "threads": 1}
Rows = Iterable[Sequence[Any]]


class VaultProject:
    """Models that call the macros, and inputs (views) whose rows each load of a test gives anew.

    Parsed once; a test's first load says `first=True`, then the model's table is made anew.
    """

    def __init__(
        self,
        spark: SparkSession,
        folder: Path,
        models: Mapping[str, str],
        inputs: Mapping[str, str],
        *,
        variables: Mapping[str, Any] | None = None,
        materialized: str = "incremental",
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Write the project into an empty folder.

        Args:
            spark: the session that dbt shares.
            folder: where the project is; its name names the schema, too.
            models: model name to SQL.
            inputs: input name to the columns of its rows, as DDL (`ID string, LOAD_DATE timestamp`).
            variables: `vars` of the project.
            materialized: how models are, unless they say so themselves.
            files: any other files of the project (path to text).
        """
        self.spark, self.folder, self.inputs = spark, folder, dict(inputs)
        self.schema = f"vault_{folder.name}".replace("-", "_").lower()
        self.log: list[str] = []  # errors that dbt told of in the last command
        project = {
            "name": "outside",
            "version": "1.0.0",
            "profile": "outside",
            "model-paths": ["models"],
            "flags": {"send_anonymous_usage_stats": False},
            "vars": dict(variables or {}),
            "models": {
                "outside": {"+file_format": "delta", "+materialized": materialized, "+incremental_strategy": "append"}
            },
        }
        profile = {"outside": {"target": "it", "outputs": {"it": {**_PROFILE, "schema": self.schema}}}}
        self._write("dbt_project.yml", yaml.safe_dump(project))
        self._write("profiles.yml", yaml.safe_dump(profile))
        self._write("packages.yml", yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}))
        for path, text in (files or {}).items():
            self._write(path, text)
        for name, sql in models.items():
            self._write(f"models/{name}.sql", sql)
        for name in self.inputs:  # never built by dbt: `load` makes the view
            self._write(f"models/inputs/{name}.sql", "{{ config(materialized='view') }} select 1 as nothing")
        (folder / "dbt_packages").mkdir(parents=True)
        (folder / "dbt_packages" / "hallmark").symlink_to(PACKAGE)  # as `dbt deps` does for a local package
        spark.sql(f"create schema if not exists {self.schema}")
        parsed = self._invoke(None, ["parse"])
        assert parsed.success, parsed.exception
        self._manifest = parsed.result

    def load(self, **rows: Rows) -> None:
        """Give inputs these rows, instead of those that they had."""
        for name, values in rows.items():
            self.spark.sql(f"create or replace view {self.schema}.{name} as {_select(self.inputs[name], values)}")

    def run(self, *models: str, first: bool = False, variables: Mapping[str, Any] | None = None) -> None:
        """`dbt run` of these models (selectors of dbt's are taken, too); fails with dbt's own words."""
        failed = self._outcome(models, first, variables)
        assert not failed, failed

    def refusal(self, *models: str, first: bool = False) -> str:
        """What dbt says of the model that can't be built."""
        failed = self._outcome(models, first, None)
        assert failed, "dbt built it"
        return failed

    def command(self, *arguments: str) -> Any:
        """Any dbt command on the project; dbt's own result object."""
        return self._invoke(self._manifest, list(arguments))

    def table(self, model: str) -> DataFrame:
        """The table of a model."""
        return self.spark.table(f"{self.schema}.{model}")

    def rows(self, model: str, *columns: str, order: str = "") -> list[tuple[Any, ...]]:
        """The rows of a model's table (these columns or expressions of it), sorted; nulls first."""
        sorting = order.split(",") if order else None
        found = self._without_spark(model, columns, sorting or columns)
        if found is not None:
            return found
        frame = self.table(model)
        frame = frame.selectExpr(*columns) if columns else frame
        collected: list[Row] = frame.orderBy(*(sorting or [f"`{name}`" for name in frame.columns])).collect()
        return [tuple(row) for row in collected]

    def _without_spark(
        self, model: str, columns: Sequence[str], sorting: Sequence[str]
    ) -> list[tuple[Any, ...]] | None:
        """The same rows in hundredths of a second; None of a view, of expressions, and of values that Spark wraps."""
        warehouse = str(self.spark.conf.get("spark.sql.warehouse.dir")).removeprefix("file:")
        place = Path(warehouse) / f"{self.schema}.db" / model
        if not deltalog.exists(place):
            return None
        rows = deltalog.read(place)
        if not {*columns, *sorting} <= {*rows.column_names} or any(
            pa.types.is_nested(kind) for kind in rows.schema.types
        ):
            return None
        ordered = sorted(rows.to_pylist(), key=lambda row: [_nulls_first(row[name]) for name in sorting or row])
        return [tuple(_as_spark_has_it(row[name]) for name in columns or row) for row in ordered]

    def _outcome(self, models: Sequence[str], first: bool, variables: Mapping[str, Any] | None) -> str:
        arguments = ["run", "--select", *models, *(["--full-refresh"] if first else [])]
        if variables:
            arguments += ["--vars", yaml.safe_dump(dict(variables), default_flow_style=True)]
        answer = self._invoke(None if variables else self._manifest, arguments)
        if answer.exception:
            return str(answer.exception)
        return "\n".join(str(one.message) for one in answer.result.results if one.status not in ("success", "pass"))

    def _invoke(self, manifest: Any, arguments: list[str]) -> Any:
        place = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        # Single-threaded: dbt would make a thread for each run, and Hive's client a connection for each thread.
        quiet = [
            "--log-level",
            "none",
            "--log-level-file",
            "none",
            "--no-print",
            "--no-populate-cache",
            "--single-threaded",
        ]
        ansi = self.spark.conf.get("spark.sql.ansi.enabled")
        for node in manifest.nodes.values() if manifest else ():
            if node.extra_ctes_injected:  # dbt has one run in mind: of a second one it would leave ephemerals out
                node.extra_ctes_injected = False
        self.log.clear()
        try:
            return dbtRunner(manifest=manifest, callbacks=[self._hear]).invoke([*quiet, *arguments, *place])
        finally:
            self.spark.conf.set("spark.sql.ansi.enabled", ansi)  # dbt's adapter turns it off

    def _hear(self, event: Any) -> None:
        if event.info.level == "error":
            self.log.append(event.info.msg)

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _nulls_first(value: Any) -> tuple[bool, Any]:
    return value is not None, value


def _as_spark_has_it(value: Any) -> Any:
    # A moment in this machine's time, without its zone.
    return value.astimezone().replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def in_one(cases: Mapping[str, Sequence[Iterable[Any]]], keyed: Callable[[str, Any], Any]) -> list[list[Any]]:
    """The loads of all cases as loads of all of them at once: the first rows of all, the second rows of all, ...

    A run of dbt takes a second, whatever it loads; so cases that differ in their keys run together. `keyed` gives a row
    of a case the case's own key.
    """
    count = max(len(loads) for loads in cases.values())
    return [
        [keyed(case, row) for case, loads in cases.items() if number < len(loads) for row in loads[number]]
        for number in range(count)
    ]


def _select(ddl: str, values: Rows) -> str:
    columns = [column.strip().split(" ", 1) for column in ddl.split(",")]
    rows = [f"({', '.join(_literal(value) for value in row)})" for row in values]
    nothing = f"({', '.join('null' for _ in columns)})"
    typed = ", ".join(f"cast(col{n} as {kind}) as `{name}`" for n, (name, kind) in enumerate(columns, 1))
    return f"select {typed} from values {', '.join(rows or [nothing])}" + ("" if rows else " where false")


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
