"""What an analytics engineer types: dbt through `hallmark dbt`, and dbt alone, on a warehouse that was copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scheduler import Undisturbed
from warehouses import BIN, ROOT, Command, versions


@pytest.fixture(scope="module")
def copied(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse in another place: its catalog still names the old one."""
    return Path(shutil.copytree(undisturbed.warehouse, tmp_path_factory.mktemp("copied") / "warehouse"))


def test_dbt_unit_tests_hold_and_read_the_copy_not_the_original(undisturbed: Undisturbed, copied: Path) -> None:
    command = Command(copied.parent, undisturbed.command.landing)
    answer = command("dbt", "test", "--select", "test_type:unit", "dim_model,test_type:data", HALLMARK_WAREHOUSE=copied)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "a_request_costs_what_held_when_it_came" in answer.stdout
    assert "demand_features_look_back_only" in answer.stdout


def test_a_plain_dbt_build_replaces_a_gold_table_of_the_copy(undisturbed: Undisturbed, copied: Path) -> None:
    here, there = versions(copied), versions(undisturbed.warehouse)
    command = Command(ROOT / "dbt_project", undisturbed.command.landing)
    state = {"DBT_TARGET_PATH": copied.parent / "target", "DBT_LOG_PATH": copied.parent / "logs"}
    arguments = [str(BIN / "dbt"), "build", "--select", "dim_model", "hub_model"]
    answer = command.run(arguments, HALLMARK_WAREHOUSE=copied, **state)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    # A hub that has all keys already gets no commit.
    assert versions(copied) == {**here, "gold.dim_model": here["gold.dim_model"] + 1}
    assert versions(undisturbed.warehouse) == there
