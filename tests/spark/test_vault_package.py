"""Hallmark as a package of another dbt project: only that project's models are built, under its own settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventLevel
from pyspark.sql import SparkSession
from vaults import PACKAGE

PROJECT = {
    "name": "shop",
    "version": "1.0.0",
    "profile": "shop",
    "flags": {"send_anonymous_usage_stats": False},
    "models": {"shop": {"+file_format": "delta", "marts": {"+schema": "marts"}}},
}
FILES = {
    "dbt_project.yml": yaml.safe_dump(PROJECT),
    "profiles.yml": yaml.safe_dump(
        {
            "shop": {
                "target": "it",
                "outputs": {"it": {"type": "spark", "method": "session", "host": "NA", "threads": 1, "schema": "shop"}},
            }
        }
    ),
    "packages.yml": yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
    "models/stg_customers.sql": """{{ config(materialized='view') }}
select {{ hallmark.hash_key('id') }} as customer_hk, id, timestamp '2026-01-01' as load_date, 'shop' as record_source
from values ('a'), ('A') as rows(id)""",
    # the name of a model of ours; it has tests there
    "models/hub_customer.sql": """{{ config(materialized='incremental') }}
{{ hallmark.hub(src_pk='customer_hk', src_nk='id', src_ldts='load_date', src_source='record_source',
                source_model='stg_customers') }}""",
    "models/marts/customers.sql": "{{ config(materialized='table') }} select id from {{ ref('hub_customer') }}",
}

QUIET = ["--quiet", "--log-level-file", "none"]  # a log file that dbt leaves open would be a warning


class Outside:
    """The project in a folder, and the warnings of each command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warnings: list[str] = []
        for path, text in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    def command(self, *arguments: str) -> Any:
        """Run dbt; the warnings it wrote are kept."""
        place = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        answer = dbtRunner(callbacks=[self._note]).invoke([*QUIET, *arguments, *place])
        assert answer.success, answer.exception or [result.message for result in answer.result.results]
        return answer.result

    def _note(self, event: Any) -> None:
        if event.info.level == EventLevel.WARN:
            self.warnings.append(event.info.msg)


@pytest.fixture(scope="module")
def outside(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    ansi = spark.conf.get("spark.sql.ansi.enabled")
    project = Outside(tmp_path_factory.mktemp("shop"))
    project.command("deps")
    project.command("run")
    spark.conf.set("spark.sql.ansi.enabled", ansi)  # dbt's adapter turns it off
    return project


def built(results: Sequence[Any]) -> list[str]:
    return sorted(result.node.unique_id for result in results)


def test_a_run_without_selection_builds_the_models_of_the_project_only(outside: Outside) -> None:
    wanted = ["model.shop.customers", "model.shop.hub_customer", "model.shop.stg_customers"]
    assert built(outside.command("run").results) == wanted


def test_our_tests_and_sources_are_not_of_the_project(outside: Outside) -> None:
    listed = outside.command("list", "--output", "selector")
    assert [name for name in listed if not name.startswith("shop.")] == []


def test_the_package_gives_no_warnings(outside: Outside) -> None:
    outside.command("parse", "--no-partial-parse")
    assert outside.warnings == []


def test_our_variables_are_not_those_of_the_project(outside: Outside, spark: SparkSession) -> None:
    # ours keeps letter case, the documented default folds it: "a" and "A" are one key
    assert spark.sql("select count(*) from shop.hub_customer").collect()[0][0] == 1


def test_schemas_are_named_as_dbt_names_them(outside: Outside, spark: SparkSession) -> None:
    assert spark.catalog.tableExists("shop_marts.customers")
    assert not spark.catalog.databaseExists("marts")
