"""SQL in contracts: reads pass, everything else is refused; placeholders become names."""

from __future__ import annotations

import re

import pytest

from hallmark.contracts.sql import can_fail, filled, refuse_writing


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
        "with x as (select 1 as update) select update from x",
        "with x (a) as (select 1), y as (select 2) select insert(a, 1, 2, 'x') from x",
        "select a.n from a join b using (id); -- done",
        "select /*+ broadcast(b) */ count(*) from {object} where note rlike r'\\' or note = \";\"",
        "select json.a, count(text.b) from {object} json, {object} text where json.a = 1 and identifier = 2",
        "select count(*) from gold.orders o join silver.lines l on o.id = l.id",
        "select count(reflect) from {object} where note = 'reflect(' or note = 'using'",
    ],
)
def test_a_query_that_reads_passes(query: str) -> None:
    refuse_writing(query)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select identifier('reflect')('java.lang.System', 'exit', 3)", "it makes a name of a text (identifier)"),
        ("select count(*) from IDENTIFIER /* x */ ('text.`/etc/passwd`')", "it makes a name of a text (identifier)"),
        ("select max(value) from text.`/etc/passwd`", "it reads files (text.`/etc/passwd`), and not the table"),
        ("select max(value) from {object} a join Text.secrets b on true", "it reads files (text.`secrets`)"),
        ("select max(value) from {object} as a, `csv`.`/x`", "it reads files (csv.`/x`)"),
        ("with a as (select * from `org.x.TextFileFormat`.`y`) select 1", "it reads files (org.x.textfileformat.`y`)"),
        ("", "it is empty"),
        ("-- nothing", "it is empty"),
        ("drop table x", "it begins with 'drop'"),
        ("insert into x select 1", "it begins with 'insert'"),
        ("select 1; drop table x", "more than one statement"),
        ("/* a */ delete from x", "it begins with 'delete'"),
        ("with a as (select 1) insert into x select * from a", "it has the word 'insert', which writes"),
        ("with x as (select r'\\' as a) insert into t select 'x' from x", "it has the word 'insert', which writes"),
        ("with a as (select 1) merge into t using a on true when matched then delete", "it has the word 'merge'"),
        ("with a as (select 1) delete from t", "it has the word 'delete'"),
        ("with a as (select 1) update t set a = 1", "it has the word 'update'"),
        ("select 1) as found; drop table x; --", "more than one statement"),
        ("select 1) as found join (select 2", "it closes a parenthesis that it has not opened"),
        ("select (1", "it leaves a parenthesis open"),
        ("select 'a", "a quote or a comment that is not closed"),
        ("select 1 /* a", "a quote or a comment that is not closed"),
        ("select 1 /* a /* b */ c */", "a comment in a comment"),
        ("select transform(a) using 'touch /tmp/x' as (b) from {object}", "it runs a script"),
        ("select transform(a) u\u017f\u0131ng/**/r'touch /tmp/x' as (b) from {object}", "it runs a script"),
        ("select `reflect`('java.lang.System', 'exit', '0')", "it calls reflect"),
        ("select builtin.`Java_Method` /* a */ ('java.lang.System', 'exit', '0')", "it calls java_method"),
        ("select /*+ broadcast(a) */* , reflect('a', 'b'), 1 */* 2 from a", "it calls reflect"),
        ("select 1 as a://b-- , reflect('a', 'b')", "it calls reflect"),
        ("from a insert overwrite table x select *", "it has the word 'insert', which writes"),
        ("set spark.sql.x = 1", "it begins with 'set'"),
        ("select reflect('java.lang.System', 'exit', 1)", "it calls reflect, which can do anything"),
        ("select java_method ('java.lang.System', 'exit', 1)", "it calls java_method, which can do anything"),
        ("select try_reflect('a', 'b')", "it calls try_reflect"),
    ],
)
def test_what_is_not_one_statement_that_reads_is_refused(query: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        refuse_writing(query)


@pytest.mark.parametrize("name", ["{object}", "${object}", "{table}", "${table}"])
def test_the_table_stands_for_its_placeholder(name: str) -> None:
    assert filled(f"select 1 from {name}", "`v`", None) == "select * from (\nselect 1 from `v`\n) as found"


@pytest.mark.parametrize("name", ["{property}", "${property}", "{column}", "${column}"])
def test_the_property_stands_for_its_placeholder(name: str) -> None:
    assert filled(f"select {name}", "`v`", "a b") == "select * from (\nselect `a b`\n) as found"


def test_a_query_ends_before_its_semicolon() -> None:
    assert filled("select ';' -- all\n; -- done", "`v`", None) == "select * from (\nselect ';' -- all\n\n) as found"


def test_a_rule_of_a_table_has_no_property() -> None:
    with pytest.raises(ValueError, match="stands at a table and not at a property"):
        filled("select {property}", "`v`", None)


@pytest.mark.parametrize(
    "expression",
    [
        "a",
        "'x'",
        "`a b`",
        "CONCAT(_source, '-', Id)",
        "nullif(trim(a), '')",
        "a || '-' || b",
        "sha2(concat_ws('|', regexp_extract(_file, '([^/]+)$', 1), a), 256)",
        "try_cast(regexp_extract(_file, 'scale([0-9]+)', 1) as int)",
        "case when a is null then 'x' else b end",
    ],
)
def test_an_expression_of_texts_alone_can_not_fail_for_a_row(expression: str) -> None:
    assert not can_fail(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "cast(a as int)",
        "a::int",
        "a + 1",
        "-a",
        "a div b",
        "nullif(a, 0)",
        "coalesce(runs.n, 'x')",
        "a in (1, 2)",
        "a between 1 and 2",
        "if(a = 1, b, c)",
        "element_at(split(a, ','), 2)",
        "split(a, ',')[2]",
        "raise_error('x')",
        "`cast_of_mine`(a)",
        "a rlike b",
        "(cast(a as date))",
    ],
)
def test_an_expression_that_casts_counts_or_calls_others_may_fail(expression: str) -> None:
    assert can_fail(expression)


def test_relations_by_their_plain_names_stand_before_the_query() -> None:
    named = {"orders": "`judged_orders`", "items": "`judged_items`"}
    query = "select count(*) from Orders o where o.note != 'items'"
    assert filled(query, "`judged_orders`", None, named) == (
        f"with `orders` as (select * from `judged_orders`) select * from (\n{query}\n) as found"
    )
