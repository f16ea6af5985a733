"""Loads of a vault's models one after the other, and their rows in a form that a table of cases can spell out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vaults import VaultProject

Load = Mapping[str, Sequence[Sequence[Any]]]
Case = tuple[str, Sequence[Load], list[tuple[Any, ...]]]  # model, its loads, the rows it has after them


def day(number: int) -> str:
    """A day of January 2026, as inputs take it; rows give its number back."""
    return f"2026-01-{number:02}"


def rows_after(vault: VaultProject, model: str, *loads: Load, columns: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """The rows of a model (these columns of it) after these loads; the first builds its table anew.

    Every load gives each of its inputs their rows; an input it doesn't name keeps those it had.
    """
    for number, load in enumerate(loads):
        vault.load(**load)
        vault.run(model, first=number == 0)
    return [tuple(_plain(value) for value in row) for row in vault.rows(model, *columns)]


class Cases:
    """Cases of keys that know nothing of each other: those of one model share its loads, as a run takes its second.

    Each row's first column, its key, gets the name of its case in front. A case with a load without any row, or with
    keys that are no text, has its model for itself.
    """

    def __init__(self, vault: VaultProject, cases: Mapping[str, Case]) -> None:
        self._vault, self._cases = vault, cases
        self._done: dict[str, list[tuple[Any, ...]]] = {}

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of this case after its loads."""
        model, loads, _ = self._cases[name]
        if not _shareable(loads):
            return rows_after(self._vault, model, *loads)
        if model not in self._done:
            self._done[model] = rows_after(self._vault, model, *self._shared_loads(model))
        rows = self._done[model]
        strays = [row for row in rows if not _case_of(row)]
        assert not strays, f"rows of no case: {strays}"
        return [(row[0].removeprefix(f"{name}|"), *row[1:]) for row in rows if _case_of(row) == name]

    def _shared_loads(self, model: str) -> list[Load]:
        shared: list[dict[str, list[Sequence[Any]]]] = []
        for name, (its_model, loads, _) in self._cases.items():
            if its_model == model and _shareable(loads):
                for number, load in enumerate(loads):
                    if number == len(shared):
                        shared.append({})
                    for source, rows in load.items():
                        keyed = [(row[0] and f"{name}|{row[0]}", *row[1:]) for row in rows]
                        shared[number].setdefault(source, []).extend(keyed)
        return list(shared)


def _shareable(loads: Sequence[Load]) -> bool:
    keys = [row[0] for load in loads for rows in load.values() for row in rows]
    return all(any(load.values()) for load in loads) and all(key is None or isinstance(key, str) for key in keys)


def _case_of(row: tuple[Any, ...]) -> str:
    return str(row[0]).rpartition("|")[0]


def _plain(value: Any) -> Any:
    return value.day if isinstance(value, datetime) else value
