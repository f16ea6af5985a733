"""A run that is killed again and again ends with the tables of a run that nobody disturbed.

One warehouse goes through all of it: a first load, and a second load of tables that are there. Each kill hits the
python process, its JVM and its workers at once, at a moment that is found by looking at the files. The next run has to
cope with what is left, and is killed one step further on.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from scheduler import Undisturbed
from warehouses import BIN, Command, differences, rows, started, versions, wait_until

from hallmark.lakehouse.ledger import Ledger
from hallmark.pipelines.synthetic import write_landing

SEED = 20261124


@dataclass(frozen=True)
class Moment:
    """When to kill: once `files` has a match more than when the run began, and up to `seconds` later."""

    name: str
    files: str
    seconds: float = 0.0


FIRST_LOAD = (
    Moment("the catalog is being made", "_catalog/metastore_db"),
    Moment("a table is being made", "bronze/*/_delta_log"),
    Moment("some of bronze is written", "bronze/*/_delta_log/*[1-9].json", seconds=1.0),
    Moment("a gate has let its valid rows through", "silver/gateway_requests/_delta_log/*[1-9].json"),
    Moment("some of the vault is built", "silver/hub_*/_delta_log/*.json", seconds=3.0),
    Moment("some of gold is built", "gold/*/_delta_log/*.json", seconds=3.0),
    Moment("the stream has written a batch", "platinum/scaling_signals/_delta_log/*[1-9].json"),
)
SECOND_LOAD = (
    Moment("bronze has new rows", "bronze/*/_delta_log/*.json", seconds=2.0),
    Moment("some of silver is written", "silver/*_history/_delta_log/*.json", seconds=2.0),
    Moment("some of the vault is built", "silver/sat_*/_delta_log/*.json", seconds=2.0),
    Moment("the stream has planned a batch", "_checkpoints/platinum/*/offsets/*"),
)


def test_a_run_killed_in_every_layer_ends_like_an_undisturbed_one(undisturbed: Undisturbed, tmp_path: Path) -> None:
    warehouse, log = tmp_path / "warehouse", tmp_path / "log.txt"
    finished_after_kills(FIRST_LOAD, undisturbed.command, warehouse, log)
    assert [run["status"] for run in Ledger(warehouse).runs()].count("succeeded") == 1

    # How often gold was built, and with it the version that a decision was made from, is up to the kills.
    assert differences(undisturbed.warehouse, warehouse, ignored=["gold_version"]) == []
    assert files_read(warehouse) == files_read(undisturbed.warehouse)

    before = versions(warehouse)
    assert undisturbed.command.document("run", "--warehouse", warehouse)["status"] == "nothing_new"
    assert versions(warehouse) == before


@pytest.fixture
def more_landed(undisturbed: Undisturbed) -> Command:
    """The command on a landing zone where every source has more files; other tests read the first one meanwhile."""
    first = undisturbed.command
    more = Path(shutil.copytree(first.landing, first.landing.with_name("more_landed")))
    write_landing(more, seed=SEED)
    return Command(first.folder, more)


def test_a_second_load_killed_in_every_layer_ends_like_an_undisturbed_one(
    undisturbed: Undisturbed, more_landed: Command, tmp_path: Path
) -> None:
    calm, killed = (Path(shutil.copytree(undisturbed.warehouse, tmp_path / name)) for name in ("calm", "killed"))
    finished_after_kills([], more_landed, calm, tmp_path / "log.txt")
    finished_after_kills(SECOND_LOAD, more_landed, killed, tmp_path / "log.txt")
    assert differences(calm, killed, ignored=["gold_version"]) == []
    assert files_read(killed) == files_read(calm)


def finished_after_kills(moments: Sequence[Moment], hallmark: Command, warehouse: Path, log: Path) -> None:
    """Begin a run for each moment and kill it there; then let one come to its end."""
    luck = random.Random(SEED)  # noqa: S311 -- luck that repeats
    for moment in moments:
        kill_at(moment, luck.uniform(0.0, moment.seconds), hallmark, warehouse, log)
    document = hallmark.document("run", "--warehouse", warehouse)
    assert document["status"] == "succeeded"


def kill_at(moment: Moment, delay: float, hallmark: Command, warehouse: Path, log: Path) -> None:
    """Begin a run and end it at a moment, before it ends by itself."""

    def matches() -> int:
        return sum(1 for _ in warehouse.glob(moment.files))

    known, env = matches(), hallmark.environment()
    command = [BIN / "hallmark", "run", "--warehouse", warehouse]
    with started(command, folder=hallmark.folder, log=log, env=env) as run:
        wait_until(lambda: run.poll() is not None or matches() > known, moment.name, every=0.01)
        time.sleep(delay)
        ended = run.poll()
    assert ended is None, f"the run ended by itself before it was killed when {moment.name}:\n{log.read_text()[-4000:]}"


def files_read(warehouse: Path) -> list[tuple[str, ...]]:
    """What the ledger says of every file that went into bronze, but for the run that read it."""
    found = rows(warehouse, "ops.files")
    return sorted((row["table_name"], row["file"], row["load_id"], str(row["modified_at"])) for row in found)
