"""How long a run takes and how much memory it needs: a cold warehouse, then a second run with nothing new.

    .venv/bin/python benchmarks/run.py [--data DIR] [--repeat N]

Wall time of the whole command; memory is the largest sum of the proportional set sizes of its processes (Python,
JVM, Python workers), sampled five times a second. Linux only: it reads /proc. Prints one Markdown row a run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HALLMARK = Path(sys.executable).parent / "hallmark"


@dataclass(frozen=True)
class Measured:
    """One command: wall seconds, peak memory of its processes in GiB, and what it printed."""

    seconds: float
    peak_gib: float
    document: dict[str, Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="time and memory of a run")
    parser.add_argument("--data", type=Path, default=None, help="folder of landed files; without it: synthetic")
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    print("| run | wall s | peak GiB | steps | rows judged |\n|---|---|---|---|---|")
    for _ in range(arguments.repeat):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("cold", "nothing new"):
                print(_row(name, measure(Path(folder), arguments.data)), flush=True)


def measure(folder: Path, data: Path | None) -> Measured:
    """Run the command in `folder` with a warehouse and landing zone of its own."""
    command = [str(HALLMARK), "run", "--json", "--warehouse", str(folder / "warehouse")]
    if data is not None:
        command += ["--data", str(data.absolute())]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    watch = _Watch(process.pid)
    out, _ = process.communicate()
    seconds = time.perf_counter() - began
    peak = watch.stop()
    if process.returncode != 0:
        sys.exit(f"the run failed with exit code {process.returncode}")
    return Measured(seconds, peak, json.loads(out))


def _row(name: str, found: Measured) -> str:
    steps, rows = found.document["steps"], found.document["rows"]
    return f"| {name} | {found.seconds:.1f} | {found.peak_gib:.2f} | {len(steps)} | {rows['in']:,} |"


class _Watch:
    """Samples the memory of a process and all its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kib = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._peak_kib / 1024**2

    def _sample(self) -> None:
        while not self._ended.wait(0.2):
            self._peak_kib = max(self._peak_kib, sum(map(_pss_kib, _family(self._pid))))


def _family(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []  # it ended while we looked
    return [pid, *(each for child in children for each in _family(child))]


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
