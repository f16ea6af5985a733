"""SQL in contracts: reads pass, everything else is refused; placeholders become names."""

from __future__ import annotations

import pytest

from hallmark.contracts.sql import filled, refuse_writing


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "SELECT count(*) FROM {object} WHERE note = 'delete; drop table x'",
        "with a as (select 1) select * from a;",
        "from {object} select count(*)",
        "select /* insert; */ 1 -- drop table x",
        "select replace(a, 'x', 'y'), `update` from {object}",
        "select a.delete, insert(a, 1, 2, 'x') from {object} a",
    ],
)
def test_a_query_that_reads_passes(query: str) -> None:
    refuse_writing(query)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "it is empty"),
        ("-- nothing", "it is empty"),
        ("drop table x", "it begins with 'drop'"),
        ("insert into x select 1", "it begins with 'insert'"),
        ("select 1; drop table x", "more than one statement"),
        ("/* a */ delete from x", "it begins with 'delete'"),
        ("with a as (select 1) insert into x select * from a", "it has the word 'insert', which writes"),
        ("from a insert overwrite table x select *", "it has the word 'insert', which writes"),
        ("set spark.sql.x = 1", "it begins with 'set'"),
        ("select reflect('java.lang.System', 'exit', 1)", "it calls reflect, which can do anything"),
        ("select java_method ('java.lang.System', 'exit', 1)", "it calls java_method, which can do anything"),
        ("select try_reflect('a', 'b')", "it calls try_reflect"),
    ],
)
def test_what_is_not_one_statement_that_reads_is_refused(query: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        refuse_writing(query)


@pytest.mark.parametrize("name", ["{object}", "${object}", "{table}", "${table}"])
def test_the_table_stands_for_its_placeholder(name: str) -> None:
    assert filled(f"select 1 from {name}", "`v`", None) == "select 1 from `v`"


@pytest.mark.parametrize("name", ["{property}", "${property}", "{column}", "${column}"])
def test_the_property_stands_for_its_placeholder(name: str) -> None:
    assert filled(f"select {name}", "`v`", "a b") == "select `a b`"


def test_a_rule_of_a_table_has_no_property() -> None:
    with pytest.raises(ValueError, match="stands at a table and not at a property"):
        filled("select {property}", "`v`", None)
