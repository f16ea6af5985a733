"""How far a silver table has come with its source, and what a killed load left to do."""

from __future__ import annotations

import pytest

from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Txn
from hallmark.silver.changes import Census, unmatched
from hallmark.silver.plan import Hop, hop_app, hop_txn, plan_hop, unfinished_gate

BRONZE, SILVER = Table("bronze", "charges"), Table("silver", "charges")


def hop(*, source_version: int, progress: int) -> Hop:
    return plan_hop(BRONZE, SILVER, source_version=source_version, progress=progress)


@pytest.mark.parametrize(
    ("source_version", "progress", "pending"),
    [(-1, -1, False), (1, -1, True), (5, 3, True), (5, 5, False)],
)
def test_a_table_waits_for_what_its_source_has_and_it_has_not(
    source_version: int, progress: int, pending: bool
) -> None:
    found = hop(source_version=source_version, progress=progress)
    assert (found.after, found.until, found.pending) == (progress, source_version, pending)


@pytest.mark.parametrize("progress", [-1, 0])
def test_a_source_that_was_only_made_has_nothing_to_wait_for(progress: int) -> None:
    assert not hop(source_version=0, progress=progress).pending


@pytest.mark.parametrize("source_version", [4, -1])
def test_a_source_that_went_back_in_time_stops_the_run(source_version: int) -> None:
    with pytest.raises(ProgressError) as letter:
        hop(source_version=source_version, progress=5)
    assert str(letter.value) == (
        "ProgressError: a table went back in time\n"
        "  where: bronze.charges\n"
        f"  got: version {source_version}\n"
        "  wanted: version 5 or later, which silver.charges has read\n"
        "  do: restore it, or delete the tables that were built from it and run again"
    )


def test_progress_is_kept_under_the_names_of_both_tables() -> None:
    assert hop_app(SILVER, BRONZE) == "silver.charges<-bronze.charges"
    assert (
        hop(source_version=7, progress=3).txn == hop_txn(SILVER, BRONZE, 7) == Txn("silver.charges<-bronze.charges", 7)
    )


@pytest.mark.parametrize("gated_until", [3, 4])
def test_a_gate_that_was_finished_leaves_nothing_to_redo(gated_until: int) -> None:
    assert unfinished_gate(Hop(BRONZE, SILVER, after=3, until=9), gated_until) is None


@pytest.mark.parametrize("gated_until", [-1, 1])
def test_a_gate_that_was_cut_off_is_redone_for_the_same_versions(gated_until: int) -> None:
    redo = unfinished_gate(Hop(BRONZE, SILVER, after=3, until=9), gated_until)
    assert redo == Hop(BRONZE, SILVER, after=gated_until, until=3)


def test_a_table_that_never_took_anything_has_no_gate_to_finish() -> None:
    assert unfinished_gate(hop(source_version=9, progress=-1), -1) is None


def test_topics_that_no_table_takes_are_named_with_their_records() -> None:
    found = [Census("dbz.shop.orders", 3, 1, 0), Census("dbz.shop.audit", 2, 0, 0), Census("heartbeat", 9, 0, 0)]
    assert unmatched(found, ["shop.orders", "shop.customers"]) == {"dbz.shop.audit": 2, "heartbeat": 9}


def test_a_topic_belongs_to_a_whole_table_name() -> None:
    found = [
        Census("dbz.workshop.orders", 1, 0, 0),
        Census("shop.orders", 1, 0, 0),
        Census("dbz.shop.orders_old", 1, 0, 0),
    ]
    assert set(unmatched(found, ["shop.orders"])) == {"dbz.workshop.orders", "shop.orders", "dbz.shop.orders_old"}


def test_unreadable_records_have_no_topic_to_name() -> None:
    assert unmatched([Census(None, 4, 0, 4)], ["shop.orders"]) == {}
