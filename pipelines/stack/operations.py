"""Changes of the operational database, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Json = Mapping[str, "str | int | list[str] | Json"]
Value = str | int | float | bool | bytes | Decimal | date | datetime | Json | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Insert:
    """A new row, every column given. `transaction`: changes with one number are committed together."""

    table: str
    row: Row
    transaction: int = 0


@dataclass(frozen=True)
class Update:
    """New values of a row; never of its key."""

    table: str
    key: str
    values: Row
    transaction: int = 0


@dataclass(frozen=True)
class Rekey:
    """A new key of a row; the rows that refer to it follow (ON UPDATE CASCADE)."""

    table: str
    key: str
    new_key: str
    transaction: int = 0


@dataclass(frozen=True)
class Delete:
    """A row that nothing refers to is gone."""

    table: str
    key: str
    transaction: int = 0


Operation = Insert | Update | Rekey | Delete
