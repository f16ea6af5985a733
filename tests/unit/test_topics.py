"""What there is to read of topics: decided from offsets alone. A loss, or a topic made anew, is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.bronze.broker import missing_topics
from hallmark.bronze.progress import read_offsets
from hallmark.bronze.topics import Marks, Offsets, TopicPlan, plan_again, plan_topics
from hallmark.contracts.model import Contract, Property, SchemaObject, Server
from hallmark.lakehouse.errors import ProgressError, StepError
from hallmark.lakehouse.ledger import SeenTopic

SERVER = Server("live", "a,b", "json", type="kafka", place={"host": "h:1"}, topics=("a", "b"))
ID = Property("id", "id", "integer", "bigint", source_columns=("id",))
CONTRACT = Contract("s.o", "o", "1.0.0", "s", (SERVER,), (SchemaObject("orders", "orders", (ID,)),), Path("o.yaml"))


def plan(
    read: Offsets, begin: Offsets, end: Offsets, *, skips: bool = False, ids: tuple[str, str] = ("", "")
) -> TopicPlan:
    server = Server("live", "a", "json", type="kafka", topics=("a",), skips_lost=skips)
    before, now = ids
    seen = {"a": SeenTopic(before, landed=True)}
    return plan_topics(CONTRACT, server, read, Marks(begin, end, {"a": now} if now else {}), seen)


def test_a_topic_that_was_never_read_waits_from_what_the_broker_still_has() -> None:
    found = plan({}, {"a": {0: 3, 1: 0}}, {"a": {0: 10, 1: 5}})
    assert (found.waiting, found.lost, found.trouble) == (12, 0, None)
    assert (str(found.table), found.columns, found.app) == ("bronze.orders", ("id",), "bronze.orders<-live")


def test_what_was_read_does_not_wait_and_a_new_partition_does() -> None:
    assert plan({"a": {0: 10}}, {"a": {0: 0}}, {"a": {0: 10}}).waiting == 0
    assert plan({"a": {0: 10}}, {"a": {0: 0, 1: 0}}, {"a": {0: 12, 1: 4}}).waiting == 6


def test_dropped_messages_are_a_letter() -> None:
    found = plan({"a": {0: 2, 1: 5}}, {"a": {0: 7, 1: 0}}, {"a": {0: 9, 1: 5}})
    assert (found.lost, found.waiting) == (5, 2)
    assert str(found.trouble) == (
        "ProgressError: messages were dropped by the broker before they were read (retention)\n"
        "  where: bronze.orders from live\n"
        "  got: a/0: offsets 2 to 6\n"
        "  wanted: every message since the last run\n"
        "  do: get them from the producer, or set onDataLoss: skip on the server to go on after them "
        "(ops.offsets keeps how many were lost); run more often, or keep messages longer"
    )


def test_messages_dropped_of_a_partition_that_is_new_are_lost_as_well() -> None:
    found = plan({"a": {0: 2}}, {"a": {0: 0, 1: 4}}, {"a": {0: 2, 1: 6}})
    assert (found.lost, found.waiting) == (4, 2)
    assert found.trouble is not None
    assert found.trouble.got == "a/1: offsets 0 to 3"


@pytest.mark.parametrize(
    ("read", "landed", "told"),
    [
        ({"a": {0: 4}}, {"a", "b"}, "b"),
        ({"a": {0: 4}}, {"a"}, None),
        ({"a": {0: 4}, "b": {0: 1}}, {"a", "b"}, None),
        ({}, {"a", "b"}, None),
    ],
    ids=["put back", "new", "read all along", "all again"],
)
def test_a_topic_that_is_put_back_is_not_read_twice(read: Offsets, landed: set[str], told: str | None) -> None:
    ends = {"a": {0: 4}, "b": {0: 3}}
    seen = {topic: SeenTopic(landed=topic in landed) for topic in ends}
    found = plan_topics(CONTRACT, SERVER, read, Marks({"a": {0: 0}, "b": {0: 0}}, ends), seen).trouble
    assert (found and found.got) == told


def test_dropped_messages_are_passed_over_when_the_contract_says_so() -> None:
    found = plan({"a": {0: 2}}, {"a": {0: 7}}, {"a": {0: 9}}, skips=True)
    assert (found.trouble, found.lost, found.waiting) == (None, 5, 2)


def test_a_shorter_topic_was_made_anew_whatever_the_contract_says_of_losses() -> None:
    found = plan({"a": {0: 9}}, {"a": {0: 0}}, {"a": {0: 4}}, skips=True)
    assert str(found.trouble) == (
        "ProgressError: a topic was made anew: what was read of it is not what it holds now\n"
        "  where: bronze.orders from live, topic a\n"
        "  got: partition 0 ends at offset 4\n"
        "  wanted: at least 9, which was read before\n"
        "  do: give the server another name in the contract: under it the new topic is read from its beginning, and "
        "bronze keeps the rows of the old one"
    )


def test_a_longer_topic_of_another_id_was_made_anew() -> None:
    same = {"a": {0: 4}}, {"a": {0: 0}}, {"a": {0: 9}}
    assert plan(*same, ids=("x", "x")).trouble is None
    assert plan(*same, ids=("", "y")).trouble is None, "a killed run had not written the id"
    found = plan(*same, ids=("x", "y")).trouble
    assert isinstance(found, ProgressError)
    assert found.got == "a topic of another id"


def test_a_topic_that_the_contract_no_longer_names_is_not_missed() -> None:
    assert plan({"a": {0: 1}, "old": {0: 9}}, {"a": {0: 0}}, {"a": {0: 1}}).trouble is None


def test_a_silent_broker_is_the_plans_trouble() -> None:
    letter = StepError("the Kafka broker does not answer")
    found = plan_topics(CONTRACT, SERVER, {}, letter, {})
    assert (found.trouble, found.waiting) == (letter, 0)


def test_a_plan_is_made_again_from_new_offsets() -> None:
    found = plan({}, {"a": {0: 0}}, {"a": {0: 9}})
    assert plan_again(found, {"a": {0: 9}}, Marks({"a": {0: 0}}, {"a": {0: 11}})).waiting == 2


def test_missing_topics_are_told_with_those_near_them() -> None:
    assert str(missing_topics(SERVER, ["ordrs"], ["orders", "clicks", "orders-dlq"])) == (
        "DataError: no such topic\n"
        "  where: server live: h:1\n"
        "  got: ordrs\n"
        "  do: mend the contract, or make the topic; near it: orders, orders-dlq"
    )
    assert missing_topics(SERVER, ["x"], []).todo == "mend the contract, or make the topic; the broker has: none"


def checkpoint(folder: Path, *, offsets: dict[int, str], commits: tuple[int, ...]) -> Path:
    for name, files in (("offsets", offsets), ("commits", dict.fromkeys(commits, "v1\n{}"))):
        (folder / name).mkdir()
        for number, text in files.items():
            (folder / name / str(number)).write_text(text, encoding="utf-8")
    return folder


def test_what_is_read_is_the_newest_batch_that_is_done(tmp_path: Path) -> None:
    lines = {n: f'v1\n{{"batchWatermarkMs":0}}\n{{"a":{{"0":{n * 10},"1":3}}}}' for n in (1, 2)}
    assert read_offsets(checkpoint(tmp_path, offsets=lines, commits=(0, 1))) == {"a": {0: 10, 1: 3}}
    assert read_offsets(tmp_path / "nowhere") == {}


@pytest.mark.parametrize("text", ["v1", "v1\n{}\n-", "v1\n{}\n[1]"])
def test_a_broken_checkpoint_is_a_letter(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProgressError, match="what was read of a topic can't be read from its checkpoint"):
        read_offsets(checkpoint(tmp_path, offsets={0: text}, commits=(0,)))
