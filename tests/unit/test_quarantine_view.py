"""What a person sees of quarantined rows: never what a contract calls personal, and nothing that moves a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from quarantined import broken, error

from hallmark.contracts.compile import compile_table
from hallmark.contracts.model import Contract, Lookup, Property, SchemaObject, Server
from hallmark.lakehouse.names import Table
from hallmark.pipelines.quarantine_plan import Door
from hallmark.pipelines.quarantine_view import lines, masked, masks_of

EMAIL = Property("email", "E-Mail", "string", "string", personal=True, source_columns=("E-Mail",))
FULL = Property("full_name", "x", "string", "string", personal=True, transform="concat(First, ' ', `Last`)")
TABLE = SchemaObject("people", "shop.people", (Property("id", "id", "integer", "int"), EMAIL, FULL))
FILES, EVENTS = (Server("s", "*", kind) for kind in ("csv", "debezium"))


def door(server: Server, table: SchemaObject = TABLE, *, unreadable: bool = False) -> Door:
    contract = Contract("shop.people", "people", "1.0.0", "shop", (server,), (table,), Path("people.odcs.yaml"))
    return Door(Table("quarantine", "people"), contract, compile_table(contract, table), unreadable=unreadable)


def test_columns_of_personal_properties_and_those_of_no_property_are_masked() -> None:
    columns = {"id": "1", "E-Mail": "a@b.c", "FIRST": "Ann", "last": "Lee", "x": "y", "other": "seen"}
    row = broken(1, error("pattern", "email", "like .", "a@b.c"), error("type", "id", "whole number", "1"), **columns)
    shown = masked(row, masks_of(door(FILES)))
    assert [shown[name] for name in columns] == ["1", "***", "***", "***", "***", "***"]
    assert [each["value"] for each in shown["_errors"]] == ["***", "1"]
    assert masked({**row, "E-Mail": None}, masks_of(door(FILES)))["E-Mail"] is None
    assert shown["_file"] == "/1.csv"


def test_a_column_that_the_contract_has_no_more_is_masked() -> None:
    row = broken(1, error("type", "id", "whole number", "1"), id="1", SSN="123-45", City="Oslo")
    city = Property("city", "x", "string", "string", transform="lower(City)")
    contract = door(FILES, replace(TABLE, properties=(TABLE.properties[0], city)))
    assert [masked(row, masks_of(contract))[name] for name in ("id", "SSN", "City")] == ["1", "***", "Oslo"]
    looked_up = replace(contract, compiled=replace(contract.compiled, table=replace(
        contract.compiled.table, lookups=(Lookup("kinds", "kind", "upper(SSN)"),))))  # fmt: skip
    assert masked(row, masks_of(looked_up))["SSN"] == "123-45"


@pytest.mark.parametrize(("name", "column"), [("mail", "E-Mail"), ("phone", "phone")])
def test_what_the_verdict_hides_is_masked_though_todays_contract_calls_it_harmless(name: str, column: str) -> None:
    harmless = (
        TABLE.properties[0],
        Property("mail", "E-Mail", "string", "string"),
        Property("phone", "phone", "string", "string"),
    )
    row = broken(
        1,
        error("pattern", name, "like .", "***"),
        error("type", "id", "whole number", "1"),
        id="1",
        **{column: "a@b.c"},
    )
    shown = masked({**row, "_rescued": "a@b.c"}, masks_of(door(FILES, replace(TABLE, properties=harmless))))
    assert (shown["id"], shown[column], shown["_rescued"]) == ("1", "***", "***")
    (event_door,) = [door(EVENTS, replace(TABLE, properties=harmless))]
    record = {**row, "value": json.dumps({"after": {"id": 1, column: "a@b.c"}, "op": "c"})}
    assert json.loads(masked(record, masks_of(event_door))["value"])["after"] == {"id": 1, column: "***"}


def test_fields_of_a_change_event_that_the_contract_has_no_more_are_masked() -> None:
    contract = door(EVENTS, replace(TABLE, properties=TABLE.properties[:1]))
    value = {"before": None, "after": {"id": 1, "ssn": "123-45"}, "op": "u"}
    shown = masked({**event({"payload": value}), "key": '{"ssn": "123-45"}'}, masks_of(contract))
    assert json.loads(shown["value"])["payload"] == {"before": None, "after": {"id": 1, "ssn": "***"}, "op": "u"}
    assert json.loads(shown["key"]) == {"ssn": "***"}
    plain = {**event({"after": {"id": 1}, "op": "c"}), "key": "no JSON"}
    assert masked(plain, masks_of(contract)) == plain


def test_the_text_of_an_unreadable_row_is_masked_where_a_contract_has_personal_columns() -> None:
    unreadable = {**broken(1, error("readable", "_rescued", "no row", "a@b.c;1")), "_rescued": "a@b.c;1"}
    shown = masked(unreadable, masks_of(door(FILES)))
    assert (shown["_rescued"], shown["_errors"][0]["value"]) == ("***", "***")
    harmless = door(FILES, replace(TABLE, properties=TABLE.properties[:1]))
    assert masked(unreadable, masks_of(harmless)) == unreadable


def test_an_object_with_a_personal_field_is_masked_whole() -> None:
    person = Property("person", "Person", "object", "struct<email: string>", properties=(EMAIL,))
    nested = door(FILES, replace(TABLE, properties=(TABLE.properties[0], person)))
    row = broken(1, error("pattern", "person", "like .", '{"E-Mail": "a@b.c"}'), id="1", Person='{"E-Mail": "a@b.c"}')
    shown = masked(row, masks_of(nested))
    assert (shown["id"], shown["Person"], shown["_errors"][0]["value"]) == ("1", "***", "***")


def event(value: Any) -> dict[str, Any]:
    return broken(1, key=json.dumps({"E-Mail": "a@b.c"}), value=value if value is None else json.dumps(value))


@pytest.mark.parametrize("enveloped", [False, True])
def test_personal_fields_of_a_change_event_are_masked_in_every_image(enveloped: bool) -> None:
    value = {"before": {"id": 1, "E-Mail": "a@b.c"}, "after": {"id": 1, "E-Mail": None}, "op": "u"}
    row = event({"schema": {}, "payload": value} if enveloped else value)
    shown = masked(row, masks_of(door(EVENTS)))
    found = json.loads(shown["value"])
    assert (found["payload"] if enveloped else found) == {
        "before": {"id": 1, "E-Mail": "***"}, "after": {"id": 1, "E-Mail": None}, "op": "u",
    }  # fmt: skip
    assert json.loads(shown["key"]) == {"E-Mail": "***"}


def test_an_event_that_is_no_json_is_masked_whole() -> None:
    row = {**event(None), "value": '{"after": {"E-Mail": "a@b.c"'}
    for stream in (door(EVENTS), door(EVENTS, unreadable=True)):
        assert masked(row, masks_of(stream))["value"] == "***"
    assert masked(event(None), masks_of(door(EVENTS)))["value"] is None


def test_without_a_contract_all_data_is_masked() -> None:
    row = broken(1, error("type", "id", "whole number", "x"), id="x", name=None)
    shown = masked(row, masks_of(None))
    assert (shown["id"], shown["name"], shown["_errors"][0]["value"]) == ("***", None, "***")


def test_a_row_is_told_by_its_origin_reasons_state_and_data() -> None:
    row = broken(1, error("type", "id", "whole number", "x\x1b[2J"), id="x\x1b[2J", note="n" * 500, gone=None)
    row["_warnings"] = [error("validValues", "note", "one of a")]
    decided = {**row, "_status": "rejected", "_status_by": "ann", "_status_run": "7f3a", "_status_reason": "a test"}
    assert lines(decided) == [
        "load orders/landing/000001  source landing  ingested 2026-11-24 04:00:00 UTC  /1.csv",
        "  id: whole number  (got 'x\\x1b[2J')",
        "  warning: note: one of a",
        "  rejected: ann  7f3a  a test",
        f"  id=x\\x1b[2J  note={'n' * 400}…",
    ]
    assert len(lines(row)) == 4, "an open row has no state to tell"
