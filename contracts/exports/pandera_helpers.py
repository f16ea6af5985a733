"""Checks that Pandera has not: called by `pandera_schema`, and written as they stand into the module that is exported.

So they need nothing of hallmark, and nothing that this file imports.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def has_type(column: str, wanted: str) -> Callable[[Any], bool]:
    """A check of a column's type, for types that Pandera does not know."""
    return lambda data: getattr(data, "dataframe", data).schema[column].dataType.simpleString() == wanted


def no_row(broken: str) -> Callable[[Any], bool]:
    """A check that no row meets an SQL condition."""
    return lambda data: getattr(data, "dataframe", data).where(broken).isEmpty()


def no_repeat(columns: list[str]) -> Callable[[DataFrame], bool]:
    """A check that the values of columns, by their quoted names, come together once, where all of them are there."""

    def check(frame: DataFrame) -> bool:
        return frame.select(*columns).dropna().groupBy(*columns).count().where("count > 1").isEmpty()

    return check


def measure(query: str, wanted: str) -> Callable[[DataFrame], bool]:
    """A check that a query of one value about `{object}` has a value as wanted."""

    def check(frame: DataFrame) -> bool:
        frame.createOrReplaceTempView("contract_object")
        filled = query.replace("{object}", "contract_object")
        row = frame.sparkSession.sql(f"select coalesce(({filled}) {wanted}, false)").first()
        return bool(row is not None and row[0])

    return check


HELPERS: dict[str, Callable[..., Callable[[Any], bool]]] = {
    function.__name__: function for function in (has_type, no_row, no_repeat, measure)
}


def helpers_source() -> str:
    """All of them as Python source; their annotations are never looked at."""
    return "\n\n\n".join(inspect.getsource(function).strip() for function in HELPERS.values())
