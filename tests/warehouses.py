"""What the rings that start real processes share: the command, and warehouses that must hold the same rows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table
from hallmark.pipelines import inventory

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LAYERS = ("bronze", "silver", "quarantine", "gold", "platinum")
PATIENCE = 600  # seconds; a machine that is busy with other things needs a multiple of its usual time
A_TIME_OF_THE_RUN = "a time of the run"
# What runs of many rows do, and these are too small for. Runs with it must equal runs without.
COMPILED = json.dumps(
    {
        "spark.sql.codegen.factoryMode": "FALLBACK",
        "spark.sql.codegen.wholeStage": "true",
        "spark.sql.adaptive.enabled": "true",
    }
)
_STEERING = ("HALLMARK_", "SPARK_", "PYSPARK_", "DBT_", "AIRFLOW")
_OF_THE_MACHINE = (
    "HALLMARK_SPARK__JARS",
    "HALLMARK_SPARK__CACHE",
    "HALLMARK_SPARK__IVY_SETTINGS",
    "HALLMARK_STACK__JARS",
)


def environment(**given: object) -> dict[str, str]:
    """The variables of this process without those that steer Hallmark or what it uses, and those given."""
    ours = {name for name in os.environ if name.startswith(_STEERING)} - {*_OF_THE_MACHINE}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, **{name: str(value) for name, value in given.items()}}


@dataclass(frozen=True)
class Command:
    """The command `hallmark` on one landing zone, called in an empty folder."""

    folder: Path
    landing: Path

    @property
    def classes(self) -> Path:
        """Where the undisturbed run leaves its loaded classes: the next JVM starts sooner."""
        return self.landing.parent / "classes.jsa"

    def environment(self, **variables: object) -> dict[str, str]:
        """The variables of a call."""
        ready = f"-XX:SharedArchiveFile={self.classes}" if self.classes.is_file() else ""
        return environment(HALLMARK_LANDING=self.landing, SPARK_SUBMIT_OPTS=ready, **variables)

    def __call__(self, *arguments: object, **variables: object) -> subprocess.CompletedProcess[str]:
        return self.run([str(BIN / "hallmark"), *map(str, arguments)], **variables)

    def run(self, arguments: Sequence[str], **variables: object) -> subprocess.CompletedProcess[str]:
        """Run any command where `hallmark` runs, and wait for its end."""
        env = self.environment(**variables)
        return subprocess.run(
            arguments, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def document(self, *arguments: object, **variables: object) -> Any:
        """What `hallmark ... --json` prints, which is one JSON document and nothing else."""
        answer = self(*arguments, "--json", **variables)
        assert answer.returncode == 0, answer.stderr + answer.stdout
        return json.loads(answer.stdout)


@contextmanager
def started(arguments: Sequence[object], *, folder: Path, log: Path, env: dict[str, str]) -> Iterator[subprocess.Popen]:
    """A process with all that it starts; none of them outlives the block."""
    # A JVM that is killed leaves its scratch files behind: here, not in everybody's /tmp.
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    env = {**env, "SPARK_LOCAL_DIRS": str(scratch), "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={scratch}"}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(each) for each in arguments],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """End a process of `started` and all that it started, at once; returns when they are gone."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    wait_until(lambda: not _kill_all(alive(process)), "killed processes to end", seconds=60)
    process.wait()


def alive(process: subprocess.Popen) -> list[int]:
    """Which of a process of `started` and all that it started are still there."""
    # Spark's Python workers make process groups of their own, but stay in the session.
    members = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [pid for pid in members if _session_if_alive(pid) == process.pid]


def _kill_all(pids: list[int]) -> list[int]:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return pids


def _session_if_alive(pid: int) -> int | None:
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else int(numbers[2])


def wait_until(happened: Callable[[], object], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> None:
    """Look again and again until something has happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(every)


def versions(warehouse: Path) -> dict[str, int]:
    """Every table's Delta version, those of the ledger, too."""
    return {str(facts.table): facts.version for facts in inventory.tables(warehouse)}


def rows(warehouse: Path, table: Table | str) -> list[dict[str, Any]]:
    """A table's rows, read without Spark."""
    found: list[dict[str, Any]] = deltalog.read(warehouse / str(table).replace(".", "/")).to_pylist()
    return found


def differences(one: Path, other: Path, *, ignored: Sequence[str] = ()) -> list[str]:
    """In which tables two warehouses differ, and by which rows.

    A time of a run (when a row was ingested, loaded, quarantined) differs by nature; that it is one must not.
    """
    lines = []
    left, right = (_contents(warehouse, ignored) for warehouse in (one, other))
    for table in sorted({*left, *right}):
        here, there = left.get(table), right.get(table)
        if here is None or there is None:
            lines.append(f"{table} is only in {other if here is None else one}")
        elif here != there:
            only = [f"  {rows.total()} only in {where}, e.g. {next(iter(rows))[:600]}"
                    for where, rows in ((one, here - there), (other, there - here)) if rows]  # fmt: skip
            lines += [f"{table}: {here.total()} and {there.total()} rows", *only]
    return lines


def _contents(warehouse: Path, ignored: Sequence[str]) -> dict[str, Counter[str]]:
    began = min(run["at"] for run in Ledger(warehouse).runs())
    tables = [facts.table for facts in inventory.tables(warehouse) if facts.table.schema in LAYERS]
    return {
        str(table): Counter(repr(_plain(row, began, ignored)) for row in rows(warehouse, table)) for table in tables
    }


def _plain(row: dict[str, Any], began: datetime, ignored: Sequence[str]) -> list[tuple[str, Any]]:
    return [(name, _moment(value, began)) for name, value in sorted(row.items()) if name not in ignored]


def _moment(value: Any, began: datetime) -> Any:
    if not isinstance(value, datetime):
        return value
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return A_TIME_OF_THE_RUN if moment >= began else moment
