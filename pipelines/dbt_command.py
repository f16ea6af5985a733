"""`hallmark dbt ...`: dbt with the right profile, on a session of ours, while no run is at work."""

from __future__ import annotations

from collections.abc import Sequence

from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.dbt_layer import invoke

_READS_TABLES = frozenset({
    "build", "clone", "compile", "debug", "docs", "retry", "run", "run-operation", "seed", "show", "snapshot", "source",
    "test",
})  # fmt: skip


def run(settings: Settings, arguments: Sequence[str]) -> int:
    """Run dbt and say how it ended: 0 done, 1 a model or test failed, 2 dbt could not run.

    Raises:
        MachineError: when a run holds the warehouse, or Spark does not start.
        SettingsError: when dbt has no such command or option.
    """
    if not needs_session(arguments):
        return _exit_code(invoke(settings, arguments or ["--help"]))
    with warehouse_lock(settings.warehouse):
        open_session(settings)
        return _exit_code(invoke(settings, arguments))


def needs_session(arguments: Sequence[str]) -> bool:
    """Whether a dbt command reads tables.

    >>> needs_session(["build", "--select", "hub_model"]), needs_session(["ls"]), needs_session(["run", "--help"])
    (True, False, False)
    >>> needs_session(["--debug", "test"]), needs_session(["biuld"])
    (True, False)
    """
    return bool(_READS_TABLES & {*arguments}) and not {"--help", "-h"} & {*arguments}


def _exit_code(answer: object) -> int:
    if getattr(answer, "success", False):
        return 0
    return 2 if getattr(answer, "exception", None) is not None else 1
