"""The texts of Delta's MERGE: from the view `merge_source` into a table's folder. Pure texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hallmark.lakehouse.names import quoted

IS_NEW = "_is_new"


def replace_sql(path: Path, columns: Sequence[str], keys: Sequence[str]) -> str:
    """A MERGE that takes all rows with one of the `keys` out, and the source's rows `s` where `_is_new` in.

    The source has each key once more, as a row that is not new.
    """
    match = " and ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in keys)
    names = ", ".join(quoted(column) for column in columns)
    values = ", ".join(f"s.{quoted(column)}" for column in columns)
    return (
        f"merge into delta.{quoted(str(path))} t using merge_source s on {match} and not s.{IS_NEW} "
        f"when matched then delete when not matched and s.{IS_NEW} then insert ({names}) values ({values})"
    )


def merge_sql(path: Path, columns: Sequence[str], on: Sequence[str], delete_when: str) -> str:
    """A MERGE that updates rows which agree on `on`, nulls included, and inserts the others.

    `delete_when` is a condition on the source's row `s`: where it holds the old row goes and none is inserted.
    """
    match = " and ".join(f"t.{quoted(column)} <=> s.{quoted(column)}" for column in on)
    sets = ", ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in columns)
    names = ", ".join(quoted(column) for column in columns)
    values = ", ".join(f"s.{quoted(column)}" for column in columns)
    delete = f"when matched and {delete_when} then delete" if delete_when else ""
    insert_if = f"and not ({delete_when})" if delete_when else ""
    return (
        f"merge into delta.{quoted(str(path))} t using merge_source s on {match} {delete} "
        f"when matched then update set {sets} when not matched {insert_if} then insert ({names}) values ({values})"
    )
