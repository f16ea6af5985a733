"""What an analytics engineer types: dbt through `hallmark dbt`, and dbt alone, on a warehouse that was copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scheduler import Undisturbed
from warehouses import BIN, ROOT, Command, rows, versions


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
    assert "a_deployment_that_moves_begins_a_period" in answer.stdout
    assert "a_node_pool_has_a_day_while_it_lives" in answer.stdout


def test_a_plain_dbt_build_replaces_a_gold_table_and_a_seed_of_the_copy(undisturbed: Undisturbed, copied: Path) -> None:
    here, there = versions(copied), versions(undisturbed.warehouse)
    command = Command(ROOT / "dbt_project", undisturbed.command.landing)
    state = {"DBT_TARGET_PATH": copied.parent / "target", "DBT_LOG_PATH": copied.parent / "logs"}
    arguments = [str(BIN / "dbt"), "build", "--select", "dim_model", "hub_model", "seed_gpu_models"]
    answer = command.run(arguments, HALLMARK_WAREHOUSE=copied, **state)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    # A hub that has all keys already gets no commit; a seed's table is made anew, then filled.
    more = {"gold.dim_model": 1, "silver.seed_gpu_models": 2}
    assert versions(copied) == {**here, **{table: here[table] + commits for table, commits in more.items()}}
    seed = (ROOT / "dbt_project" / "seeds" / "seed_gpu_models.csv").read_text().splitlines()[1:]
    assert sorted(row["gpu_model"] for row in rows(copied, "silver.seed_gpu_models")) == [
        line.partition(",")[0] for line in seed
    ]
    assert versions(undisturbed.warehouse) == there
