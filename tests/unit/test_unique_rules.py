"""Rules of values that may not repeat: their fingerprints, what they share, and what a key's repeats lead to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hallmark.contracts.compile import compile_table
from hallmark.contracts.measures import Comparison, Tolerance
from hallmark.contracts.model import Contract, Property, Quality, Reaction, SchemaObject, Server
from hallmark.contracts.rules import row_rules

COLUMNS = tuple(Property(name, name, "string", "string") for name in "abc")


def once(*columns: str) -> Quality:
    none = Comparison("mustBe", (Decimal(0),))
    return Quality("library", metric="duplicateValues", comparison=none, arguments={"properties": list(columns)})


def fingerprints(*repeats: Quality) -> list[str]:
    return [
        rule.fingerprint for rule in row_rules(SchemaObject("t", "t", COLUMNS, quality=repeats)) if rule.unique_over
    ]


def test_the_fingerprint_of_a_unique_rule_is_that_of_its_columns() -> None:
    assert len({*fingerprints(once("a", "b"), once("a", "c"), once("a"), once("b", "a"))}) == 4


def test_the_fingerprint_of_a_unique_rule_outlives_another_before_it() -> None:
    (alone,) = fingerprints(once("a", "b"))
    assert fingerprints(once("c"), once("a", "b"))[1] == alone


def test_unique_rules_of_the_same_columns_ask_one_column_for_it() -> None:
    first = replace(COLUMNS[0], unique=True)
    table = SchemaObject(
        "t", "t", (first, *COLUMNS[1:]), quality=(once("a", "b"), once("c"), once("b", "a"), once("a"))
    )
    assert [rule.violated for rule in row_rules(table) if rule.unique_over] == [
        "_again_0",
        "_again_1",
        "_again_2",
        "_again_1",
        "_again_0",
    ]
    contract = Contract("a.t", "t", "1.0.0", "a", (Server("s", "t.csv", "csv"),), (table,), Path("t.odcs.yaml"))
    assert [{*columns} for columns in compile_table(contract, table).uniqueness.values()] == [{"a"}, {"a", "b"}, {"c"}]


def test_a_key_with_a_personal_part_is_not_shown() -> None:
    mail = Property("mail", "mail", "string", "string", key_position=1, personal=True)
    table = SchemaObject("t", "t", (mail, replace(COLUMNS[0], key_position=2)))
    (again,) = [rule for rule in row_rules(table, key_is_unique=True) if rule.unique_over]
    assert (again.columns, again.value) == (("mail", "a"), "'***'")


@pytest.mark.parametrize(("first", "second"), [("warn", "fail"), ("drop", "quarantine")])
def test_the_first_column_of_a_key_says_what_becomes_of_a_row_that_repeats_it(first: str, second: str) -> None:
    keyed = (replace(COLUMNS[0], key_position=2, reaction=Reaction(second)), replace(COLUMNS[1], key_position=1))
    table = SchemaObject(
        "t", "t", (keyed[0], replace(keyed[1], reaction=Reaction(first, Tolerance(Decimal(1), "rows"))))
    )
    (again,) = [rule for rule in row_rules(table, key_is_unique=True) if rule.unique_over]
    assert (again.columns, again.reaction) == (("b", "a"), Reaction(first, Tolerance(Decimal(1), "rows")))
