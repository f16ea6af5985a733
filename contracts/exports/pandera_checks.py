"""A contract's claims as Pandera checks for PySpark: what to call, with what; no Spark and no Pandera in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.table_claims import wanted_sql
from hallmark.contracts.exports.words import told
from hallmark.lakehouse.names import quoted, sql_text

HAS_TYPE = "has_type"
"""The check of our own that stands for a dtype; `contracts.pandera_import` reads it as one."""
_ORDERED = ("tinyint", "smallint", "int", "bigint", "date", "timestamp", "string")


@dataclass(frozen=True)
class PanderaCheck:
    """One check: a method of `pandera.Check`, or `has_type`, `no_row`, `no_repeat`, `measure` of our own.

    Attributes:
        call: the method's name.
        arguments: its keyword arguments.
        says: what the values must be, in words.
        warns: whether broken values are a warning and no error.
        column: the column that it stands at; None for the table.
    """

    call: str
    says: str
    arguments: dict[str, Any] = field(default_factory=dict)
    warns: bool = False
    column: str | None = None


def pandera_checks(claims: tuple[Claim, ...], types: dict[str, str]) -> Iterator[PanderaCheck]:
    """The checks of all claims that can be said to Pandera; `types` has the columns' Spark types."""
    for claim in claims:
        if (found := _check(claim, types)) is not None:
            yield found


def is_not_null(claim: Claim) -> bool:
    """Whether it is a column's `nullable=False`."""
    return claim.keeps_rows_out and claim.name == "required" and claim.says == f"{claim.columns[0]}: required"


def untold(claims: tuple[Claim, ...], types: dict[str, str]) -> list[str]:
    """The claims that no check says, each with the reason."""
    return [
        f"{told(claim)}: {claim.untold or 'no check says it'}"
        for claim in claims
        if claim.name != "type" and not is_not_null(claim) and _check(claim, types) is None
    ]


def _check(claim: Claim, types: dict[str, str]) -> PanderaCheck | None:
    if is_not_null(claim):
        return None
    column = claim.columns[0] if len(claim.columns) == 1 and claim.name != "primaryKey" else None
    warns = not claim.keeps_rows_out
    if claim.name == "type":
        return _type(claim, types[claim.columns[0]])
    if claim.unique_over:
        return PanderaCheck(
            "no_repeat", told(claim), {"columns": [quoted(column) for column in claim.unique_over]}, warns, None
        )
    if claim.measured is not None and claim.wanted is not None:
        arguments = {"query": claim.measured, "wanted": wanted_sql(claim.wanted)}
        return PanderaCheck("measure", told(claim), arguments, warns, None)
    if claim.broken is None:
        return None
    call, arguments = _known(claim, types.get(column or "", "")) or ("no_row", {"broken": claim.broken})
    return PanderaCheck(call, told(claim), arguments, warns, column)


def _type(claim: Claim, spark_type: str) -> PanderaCheck | None:
    """Pandera knows no type with a struct in it: there a check asks the frame's schema."""
    column = claim.columns[0]
    if is_known_type(spark_type) or claim.says.partition(": ")[0] != column:
        return None
    simple = spark_type.replace("`", "").replace(" ", "")
    return PanderaCheck(HAS_TYPE, claim.says, {"column": column, "wanted": simple}, warns=False, column=column)


def is_known_type(spark_type: str) -> bool:
    """Whether Pandera can hold a column to the type by itself."""
    return "struct<" not in spark_type


def _known(claim: Claim, spark_type: str) -> tuple[str, dict[str, Any]] | None:
    """Pandera's own check where it says exactly the same; it begins the pattern of `str_matches` with a bare `^`."""
    check = claim.check
    if check is None or check.name in {"notnull", "str_matches"} or not _takes(spark_type, check):
        return None
    value = check.arguments.get("value")
    if (
        check.name == "str_contains"
        and claim.broken != f"not ({quoted(claim.columns[0])} rlike {sql_text(str(value))})"
    ):
        return None  # its end of a text is another, or it has no guard
    if check.name in _VALUES:
        return check.name, {_VALUES[check.name]: [*check.arguments["values"]]}
    if check.name in _VALUE:
        is_naive = isinstance(value, datetime) and value.tzinfo is None
        return None if is_naive or isinstance(value, bool) else (check.name, {_VALUE[check.name]: value})
    return check.name, dict(check.arguments)


def _takes(spark_type: str, check: Check) -> bool:
    # Of NaN it thinks otherwise; booleans, arrays and objects it refuses; its checks of texts refuse what is no text.
    if check.name.startswith("str_"):
        return spark_type == "string"
    return spark_type in _ORDERED or spark_type.startswith("decimal")


_VALUES = {"isin": "allowed_values", "notin": "forbidden_values"}
_VALUE = {
    "ge": "min_value", "gt": "min_value", "le": "max_value", "lt": "max_value", "eq": "value", "ne": "value",
    "str_contains": "pattern", "str_startswith": "string", "str_endswith": "string",
}  # fmt: skip
