"""The synthetic landing zone: the same for the same seed, labelled everywhere, with the defects it speaks of."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from hallmark.bronze.listing import list_landed
from hallmark.contracts.loader import load_contracts
from hallmark.contracts.model import Contract
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.synthetic import write_landing
from hallmark.pipelines.synthetic.days import DAYS
from hallmark.pipelines.synthetic.readings import SILENCE, SPIKE, STEP_SECONDS
from hallmark.pipelines.synthetic.traffic import REQUESTS_A_DAY

Record = dict[str, Any]


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_same_seed_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    write_landing(tmp_path, seed=7)
    assert contents(tmp_path) == contents(root)


def test_another_seed_adds_files_and_rewrites_none(root: Path, tmp_path: Path) -> None:
    before = contents(root)
    written = write_landing(tmp_path, seed=8)
    assert len(written) == len(before)
    assert not set(contents(tmp_path)) & set(before)
    assert not set(contents(tmp_path).values()) & set(before.values())


def test_all_that_was_written_is_told(tmp_path: Path) -> None:
    written = write_landing(tmp_path, seed=7)
    assert sorted(str(path.relative_to(tmp_path)) for path in written) == sorted(contents(tmp_path))


def test_a_second_write_writes_nothing(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert write_landing(root, seed=7) == []
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_beside_real_data_only_the_platform_is_written(root: Path, tmp_path: Path) -> None:
    (written,) = write_landing(tmp_path, seed=7, only_platform=True)
    assert written == tmp_path / "synthetic" / "platform" / "platform-0007.jsonl"
    assert written.read_bytes() == contents(root)["synthetic/platform/platform-0007.jsonl"]


@pytest.fixture(scope="module")
def contracts() -> list[Contract]:
    return load_contracts(PACKAGE_ROOT / "contracts")


def test_every_file_lands_in_one_source_that_is_called_synthetic(root: Path, contracts: list[Contract]) -> None:
    servers = [server for contract in contracts if contract.is_source for server in contract.servers]
    taken = [(server.name, file.path) for server in servers for file in list_landed(root, server)]
    assert sorted(path for _, path in taken) == sorted(str(root / name) for name in contents(root))
    assert {name.split("_")[0] for name, _ in taken} == {"synthetic"}


def lines(root: Path, day: int = 0, seed: int = 7) -> list[str]:
    name = f"synthetic/gateway_requests/requests-{DAYS[day]}-{seed:04d}.jsonl.gz"
    return gzip.decompress((root / name).read_bytes()).decode().splitlines()


def parsed(text: str) -> Record | None:
    try:
        record: Record = json.loads(text)
    except json.JSONDecodeError:
        return None
    return record


def requests(root: Path, day: int = 0) -> list[Record]:
    return [record for line in lines(root, day) if (record := parsed(line)) is not None]


each_day = pytest.mark.parametrize("day", range(len(DAYS)))


@each_day
def test_every_request_says_that_it_is_synthetic(root: Path, day: int) -> None:
    assert {record["source"] for record in requests(root, day)} == {"synthetic"}


@each_day
def test_a_spoilt_request_says_what_is_wrong_with_it(root: Path, day: int) -> None:
    defects = [record for record in requests(root, day) if "-defect-" in record["request_id"]]
    assert Counter(record["request_id"].split("-defect-")[1] for record in defects) == {
        "negative-tokens": 2,
        "bad-timestamp": 1,
        "unknown-status": 1,
        "no-deployment": 1,
    }
    wrong = {record["request_id"].split("-defect-")[1]: record for record in defects}
    assert wrong["negative-tokens"]["prompt_tokens"] == -1
    assert wrong["bad-timestamp"]["requested_at"] == "yesterday at noon"
    assert wrong["unknown-status"]["status"] == "exploded"
    assert wrong["no-deployment"]["deployment_id"] is None


@each_day
def test_three_requests_come_twice_to_the_letter(root: Path, day: int) -> None:
    repeated = [line for line, count in Counter(lines(root, day)).items() if count > 1]
    assert len(repeated) == 3
    assert not any("-defect-" in line for line in repeated)


@each_day
def test_one_line_is_cut_short(root: Path, day: int) -> None:
    (broken,) = [line for line in lines(root, day) if parsed(line) is None]
    assert broken.startswith('{"request_id": "defect-corrupt-line"')


def good_requests(root: Path, day: int) -> list[Record]:
    """Those that are neither spoilt, nor cut short, nor there twice."""
    times = Counter(lines(root, day))
    records = [parsed(line) for line, count in times.items() if count == 1]
    return [record for record in records if record is not None and "-defect-" not in record["request_id"]]


@each_day
def test_nothing_is_wrong_with_any_other_request(root: Path, day: int) -> None:
    good = good_requests(root, day)
    assert len({record["request_id"] for record in good}) == len(good) == REQUESTS_A_DAY - 5 - 3
    for record in good:
        assert record["prompt_tokens"] >= 1
        assert record["completion_tokens"] >= 0
        assert (record["time_to_first_token_ms"] is None) == (record["completion_tokens"] == 0)
        assert record["latency_ms"] >= (record["time_to_first_token_ms"] or 0) >= 0


@each_day
def test_the_other_requests_are_of_the_day_and_in_order(root: Path, day: int) -> None:
    times = [datetime.fromisoformat(record["requested_at"]) for record in good_requests(root, day)]
    assert times == sorted(times)
    assert {at.date() for at in times} == {DAYS[day]}


@cache
def readings(root: Path, day: int) -> list[Record]:
    table = parquet.read_table(root / f"synthetic/gpu_readings/readings-{DAYS[day]}-0007.parquet")
    assert table.schema.metadata[b"source"] == b"synthetic"
    rows: list[Record] = table.to_pylist()
    return rows


@each_day
def test_every_reading_is_of_a_synthetic_pool(root: Path, day: int) -> None:
    assert {row["node_pool_id"] for row in readings(root, day)} == {"synthetic-pool-a", "synthetic-pool-b"}


@each_day
def test_readings_lie_within_what_can_be_measured(root: Path, day: int) -> None:
    for row in readings(root, day):
        assert 0 <= row["gpu_utilization_pct"] <= 100
        assert 0 <= row["gpu_memory_used_mib"] <= row["gpu_memory_total_mib"]


def second_of(row: Record) -> int:
    at: datetime = row["observed_at"]
    return at.hour * 3600 + at.minute * 60 + at.second


def test_one_pool_falls_silent_for_twenty_minutes_and_no_other(root: Path) -> None:
    pool, day, silent = SILENCE
    assert len(silent) == 20 * 60
    seen = {second_of(row) for row in readings(root, DAYS.index(day)) if row["node_pool_id"] == pool}
    assert set(range(0, 86_400, STEP_SECONDS)) - seen == set(range(silent.start, silent.stop, STEP_SECONDS))
    assert len(readings(root, 1)) == 2 * 2 * 86_400 // STEP_SECONDS
    assert len(readings(root, 0)) == len(readings(root, 1)) - 2 * len(silent) // STEP_SECONDS


def test_one_pool_has_a_spike_at_night_that_is_too_short_to_scale_for(root: Path) -> None:
    pool, day, spike = SPIKE
    assert len(spike) < 5 * 60
    busy = [
        row for row in readings(root, DAYS.index(day)) if row["node_pool_id"] == pool and 0 <= second_of(row) < 5 * 3600
    ]
    assert {second_of(row) for row in busy if row["gpu_utilization_pct"] > 70} == set(
        range(spike.start, spike.stop, STEP_SECONDS)
    )
