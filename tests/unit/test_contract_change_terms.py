"""What a contract says of change events: their order, types on the wire, tracked columns, deletes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import ChangeTerms, Contract
from hallmark.lakehouse.errors import ContractError

TEXT = """apiVersion: v3.1.0
kind: DataContract
id: shop.shop_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: FORMAT}]
schema:
  - name: orders
    physicalName: shop.orders
    customProperties: [TABLE]
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: amount, logicalType: number, customProperties: [AMOUNT]}
      - {name: placed_at, logicalType: timestamp, customProperties: [PLACED]}
"""


def read(folder: Path, **parts: str) -> Contract:
    text = TEXT
    for name in ("TABLE", "AMOUNT", "PLACED"):
        text = text.replace(name, parts.get(name.lower(), ""))
    file = folder / "orders.odcs.yaml"
    file.write_text(text.replace("FORMAT", parts.get("format", "debezium")), encoding="utf-8")
    return load_contract(file)


def option(name: str, value: str) -> str:
    return f"{{property: {name}, value: {value}}}"


def test_the_terms_are_read(tmp_path: Path) -> None:
    table = ", ".join(
        [option("sequenceBy", "[source.scn, ts_ms]"), option("trackHistory", "amount"), option("deletes", "soft")]
    )
    contract = read(tmp_path, table=table, amount=option("debeziumType", "Decimal(2)"))
    assert contract.objects[0].changes == ChangeTerms(("source.scn", "ts_ms"), ("amount",), soft_delete=True)
    assert [prop.wire_type for prop in contract.objects[0].properties] == [None, "Decimal(2)", None]
    assert contract.warnings == ()


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"table": option("sequenceBy", '"source lsn"')}, "sequenceBy names no field of an event"),
        ({"table": option("sequenceBy", "[]")}, "sequenceBy is no list of names"),
        ({"table": option("trackHistory", "[amuont]")}, "trackHistory names a column that the table lacks"),
        ({"table": option("deletes", "never")}, "unknown kind of deletes"),
        ({"amount": option("debeziumType", "Money")}, "unknown debeziumType"),
        (
            {"amount": option("debeziumType", "MicroTimestamp")},
            "debeziumType MicroTimestamp does not fit logicalType number",
        ),
        (
            {"placed": f"{option('debeziumType', 'Timestamp')}, {option('sourceUnit', 'ms')}"},
            "debeziumType and sourceUnit both name a time's unit",
        ),
    ],
)
def test_what_can_not_be_used_is_a_letter(tmp_path: Path, parts: dict[str, str], what: str) -> None:
    with pytest.raises(ContractError) as letter:
        read(tmp_path, **parts)
    assert letter.value.what == what
    assert "orders.odcs.yaml:" in str(letter.value)


def test_a_column_that_nearly_has_the_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="do: did you mean 'amount'"):
        read(tmp_path, table=option("trackHistory", "[amuont]"))


def test_a_slip_of_the_pen_is_a_warning(tmp_path: Path) -> None:
    contract = read(tmp_path, table=option("trackHistroy", "[amount]"), amount=option("debeziumTyp", "Decimal(2)"))
    assert [warning.partition(": ")[2] for warning in contract.warnings] == [
        "custom property 'trackHistroy' of orders has no effect; did you mean 'trackHistory'?",
        "custom property 'debeziumTyp' of amount has no effect; did you mean 'debeziumType'?",
    ]


def test_they_mean_nothing_to_a_table_without_change_events(tmp_path: Path) -> None:
    contract = read(tmp_path, format="json", table=option("deletes", "soft"))
    assert [warning.partition(": ")[2] for warning in contract.warnings] == [
        "sequenceBy, trackHistory, deletes, debeziumType have no effect: orders has no change events"
    ]
