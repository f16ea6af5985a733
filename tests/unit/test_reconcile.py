"""What quarantine's rows are after they were judged once more: by their bronze columns, as often as they are there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hallmark.contracts.quarantine import EXPIRED, FIXED, OPEN, REJECTED
from hallmark.silver.reconcile import reconciled

EARLY, LATE, NOW = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 10, 20))
TIME = pa.timestamp("us", tz="UTC")
BRONZE = [("id", pa.string()), ("_ingested_at", TIME)]
VERDICT = [("_errors", pa.list_(pa.string())), ("_status", pa.string()), ("_quarantined_at", TIME)]
LIFECYCLE = [("_status_at", TIME), ("_status_by", pa.string()), ("_status_contract", pa.string())]


def known(*rows: tuple[str, str], by: str | None = None, ingested: datetime = EARLY) -> pa.Table:
    """Rows of a quarantine table: id and status."""
    found = [
        {"id": name, "_ingested_at": ingested, "_errors": ["old"], "_status": status, "_quarantined_at": EARLY,
         "_status_by": by}
        for name, status in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(found, schema=pa.schema([*BRONZE, *VERDICT, *LIFECYCLE]))


def broken(*names: str, ingested: datetime = EARLY) -> pa.Table:
    """Rows that break the contract today."""
    found = [
        {"id": name, "_ingested_at": ingested, "_errors": ["new"], "_status": OPEN, "_quarantined_at": NOW}
        for name in names
    ]
    return pa.Table.from_pylist(found, schema=pa.schema([*BRONZE, *VERDICT]))


def after(there: pa.Table, rows: pa.Table, since: datetime | None = None) -> list[tuple[Any, ...]]:
    """Id, status, reasons, first day in quarantine, contract."""
    names = ["id", "_ingested_at"]
    found = reconciled(there, rows, names, since=since, at=NOW, contract="shop.orders 1.1.0").to_pylist()
    told = ("id", "_status", "_errors", "_quarantined_at", "_status_contract")
    return sorted(tuple(row[name] for name in told) for row in found)


def test_a_row_that_breaks_again_keeps_its_day_and_has_todays_reasons() -> None:
    assert after(known(("a", OPEN)), broken("a")) == [("a", OPEN, ["new"], EARLY, None)]


def test_a_row_that_was_not_there_comes_in() -> None:
    assert after(known(), broken("a")) == [("a", OPEN, ["new"], NOW, None)]


def test_an_open_row_that_holds_is_fixed_by_todays_contract() -> None:
    assert after(known(("a", OPEN)), broken()) == [("a", FIXED, ["old"], EARLY, "shop.orders 1.1.0")]


def test_a_fixed_row_that_holds_stays_as_it_is() -> None:
    assert after(known(("a", FIXED), by="kim"), broken()) == [("a", FIXED, ["old"], EARLY, None)]


def test_a_fixed_row_that_breaks_again_is_open() -> None:
    assert after(known(("a", FIXED), by="kim"), broken("a")) == [("a", OPEN, ["new"], EARLY, None)]


def test_what_a_person_decided_stays() -> None:
    decided = known(("a", REJECTED), ("b", EXPIRED), by="kim")
    assert after(decided, broken()) == [("a", REJECTED, ["old"], EARLY, None), ("b", EXPIRED, ["old"], EARLY, None)]


def test_a_row_that_a_rule_had_dropped_is_fixed_when_it_holds() -> None:
    assert after(known(("a", REJECTED)), broken()) == [("a", FIXED, ["old"], EARLY, "shop.orders 1.1.0")]


def test_rows_from_before_are_not_touched() -> None:
    there = pa.concat_tables([known(("a", OPEN)), known(("a", OPEN), ingested=LATE)])
    found = after(there, broken(), since=LATE)
    assert sorted(row[1] for row in found) == [FIXED, OPEN]


def test_a_column_that_quarantine_does_not_have_yet_is_null_in_its_rows() -> None:
    new = broken("a", "a").append_column("size", pa.array([None, 7], pa.int64()))
    names = ["id", "_ingested_at", "size"]
    found = reconciled(known(("a", OPEN)), new, names, since=None, at=NOW, contract="").to_pylist()
    assert sorted((row["size"] or 0, row["_quarantined_at"]) for row in found) == [(0, EARLY), (7, NOW)]


STATUSES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([OPEN, FIXED])), max_size=6)


@given(STATUSES, st.lists(st.sampled_from("abc"), max_size=6))
def test_the_open_rows_are_those_that_break_and_doing_it_twice_changes_nothing(
    there: list[tuple[str, str]], bad: list[str]
) -> None:
    names = ["id", "_ingested_at"]
    once = reconciled(known(*there), broken(*bad), names, since=None, at=NOW, contract="c")
    twice = reconciled(once, broken(*bad), names, since=None, at=NOW, contract="c")
    still_open = [row["id"] for row in once.to_pylist() if row["_status"] == OPEN]
    assert sorted(still_open) == sorted(bad)
    assert sorted(map(str, twice.to_pylist())) == sorted(map(str, once.to_pylist()))
