"""What is there, by the command and without Spark: tables, runs, a dry run, the machine; nothing is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from calls import document, tree
from calls import trimmed as hallmark

from hallmark.lakehouse.ledger import RUNS, Ledger, RunEntry
from hallmark.pipelines.project import Project

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


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
        ["ops.steps", "3", "15", "0"],
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
        ["2026-11-24 03:00:00", "done", "succeeded", "1", "0", "run"],
        ["waiting: nothing"],
    ]


def test_the_status_shows_a_killed_run(finished_shop: Project) -> None:
    killed = RunEntry("killed", "started", datetime(2026, 11, 24, tzinfo=UTC), "run --until gold", "0.1.0")
    Ledger(finished_shop.settings.warehouse).write(RUNS, [killed])
    runs = {run["run_id"]: (run["status"], run["command"]) for run in document("status")["runs"]}
    assert runs == {"done": ("succeeded", "run"), "killed": ("killed", "run --until gold")}


def test_the_status_as_a_document_says_what_is_waiting(shop: Project) -> None:
    status = document("status")
    assert status["runs"] == []
    assert status["waiting"][0] == {
        "layer": "bronze",
        "target": "bronze.orders",
        "why": "1 new file of landing, 0.0 kB",
    }


def test_the_status_needs_no_dbt_project(shop: Project) -> None:
    (shop.settings.dbt_project / "dbt_project.yml").unlink()
    assert document("status")["waiting"][0]["target"] == "bronze.orders"


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
        "replay": [],
        "landing": 1,
    }


@pytest.mark.parametrize("call", [["run", "--dry-run"], ["status"], ["tables"], ["doctor"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_who_only_looks_writes_nothing(shop: Project, tmp_path: Path, call: list[str], form: list[str]) -> None:
    before = tree(tmp_path)
    hallmark(*call, *form)
    assert tree(tmp_path) == before


def test_a_damaged_log_is_told_by_its_place(shop: Project, tmp_path: Path) -> None:
    log = tmp_path / "warehouse" / "ops" / "runs" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("not json", encoding="utf-8")
    code, _, err = hallmark("status")
    assert (code, err.splitlines()[:2]) == (3, ["MachineError: a table's log can't be read", f"  where: {log}"])
