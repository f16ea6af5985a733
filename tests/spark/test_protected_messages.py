"""Messages of Kafka with values to protect, from Spark's source to the table, without a broker: no plaintext stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from protected import on_disk
from pyspark.sql import SparkSession
from test_messages import AT, SCHEMA

from hallmark.bronze.admit import admit, refuse_without_key
from hallmark.bronze.messages import message_rows
from hallmark.bronze.readers import with_metadata
from hallmark.bronze.topics import Marks, TopicPlan, plan_topics
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.keyring import HOW_TO_KEY, MasterKey
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake, Txn

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: crm.people
version: 1.0.0
status: active
servers: [{server: live, type: kafka, host: "h:1", format: FORMAT, customProperties: [EVOLUTION]}]
schema:
  - name: people
    physicalName: crm.people
    properties:
      - {name: id, logicalType: string, primaryKey: true, encryptedName: person}
      - {name: name, logicalType: string, customProperties: [{property: protection, value: encrypt}]}
      - {name: tier, logicalType: integer}
"""
KEY = MasterKey("k1", bytes(range(32)))
TOPIC = "t.crm.people"
SECRETS = ["zq-ann", "Zqann Quux", "zqnick", "zqtorn", "zqpoison", "zqheader", "zqplainkey", "zqkeyed"]


def plan(folder: Path, form: str, evolution: str) -> TopicPlan:
    file = folder / "people.odcs.yaml"
    option = f"{{property: schemaEvolution, value: {evolution}}}, {{property: topic, value: {TOPIC}}}"
    file.write_text(CONTRACT.replace("FORMAT", form).replace("EVOLUTION", option), encoding="utf-8")
    contract = load_contract(file)
    return plan_topics(contract, contract.servers[0], {}, Marks({}, {}), {})


def write(spark: SparkSession, folder: Path, messages: list[Any], form: str, evolution: str) -> list[dict[str, Any]]:
    """The rows that bronze has of messages (key, value), and what is on the disk of them is none of the secrets."""
    source, lake = plan(folder, form, evolution), Lake(spark, folder / "warehouse")
    headers = [("who", b"zqheader")]
    sent = [(key, value, TOPIC, 1, offset, AT, headers) for offset, (key, value) in enumerate(messages)]
    at = datetime(2026, 11, 24, 3, tzinfo=UTC)
    rows = admit(lake, message_rows(spark.createDataFrame(sent, SCHEMA), form), source, KEY, at)
    lake.append(with_metadata(rows, source.server, at, "load"), source.table, Txn(source.app, 0))
    assert on_disk(folder / "warehouse", SECRETS) == {}
    found = deltalog.read(lake.path(Table("bronze", "people"))).to_pylist()
    return sorted(found, key=lambda row: str(row["_file"]))


def is_cell(text: str | None) -> bool:
    return str(text).startswith("k1:") and str(text).count(":") == 2


@pytest.mark.parametrize("evolution", ["evolve", "rescue", "freeze"])
def test_rows_their_keys_headers_and_poison_are_in_no_file(spark: SparkSession, tmp_path: Path, evolution: str) -> None:
    ann = {"id": "zq-ann", "name": "Zqann Quux", "tier": 1}
    messages = [
        (b"zqplainkey", json.dumps(ann).encode()),
        (b"zqplainkey", json.dumps({**ann, "nickname": "zqnick"}).encode()),
        (None, b'{"id": "zqtorn'),
        (b'{"id": "zqkeyed"}', b"\xffzqpoison"),
    ]
    plain, more, torn, poison = write(spark, tmp_path, messages, "json", evolution)
    assert (plain["id"].count(":"), is_cell(plain["name"]), plain["tier"]) == (1, True, "1")
    assert [is_cell(row["_key"]) for row in (plain, more, torn, poison)] == [True, True, False, True]
    assert all(is_cell(row["_headers"]) for row in (plain, more, torn, poison))
    assert [row["_offset"] for row in (plain, more, torn, poison)] == [0, 1, 2, 3]
    assert (is_cell(torn["_rescued"]), is_cell(poison["_rescued"]), torn["id"], torn["tier"]) == (
        True,
        True,
        None,
        None,
    )
    holder = {"evolve": "_undeclared", "rescue": "_rescued_columns", "freeze": "_rescued"}[evolution]
    assert (is_cell(more[holder]), plain[holder]) == (True, None)


def test_a_change_event_that_is_poison_keeps_its_place_and_its_key_protected(
    spark: SparkSession, tmp_path: Path
) -> None:
    image = {"id": "zq-ann", "name": "Zqann Quux", "tier": 1}
    value = {"before": None, "after": image, "op": "c", "source": {"lsn": 1}, "ts_ms": 1}
    key = json.dumps({"id": "zq-ann"}).encode()
    messages = [
        (key, json.dumps(value).encode()),
        (key, b'{"after": {"id": "zqpoison'),
        (key, None),
        (b"zqkeyed", None),
    ]
    event, poison, tombstone, odd = write(spark, tmp_path, messages, "debezium", "evolve")
    assert json.loads(event["value"])["after"]["id"] == json.loads(event["key"])["id"]
    assert (poison["topic"], poison["offset"], poison["value"], poison["key"]) == (TOPIC, "1", None, event["key"])
    assert is_cell(poison["_rescued"])
    assert (tombstone["value"], tombstone["_rescued"], tombstone["key"]) == (None, None, event["key"])
    assert is_cell(odd["key"])
    assert all(is_cell(row["headers"]) for row in (event, poison, tombstone, odd))


def test_without_a_key_no_message_is_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        refuse_without_key(plan(tmp_path, "json", "evolve"), None)
    assert str(error.value) == (
        "SettingsError: a source has values to protect, and there is no key\n"
        f"  where: bronze.people\n  do: {HOW_TO_KEY}"
    )
