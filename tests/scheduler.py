"""An Airflow of the tests' own (its home is a folder), and the one undisturbed run that others are compared with.

It is Airflow that does the undisturbed run, four tasks in this order: so one full run serves three kinds of tests.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouses import BIN, PATIENCE, ROOT, Command, alive, environment, started, wait_until

DAG = "hallmark_lakehouse"


@dataclass(frozen=True)
class Scheduler:
    """An Airflow without a server: its database is a file."""

    home: Path

    @property
    def log(self) -> Path:
        """What its commands printed."""
        return self.home / "airflow.log"

    def environment(self, **given: object) -> dict[str, str]:
        """Variables that keep it to its home, off the network, and on our DAG alone."""
        return environment(
            AIRFLOW_HOME=self.home,
            AIRFLOW__CORE__DAGS_FOLDER=ROOT / "dags",
            AIRFLOW__CORE__LOAD_EXAMPLES=False,
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{self.home / 'airflow.db'}",
            AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False,
            **given,
        )

    def run(self, *arguments: object, **variables: object) -> None:
        """Run an Airflow command to its end; a task that fails and would be tried again fails the test at once."""
        command = [BIN / "airflow", *arguments]
        with started(command, folder=self.home, log=self.log, env=self.environment(**variables)) as process:
            wait_until(
                lambda: process.poll() is not None or b"up_for_retry" in self.log.read_bytes(), "Airflow", every=0.2
            )
            assert process.poll() == 0, self.log.read_text(errors="replace")[-6000:]
            wait_until(lambda: not alive(process), "what Airflow started to end by itself", seconds=60)

    def python(self, code: str, **variables: object) -> str:
        """What a Python program prints that has this Airflow's environment."""
        arguments = [str(BIN / "python"), "-c", code]
        answer = subprocess.run(
            arguments,
            cwd=self.home,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with closing(sqlite3.connect(self.home / "airflow.db")) as database:
            return database.execute(sql).fetchall()

    def states(self) -> dict[str, str]:
        """The tasks of its runs and how they ended."""
        return dict(self.query("select task_id, state from task_instance"))

    def summaries(self) -> dict[str, dict[str, int]]:
        """What the tasks returned."""
        rows = self.query("select task_id, value from xcom where key = 'return_value'")
        return {task: json.loads(value) for task, value in rows}


@dataclass(frozen=True)
class Undisturbed:
    """A warehouse that nobody interrupted, the landing zone it was read from, and the Airflow that did it."""

    warehouse: Path
    command: Command
    scheduler: Scheduler


def undisturbed_run(folder: Path) -> Undisturbed:
    """Make the synthetic landing zone and bring a warehouse up to date with it, once for all tests and processes."""
    command, scheduler = Command(folder / "elsewhere", folder / "landing"), Scheduler(folder / "airflow")
    done = Undisturbed(folder / "undisturbed", command, scheduler)
    finished = folder / "undisturbed.finished"
    with (folder / "undisturbed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go of when the file is closed, or its process is gone
        if not finished.exists():
            _bring_up_to_date(done)
            finished.touch()
    return done


def _bring_up_to_date(done: Undisturbed) -> None:
    done.scheduler.home.mkdir()
    done.command.folder.mkdir()
    done.scheduler.run("db", "migrate")
    places = {"HALLMARK_WAREHOUSE": done.warehouse, "HALLMARK_LANDING": done.command.landing}
    leave_classes = f"-XX:ArchiveClassesAtExit={done.command.classes}"
    done.scheduler.run("dags", "test", DAG, **places, SPARK_SUBMIT_OPTS=leave_classes)
