"""A good contract file becomes a model."""

from __future__ import annotations

import time

import pytest
from contract_files import AMOUNT, CDC, LOOKUPS, Write, refusal

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Lookup, Server


def test_a_contract_becomes_a_model(write: Write) -> None:
    contract = load_contract(write())
    assert (contract.id, contract.name, contract.version, contract.domain) == ("shop.orders", "orders", "1.0.0", "shop")
    assert contract.servers == (Server("landing", "orders/*.csv", "csv"),)
    assert (contract.is_source, contract.is_cdc, contract.bronze_name) == (True, False, "orders")
    assert contract.warnings == ()


def test_a_property_has_its_two_names_and_its_type(write: Write) -> None:
    order_id, amount = load_contract(write()).objects[0].properties
    assert (order_id.name, order_id.source, order_id.spark_type) == ("order_id", "order_id", "string")
    assert (amount.name, amount.source, amount.spark_type) == ("amount", "Amount", "decimal(18,2)")


@pytest.mark.parametrize(
    ("property_of_contract", "fields"),
    [
        ("{name: amount}", ("amount",)),
        ("{name: amount, physicalName: Amount}", ("Amount",)),
        ("{name: amount, transformLogic: current_date()}", ()),
        ("{name: amount, physicalName: Amount, transformLogic: abs(Amount)}", ("Amount",)),
        (
            "{name: amount, transformLogic: a + b, customProperties: [{property: sourceColumns, value: [a, b]}]}",
            ("a", "b"),
        ),
        (
            "{name: amount, transformLogic: abs(total), customProperties: [{property: sourceColumns, value: total}]}",
            ("total",),
        ),
    ],
)
def test_a_property_says_which_fields_it_is_made_of(
    write: Write, property_of_contract: str, fields: tuple[str, ...]
) -> None:
    (table,) = load_contract(write((AMOUNT, property_of_contract))).objects
    assert table.properties[1].source_columns == fields


def test_a_key_is_required_even_when_nobody_says_so(write: Write) -> None:
    (table,) = load_contract(write((", required: true", ""))).objects
    assert [(prop.name, prop.required) for prop in table.properties] == [("order_id", True), ("amount", False)]


def test_a_key_of_several_columns_has_their_order(write: Write) -> None:
    edits = (
        ("primaryKey: true", "primaryKey: true, primaryKeyPosition: 2"),
        ("name: amount,", "name: amount, primaryKey: true, primaryKeyPosition: 1,"),
    )
    assert load_contract(write(*edits)).objects[0].key == ("amount", "order_id")


@pytest.mark.parametrize(
    ("logical", "spark"),
    [
        ("string", "string"),
        ("integer", "bigint"),
        ("number", "double"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("timestamp", "timestamp"),
    ],
)
def test_a_logical_type_has_a_column_type(write: Write, logical: str, spark: str) -> None:
    (table,) = load_contract(write((AMOUNT, f"{{name: amount, logicalType: {logical}}}"))).objects
    assert table.properties[1].spark_type == spark


@pytest.mark.parametrize("word", ["personal", "PII", "sensitive", "confidential", "restricted"])
def test_a_classified_property_is_personal(write: Write, word: str) -> None:
    (table,) = load_contract(write(("name: amount,", f"name: amount, classification: {word},"))).objects
    assert [prop.personal for prop in table.properties] == [False, True]


def test_limits_keep_the_digits_they_were_written_with(write: Write) -> None:
    limits = "logicalTypeOptions: {minimum: 0.10, exclusiveMaximum: 100}"
    (table,) = load_contract(write(("name: amount,", f"name: amount, {limits},"))).objects
    amount = table.properties[1]
    assert (amount.minimum, amount.maximum, amount.exclusive_minimum, amount.exclusive_maximum) == (
        "0.1", None, None, "100",
    )  # fmt: skip


@pytest.mark.parametrize(("severity", "kept"), [("error", "error"), ("warning", "warning"), ("info", "warning")])
def test_valid_values_keep_their_severity(write: Write, severity: str, kept: str) -> None:
    rule = f"{{metric: invalidValues, arguments: {{validValues: [a, '1']}}, mustBe: 0, severity: {severity}}}"
    (table,) = load_contract(write((AMOUNT, f"{{name: kind, quality: [{rule}]}}"))).objects
    (quality,) = table.properties[1].quality
    assert (quality.arguments, quality.severity) == ({"validValues": ["a", "1"]}, kept)


def test_lookups_are_read(write: Write) -> None:
    lookups = "customProperties: [{property: lookups, value: [{table: runs, key: run_id, expr: upper(run)}]}]"
    contract = load_contract(write((LOOKUPS, f"    {lookups}\n{LOOKUPS}")))
    assert contract.objects[0].lookups == (Lookup("runs", "run_id", "upper(run)"),)


def test_a_stream_of_changes_may_hold_several_tables(write: Write) -> None:
    other = "  - name: items\n    physicalName: shop.items\n    properties: [{name: item_id, primaryKey: true}]\n"
    contract = load_contract(write(*CDC, (AMOUNT, f"{AMOUNT}\n{other}")))
    assert contract.is_cdc
    assert [(table.name, table.physical_name) for table in contract.objects] == [
        ("orders", "shop.orders"),
        ("items", "shop.items"),
    ]


def test_only_a_stream_needs_the_names_of_history_for_itself(write: Write) -> None:
    (table,) = load_contract(write(("name: amount,", "name: valid_from,"))).objects
    assert [prop.name for prop in table.properties] == ["order_id", "valid_from"]


def test_a_contract_without_servers_describes_what_we_build(write: Write) -> None:
    server = '  - {server: landing, type: local, path: "orders/*.csv", format: csv}\n'
    assert not load_contract(write(("servers:\n" + server, ""))).is_source


def test_objects_in_objects_are_read_in_a_moment_however_deep(write: Write) -> None:
    deep = 30
    inner = "{name: o, logicalType: object, properties: [" * deep + "{name: z, requird: 1}" + "]}" * deep
    started = time.perf_counter()
    told = refusal(write((AMOUNT, inner)))
    assert time.perf_counter() - started < 5, "the standard's schema walks each level by all above it"
    assert told.splitlines()[0] == "ContractError: unknown key 'requird'"
    assert told.endswith("do: did you mean 'required'?")
