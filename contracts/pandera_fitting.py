"""Whether a check of a Pandera schema can be about its column: told when it is compiled, not by Spark in a load."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.times import read_date, read_time
from hallmark.lakehouse.errors import ContractError

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_COMPARED = (*_NUMBERS, "string", "boolean", "date", "timestamp", "timestamp_ntz")


def refuse_misfit(check: Check, spark_type: str, where: str) -> None:
    """Refuse a check that can't be asked of a column's type, or compares with what is none of it.

    Raises:
        ContractError: names the check and the value.
    """
    family = spark_type.partition("(")[0].partition("<")[0]
    if check.name == "notnull":
        return
    if check.name.startswith("str_") and family != "string":
        raise ContractError(f"{check.name} is about texts", where=where, got=f"a column of type {spark_type}")
    if family not in _COMPARED:
        raise ContractError(f"{check.name} can't compare values of this type", where=where, got=spark_type)
    for value in _compared(check):
        if not _fits(value, family):
            what = f"{check.name} compares with a value that is none of the column's type"
            raise ContractError(what, where=where, got=repr(value), wanted=spark_type)


def _compared(check: Check) -> Iterator[Any]:
    if check.name.startswith("str_"):
        return
    for name, value in check.arguments.items():
        if name == "values":
            yield from (each for each in value if each is not None)
        elif name in {"value", "min_value", "max_value"} and value is not None:
            yield value


def _fits(value: Any, family: str) -> bool:
    if family == "boolean":
        return isinstance(value, bool)
    if family == "string":
        return isinstance(value, str)
    if family in _NUMBERS:
        return isinstance(value, numbers.Real | Decimal) and not isinstance(value, bool)
    if not isinstance(value, str):
        return isinstance(value, dt.date)
    try:
        return bool(read_date(value) if family == "date" else read_time(value))
    except ValueError:
        return False
