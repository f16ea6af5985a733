"""Change events to history and current state: any order and any split of one log gives the same tables."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from changelog import (
    CONTRACT,
    TOPIC,
    UNCHANGED,
    Change,
    Source,
    Version,
    arrival,
    bronze_rows,
    history,
    kept_state,
    lines,
    long_log,
    ordered,
    record,
    state,
)
from chispa import assert_df_equality
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from landing import UNREADABLE, Landing
from pyspark.sql import DataFrame, SparkSession

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.silver import cdc
from hallmark.silver.versions import current_rows, history_rows, shape_of

ORDERS = range(50)
PLACES = 100
LOG = long_log(5, events=1000, keys=50)
TRUNCATES = [change for change in LOG if change.op == "t"]
LOADS = 4
HISTORY, CURRENT, CHANGES = (Table("silver", f"customers{kind}") for kind in ("_history", "", "_changes"))


def counts(entry: StepEntry) -> tuple[int | None, ...]:
    return entry.rows_in, entry.rows_valid, entry.rows_quarantined


@pytest.fixture(scope="module", params=[0, 100_000], ids=["merged", "anew"])
def shuffled(
    request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Landing, list[StepEntry]]:
    """One log in fifty orders, each with keys of its own and cut in a way of its own, landed side by side.

    Truncates have no key, so they come once, in the second load: what they end comes before them and after them.
    """
    base = tmp_path_factory.mktemp("changes")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=CONTRACT, max_events_anew=request.param)
    steps = []
    rows = [change for change in LOG if change.op != "t"]
    orders = [[of_order(change, order) for change in rows] for order in ORDERS]
    truncates = [of_order(change) for change in TRUNCATES]
    arrivals = zip(*[arrival(log, order, LOADS) for order, log in enumerate(orders)], strict=True)
    for n, part in enumerate(arrivals):
        came = [change for changes in part for change in changes] + (truncates if n == 1 else [])
        landing.put(f"{n}.jsonl", "".join(lines(came)))
        landing.bronze()
        steps += landing.silver()
    return landing, steps


def of_order(change: Change, order: int | None = None) -> Change:
    """The change with a key and a place in the log that no other order has; a truncate comes before all others."""
    if order is None:
        return replace(change, lsn=change.lsn * PLACES)
    return replace(change, id=f"{order}-{change.id}", lsn=change.lsn * PLACES + order + 1)


def by_order(landing: Landing, table: Table) -> dict[int, list[dict[str, Any]]]:
    """The table's rows by the order of arrival that they come of, with the keys that the log has."""
    found: dict[int, list[dict[str, Any]]] = {order: [] for order in ORDERS}
    for row in landing.rows(table):
        order, _, key = row["id"].partition("-")
        found[int(order)].append({**row, "id": key, "_lsn": row["_lsn"] // PLACES})
    return found


def test_any_order_and_any_split_gives_the_same_history(shuffled: tuple[Landing, list[StepEntry]]) -> None:
    wanted = history(LOG)
    for order, rows in by_order(shuffled[0], HISTORY).items():
        assert versions(rows) == wanted, f"order {order}"
        assert all(row["is_current"] == (row["valid_to"] is None) for row in rows)
    last = deltalog.last_commit(shuffled[0].lake.path(HISTORY))
    assert last is not None
    operation = "WRITE" if shuffled[0].max_events_anew else "MERGE"
    assert last.operation == operation, "merged, what the last load did not touch stayed as it was"


def test_any_order_and_any_split_gives_the_same_state(shuffled: tuple[Landing, list[StepEntry]]) -> None:
    wanted = state(LOG)
    for order, rows in by_order(shuffled[0], CURRENT).items():
        assert sorted((row["id"], row["name"], row["tier"]) for row in rows) == wanted, f"order {order}"


def versions(rows: Sequence[Mapping[str, Any]]) -> list[Version]:
    found = [
        Version((row["id"], row["name"], row["tier"]), row["valid_from"], row["valid_to"], row["_lsn"]) for row in rows
    ]
    return sorted(found, key=lambda version: (version.row[0], version.lsn))


def test_every_event_passed_the_gate_and_tombstones_were_only_counted(
    shuffled: tuple[Landing, list[StepEntry]],
) -> None:
    landing, steps = shuffled
    events = [*TRUNCATES, *(change for _ in ORDERS for change in LOG if change.op != "t")]
    deletes = sum(change.op == "d" for change in events)
    gates = [counts(step) for step in steps if step.table_name == str(CHANGES)]
    assert [sum(column) for column in zip(*gates, strict=True)] == [len(events), len(events), 0]
    assert len(landing.rows(CHANGES)) == len(events)
    streams = [step for step in steps if step.table_name == "silver.shop_changes"]
    told = [step.detail.split(" records; ") for step in streams if step.detail]
    assert sum(int(records.replace(",", "")) for records, _ in told) == len(events) + deletes
    assert sum(int(rest.removesuffix(" tombstones").replace(",", "")) for _, rest in told) == deletes
    assert landing.silver() == []


def test_the_log_has_what_it_is_to_show() -> None:
    assert {change.op for change in LOG} == {"r", "c", "u", "d", "i", "t"}
    assert any(change.id.count("-") == 1 for change in LOG), "a changed key"
    assert any(change.name == UNCHANGED for change in LOG), "a long value left out"
    assert any(later.at < before.at for before, later in pairwise(LOG)), "a clock that was set back"
    assert len({change.lsn for change in LOG}) < len(LOG), "events that came twice"


@settings(max_examples=8)
@given(
    actions=st.lists(st.sampled_from(["a", "b", "c", "read", "truncate"]), min_size=1, max_size=25),
    seed=st.integers(0, 2**32),
    tracked=st.sampled_from([(0, 1, 2), (0, 1), (0, 2)]),
)
def test_a_small_log_gives_what_going_through_it_gives(
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    actions: list[str],
    seed: int,
    tracked: tuple[int, ...],
) -> None:
    """In any order, whatever columns are tracked, and with deleted rows kept."""
    source = Source(random.Random(seed))  # noqa: S311 -- reproducible, not secret
    for number, action in enumerate(actions):
        source.act(action, number)
    log = source.repeated(3)
    assume(log)
    names = ", ".join(("id", "name", "tier")[i] for i in tracked)
    terms = f"[{{property: deletes, value: soft}}, {{property: trackHistory, value: [{names}]}}]"
    text = CONTRACT.replace("    properties:", f"    customProperties: {terms}\n    properties:")
    compiled = compiled_of(text, tmp_path_factory.mktemp("small"))
    rows = ordered(spark, compiled, [record(change) for change in source.rng.sample(log, len(log))])
    assert versions(in_utc(history_rows(rows, shape_of(compiled)))) == history(log, tracked)
    kept = in_utc(current_rows(rows, shape_of(compiled)))
    assert sorted((((r["id"], r["name"], r["tier"]), r["_deleted_at"]) for r in kept), key=str) == kept_state(log)


@pytest.mark.parametrize("minutes", [-5_000_000, -90, 90, 5_000_000])
def test_a_database_whose_clock_differs_from_the_connectors_has_the_same_state_and_order(
    spark: SparkSession, tmp_path: Path, minutes: int
) -> None:
    """By years or by an hour: positions in the log decide, `valid_from` is what the database's clock said."""
    log = long_log(11, events=150, keys=8)
    skewed = [change if change.op == "i" else replace(change, minute=change.minute + minutes) for change in log]
    compiled = compiled_of(CONTRACT, tmp_path)
    rows = ordered(spark, compiled, [record(change) for change in random.Random(minutes).sample(skewed, len(skewed))])  # noqa: S311
    kept = [row for row in in_utc(current_rows(rows, shape_of(compiled))) if not row["_gone"]]
    assert sorted((row["id"], row["name"], row["tier"]) for row in kept) == state(log)
    told = versions(in_utc(history_rows(rows, shape_of(compiled))))
    assert told == history(skewed)
    assert [(version.row, version.lsn) for version in told] == [(each.row, each.lsn) for each in history(log)]


def test_a_row_that_is_read_again_by_a_late_connector_does_not_delay_the_next_version(
    spark: SparkSession, tmp_path: Path
) -> None:
    read_late = Change("i", 120, 1, 60, "a", "one", 1)  # committed long before, like what the connector streams next
    log = [Change("c", 110, 0, 10, "a", "one", 1), read_late, Change("u", 130, 2, 20, "a", "two", 1)]
    found = followed(spark, tmp_path, log)
    assert [(each.row[1], each.valid_from) for each in found] == [("one", log[0].at), ("two", log[2].at)]
    assert found == history(log)


def test_a_transaction_that_was_open_during_a_read_comes_after_it_however_late_the_connector_is(
    spark: SparkSession, tmp_path: Path
) -> None:
    read = Change("i", 120, 1, 60, "a", "one", 1, told=60)
    log = [Change("c", 100, 0, 10, "a", "one", 1, told=55), read, Change("u", 110, 2, 20, "a", "two", 1, told=61)]
    assert followed(spark, tmp_path, log[::-1]) == history(log)


def test_a_row_that_is_read_into_a_topic_made_anew_comes_after_what_the_old_one_told(
    spark: SparkSession, tmp_path: Path
) -> None:
    old = [Change("c", 100, 70, 10, "a", "one", 1, told=10), Change("u", 110, 71, 20, "a", "two", 1, told=20)]
    log = [*old, Change("i", 120, 0, 60, "a", "three", 1, told=60)]
    assert followed(spark, tmp_path, log[::-1]) == history(log)


def followed(spark: SparkSession, folder: Path, log: Sequence[Change]) -> list[Version]:
    compiled = compiled_of(CONTRACT, folder)
    return versions(in_utc(history_rows(ordered(spark, compiled, [*map(record, log)]), shape_of(compiled))))


def in_utc(rows: DataFrame) -> list[dict[str, Any]]:
    """The rows, with times that know their zone (the session's, UTC)."""
    found = [row.asDict() for row in rows.collect()]
    return [
        {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}
        for row in found
    ]


def compiled_of(text: str, folder: Path) -> CompiledTable:
    file = folder / "contract.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def test_what_is_no_change_of_a_table_is_told_or_quarantined(landing: Landing) -> None:
    landing.contract = CONTRACT
    insert = record(Change("c", 10, 0, 0, "a", "Ann", 1))
    truncate = record(Change("t", 11, 1, 2, "", None, None))
    placeless = {**insert, "value": {**insert["value"], "source": {}}}
    broken = record(Change("u", 12, 3, 0, "b", "", -1))
    records = [
        insert, truncate, placeless, broken, {**insert, "value": "no event"},
        {**insert, "topic": "test.shop.orders"}, {**insert, "value": None}, {"offset": 1},
    ]  # fmt: skip
    landing.put("a.jsonl", "".join(json.dumps(each) + "\n" for each in records) + '{"topic": "test.shop.customers", \n')
    landing.bronze()
    steps = {step.table_name: step for step in landing.silver()}
    assert counts(steps[str(CHANGES)]) == (5, 2, 3)
    stream = steps["silver.shop_changes"]
    assert counts(stream) == (1, 0, 1)
    assert stream.detail == "9 records; 1 tombstone; 2 of topics that no contract takes (no topic, test.shop.orders)"
    assert landing.rows(CURRENT) == [], "the truncate came after it"
    no_row = ["id: required", "name: required", "_op: one of c, d, r, t, u"]
    place = "_lsn: the change event names its place in the source's log"
    time = "_changed_at: the change event names its time"
    assert reasons(landing, "customers_changes") == [
        [place, time],
        [*no_row, place, time],
        ["name: at least 1 character", "tier: >= 0"],
    ]
    assert reasons(landing, "shop_changes") == [[UNREADABLE]]


def reasons(landing: Landing, table: str) -> list[list[str]]:
    rows = landing.rows(Table("quarantine", table))
    return sorted([error["message"] for error in row["_errors"]] for row in rows)


@pytest.fixture
def table(landing: Landing) -> CompiledTable:
    landing.contract = CONTRACT
    ((_, (entity,)),) = landing.project.entities
    return entity.compiled


def test_an_event_in_its_schema_envelope_is_the_same_event(spark: SparkSession, table: CompiledTable) -> None:
    log = [
        Change("c", 10, 0, 0, "a", "Ann", 1),
        Change("u", 11, 1, 5, "a", "Anna", None),
        Change("d", 12, 2, 9, "a", "", 0),
    ]
    plain, enveloped = (
        cdc.decode(bronze_rows(spark, [record(each, enveloped=how) for each in log]), table.table).drop("_row")
        for how in (False, True)
    )
    assert_df_equality(plain, enveloped)
    rows = [(row["_op"], row["_lsn"], row["_position"], row["id"], row["name"], row["tier"]) for row in plain.collect()]
    assert rows == [
        ("c", 10, 0, "a", "Ann", "1"),
        ("u", 11, 1, "a", "Anna", None),
        ("d", 12, 2, "a", "", "0"),
    ]


def test_a_delete_that_shows_its_key_alone_is_valid(spark: SparkSession, table: CompiledTable) -> None:
    delete = record(Change("d", 10, 0, 0, "a", None, None))
    delete["value"]["before"] = None
    events = cdc.decode(bronze_rows(spark, [delete]), table.table)
    (row,) = cdc.judge(table, events).collect()
    assert (row["id"], row["name"], row["_op"], row["_errors"]) == ("a", None, "d", [])


def test_a_time_in_milliseconds_is_taken_where_there_are_no_microseconds(
    spark: SparkSession, table: CompiledTable
) -> None:
    change = Change("c", 10, 0, 7, "a", "Ann", 1)
    old = record(change)
    del old["value"]["source"]["ts_us"]
    (row,) = cdc.decode(bronze_rows(spark, [old]), table.table).collect()
    assert row["_changed_at"] == change.at.replace(tzinfo=None)


@pytest.mark.parametrize("lsn", ["abc", 10**23])
def test_a_position_that_cannot_be_read_is_not_replaced_by_another(
    lsn: object, spark: SparkSession, table: CompiledTable
) -> None:
    event = record(Change("c", 10, 0, 7, "a", "Ann", 1))
    event["value"]["source"] |= {"lsn": lsn, "sequence": json.dumps([None, "10"])}
    (row,) = cdc.decode(bronze_rows(spark, [event]), table.table).collect()
    assert row["_lsn"] is None


def test_a_record_belongs_to_the_table_that_its_topic_ends_with(spark: SparkSession) -> None:
    topics = [TOPIC, "shop.customers", "test.myshop.customers", "test.shop.customers_old", None]
    rows = spark.createDataFrame([(topic, None) for topic in topics], "topic string, _rescued string")
    assert [row["topic"] for row in rows.where(cdc.is_event_of("shop.customers")).collect()] == [TOPIC]
