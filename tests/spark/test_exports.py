"""Exports, run for real: each refuses or flags just the rows that the verdicts flag, as far as it can say the rules."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from everything import everything
from pyspark.sql import DataFrame, SparkSession

from hallmark.bronze.plan import bronze_ddl, source_columns
from hallmark.contracts.compile import compile_table
from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.dbt import dbt_yml
from hallmark.contracts.exports.ddl import enforced, spark_ddl
from hallmark.contracts.exports.pandera_source import pandera_source
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import told
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract
from hallmark.contracts.pandera_schema import pandera_schema
from hallmark.lakehouse.settings import PACKAGE_ROOT, load_settings
from hallmark.pipelines import dbt_layer

GOOD = {
    "order_id": "1", "line": "1", "placed_on": "2024-01-01", "placed_at": "2024-01-01 10:00:00", "region": "DE",
    "shop": "a.example", "reference": "AB1", "Amount": "0.10", "weight": "1", "quantity": "1", "channel": "web",
    "stars": "1", "code": "C{{1", "email": "a@b.org", "secret": "x", "address": '{"City": "Ulm", "zip": "1"}',
    "tags": '["a"]', "parts": '[{"sku": "s", "n": 1}]', "Note": "n", "flag": "true",
}  # fmt: skip
NOTHING = dict.fromkeys(
    ("placed_at", "shop", "reference", "Amount", "weight", "quantity", "code", "email", "address", "tags", "parts")
)
# Each changes one thing of the good row; "good" and "nothing" break no rule.
CHANGES: dict[str, dict[str, str | None]] = {
    "good": {},
    "nothing": NOTHING,
    "no day": {"placed_on": None},
    "line 0": {"line": "0"},
    "line 100": {"line": "100"},
    "old day": {"placed_on": "2019-12-31"},
    "old time": {"placed_at": "2019-12-31 23:59:59"},
    "far time": {"placed_at": "2100-01-01 00:00:00"},
    "short region": {"region": "D"},
    "long region": {"region": "DEU"},
    "no host": {"shop": "-a"},
    "no reference": {"reference": "ab1"},
    "nothing paid": {"Amount": "0"},
    "odd cents": {"Amount": "0.11"},
    "heavy": {"weight": "2000"},
    "less than nothing": {"quantity": "-1"},
    "fax": {"channel": "fax"},
    "channel is missing": {"channel": "N/A"},
    "nine stars": {"stars": "9"},
    "other code": {"code": "X"},
    "forbidden code": {"code": "CX"},
    "no address of mail": {"email": "nobody"},
    "no city": {"address": '{"zip": "1"}'},
    "short city": {"address": '{"City": "U", "zip": "1"}'},
    "no zip": {"address": '{"City": "Ulm"}'},
    "no tag": {"tags": "[]"},
    "many tags": {"tags": '["a", "b", "c", "d"]'},
    "a tag twice": {"tags": '["a", "a"]'},
    "long tag": {"tags": '["abcdef"]'},
    "part without sku": {"parts": '[{"n": 1}]'},
    "no part": {"parts": '[{"sku": "s", "n": 0}]'},
}
SHIPPED = sorted((PACKAGE_ROOT / "contracts").rglob("*.odcs.yaml"))


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return everything(tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def judged(spark: SparkSession, contract: Contract) -> Iterator[DataFrame]:
    """The changed rows with their verdicts; `_file` has the name of the change."""
    rows = [
        {**GOOD, "order_id": str(number), "reference": f"AB{number}", **change, "_file": name}
        for number, (name, change) in enumerate(CHANGES.items())
    ]
    ddl = bronze_ddl(source_columns(contract))
    lines = spark.createDataFrame([(json.dumps(row),) for row in rows], "line string")
    bronze = lines.selectExpr(f"from_json(line, '{ddl}') as row").select("row.*")
    found = compile_table(contract, contract.objects[0]).judge(bronze).localCheckpoint()
    yield found
    found.unpersist()


@pytest.fixture(scope="module")
def claims(contract: Contract) -> tuple[Claim, ...]:
    return claims_of(contract, contract.objects[0])


@pytest.fixture(scope="module")
def table(spark: SparkSession, contract: Contract) -> Iterator[str]:
    """The table that the exported statements make; each constraint is a commit."""
    spark.sql("drop table if exists silver.orders")
    for statement in spark_ddl(contract).split(";\n"):
        if any(line and not line.startswith("--") for line in statement.splitlines()):
            spark.sql(statement)
    yield "silver.orders"
    spark.sql("drop table if exists silver.orders")


def messages(judged: DataFrame) -> dict[str, set[str]]:
    """What the verdicts say of each change, warnings included."""
    rows = judged.select("_file", "_errors", "_warnings").collect()
    return {row["_file"]: {each["message"] for each in [*row["_errors"], *row["_warnings"]]} for row in rows}


def typed(judged: DataFrame, contract: Contract) -> DataFrame:
    return judged.select(*[prop.name for prop in contract.objects[0].properties])


def test_every_change_but_two_breaks_a_rule(judged: DataFrame, claims: tuple[Claim, ...]) -> None:
    found = messages(judged)
    assert {name for name, broken in found.items() if not broken} == {"good", "nothing"}
    conditions = {claim.says for claim in claims if claim.broken is not None}
    never = {"order_id: required", "line: required", "region: required"}  # one column's `required` stands for them
    assert conditions - set().union(*found.values()) == never


def refusal(row: DataFrame, table: str) -> str:
    """Why the table does not take the row; empty when it does."""
    try:
        row.write.format("delta").mode("append").saveAsTable(table)
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base
        return str(error)
    return ""


def test_the_table_refuses_the_rows_that_the_verdicts_flag(
    spark: SparkSession, contract: Contract, judged: DataFrame, claims: tuple[Claim, ...], table: str
) -> None:
    can_say = {claim.says for claim in claims if enforced(claim)}
    expected = {name for name, broken in messages(judged).items() if broken & can_say}
    refused = set()
    for name in CHANGES:
        row = typed(judged.where(f"_file = '{name}'"), contract)
        if words := refusal(row, table):
            assert "constraint" in words.lower(), words
            refused.add(name)
    assert refused == expected
    assert len(expected) > 20
    # What the table accepts all the same is what its comments name.
    accepted = {name for name, broken in messages(judged).items() if broken} - expected
    assert accepted == {"heavy", "long tag", "part without sku", "no part"}
    assert spark.table(table).count() == len(CHANGES) - len(refused)


def test_the_table_has_the_contracts_columns_partitions_and_words(
    spark: SparkSession, contract: Contract, table: str
) -> None:
    columns = spark.catalog.listColumns(table)
    assert [column.name for column in columns] == [prop.name for prop in contract.objects[0].properties]
    assert {column.name for column in columns if column.isPartition} == {"placed_on", "region"}
    comments = {column.name: column.description for column in columns}
    assert comments["email"] == "Of the buyer. Personal data (confidential): its values are masked in reasons."


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_condition_of_a_shipped_contract_is_sql(spark: SparkSession, file: Path) -> None:
    contract = load_contract(file)
    for table in contract.objects:
        frame = spark.createDataFrame([], compile_table(contract, table).ddl)
        claims = claims_of(contract, table)
        conditions = [claim.broken for claim in claims if claim.broken is not None]
        kinds = {field.dataType.simpleString() for field in frame.selectExpr(*conditions).schema}
        assert kinds == {"boolean"}


def module(text: str) -> ModuleType:
    made = ModuleType("exported")
    exec(compile(text, "exported_pandera.py", "exec"), made.__dict__)  # noqa: S102 -- the export is a program
    return made


def flagged(schema: Any, frame: DataFrame) -> set[str]:
    """What a Pandera schema says of a frame: its errors, warnings, and columns with nulls."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        errors = schema.validate(frame).pandera.errors
    found = [error for kind in errors.values() for each in kind.values() for error in each]
    texts = [str(error["check"]) if error["check"] else str(error) for error in found]
    return {*texts, *(str(each.message) for each in caught if "SchemaWarning" in type(each.message).__name__)}


def test_pandera_flags_what_the_verdicts_flag(
    spark: SparkSession, contract: Contract, judged: DataFrame, claims: tuple[Claim, ...]
) -> None:
    broken = set().union(*messages(judged).values())
    sayable = {claim.says: told(claim) for claim in claims if claim.broken is not None}
    expected = {sayable[message] for message in broken if message in sayable}
    good = typed(judged.where("_file in ('good', 'nothing')"), contract)
    bad = typed(judged, contract)
    for schema in (module(pandera_source(contract)).SCHEMAS["orders"], pandera_schema(contract.objects[0], contract)):
        # The one rule that asks for more bad values than a good frame has.
        assert flagged(schema, good) == {"stars: nullValues > 5 percent (the load stops)"}
        found = flagged(schema, bad)
        assert {words for words in expected if not any(words in each for each in found)} == {"placed_on: required"}
        assert any("not_nullable" in each for each in found)


def test_dbt_flags_what_the_verdicts_flag(
    spark: SparkSession, contract: Contract, judged: DataFrame, claims: tuple[Claim, ...], tmp_path: Path
) -> None:
    project = tmp_path / "dbt"
    (project / "models").mkdir(parents=True)
    (project / "macros").symlink_to(PACKAGE_ROOT / "dbt_project" / "macros")
    (project / "profiles.yml").write_bytes((PACKAGE_ROOT / "dbt_project" / "profiles.yml").read_bytes())
    (project / "dbt_project.yml").write_text("{name: hallmark, version: 0.1.0, profile: hallmark}", "utf-8")
    (project / "models" / "orders.yml").write_text(dbt_yml(contract), "utf-8")
    (project / "models" / "shops.yml").write_text("sources: [{name: silver, tables: [{name: shops}]}]", "utf-8")
    spark.sql("create schema if not exists silver")
    spark.sql("drop table if exists silver.orders")  # the one with constraints
    typed(judged, contract).write.format("delta").mode("overwrite").saveAsTable("silver.orders")
    spark.sql("create or replace table silver.shops using delta as select 'a.example' as host")
    settings = load_settings(warehouse=tmp_path / "warehouse", dbt_project=project)
    try:
        strict = ["--warn-error", "parse", "--no-partial-parse", "--log-level", "none"]
        assert dbt_layer.invoke(settings, strict).exception is None
        answer = dbt_layer.invoke(settings, ["test", "--log-level", "none", "--no-print"])
        assert spark.conf.get("spark.sql.ansi.enabled") == "true", "dbt's adapter turns it off; gates need it"
    finally:
        spark.sql("drop table if exists silver.orders")
        spark.sql("drop table if exists silver.shops")
    results = {result.node.description: result.status.value for result in answer.result.results}
    sayable = {claim.says for claim in claims if claim.broken is not None}
    broken = set().union(*messages(judged).values()) & sayable
    expected = broken | {"shop: in shops.host"}
    assert {words for words, status in results.items() if status in {"fail", "warn"}} - expected <= {
        "rows that break 'channel: not missing' in percent: < 5", "stars: nullValues > 5 percent"
    }  # fmt: skip
    assert {words for words in expected if results[words] not in {"fail", "warn"}} == set()
    assert {words for words, status in results.items() if status == "warn"} == {
        "weight: <= 1000.5", "channel: not missing"
    }  # fmt: skip
