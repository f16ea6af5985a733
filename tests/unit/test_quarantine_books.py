"""What is in quarantine is counted and shown without Spark, whatever the table's age and size."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st
from quarantined import AT, broken, error, quarantine

from hallmark.contracts.quarantine import STATUSES, Selection
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.quarantine_books import Load, half_done, quarantine_tables, read_book, rows, tally

ID, TOO_SMALL = error("type", "id", "whole number", "x"), error("minimum", "amount", ">= 0", "-1")
TABLE = Table("quarantine", "orders")


def filled(warehouse: Path) -> Table:
    quarantine(warehouse, "orders", broken(1, ID, id="x"), broken(1, ID, TOO_SMALL, status="fixed", id="y"))
    return quarantine(warehouse, "orders", broken(3, TOO_SMALL, id="z"), broken(2, TOO_SMALL, status="expired", id="w"))


def test_a_table_is_counted_by_row_and_each_reason_by_itself(tmp_path: Path) -> None:
    book = read_book(tmp_path, filled(tmp_path))
    assert book.total.rows == {"open": 2, "fixed": 1, "expired": 1}
    assert {message: dict(account.rows) for (_, message), account in book.rules.items()} == {
        "id: whole number": {"open": 1, "fixed": 1},
        "amount: >= 0": {"open": 1, "fixed": 1, "expired": 1},
    }
    assert book.total.first == Load(AT + timedelta(hours=1), "orders/landing/000001")
    assert book.total.last == Load(AT + timedelta(hours=3), "orders/landing/000003")
    assert book.rules["type", "id: whole number"].last == book.total.first


def test_a_selection_takes_rows_by_load_reason_and_age(tmp_path: Path) -> None:
    table = filled(tmp_path)

    def found(selection: Selection) -> dict[str, int]:
        return dict(tally(tmp_path, table, selection))

    assert found(Selection()) == {"open": 2, "fixed": 1, "expired": 1}
    assert found(Selection(load="orders/landing/000001")) == {"open": 1, "fixed": 1}
    assert (
        found(Selection(rule="minimum"))
        == found(Selection(rule="amount: >= 0"))
        == dict.fromkeys(("open", "fixed", "expired"), 1)
    )
    assert found(Selection(load="orders/landing/000001", rule="minimum")) == {"fixed": 1}
    exactly = AT + timedelta(hours=3, minutes=1)
    assert found(Selection(before=exactly)) == {"open": 1, "fixed": 1, "expired": 1}
    assert found(Selection(before=exactly + timedelta(microseconds=1)))["open"] == 2


def test_rows_are_shown_no_more_than_asked_for(tmp_path: Path) -> None:
    table = filled(tmp_path)
    assert sorted(row["id"] for row in rows(tmp_path, table, Selection(), "open", 10)) == ["x", "z"]
    assert len(rows(tmp_path, table, Selection(), "open", 1)) == 1
    assert [row["id"] for row in rows(tmp_path, table, Selection(rule="minimum"), "open", 10)] == ["z"]
    assert rows(tmp_path, table, Selection(), "rejected", 10) == []


def test_a_table_without_the_lifecycles_columns_has_no_half_done_replay(tmp_path: Path) -> None:
    assert not half_done(tmp_path, filled(tmp_path), 0)


def test_an_empty_warehouse_has_no_tables(tmp_path: Path) -> None:
    assert quarantine_tables(tmp_path) == []
    filled(tmp_path)
    assert quarantine_tables(tmp_path) == [TABLE]


reasons = st.lists(st.sampled_from([ID, TOO_SMALL]), max_size=2, unique_by=lambda each: each["rule"])
rows_of_loads = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(STATUSES), reasons), min_size=1, max_size=20)


@settings(max_examples=30)
@given(found=rows_of_loads, cut=st.integers(0, 20))
def test_the_counts_are_those_of_a_loop_over_the_rows(
    found: list[tuple[int, str, list[dict[str, object]]]], cut: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = [broken(load, *errors, status=status, id="1") for load, status, errors in found]
        for part in (made[:cut], made[cut:]):
            if part:
                quarantine(Path(folder), "orders", *part)
        book = read_book(Path(folder), TABLE)
        selected = tally(Path(folder), TABLE, Selection(rule="minimum", load="orders/landing/000001"))
    assert book.total.rows == Counter(status for _, status, _ in found)
    by_reason = Counter((error["rule"], status) for _, status, errors in found for error in errors)
    assert {(rule, s): n for (rule, _), a in book.rules.items() for s, n in a.rows.items()} == dict(by_reason)
    assert selected == Counter(s for load, s, errors in found if load == 1 and TOO_SMALL in errors)


def test_a_time_that_python_has_no_value_for_is_shown_as_a_text(tmp_path: Path) -> None:
    table = quarantine(tmp_path, "orders", broken(1, ID, id="x"))
    place = str(table_path(tmp_path, table))
    far = pa.array([1_764_350_000_000_000_000, None], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    known = DeltaTable(place).to_pyarrow_table()
    both = pa.concat_tables([known, known]).append_column("_timestamp", far)
    write_deltalake(place, both, mode="overwrite", schema_mode="overwrite")
    found = rows(tmp_path, table, Selection(), "open", 10)
    assert len(found) == 2
    assert {row["_timestamp"] for row in found} == {"1,764,350,000,000,000,000 microseconds since 1970", None}
    assert {row["_ingested_at"] for row in found} == {AT + timedelta(hours=1)}
