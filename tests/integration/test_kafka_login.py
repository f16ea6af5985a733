"""Kafka behind TLS and a login: what the settings say, both clients do; what the broker does not take is a letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from broker import Broker
from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from landing import Landing
from protected import on_disk
from tls import make_certificate

from hallmark.bronze import broker as broker_looks
from hallmark.lakehouse.errors import HallmarkError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.stack.ports import free_ports

BRONZE = Table("bronze", "orders")
PASSWORD = 's3"c\\r=e;t'  # noqa: S105 -- of the test's own broker
"""With each letter that Java's file of logins reads in a way of its own."""
MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Guarded:
    """A broker with two more doors than the one in the clear.

    Attributes:
        login: port with TLS and a login.
        mutual: port with TLS that asks the client for its certificate.
        certificates: folder of `own` (the broker's), `client` (the one that it takes), `other`.
    """

    node: Broker
    login: int
    mutual: int
    certificates: Path

    def send(self, count: int) -> None:
        self.node.send(("orders", None, json.dumps({"id": number})) for number in range(count))


def guarded(base: Path) -> Guarded:
    for name in ("own", "other", "client"):
        make_certificate(base, name)
    node, ports = Broker(base / "stack"), free_ports()
    found = Guarded(node, next(ports), next(ports), base)
    node.more = properties(found)
    return found


def properties(broker: Guarded) -> dict[str, object]:
    state, here = broker.node.node.state, "127.0.0.1"
    doors = f"PLAINTEXT://{here}:{state.kafka_port},LOGIN://{here}:{broker.login},MUTUAL://{here}:{broker.mutual}"
    in_quotes = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    users = {
        "plain": f'{MODULES}.plain.PlainLoginModule required user_reader="{in_quotes}";'.replace("\\", "\\\\"),
        "scram-sha-256": f"{MODULES}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{MODULES}.scram.ScramLoginModule required;",
    }
    shown = {"ssl.keystore.type": "PEM", "ssl.keystore.location": broker.certificates / "own.pem"}
    taken = {"ssl.truststore.type": "PEM", "ssl.truststore.location": broker.certificates / "client.crt"}
    return {
        "listeners": f"{doors},CONTROLLER://{here}:{state.controller_port}",
        "advertised.listeners": doors,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL",
        **{f"listener.name.{door}.{key}": value for door in ("login", "mutual") for key, value in shown.items()},
        **{f"listener.name.mutual.{key}": value for key, value in taken.items()},
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        **{f"listener.name.login.{mechanism}.sasl.jaas.config": line for mechanism, line in users.items()},
    }


def let_in(broker: Broker, user: str, password: str) -> None:
    """A user whose password the broker keeps."""
    client = broker.admin
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        wish = UserScramCredentialUpsertion(user, ScramCredentialInfo(mechanism, 4096), password.encode())
        client.alter_user_scram_credentials([wish])[user].result(30)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    found = guarded(tmp_path_factory.mktemp("guarded"))
    try:
        found.node.start()
        let_in(found.node, "reader", PASSWORD)
        found.node.make("orders")
        yield found
    finally:
        found.node.stop()


def contract(port: int) -> str:
    return f"""
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
servers:
  - {{server: live, type: kafka, host: "127.0.0.1:{port}", format: json}}
schema:
  - name: orders
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true}}
"""


def setting(monkeypatch: pytest.MonkeyPatch, **given: object) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"HALLMARK_KAFKA__LIVE__{name.upper()}", str(value))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_messages_come_over_tls_for_a_user_and_no_secret_is_written(
    lake: Lake, tmp_path: Path, broker: Guarded, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    ca = broker.certificates / "own.crt"
    setting(monkeypatch, user="reader", password=PASSWORD, sasl_mechanism=mechanism, ssl_ca=ca)
    shop = Landing(lake, tmp_path, contract(broker.login))
    broker.send(3)
    shop.bronze()
    assert {row["id"] for row in shop.rows(BRONZE)} == {"0", "1", "2"}
    assert on_disk(tmp_path, ['s3"c']) == {}


def test_messages_come_from_a_broker_that_asks_for_our_certificate(
    lake: Lake, tmp_path: Path, broker: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, ssl_ca=broker.certificates / "own.crt", ssl_keystore=broker.certificates / "client.pem")
    broker.send(1)
    shop = Landing(lake, tmp_path, contract(broker.mutual))
    shop.bronze()
    assert {row["id"] for row in shop.rows(BRONZE)} >= {"0"}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on this machine tells at once what it does not take."""
    monkeypatch.setattr(broker_looks, "PATIENCE", 2.0)


def refusal(lake: Lake, folder: Path, port: int) -> str:
    with pytest.raises(HallmarkError) as caught:
        Landing(lake, folder, contract(port)).bronze()
    return str(caught.value)


@pytest.mark.usefixtures("hasty")
def test_a_wrong_password_is_a_letter(
    lake: Lake, tmp_path: Path, broker: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, user="reader", password="other", ssl_ca=broker.certificates / "own.crt")
    assert refusal(lake, tmp_path, broker.login) == (
        "SettingsError: the Kafka broker does not let the user in\n"
        f"  where: server live: 127.0.0.1:{broker.login}\n"
        "  got: SASL authentication error: Authentication failed during authentication due to invalid credentials with "
        "SASL mechanism SCRAM-SHA-512\n"
        "  do: mend HALLMARK_KAFKA__LIVE__USER and __PASSWORD in the environment, or __SASL_MECHANISM"
    )


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("port", "given", "got", "protocol"),
    [
        (
            "login",
            {"user": "reader", "password": PASSWORD, "ssl_ca": "other.crt"},
            "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed",
            "SASL_SSL",
        ),
        (
            "clear",
            {"ssl_ca": "own.crt"},
            "SSL handshake failed: Disconnected: SSL connection closed by peer",
            "SSL",
        ),
        (
            "mutual",
            {"ssl_ca": "own.crt"},
            "Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42",
            "SSL",
        ),
    ],
)
def test_a_connection_that_is_not_secure_is_a_letter(  # noqa: PLR0917 -- fixtures, and the case
    lake: Lake,
    tmp_path: Path,
    broker: Guarded,
    monkeypatch: pytest.MonkeyPatch,
    port: str,
    given: dict[str, str],
    got: str,
    protocol: str,
) -> None:
    files = {"ssl_ca": broker.certificates / given["ssl_ca"]} if "ssl_ca" in given else {}
    setting(monkeypatch, **{**given, **files})
    number = {"login": broker.login, "mutual": broker.mutual, "clear": broker.node.node.state.kafka_port}[port]
    head, where, reason, *rest = refusal(lake, tmp_path, number).splitlines()
    assert reason.startswith(f"  got: {got}")
    assert "\n".join([head, where, *rest]) == (
        "SettingsError: there is no secure connection with the Kafka broker\n"
        f"  where: server live: 127.0.0.1:{number}\n"
        f"  wanted: security_protocol {protocol}\n"
        "  do: mend the broker's certificate, or HALLMARK_KAFKA__LIVE__SSL_CA and __SECURITY_PROTOCOL"
    )


def test_a_file_of_certificates_that_is_not_there_is_a_letter(
    lake: Lake, tmp_path: Path, broker: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, ssl_ca=tmp_path / "gone.crt")
    assert refusal(lake, tmp_path, broker.login) == (
        "SettingsError: a certificate can't be read\n"
        "  where: server live\n"
        f"  got: {tmp_path}/gone.crt\n"
        "  do: name a file of certificates (PEM): HALLMARK_KAFKA__LIVE__SSL_CA"
    )
