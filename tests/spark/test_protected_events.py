"""Change events with values to protect: both images and the key, with and without the schema envelope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from landing import Landing
from protected import on_disk
from pyspark.sql import SparkSession

from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop.shop_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
customProperties: [{property: protection, value: {confidential: encrypt}}]
schema:
  - name: customers
    physicalName: shop.customers
    properties:
      - {name: id, logicalType: string, primaryKey: true, encryptedName: customer}
      - {name: email, logicalType: string, classification: personal, encryptedName: mail}
      - {name: name, logicalType: string, required: true, classification: confidential}
      - {name: tier, logicalType: integer, physicalType: int}
  - name: orders
    physicalName: shop.orders
    customProperties: [{property: dataSubject, value: customer_id}]
    properties:
      - {name: order_id, logicalType: integer, primaryKey: true}
      - {name: customer_id, logicalType: string, encryptedName: customer}
      - {name: note, logicalType: string, classification: confidential}
  - name: plans
    physicalName: shop.plans
    properties: [{name: plan, logicalType: string, primaryKey: true}]
"""
BRONZE = Table("bronze", "shop_changes")
SECRETS = ["zq-ann", "zqann@example.com", "Zqann Quux", "Zqann Newname", "zqnote", "zqphone", "zqmessage", "zqtorn",
           "zqplain", "zqsecret-header", "zq-bo"]  # fmt: skip


def event(table: str, lsn: int, key: Any, before: Any, after: Any, *, enveloped: bool = False, **more: Any) -> str:
    op = "d" if after is None else "c" if before is None else "u"
    source = {"lsn": lsn, "ts_us": 1_700_000_000_000_000 + lsn, "schema": "shop"}
    value: Any = {"before": before, "after": after, "op": op, "source": source, "ts_ms": 1}
    if enveloped:
        value, key = ({"schema": {"type": "struct"}, "payload": part} for part in (value, key))
    record = {"topic": f"t.shop.{table}", "partition": 0, "offset": lsn, "key": key, "value": value, **more}
    return json.dumps(record) + "\n"


def log() -> str:
    ann = {"id": "zq-ann", "email": "zqann@example.com", "name": "Zqann Quux", "tier": 1, "phone": "zqphone"}
    newer = {**ann, "name": "Zqann Newname", "email": "__debezium_unavailable_value"}
    order = {"order_id": 7, "customer_id": "zq-ann", "note": "zqnote", "amount": 12.5}
    bo = {"id": "zq-bo", "email": None, "name": "Zqann Quux", "tier": None}
    moved = {"headers": [{"__debezium.oldkey": "zqsecret-header"}]}
    return "".join(
        [
            event("customers", 1, {"id": "zq-ann"}, None, ann),
            event("customers", 2, {"id": "zq-ann"}, ann, newer, enveloped=True),
            event("customers", 2, {"id": "zq-ann"}, ann, newer, enveloped=True),  # delivered twice
            event("customers", 3, {"id": "zq-bo"}, None, bo, **moved),
            event("orders", 4, {"order_id": 7}, None, order),
            event("orders", 5, {"order_id": 7}, order, None),
            event("plans", 6, {"plan": "zqplan-in-clear"}, None, {"plan": "zqplan-in-clear"}),
            event("unknown", 7, {"id": 1}, None, {"text": "zqmessage"}),
            json.dumps({"topic": "t.shop.customers", "key": "zqplain", "value": '{"before": "zqtorn'}) + "\n",
            json.dumps({"topic": "t.shop.customers", "key": {"id": "zq-ann"}, "value": None}) + "\n",
            '{"topic": "t.shop.customers", "value": {"after": {"email": "zqtorn\n',
        ]
    )


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    base = tmp_path_factory.mktemp("protected_events")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=CONTRACT)
    landing.put("1.jsonl", log())
    landing.bronze()
    landing.silver()
    return landing


def test_no_plaintext_is_on_the_disk(loaded: Landing) -> None:
    assert on_disk(loaded.lake.warehouse, SECRETS) == {}


def test_both_images_and_the_key_have_the_same_pseudonym(loaded: Landing) -> None:
    (row,) = {row["value"] for row in loaded.rows(BRONZE) if row["offset"] == "2"}
    payload = json.loads(row)["payload"]
    key = json.loads(next(row["key"] for row in loaded.rows(BRONZE) if row["offset"] == "1"))
    assert payload["before"]["id"] == payload["after"]["id"] == key["id"]
    assert payload["before"]["email"] != payload["after"]["email"] == "__debezium_unavailable_value"
    assert payload["before"]["name"] != payload["after"]["name"]
    assert payload["before"]["phone"].startswith("k1:")  # not declared
    assert payload["source"] == {"lsn": 2, "ts_us": 1_700_000_000_000_002, "schema": "shop"}
    assert (payload["op"], payload["after"]["tier"]) == ("u", 1)


def test_a_table_without_protection_in_the_same_stream_stays_as_it_came(loaded: Landing) -> None:
    (row,) = [row for row in loaded.rows(BRONZE) if row["topic"] == "t.shop.plans"]
    assert json.loads(row["value"])["after"] == {"plan": "zqplan-in-clear"}
    assert json.loads(row["key"]) == {"plan": "zqplan-in-clear"}


def test_changes_apply_as_ever_and_joins_on_pseudonyms_work(loaded: Landing) -> None:
    customers = {row["tier"]: row for row in loaded.rows(Table("silver", "customers"))}
    assert set(customers) == {1, None}
    history = loaded.rows(Table("silver", "customers_history"))
    assert len(history) == 3  # an event that comes twice is the same event
    orders = loaded.rows(Table("silver", "orders_history"))
    assert {row["customer"] for row in orders} == {customers[1]["customer"]}
    assert loaded.rows(Table("silver", "orders")) == []
    assert customers[None]["mail"] is None


def test_one_persons_key_seals_in_both_tables(loaded: Landing) -> None:
    history = loaded.rows(Table("silver", "customers_history"))
    ann = {row["name"].split(":")[1] for row in history if row["tier"] == 1}
    assert {row["note"].split(":")[1] for row in loaded.rows(Table("silver", "orders_history"))} == ann
    assert not ann & {row["name"].split(":")[1] for row in history if row["tier"] is None}


SHAPES = """
apiVersion: v3.1.0
kind: DataContract
id: shop.shape_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
schema:
  - name: people
    physicalName: shop.people
    customProperties: [{property: sequenceBy, value: revision}]
    properties:
      - {name: id, logicalType: string, primaryKey: true, encryptedName: person}
      - {name: source, logicalType: string, encryptedName: mail}
      - name: born
        logicalType: date
        customProperties: [{property: protection, value: {method: truncate, unit: year}}]
      - name: income
        logicalType: number
        physicalType: "decimal(12,2)"
        customProperties: [{property: protection, value: {method: truncate, step: 1000}}]
"""
FIELDS = [
    {"field": "born", "name": "io.debezium.time.Date"},
    {"field": "income", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}},
]


def test_flat_rows_and_packed_values_are_protected_by_what_they_mean(spark: SparkSession, tmp_path: Path) -> None:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=SHAPES)
    row = {"id": "zq-ann", "source": "zqmail", "born": 6364, "income": "U0hx", "note": "zqnote", "revision": 2,
           "__op": "c", "__lsn": 7, "__ts_ms": 1_700_000_000_000, "__db": "zqdb"}  # fmt: skip
    value = {"schema": {"type": "struct", "fields": FIELDS}, "payload": row}
    record = {"topic": "t.shop.people", "partition": 0, "offset": 1, "key": {"id": "zq-ann"}, "value": value}
    landing.put("1.jsonl", json.dumps(record) + "\n")
    landing.bronze()
    landing.silver()
    assert on_disk(landing.lake.warehouse, ["zq-ann", "zqmail", "zqnote", "zqdb"]) == {}
    (bronze,) = landing.rows(Table("bronze", "shape_changes"))
    written = json.loads(bronze["value"])["payload"]
    assert (written["__op"], written["__lsn"], written["revision"], written["born"]) == ("c", 7, 2, "1987-01-01")
    (change,) = landing.rows(Table("silver", "people_changes"))
    assert (str(change["born"]), str(change["income"]), change["_lsn"]) == ("1987-01-01", "54000.00", 2)


def test_the_statement_that_made_a_change_is_sealed(spark: SparkSession, tmp_path: Path) -> None:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=CONTRACT)
    text = event("customers", 1, {"id": "zq-bo"}, None, {"id": "zq-bo"}).replace(
        '"schema": "shop"', '"query": "insert into customers values (\'zqstatement\')"'
    )
    landing.put("1.jsonl", text)
    landing.bronze()
    assert on_disk(landing.lake.warehouse, ["zqstatement"]) == {}
    (row,) = landing.rows(BRONZE)
    source = json.loads(row["value"])["source"]
    assert (source["lsn"], source["query"].startswith("k1:")) == (1, True)
