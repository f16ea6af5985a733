"""One run: look, plan, then do the layers in order. The warehouse is held by one run at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from hallmark.lakehouse.errors import HallmarkError, SettingsError, did_you_mean
from hallmark.lakehouse.ledger import RUNS, RunEntry, StepEntry
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.spark_errors import without_data
from hallmark.lakehouse.staging import clear_staging
from hallmark.lakehouse.words import many
from hallmark.pipelines.bronze_layer import run_bronze
from hallmark.pipelines.context import Clock, Context, Reporter
from hallmark.pipelines.dbt_project import refuse_unfit
from hallmark.pipelines.gold_layer import run_gold
from hallmark.pipelines.plan import LAYERS, RunPlan, plan_run
from hallmark.pipelines.platinum_layer import run_platinum
from hallmark.pipelines.project import Project
from hallmark.pipelines.silver_layer import run_silver
from hallmark.pipelines.survey import survey
from hallmark.pipelines.synthetic import unwritten_files, write_landing

VERSION = version("hallmark-lakehouse")

_STEPS: Mapping[str, Callable[[Context], None]] = {
    "bronze": run_bronze,
    "silver": run_silver,
    "gold": run_gold,
    "platinum": run_platinum,
}


@dataclass(frozen=True)
class Done:
    """What a run did.

    Attributes:
        run_id: its name in the ledger.
        plan: what it set out to do.
        entries: a row a table and step.
        notes: what else was worth saying.
        seconds: wall time.
    """

    run_id: str
    plan: RunPlan
    entries: tuple[StepEntry, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to do: no row was changed and no session opened."""
        return not self.plan.work

    @property
    def gates(self) -> tuple[StepEntry, ...]:
        """The rows of contract gates: those where rows in = valid + quarantined."""
        return tuple(entry for entry in self.entries if entry.rows_quarantined is not None)


def layers_until(last: str) -> tuple[str, ...]:
    """The layers up to and with `last`.

    >>> layers_until("silver")
    ('bronze', 'silver')

    Raises:
        SettingsError: when there is no such layer.
    """
    if last not in LAYERS:
        hint = did_you_mean(last, LAYERS)
        raise SettingsError("no such layer", where="--until", got=last, wanted=", ".join(LAYERS), todo=hint or None)
    return LAYERS[: LAYERS.index(last) + 1]


def command_of(layers: Sequence[str]) -> str:
    """The shortest call that does these layers, for the ledger.

    >>> command_of(layers_until("silver")), command_of(LAYERS)
    ('run --until silver', 'run')
    """
    return "run" if layers[-1] == LAYERS[-1] else f"run --until {layers[-1]}"


def land(project: Project) -> int:
    """Write the synthetic landing zone, or what of it the data folder lacks; says how many files were written."""
    settings = project.settings
    return len(write_landing(project.roots[-1], seed=settings.seed, only_platform=settings.data is not None))


def unwritten(project: Project) -> int:
    """How many synthetic files a run would write first."""
    settings = project.settings
    return len(unwritten_files(project.roots[-1], seed=settings.seed, only_platform=settings.data is not None))


def waiting(project: Project, layers: Sequence[str] = LAYERS, *, at: datetime | None = None) -> RunPlan:
    """What there is to do at a time (UTC), whether or not a run could; writes nothing and starts nothing.

    Without `at` every database is asked.

    Raises:
        DataError: when the data folder holds no file of any contract.
        ProgressError: when a table is older than what was read from it.
    """
    return plan_run(survey(project, at), layers)


def dry_run(project: Project, layers: Sequence[str] = LAYERS, *, at: datetime | None = None) -> RunPlan:
    """What a run would do: `waiting`, unless it would be refused.

    Raises:
        HallmarkError: as `waiting` does.
        SettingsError: when there is no dbt project, or it reads what no contract makes.
    """
    _refuse_unfit(project, layers)
    return waiting(project, layers, at=at)


def _refuse_unfit(project: Project, layers: Sequence[str]) -> None:
    if {"silver", "gold"} & {*layers}:
        refuse_unfit(project)


def run(
    project: Project, *, run_id: str, clock: Clock, reporter: Reporter, layers: Sequence[str] = LAYERS, command: str
) -> Done:
    """Bring the warehouse up to date with what has landed.

    Args:
        project: settings and contracts.
        run_id: a name for the run that no other has.
        clock: gives the time, UTC.
        reporter: follows the run.
        layers: which layers to do, in the order of `LAYERS`.
        command: who asked for it, for the ledger.

    Raises:
        HallmarkError: what broke; what was committed before stays, and the next run goes on from there.
    """
    began = time.monotonic()
    _refuse_unfit(project, layers)
    with warehouse_lock(project.settings.warehouse):
        if "bronze" in layers:
            land(project)
        clear_staging(project.settings.warehouse)
        plan = waiting(project, layers, at=clock())
        context = Context(project, run_id, clock, reporter, plan.new_bytes)
        for path in plan.rewritten:
            context.note(
                f"{path} was changed after it was read; bronze keeps what it read first. "
                "Land the new content under a new name."
            )
        if unread := len(project.warnings):
            context.note(
                f"contracts: {many(unread, 'warning')} of words that do nothing here; hallmark doctor lists them"
            )
        for line in (*project.unused_logins, *(each.says for each in plan.behind)):
            context.note(line)
        if plan.work:
            _do(context, layers, command)
    seconds = round(time.monotonic() - began, 3)
    return Done(run_id, plan, tuple(context.entries), tuple(context.notes), seconds)


def _do(context: Context, layers: Sequence[str], command: str) -> None:
    with recorded(context, command):
        for layer in LAYERS:
            if layer in layers:
                _STEPS[layer](context)


@contextmanager
def recorded(context: Context, command: str) -> Iterator[None]:
    """Write into the ledger that a run of `command` began, and how it ended."""

    def log(status: str, detail: str | None = None) -> None:
        at: datetime = context.clock()
        context.ledger.write(RUNS, [RunEntry(context.run_id, status, at, command, VERSION, detail)])

    log("started")
    try:
        yield
    except HallmarkError as letter:
        log("failed", str(letter))
        raise
    except KeyboardInterrupt:
        log("interrupted")
        raise
    except Exception as error:
        log("failed", f"{type(error).__name__}: {without_data(error)}"[:2000])
        raise
    finally:
        context.close()
    log("succeeded")
