"""Which files make up the landing zone, and writing them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hallmark.pipelines.synthetic import bills, platform, readings, traffic
from hallmark.pipelines.synthetic.days import DAYS
from hallmark.pipelines.synthetic.files import is_written, write_once

PLATFORM = "synthetic/platform/"
"""Where, in a data root, the files are that real data lacks."""


def write_landing(root: Path, *, seed: int = 7, only_platform: bool = False) -> list[Path]:
    """Write the synthetic files under `root/synthetic`, the same bytes for the same seed.

    Args:
        root: The data root. It is made when it is missing.
        seed: Names the files, too, so that another seed adds files and rewrites none.
        only_platform: Write the platform's change events alone (real data has the rest).

    Returns:
        The paths written: empty when every file was there already with the same content.
    """
    files = _platform(seed) if only_platform else _all(seed)
    return [path for name, content in files if write_once(path := root / "synthetic" / name, content)]


def unwritten_files(root: Path, *, seed: int = 7, only_platform: bool = False) -> list[Path]:
    """The paths that `write_landing` would write."""
    files = _platform(seed) if only_platform else _all(seed)
    paths = ((root / "synthetic" / name, content) for name, content in files)
    return [path for path, content in paths if not is_written(path, content)]


def _all(seed: int) -> Iterator[tuple[str, bytes]]:
    yield from _platform(seed)
    for day in DAYS:
        yield f"gateway_requests/requests-{day}-{seed:04d}.jsonl.gz", traffic.requests(seed, day)
        yield f"gpu_readings/readings-{day}-{seed:04d}.parquet", readings.readings(seed, day)
    yield f"focus/charges-{seed:04d}.csv", bills.charges(seed)


def _platform(seed: int) -> Iterator[tuple[str, bytes]]:
    yield f"platform/platform-{seed:04d}.jsonl", platform.events(seed)
