"""Listing what landed: whole files only, as Spark's file source will see them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hallmark.bronze.ingest import checkpoint_of, local_path
from hallmark.bronze.listing import list_landed, stream_globs
from hallmark.bronze.plan import IngestPlan
from hallmark.contracts.model import Server
from hallmark.lakehouse.names import Table

SERVER = Server("landing", "requests/*.csv", "csv")


def land(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"id\n1\n")


def listed(root: Path, path: str = SERVER.path) -> list[str]:
    return [str(Path(file.path).relative_to(root)) for file in list_landed(root, Server("landing", path, "csv"))]


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    land(tmp_path, "requests/b.csv", "requests/a.csv", "requests/10.csv")
    assert listed(tmp_path) == ["requests/10.csv", "requests/a.csv", "requests/b.csv"]


def test_only_files_that_the_path_names_are_listed(tmp_path: Path) -> None:
    land(tmp_path, "requests/a.csv", "requests/a.json", "other/a.csv", "requests/deep/a.csv")
    assert listed(tmp_path) == ["requests/a.csv"]


def test_names_that_are_still_being_written_are_passed_over(tmp_path: Path) -> None:
    land(tmp_path, "requests/a.csv", "requests/_b.csv", "requests/.c.csv", "requests/.d.csv.unfinished")
    assert listed(tmp_path) == ["requests/a.csv"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "requests" / "folder.csv").mkdir(parents=True)
    assert listed(tmp_path) == []


def test_a_root_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list_landed(tmp_path / "gone", SERVER) == []


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    land(tmp_path, "focus/sample.csv", "focus/other.csv")
    assert listed(tmp_path, "focus/sample.csv") == ["focus/sample.csv"]


def test_special_characters_of_the_root_are_no_pattern(tmp_path: Path) -> None:
    root = tmp_path / "data [2024] {a,b}*?"
    land(root, "requests/a.csv")
    assert listed(root) == ["requests/a.csv"]


def test_special_characters_of_a_files_name_are_kept(tmp_path: Path) -> None:
    land(tmp_path, "requests/a b%20[1]+ö.csv")
    assert listed(tmp_path) == ["requests/a b%20[1]+ö.csv"]


def test_a_file_has_its_size_and_its_time_of_change(tmp_path: Path) -> None:
    land(tmp_path, "requests/a.csv")
    os.utime(tmp_path / "requests" / "a.csv", (0, 1_730_030_400))
    (file,) = list_landed(tmp_path, SERVER)
    assert (file.bytes, file.modified_at) == (5, datetime(2024, 10, 27, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("nanoseconds", "microseconds"),
    [(0, 0), (1_000_000, 1000), (123_456_789, 123_000), (999_999_999, 999_000)],
)
def test_a_time_of_change_is_cut_to_the_millisecond_that_spark_sees(
    tmp_path: Path, nanoseconds: int, microseconds: int
) -> None:
    land(tmp_path, "requests/a.csv")
    os.utime(tmp_path / "requests" / "a.csv", ns=(0, 1_730_030_400 * 10**9 + nanoseconds))
    (file,) = list_landed(tmp_path, SERVER)
    assert file.modified_at.microsecond == microseconds


def test_every_millisecond_stays_itself(tmp_path: Path) -> None:
    """Through a float of seconds, some come out as the one before: the file would look rewritten."""
    land(tmp_path, "requests/a.csv")
    for milliseconds in range(0, 1000, 7):
        os.utime(tmp_path / "requests" / "a.csv", ns=(0, 1_730_030_400 * 10**9 + milliseconds * 10**6))
        (file,) = list_landed(tmp_path, SERVER)
        assert file.modified_at.microsecond == milliseconds * 1000


@pytest.mark.parametrize(
    ("root", "path", "globs"),
    [
        ("/data", "requests/*.csv", ("/\\data/requests", "*.csv")),
        ("/data", "a/b*/c.json", ("/\\data/a/b*", "c.json")),
        ("/data", "one.csv", ("/\\data/", "one.csv")),
        ("/data [1]*?", "requests/[a-c]*.csv", ("/data \\[1\\]\\*\\?/requests", "[a-c]*.csv")),
        ("/a{b}\\c", "x/*.csv", ("/a\\{b\\}\\\\c/x", "*.csv")),
    ],
)
def test_the_stream_gets_the_same_place_as_a_glob_with_the_root_escaped(
    root: str, path: str, globs: tuple[str, str]
) -> None:
    assert stream_globs(Path(root), Server("landing", path, "csv")) == globs


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("file:/data/a.csv", "/data/a.csv"),
        ("file:///data/a.csv", "/data/a.csv"),
        ("file:/data/a b%25.csv", "/data/a b%25.csv"),
        ("file:/data/a+b.csv", "/data/a+b.csv"),
        ("file:/data/ö.csv", "/data/ö.csv"),
        ("/data/a.csv", "/data/a.csv"),
    ],
)
def test_what_spark_calls_a_file_is_a_path_again(place: str, path: str) -> None:
    assert local_path(place) == path


def test_each_source_has_a_checkpoint_of_its_own() -> None:
    plans = [
        IngestPlan(Table("bronze", "charges"), Server(name, "", "csv"), Path("/d"), (), (), 0, ()) for name in "ab"
    ]
    assert [str(checkpoint_of(Path("/lake"), plan)) for plan in plans] == [
        "/lake/_checkpoints/bronze/charges/a",
        "/lake/_checkpoints/bronze/charges/b",
    ]


def test_folders_that_are_still_being_written_are_passed_over(tmp_path: Path) -> None:
    land(tmp_path, "day1/x.csv", ".day2/x.csv", "_day3/x.csv")
    assert listed(tmp_path, "*/x.csv") == ["day1/x.csv"]


def test_a_folder_that_the_contract_names_may_be_hidden(tmp_path: Path) -> None:
    land(tmp_path, "_in/day1/x.csv")
    assert listed(tmp_path, "_in/*/x.csv") == ["_in/day1/x.csv"]
