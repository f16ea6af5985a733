"""What an ODCS document says of change events: their order, their types on the wire, what becomes of them in silver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hallmark.contracts.model import ChangeTerms
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

TABLE_OPTIONS = ("sequenceBy", "trackHistory", "deletes")
WIRE_TYPES = {
    "Decimal(scale)": ("number", "integer"),
    "Timestamp": ("timestamp",),
    "MicroTimestamp": ("timestamp",),
    "NanoTimestamp": ("timestamp",),
    "Time": ("time", "string"),
    "MicroTime": ("time", "string"),
    "NanoTime": ("time", "string"),
}
"""The Debezium types that a value alone does not tell, and the logical types that they fit."""
_DELETES = ("hard", "soft")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*")
_DECIMAL = re.compile(r"Decimal\((\d{1,2})\)")


def read_changes(custom: Mapping[str, Any], columns: Sequence[str], keys: Keys, build: Build) -> ChangeTerms:
    """How a table follows its change events: custom properties of a schema object.

    Raises:
        ContractError: for a value that can't be used.
    """
    fields = _names("sequenceBy", custom, keys, build)
    for field in fields:
        if not _PATH.fullmatch(field):
            raise build.refuse("sequenceBy names no field of an event", keys, got=field, wanted="such as source.lsn")
    tracked = _names("trackHistory", custom, keys, build)
    for name in tracked:
        if name not in columns:
            hint = did_you_mean(name, columns) or None
            raise build.refuse("trackHistory names a column that the table lacks", keys, got=name, todo=hint)
    deletes = custom.get("deletes", "hard")
    if deletes not in _DELETES:
        raise build.refuse("unknown kind of deletes", keys, got=deletes, wanted=" or ".join(_DELETES))
    return ChangeTerms(fields, tracked, soft_delete=deletes == "soft")


def _names(option: str, custom: Mapping[str, Any], keys: Keys, build: Build) -> tuple[str, ...]:
    if option not in custom:
        return ()
    given = custom[option]
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, list) or not named or not all(isinstance(name, str) for name in named):
        raise build.refuse(f"{option} is no list of names", keys, got=given)
    return tuple(dict.fromkeys(named))


def read_wire_type(custom: Mapping[str, Any], logical: str, keys: Keys, build: Build) -> str | None:
    """The Debezium type of a column, `debeziumType`.

    Raises:
        ContractError: for an unknown one, one that the column's type can't hold, or a unit said twice.
    """
    given = custom.get("debeziumType")
    if given is None:
        return None
    where = [*keys, "customProperties"]
    kind = "Decimal(scale)" if _DECIMAL.fullmatch(str(given)) else str(given)
    if kind not in WIRE_TYPES:
        raise build.refuse("unknown debeziumType", where, got=given, wanted=", ".join(WIRE_TYPES))
    if logical not in WIRE_TYPES[kind]:
        wanted = " or ".join(WIRE_TYPES[kind])
        raise build.refuse(f"debeziumType {given} does not fit logicalType {logical}", where, wanted=wanted)
    if "sourceUnit" in custom and logical == "timestamp":
        raise build.refuse("debeziumType and sourceUnit both name a time's unit", where, todo="keep one")
    return str(given)
