"""Change events to history and current state: any order and any split of one log gives the same tables."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from changelog import CONTRACT, TOPIC, Change, Version, arrival, history, lines, random_log, record, state
from chispa import assert_df_equality
from landing import UNREADABLE, Landing
from pyspark.sql import DataFrame, SparkSession

from hallmark.bronze.plan import source_columns
from hallmark.contracts.compile import CompiledTable
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.silver import cdc

SEEDS = range(12)
LOGS = {seed: random_log(seed) for seed in SEEDS}
HISTORY, CURRENT, CHANGES = (Table("silver", f"customers{kind}") for kind in ("_history", "", "_changes"))


def counts(entry: StepEntry) -> tuple[int | None, ...]:
    return entry.rows_in, entry.rows_valid, entry.rows_quarantined


@pytest.fixture(scope="module")
def shuffled(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Landing, list[StepEntry]]:
    """All logs, each in an order and cut of its own, landed side by side in three loads."""
    base = tmp_path_factory.mktemp("changes")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=CONTRACT)
    steps = []
    parts = zip(*[arrival(log, seed, 3) for seed, log in LOGS.items()], strict=True)
    for n, part in enumerate(parts):
        landing.put(f"{n}.jsonl", "".join(lines([change for changes in part for change in changes])))
        landing.bronze()
        steps += landing.silver()
    return landing, steps


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_and_any_split_gives_the_same_history(seed: int, shuffled: tuple[Landing, list[StepEntry]]) -> None:
    rows = [row for row in shuffled[0].rows(HISTORY) if row["id"].startswith(f"s{seed}-")]
    found = [
        Version((row["id"], row["name"], row["tier"]), row["valid_from"], row["valid_to"], row["_lsn"]) for row in rows
    ]
    assert sorted(found, key=lambda version: (version.row[0], version.lsn)) == history(LOGS[seed])
    assert all(row["is_current"] == (row["valid_to"] is None) for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_and_any_split_gives_the_same_state(seed: int, shuffled: tuple[Landing, list[StepEntry]]) -> None:
    rows = [row for row in shuffled[0].rows(CURRENT) if row["id"].startswith(f"s{seed}-")]
    assert sorted((row["id"], row["name"], row["tier"]) for row in rows) == state(LOGS[seed])


def test_every_event_passed_the_gate_and_tombstones_were_only_counted(
    shuffled: tuple[Landing, list[StepEntry]],
) -> None:
    landing, steps = shuffled
    events = [change for log in LOGS.values() for change in log]
    deletes = sum(change.op == "d" for change in events)
    gates = [counts(step) for step in steps if step.table_name == str(CHANGES)]
    assert [sum(column) for column in zip(*gates, strict=True)] == [len(events), len(events), 0]
    assert len(landing.rows(CHANGES)) == len(events)
    streams = [step for step in steps if step.table_name == "silver.shop_changes"]
    told = [step.detail.split(" records; ") for step in streams if step.detail]
    assert sum(int(records.replace(",", "")) for records, _ in told) == len(events) + deletes
    assert sum(int(rest.removesuffix(" tombstones")) for _, rest in told) == deletes
    assert landing.silver() == []


def test_the_logs_have_what_they_are_to_show() -> None:
    events = [change for log in LOGS.values() for change in log]
    assert {change.op for change in events} == {"r", "c", "u", "d"}
    assert any(change.id.count("-") == 2 for change in events), "a changed key"
    assert any(later.at < before.at for log in LOGS.values() for before, later in pairwise(log))


def test_what_is_no_change_of_a_table_is_told_or_quarantined(landing: Landing) -> None:
    landing.contract = CONTRACT
    insert = record(Change("c", 10, 0, 0, "a", "Ann", 1))
    truncate = {**insert, "key": None, "value": {**insert["value"], "op": "t", "after": None}}
    placeless = {**insert, "value": {**insert["value"], "source": {}}}
    broken = record(Change("u", 12, 3, 0, "b", "", -1))
    records = [
        insert, truncate, placeless, broken, {**insert, "value": "no event"},
        {**insert, "topic": "test.shop.orders"}, {**insert, "value": None}, {"offset": 1},
    ]  # fmt: skip
    landing.put("a.jsonl", "".join(json.dumps(each) + "\n" for each in records) + '{"topic": "test.shop.customers", \n')
    landing.bronze()
    steps = {step.table_name: step for step in landing.silver()}
    assert counts(steps[str(CHANGES)]) == (5, 1, 4)
    stream = steps["silver.shop_changes"]
    assert counts(stream) == (1, 0, 1)
    assert stream.detail == "9 records; 1 tombstones; 2 of topics that no contract takes (no topic, test.shop.orders)"
    assert [row["id"] for row in landing.rows(CURRENT)] == ["a"]
    no_row = ["id: required", "name: required", "_op: one of c, d, r, u"]
    place = "_lsn: the change event names its place in the source's log"
    time = "_changed_at: the change event names its time"
    assert reasons(landing, "customers_changes") == [
        [place, time],
        no_row,
        [*no_row, place, time],
        ["name: at least 1 characters", "tier: >= 0"],
    ]
    assert reasons(landing, "shop_changes") == [[UNREADABLE]]


def reasons(landing: Landing, table: str) -> list[list[str]]:
    rows = landing.rows(Table("quarantine", table))
    return sorted([error["message"] for error in row["_errors"]] for row in rows)


def bronze(spark: SparkSession, table: CompiledTable, *records: dict[str, Any]) -> DataFrame:
    """Bronze rows of the records: every field as JSON text."""
    columns = source_columns(table.contract)
    texts = [
        tuple(each.get(c) if isinstance(each.get(c), str | None) else json.dumps(each[c]) for c in columns)
        for each in records
    ]
    frame = spark.createDataFrame(texts, ", ".join(f"`{column}` string" for column in columns))
    return frame.selectExpr(
        "*", "string(null) _rescued", "'kafka' _source", "'cdc' _method", "'/a' _file",
        "timestamp_seconds(0) _ingested_at", "'l' _load_id",
    )  # fmt: skip


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
        cdc.decode(bronze(spark, table, *[record(each, enveloped=how) for each in log]), table.table).drop("_row")
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
    events = cdc.decode(bronze(spark, table, delete), table.table)
    (row,) = table.judge(events, key_only=cdc.KEY_ONLY, keep=cdc.EVENT_COLUMNS).collect()
    assert (row["id"], row["name"], row["_op"], row["_errors"]) == ("a", None, "d", [])


def test_a_time_in_milliseconds_is_taken_where_there_are_no_microseconds(
    spark: SparkSession, table: CompiledTable
) -> None:
    change = Change("c", 10, 0, 7, "a", "Ann", 1)
    old = record(change)
    del old["value"]["source"]["ts_us"]
    (row,) = cdc.decode(bronze(spark, table, old), table.table).collect()
    assert row["_changed_at"] == change.at.replace(tzinfo=None)


def test_a_record_belongs_to_the_table_that_its_topic_ends_with(spark: SparkSession) -> None:
    topics = [TOPIC, "shop.customers", "test.myshop.customers", "test.shop.customers_old", None]
    rows = spark.createDataFrame([(topic, None) for topic in topics], "topic string, _rescued string")
    assert [row["topic"] for row in rows.where(cdc.is_event_of("shop.customers")).collect()] == [TOPIC]
