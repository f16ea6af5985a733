"""`hallmark contract lint`: rules that contradict or repeat one another, all files, all problems, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import call as hallmark

from hallmark.pipelines.contract_lint import lint_file, lint_paths

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: a.t\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n"
PANDERA = "type: custom, engine: pandera, implementation:"
VALID = "metric: invalidValues, mustBe: 0, arguments:"


def contract(folder: Path, column: str, *, table: str = "", name: str = "t") -> Path:
    file = folder / f"{name}.odcs.yaml"
    column = column.replace("$PANDERA", PANDERA).replace("$VALID", VALID)
    extra = f"    {table}\n" if table else ""
    file.write_text(f"{HEAD}{extra}    properties:\n      - {{name: c, {column}}}\n", encoding="utf-8")
    return file


def said(file: Path) -> tuple[list[str], list[str]]:
    """What is wrong, and what is doubtful, without file and line."""
    found = lint_file(file)
    return [str(error.got) for error in found.errors], [text.partition(": ")[2] for text in found.warnings]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("logicalType: integer, logicalTypeOptions: {minimum: 5, maximum: 3}", "no value can hold both >= 5 and <= 3"),
        (
            "logicalType: number, logicalTypeOptions: {minimum: 5, exclusiveMaximum: 5}",
            "no value can hold both >= 5 and < 5",
        ),
        (
            "logicalType: integer, physicalType: tinyint, logicalTypeOptions: {minimum: 200}",
            "no value can hold both >= 200 and a tinyint",
        ),
        (
            "logicalType: date, logicalTypeOptions: {minimum: '2026-02-01', maximum: '2026-01-31'}",
            "no value can hold both >= 2026-02-01 and <= 2026-01-31",
        ),
        (
            "logicalType: timestamp, logicalTypeOptions: {minimum: 2026-01-01T00:00-02:00, maximum: 2026-01-01T01:00Z}",
            "no value can hold both >= 2026-01-01T00:00-02:00 and <= 2026-01-01T01:00Z",
        ),
        (
            "logicalType: integer, logicalTypeOptions: {maximum: 3}, quality: [{$PANDERA {check: gt, value: 3}}]",
            "no value can hold both gt 3 and <= 3",
        ),
        (
            "logicalType: string, logicalTypeOptions: {minLength: 3, maxLength: 2}",
            "no value can hold both at least 3 characters and at most 2 characters",
        ),
        (
            "logicalType: array, items: {logicalType: string}, logicalTypeOptions: {minItems: 3, maxItems: 2}",
            "no value can hold both at least 3 items and at most 2 items",
        ),
        (
            "logicalType: string, logicalTypeOptions: {maxLength: 1}, quality: [{$VALID {validValues: [ab, cd]}}]",
            "no value of validValues can hold the other rules: not of at most 1 character",
        ),
        (
            "logicalType: string, required: true, quality: [{metric: nullValues, mustBeGreaterThan: 0}]",
            "required and nullValues > 0 can't both hold",
        ),
        (
            "logicalType: string, quality: [{$VALID {validValues: [a]}}, {$PANDERA {check: isin, values: [b]}}]",
            "validValues and isin have no value in common",
        ),
    ],
)
def test_rules_that_nothing_can_hold_are_an_error(tmp_path: Path, column: str, text: str) -> None:
    assert said(contract(tmp_path, column)) == ([f"c: {text}"], [])


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (
            "logicalType: string, required: true, quality: [{metric: nullValues, mustBe: 0}]",
            "required and nullValues = 0 say the same",
        ),
        (
            "logicalType: string, unique: true, quality: [{metric: duplicateValues, mustBeLessThan: 1}]",
            "unique or the primary key and duplicateValues < 1 say the same",
        ),
        (
            "logicalType: integer, logicalTypeOptions: {minimum: 1}, quality: [{$PANDERA {check: ge, value: 1}}]",
            ">= 1 and ge 1 say the same",
        ),
        (
            "logicalType: string, logicalTypeOptions: {pattern: '^a'}, quality: [{$VALID {pattern: '^a'}}]",
            "the pattern ^a is there twice",
        ),
        (
            "logicalType: string, logicalTypeOptions: {pattern: '^a'}, quality: [{$VALID {validValues: [ab, b]}}]",
            "validValues has 'b', which is not like ^a",
        ),
        (
            "logicalType: integer, logicalTypeOptions: {maximum: 5}, quality: [{$VALID {validValues: [1, 9]}}]",
            "validValues has 9, which is not <= 5",
        ),
        (
            "logicalType: string, quality: [{$VALID {validValues: [a, b, a]}}]",
            "validValues has 'a' twice",
        ),
    ],
)
def test_rules_that_repeat_or_shadow_another_are_a_warning(tmp_path: Path, column: str, text: str) -> None:
    assert said(contract(tmp_path, column)) == ([], [f"c: {text}"])


def test_rules_of_a_table_are_compared_too(tmp_path: Path) -> None:
    rules = "quality: [{metric: rowCount, mustBeGreaterThan: 5}, {metric: rowCount, mustBeLessThan: 3}]"
    assert said(contract(tmp_path, "logicalType: string", table=rules)) == (
        ["t: rowCount > 5 and rowCount < 3 can't both hold"],
        [],
    )


def test_times_are_compared_in_one_zone(tmp_path: Path) -> None:
    """By their clocks alone, the minimum would be above the maximum."""
    ends = "{minimum: '2026-01-01T01:00:00+02:00', maximum: '2026-01-01 00:30:00'}"
    valid = "{validValues: ['2026-01-01T02:15:00+02:00', '2026-01-01 00:15 UTC']}"
    rules = f"logicalTypeOptions: {ends}, quality: [{{$VALID {valid}}}]"
    assert said(contract(tmp_path, f"logicalType: timestamp, {rules}")) == ([], [])


def test_rules_about_different_things_are_no_pair(tmp_path: Path) -> None:
    rules = (
        "quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent}, {metric: nullValues, mustBeGreaterThan: 5}]"
    )
    assert said(
        contract(tmp_path, f"logicalType: string, logicalTypeOptions: {{minLength: 2, maxLength: 2}}, {rules}")
    ) == (
        [],
        [],
    )


def test_a_finding_names_its_line_also_within_a_value(tmp_path: Path) -> None:
    field = "{name: a, logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 1}}"
    column = f"logicalType: object, properties: [\n  {field}]"
    (error,) = lint_file(contract(tmp_path, column)).errors
    assert (error.where, str(error.got).partition(":")[0]) == (f"{tmp_path / 't.odcs.yaml'}:10", "c.a")


def test_all_problems_of_a_file_are_told_in_one_go(tmp_path: Path) -> None:
    more = "logicalTypeOptions: {pattern: '('}}\n      - {name: d, logicalType: object}\n      - {name: e"
    wrong = lint_file(contract(tmp_path, f"logicalType: string, {more}")).errors
    assert [error.what for error in wrong] == [
        "the pattern is no regular expression",
        "an object without properties has no column type",
    ]


def test_all_unknown_keys_are_told_in_one_go(tmp_path: Path) -> None:
    file = contract(
        tmp_path, "logicalTyp: string}\n      - {nam: d, zzz: 1}\n      - {name: e, requird: true", table="taggs: []"
    )
    found = lint_file(file).errors
    assert [(error.what, str(error.where).partition(":")[2], error.todo) for error in found] == [
        ("unknown key 'taggs'", "8 (schema.0)", "did you mean 'tags'?"),
        ("unknown key 'logicalTyp'", "10 (schema.0.properties.0)", "did you mean 'logicalType'?"),
        ("unknown key 'nam'", "11 (schema.0.properties.1)", "did you mean 'name'?"),
        ("unknown key 'zzz'", "11 (schema.0.properties.1)", "remove it, or put it under customProperties"),
        ("unknown key 'requird'", "12 (schema.0.properties.2)", "did you mean 'required'?"),
    ]


def test_a_relationship_to_a_table_that_no_contract_here_has_is_told(tmp_path: Path) -> None:
    contract(tmp_path, "logicalType: string", name="customers").write_text(
        HEAD.replace("name: t", "name: customers") + "    properties: [{name: id}]\n", encoding="utf-8"
    )
    good = "logicalType: string, relationships: [{to: customers.id}, {to: t.c}, {to: 'https://a.example/b.yaml#/x/y'}]"
    assert said(contract(tmp_path, good)) == ([], [])
    file = contract(
        tmp_path, "logicalType: string,\n  relationships: [{to: custmers.id}, {to: schema/zzz/properties/id}]"
    )
    lost = "which is no table of this contract or of one beside it"
    assert lint_file(file).warnings == (
        f"t.odcs.yaml:10: a relationship leads to custmers, {lost}; did you mean 'customers'?",
        f"t.odcs.yaml:10: a relationship leads to zzz, {lost}",
    )


def test_a_relationship_to_a_column_that_a_table_lacks_is_an_error(tmp_path: Path) -> None:
    (error,) = lint_file(contract(tmp_path, "logicalType: string, relationships: [{to: t.d}]")).errors
    assert (error.what, error.got) == ("a relationship leads to a column that the table lacks", "t.d")


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    return contract(tmp_path, "logicalType: string, quality: [{metric: nullValues, mustBe: 0}], required: true")


def test_a_warning_fails_only_where_it_is_asked_for(doubtful: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(doubtful.parent)
    text = "warning: t.odcs.yaml:9: c: required and nullValues = 0 say the same\n1 contract: 0 errors, 1 warning\n"
    assert hallmark("contract", "lint", doubtful) == (0, text, "")
    assert hallmark("contract", "lint", doubtful, "--strict") == (1, text, "")


def test_all_files_of_a_folder_are_linted_although_one_is_broken(doubtful: Path) -> None:
    (doubtful.parent / "a.odcs.yaml").write_text("a: [", encoding="utf-8")
    code, out, _ = hallmark("contract", "lint", doubtful.parent, "--json")
    broken, fine = json.loads(out)
    assert (code, broken["errors"][0]["what"], len(fine["warnings"])) == (2, "not valid YAML", 1)


def test_a_good_contract_is_all_well(tmp_path: Path) -> None:
    file = contract(tmp_path, "logicalType: string")
    assert hallmark("contract", "lint", file, "--strict") == (0, "1 contract: all is well\n", "")


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    code, _, err = hallmark("contract", "lint", tmp_path / "gone")
    assert (code, err.splitlines()[0]) == (2, "SettingsError: no such file")


def test_a_freshness_that_cannot_be_checked_is_an_error_of_lint(tmp_path: Path) -> None:
    file = contract(tmp_path, "logicalType: string")
    server = "servers: [{server: s, type: local, path: t, format: csv}]\n"
    level = "slaProperties: [{property: freshness, value: abc, unit: furlong, element: t.nowhere}]\n"
    file.write_text(file.read_text(encoding="utf-8") + server + level, encoding="utf-8")
    assert said(file)[0] == ["t.nowhere"]


def test_a_pattern_that_never_ends_in_python_is_left_to_a_run(tmp_path: Path) -> None:
    column = (
        "logicalType: string, logicalTypeOptions: {{pattern: '^({0})+$'}}, quality: [{{$VALID {{validValues: [{1}]}}}}]"
    )
    assert said(contract(tmp_path, column.format("a+", "a" * 42 + "!"))) == ([], [])
    assert said(contract(tmp_path, column.format("a*a*a*a*a*a*b", "a" * 200))) == ([], [])
    assert said(contract(tmp_path, column.format("a+", "aab"))) == (
        ["c: no value of validValues can hold the other rules: not like ^(a+)+$"], [],
    )  # fmt: skip


def test_contracts_of_a_folder_that_cannot_be_used_together_are_an_error(tmp_path: Path) -> None:
    contract(tmp_path, "logicalType: string", name="a")
    other = contract(tmp_path, "logicalType: string", name="b")
    other.write_text(other.read_text(encoding="utf-8").replace("id: a.t", "id: a.u"), encoding="utf-8")
    first, second = lint_paths([tmp_path])
    assert first.errors == ()
    assert [error.what for error in second.errors] == ["table 'a.t' is defined twice"]
    assert all(not found.errors for found in lint_paths([tmp_path / "a.odcs.yaml", other])), "files are alone each"


def test_lookups_of_a_folder_that_go_in_a_circle_are_an_error(tmp_path: Path) -> None:
    for name, other in ("ab", "ba"):
        server = "servers: [{server: s, type: local, path: '*.csv', format: csv}]\nschema:"
        lookup = f"customProperties: [{{property: lookups, value: [{{table: {other}, key: c, expr: c}}]}}]"
        file = contract(tmp_path, "primaryKey: true", table=lookup, name=name)
        text = file.read_text(encoding="utf-8").replace("schema:", server).replace("name: t", f"name: {name}")
        file.write_text(text.replace("id: a.t", f"id: a.{name}"), encoding="utf-8")
    found = [error.what for linted in lint_paths([tmp_path]) for error in linted.errors]
    assert found == ["the tables look each other up in a circle"]
