"""A contract's claims as Pandera checks for PySpark: what to call, with what; no Spark and no Pandera in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.table_claims import wanted_sql
from hallmark.contracts.exports.words import told

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "string")
_OF_TEXT = ("str_matches", "str_contains", "str_startswith", "str_endswith", "str_length")


@dataclass(frozen=True)
class PanderaCheck:
    """One check: a method of `pandera.Check`, or `no_row`, `no_repeat`, `measure` of our own.

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
    if claim.unique_over:
        return PanderaCheck("no_repeat", told(claim), {"columns": [*claim.unique_over]}, warns, None)
    if claim.measured is not None and claim.wanted is not None:
        arguments = {"query": claim.measured, "wanted": wanted_sql(claim.wanted)}
        return PanderaCheck("measure", told(claim), arguments, warns, None)
    if claim.broken is None:
        return None
    call, arguments = _known(claim, types.get(column or "", "")) or ("no_row", {"broken": claim.broken})
    return PanderaCheck(call, told(claim), arguments, warns, column)


def _known(claim: Claim, spark_type: str) -> tuple[str, dict[str, Any]] | None:
    """Pandera's own check where it says exactly the same; it refuses some types, and begins patterns with `^`."""
    check = claim.check
    if check is None or check.name == "notnull" or spark_type in {"float", "double"}:  # of NaN it thinks otherwise
        return None
    if not (spark_type in _NUMBERS or spark_type.startswith("decimal")):
        return None
    given = dict(check.arguments)
    names = {"str_contains": "pattern", "str_startswith": "string", "str_endswith": "string"}
    if check.name == "str_matches" or (check.name in _OF_TEXT and spark_type != "string"):
        return None
    if check.name in names:
        return check.name, {names[check.name]: given["value"]}
    if check.name in {"ge", "gt", "le", "lt", "eq", "ne"}:
        is_naive = isinstance(given["value"], datetime) and given["value"].tzinfo is None
        return None if is_naive or isinstance(given["value"], bool) else (check.name, {_FIRST[check.name]: given["value"]})
    if check.name in {"isin", "notin"}:
        values = {"isin": "allowed_values", "notin": "forbidden_values"}[check.name]
        return check.name, {values: [*given["values"]]}
    return check.name, given


_FIRST = {"ge": "min_value", "gt": "min_value", "le": "max_value", "lt": "max_value", "eq": "value", "ne": "value"}
