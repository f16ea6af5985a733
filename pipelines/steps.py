"""The layers of a run one at a time, for a scheduler that has a task a layer."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from hallmark.lakehouse.errors import EXIT_USAGE, ContractViolation, HallmarkError, SettingsError, did_you_mean
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.spark_errors import full_disk_told
from hallmark.pipelines import execute
from hallmark.pipelines.plan import LAYERS
from hallmark.pipelines.project import open_project
from hallmark.pipelines.screen import SilentReporter

__all__ = ["EXIT_USAGE", "ContractViolation", "HallmarkError", "run_layer"]

_COUNTS = ("rows_in", "rows_valid", "rows_quarantined", "rows_written")


def run_layer(layer: str, run_id: str | None = None) -> dict[str, int]:
    """Bring one layer up to date; settings come from `hallmark.toml` and `HALLMARK_*` variables.

    A layer that is up to date opens no session. Called again after a failure, it goes on where it stopped.

    Args:
        layer: bronze, silver, gold or platinum.
        run_id: names the run in the ledger; the layers of one scheduled run share it. Without it: a new name.

    Returns:
        What the layer did: how many `tables` it worked on, and the sums of `rows_in`, `rows_valid`,
        `rows_quarantined` and `rows_written`; a step that has no such count adds nothing to it.

    Raises:
        HallmarkError: what broke. With `exit_code` `EXIT_USAGE` (a setting, a contract, the data) it breaks again
            until somebody mends it; a failed step, and a machine or warehouse in use, may pass by itself.
    """
    if layer not in LAYERS:
        hint = did_you_mean(layer, LAYERS)
        raise SettingsError("no such layer", where="run_layer", got=layer, wanted=", ".join(LAYERS), todo=hint or None)
    with full_disk_told():
        done = execute.run(
            open_project(load_settings()),
            run_id=run_id or uuid.uuid4().hex[:8],
            clock=lambda: datetime.now(UTC),
            reporter=SilentReporter(),
            layers=(layer,),
            command=f"layer {layer}",
        )
    sums = {name: sum(getattr(entry, name) or 0 for entry in done.entries) for name in _COUNTS}
    return {"tables": len({entry.table_name for entry in done.entries}), **sums}
