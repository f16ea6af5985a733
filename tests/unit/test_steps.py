"""One layer for a scheduler: an unknown one is refused, and one that is up to date does nothing."""

from __future__ import annotations

import pytest

from hallmark.lakehouse.errors import EXIT_MACHINE, HallmarkError, SettingsError
from hallmark.lakehouse.ledger import Ledger
from hallmark.pipelines.project import Project
from hallmark.pipelines.steps import run_layer


@pytest.mark.parametrize(("layer", "todo"), [("golf", "\n  do: did you mean 'gold'?"), ("all", "")])
def test_an_unknown_layer_is_refused(layer: str, todo: str) -> None:
    with pytest.raises(SettingsError) as letter:
        run_layer(layer)
    assert str(letter.value) == (
        f"SettingsError: no such layer\n  where: run_layer\n  got: {layer}\n"
        f"  wanted: bronze, silver, gold, platinum{todo}"
    )


@pytest.mark.usefixtures("finished_shop")
@pytest.mark.parametrize("layer", ["bronze", "silver", "gold", "platinum"])
def test_a_layer_that_is_up_to_date_does_nothing(layer: str) -> None:
    sums = {"rows_in": 0, "rows_valid": 0, "rows_quarantined": 0, "rows_written": 0}
    assert run_layer(layer) == {"tables": 0, **sums}


def test_a_layer_with_work_opens_a_session(shop: Project) -> None:
    with pytest.raises(HallmarkError, match="no Java found") as letter:
        run_layer("bronze", "scheduled")
    assert letter.value.exit_code == EXIT_MACHINE
    assert [(row["run_id"], row["status"], row["command"]) for row in Ledger(shop.settings.warehouse).runs()] == [
        ("scheduled", "started", "layer bronze"),
        ("scheduled", "failed", "layer bronze"),
    ]
