"""What a table's log says, read without Spark."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.deltalog import Commit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bronze" / "charges"


def write(
    path: Path, values: Sequence[str | None], *, app: str | None = None, version: int = 0, **options: Any
) -> None:
    transactions = [Transaction(app, version)] if app else None
    rows = pa.table({"id": pa.array(range(len(values)), pa.int64()), "_rescued": pa.array(values, pa.string())})
    properties = CommitProperties(app_transactions=transactions)
    write_deltalake(str(path), rows, mode="append", commit_properties=properties, **options)


def change_added(commit: Path, change: Callable[[dict[str, Any]], dict[str, object]]) -> None:
    """Give what a commit says of each of its files other words."""
    actions = [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]
    for action in actions:
        if "add" in action:
            action["add"].update(change(action["add"]))
    commit.write_text("\n".join(map(json.dumps, actions)), encoding="utf-8")


def without_null_counts(added: dict[str, Any]) -> dict[str, object]:
    """As a writer leaves them out that gathers none."""
    return {"stats": json.dumps({**json.loads(added["stats"]), "nullCount": {}})}


def test_a_folder_that_is_not_there_is_no_table(path: Path) -> None:
    assert not deltalog.exists(path)


def test_a_folder_without_a_log_is_no_table(path: Path) -> None:
    path.mkdir(parents=True)
    assert not deltalog.exists(path)


def test_a_log_without_a_commit_is_no_table(path: Path) -> None:
    (path / "_delta_log").mkdir(parents=True)
    assert (deltalog.exists(path), deltalog.version(path)) == (False, -1)


def test_a_written_table_is_one(path: Path) -> None:
    write(path, ["a"])
    assert deltalog.exists(path)


def test_a_version_counts_commits_from_zero(path: Path) -> None:
    versions = [deltalog.version(path)]
    for _ in range(3):
        write(path, ["a"])
        versions.append(deltalog.version(path))
    assert versions == [-1, 0, 1, 2]


def test_columns_come_in_the_tables_order(path: Path) -> None:
    write(path, ["a"])
    assert deltalog.columns(path) == ["id", "_rescued"]


def test_rows_are_counted_over_all_files(path: Path) -> None:
    for values in (["a", None, "b"], [None], []):
        write(path, values)
    assert deltalog.count_rows(path) == 4


def test_no_table_has_no_rows(path: Path) -> None:
    assert deltalog.count_rows(path) == 0
    assert deltalog.count_values(path, "_rescued") == (0, 0)


def test_deleted_rows_are_not_counted(path: Path) -> None:
    write(path, ["a", "b", "c"])
    DeltaTable(str(path)).delete("id = 1")
    assert deltalog.count_rows(path) == 2


def test_values_are_counted_over_all_files(path: Path) -> None:
    for values in (["a", None, "b"], [None], ["c"]):
        write(path, values)
    assert deltalog.count_values(path, "_rescued") == (5, 3)


def test_a_column_without_statistics_counts_as_one_without_values(path: Path) -> None:
    write(path, ["a", None], configuration={"delta.dataSkippingNumIndexedCols": "1"})
    assert deltalog.count_values(path, "_rescued") == (2, 0)


def test_a_file_without_statistics_counts_as_one_without_values(path: Path) -> None:
    write(path, ["a"])
    write(path, ["b", "c"])
    change_added(path / "_delta_log" / f"{1:020d}.json", without_null_counts)
    assert deltalog.count_values(path, "_rescued") == (3, 1)


def test_a_column_that_is_not_there_has_no_values(path: Path) -> None:
    write(path, ["a"])
    assert deltalog.count_values(path, "other") == (1, 0)


def test_the_last_commit_says_what_it_did(path: Path) -> None:
    write(path, ["a"])
    write(path, ["b", "c"])
    assert deltalog.last_commit(path) == Commit(1, "WRITE", 2)


def test_no_table_has_no_last_commit(path: Path) -> None:
    assert deltalog.last_commit(path) is None


def test_a_commit_that_writes_no_rows_says_nothing_of_them(path: Path) -> None:
    write(path, ["a"])
    DeltaTable(str(path)).alter.add_constraint({"id_is_positive": "id >= 0"})
    assert deltalog.last_commit(path) == Commit(1, "ADD CONSTRAINT", None)


@pytest.mark.parametrize(
    ("operation", "metrics", "rows"),
    [
        ("WRITE", {"numOutputRows": "12"}, 12),
        ("WRITE", {"num_added_rows": 12}, 12),
        ("WRITE", {}, None),
        # 90 rows were only copied: they stood in a file with a touched one.
        (
            "MERGE",
            {
                "numOutputRows": "96",
                "numTargetRowsInserted": "4",
                "numTargetRowsUpdated": "2",
                "numTargetRowsDeleted": "1",
            },
            7,
        ),
        ("MERGE", {"numOutputRows": "96", "numTargetRowsInserted": "4"}, 96),
    ],
)
def test_rows_written_are_those_that_changed(operation: str, metrics: dict[str, Any], rows: int | None) -> None:
    assert deltalog._rows_written(operation, metrics) == rows


def test_a_transaction_is_remembered_by_its_application(path: Path) -> None:
    write(path, ["a"], app="silver<-bronze", version=3)
    write(path, ["b"], app="other", version=9)
    assert deltalog.transaction_version(path, "silver<-bronze") == 3


def test_the_newest_transaction_of_an_application_counts(path: Path) -> None:
    for version in (3, 8):
        write(path, ["a"], app="silver<-bronze", version=version)
    assert deltalog.transaction_version(path, "silver<-bronze") == 8


def test_an_application_that_never_wrote_has_no_transaction(path: Path) -> None:
    assert deltalog.transaction_version(path, "silver<-bronze") == -1
    write(path, ["a"])
    assert deltalog.transaction_version(path, "silver<-bronze") == -1


def test_rows_are_read_by_column_and_condition(path: Path) -> None:
    write(path, ["a", None])
    write(path, ["b"])
    assert deltalog.read(path).num_rows == 3
    found = deltalog.read(path, columns=["_rescued"], filters=[("id", "=", 0)])
    assert sorted(row["_rescued"] for row in found.to_pylist()) == ["a", "b"]


def test_reading_calls_nothing_back_into_python(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A thread of pyarrow's that is still in such a call when the process ends takes it down: exit code 134.
    write(path, ["a"])
    monkeypatch.setattr("deltalake.fs.DeltaStorageHandler", None)
    assert deltalog.read(path).num_rows == 1


def test_a_table_that_was_made_anew_is_in_another_state_at_the_same_version(path: Path, tmp_path: Path) -> None:
    write(path, ["a"])
    write(tmp_path / "other", ["a"])
    assert deltalog.state(path).endswith("@0")
    assert deltalog.state(path) != deltalog.state(tmp_path / "other")


def test_the_state_of_no_table_is_none(path: Path) -> None:
    assert deltalog.state(path) == "none"


@pytest.mark.parametrize(
    ("after", "until", "rows"), [(-1, 0, 2), (-1, 1, 5), (0, 0, 0), (0, 1, 3), (0, 2, 4), (1, 2, 1)]
)
def test_rows_that_came_between_two_versions_are_counted_by_the_log(
    path: Path, after: int, until: int, rows: int
) -> None:
    for names in (["a", "b"], ["c", "d", "e"], ["f"]):
        write(path, names)
    assert deltalog.rows_added(path, after=after, until=until) == rows


def test_rows_that_were_only_moved_to_another_file_are_not_counted_as_added(path: Path) -> None:
    for name in "abc":
        write(path, [name])
    DeltaTable(str(path)).optimize.compact()
    assert deltalog.rows_added(path, after=1, until=3) == 1


def test_what_the_log_does_not_tell_of_added_rows_is_none(path: Path) -> None:
    write(path, ["a", "b"])
    write(path, ["c", "d", "e"])
    DeltaTable(str(path)).create_checkpoint()
    (path / "_delta_log" / f"{0:020}.json").unlink()
    assert deltalog.rows_added(path, after=0, until=1) == 3
    (path / "_delta_log" / f"{1:020}.json").unlink()
    assert deltalog.rows_added(path, after=0, until=1) is None
    assert deltalog.rows_added(path, after=-1, until=1) == 5
    assert deltalog.rows_added(path, after=-1, until=0) is None


def test_a_commit_that_took_rows_away_does_not_tell_how_many_came(path: Path) -> None:
    write(path, ["a", "b"])
    DeltaTable(str(path)).delete("_rescued = 'a'")
    assert deltalog.rows_added(path, after=0, until=1) is None


@pytest.mark.parametrize("given", [{"stats": "{torn"}, {"deletionVector": {"cardinality": 1}}], ids=["torn", "marked"])
def test_files_with_torn_statistics_or_rows_marked_as_gone_do_not_tell(path: Path, given: dict[str, object]) -> None:
    write(path, ["a"])
    write(path, ["b"])
    change_added(path / "_delta_log" / f"{1:020}.json", lambda _: given)
    assert deltalog.rows_added(path, after=0, until=1) is None


def test_a_file_without_statistics_does_not_tell_how_many_rows_came(path: Path) -> None:
    write(path, ["a", "b"])
    change_added(path / "_delta_log" / f"{0:020}.json", lambda _: {"stats": None})
    write(path, ["c"])
    assert deltalog.rows_added(path, after=-1, until=1) is None
    assert deltalog.rows_added(path, after=0, until=1) == 1


def test_the_files_of_a_table_are_those_that_hold_its_rows_now(path: Path) -> None:
    write(path, ["a"])
    write(path, ["b"])
    assert sorted(deltalog.files(path)) == sorted(path.glob("*.parquet"))
    assert not deltalog.marks_deleted(path)
    DeltaTable(str(path)).delete()
    assert deltalog.files(path) == []
