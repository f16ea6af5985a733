"""What a rule compares with: read by the column's type, so that no load stops at it and no rule is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract
from hallmark.lakehouse.errors import ContractError

HEAD = "apiVersion: {version}\nkind: DataContract\nid: a.t\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n"
PANDERA = "type: custom, engine: pandera, implementation:"
GX = "type: custom, engine: greatExpectations, implementation:"
VALID = "metric: invalidValues, mustBe: 0, arguments:"
BETWEEN = "type: expect_column_values_to_be_between"
NULL = "a null is no value to compare with: leave it out (required: true refuses nulls)"
TIME = "no time; wanted: yyyy-MM-dd hh:mm:ss, with Z or an offset such as +02:00 or without"
IN_SET = "type: expect_column_values_to_be_in_set"


def loaded(folder: Path, rule: str, logical: str = "integer", *, table: str = "", version: str = "v3.1.0") -> Contract:
    for name, text in (("$PANDERA", PANDERA), ("$GX", GX), ("$VALID", VALID)):
        rule, table = rule.replace(name, text), table.replace(name, text)
    file = folder / "t.odcs.yaml"
    inner = {"object": ", properties: [{name: a}]", "array": ", items: {logicalType: string}"}.get(logical, "")
    quality = f", quality: [{{{rule}}}]" if rule else ""
    whole = f"    quality: [{{{table}}}]\n" if table else ""
    column = f"    properties:\n      - {{name: c, logicalType: {logical}{inner}{quality}}}\n"
    file.write_text(HEAD.format(version=version) + whole + column, encoding="utf-8")
    return load_contract(file, ingest=False)


def refused(folder: Path, rule: str, logical: str = "integer", **more: Any) -> str:
    with pytest.raises(ContractError) as letter:
        loaded(folder, rule, logical, **more)
    assert letter.value.exit_code == 2
    assert "t.odcs.yaml:" in str(letter.value.where)
    return f"{letter.value.what}: {letter.value.got}"


@pytest.mark.parametrize(
    ("logical", "rule", "got"),
    [
        ("string", "{check: str_length, min_value: '0 or true --'}", "min_value is no length: '0 or true --'"),
        ("string", "{check: str_length, max_value: -1}", "max_value is no length: -1"),
        ("string", "{check: str_length, max_value: true}", "max_value is no length: True"),
        ("string", "{check: str_length}", "check str_length needs min_value or max_value or exact_value"),
        ("string", "{check: isin, values: 5}", "values is no list: 5"),
        ("string", "{check: isin, values: []}", "values is an empty list"),
        ("string", "{check: isin, values: [1, 2]}", "1 is no text: put it in quotes, as it is written in the source"),
        ("string", "{check: ge, value: 5}", "5 is no text: put it in quotes, as it is written in the source"),
        ("integer", "{check: ge, value: null}", "check ge needs value"),
        ("integer", "{check: ge, value: abc}", "'abc' is no number that can be compared with"),
        ("integer", "{check: ge, value: .inf}", "inf is no number that can be compared with"),
        ("integer", f"{{check: ge, value: 1{'0' * 400}}}", f"1{'0' * 400} is no number that can be compared with"),
        ("integer", "{check: ge, value: '1e999999999'}", "'1e999999999' is no number that can be compared with"),
        ("integer", "{check: isin, values: [true]}", "True is no number that can be compared with"),
        ("integer", "{check: isin, values: [[1]]}", "[1] is no number that can be compared with"),
        (
            "integer",
            "{check: isin, values: [1, null]}",
            NULL,
        ),
        (
            "integer",
            "{check: in_range, min_valeu: 1}",
            "check in_range has no argument 'min_valeu'; did you mean 'min_value'?",
        ),
        (
            "integer",
            "{check: in_range, max_value: 1, include_max: no way}",
            "include_max is neither true nor false: 'no way'",
        ),
        ("integer", "{check: str_contains, value: '1'}", "str_contains is about texts, and c is integer"),
        ("boolean", "{check: eq, value: maybe}", "'maybe' is neither true nor false"),
        ("date", "{check: ge, value: '20200101'}", "'20200101': no date; wanted: yyyy-MM-dd"),
        ("array", "{check: eq, value: a}", "values of an array can't be compared"),
        ("string", "{check: str_matches, value: '('}", "( (missing ), unterminated subpattern at position 0)"),
        ("string", "{check: str_contains, value: 5}", "5 is no pattern: put it in quotes"),
        (
            "string",
            "{check: str_contains, value: '(?P<a>x)'}",
            "(?P<a>x) ((?P<name>...) is Python's: write (?<name>...))",
        ),
    ],
)
def test_a_check_of_pandera_that_its_column_cannot_hold_is_refused(
    tmp_path: Path, logical: str, rule: str, got: str
) -> None:
    assert refused(tmp_path, f"$PANDERA {rule}", logical) == f"the rule can't be run: {got}"


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        (f"{{{BETWEEN}, kwargs: [1]}}", "the kwargs of expect_column_values_to_be_between are no mapping: [1]"),
        (f"{{{BETWEEN}, kwargs: {{min_value: abc}}}}", "'abc' is no number that can be compared with"),
        (f"{{{BETWEEN}, kwargs: {{min_value: 1, strict_min: 2}}}}", "strict_min is neither true nor false: 2"),
        (
            f"{{{BETWEEN}, kwargs: {{min_value: 1, max_valeu: 2}}}}",
            "expect_column_values_to_be_between has no argument 'max_valeu'; did you mean 'max_value'?",
        ),
        (
            f"{{{BETWEEN}, kwargs: {{min_value: 1, row_condition: a > 1}}}}",
            f"{BETWEEN[6:]} has no argument 'row_condition'; known: min_value, max_value, strict_min, strict_max",
        ),
        (
            f"{{{BETWEEN}, kwargs: {{column: other, min_value: 1}}}}",
            "it stands at c, and is about column 'other': move it there",
        ),
        (f"{{{BETWEEN}}}", "expect_column_values_to_be_between needs min_value or max_value"),
        (f"{{{IN_SET}, kwargs: {{value_set: 5}}}}", "values is no list: 5"),
    ],
)
def test_an_expectation_that_would_be_read_in_part_is_refused(tmp_path: Path, rule: str, got: str) -> None:
    assert refused(tmp_path, f"$GX {rule}") == f"the rule can't be run: {got}"


@pytest.mark.parametrize(
    ("logical", "rule", "got"),
    [
        ("string", "$VALID {validValues: []}", "validValues can't be used: validValues is an empty list"),
        (
            "string",
            "$VALID {validValues: [a, 7]}",
            "validValues can't be used: 7 is no text: put it in quotes, as it is written in the source",
        ),
        (
            "string",
            "$VALID {validValues: [a, null]}",
            f"validValues can't be used: {NULL}",
        ),
        (
            "object",
            "$VALID {validValues: [a]}",
            "validValues can't be used: values of an object can't be compared",
        ),
        (
            "timestamp",
            "$VALID {validValues: ['2020-W01-1']}",
            f"validValues can't be used: '2020-W01-1': {TIME}",
        ),
        (
            "string",
            "$VALID {validValues: [a], pattern: a}",
            "a rule has both validValues and pattern: None",
        ),
        (
            "string",
            "$VALID {pattern: '('}",
            "the pattern is no regular expression: ( (missing ), unterminated subpattern at position 0)",
        ),
        (
            "string",
            "metric: missingValues, mustBe: 0, arguments: {missingValues: [a, 0]}",
            "missingValues can't be used: 0 is no text: put it in quotes",
        ),
        ("string", "metric: nullValues, mustNotBe: abc", "a count is compared with a text: != abc"),
        ("string", "metric: nullValues, mustBe: []", "the rule's bound can't be used: mustBe: [] is not a number"),
        (
            "string",
            "type: sql, query: select 1, mustBe: []",
            "the rule's bound can't be used: mustBe: [] is not a number",
        ),
    ],
)
def test_a_rule_of_the_library_that_could_not_be_run_is_refused(
    tmp_path: Path, logical: str, rule: str, got: str
) -> None:
    assert refused(tmp_path, rule, logical) == got


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        ("metric: rowCount, mustNotBe: abc", "a count is compared with a text: != abc"),
        (
            "metric: duplicateValues, mustBe: 0, arguments: {properties: true}",
            "properties can't be used: True is no list of columns",
        ),
        (
            "metric: duplicateValues, mustBe: 0, arguments: {properties: []}",
            "properties can't be used: [] is no list of columns",
        ),
    ],
)
def test_a_rule_of_a_table_that_could_not_be_run_is_refused(tmp_path: Path, rule: str, got: str) -> None:
    assert refused(tmp_path, "", table=rule) == got


def test_a_rule_of_the_older_standard_with_two_bounds_is_refused(tmp_path: Path) -> None:
    rule = "rule: nullCheck, mustBeGreaterThan: 1, mustBeLessThan: 5"
    assert refused(tmp_path, rule, version="v3.0.2") == (
        "the rule's bound can't be used: mustBeGreaterThan and mustBeLessThan in one rule: make it two"
    )


@pytest.mark.parametrize(
    ("logical", "rule", "violated"),
    [
        ("boolean", "$VALID {validValues: ['TRUE']}", "`c` not in (true)"),
        ("boolean", "$VALID {validValues: [false]}", "`c` not in (false)"),
        ("date", "$VALID {validValues: ['2020-01-01']}", "`c` not in (cast('2020-01-01' as date))"),
        (
            "timestamp",
            "$VALID {validValues: ['2020-01-01T00:00:00Z']}",
            "`c` not in (cast('2020-01-01T00:00:00Z' as timestamp))",
        ),
        ("string", "$VALID {validValues: ['007']}", "cast(`c` as string) not in ('007')"),
        ("integer", "$VALID {validValues: ['2.0']}", "`c` not in (cast('2' as decimal(1,0)))"),
        ("integer", "$PANDERA {check: ge, value: '5'}", "`c` < 5"),
        ("integer", f"$PANDERA {{check: ge, value: 1{'0' * 40}}}", "`c` < cast('1e+40' as double)"),
    ],
)  # fmt: skip
def test_a_value_is_compared_as_the_column_is_typed(tmp_path: Path, logical: str, rule: str, violated: str) -> None:
    contract = loaded(tmp_path, rule, logical)
    assert compile_table(contract, contract.objects[0]).rules[-1].violated == violated


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("logicalType: integer, customProperties: [{property: sourceColumns, value: -1}]", "sourceColumns is no list"),
        ("logicalType: boolean, logicalTypeOptions: {pattern: [a]}", "boolean has no option 'pattern'"),
        (f"logicalType: integer, logicalTypeOptions: {{minimum: 1{'0' * 400}}}", "the minimum can't be compared with"),
        ("logicalType: date, logicalTypeOptions: {minimum: '20200101'}", "the minimum can't be compared with"),
        ("logicalType: date, logicalTypeOptions: {maximum: '2020-02-30'}", "the maximum can't be compared with"),
        ("logicalType: timestamp, logicalTypeOptions: {minimum: '2020-W01-1'}", "the minimum can't be compared with"),
        ("logicalType: integer, logicalTypeOptions: {multipleOf: 1.0e+300}", "multipleOf is no number to divide by"),
    ],
)
def test_an_option_that_its_type_cannot_hold_is_refused(tmp_path: Path, column: str, what: str) -> None:
    file = tmp_path / "t.odcs.yaml"
    file.write_text(HEAD.format(version="v3.1.0") + f"    properties: [{{name: c, {column}}}]\n", encoding="utf-8")
    with pytest.raises(ContractError, match=what):
        load_contract(file)


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        ("format: u64", ("0", str(2**64 - 1))),
        ("format: u8, minimum: -5, maximum: 1000", ("0", "255")),
        ("format: u8, minimum: 5, maximum: 9", ("5", "9")),
        ("format: u128", ("0", None)),
        ("format: i64", (None, None)),
        ("format: i8", ("-128", "127")),
    ],
)
def test_a_format_of_integers_is_a_bound_and_the_tighter_one_counts(
    tmp_path: Path, options: str, ends: tuple[str | None, str | None]
) -> None:
    file = tmp_path / "t.odcs.yaml"
    column = f"{{name: c, logicalType: integer, logicalTypeOptions: {{{options}}}}}"
    file.write_text(HEAD.format(version="v3.1.0") + f"    properties: [{column}]\n", encoding="utf-8")
    (prop,) = load_contract(file, ingest=False).objects[0].properties
    assert (prop.minimum, prop.maximum) == ends


def test_an_exclusive_bound_of_the_older_standard_is_one_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "t.odcs.yaml"
    options = "{minimum: 1, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: false}"
    column = f"{{name: c, logicalType: integer, logicalTypeOptions: {options}}}"
    file.write_text(HEAD.format(version="v3.0.2") + f"    properties: [{column}]\n", encoding="utf-8")
    (prop,) = load_contract(file, ingest=False).objects[0].properties
    assert (prop.minimum, prop.exclusive_minimum, prop.maximum, prop.exclusive_maximum) == (None, "1", "5", None)
