"""Loads of a vault's model one after the other, and its rows in a form that a table of cases can spell out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vaults import VaultProject

Load = Mapping[str, Sequence[Sequence[Any]]]


def day(number: int) -> str:
    """A day of January 2026, as inputs take it; `rows_after` gives its number back."""
    return f"2026-01-{number:02}"


def rows_after(vault: VaultProject, model: str, *loads: Load, columns: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """The rows of a model (these columns of it) after these loads; the first builds its table anew.

    Every load gives each of its inputs their rows; an input it doesn't name keeps those it had.
    """
    for number, load in enumerate(loads):
        vault.load(**load)
        vault.run(model, first=number == 0)
    return [tuple(_plain(value) for value in row) for row in vault.rows(model, *columns)]


def _plain(value: Any) -> Any:
    return value.day if isinstance(value, datetime) else value
