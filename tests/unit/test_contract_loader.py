"""Contract files: a good one becomes a model, a bad one a letter that names file, line and the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract, load_contracts
from hallmark.contracts.model import Lookup, Server
from hallmark.lakehouse.errors import ContractError

ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
domain: shop
servers:
  - {server: landing, type: local, path: "orders/*.csv", format: csv}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string, required: true, primaryKey: true}
      - {name: amount, physicalName: Amount, logicalType: number, physicalType: "decimal(18, 2)"}
"""
NO_NUMBER = "{metric: invalidValues, mustBe: 0, arguments: {validValues: [x]}}"
AMOUNT = ORDERS.splitlines()[-1].strip().removeprefix("- ")
LOOKUPS = "    properties:"
KNOWN_UNITS = "ns, us, ms, s, min, h, d, B, KiB, MiB, GiB, KB, MB, GB, fraction, percent"
CDC = (("format: csv", "format: debezium"), ("- name: orders", "- name: orders\n    physicalName: shop.orders"))
Write = Callable[..., Path]


def changed(*edits: tuple[str, str]) -> str:
    text = ORDERS
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} is not once in the contract"
        text = text.replace(old, new)
    return text


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_contract(*edits: tuple[str, str], name: str = "orders") -> Path:
        file = tmp_path / f"{name}.odcs.yaml"
        file.write_text(changed(*edits), encoding="utf-8")
        return file

    return write_contract


def letter(what: str, where: str, **parts: str) -> str:
    return str(ContractError(what, where=f"orders.odcs.yaml:{where}", **parts))


def refusal(file: Path) -> str:
    """The letter without the folder that the test happens to use."""
    with pytest.raises(ContractError) as error:
        load_contract(file)
    return str(error.value).replace(f"{file.parent}/", "")


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


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (
            [("format: csv", "format: csv, customProperties: [{property: nullvalue, value: x}]")],
            letter(
                "unknown reader option 'nullvalue' of format csv",
                "8 (servers.0.customProperties)",
                todo="did you mean 'nullValue'?",
            ),
        ),
        (
            [("format: csv", "format: csv, customProperties: [{property: zzz, value: x}]")],
            letter(
                "unknown reader option 'zzz' of format csv",
                "8 (servers.0.customProperties)",
                todo="known: nullValue, delimiter, encoding, multiLine",
            ),
        ),
        (
            [("format: csv", "format: parquet, customProperties: [{property: encoding, value: UTF-8}]")],
            letter(
                "unknown reader option 'encoding' of format parquet",
                "8 (servers.0.customProperties)",
                todo="known: none",
            ),
        ),
        (
            [("format: csv", "format: json, customProperties: [{property: jsonLayout, value: rows}]")],
            letter("unknown jsonLayout", "8 (servers.0.customProperties)", got="rows", wanted="lines, array, map"),
        ),
        (
            [("format: csv", "format: csv, customProperties: [{property: encoding, value: windows-1252}]")],
            letter(
                "unknown encoding",
                "8 (servers.0.customProperties)",
                got="windows-1252",
                wanted="UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE",
            ),
        ),
        (
            [("format: csv", "format: xml")],
            letter("unknown format", "8 (servers.0.format)", got="xml", wanted="csv, json, parquet, debezium, delta"),
        ),
        (
            [("type: local", "type: s3"), ('path: "orders/*.csv"', "location: s3://bucket/orders")],
            letter("servers of type 's3' are not read yet", "8 (servers.0.type)", wanted="local"),
        ),
        (
            [("orders/*.csv", "**/orders.csv")],
            letter("`**` is not read in a path", "8 (servers.0.path)", todo="name the levels: a/*/b.csv"),
        ),
        (
            [("orders/*.csv", "orders/{a,b}.csv")],
            letter("`{` is not read in a path", "8 (servers.0.path)", todo="name the levels: a/*/b.csv"),
        ),
        (
            [("orders/*.csv", "../secrets/*.csv")],
            letter(
                "the path leaves the data folder",
                "8 (servers.0.path)",
                got="../secrets/*.csv",
                wanted="a path within it",
            ),
        ),
        (
            [("orders/*.csv", "/etc/*.csv")],
            letter(
                "the path leaves the data folder", "8 (servers.0.path)", got="/etc/*.csv", wanted="a path within it"
            ),
        ),
        (
            [("server: landing", 'server: "../evil"')],
            letter(
                "not a plain name",
                "8 (servers.0.server)",
                got="'../evil'",
                wanted="a letter or underscore, then letters, digits, underscores (at most 128)",
            ),
        ),
        (
            [("schema:", '  - {server: landing, type: local, path: "old/*.csv", format: csv}\nschema:')],
            letter("server 'landing' is there twice", "9 (servers.1.server)", todo="rename one"),
        ),
        (
            [("id: shop.orders", "id: shop.or-ders")],
            letter(
                "not a plain name",
                "3 (id)",
                got="'or-ders'",
                wanted="a letter or underscore, then letters, digits, underscores (at most 128)",
            ),
        ),
        (
            [("name: amount,", "name: the amount,")],
            letter(
                "not a plain name",
                "13 (schema.0.properties.1.name)",
                got="'the amount'",
                wanted="a letter or underscore, then letters, digits, underscores (at most 128)",
            ),
        ),
        (
            [("name: amount,", "name: Order_ID,")],
            letter("column 'Order_ID' twice or reserved", "13 (schema.0.properties.1.name)", todo="rename it"),
        ),
        (
            [("name: amount,", "name: _errors,")],
            letter("column '_errors' twice or reserved", "13 (schema.0.properties.1.name)", todo="rename it"),
        ),
        (
            [*CDC, ("name: amount,", "name: Valid_From,")],
            letter("column 'Valid_From' twice or reserved", "14 (schema.0.properties.1.name)", todo="rename it"),
        ),
        (
            [(ORDERS[ORDERS.index("    properties:") :], "")],
            letter("the table has no columns", "10 (schema.0.properties)", wanted="one property at least"),
        ),
        (
            [(ORDERS[ORDERS.index("schema:") :], "")],
            letter("the contract describes no table", "1 (schema)", wanted="one schema object at least"),
        ),
        (
            [(AMOUNT, f"{AMOUNT}\n  - name: items\n    properties: [{{name: item_id}}]")],
            letter(
                "several tables in one file source",
                "14 (schema.1)",
                wanted="one schema object",
                todo="one contract file a table",
            ),
        ),
        (
            [*CDC, (", primaryKey: true", "")],
            letter("change events need a key", "10 (schema.0)", wanted="primaryKey: true on one property at least"),
        ),
        (
            [(AMOUNT, "{name: amount, logicalType: array}")],
            letter(
                "an array without items has no column type",
                "13 (schema.0.properties.1)",
                todo="say what its items are",
            ),
        ),
        (
            [(AMOUNT, "{name: amount, logicalType: object}")],
            letter(
                "an object without properties has no column type",
                "13 (schema.0.properties.1)",
                todo="list its properties, or take it as string",
            ),
        ),
        (
            [("decimal(18, 2)", "varchar(9)")],
            letter(
                "physicalType does not fit logicalType number",
                "13 (schema.0.properties.1.physicalType)",
                got="varchar(9)",
                wanted="double, float or decimal(p,s)",
            ),
        ),
        (
            [(AMOUNT, '{name: amount, logicalType: string, logicalTypeOptions: {pattern: "["}}')],
            letter(
                "the pattern is no regular expression",
                "13 (schema.0.properties.1.logicalTypeOptions.pattern)",
                got="[ (unterminated character set at position 0)",
            ),
        ),
        (
            [(AMOUNT, "{name: day, logicalType: date, logicalTypeOptions: {minimum: yesterday}}")],
            letter(
                "the minimum can't be compared with",
                "13 (schema.0.properties.1.logicalTypeOptions.minimum)",
                got="'yesterday'",
                wanted="yyyy-MM-dd",
            ),
        ),
        (
            [("name: amount,", "name: amount, logicalTypeOptions: {exclusiveMaximum: .inf},")],
            letter(
                "the exclusiveMaximum can't be compared with",
                "13 (schema.0.properties.1.logicalTypeOptions.exclusiveMaximum)",
                got="inf",
                wanted="a finite number",
            ),
        ),
    ],
)
def test_what_the_compiler_cannot_do_is_refused(write: Write, edits: list[tuple[str, str]], expected: str) -> None:
    assert refusal(write(*edits)) == expected


@pytest.mark.parametrize(
    ("kind", "custom", "expected"),
    [
        (
            "number",
            "{property: unit, value: ms}, {property: sourceUnit, value: KiB}",
            letter(
                "the units don't fit",
                "13 (schema.0.properties.1.customProperties)",
                got="'KiB' is bytes and 'ms' is time",
                todo="mend unit or sourceUnit",
            ),
        ),
        (
            "number",
            "{property: unit, value: tokens}, {property: sourceUnit, value: s}",
            letter(
                "the units don't fit",
                "13 (schema.0.properties.1.customProperties)",
                got=f"unit 'tokens' can't be converted; known: {KNOWN_UNITS}",
                todo="mend unit or sourceUnit",
            ),
        ),
        (
            "timestamp",
            "{property: sourceUnit, value: h}",
            letter(
                "unknown unit of time since epoch",
                "13 (schema.0.properties.1.customProperties)",
                got="h",
                wanted="s, ms, us, ns",
            ),
        ),
    ],
)
def test_units_that_do_not_fit_are_refused(write: Write, kind: str, custom: str, expected: str) -> None:
    edit = (AMOUNT, f"{{name: amount, logicalType: {kind}, customProperties: [{custom}]}}")
    assert refusal(write(edit)) == expected


@pytest.mark.parametrize("value", ["runs", "[runs]", "[{table: runs, key: id}]", "[{table: runs, key: 1, expr: id}]"])
def test_a_lookup_that_lacks_something_is_refused(write: Write, value: str) -> None:
    edit = (LOOKUPS, f"    customProperties: [{{property: lookups, value: {value}}}]\n{LOOKUPS}")
    letter = refusal(write(edit))
    assert letter.startswith(
        "ContractError: a lookup can't be used\n  where: orders.odcs.yaml:11 (schema.0.customProperties)\n  got: "
    )
    assert letter.endswith("\n  wanted: a list of {table: ..., key: ..., expr: ...}")


def test_a_valid_value_that_yaml_reads_as_a_truth_value_is_refused(write: Write) -> None:
    rule = "{type: library, metric: invalidValues, arguments: {validValues: [yes, no]}, mustBe: 0}"
    assert refusal(write((AMOUNT, f"{{name: paid, quality: [{rule}]}}"))) == (
        "ContractError: validValues can't be used\n"
        "  where: orders.odcs.yaml:13 (schema.0.properties.1.quality.0.arguments.validValues)\n"
        "  got: True is no text: put it in quotes, as it is written in the source"
    )


@pytest.mark.parametrize(
    ("edit", "warning"),
    [
        (
            (AMOUNT, "{name: mail, logicalType: string, logicalTypeOptions: {format: password}}"),
            "orders.odcs.yaml:13: format 'password' of mail is documented, not checked",
        ),
        (
            (AMOUNT, "{name: place, physicalType: geography}"),
            "orders.odcs.yaml:13: physicalType 'geography' is not known here; the column is string",
        ),
        (
            (AMOUNT, "{name: mail, encryptedName: secret, customProperties: [{property: protection, value: none}]}"),
            "orders.odcs.yaml:13: encryptedName of mail is documented: its protection is none",
        ),
        (
            (AMOUNT, "{name: at, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Asia/Tokyo}}"),
            "orders.odcs.yaml:13: defaultTimezone 'Asia/Tokyo' of at has no effect yet: times without a zone are UTC",
        ),
        (
            (AMOUNT, "{name: amount, customProperties: [{property: sourceUnits, value: ms}]}"),
            "orders.odcs.yaml:13: custom property 'sourceUnits' of amount has no effect; did you mean 'sourceUnit'?",
        ),
        (
            (AMOUNT, "{name: amount, quality: [{type: library, metric: rowCount, mustBe: 0}]}"),
            "orders.odcs.yaml:13: metric 'rowCount' of a property is documented, not run",
        ),
        (
            (AMOUNT, "{name: amount, quality: [{type: custom, engine: soda, implementation: x}]}"),
            "orders.odcs.yaml:13: rules of engine 'soda' are documented, not run",
        ),
        (
            (LOOKUPS, f"    quality: [{{type: text, schedule: 0 20 * * *}}]\n{LOOKUPS}"),
            "orders.odcs.yaml:11: a rule's schedule is documented: rules run with each load",
        ),
        (
            ("schema:", "slaProperties: [{property: frequencies, value: 1}]\nschema:"),
            "orders.odcs.yaml:9: slaProperty 'frequencies' is documented, not checked; did you mean 'frequency'?",
        ),
    ],
)
def test_what_has_no_effect_yet_gets_a_warning(write: Write, edit: tuple[str, str], warning: str) -> None:
    assert load_contract(write(edit)).warnings == (warning,)


def test_a_unique_key_needs_no_warning(write: Write) -> None:
    assert load_contract(write(("primaryKey: true", "primaryKey: true, unique: true"))).warnings == ()


def test_contracts_come_by_id_from_any_depth(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "deep").mkdir()
    write(("id: shop.orders", "id: a.items"), ("- name: orders", "- name: items"), name="deep/items")
    assert [contract.id for contract in load_contracts(tmp_path)] == ["a.items", "shop.orders"]


def test_other_files_are_no_contracts(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "notes.yaml").write_text("id: 7")
    assert len(load_contracts(tmp_path)) == 1


@pytest.mark.parametrize("folder", ["", "gone"])
def test_a_folder_without_contracts_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path / folder)
    assert str(letter.value) == (
        "ContractError: no contracts found\n"
        f"  where: {tmp_path / folder}\n"
        "  wanted: files named <table>.odcs.yaml\n"
        "  do: name another folder with HALLMARK_CONTRACTS"
    )


def test_one_id_in_two_files_is_refused(write: Write, tmp_path: Path) -> None:
    first, second = write(name="a"), write(("- name: orders", "- name: items"), name="b")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        "ContractError: contract id 'shop.orders' is defined twice\n"
        f"  where: {second}\n"
        f"  got: also in {first}\n"
        "  do: rename one"
    )


@pytest.mark.parametrize(
    ("edits", "table"),
    [
        ([("id: shop.orders", "id: web.orders")], "bronze.orders"),
        ([("id: shop.orders", "id: web.orders"), ("- name: orders", "- name: Orders")], "bronze.orders"),
        ([("id: shop.orders", "id: web.orders"), *CDC], "bronze.orders"),
        ([("id: shop.orders", "id: web.changes"), *CDC], "silver.orders"),
    ],
)
def test_one_table_in_two_files_is_refused(
    write: Write, tmp_path: Path, edits: list[tuple[str, str]], table: str
) -> None:
    first, second = write(name="a"), write(*edits, name="b")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        f"ContractError: table '{table}' is defined twice\n  where: {second}\n  got: also in {first}\n  do: rename one"
    )


def test_two_streams_of_one_name_are_refused(write: Write, tmp_path: Path) -> None:
    write(*CDC[:1], name="a")
    write(*CDC[:1], ("id: shop.orders", "id: web.orders"), ("- name: orders", "- name: items"), name="b")
    with pytest.raises(ContractError, match=r"table 'bronze\.orders' is defined twice"):
        load_contracts(tmp_path)


def test_a_stream_may_have_the_name_of_its_table(write: Write, tmp_path: Path) -> None:
    write(*CDC)
    assert [contract.bronze_name for contract in load_contracts(tmp_path)] == ["orders"]


def test_a_stream_named_like_the_changes_of_its_table_is_refused(write: Write, tmp_path: Path) -> None:
    """Their broken rows would go to one quarantine table under one progress, and half of them would be skipped."""
    write(*CDC, ("id: shop.orders", "id: shop.orders_changes"))
    with pytest.raises(ContractError, match=r"table 'quarantine\.orders_changes' is defined twice"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("kind", ["changes", "history"])
def test_a_table_that_a_stream_makes_too_is_refused(write: Write, tmp_path: Path, kind: str) -> None:
    write(*CDC, ("id: shop.orders", "id: shop.stream"), name="stream")
    write(("id: shop.orders", "id: shop.other"), ("- name: orders", f"- name: orders_{kind}"), name="other")
    with pytest.raises(ContractError, match=rf"table 'silver\.orders_{kind}' is defined twice"):
        load_contracts(tmp_path)


def test_a_table_twice_in_one_stream_is_refused(write: Write, tmp_path: Path) -> None:
    again = "  - name: orders\n    physicalName: shop.orders\n    properties: [{name: order_id, primaryKey: true}]"
    write(*CDC, ("id: shop.orders", "id: shop.changes"), (AMOUNT, f"{AMOUNT}\n{again}"))
    with pytest.raises(ContractError, match=r"table 'silver\.orders' is defined twice"):
        load_contracts(tmp_path)


def test_a_contract_under_a_name_that_is_not_read_is_told(write: Write, tmp_path: Path) -> None:
    file = write()
    (tmp_path / "pets.yaml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        "ContractError: a contract file has a name that is not read\n"
        f"  where: {tmp_path / 'pets.yaml'}\n"
        "  wanted: a name that ends in .odcs.yaml\n"
        "  do: rename it to pets.odcs.yaml"
    )


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (("format: csv", "format: csv, customProperties: [{property: delimiter, value: '||'}]"), "a delimiter is one"),
        (("format: csv", "format: csv, customProperties: [{property: multiLine, value: maybe}]"), "unknown multiLine"),
        (("orders/*.csv", "o[rders/*.csv"), "a bracket is open in a path"),
        (("orders/*.csv", "~/orders/*.csv"), "the path leaves the data folder"),
        ((AMOUNT, "{name: at, logicalType: date, logicalTypeOptions: {format: bananas}}"), "the format is none"),
        (
            (AMOUNT, f"{{name: n, logicalType: integer, quality: [{NO_NUMBER}]}}"),
            "validValues can't be used",
        ),
        (
            (AMOUNT, "{name: n, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: open}}]}"),
            "validValues can't be used",
        ),
        (
            (AMOUNT, "{name: at, logicalType: timestamp, customProperties: [{property: maxLead, value: soon}]}"),
            "maxLead is no time",
        ),
        (
            (AMOUNT, "{name: n, logicalType: integer, customProperties: [{property: sourceUnit, value: [s]}]}"),
            "sourceUnit is no text",
        ),
        (
            (AMOUNT, "{name: n, quality: [{type: sql, query: 'drop table x', mustBe: 0}]}"),
            "the rule's SQL can't be run",
        ),
        (
            (AMOUNT, "{name: n, customProperties: [{property: onViolation, value: ignore}]}"),
            "unknown action",
        ),
        (
            (AMOUNT, "{name: n, customProperties: [{property: failAbove, value: many}]}"),
            "the tolerance can't be read",
        ),
    ],
)  # fmt: skip
def test_what_could_not_be_run_is_refused_before_a_run(write: Write, edit: tuple[str, str], what: str) -> None:
    assert refusal(write(edit)).startswith(f"ContractError: {what}")
