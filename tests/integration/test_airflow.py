"""The DAG: it loads without Spark, and brings every layer up to date as tasks of Airflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scheduler import DAG, Scheduler, Undisturbed
from warehouses import rows

from hallmark.lakehouse.ledger import Ledger
from hallmark.pipelines import inventory

LAYERS = ["bronze", "silver", "gold", "platinum"]

DESCRIBE = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
heavy = [name for name in ("pyspark", "dbt", "hallmark.pipelines.execute") if name in sys.modules]
dag = bag.dags["hallmark_lakehouse"]
tasks = {
    task.task_id: {
        "before": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "backoff": task.retry_exponential_backoff,
        "outlets": [asset.name for asset in task.outlets],
    }
    for task in dag.tasks
}
found = {
    "errors": bag.import_errors, "dags": list(bag.dags), "heavy": heavy, "tasks": tasks, "catchup": dag.catchup,
    "most_runs": dag.max_active_runs, "schedule": str(dag.schedule), "documented": bool(dag.doc_md),
}
print("\\n" + json.dumps(found, default=str))
"""

CALL_BRONZE = """
import os
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["hallmark_lakehouse"]
try:
    dag.get_task("bronze").python_callable("bronze")
except Exception as error:
    print(f"\\n{type(error).__name__} {error}")
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    printed = Scheduler(tmp_path_factory.mktemp("airflow")).python(DESCRIBE)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def test_the_dag_file_loads_without_errors_and_without_spark(described: dict[str, Any]) -> None:
    assert described["errors"] == {}
    assert described["dags"] == [DAG]
    assert described["heavy"] == []


def test_the_dag_has_a_task_a_layer_in_order(described: dict[str, Any]) -> None:
    assert {name: task["before"] for name, task in described["tasks"].items()} == {
        "bronze": [],
        "silver": ["bronze"],
        "gold": ["silver"],
        "platinum": ["gold"],
    }


def test_every_task_is_tried_again_ever_later_and_announces_its_layer(described: dict[str, Any]) -> None:
    for name, task in described["tasks"].items():
        assert task["retries"] == 3, name
        assert task["backoff"] > 1, name
        assert task["outlets"] == [f"hallmark://{name}"]


def test_one_run_an_hour_and_none_for_the_past(described: dict[str, Any]) -> None:
    assert described["schedule"] in {"@hourly", "0 * * * *"}
    assert described["catchup"] is False
    assert described["most_runs"] == 1
    assert described["documented"]


def test_all_tasks_succeed_and_say_what_they_did(undisturbed: Undisturbed) -> None:
    airflow = undisturbed.scheduler
    assert airflow.states() == dict.fromkeys(LAYERS, "success")
    did = airflow.summaries()
    assert did["bronze"]["rows_written"] == did["bronze"]["rows_in"] > 0
    assert did["silver"]["rows_in"] == did["silver"]["rows_valid"] + did["silver"]["rows_quarantined"] > 0
    assert did["gold"]["tables"] == len(list((undisturbed.warehouse / "gold").iterdir()))
    assert did["platinum"]["rows_written"] == len(rows(undisturbed.warehouse, "platinum.scaling_signals"))


def test_gold_and_platinum_hold_rows(undisturbed: Undisturbed) -> None:
    found = {facts.table: facts.rows for facts in inventory.tables(undisturbed.warehouse)}
    top = {table: count for table, count in found.items() if table.schema in {"gold", "platinum"}}
    assert len(top) == 12
    assert all(top.values()), top
    assert len(rows(undisturbed.warehouse, "gold.fct_inference_requests")) > 1000


def test_each_layer_is_announced_once(undisturbed: Undisturbed) -> None:
    events = undisturbed.scheduler.query(
        "select asset.name from asset_event join asset on asset.id = asset_event.asset_id order by asset_event.id"
    )
    assert [name for (name,) in events] == [f"hallmark://{layer}" for layer in LAYERS]


def test_the_tasks_are_one_run_in_the_ledger_under_airflows_name(undisturbed: Undisturbed) -> None:
    runs = {row["run_id"] for row in Ledger(undisturbed.warehouse).runs()}
    [(name,)] = undisturbed.scheduler.query("select run_id from dag_run")
    assert runs == {name}


def test_what_only_a_person_can_mend_is_not_tried_again(tmp_path: Path) -> None:
    printed = Scheduler(tmp_path).python(CALL_BRONZE, HALLMARK_DATA=tmp_path / "nowhere")
    assert "AirflowFailException DataError: the data folder does not exist" in printed


def test_what_may_pass_is_tried_again(tmp_path: Path) -> None:
    # Port 1 is nobody's: a server that is down.
    places = {"HALLMARK_WAREHOUSE": tmp_path / "warehouse", "HALLMARK_LANDING": tmp_path / "landing"}
    printed = Scheduler(tmp_path).python(CALL_BRONZE, HALLMARK_SPARK__REMOTE="sc://127.0.0.1:1", **places)
    assert "\nMachineError MachineError: the Spark Connect server does not answer" in printed
