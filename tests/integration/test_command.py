"""The command `hallmark` as a process: what it prints, what it leaves behind, how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scheduler import Undisturbed
from warehouses import BIN, Command, versions

from hallmark.lakehouse.settings import PACKAGE_ROOT

# As root no file is read-only, so the command gives up its rights first. What it imports later is imported before:
# without rights a Python in the home of root can't be read.
WITHOUT_RIGHTS = """
import os
from hallmark.pipelines import answer, cli, execute, project, screen
os.geteuid() or os.seteuid(65534)
cli.main()
"""


@pytest.fixture
def hallmark(tmp_path: Path) -> Command:
    """The command in an empty folder, with a landing zone that is not written yet."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    return Command(elsewhere, tmp_path / "landing")


@pytest.fixture(scope="module")
def copied(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished warehouse in another place."""
    return Path(shutil.copytree(undisturbed.warehouse, tmp_path_factory.mktemp("copied") / "warehouse"))


def content(folder: Path) -> dict[str, tuple[int, float]]:
    """Every path below a folder, with size and time of change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime) for path in folder.rglob("*")}


def test_a_second_run_says_nothing_new_and_changes_nothing(undisturbed: Undisturbed, copied: Path) -> None:
    before = versions(copied)
    document = undisturbed.command.document("run", "--warehouse", copied)
    assert document["status"] == "nothing_new"
    assert document["steps"] == []
    assert len(document["model_days"]) == 4
    answer = undisturbed.command("run", "--warehouse", copied)
    assert "nothing new: every table is up to date, no row was changed" in answer.stdout
    assert versions(copied) == before


def test_looking_changes_no_file(undisturbed: Undisturbed, copied: Path) -> None:
    before = content(copied)
    names = {"HALLMARK_WAREHOUSE": copied}
    assert undisturbed.command.document("run", "--dry-run", **names) == {
        "plan": [], "rewritten": [], "landing": 0, "replay": [],
    }  # fmt: skip
    assert "nothing new" in undisturbed.command("run", "--dry-run", **names).stdout
    assert {row["table"]: row["version"] for row in undisturbed.command.document("tables", **names)} == versions(copied)
    status = undisturbed.command("status", **names).stdout
    assert "succeeded" in status
    assert "waiting: nothing" in status
    assert content(copied) == before


def test_a_dry_run_in_an_empty_place_writes_nothing(hallmark: Command, tmp_path: Path) -> None:
    answer = hallmark("run", "--dry-run", "--warehouse", tmp_path / "warehouse")
    assert answer.returncode == 0
    assert "synthetic files would be written" in answer.stdout
    assert [path.name for path in tmp_path.rglob("*")] == ["elsewhere"]


def test_the_doctor_finds_this_machine_well(hallmark: Command, tmp_path: Path) -> None:
    answer = hallmark("doctor", "--warehouse", tmp_path / "warehouse")
    assert answer.returncode == 0, answer.stdout
    assert "Java" in answer.stdout
    assert "WRONG" not in answer.stdout


def test_dbt_lists_its_models_without_a_session(hallmark: Command, tmp_path: Path) -> None:
    answer = hallmark("dbt", "ls", "--resource-type", "model", HALLMARK_WAREHOUSE=tmp_path / "warehouse")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "hallmark.gold.fct_inference_requests" in answer.stdout
    assert not (tmp_path / "warehouse/_catalog").exists()


def refused(hallmark: Command, exit_code: int, *arguments: object, **variables: object) -> str:
    """What a refused call says: a letter, and no stack trace."""
    answer = hallmark("run", *arguments, **variables)
    assert answer.returncode == exit_code, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    return answer.stderr


def test_a_data_folder_that_is_not_there(hallmark: Command, tmp_path: Path) -> None:
    letter = refused(hallmark, 2, "--data", tmp_path / "nowhere")
    assert letter.startswith("DataError: the data folder does not exist\n")
    assert f"where: --data\n  got: {tmp_path / 'nowhere'}\n" in letter


def test_a_data_folder_without_data(hallmark: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    letter = refused(hallmark, 2, "--data", tmp_path / "data", "--warehouse", tmp_path / "warehouse")
    assert letter.startswith("DataError: the data folder holds no file that a contract reads\n")
    assert "wanted: files like" in letter


def test_a_contract_with_an_unknown_key(hallmark: Command, tmp_path: Path) -> None:
    contracts = Path(shutil.copytree(PACKAGE_ROOT / "contracts", tmp_path / "contracts"))
    file = contracts / "finance/charges.odcs.yaml"
    file.write_text(file.read_text().replace("\nversion:", "\nversoin:", 1))
    letter = refused(hallmark, 2, HALLMARK_CONTRACTS=contracts)
    assert letter.startswith("ContractError: ")
    assert str(file) in letter
    assert "versoin" in letter


def test_no_java(hallmark: Command, tmp_path: Path) -> None:
    letter = refused(hallmark, 3, "--warehouse", tmp_path / "warehouse", PATH="", JAVA_HOME="")
    assert letter.startswith("MachineError: no Java found\n")
    assert "install a Java 17 runtime" in letter


def test_a_java_that_is_too_old(hallmark: Command, tmp_path: Path) -> None:
    java = tmp_path / "jdk8/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'java version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    letter = refused(hallmark, 3, "--warehouse", tmp_path / "warehouse", JAVA_HOME=java.parents[1])
    assert letter.startswith("MachineError: Java is too old for Spark 4\n")
    assert "got: Java 8" in letter


def test_a_server_that_is_down(hallmark: Command, tmp_path: Path) -> None:
    remote = {"HALLMARK_SPARK__REMOTE": "sc://127.0.0.1:1"}  # nobody's port
    letter = refused(hallmark, 3, "--warehouse", tmp_path / "warehouse", **remote)
    assert letter.startswith("MachineError: the Spark Connect server does not answer\n")


def test_a_warehouse_that_may_not_be_written(hallmark: Command, tmp_path: Path) -> None:
    place = tmp_path / "sealed"
    place.mkdir()
    place.chmod(0o555)
    command = [str(BIN / "python"), "-c", WITHOUT_RIGHTS, "run", "--warehouse", str(place / "warehouse")]
    answer = hallmark.run(command)
    assert answer.returncode == 3, answer.stdout + answer.stderr
    assert answer.stderr == (
        "MachineError: the warehouse can't be written\n"
        f"  where: {place / 'warehouse'}\n"
        "  got: Permission denied\n"
        "  do: give yourself write permission there, or name another folder with --warehouse\n"
    )


def test_the_version(hallmark: Command) -> None:
    answer = hallmark("--version")
    assert answer.returncode == 0
    assert answer.stdout.startswith("hallmark 0.")
    assert "pyspark 4.2.0" in answer.stdout
