"""Where a table's files are, and the text of a merge."""

from __future__ import annotations

from pathlib import Path

from hallmark.lakehouse.merge_sql import merge_sql
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

PATH = Path("/lake/silver/customers")


def words(sql: str) -> str:
    return " ".join(sql.split())


def test_a_tables_files_are_below_its_schema() -> None:
    assert table_path(Path("/lake"), Table("silver", "customers")) == PATH


def test_a_merge_updates_what_matches_and_inserts_the_rest() -> None:
    assert words(merge_sql(PATH, ["id", "name"], ["id"], "")) == (
        "merge into delta.`/lake/silver/customers` t using merge_source s on t.`id` <=> s.`id` "
        "when matched then update set t.`id` = s.`id`, t.`name` = s.`name` "
        "when not matched then insert (`id`, `name`) values (s.`id`, s.`name`)"
    )


def test_a_merge_deletes_before_it_updates_and_never_inserts_a_deleted_row() -> None:
    assert words(merge_sql(PATH, ["id"], ["id"], "s._op = 'd'")) == (
        "merge into delta.`/lake/silver/customers` t using merge_source s on t.`id` <=> s.`id` "
        "when matched and s._op = 'd' then delete "
        "when matched then update set t.`id` = s.`id` "
        "when not matched and not (s._op = 'd') then insert (`id`) values (s.`id`)"
    )


def test_a_merge_on_several_columns_takes_null_for_equal_to_null() -> None:
    assert "on t.`id` <=> s.`id` and t.`day` <=> s.`day` when" in words(merge_sql(PATH, ["id"], ["id", "day"], ""))


def test_a_merge_quotes_whatever_is_in_a_name() -> None:
    sql = merge_sql(Path("/lake/o`clock"), ["a`b"], ["a`b"], "")
    assert "merge into delta.`/lake/o``clock` t" in sql
    assert "on t.`a``b` <=> s.`a``b`" in sql
    assert "insert (`a``b`) values (s.`a``b`)" in sql
