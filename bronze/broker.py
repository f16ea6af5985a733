"""What a Kafka broker has, asked by its client of the extra `kafka`: milliseconds instead of a JVM start."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from hallmark.bronze.kafka_options import LOCATIONS, client_options
from hallmark.bronze.topics import Marks, Offsets
from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import DataError, HallmarkError, MachineError, SettingsError, StepError
from hallmark.lakehouse.logins import KafkaLogin

if TYPE_CHECKING:
    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AdminClient, OffsetSpec

PATIENCE = 5.0
"""Seconds in which a broker must answer; the client connects again and again, with pauses that grow to a second."""

_LISTEN = 10  # tenths of a second


def look(server: Server, login: KafkaLogin) -> Marks | HallmarkError:
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
    from confluent_kafka.admin import AdminClient

    if missing := _missing_file(server, login):
        return missing
    heard: list[KafkaError] = []  # why it does not answer is told beside the call that waits in vain
    options: dict[str, Any] = {
        "bootstrap.servers": str(server.place["host"]),
        **client_options(login),
        "socket.connection.setup.timeout.ms": 2000,
        "reconnect.backoff.max.ms": 1000,
        "log_level": 0,  # what is wrong is in the letter
        "error_cb": heard.append,
    }
    try:
        client = AdminClient(options)  # reads the certificates
    except KafkaException as error:
        return _unusable(server, error.args[0])
    try:
        return _ask(client, server)
    except DataError as letter:
        return letter
    except KafkaException as error:
        for _ in range(_LISTEN):  # what was heard is handed over by `poll`
            if not client.poll(0.1) and heard:
                break
        told = error.args[0]
        return _not_let_in(server, login, [told, *heard]) or away(server, told.str() if hasattr(told, "str") else error)


def _missing_file(server: Server, login: KafkaLogin) -> SettingsError | None:
    for setting, file in login.files.items():
        if not file.is_file():
            todo = f"name a file of certificates (PEM): {_variable(server, setting)}"
            return SettingsError("a certificate can't be read", where=f"server {server.name}", got=file, todo=todo)
    return None


def _unusable(server: Server, told: KafkaError) -> SettingsError:
    """The letter about what the client can't even begin with."""
    said = told.str().removeprefix("Failed to create admin client: ")
    setting = next((ours for ours, theirs in LOCATIONS.items() if said.startswith(theirs)), None)
    if setting is None:
        todo = f"mend the server's host in the contract, or {_variable(server, '*')}"
        return SettingsError("the Kafka client can't be started", where=f"server {server.name}", got=said, todo=todo)
    wanted = {"ssl_ca": "certificates (PEM)", "ssl_keystore": "a certificate and its key, not encrypted (PEM)"}[setting]
    return SettingsError(
        "a certificate can't be used",
        where=f"server {server.name}",
        got=said,
        wanted=wanted,
        todo=f"name another file: {_variable(server, setting)}",
    )


def _variable(server: Server, setting: str) -> str:
    return f"HALLMARK_KAFKA__{server.name.upper()}__{setting.upper()}"


def _not_let_in(server: Server, login: KafkaLogin, told: Sequence[object]) -> SettingsError | None:
    """The letter about a user or a certificate that is not taken; None when it is something else."""
    from confluent_kafka import KafkaError

    bad_user, bad_tls = KafkaError._AUTHENTICATION, KafkaError._SSL  # noqa: SLF001 -- the library's public names
    errors = [(error.code(), error.str()) for error in told if isinstance(error, KafkaError)]
    where = f"server {server.name}: {server.place.get('host')}"
    if said := _first(errors, bad_user, KafkaError.SASL_AUTHENTICATION_FAILED):
        todo = f"mend {_variable(server, 'user')} and __PASSWORD in the environment, or __SASL_MECHANISM"
        return SettingsError("the Kafka broker does not let the user in", where=where, got=_reason(said), todo=todo)
    # One side speaks TLS and the other does not, or misses a certificate: told as a lost connection.
    lost = next((said for _, said in errors if "SSL handshake failed" in said or "SSL alert" in said), None)
    if said := _first(errors, bad_tls) or lost:
        return SettingsError(
            "there is no secure connection with the Kafka broker",
            where=where,
            got=_reason(said),
            wanted=f"security_protocol {login.protocol}",
            todo=f"mend the broker's certificate, or {_variable(server, 'ssl_ca')} and __SECURITY_PROTOCOL",
        )
    return None


def _first(errors: Sequence[tuple[int, str]], *codes: int) -> str | None:
    return next((said for code, said in errors if code in codes), None)


def _reason(said: str) -> str:
    # `host:port/bootstrap: reason (after 12ms in state ...)`: how long it took makes no two letters alike.
    # What librdkafka advises are options of its own; ours are told beside it.
    return said.rpartition("bootstrap: ")[2].partition(" (after ")[0].partition(", verify that")[0].strip()


def away(server: Server, got: object) -> StepError:
    """The letter about a broker that does not answer."""
    return StepError(
        "the Kafka broker does not answer",
        where=f"server {server.name}: {server.place.get('host')}",
        got=got,
        wanted=f"an answer within {PATIENCE:g} s",
        todo="start it, or mend the server's host in the contract; the next run reads all that has come meanwhile",
    )


def _ask(client: AdminClient, server: Server) -> Marks:
    from confluent_kafka import IsolationLevel, TopicCollection
    from confluent_kafka.admin import OffsetSpec

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
