"""A real Kafka into bronze and silver: poison messages, kills, a broker that is away, topics that are not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broker import Broker, Message
from confluent_kafka import Producer
from landing import Landing
from warehouses import BIN, environment, kill, started, wait_until

from hallmark.bronze.progress import checkpoint_folder
from hallmark.lakehouse.checkpoint import last_batch
from hallmark.lakehouse.errors import HallmarkError, ProgressError
from hallmark.lakehouse.ledger import OFFSETS
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.execute import dry_run

BRONZE, SILVER, QUARANTINE = (Table(schema, "orders") for schema in ("bronze", "silver", "quarantine"))


def contract(broker: Broker, **options: object) -> str:
    custom = ", ".join(f"{{property: {name}, value: {json.dumps(value)}}}" for name, value in options.items())
    return f"""
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
servers:
  - {{server: live, type: kafka, host: "{broker.address}", format: json, customProperties: [{custom}]}}
schema:
  - name: orders
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true}}
      - {{name: note, logicalType: string}}
"""


def order(topic: str, number: int, **more: object) -> Message:
    return topic, f"k{number}", json.dumps({"id": number, "note": f"n{number}", **more})


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    found = Broker(tmp_path_factory.mktemp("stack"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def topic(broker: Broker, request: pytest.FixtureRequest) -> str:
    """A topic of the test's own, of two partitions."""
    name = request.node.name.replace("_", "-")
    broker.make(name, partitions=2)
    return name


@pytest.fixture
def shop(lake: Lake, tmp_path: Path, broker: Broker, topic: str) -> Landing:
    return Landing(lake, tmp_path, contract(broker, topic=topic))


def ids(shop: Landing, table: Table = BRONZE) -> list[str]:
    return sorted((str(row["id"]) for row in shop.rows(table) if row["id"] is not None), key=int)


def refusal(shop: Landing) -> HallmarkError:
    with pytest.raises(HallmarkError) as caught:
        shop.bronze()
    return caught.value


def waits(shop: Landing) -> list[str]:
    return [work.why for work in dry_run(shop.project, ["bronze"]).work]


def test_poison_messages_are_rows_and_stop_nothing(shop: Landing, broker: Broker, topic: str) -> None:
    large = "x" * 5_000_000
    with_schema = {"schema": {"type": "struct", "fields": []}, "payload": {"id": 1001, "note": "in an envelope"}}
    poison: list[Message] = [
        (topic, "cut", '{"id": 1, "note": "cut o'),
        (topic, "binary", b"\x00\xff\xfe"),
        (topic, "large", large),
        (topic, "array", "[1]"),
        (topic, "two", '{"id": 2} {"id": 3}'),
        (topic, "empty", ""),
        (topic, b"\xff", json.dumps({"id": 1002, "note": large})),
        (topic, "envelope", json.dumps(with_schema)),
        (topic, "tombstone", None),
    ]
    good = [order(topic, n) for n in range(1000)]
    broker.send([*good[:500], *poison, *good[500:]], headers={"trace": "t-1"})
    assert waits(shop) == ["1,009 new messages of live"]
    (entry,) = shop.bronze()
    assert (entry.rows_written, entry.detail) == (
        1009,
        "live, 1,009 waited, 0 wait now, 6 not readable as rows (_rescued)",
    )
    rows = {row["_key"]: row for row in shop.rows(BRONZE)}
    assert ids(shop) == [str(n) for n in [*range(1000), 1001, 1002]]
    assert {key: rows[key]["_rescued"] for key in ("cut", "binary", "large", "array", "two", "empty", "tombstone")} == {
        "cut": '{"id": 1, "note": "cut o',
        "binary": "data:;base64,AP/+",
        "large": large,
        "array": "[1]",
        "two": '{"id": 2} {"id": 3}',
        "empty": "",
        "tombstone": None,
    }
    assert rows["data:;base64,/w=="]["note"] == large
    one = rows["k7"]
    assert (one["_topic"], one["_method"], one["_headers"]) == (topic, "stream", '[{"key":"trace","value":"t-1"}]')
    assert one["_file"] == f"{topic}/{one['_partition']}/{one['_offset']}"
    assert one["_timestamp"].year >= 2026
    assert waits(shop) == []
    assert shop.bronze() == []
    (judged,) = shop.silver()
    assert (judged.rows_valid, judged.rows_quarantined) == (1002, 7)
    assert {row["run_id"] for row in shop.rows(OFFSETS)} == {"run-0"}


def test_batches_are_bounded_and_the_lag_is_in_the_ledger(shop: Landing, broker: Broker, topic: str) -> None:
    shop.contract = contract(broker, topic=topic, maxOffsetsPerTrigger=40)
    broker.send([order(topic, n) for n in range(100)])
    shop.bronze()
    by_load = [row["_load_id"] for row in shop.rows(BRONZE)]
    assert len(by_load) == 100
    assert len(set(by_load)) >= 3
    assert max(by_load.count(load) for load in set(by_load)) <= 40
    rows = shop.rows(OFFSETS)
    assert sum(row["waiting_before"] for row in rows) == sum(row["read_until"] for row in rows) == 100
    assert [row["waiting_after"] for row in rows] == [0, 0]
    broker.send([order(topic, n) for n in range(100, 110)])
    assert waits(shop) == ["10 new messages of live"]


def test_a_topic_that_the_contract_no_longer_names_stops_nothing(shop: Landing, broker: Broker, topic: str) -> None:
    broker.make(f"{topic}-b")
    broker.send([order(topic, 1), order(f"{topic}-b", 2)])
    shop.contract = contract(broker, topic=[topic, f"{topic}-b"])
    shop.bronze()
    shop.contract = contract(broker, topic=topic)
    broker.send([order(topic, 3), order(f"{topic}-b", 4)])
    shop.bronze()
    assert ids(shop) == ["1", "2", "3"]
    shop.contract = contract(broker, topic=[topic, f"{topic}-b"])
    letter = refusal(shop)
    assert (letter.what, letter.got) == (
        "a topic was taken out of the contract and put back: it would be read from its beginning, a second time",
        f"{topic}-b",
    )
    assert ids(shop) == ["1", "2", "3"]


def test_two_fields_that_spark_takes_for_one_are_a_row_that_is_kept(shop: Landing, broker: Broker, topic: str) -> None:
    text = json.dumps({"id": 2, "\u0131d": 5}, ensure_ascii=False)
    broker.send([order(topic, 1), (topic, "k", text), (topic, "k", '{"\u0131d": 3, "note": "its only id"}')])
    shop.bronze()
    shop.silver()
    assert [row["_rescued"] for row in shop.rows(BRONZE) if row["_rescued"]] == [text]
    assert ids(shop, SILVER) == ["1", "3"]


def test_a_time_that_spark_can_not_hold_is_told(shop: Landing, broker: Broker, topic: str) -> None:
    odd = f"{topic}-odd"
    broker.make(odd, **{"message.timestamp.after.max.ms": str(2**63 - 1)})
    broker.send([order(odd, 1)], at=1_764_350_000_000_000_000)
    shop.contract = contract(broker, topic=odd)
    letter = refusal(shop)
    assert str(letter.got).startswith("ArithmeticException: a message's time is beyond the year 294246 (nanoseconds")
    assert "kafka-delete-records" in str(letter.todo)


def test_a_killed_run_is_finished_by_the_next_without_loss_or_double(
    shop: Landing, broker: Broker, topic: str, tmp_path: Path
) -> None:
    shop.contract = contract(broker, topic=topic, maxOffsetsPerTrigger=300)
    broker.send([order(topic, n) for n in range(1000)])
    project = shop.project
    names = {
        "HALLMARK_WAREHOUSE": shop.lake.warehouse,
        "HALLMARK_DATA": tmp_path,  # so that little of the synthetic landing zone is written
        "HALLMARK_CONTRACTS": project.settings.contracts,
    }
    checkpoint = checkpoint_folder(shop.lake.warehouse, BRONZE, "live")
    with started(
        [BIN / "hallmark", "run", "--until", "bronze"], folder=tmp_path, log=tmp_path / "log", env=environment(**names)
    ) as process:
        wait_until(lambda: last_batch(checkpoint / "offsets") >= 1, "the second batch", every=0.005)
        kill(process)
    there = len(ids(shop))
    assert 0 < there < 1000
    # What a kill between the table's commit and the checkpoint's leaves.
    (checkpoint / "commits" / str(last_batch(checkpoint / "commits"))).unlink()
    shop.bronze()
    assert ids(shop) == [str(n) for n in range(1000)]
    assert waits(shop) == []


def test_a_broker_that_is_away_holds_up_no_other_source_and_the_next_run_catches_up(
    shop: Landing, broker: Broker, topic: str
) -> None:
    broker.send([order(topic, n) for n in range(5)])
    files = '  - {server: files, type: local, path: "*.jsonl", format: json}\nschema:'
    shop.contract = shop.contract.replace("schema:", files)
    shop.put("a.jsonl", '{"id": 77}\n')
    broker.stop()
    try:
        assert str(refusal(shop)) == (
            "StepError: the Kafka broker does not answer\n"
            f"  where: server live: {broker.address}\n"
            "  got: Failed to get metadata: Local: Broker transport failure\n"
            "  wanted: an answer within 5 s\n"
            "  do: start it, or mend the server's host in the contract; the next run reads all that has come meanwhile"
        )
        assert waits(shop) == ["live can't be read: the Kafka broker does not answer"]
        assert ids(shop) == ["77"]
    finally:
        broker.start()
    shop.bronze()
    assert ids(shop) == ["0", "1", "2", "3", "4", "77"]


def test_a_topic_that_is_not_there_is_told_with_those_near_it(shop: Landing, broker: Broker, topic: str) -> None:
    shop.contract = contract(broker, topic=f"{topic[:-2]}x")
    letter = refusal(shop)
    assert (letter.what, letter.got) == ("no such topic", f"{topic[:-2]}x")
    assert str(letter.todo).startswith("mend the contract, or make the topic; near it: ")
    assert topic in str(letter.todo)


def test_dropped_messages_are_told_and_skipped_only_when_the_contract_says_so(
    shop: Landing, broker: Broker, topic: str
) -> None:
    broker.send([order(topic, n) for n in range(10)])
    shop.bronze()
    broker.send([order(topic, n) for n in range(10, 30)])
    broker.drop(topic, until=8)
    letter = refusal(shop)
    assert isinstance(letter, ProgressError)
    assert str(letter).startswith(
        "ProgressError: messages were dropped by the broker before they were read (retention)"
    )
    lost = sum(max(0, 8 - row["read_until"]) for row in shop.rows(OFFSETS))
    assert lost > 0
    shop.contract = contract(broker, topic=topic, onDataLoss="skip")
    assert waits(shop) == [f"{20 - lost} new messages of live, {lost} lost before"]
    shop.bronze()
    assert len(ids(shop)) == 30 - lost
    assert sum(row["lost"] for row in shop.rows(OFFSETS)) == lost
    assert waits(shop) == []


def test_a_topic_that_was_made_anew_is_told(shop: Landing, broker: Broker, topic: str) -> None:
    broker.send([order(topic, n) for n in range(4)])
    shop.bronze()
    broker.remove(topic)
    broker.make(topic, partitions=2)
    broker.send([order(topic, n) for n in range(50)])
    letter = refusal(shop)
    assert letter.what == "a topic was made anew: what was read of it is not what it holds now"
    assert letter.got == "a topic of another id"
    shop.contract = shop.contract.replace("server: live", "server: live_again")
    shop.bronze()
    assert len(shop.rows(BRONZE)) == 54


def test_rows_of_an_aborted_transaction_are_not_read(shop: Landing, broker: Broker, topic: str) -> None:
    producer = Producer({"bootstrap.servers": broker.address, "transactional.id": topic, "log_level": 0})
    producer.init_transactions()
    for number, end in enumerate((producer.abort_transaction, producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce(topic, key="k", value=json.dumps({"id": number}))
        end()
    shop.bronze()
    assert ids(shop) == ["1"]
    producer.begin_transaction()
    producer.produce(topic, key="k", value=json.dumps({"id": 2}))
    producer.flush()
    assert waits(shop) == [], "what waits for its transaction is not new"
    producer.commit_transaction()
    shop.bronze()
    assert ids(shop) == ["1", "2"]


def test_change_events_of_a_topic_take_the_way_of_those_in_files(lake: Lake, tmp_path: Path, broker: Broker) -> None:
    envelope = {"schema": {"type": "struct", "fields": []}}

    def event(op: str, lsn: int, before: Any, after: Any, *, schema: bool = False) -> Message:
        value = {"op": op, "before": before, "after": after, "source": {"lsn": lsn, "ts_ms": 1_000 * lsn}}
        key = {"id": (after or before)["id"]}
        if schema:
            return (
                "app.shop.orders",
                json.dumps({**envelope, "payload": key}),
                json.dumps({**envelope, "payload": value}),
            )
        return "app.shop.orders", json.dumps(key), json.dumps(value)

    broker.make("app.shop.orders")
    broker.send(
        [
            event("c", 1, None, {"id": 1, "note": "a"}),
            event("c", 2, None, {"id": 2, "note": "b"}, schema=True),
            event("u", 3, None, {"id": 1, "note": "c"}),
            ("app.shop.orders", '{"id": 9}', '{"op": "c", "after": {"id"'),
            event("d", 4, {"id": 2, "note": None}, None),
            ("app.shop.orders", '{"id": 2}', None),
        ]
    )
    text = contract(broker, topicPrefix="app").replace("format: json", "format: debezium")
    text = text.replace("id: shop.orders", "id: shop.events").replace(
        "- name: orders", "- name: orders\n    physicalName: shop.orders"
    )
    shop = Landing(lake, tmp_path, text)
    (entry,) = shop.bronze()
    assert (entry.rows_written, entry.table_name) == (6, "bronze.events")
    rows = shop.rows(Table("bronze", "events"))
    assert {row["_method"] for row in rows} == {"cdc"}
    assert [row["_rescued"] for row in rows if row["_rescued"]] == ['{"op": "c", "after": {"id"']
    shop.silver()
    assert [(row["id"], row["note"]) for row in shop.rows(SILVER)] == [(1, "c")]
    assert len(shop.rows(Table("quarantine", "events"))) == 1
