"""Ctrl-C while `hallmark dbt` has Spark at work: one line, the exit code of an interrupt, and nothing left at work."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from warehouses import alive, environment, started, wait_until

# Ctrl-C works, also where the tests run in the background of a shell.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hallmark.pipelines.cli import main
main()
"""
LINE = "interrupted; what was committed stays, the next run goes on from there"
# A hundred thousand tasks, each of which leaves a file of its shuffle: the first tells that Spark is at work.
ENDLESS = "select count(distinct id) as ids from range(0, 10000000000, 1, 100000)"


def test_an_interrupted_dbt_ends_with_one_line(tmp_path: Path) -> None:
    outputs = {"shared": {"type": "spark", "method": "session", "host": "NA", "schema": "silver", "threads": 1}}
    files = {
        "dbt_project.yml": json.dumps({"name": "small", "version": "1.0.0", "profile": "small"}),
        "profiles.yml": json.dumps({"small": {"target": "shared", "outputs": outputs}}),
        "models/endless.sql": "{{ config(materialized='table') }} " + ENDLESS,
    }
    project, log = tmp_path / "project", tmp_path / "log"
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    env = environment(HALLMARK_DBT_PROJECT=project, HALLMARK_WAREHOUSE=tmp_path / "warehouse")
    with started([sys.executable, "-c", COMMAND, "dbt", "run"], folder=tmp_path, log=log, env=env) as process:
        scratch = tmp_path / "scratch"
        wait_until(lambda: process.poll() is not None or any(scratch.rglob("shuffle_*.data")), "Spark to work for dbt")
        assert process.poll() is None, log.read_text()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=120) == 130, log.read_text()
        wait_until(lambda: not alive(process), "the JVM to end", seconds=60)
    said = log.read_text()
    begun, told = said.partition("START sql table model")[::2]
    assert begun, said
    assert told.splitlines()[1:] == [LINE], said
