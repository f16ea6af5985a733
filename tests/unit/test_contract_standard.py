"""What the standard's schema refuses becomes a letter that names file, line and the near word."""

from __future__ import annotations

import pytest
from contract_files import AMOUNT, Write, letter, refusal


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            ("status: active", "status: active\nslaProperty: []"),
            letter("unknown key 'slaProperty'", "6 (top level)", todo="did you mean 'slaProperties'?"),
        ),
        (
            ("logicalType: number", "logicalTyp: number"),
            letter("unknown key 'logicalTyp'", "13 (schema.0.properties.1)", todo="did you mean 'logicalType'?"),
        ),
        (
            ("format: csv", "fromat: csv"),
            letter("unknown key 'fromat'", "8 (servers.0)", todo="did you mean 'format'?"),
        ),
        (
            ("- {name: order_id", "- {nam: order_id"),
            letter("unknown key 'nam'", "12 (schema.0.properties.0)", todo="did you mean 'name'?"),
        ),
        (
            ("name: amount,", "name: amount, zzz: 1,"),
            letter(
                "unknown key 'zzz'", "13 (schema.0.properties.1)", todo="remove it, or put it under customProperties"
            ),
        ),
        (
            (AMOUNT, "{name: amount, logicalType: string, logicalTypeOptions: {minimum: 1}}"),
            letter(
                "key 'minimum' does not belong here", "13 (schema.0.properties.1.logicalTypeOptions)", todo="remove it"
            ),
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_near_one(
    write: Write, edit: tuple[str, str], expected: str
) -> None:
    assert refusal(write(edit)) == expected


@pytest.mark.parametrize(
    ("edit", "where", "got"),
    [
        (("version: 1.0.0\n", ""), "1 (top level)", "'version' is a required property"),
        (("version: 1.0.0", "version: 1.0"), "4 (version)", "1.0 is not of type 'string'"),
        (('path: "orders/*.csv", ', ""), "8 (servers.0)", "'path' is a required property"),
        (
            (AMOUNT, "{name: amount, customProperties: [{property: unit}]}"),
            "13 (schema.0.properties.1.customProperties.0)",
            "'value' is a required property",
        ),
        (
            ("name: amount,", 'name: amount, logicalTypeOptions: {minimum: "x"},'),
            "13 (schema.0.properties.1.logicalTypeOptions.minimum)",
            "'x' is not of type 'number'",
        ),
    ],
)
def test_what_the_standard_refuses_is_shown_where_it_is(
    write: Write, edit: tuple[str, str], where: str, got: str
) -> None:
    assert refusal(write(edit)) == (
        "ContractError: not a valid ODCS v3.1 contract\n"
        f"  where: orders.odcs.yaml:{where}\n"
        f"  got: {got}\n"
        "  do: see the Open Data Contract Standard v3.1.0"
    )
