"""Events that Debezium wrote: whatever the connector's settings, each stream ends in the state that its source had."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from changelog import bronze_rows, ordered
from pyspark.sql import SparkSession

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.silver import cdc
from hallmark.silver.versions import current_rows, history_rows, shape_of

RECORDED = Path(__file__).parent / "recorded"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop.shop_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
schema:
"""
CUSTOMERS = """
  - name: customers
    physicalName: shop.customers
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string, required: true, logicalTypeOptions: {minLength: 1}}
      - {name: email, logicalType: string}
      - {name: tier, logicalType: integer, physicalType: int}
"""
ORDERS = """
  - name: orders
    physicalName: shop.orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: amount, logicalType: number, physicalType: "decimal(18,4)", required: true%s}
      - {name: note, logicalType: string}
"""
DOCS = """
  - name: docs
    physicalName: shop.docs_default
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: title, logicalType: string, required: true}
      - {name: body, logicalType: string, required: true, logicalTypeOptions: {pattern: "^[0-9s][-0-9a-z]*$"}}
"""
ALL_TYPES = """
  - name: all_types
    physicalName: shop.all_types
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: c_bigint, logicalType: integer}
      - {name: c_numeric, logicalType: number, physicalType: "decimal(12,2)"%s}
      - {name: c_numeric_any, logicalType: number, physicalType: "decimal(38,20)"}
      - {name: c_date, logicalType: date}
      - {name: c_time, logicalType: time%s}
      - {name: c_timestamp, logicalType: timestamp%s}
      - {name: c_timestamptz, logicalType: timestamp}
      - {name: c_timetz, logicalType: time}
      - {name: c_int_array, logicalType: array, items: {logicalType: integer, physicalType: int}}
"""
PRODUCTS = """
  - name: products
    physicalName: shop.products
%s
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string, required: true}
      - {name: description, logicalType: string}
      - {name: weight, logicalType: number}
      - {name: age, logicalType: integer, physicalType: int}
      - {name: address, logicalType: string}
"""
WITHOUT_SCHEMA = ("plain", "flat")
CONNECTORS = ("plain", "schema", "text", "flat")


def debezium_type(name: str) -> str:
    return f", customProperties: [{{property: debeziumType, value: {name}}}]"


def compiled_of(text: str, folder: Path) -> CompiledTable:
    file = folder / "contract.odcs.yaml"
    file.write_text(CONTRACT + text, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def recorded(name: str) -> list[dict[str, Any]]:
    with gzip.open(RECORDED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def values(rows: list[Any], *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_customers_end_truncated_and_before_that_in_their_last_state(
    spark: SparkSession, tmp_path: Path, connector: str
) -> None:
    compiled = compiled_of(CUSTOMERS, tmp_path)
    shape, records = shape_of(compiled), recorded(f"stream_{connector}")
    rows = ordered(spark, compiled, records).localCheckpoint()
    living = [
        (2, "Blaise Pascal", None, 1),
        (4, "Emmy Noether", None, 2),
        (5, "Sofia Kovalevskaya", None, 3),
        (6, "B", None, 1),
        (33, "Carl Gauss", None, 1),
    ]
    names = ("id", "name", "email", "tier")
    now = [row for row in current_rows(rows, shape).collect() if not row["_gone"]]
    versions = history_rows(rows, shape).collect()
    if connector == "flat":  # the SMT drops truncates without a word
        assert values(now, *names) == living
        assert values([row for row in versions if row["is_current"]], *names) == living
    else:
        assert now == []
        ends = [row["valid_to"] for row in versions]
        assert values([row for row in versions if row["valid_to"] == max(ends)], *names) == living
    assert {row["name"] for row in versions if row["id"] == 3} == {"Carl Gauss"}
    assert [row["email"] for row in sorted(versions, key=lambda row: row["valid_from"]) if row["id"] == 2] == [
        None,
        "blaise@example.com",
        None,
    ]


@pytest.mark.parametrize("connector", CONNECTORS)
def test_amounts_are_read_in_every_decimal_mode(spark: SparkSession, tmp_path: Path, connector: str) -> None:
    """The column was widened from two to four decimals: without a schema no contract could say both."""
    told = debezium_type("Decimal(2)") if connector in WITHOUT_SCHEMA else ""
    compiled = compiled_of(ORDERS % told, tmp_path)
    versions = history_rows(ordered(spark, compiled, recorded(f"stream_{connector}")), shape_of(compiled)).collect()
    last = Decimal("123.45") if connector in WITHOUT_SCHEMA else Decimal("1.2345")
    assert values(versions, "id", "amount", "note") == [
        (100, Decimal("19.99"), "first"),
        (100, Decimal("20.49"), "raised"),
        (101, Decimal("-0.05"), None),
        (102, last, "wider decimal"),
    ]


@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_long_value_that_an_update_leaves_out_stays(spark: SparkSession, tmp_path: Path, connector: str) -> None:
    compiled = compiled_of(DOCS, tmp_path)
    versions = history_rows(ordered(spark, compiled, recorded(f"stream_{connector}")), shape_of(compiled)).collect()
    versions.sort(key=lambda row: row["_lsn"])
    assert [(row["title"], row["body"][:9]) for row in versions] == [
        ("v1", "0000-0001"),
        ("v2", "0000-0001"),
        ("v2", "short"),
    ]
    assert versions[0]["body"] == versions[1]["body"]


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_type_is_the_same_value_in_every_mode(spark: SparkSession, tmp_path: Path, connector: str) -> None:
    told = [
        debezium_type(name) if connector in WITHOUT_SCHEMA else ""
        for name in ("Decimal(2)", "MicroTime", "MicroTimestamp")
    ]
    compiled = compiled_of(ALL_TYPES % tuple(told), tmp_path)
    rows = current_rows(ordered(spark, compiled, recorded(f"stream_{connector}")), shape_of(compiled)).collect()
    one, two = sorted(rows, key=lambda row: row["id"])
    assert one["c_bigint"] == 9007199254740993
    assert one["c_numeric"] == Decimal("1234567890.12")
    assert one["c_numeric_any"] == Decimal("3.14159265358979323846")
    assert str(one["c_date"]) == "2026-02-28"
    assert one["c_time"].removesuffix("Z").removesuffix("000") in {"12:34:56.789", "12:34:56.789000"}
    assert str(one["c_timestamp"]) == "2026-02-28 12:34:56.789012"
    assert str(one["c_timestamptz"]) == "2026-02-28 07:04:56.789012"
    assert one["c_timetz"] == "10:34:56Z"
    assert one["c_int_array"] == [1, 2, None]
    assert {two[name] for name in compiled.columns if name != "id"} == {None}


def test_events_that_a_killed_worker_sent_twice_count_once(spark: SparkSession, tmp_path: Path) -> None:
    text = "  - {name: r, physicalName: public.r, properties: [{name: id, logicalType: integer, primaryKey: true}]}"
    compiled = compiled_of(text, tmp_path)
    versions = history_rows(ordered(spark, compiled, recorded("killed_worker")), shape_of(compiled)).collect()
    assert len(versions) == len({row["id"] for row in versions}) == 81


def as_records(values: list[dict[str, Any]], keys: list[int]) -> list[dict[str, Any]]:
    """Bare values as Kafka records: with the keys that the topic had, in its order."""
    return [
        {"topic": "test.shop.products", "partition": 0, "offset": n, "timestamp": 1, "key": {"id": key}, "value": value}
        for n, (value, key) in enumerate(zip(values, keys, strict=True))
    ]


def key_of(value: dict[str, Any]) -> int:
    event = value.get("payload", value)
    return int((event["after"] or event["before"])["id"])


@pytest.mark.parametrize(
    "name", ["postgres_products_replica_full", "postgres_products_replica_nothing", "postgres_products_with_schema"]
)
def test_the_products_end_as_in_flink_s_test(spark: SparkSession, tmp_path: Path, name: str) -> None:
    compiled = compiled_of(PRODUCTS % "", tmp_path)
    keys = [key_of(value) for value in recorded("postgres_products_replica_full")]
    rows = current_rows(ordered(spark, compiled, as_records(recorded(name), keys)), shape_of(compiled)).collect()
    now = {row["id"]: row for row in rows if not row["_gone"]}
    assert sorted(now) == [*range(101, 111)]
    assert now[106]["description"] == "18oz carpenter hammer"
    assert (now[107]["weight"], now[110]["weight"]) == (5.1, 0.5)


def test_mysql_events_are_ordered_by_binlog_file_and_position(spark: SparkSession, tmp_path: Path) -> None:
    compiled = compiled_of(PRODUCTS % "", tmp_path)
    events = recorded("mysql_products")
    records = as_records(events, [key_of(value) for value in events])
    rows = current_rows(ordered(spark, compiled, records[::-1]), shape_of(compiled)).collect()
    now = {row["id"]: row for row in rows if not row["_gone"]}
    gone = {key_of(value) for value in events if value["op"] == "d"}
    assert sorted(now) == sorted({key_of(value) for value in events} - gone)
    last = {key_of(value): value["after"] for value in events}
    assert all(row["weight"] == last[key]["weight"] for key, row in now.items())
    assert {row["_lsn"] for row in rows} == {3}, "mysql-bin.000003"
    assert min(row["_changed_at"].year for row in rows) == 2020, "the snapshot's time is 0 in the source"


def test_columns_that_appear_are_null_before(spark: SparkSession, tmp_path: Path) -> None:
    """The events have no usable binlog position: the contract names their time."""
    by_time = "    customProperties: [{property: sequenceBy, value: [ts_ms, offset]}]"
    compiled = compiled_of(PRODUCTS % by_time, tmp_path)
    events = recorded("mysql_product_schema_evolution")
    rows = current_rows(ordered(spark, compiled, as_records(events, [*map(key_of, events)])[::-1]), shape_of(compiled))
    now = [row for row in rows.collect() if not row["_gone"]]
    assert values([row for row in now if row["id"] > 102], "id", "age", "address") == sorted(
        [(103, 18, None), (104, 24, None), (105, None, "Beijing"), (107, None, None)], key=lambda row: row[0]
    )
    assert len(now) == 5


def test_an_unknown_operation_and_a_packed_number_without_its_scale_are_errors(
    spark: SparkSession, tmp_path: Path
) -> None:
    compiled = compiled_of(ORDERS % "", tmp_path)
    first, *_ = [record for record in recorded("stream_plain") if record["topic"] == "plain.shop.orders"]
    unknown = {**first, "value": {**first["value"], "op": "x", "after": {"id": 1, "amount": "1.5"}}}
    judged = cdc.judge(compiled, cdc.decode(bronze_rows(spark, [first, unknown]), compiled.table)).collect()
    assert [[error["message"] for error in row["_errors"]] for row in judged] == [
        ["amount: number with at most 4 decimals"],
        ["_op: one of c, d, r, t, u"],
    ]
