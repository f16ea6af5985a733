"""A broker that is asked without Spark: what it lacks, or that it is away, comes back as a letter."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest
from confluent_kafka import Producer
from tls import make_certificate

from hallmark.bronze import broker
from hallmark.contracts.model import Server
from hallmark.lakehouse.logins import KafkaLogin


def server(address: str, topic: str = "orders") -> Server:
    return Server("live", topic, "json", type="kafka", place={"host": address}, topics=(topic,))


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_a_broker_that_is_away_is_a_letter_after_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "PATIENCE", 0.3)
    address = free_address()
    assert str(broker.look(server(address), KafkaLogin())) == (
        "StepError: the Kafka broker does not answer\n"
        f"  where: server live: {address}\n"
        "  got: Failed to get metadata: Local: Broker transport failure\n"
        "  wanted: an answer within 0.3 s\n"
        "  do: start it, or mend the server's host in the contract; the next run reads all that has come meanwhile"
    )


def test_a_topic_that_is_not_there_is_a_letter() -> None:
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "log_level": 0})
    (node,) = producer.list_topics(timeout=10).brokers.values()
    producer.produce("orders", value="{}")
    producer.flush(10)
    address = f"{node.host}:{node.port}"
    assert str(broker.look(server(address, "ordrs"), KafkaLogin())) == (
        "DataError: no such topic\n"
        f"  where: server live: {address}\n"
        "  got: ordrs\n"
        "  do: mend the contract, or make the topic; near it: orders"
    )


def test_without_the_client_there_is_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "confluent_kafka" else find(name))
    assert str(broker.look(server("a:1"), KafkaLogin())) == (
        "MachineError: a contract reads Kafka, and its client is not installed\n"
        "  where: server live\n"
        "  got: no package confluent-kafka\n"
        "  do: pip install 'hallmark-lakehouse[kafka]'"
    )


@pytest.mark.parametrize(
    ("setting", "file", "got", "wanted"),
    [
        ("ssl_ca", "empty", "ssl.ca.location failed: ", "certificates (PEM)"),
        (
            "ssl_keystore",
            "empty",
            "ssl.certificate.location failed: ",
            "a certificate and its key, not encrypted (PEM)",
        ),
        ("ssl_keystore", "own.crt", "ssl.key.location failed: ", "a certificate and its key, not encrypted (PEM)"),
    ],
)
def test_a_file_without_what_it_should_hold_is_a_letter(
    tmp_path: Path, setting: str, file: str, got: str, wanted: str
) -> None:
    make_certificate(tmp_path, "own")
    (tmp_path / "empty").touch()
    head, where, reason, *rest = str(
        broker.look(server("127.0.0.1:1"), KafkaLogin.model_validate({setting: tmp_path / file}))
    ).splitlines()
    assert reason.startswith(f"  got: {got}")
    assert [head, where, *rest] == [
        "SettingsError: a certificate can't be used",
        "  where: server live",
        f"  wanted: {wanted}",
        f"  do: name another file: HALLMARK_KAFKA__LIVE__{setting.upper()}",
    ]
