"""What the standard allows and the compiler can't do becomes a letter that names file, line and the way out."""

from __future__ import annotations

import pytest
from contract_files import AMOUNT, CDC, KNOWN_UNITS, LOOKUPS, NO_NUMBER, ORDERS, Write, letter, refusal
from java_patterns import FORMATS, NO_FORMATS

from hallmark.contracts.loader import load_contract


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
                todo="known: nullValue, delimiter, encoding, multiLine, header, schemaEvolution, maxFilesPerTrigger",
            ),
        ),
        (
            [("format: csv", "format: parquet, customProperties: [{property: encoding, value: UTF-8}]")],
            letter(
                "unknown reader option 'encoding' of format parquet",
                "8 (servers.0.customProperties)",
                todo="known: schemaEvolution, maxFilesPerTrigger",
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
            letter("servers of type 's3' are not read yet", "8 (servers.0.type)", wanted="local, kafka, postgres"),
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
            "number",
            "{property: unit, value: ms}, {property: sourceUnit, value: secs}",
            letter(
                "the units don't fit",
                "13 (schema.0.properties.1.customProperties)",
                got="unit 'secs' can't be converted; did you mean 's'?",
                todo="mend unit or sourceUnit",
            ),
        ),
        (
            "string",
            "{property: maxLead, value: 10 min}",
            letter(
                "maxLead is about times",
                "13 (schema.0.properties.1.customProperties)",
                got="string",
                wanted="a date or a timestamp",
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


@pytest.mark.parametrize(
    ("expression", "got"),
    [
        ("lower(", "it leaves a parenthesis open"),
        ("lower(a))", "it closes a parenthesis that it has not opened"),
        ("concat(a, ''x)", "it has a quote or a comment that is not closed"),
        ("a; b", "it has a semicolon"),
        ("", "it is empty"),
        ("reflect(''java.lang.System'', ''exit'')", "it calls reflect, which can do anything"),
    ],
)
def test_sql_that_has_no_end_or_is_no_sql_is_refused(write: Write, expression: str, got: str) -> None:
    wanted = "an SQL expression over the source's fields"
    assert refusal(write((AMOUNT, f"{{name: amount, transformLogic: '{expression}'}}"))) == letter(
        "the transformLogic can't be run", "13 (schema.0.properties.1.transformLogic)", got=got, wanted=wanted
    )
    lookup = f"{{property: lookups, value: [{{table: runs, key: id, expr: '{expression}'}}]}}"
    assert refusal(write((LOOKUPS, f"    customProperties: [{lookup}]\n{LOOKUPS}"))) == letter(
        "a lookup's expr can't be run", "11 (schema.0.customProperties)", got=got, wanted=wanted
    )


def test_a_valid_value_that_yaml_reads_as_a_truth_value_is_refused(write: Write) -> None:
    rule = "{type: library, metric: invalidValues, arguments: {validValues: [yes, no]}, mustBe: 0}"
    assert refusal(write((AMOUNT, f"{{name: paid, quality: [{rule}]}}"))) == (
        "ContractError: validValues can't be used\n"
        "  where: orders.odcs.yaml:13 (schema.0.properties.1.quality.0.arguments.validValues)\n"
        "  got: True is no text: put it in quotes, as it is written in the source"
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


@pytest.mark.parametrize("given", NO_FORMATS)
def test_a_format_that_spark_does_not_read_times_by_is_refused(write: Write, given: str) -> None:
    column = f'{{name: at, logicalType: timestamp, logicalTypeOptions: {{format: "{given}"}}}}'
    assert refusal(write((AMOUNT, column))) == letter(
        "the format is none of a time",
        "13 (schema.0.properties.1.logicalTypeOptions.format)",
        got=given,
        wanted="such as yyyy-MM-dd HH:mm:ss",
        todo="put letters that stand for themselves in quotes: 'T'",
    )


@pytest.mark.parametrize("given", FORMATS)
def test_a_format_that_spark_reads_times_by_is_kept(write: Write, given: str) -> None:
    column = f'{{name: at, logicalType: timestamp, logicalTypeOptions: {{format: "{given}"}}}}'
    assert load_contract(write((AMOUNT, column))).objects[0].properties[1].format == given
