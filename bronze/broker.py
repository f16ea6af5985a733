"""What a Kafka broker has, asked by its client of the extra `kafka`: milliseconds instead of a JVM start."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from hallmark.bronze.topics import Marks, Offsets
from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import DataError, HallmarkError, MachineError, StepError

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient, OffsetSpec

PATIENCE = 5.0
"""Seconds in which a broker must answer; the client connects again and again, with pauses that grow to a second."""


def look(server: Server) -> Marks | HallmarkError:
    """The offsets and ids of a server's topics, or the letter that says why they are not known.

    The letter is given back and not raised: other sources can be read all the same.
    """
    if importlib.util.find_spec("confluent_kafka") is None:
        return MachineError(
            "a contract reads Kafka, and its client is not installed",
            where=f"server {server.name}",
            got="no package confluent-kafka",
            todo="pip install 'hallmark-lakehouse[kafka]'",
        )
    from confluent_kafka import KafkaException

    try:
        return _ask(server)
    except DataError as letter:
        return letter
    except KafkaException as error:
        return away(server, error.args[0].str() if hasattr(error.args[0], "str") else error)


def away(server: Server, got: object) -> StepError:
    """The letter about a broker that does not answer."""
    return StepError(
        "the Kafka broker does not answer",
        where=f"server {server.name}: {server.place.get('host')}",
        got=got,
        wanted=f"an answer within {PATIENCE:g} s",
        todo="start it, or mend the server's host in the contract; the next run reads all that has come meanwhile",
    )


def _ask(server: Server) -> Marks:
    from confluent_kafka import IsolationLevel, TopicCollection
    from confluent_kafka.admin import AdminClient, OffsetSpec

    client = AdminClient(
        {
            "bootstrap.servers": str(server.place["host"]),
            "socket.connection.setup.timeout.ms": 2000,
            "reconnect.backoff.max.ms": 1000,
            "log_level": 0,  # what is wrong is in the letter
        }
    )
    known = client.list_topics(timeout=PATIENCE).topics
    _refuse_missing(server, known)
    numbers = {topic: sorted(known[topic].partitions) for topic in server.topics}
    committed = IsolationLevel.READ_COMMITTED  # as Spark reads: up to the first transaction that is still open
    begin = _offsets(client, numbers, OffsetSpec.earliest(), committed)
    end = _offsets(client, numbers, OffsetSpec.latest(), committed)
    described = client.describe_topics(TopicCollection(list(server.topics)), request_timeout=PATIENCE)
    ids = {topic: str(future.result().topic_id) for topic, future in described.items()}
    return Marks(begin, end, ids)


def _offsets(client: AdminClient, numbers: dict[str, list[int]], at: OffsetSpec, isolation: object) -> Offsets:
    from confluent_kafka import TopicPartition

    asked = {TopicPartition(topic, number): at for topic, found in numbers.items() for number in found}
    answers = client.list_offsets(asked, isolation_level=isolation, request_timeout=PATIENCE)
    offsets: dict[str, dict[int, int]] = {topic: {} for topic in numbers}
    for place, future in answers.items():
        offsets[place.topic][place.partition] = future.result().offset
    return offsets


def _refuse_missing(server: Server, known: Collection[str]) -> None:
    missing = [topic for topic in server.topics if topic not in known]
    if missing:
        raise missing_topics(server, missing, [topic for topic in known if not topic.startswith("__")])


def missing_topics(server: Server, missing: Sequence[str], known: Sequence[str]) -> DataError:
    """The letter about topics that the broker does not have; names those near them."""
    near = {each for topic in missing for each in difflib.get_close_matches(topic, known, n=3, cutoff=0.5)}
    some = ", ".join(sorted(near) or sorted(known)[:5]) or "none"
    return DataError(
        "no such topic" if len(missing) == 1 else "no such topics",
        where=f"server {server.name}: {server.place.get('host')}",
        got=", ".join(missing),
        todo=f"mend the contract, or make the topic; {'near it' if near else 'the broker has'}: {some}",
    )
