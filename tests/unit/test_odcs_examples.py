"""What the standard's documentation shows: each part of it, in a file of our own, is read, linted and compiled."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml

from hallmark.contracts.compile import compile_table
from hallmark.contracts.exports.kinds import KINDS, export_files
from hallmark.contracts.loader import load_contract, read_document
from hallmark.contracts.whole_table import metric_rules, sql_rules
from hallmark.lakehouse.names import RESCUED
from hallmark.pipelines.contract_lint import lint_file

FOLDER = Path(__file__).parents[1] / "contracts_odcs"
WARNINGS = {  # what can't be done is told; all else is understood
    "logical_types": ["format 'password' of t_password is documented, not checked"],
    "quality_custom": [
        "passengers: in_range 1 and ge 1 say the same",
        "rules of engine 'monte-carlo' are documented, not run",
        "rules of engine 'soda' are documented, not run",
    ],
    "quality_sql": ["a rule's schedule is documented: rules run with each load"],
    "schema": ["encryptedName of rcvr_id is documented: no row lands through this contract"],
    "sla": [
        "slaProperty 'endOfLife' is documented, not checked",
        "slaProperty 'endOfSupport' is documented, not checked",
        "slaProperty 'generalAvailability' is documented, not checked",
        "slaProperty 'timeOfAvailability' is documented, not checked",
        "slaProperty 'timeOfAvailability' is documented, not checked",
    ],
}
NAMES = sorted(file.name.removesuffix(".odcs.yaml") for file in FOLDER.glob("*.odcs.yaml"))


def columns_of(name: str) -> dict[str, list[str]]:
    """The columns of each table, as the file has them."""
    tables = read_document(FOLDER / f"{name}.odcs.yaml").content["schema"]
    return {table["name"]: [prop["name"] for prop in table["properties"]] for table in tables}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_and_compiled(name: str) -> None:
    contract = load_contract(FOLDER / f"{name}.odcs.yaml", ingest=False)
    compiled = [compile_table(contract, table, key_is_unique=True) for table in contract.objects]
    assert {each.table.name: [*each.columns] for each in compiled} == columns_of(name)
    for each in compiled:
        assert {rule.column for rule in each.rules} <= {RESCUED, *each.columns}
        required = {rule.message for rule in each.rules if rule.name == "required" and rule.message.count(".") == 0}
        assert {f"{prop.name}: required" for prop in each.table.properties if prop.required} <= required


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_exported_in_each_kind(name: str) -> None:
    contract = load_contract(FOLDER / f"{name}.odcs.yaml", ingest=False)
    columns = columns_of(name)
    every = [column for names in columns.values() for column in names]
    text = {kind: "".join(export_files([contract], [kind], with_index=False).values()) for kind in KINDS}
    assert [(kind, column) for kind in KINDS for column in every if column not in text[kind]] == []
    assert text["ddl"].count("create table") == len(columns)
    (group,) = yaml.safe_load(text["dbt"]).get("sources") or [{"tables": yaml.safe_load(text["dbt"]).get("models")}]
    assert {table["name"]: [column["name"] for column in table["columns"]] for table in group["tables"]} == columns
    for file, suite in export_files([contract], ["gx"], with_index=False).items():
        assert json.loads(suite)["expectations"] is not None, file
    assert {node.id for node in ast.walk(ast.parse(text["pandera"])) if isinstance(node, ast.Name)} >= {"SCHEMAS", "pa"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_linted(name: str) -> None:
    found = lint_file(FOLDER / f"{name}.odcs.yaml")
    assert found.errors == ()
    assert sorted(text.partition(": ")[2] for text in found.warnings) == WARNINGS.get(name, [])


def rules(name: str) -> list[tuple[str, str]]:
    contract = load_contract(FOLDER / f"{name}.odcs.yaml", ingest=False)
    return [
        (rule.name, rule.message) for table in contract.objects for rule in compile_table(contract, table).rules[1:]
    ]


def test_library_rules_are_row_rules_where_they_are_about_rows() -> None:
    assert [message for _, message in rules("quality_library")] == [
        "order_id: no null",
        "order_id: unique",
        "line: whole number",
        "line: no null",
        "country: one of DE, FR, NL",
        "country: not missing",
        "iban: like ^DE[0-9]{20}$",
        "order_id, line: unique",
    ]


@pytest.mark.parametrize(
    ("name", "metrics", "queries"),
    [
        ("quality_library", ["nullValues > -1", "rowCount between 1 and 1000000", "duplicateValues >= 0"], 0),
        (
            "quality_operators",
            [
                f"rowCount {sign}"
                for sign in ("= 4", "!= 3", "> 3", ">= 4", "< 5", "<= 4", "between 4 and 5", "not between 5 and 9")
            ],
            0,
        ),
        ("quality_sql", [], 4),
        ("old_version", ["rowCount > 0"], 0),
    ],
)
def test_rules_about_a_table_are_measured(name: str, metrics: list[str], queries: int) -> None:
    (table,) = load_contract(FOLDER / f"{name}.odcs.yaml", ingest=False).objects
    assert [f"{rule.metric} {rule.comparison}" for rule in metric_rules(table)] == metrics
    assert len(sql_rules(table)) == queries


def test_servers_of_every_type_keep_their_place() -> None:
    servers = {s.name: s for s in load_contract(FOLDER / "servers.odcs.yaml", ingest=False).servers}
    assert len({server.type for server in servers.values()}) == 33
    assert servers["files"].options == {"delimiter": "|"}
    assert servers["s3"].path == "s3://acme/orders/{model}/*.json"
    assert (servers["postgres"].place["host"], servers["postgres"].place["port"]) == ("localhost", 5432)


def test_relationships_are_read_at_tables_and_at_columns() -> None:
    tables = load_contract(FOLDER / "relationships.odcs.yaml", ingest=False).objects
    found = [(table.name, relation.columns, relation.to) for table in tables for relation in table.relationships]
    assert found == [
        ("users", ("account_number",), ("accounts.account_number",)),
        ("order_items", ("order_id", "line"), ("orders.id", "orders.line")),
        ("order_items", ("user_id",), ("users.id",)),
        ("order_items", ("product",), ("/schema/products/properties/id",)),
    ]
