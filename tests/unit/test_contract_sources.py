"""Servers of contracts: Kafka's topics, schema evolution, limits; what can't be used is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import ContractError

TEXT = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
servers:
  - SERVER
schema:
  - name: orders
    physicalName: shop.orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
"""
FILES = '{server: landing, type: local, path: "a/*.csv", format: csv, customProperties: [CUSTOM]}'
KAFKA = '{server: live, type: kafka, host: "a:9092,b:9092", FORMATcustomProperties: [CUSTOM]}'


def server(tmp_path: Path, text: str, custom: str = "", table: str = "") -> Server:
    file = tmp_path / "orders.odcs.yaml"
    whole = TEXT.replace("SERVER", text.replace("CUSTOM", custom).replace("FORMAT", ""))
    if table:
        whole = whole.replace("    properties:", f"    customProperties: [{table}]\n    properties:")
    file.write_text(whole, encoding="utf-8")
    return load_contract(file).servers[0]


def option(name: str, value: object) -> str:
    return f"{{property: {name}, value: {value}}}"


def test_a_topic_is_named_by_the_server_or_is_the_tables_physical_name(tmp_path: Path) -> None:
    found = server(tmp_path, KAFKA)
    assert found == Server(
        "live", "shop.orders", "json", type="kafka", place={"host": "a:9092,b:9092"}, topics=("shop.orders",)
    )
    assert server(tmp_path, KAFKA, option("topic", "orders")).topics == ("orders",)
    assert server(tmp_path, KAFKA, option("topic", "[a, b, a]")).topics == ("a", "b")


def test_topics_of_change_events_have_the_connectors_prefix(tmp_path: Path) -> None:
    text = KAFKA.replace("FORMAT", "format: debezium, ")
    found = server(tmp_path, text, option("topicPrefix", "app"))
    assert (found.format, found.topics) == ("debezium", ("app.shop.orders",))


def test_limits_and_losses_are_read(tmp_path: Path) -> None:
    custom = f"{option('maxOffsetsPerTrigger', 500)}, {option('onDataLoss', 'skip')}"
    found = server(tmp_path, KAFKA, custom)
    assert (found.max_per_batch, found.skips_lost, found.options) == (500, True, {})
    assert server(tmp_path, FILES, option("maxFilesPerTrigger", 7)).max_per_batch == 7
    assert server(tmp_path, FILES).max_per_batch is None


@pytest.mark.parametrize("text", [FILES, KAFKA])
def test_the_server_says_how_a_schema_evolves_else_the_table(tmp_path: Path, text: str) -> None:
    assert server(tmp_path, text).evolution == "evolve"
    freeze = option("schemaEvolution", "freeze")
    assert server(tmp_path, text, table=freeze).evolution == "freeze"
    assert server(tmp_path, text, option("schemaEvolution", "rescue"), freeze).evolution == "rescue"


@pytest.mark.parametrize(
    ("text", "custom", "letter"),
    [
        (
            FILES,
            option("schemaEvolution", "resque"),
            ContractError(
                "unknown schemaEvolution",
                where="7 (servers.0.customProperties)",
                got="resque",
                wanted="evolve, rescue, freeze, fail",
                todo="did you mean 'rescue'?",
            ),
        ),
        (
            KAFKA.replace("FORMAT", "format: debezium, "),
            f"{option('topicPrefix', 'app')}, {option('schemaEvolution', 'fail')}",
            ContractError(
                "schemaEvolution is not for change events",
                where="7 (servers.0.customProperties)",
                got="fail",
                wanted="evolve",
                todo="remove it: bronze keeps a change event whole, and silver takes the columns that the contract "
                "names",
            ),
        ),
        (
            KAFKA,
            option("maxOffsetsPerTrigger", 0),
            ContractError(
                "maxOffsetsPerTrigger is no number",
                where="7 (servers.0.customProperties)",
                got="0",
                wanted="a whole number above 0",
            ),
        ),
        (
            KAFKA,
            option("maxOffsetPerTrigger", 1),
            ContractError(
                "unknown option 'maxOffsetPerTrigger' of a Kafka server",
                where="7 (servers.0.customProperties)",
                todo="did you mean 'maxOffsetsPerTrigger'?",
            ),
        ),
        (
            KAFKA.replace("a:9092,b:9092", "broker"),
            "",
            ContractError(
                "the brokers' address can't be read",
                where="7 (servers.0.host)",
                got="'broker'",
                wanted="host:port, or several with commas",
            ),
        ),
        (
            KAFKA.replace("FORMAT", "format: avro, "),
            "",
            ContractError(
                "messages of this format are not read",
                where="7 (servers.0.format)",
                got="avro",
                wanted="json, debezium",
            ),
        ),
        (
            KAFKA,
            option("onDataLoss", "ignore"),
            ContractError(
                "unknown onDataLoss", where="7 (servers.0.customProperties)", got="ignore", wanted="fail, skip"
            ),
        ),
        (
            KAFKA,
            option("topic", "'a b'"),
            ContractError(
                "not the name of a topic",
                where="7 (servers.0.customProperties)",
                got="'a b'",
                wanted="letters, digits, dots, underscores and hyphens",
            ),
        ),
        (
            KAFKA,
            option("topic", "[]"),
            ContractError("no topic is named", where="7 (servers.0.customProperties)", wanted="one topic or several"),
        ),
        (
            KAFKA,
            option("topic", "null"),
            ContractError("no topic is named", where="7 (servers.0.customProperties)", wanted="one topic or several"),
        ),
        (
            KAFKA,
            option("topicPrefix", "''"),
            ContractError(
                "topicPrefix is empty", where="7 (servers.0.customProperties)", wanted="the connector's topic.prefix"
            ),
        ),
        (
            KAFKA.replace("FORMAT", "format: debezium, "),
            "",
            ContractError(
                "it is not said which topics have the change events",
                where="7 (servers.0)",
                todo="name the connector's topic.prefix as custom property topicPrefix, or the topics as topic",
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str, custom: str, letter: ContractError) -> None:
    with pytest.raises(ContractError) as caught:
        server(tmp_path, text, custom)
    assert str(caught.value) == str(letter).replace("where: ", f"where: {tmp_path}/orders.odcs.yaml:")
