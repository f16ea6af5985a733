"""A run that is killed again and again ends with the tables of a run that nobody disturbed.

One warehouse goes through all of it. Each kill hits the python process, its JVM and its workers at once, at a moment
that is found by looking at the files. The next run has to cope with what is left, and is killed one step further on.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from scheduler import Undisturbed
from warehouses import BIN, UNCOMPILED, Command, differences, rows, started, versions, wait_until

from hallmark.lakehouse.ledger import Ledger

SEED = 20261124


@dataclass(frozen=True)
class Moment:
    """When to kill: once `files` has a match more than when the run began, and up to `seconds` later."""

    name: str
    files: str
    seconds: float = 0.0


MOMENTS = (
    Moment("the catalog is being made", "_catalog/metastore_db"),
    Moment("a table is being made", "bronze/*/_delta_log"),
    Moment("some of bronze is written", "bronze/*/_delta_log/*[1-9].json", seconds=1.0),
    Moment("a gate has let its valid rows through", "silver/gateway_requests/_delta_log/*[1-9].json"),
    Moment("some of the vault is built", "silver/hub_*/_delta_log/*.json", seconds=3.0),
    Moment("some of gold is built", "gold/*/_delta_log/*.json", seconds=3.0),
    Moment("the stream has written a batch", "platinum/scaling_signals/_delta_log/*[1-9].json"),
)


def test_a_run_killed_in_every_layer_ends_like_an_undisturbed_one(undisturbed: Undisturbed, tmp_path: Path) -> None:
    warehouse, luck, log = tmp_path / "warehouse", random.Random(SEED), tmp_path / "log.txt"  # noqa: S311 -- luck that repeats
    for moment in MOMENTS:
        kill_at(moment, luck.uniform(0.0, moment.seconds), undisturbed.command, warehouse, log)
    hallmark = undisturbed.command
    finished = hallmark.document("run", "--warehouse", warehouse, HALLMARK_SPARK__OPTIONS=UNCOMPILED)
    assert finished["status"] == "succeeded"
    assert [run["status"] for run in Ledger(warehouse).runs()].count("succeeded") == 1

    # How often gold was built, and with it the version that a decision was made from, is up to the kills.
    assert differences(undisturbed.warehouse, warehouse, ignored=["gold_version"]) == []
    assert files_read(warehouse) == files_read(undisturbed.warehouse)

    before = versions(warehouse)
    assert hallmark.document("run", "--warehouse", warehouse)["status"] == "nothing_new"
    assert versions(warehouse) == before


def kill_at(moment: Moment, delay: float, hallmark: Command, warehouse: Path, log: Path) -> None:
    """Begin a run and end it at a moment, before it ends by itself."""

    def matches() -> int:
        return sum(1 for _ in warehouse.glob(moment.files))

    known, env = matches(), hallmark.environment(HALLMARK_SPARK__OPTIONS=UNCOMPILED)
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
