"""`hallmark run` without Spark: nothing new, refused calls, and a machine that can't."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from calls import NO_LAYER, document, tree
from calls import trimmed as hallmark

from hallmark.lakehouse.lock import warehouse_lock
from hallmark.pipelines import cli
from hallmark.pipelines.project import Project

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_unknown_layer_is_a_mistake_of_the_call(shop: Project, more: list[str]) -> None:
    assert hallmark("run", "--until", "sliver", *more) == (2, "", NO_LAYER)


def test_a_refused_call_writes_nothing(shop: Project, tmp_path: Path) -> None:
    before = tree(tmp_path)
    hallmark("run", "--until", "sliver")
    assert tree(tmp_path) == before


def test_a_run_without_a_dbt_project_is_refused_before_anything_is_written(shop: Project, tmp_path: Path) -> None:
    (shop.settings.dbt_project / "dbt_project.yml").unlink()
    before = tree(tmp_path)
    code, _, err = hallmark("run")
    assert (code, err.splitlines()[0]) == (2, "SettingsError: there is no dbt project")
    assert tree(tmp_path) == before


def test_a_data_folder_that_is_not_there_is_a_mistake_of_the_call(shop: Project, tmp_path: Path) -> None:
    code, _, err = hallmark("run", "--data", "gone")
    assert code == 2
    assert err == (
        "DataError: the data folder does not exist\n"
        "  where: --data\n"
        f"  got: {tmp_path / 'gone'}\n"
        "  do: name a folder with landed files: --data DIR, or leave it out for the synthetic landing zone\n"
    )


def test_a_run_comes_again_and_again_until_it_is_interrupted(
    finished_shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def rest(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(cli.time, "sleep", rest)
    code, out, err = hallmark("run", "--every", 7)
    assert (code, pauses, out.count("nothing new: every table is up to date")) == (130, [7, 7], 2)
    assert err == "interrupted; what was committed stays, the next run goes on from there\n"


@pytest.mark.parametrize("flag", ["--dry-run", "--json"])
def test_a_run_that_comes_again_prints_for_people(shop: Project, flag: str) -> None:
    code, out, err = hallmark("run", "--every", 7, flag)
    assert code == 2
    assert "two flags that don't go together" in out + err
    assert f"--every with {flag}" in out + err


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


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("run --until bronze", "run --until bronze"),
        ("run", "run"),
        ("run --until platinum", "run"),
    ],
)
def test_a_failed_run_is_in_the_status_with_its_first_line(shop: Project, typed: str, command: str) -> None:
    hallmark(*typed.split())
    _, out, _ = hallmark("status")
    _, run, waiting = out.splitlines()
    assert waiting.startswith("waiting: bronze.orders")
    assert re.sub("  +", "  ", run).split("  ")[2:] == [
        "failed",
        "0",
        "0",
        command,
        "MachineError: no Java found",
    ]


def test_a_failed_run_as_a_document_is_the_letter_alone(shop: Project) -> None:
    code, out, err = hallmark("run", "--json")
    assert (code, json.loads(out)["what"], err) == (3, "no Java found", "spark     starting …\n")


def test_a_warehouse_in_use_is_a_fault_of_the_machine(finished_shop: Project) -> None:
    with warehouse_lock(finished_shop.settings.warehouse):
        code, _, err = hallmark("run")
    assert (code, err.splitlines()[0]) == (3, "MachineError: another run holds the warehouse")
