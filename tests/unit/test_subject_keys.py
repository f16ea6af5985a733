"""The table of persons' keys: destroyed keys are in none of its files, and a table goes on under another name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from hallmark.bronze import subjects
from hallmark.bronze.subjects import SUBJECT_KEYS, Counted, count, ensure, forget, ref_of, table_refs
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

KEY = MasterKey("k1", bytes(range(32)))
NOW = datetime(2026, 11, 27, 9, 30, 1, 250_000, tzinfo=UTC)
BRONZE = Table("bronze", "people")


def add(warehouse: Path, ref: str, kind: str = subjects.PERSON) -> bytes:
    """A key of the subject, as a load makes it; says what it is, wrapped."""
    ensure(warehouse)
    wrapped = b"wrapped:" + ref.encode()
    row = {"ref": ref, "key_id": "k1", "kind": kind, "wrapped": wrapped, "made_at": NOW, "forgotten_at": None}
    rows = pa.Table.from_pylist([row], schema=subjects._SCHEMA)
    write_deltalake(str(table_path(warehouse, SUBJECT_KEYS)), rows, mode="append")
    return wrapped


def on_disk(warehouse: Path, content: bytes) -> bool:
    return any(content in file.read_bytes() for file in warehouse.rglob("*") if file.is_file())


def test_a_destroyed_key_is_in_no_file_and_the_others_are(tmp_path: Path) -> None:
    ann, bo = (ref_of(KEY, name, "default") for name in ("ann", "bo"))
    one, other = add(tmp_path, ann), add(tmp_path, bo)
    assert on_disk(tmp_path, one)
    assert forget(tmp_path, [ann], NOW) == (1, 0)
    assert (on_disk(tmp_path, one), on_disk(tmp_path, other)) == (False, True)
    rows = {row["ref"]: row for row in deltalog.read(table_path(tmp_path, SUBJECT_KEYS)).to_pylist()}
    assert (rows[ann]["wrapped"], rows[ann]["forgotten_at"]) == (None, NOW)
    assert (rows[bo]["wrapped"], rows[bo]["forgotten_at"]) == (other, None)


def test_twice_is_once(tmp_path: Path) -> None:
    ann = ref_of(KEY, "ann", "default")
    add(tmp_path, ann)
    forget(tmp_path, [ann], NOW)
    assert forget(tmp_path, [ann], datetime(2027, 1, 1, tzinfo=UTC)) == (0, 1)
    (row,) = deltalog.read(table_path(tmp_path, SUBJECT_KEYS)).to_pylist()
    assert row["forgotten_at"] == NOW
    assert count(tmp_path) == Counted(persons=0, forgotten=1, tables=0)


def test_killed_before_the_old_files_went_the_next_call_removes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    ann = ref_of(KEY, "ann", "default")
    key = add(tmp_path, ann)
    with monkeypatch.context() as patch:
        patch.setattr(subjects, "purge", killed)
        with pytest.raises(KeyboardInterrupt):
            forget(tmp_path, [ann], NOW)
    assert on_disk(tmp_path, key)
    assert forget(tmp_path, [ann], NOW) == (0, 1)
    assert not on_disk(tmp_path, key)


def test_nobody_is_forgotten_where_nobody_is(tmp_path: Path) -> None:
    assert forget(tmp_path, [ref_of(KEY, "ann", "default")], NOW) == (0, 0)
    assert count(tmp_path) == Counted(0, 0, 0)


def test_a_table_goes_on_under_another_name(tmp_path: Path) -> None:
    (first,) = table_refs(tmp_path, KEY, BRONZE)
    add(tmp_path, first, subjects.TABLE)
    assert table_refs(tmp_path, KEY, BRONZE) == [first]
    forget(tmp_path, [first], NOW)
    assert table_refs(tmp_path, KEY, BRONZE)[0] == first
    assert len(set(table_refs(tmp_path, KEY, BRONZE))) == 2


def test_one_name_in_two_domains_is_two_subjects() -> None:
    assert ref_of(KEY, "1", "people") != ref_of(KEY, "1", "staff")
    assert ref_of(KEY, "1", "people") != ref_of(MasterKey("k1", bytes(range(1, 33))), "1", "people")


def test_the_log_has_no_statistics_of_keys(tmp_path: Path) -> None:
    add(tmp_path, ref_of(KEY, "ann", "default"))
    for file in (table_path(tmp_path, SUBJECT_KEYS) / "_delta_log").glob("*.json"):
        assert b"minValues" not in file.read_bytes().replace(b'\\"minValues\\":{}', b"")
