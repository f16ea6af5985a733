"""What stands in a contract and has no effect, or is checked by no run, is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from calls import call as hallmark
from contract_files import AMOUNT, CDC, LOOKUPS, Write, changed

from hallmark.contracts.build import Build, build_contract
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Document
from hallmark.pipelines.contract_lint import lint_file


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


MANY = "a change log has a row's values many times"
PAIRS = "{metric: duplicateValues, mustBeLessThan: 3, arguments: {properties: [order_id, amount]}}"


def told(warnings: tuple[str, ...]) -> list[str]:
    """The warnings with their lines, without the file."""
    return [text.removeprefix("orders.odcs.yaml:") for text in warnings]


@pytest.mark.parametrize(
    ("edit", "warning"),
    [
        (
            (AMOUNT, "{name: amount, logicalType: number, customProperties: [{property: unit, value: msec}]}"),
            "13: unit 'msec' is a label that nothing converts; did you mean 'ms'?",
        ),
        (
            (AMOUNT, "{name: amount, customProperties: [{property: sourceUnit, value: ms}]}"),
            "13: sourceUnit of amount has no effect: a string is not converted",
        ),
        (
            (AMOUNT, "{name: amount, customProperties: [{property: failAbov, value: 1%}]}"),
            "13: custom property 'failAbov' of amount has no effect; did you mean 'failAbove'?",
        ),
        (
            (LOOKUPS, f"    customProperties: [{{property: onViolaton, value: drop}}]\n{LOOKUPS}"),
            "11: custom property 'onViolaton' of orders has no effect; did you mean 'onViolation'?",
        ),
        (
            (LOOKUPS, f"    customProperties: [{{property: lookup, value: []}}]\n{LOOKUPS}"),
            "11: custom property 'lookup' of orders has no effect; did you mean 'lookups'?",
        ),
        (
            (AMOUNT, "{name: amount, quality: [{metric: nullValues, mustBe: 0, $CUSTOM}]}"),
            "13: custom property 'failAbov' of rule nullValues has no effect; did you mean 'failAbove'?",
        ),
        (
            (LOOKUPS, f"    quality: [{{name: few, metric: duplicateValues, mustBe: 0, $CUSTOM}}]\n{LOOKUPS}"),
            "11: custom property 'failAbov' of rule few has no effect; did you mean 'failAbove'?",
        ),
    ],
)
def test_a_custom_property_of_no_effect_is_told_where_it_is(write: Write, edit: tuple[str, str], warning: str) -> None:
    old, new = edit
    named = new.replace("$CUSTOM", "customProperties: [{property: failAbov, value: 1%}]")
    assert told(load_contract(write((old, named))).warnings) == [warning]


def test_a_custom_property_of_others_is_no_slip_of_the_pen(write: Write) -> None:
    edit = (LOOKUPS, f"    customProperties: [{{property: jira, value: X-1}}]\n{LOOKUPS}")
    assert load_contract(write(edit)).warnings == ()


@pytest.mark.parametrize(
    ("edit", "warning"),
    [
        (
            ("name: amount,", "name: amount, unique: true,"),
            f"14: unique on amount is documented, not checked: {MANY}",
        ),
        (
            ("name: amount,", "name: amount, quality: [{metric: duplicateValues, mustBe: 0}],"),
            f"14: duplicateValues of amount is documented, not checked: {MANY}",
        ),
        (
            (
                LOOKUPS,
                f"    quality: [{PAIRS}]\n{LOOKUPS}",
            ),
            f"12: duplicateValues of order_id, amount is documented, not checked: {MANY}",
        ),
    ],
)
def test_uniqueness_in_a_change_log_is_told(write: Write, edit: tuple[str, str], warning: str) -> None:
    assert told(load_contract(write(*CDC, edit)).warnings) == [warning]


def nested(levels: int, *, inner: str = "{name: x, required: true}") -> str:
    """A column with `inner` so many levels deep."""
    for level in range(levels):
        inner = f"{{name: o{level}, logicalType: object, properties: [{inner}]}}"
    return inner


@pytest.mark.parametrize(
    ("column", "warnings"),
    [
        (nested(8), []),
        (nested(9), ["13: rules of what is in o8.o7.o6.o5.o4.o3.o2.o1.o0 are not checked: it is 8 levels deep"]),
        (
            nested(7, inner="{name: l, logicalType: array, items: {logicalType: array, items: {required: true}}}"),
            ["13: rules of what is in o6.o5.o4.o3.o2.o1.o0.l[] are not checked: it is 8 levels deep"],
        ),
    ],
)
def test_rules_that_are_too_deep_are_told(column: str, warnings: list[str]) -> None:
    # Not through the loader: the standard's JSON schema takes three times as long with each level.
    content = yaml.safe_load(changed((AMOUNT, column)))
    document = Document(Path("orders.odcs.yaml"), content, lambda keys: 13 if "properties" in keys else 1)
    assert told(build_contract(Build(document)).warnings) == warnings


NONE = "is no expectation of single values: no run checks it"
BY_TEST = "hallmark contract test checks it, a run does not"
IN_A_RUN = f"measures the table: {BY_TEST}"
SQL = "{type: sql, query: 'select count(*) from {object}', mustBe: 9}"
GX = "{type: custom, engine: greatExpectations, implementation: {type: $TYPE}}"
UNCHECKED = [
    (
        (LOOKUPS, f"    quality: [{{metric: rowCount, mustBeGreaterThan: 0}}]\n{LOOKUPS}"),
        f"11: rowCount > 0 of orders {IN_A_RUN}",
    ),
    (
        ("name: amount,", "name: amount, quality: [{name: some, metric: nullValues, mustBeGreaterThan: 5}],"),
        f"13: nullValues (some) > 5 of amount {IN_A_RUN}",
    ),
    ((LOOKUPS, f"    quality: [{SQL}]\n{LOOKUPS}"), f"11: sql = 9 of orders {IN_A_RUN}"),
    (
        ("name: amount,", f"name: amount, quality: [{GX.replace('$TYPE', 'expect_column_values_to_be_betwen')}],"),
        f"13: expect_column_values_to_be_betwen of amount {NONE}; did you mean 'expect_column_values_to_be_between'?",
    ),
    (
        (LOOKUPS, f"    quality: [{GX.replace('$TYPE', 'expect_table_row_count_to_equal')}]\n{LOOKUPS}"),
        f"11: expect_table_row_count_to_equal of orders {NONE}",
    ),
    (
        ("schema:", "slaProperties: [{property: frequency, value: 1, unit: d}]\nschema:"),
        "9: service level frequency of a table that lands is documented: no run checks it",
    ),
    (
        ("schema:", "slaProperties: [{property: freshness, value: 1, element: orders.at}]\nschema:"),
        f"9: service level freshness of a table that lands is documented: {BY_TEST}",
    ),
    (
        ("schema:", "slaProperties: [{property: latency, value: 1, element: orders.at}]\nschema:"),
        f"9: service level latency of a table that lands is documented: {BY_TEST}",
    ),
    (
        ("schema:", "slaProperties: [{property: latency, value: 1}]\nschema:"),
        "9: service level latency of a table that lands is documented: no run checks it",
    ),
]


@pytest.mark.parametrize(("edit", "text"), UNCHECKED)
def test_what_no_run_checks_of_a_table_that_lands_is_told(write: Write, edit: tuple[str, str], text: str) -> None:
    contract = load_contract(write(edit))
    assert (contract.warnings, told(contract.unchecked)) == ((), [text])


@pytest.mark.parametrize("edit", [edit for edit, _ in UNCHECKED])
def test_a_table_that_is_built_is_checked_by_a_run(write: Write, edit: tuple[str, str]) -> None:
    assert load_contract(write(edit, ("format: csv", "format: delta"))).unchecked == ()


def test_lint_and_the_doctor_tell_what_no_run_checks(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    edit, text = UNCHECKED[0]
    file = write(edit)
    assert told(lint_file(file).warnings) == [text]
    monkeypatch.setenv("HALLMARK_CONTRACTS", str(file.parent))
    assert text in " ".join(hallmark("doctor")[1].split())
