"""`hallmark contract test` on files: every rule's outcome, with samples, as a run would judge the same rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from java_patterns import GOOD
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import ContractError
from hallmark.pipelines.contract_places import Choice
from hallmark.pipelines.contract_report import document
from hallmark.pipelines.contract_testing import Asked, plan_test, run_test

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SHOP = r"""
apiVersion: v3.1.0
kind: DataContract
id: shop.shop
version: 1.2.0
status: active
servers:
  - {server: files, type: local, path: "{model}/*.csv", format: csv,
     customProperties: [{property: delimiter, value: ";"}]}
  - {server: lines, type: local, path: "{model}/*.jsonl", format: json}
  - {server: columns, type: local, path: "{model}/*.parquet", format: parquet}
  - {server: lake, type: local, path: "{model}/lake", format: delta}
schema:
  - name: orders
    quality:
      - {metric: rowCount, mustBeBetween: [8, 10]}
      - {metric: duplicateValues, arguments: {properties: [customer]}, mustBeGreaterThan: 1}
      - {type: sql, name: sum, query: "select sum(amount) from {object}", mustBeLessThan: 50}
      - {type: sql, name: longest, query: "select max(email) from ${table}", mustNotBe: x}
      - {type: custom, engine: greatExpectations, implementation: {type: expect_table_columns_to_match_set, kwargs: {}}}
    properties:
      - {name: order_id, logicalType: string, primaryKey: true}
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
        logicalTypeOptions: {minimum: 0}
        customProperties: [{property: failAbove, value: 40%}]
        quality: [{metric: nullValues, mustBeLessThan: 50, unit: percent}]
      - {name: email, logicalType: string, classification: pii, logicalTypeOptions: {format: email}}
      - {name: customer, logicalType: string, relationships: [{to: customers.id}]}
      - {name: at, logicalType: timestamp}
      - name: size
        logicalType: string
        quality:
          - {metric: invalidValues, arguments: {validValues: [S, M]}, mustBe: 0, severity: warning}
          - {metric: nullValues, mustBeGreaterThan: 90, unit: percent}
  - {name: customers, properties: [{name: id, logicalType: string, primaryKey: true}]}
slaProperties:
  - {property: freshness, value: 1, unit: d, element: orders.at}
  - {property: latency, value: 90, unit: min, element: orders.at}
  - {property: frequency, value: 1, unit: d}
"""


@pytest.fixture(scope="module")
def tested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("shop")
    files = {
        "shop.odcs.yaml": SHOP,
        "orders/a.csv": (
            "order_id;amount;email;customer;at\n1;5;a@b.c;c1;2026-11-24\n2;-1;bad@;c2;2026-11-25 10:00\n"
            "1;7;;c1;\n3;x;;c9;\n"
        ),
        "orders/b.csv": "customer;order_id;discount;size\nc1;4;0.1;XL\n",
        "orders/c.jsonl": '{"order_id": 5, "amount": 1.5, "size": "S"}\n{broken\n',
        "customers/c.csv": "id\nc1\nc2\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    pq.write_table(pa.table({"order_id": ["6"], "amount": [2.5]}), folder / "orders" / "d.parquet")
    (folder / "orders" / "e.parquet").write_bytes(b"no parquet")
    write_deltalake(folder / "orders" / "lake", pa.table({"order_id": ["7"], "customer": ["c2"]}))
    contract = load_contract(folder / "shop.odcs.yaml", ingest=False)
    return json.loads(
        json.dumps(document(run_test(spark, plan_test(contract, Asked(Choice(), NOW))))).replace(f"{folder}/", "")
    )


def rules(tested: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["message"]: rule for rule in tested["tables"][0]["rules"]}


def test_all_files_are_read_by_column_name(tested: dict[str, Any]) -> None:
    orders, customers = tested["tables"]
    assert (orders["table"], orders["rows"], orders["valid"], orders["broken"]) == ("orders", 10, 5, 5)
    assert (orders["new_columns"], orders["missing_columns"]) == (["discount"], [])
    assert len(orders["files"]) == 6
    assert (customers["rows"], customers["valid"]) == (2, 2)
    assert tested["verdict"] == "violated"


@pytest.mark.parametrize(
    ("message", "state", "measured", "samples"),
    [
        ("order_id: required", "ok", 0, []),
        ("order_id: unique", "broken", 1, [("orders/a.csv", "1")]),
        ("amount: number with at most 2 decimals", "ok", 1, [("orders/a.csv", "x")]),
        ("amount: >= 0", "ok", 1, [("orders/a.csv", "-1")]),
        ("email: email", "broken", 1, [("orders/a.csv", "***")]),
        ("size: one of S, M", "warning", 1, [("orders/b.csv", "XL")]),
        ("rowCount", "ok", 10, []),
        ("customer: duplicateValues", "ok", 3, []),
        ("sql (sum)", "ok", 15, []),
        ("sql (longest)", "ok", "***", []),
        ("at: freshness", "ok", "2026-11-25 10:00:00 UTC", []),
        ("at: latency", "broken", "2026-11-25 10:00:00 UTC", []),
        ("customer: is in customers.id", "broken", 1, [("orders/a.csv", "c9")]),
    ],
)
def test_a_rule_has_its_outcome(
    tested: dict[str, Any], message: str, state: str, measured: object, samples: list[tuple[str, str]]
) -> None:
    rule = rules(tested)[message]
    assert (rule["state"], rule["measured"]) == (state, measured)
    assert [(sample["file"], sample["value"]) for sample in rule["samples"]] == samples


def test_shares_are_of_all_rows(tested: dict[str, Any]) -> None:
    amount, size = rules(tested)["amount: no null"], rules(tested)["size: nullValues"]
    assert (amount["state"], amount["measured"], amount["wanted"]) == ("ok", 30, "< 50 % and at most 40 %")
    assert (size["state"], size["measured"], size["wanted"]) == ("broken", 80, "> 90 %")


def test_what_cant_be_read_is_told_without_personal_values(tested: dict[str, Any]) -> None:
    rule = rules(tested)["the source's text could not be read as a row"]
    assert (rule["measured"], {sample["value"] for sample in rule["samples"]}) == (2, {"***"})
    assert sorted(sample["file"] for sample in rule["samples"]) == ["orders/c.jsonl", "orders/e.parquet"]


def test_a_rule_of_another_tool_is_told_as_not_run(tested: dict[str, Any]) -> None:
    orders = next(table for table in tested["tables"] if table["table"] == "orders")
    assert (tested["notes"], orders["not_run"]) == (
        [],
        [
            {
                "rule": "custom",
                "message": "greatExpectations",
                "why": "a greatExpectations rule about the whole table is not run here",
            },
            {"rule": "sla", "message": "service level frequency 1 d", "why": "it is about publishes"},
        ],
    )


HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: a.t\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n"


def outcome_of(spark: SparkSession, folder: Path, table: str, content: str, name: str = "t.csv") -> dict[str, Any]:
    file, data = folder / "t.odcs.yaml", folder / name
    file.write_text(HEAD + "".join(f"    {line}\n" for line in table.splitlines()), encoding="utf-8")
    data.write_text(content, encoding="utf-8")
    return document(run_test(spark, plan_test(load_contract(file, ingest=False), Asked(Choice(data=(data,)), NOW))))


SQL = "[{type: sql, name: q, query: 'select QUERY from {object}', mustBe: 0}]"
PATTERN = "[{type: custom, engine: pandera, implementation: {check: str_contains, value: 'a{2147483648}'}}]"
LOOKUP = "[{property: lookups, value: [{table: other, key: k, expr: c}]}]"


@pytest.mark.parametrize(
    ("added", "what", "where"),
    [
        ((f", quality: {PATTERN}", ""), "a rule can't be run by Spark", ":8 (t.c, str_contains)"),
        ((", transformLogic: lower(nope)", ""), "a transform can't be run", ":8 (t.c, transform)"),
        (("", f"customProperties: {LOOKUP}"), "a lookup's table has no contract", ""),
    ],
)
def test_what_spark_cant_run_is_a_letter_that_names_the_rule(
    spark: SparkSession, tmp_path: Path, added: tuple[str, str], what: str, where: str
) -> None:
    column, table = added
    text = f"properties: [{{name: c, logicalType: string{column}}}]\n{table}"
    with pytest.raises(ContractError) as error:
        outcome_of(spark, tmp_path, text, "c\na\nb\n")
    assert (error.value.what, str(error.value.where)) == (what, f"{tmp_path / 't.odcs.yaml'}{where}")


def test_a_query_that_cant_be_run_is_one_broken_rule(spark: SparkSession, tmp_path: Path) -> None:
    queries = (
        "select nope from {object}",
        "select c from {object}",
        "select count(*) from T",
        "select count(*) - 2 from t",
    )
    listed = ", ".join(f"{{type: sql, name: q{n}, query: {query!r}, mustBe: 0}}" for n, query in enumerate(queries))
    table = f"properties: [{{name: c, logicalType: string}}]\nquality: [{listed}]"
    found = rules(outcome_of(spark, tmp_path, table, "c\na\nb\n"))
    measured = [(found[f"sql (q{n})"]["state"], str(found[f"sql (q{n})"]["measured"])) for n in range(4)]
    assert measured[0][0] == "broken"
    assert measured[0][1].startswith("can't be run: ")
    assert measured[1:] == [("broken", "gives several rows"), ("broken", "2"), ("ok", "0")]


@pytest.mark.parametrize("personal", ["orders", "customers"])
def test_a_key_is_masked_when_either_side_is_personal(spark: SparkSession, tmp_path: Path, personal: str) -> None:
    mark = {personal: ", classification: pii"}
    text = HEAD.replace("  - name: t\n", "") + (
        "  - {name: orders, properties: [{name: mail, logicalType: string, relationships: [{to: customers.email}]"
        f"{mark.get('orders', '')}}}]}}\n"
        f"  - {{name: customers, properties: [{{name: email, logicalType: string{mark.get('customers', '')}}}]}}\n"
    )
    for name, content in {"t.odcs.yaml": text, "orders.csv": "mail\nann@x.org\n", "customers.csv": "email\n"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    data = (tmp_path / "orders.csv", tmp_path / "customers.csv")
    tested = document(
        run_test(spark, plan_test(load_contract(tmp_path / "t.odcs.yaml", ingest=False), Asked(Choice(data=data), NOW)))
    )
    assert "is in customers.email" in json.dumps(tested)
    assert "ann@" not in json.dumps(tested)


def test_a_value_is_looked_up_in_the_valid_rows_of_another_contract(spark: SparkSession, tmp_path: Path) -> None:
    other = HEAD.replace("a.t", "a.other").replace("name: t", "name: other") + (
        "    properties: [{name: k, logicalType: string, primaryKey: true}, {name: n, logicalType: integer}]\n"
    )
    server = "servers: [{server: s, type: local, path: other.csv, format: csv}]\n"
    (tmp_path / "other.odcs.yaml").write_text(other + server, encoding="utf-8")
    (tmp_path / "other.csv").write_text("k,n\na,1\na,2\nb,x\n", encoding="utf-8")
    looked_up = "transformLogic: other.n, customProperties: [{property: sourceColumns, value: [c]}]"
    table = (
        f"customProperties: {LOOKUP}\nproperties:\n  - {{name: c, logicalType: string}}\n"
        f"  - {{name: n, logicalType: integer, {looked_up}, quality: [{{metric: nullValues, mustBe: 0}}]}}"
    )
    (tested,) = outcome_of(spark, tmp_path, table, "c\na\nb\n")["tables"]
    assert (tested["table"], tested["rows"], tested["valid"]) == ("t", 2, 1)


def test_unique_rules_of_the_same_columns_are_each_told(spark: SparkSession, tmp_path: Path) -> None:
    twice = "quality: [{metric: duplicateValues, mustBe: 0, arguments: {properties: [k, c]}}]\n"
    keys = "properties:\n" + "".join(
        f"  - {{name: {name}, primaryKey: true, primaryKeyPosition: {n}}}\n" for n, name in enumerate("ck", 1)
    )
    (table,) = outcome_of(spark, tmp_path, twice + keys, "c,k\na,1\na,2\na,1\n")["tables"]
    assert [(rule["message"], rule["measured"]) for rule in table["rules"] if "unique" in rule["message"]] == [
        ("k, c: unique", 1),
        ("c, k: unique", 1),
    ]


def test_an_empty_file_is_a_table_without_rows(spark: SparkSession, tmp_path: Path) -> None:
    found = outcome_of(
        spark, tmp_path, "quality: [{metric: rowCount, mustBeGreaterThan: 0}]\nproperties: [{name: c}]", ""
    )
    (table,) = found["tables"]
    assert (table["rows"], found["verdict"], table["rules"][-1]["measured"]) == (0, "violated", 0)


def test_what_was_planned_is_read_and_nothing_that_comes_later(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.odcs.yaml").write_text(
        f"{HEAD}    properties: [{{name: c, logicalType: string}}]\n", encoding="utf-8"
    )
    (tmp_path / "t.csv").write_text("c\na\n", encoding="utf-8")
    plan = plan_test(load_contract(tmp_path / "t.odcs.yaml", ingest=False), Asked(Choice(data=(tmp_path,)), NOW))
    (tmp_path / "u.csv").write_text("c\na\n", encoding="utf-8")
    (table,) = run_test(spark, plan).tables
    assert (table.rows, table.files) == (1, (str(tmp_path / "t.csv"),))


def test_every_operator_of_the_standard_is_measured(spark: SparkSession, tmp_path: Path) -> None:
    contract = load_contract(Path(__file__).parents[1] / "contracts_odcs" / "quality_operators.odcs.yaml", ingest=False)
    data = tmp_path / "measures.jsonl"
    data.write_text('{"value": 1}\n' * 4, encoding="utf-8")
    asked = Asked(Choice(data=(data,)), NOW)
    assert run_test(spark, plan_test(contract, asked)).holds
    data.write_text('{"value": 1}\n' * 3, encoding="utf-8")
    (table,) = run_test(spark, plan_test(contract, replace(asked, examples=0))).tables
    measured = [result.outcome for result in table.results if result.outcome.rule == "rowCount"]
    assert [outcome.holds for outcome in measured] == [False, False, False, False, True, True, False, True]


def test_nested_values_of_a_json_array_are_judged(spark: SparkSession, tmp_path: Path) -> None:
    contract = load_contract(Path(__file__).parents[1] / "contracts_odcs" / "nested.odcs.yaml", ingest=False)
    good = {
        "address": {"street": "a", "place": {"zip": "12345"}},
        "tags": ["a"],
        "orders": [{"sku": "s", "quantity": 1}],
        "matrix": [[0, 1], []],
    }
    bad = {**good, "address": {"place": {"zip": "1"}}, "orders": [{"quantity": 0}], "matrix": [[-1]]}
    data = tmp_path / "people.jsonl"
    data.write_text("\n".join(json.dumps(row) for row in (good, bad)), encoding="utf-8")
    (table,) = run_test(spark, plan_test(contract, Asked(Choice(data=(data,)), NOW))).tables
    assert (table.rows, table.valid) == (2, 1)
    assert sorted(result.outcome.message for result in table.results if result.state == "broken") == [
        "address.place.zip: like ^\\d{5}$",
        "address.street: required",
        "address: with the field street",
        "matrix[][]: >= 0",
        "orders[].quantity: >= 1",
        "orders[].sku: required",
    ]


def test_patterns_that_lint_lets_through_are_run_by_spark(spark: SparkSession) -> None:
    frame = spark.range(1).select(*[F.lit("a").rlike(pattern) for pattern in GOOD])
    assert len(frame.first() or ()) == len(GOOD)
