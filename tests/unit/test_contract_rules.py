"""From a property to its rules: what each says, what it asks of a row, and what its fingerprint stands for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import Contract, Lookup, Property, Quality, Reaction, SchemaObject, Server
from hallmark.contracts.patterns import anchored, longest
from hallmark.contracts.rules import CHANGE_RULES, READABLE, Rule, row_rules
from hallmark.lakehouse.names import sql_text

TOKENS = Property("tokens", "Tokens", "integer", "int", required=True, minimum="1")


def allowed(*values: str, severity: str = "error") -> Quality:
    """A rule of allowed values, as a contract has it."""
    reaction = Reaction("quarantine" if severity == "error" else "warn")
    return Quality(
        kind="library", column="x", metric="invalidValues", comparison=Comparison("mustBe", (Decimal(0),)),
        arguments={"validValues": values}, severity=severity, reaction=reaction,
    )  # fmt: skip


def rules(prop: Property) -> list[Rule]:
    """The rules of a table with this one column, less the one that every table has."""
    return list(row_rules(SchemaObject("requests", "requests", (prop,))))[1:]


def compiled(table: SchemaObject, file_format: str = "csv") -> CompiledTable:
    server = Server("landing", "*.csv", file_format)
    return compile_table(Contract("a.b", "b", "1.0.0", "a", (server,), (table,), Path("b.odcs.yaml")), table)


def test_a_row_must_be_readable_before_anything_else() -> None:
    first, *_ = row_rules(SchemaObject("requests", "requests", (TOKENS,)))
    assert first is READABLE
    assert (first.violated, first.value) == ("_rescued is not null", "left(_rescued, 200)")


def test_rules_come_in_the_order_of_the_columns() -> None:
    table = SchemaObject("requests", "requests", (TOKENS, replace(TOKENS, name="more")))
    assert [(rule.column, rule.name) for rule in row_rules(table)[1:]] == [
        ("tokens", "type"), ("tokens", "required"), ("tokens", "minimum"),
        ("more", "type"), ("more", "required"), ("more", "minimum"),
    ]  # fmt: skip


def test_a_text_without_wishes_has_no_rules() -> None:
    assert rules(Property("note", "note", "string", "string")) == []


@pytest.mark.parametrize(
    ("parts", "name", "message", "violated"),
    [
        ({"required": True}, "required", "x: required", "`_text_x` is null"),
        ({"minimum": "1"}, "minimum", "x: >= 1", "`x` < cast('1' as decimal(1,0))"),
        ({"maximum": "9"}, "maximum", "x: <= 9", "`x` > cast('9' as decimal(1,0))"),
        ({"exclusive_minimum": "0"}, "exclusiveMinimum", "x: > 0", "`x` <= cast('0' as decimal(1,0))"),
        ({"exclusive_maximum": "5"}, "exclusiveMaximum", "x: < 5", "`x` >= cast('5' as decimal(1,0))"),
        ({"min_length": 2}, "minLength", "x: at least 2 characters", "char_length(`x`) < 2"),
        ({"min_length": 1}, "minLength", "x: at least 1 character", "char_length(`x`) < 1"),
        ({"max_length": 9}, "maxLength", "x: at most 9 characters", "char_length(`x`) > 9"),
        ({"pattern": r"^\d'$"}, "pattern", r"x: like ^\d'$", r"not (`x` rlike '^\\d\'\\z')"),
        (
            {"pattern": "^(a|b)+$"},
            "pattern",
            "x: like ^(a|b)+$ (of at most 833 characters, for it repeats a group)",
            r"not (if(char_length(`x`) > 833, false, `x` rlike '^(a|b)+\\z'))",
        ),
        (
            {"quality": (allowed("a", "it's"),)},
            "validValues",
            "x: one of a, it's",
            r"cast(`x` as string) not in ('a', 'it\'s')",
        ),
    ],
)
def test_a_wish_becomes_a_rule(parts: dict[str, Any], name: str, message: str, violated: str) -> None:
    kind = ("integer", "int") if "imum" in name else ("string", "string")
    rule = rules(Property("x", "X", *kind, **parts))[-1]
    assert (rule.name, rule.column, rule.message, rule.violated) == (name, "x", message, violated)
    assert rule.severity == "error"


@pytest.mark.parametrize(
    ("logical", "spark", "says"),
    [
        ("integer", "int", "x: whole number"),
        ("number", "double", "x: finite number"),
        ("number", "decimal(38,12)", "x: number with at most 12 decimals"),
        ("boolean", "boolean", "x: boolean"),
        ("date", "date", "x: date (yyyy-MM-dd)"),
        ("timestamp", "timestamp", "x: date and time"),
    ],
)
def test_a_type_is_a_rule_that_only_a_given_value_can_break(logical: str, spark: str, says: str) -> None:
    (rule,) = rules(Property("x", "X", logical, spark))
    assert (rule.name, rule.message, rule.violated) == ("type", says, "`_text_x` is not null and `x` is null")


@pytest.mark.parametrize(
    ("logical", "spark", "limit", "literal"),
    [
        ("integer", "bigint", "1", "cast('1' as decimal(1,0))"),
        ("number", "decimal(18,2)", "0.1", "cast('0.1' as decimal(1,1))"),
        ("number", "double", "0.1", "cast('0.1' as double)"),
        ("number", "float", "0.1", "cast('0.1' as double)"),
        ("date", "date", "2024-10-27", "cast('2024-10-27' as date)"),
        ("timestamp", "timestamp", "2024-10-27 00:00:00", "cast('2024-10-27 00:00:00' as timestamp)"),
    ],
)
def test_a_limit_is_compared_in_a_type_that_holds_it(logical: str, spark: str, limit: str, literal: str) -> None:
    assert rules(Property("x", "X", logical, spark, minimum=limit))[-1].violated == f"`x` < {literal}"


def test_valid_values_of_severity_warning_keep_no_row_out() -> None:
    (rule,) = rules(Property("x", "X", "string", "string", quality=(allowed("a", severity="warning"),)))
    assert rule.severity == "warning"


def test_a_verdict_shows_the_sources_text_and_not_too_much_of_it() -> None:
    assert {rule.value for rule in rules(TOKENS)} == {"left(`_text_tokens`, 200)"}


def test_a_personal_value_is_shown_by_no_rule() -> None:
    personal = replace(TOKENS, maximum="9", pattern="x", min_length=1, quality=(allowed("7"),), personal=True)
    assert {rule.value for rule in rules(personal)} == {"'***'"}


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20))
def test_law_whatever_a_pattern_holds_stays_in_its_quotes(pattern: str) -> None:
    (rule,) = rules(Property("x", "X", "string", "string", pattern=pattern))
    matched = f"`x` rlike {sql_text(anchored(pattern))}"
    assert rule.violated in {f"not ({matched})", f"not (if(char_length(`x`) > {longest(pattern)}, false, {matched}))"}


@pytest.mark.parametrize(
    "change",
    [{"name": "minimum2"}, {"column": "other"}, {"violated": "`x` < 2"}],
)
def test_a_fingerprint_changes_with_a_rules_meaning(change: dict[str, str]) -> None:
    rule = Rule("minimum", "x", "x: >= 1", "`x` < 1", "`x`")
    assert replace(rule, **change).fingerprint != rule.fingerprint


@pytest.mark.parametrize("change", [{"message": "x is too small"}, {"value": "'***'"}])
def test_a_fingerprint_outlives_other_words(change: dict[str, str]) -> None:
    rule = Rule("minimum", "x", "x: >= 1", "`x` < 1", "`x`")
    assert replace(rule, **change).fingerprint == rule.fingerprint


def test_the_fingerprint_stays_the_same_from_release_to_release() -> None:
    # Quarantined rows name it: another algorithm would make old verdicts look like those of another rule.
    assert Rule("minimum", "x", "x: >= 1", "`x` < 1", "`x`").fingerprint == "907f46b6b273c2c1"


def test_the_rules_of_a_column_with_a_point_in_its_name_name_it() -> None:
    prop = Property("a.b", "a.b", "integer", "int", required=True, minimum="1", unique=True)
    assert {rule.columns for rule in rules(prop)} == {("a.b",)}


def test_the_rules_of_what_is_within_a_column_name_the_column() -> None:
    item = Property("item", "item", "string", "string", required=True)
    field = Property("f", "f", "string", "string", required=True)
    array = Property("a", "a", "array", "array<string>", items=item)
    found = rules(Property("o", "o", "object", "struct<f: string>", properties=(field, array)))
    assert {rule.columns for rule in found} == {("o",)}
    assert [rule.message for rule in found if rule.name == "required"] == ["o.f: required", "o.a[]: required"]


TABLE = SchemaObject("requests", "requests", (TOKENS,), (Lookup("runs", "id", "run"),))


@pytest.mark.parametrize(
    "changed",
    [
        replace(TABLE, properties=(replace(TOKENS, minimum="2"),)),
        replace(TABLE, properties=(replace(TOKENS, required=False),)),
        replace(TABLE, properties=(replace(TOKENS, spark_type="bigint"),)),
        replace(TABLE, properties=(replace(TOKENS, source="tokens"),)),
        replace(TABLE, properties=(replace(TOKENS, transform="tokens * 2"),)),
        replace(TABLE, properties=(replace(TOKENS, quality=(allowed("1"),)),)),
        replace(TABLE, properties=(TOKENS, replace(TOKENS, name="more"))),
        replace(TABLE, lookups=()),
        replace(TABLE, lookups=(Lookup("runs", "id", "upper(run)"),)),
    ],
)
def test_a_tables_fingerprint_changes_with_its_meaning(changed: SchemaObject) -> None:
    assert compiled(changed).fingerprint != compiled(TABLE).fingerprint


@pytest.mark.parametrize(
    ("prop", "change"),
    [
        (Property("x", "X", "string", "string"), {"key_position": 1}),
        (Property("x", "X", "date", "date"), {"format": "yyyyMMdd"}),
        (Property("x", "X", "timestamp", "timestamp"), {"source_unit": "ms"}),
        (Property("x", "X", "number", "double", source_unit="s", unit="s"), {"unit": "ms"}),
    ],
)
def test_a_tables_fingerprint_changes_with_how_a_text_is_read(prop: Property, change: dict[str, Any]) -> None:
    before, after = (replace(TABLE, properties=(each,)) for each in (prop, replace(prop, **change)))
    assert row_rules(before) == row_rules(after)
    assert compiled(before).fingerprint != compiled(after).fingerprint


def test_a_tables_fingerprint_changes_with_a_rules_severity() -> None:
    prints = {
        compiled(replace(TABLE, properties=(replace(TOKENS, quality=(allowed("1", severity=severity),)),))).fingerprint
        for severity in ("error", "warning")
    }
    assert len(prints) == 2


@pytest.mark.parametrize(
    "changed",
    [replace(TABLE, description="other"), replace(TABLE, properties=(replace(TOKENS, description="other"),))],
)
def test_a_tables_fingerprint_outlives_other_words(changed: SchemaObject) -> None:
    assert compiled(changed).fingerprint == compiled(TABLE).fingerprint


def test_a_compiled_table_has_the_contracts_columns_and_types() -> None:
    table = compiled(replace(TABLE, properties=(TOKENS, Property("at", "At", "timestamp", "timestamp"))))
    assert (table.columns, table.ddl) == (("tokens", "at"), "`tokens` int, `at` timestamp")


def test_only_change_events_must_hold_the_rules_of_change_events() -> None:
    assert compiled(TABLE, "debezium").rules == (*row_rules(TABLE), *CHANGE_RULES)
    assert compiled(TABLE).rules == row_rules(TABLE)


def test_nothing_of_a_row_with_personal_values_is_shown_when_it_could_not_be_read() -> None:
    secret = Property("mail", "mail", "string", "string", personal=True)
    assert [row_rules(SchemaObject("t", "t", (prop,)))[0].value for prop in (secret, TOKENS)] == [
        "'***'",
        "left(_rescued, 200)",
    ]


def test_a_personal_field_hides_the_object_that_it_is_in() -> None:
    mail = Property("mail", "mail", "string", "string", required=True, personal=True)
    person = Property("person", "person", "object", "struct<mail: string>", properties=(mail,))
    assert {rule.value for rule in rules(person)} == {"'***'"}


def test_numbers_are_compared_with_allowed_numbers_and_not_with_their_texts() -> None:
    prop = Property("x", "X", "number", "double", quality=(allowed("1", "2"),))
    assert rules(prop)[-1].violated == "`x` not in (cast('1' as double), cast('2' as double))"


def test_a_time_may_be_ahead_of_its_ingestion_by_so_much() -> None:
    rule = rules(Property("x", "X", "timestamp", "timestamp", max_lead=600))[-1]
    assert (rule.message, rule.violated) == (
        "x: at most 600 s after its ingestion",
        "`x` > _ingested_at + make_dt_interval(0, 0, 0, 600)",
    )
