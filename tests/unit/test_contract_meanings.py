"""What users of the standard expect of a key: its meaning in the gate, and the same in what is exported."""

from __future__ import annotations

import pytest
from contract_files import AMOUNT, Write, letter, refusal

from hallmark.contracts.exports.ddl import spark_ddl
from hallmark.contracts.exports.gx import expectation_suite
from hallmark.contracts.limits import broken_limits
from hallmark.contracts.loader import load_contract
from hallmark.contracts.measures import read_tolerance
from hallmark.contracts.model import Contract
from hallmark.contracts.rules import Rule, row_rules
from hallmark.contracts.table_rules import row_outcome

HALF = "{name: note, quality: [{metric: nullValues, mustBeLessThan: 50, unit: percent%s}]}"


def read(write: Write, column: str) -> Contract:
    return load_contract(write((AMOUNT, column)))


def rules(contract: Contract, column: str = "note") -> list[Rule]:
    return [rule for rule in row_rules(contract.objects[0]) if rule.column == column]


def test_nulls_that_may_be_some_keep_no_row_out_and_stop_a_load_by_their_bound(write: Write) -> None:
    (rule,) = rules(read(write, HALF % ""))
    assert (rule.severity, rule.reaction.action, rule.can_fail_a_load) == ("warning", "warn", True)
    assert broken_limits([(rule, 49)], 100) == ([], [])
    assert broken_limits([(rule, 50)], 100) == (["note: no null: 50 of 100 rows, and it must be < 50 %"], [])
    assert (row_outcome(rule, 49, 100).holds, row_outcome(rule, 49, 100).severity) == (True, "warning")
    assert (row_outcome(rule, 50, 100).holds, row_outcome(rule, 50, 100).severity) == (False, "error")


@pytest.mark.parametrize(
    ("more", "action", "stops"),
    [
        (", severity: warning", "warn", False),
        (", customProperties: [{property: onViolation, value: quarantine}]", "quarantine", True),
        (", customProperties: [{property: onViolation, value: warn}]", "warn", False),
        (", customProperties: [{property: failAbove, value: 10 rows}]", "warn", True),
    ],
)
def test_what_such_a_rule_says_of_its_rows_counts(write: Write, more: str, action: str, stops: bool) -> None:
    (rule,) = rules(read(write, HALF % more))
    assert rule.reaction.action == action
    assert bool(broken_limits([(rule, 60)], 100)[0]) == stops
    if "failAbove" in more:
        assert rule.reaction.fail_above == read_tolerance("10 rows")


def test_nulls_that_may_be_some_make_no_column_not_null(write: Write) -> None:
    contract = read(write, HALF % "")
    ddl = spark_ddl(contract)
    assert "check ((`note` is null)" not in ddl
    assert "`note` string\n" in ddl
    suite = expectation_suite(contract, contract.objects[0])
    assert '"mostly": 0.5' in suite
    assert '"severity": "warning"' in suite


@pytest.mark.parametrize("metric", ["invalidValues, arguments: {validValues: [a]}", "duplicateValues"])
def test_values_that_are_bad_are_kept_out_also_where_some_may_be(write: Write, metric: str) -> None:
    (rule,) = rules(read(write, f"{{name: note, quality: [{{metric: {metric}, mustBeLessThan: 5}}]}}"))
    assert rule.reaction.action == "quarantine"


@pytest.mark.parametrize(
    ("listed", "violated"),
    [
        ("[N/A]", "`_text_note` in ('N/A')"),
        ("[null]", "`_text_note` is null or trim(`_text_note`) = ''"),
        ("['', N/A]", "`_text_note` is null or trim(`_text_note`) = '' or `_text_note` in ('N/A')"),
    ],
)
def test_the_list_of_missing_values_is_their_definition(write: Write, listed: str, violated: str) -> None:
    rule = f"{{metric: missingValues, mustBe: 0, arguments: {{missingValues: {listed}}}}}"
    contract = read(write, f"{{name: note, quality: [{rule}]}}")
    assert [each.violated for each in rules(contract)] == [violated]
    suite = expectation_suite(contract, contract.objects[0])
    columns = suite.count('"expect_column_values_to_not_be_null"')
    assert columns == (1 if listed == "[N/A]" else 2), "the key has one"


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("physicalType: VARCHAR(5)", ["note: at most 5 characters"]),
        ("physicalType: char(2), logicalTypeOptions: {maxLength: 9}", ["note: at most 2 characters"]),
        ("physicalType: varchar(9), logicalTypeOptions: {maxLength: 2}", ["note: at most 2 characters"]),
        ("physicalType: varchar", []),
        ("physicalType: text", []),
    ],
)
def test_the_length_of_a_physical_type_is_held(write: Write, column: str, says: list[str]) -> None:
    contract = read(write, f"{{name: note, logicalType: string, {column}}}")
    assert [rule.message for rule in rules(contract)] == says
    assert ("char_length(`note`) >" in spark_ddl(contract)) == bool(says)


@pytest.mark.parametrize("words", ["PHI", "personal data", "Sensitive-PII", "strictly_confidential", "top secret"])
def test_words_that_plainly_say_personal_mask(write: Write, words: str) -> None:
    contract = read(write, f"{{name: note, classification: {words}}}")
    assert (contract.objects[0].properties[1].personal, contract.warnings) == (True, ())


@pytest.mark.parametrize("words", ["public", "Internal use only", "non-personal", "not sensitive"])
def test_words_that_plainly_say_otherwise_do_not(write: Write, words: str) -> None:
    contract = read(write, f"{{name: note, classification: {words}}}")
    assert (contract.objects[0].properties[1].personal, contract.warnings) == (False, ())


def test_words_that_nobody_knows_are_told(write: Write) -> None:
    known = "personal, pii, phi, sensitive, confidential, restricted, private or secret; public, internal or open"
    told = f"classification 'tier 2' of note is not known: its values are shown in reasons; known: {known}"
    assert read(write, "{name: note, classification: tier 2}").warnings == (f"orders.odcs.yaml:13: {told}",)


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        ("metric: nullValues", "none"),
        ("metric: nullValues, mustBe: 0, mustBeLessThan: 4", "mustBe and mustBeLessThan"),
        ("type: sql, query: select 1", "none"),
        ("type: sql, query: select 1, mustBe: 1, mustNotBe: 2", "mustBe and mustNotBe"),
    ],
)
def test_a_rule_has_one_comparison(write: Write, rule: str, got: str) -> None:
    assert refusal(write((AMOUNT, f"{{name: note, quality: [{{{rule}}}]}}"))) == letter(
        "a quality rule has not one comparison",
        "13 (schema.0.properties.1.quality.0)",
        got=got,
        wanted="one comparison, such as mustBe: 0 or mustBeBetween: [1, 100]",
        todo="make several of them several rules",
    )


@pytest.mark.parametrize(
    ("expectation", "got"),
    [
        ("expect_column_sum_to_be_between, kwargs: {minValue: 1}", "no argument 'minValue'; did you mean 'min_value'?"),
        ("expect_column_values_to_be_unique, kwargs: {of: a}", "no argument 'of'; known: none"),
    ],
)
def test_an_argument_that_an_expectation_does_not_have_is_refused(write: Write, expectation: str, got: str) -> None:
    rule = f"{{type: custom, engine: greatExpectations, implementation: {{type: {expectation}}}}}"
    assert got in refusal(write((AMOUNT, f"{{name: note, quality: [{rule}]}}")))


@pytest.mark.parametrize("name", ["foo", "objct", "Object"])
def test_a_placeholder_that_stands_for_nothing_is_refused(write: Write, name: str) -> None:
    query = f"select count(*) from {{object}} where {{property}} = ${{{name}}} or note = '{{x}}'"
    told = refusal(write((AMOUNT, f'{{name: note, quality: [{{type: sql, query: "{query}", mustBe: 0}}]}}')))
    assert f"got: it names {{{name.lower()}}}, which stands for nothing: write {{object}} or {{property}}" in told
    assert "orders.odcs.yaml:13 (schema.0.properties.1.quality.0.query)" in told


def test_a_latency_in_no_unit_of_time_is_refused(write: Write) -> None:
    level = "slaProperties: [{property: latency, value: 2, unit: fortnights}]\nschema:"
    assert refusal(write(("schema:", level))) == letter(
        "not a unit of time", "9 (slaProperties.0.unit)", got="fortnights", wanted="s, min, h, d, w or y"
    )


def test_columns_of_files_without_a_header_are_the_contracts_in_order(write: Write) -> None:
    server = "format: csv, customProperties: [{property: header, value: false}]"
    added = f"{AMOUNT}\n      - {{name: day, transformLogic: lower(order_id)}}\n      - {{name: note}}"
    contract = load_contract(write(("format: csv", server), (AMOUNT, added)))
    assert contract.servers[0].columns == ("order_id", "Amount", "note")
    assert load_contract(write()).servers[0].columns == ()


@pytest.mark.parametrize(("key", "value"), [("delimiter", '";"'), ("header", "false"), ("nullValue", "NULL")])
def test_a_reader_option_at_a_server_is_told_its_place(write: Write, key: str, value: str) -> None:
    told = refusal(write(("format: csv", f"format: csv, {key}: {value}")))
    assert told.endswith(f"do: put it under customProperties: [{{property: {key}, value: ...}}]")


def test_a_file_of_the_older_specification_is_told_as_another_standard(write: Write) -> None:
    file = write()
    file.write_text("dataContractSpecification: 1.1.0\nid: orders\nmodels: {}\n", encoding="utf-8")
    assert refusal(file) == letter(
        "a contract of another standard",
        "1 (dataContractSpecification)",
        got="Data Contract Specification 1.1.0",
        wanted="Open Data Contract Standard (apiVersion: v3.1.0, kind: DataContract)",
        todo="convert it, such as by datacontract-cli: datacontract export --format odcs",
    )
