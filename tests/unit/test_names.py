"""Names that reach SQL: plain ones as they are, all others quoted, none of them able to break out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.contracts.compile import ROW
from hallmark.contracts.quarantine import LIFECYCLE_DDL, QUARANTINED_AT, STATUS
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import (
    BAD,
    BRONZE_METADATA,
    BRONZE_METADATA_DDL,
    ERRORS,
    RECORD_KEY,
    WARNINGS,
    Table,
    bronze_column,
    identifier,
    quoted,
    split_ddl,
    sql_text,
)
from hallmark.silver.broken import PACKED
from hallmark.silver.cdc import EVENT_COLUMNS

CHANGE_FEED = ("_change_type", "_commit_version", "_commit_timestamp")
LIFECYCLE = tuple(name for name, _ in split_ddl(LIFECYCLE_DDL))
TECHNICAL = (
    *BRONZE_METADATA, RECORD_KEY, ERRORS, WARNINGS, BAD, PACKED, ROW, STATUS, QUARANTINED_AT, *LIFECYCLE,
    *EVENT_COLUMNS, *CHANGE_FEED,
)  # fmt: skip


@pytest.mark.parametrize("name", ["requests", "_x", "A1", "a" * 128])
def test_a_plain_name_stays(name: str) -> None:
    assert identifier(name, where="contract") == name


@pytest.mark.parametrize(
    "name",
    ["", "1a", "a-b", "a b", "a.b", "a`b", "a;drop table x", "größe", "a\n", "a" * 129],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as letter:
        identifier(name, where="contract")
    assert str(letter.value) == (
        "SettingsError: not a plain name\n"
        "  where: contract\n"
        f"  got: {name!r}\n"
        "  wanted: a letter or underscore, then letters, digits, underscores (at most 128)\n"
        "  do: rename it"
    )


@pytest.mark.parametrize(("schema", "name"), [("gold; drop", "dim_model"), ("gold", "dim model")])
def test_a_table_has_plain_names_only(schema: str, name: str) -> None:
    with pytest.raises(SettingsError, match="not a plain name") as letter:
        Table(schema, name)
    assert letter.value.where == "table name"


def test_tables_sort_by_schema_and_name() -> None:
    tables = [Table("silver", "a"), Table("gold", "b"), Table("gold", "a")]
    assert [str(table) for table in sorted(tables)] == ["gold.a", "gold.b", "silver.a"]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("ContextTokens", "ContextTokens"),
        ("  padded ", "padded"),
        ("\ufeffid", "id"),
        ("Cost (USD)", "Cost_USD_"),
        ("a.b=c;d", "a_b_c_d"),
        ("a`b", "a_b"),
        ("tab\there", "tab_here"),
        ("Größe", "Größe"),
        ("", "_unnamed"),
        (" ", "_unnamed"),
        ("\ufeff", "_unnamed"),
        ("_id", "_id"),
        ("\u0131d", "id"),
        ("\u0130d", "id"),
        ("\u017ftatus", "status"),
        ("stra\u00dfe", "stra\u00dfe"),
        ("\u03a7\u03a1\u039f\u039d\u039f\u03a3", "\u03a7\u03a1\u039f\u039d\u039f\u03c3"),
        ("\u03c7\u03c1\u03bf\u03bd\u03bf\u03c2", "\u03c7\u03c1\u03bf\u03bd\u03bf\u03c3"),
    ],
)
def test_a_bronze_column_has_its_sources_name_less_what_delta_and_spark_refuse(source: str, column: str) -> None:
    assert bronze_column(source) == column


@pytest.mark.parametrize("name", TECHNICAL)
def test_a_source_column_never_takes_a_technical_ones_name(name: str) -> None:
    assert bronze_column(name) == bronze_column(name.upper()) == f"source{name}"


def test_the_technical_columns_of_bronze_are_declared_once() -> None:
    assert tuple(name for name, _ in split_ddl(BRONZE_METADATA_DDL)) == BRONZE_METADATA


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20))
def test_law_delta_takes_any_bronze_column(source: str) -> None:
    column = bronze_column(source)
    assert column
    assert not set(column) & set(" ,;{}()\n\t=.`")
    assert column.lower() not in TECHNICAL


def scan(sql: str, quote: str) -> tuple[str, str]:
    """Read one quoted token as Spark's lexer does: what it means, and what is left of the text."""
    assert sql[0] == quote
    meaning, at = [], 1
    while True:
        if quote == "`" and sql.startswith("``", at):
            meaning.append("`")
            at += 2
        elif quote == "'" and sql[at] == "\\":
            meaning.append(
                {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}.get(sql[at + 1], sql[at + 1])
            )
            at += 2
        elif sql[at] == quote:
            return "".join(meaning), sql[at + 1 :]
        else:
            meaning.append(sql[at])
            at += 1


nasty = st.text(alphabet="`'\\n% ;-ä" + "abc", max_size=12) | st.text(max_size=12)


@settings(deadline=None, max_examples=100)
@given(nasty)
def test_law_a_quoted_name_means_itself_and_ends_where_it_ends(name: str) -> None:
    assert scan(f"{quoted(name)} from x", "`") == (name, " from x")


@settings(deadline=None, max_examples=100)
@given(nasty)
def test_law_a_text_means_itself_and_ends_where_it_ends(value: str) -> None:
    assert scan(f"{sql_text(value)}; drop table x", "'") == (value, "; drop table x")


@pytest.mark.parametrize(
    ("ddl", "columns"),
    [
        ("", []),
        ("a int", [("a", "int")]),
        ("a int, b string", [("a", "int"), ("b", "string")]),
        ("c decimal(38,12), d map<string, array<int>>", [("c", "decimal(38,12)"), ("d", "map<string, array<int>>")]),
        ("`a ``b` int", [("a `b", "int")]),
        ("`p95 > 1, ms` string, next int", [("p95 > 1, ms", "string"), ("next", "int")]),
    ],
)
def test_a_ddl_text_splits_into_its_columns(ddl: str, columns: list[tuple[str, str]]) -> None:
    assert split_ddl(ddl) == columns


spark_types = st.sampled_from(["string", "decimal(38,12)", "array<struct<k: string, v: map<string, int>>>"])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.text(alphabet="ab`,<>() ", min_size=1, max_size=6), spark_types), max_size=4))
def test_law_columns_come_back_from_their_ddl(columns: list[tuple[str, str]]) -> None:
    assert split_ddl(", ".join(f"{quoted(name)} {spark_type}" for name, spark_type in columns)) == columns


def test_law_no_bronze_column_is_another_one_to_spark_that_is_not_so_to_us() -> None:
    """Spark's `equalsIgnoreCase` takes letters for one by their upper case; we do by their lower case."""
    for number in (*range(0x21, 0xD800), *range(0xE000, 0x10000)):
        column = bronze_column(f"x{chr(number)}")
        upper = "".join(each.upper() if len(each.upper()) == 1 else each for each in column)
        lower = "".join(each.lower()[:1] for each in upper)
        assert lower == column.lower(), hex(number)
