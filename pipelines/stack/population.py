"""Which rows are there while changes are planned, and which of them refer to which. Nothing else of a row matters."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from hallmark.pipelines.stack.tables import TABLES

_REMEMBERED = 50

Keys = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By table and key: what a row refers to, by column."""


class Population:
    """The rows by table and key. Every choice is made in an order that depends on its history alone."""

    def __init__(self, start: Keys) -> None:
        self._rows: dict[str, dict[str, dict[str, str]]] = {table: {} for table in TABLES}
        self._order: dict[str, list[str]] = {table: [] for table in TABLES}
        self._place: dict[str, dict[str, int]] = {table: {} for table in TABLES}
        self._children: dict[tuple[str, str], dict[tuple[str, str, str], None]] = {}
        self._gone: dict[str, list[str]] = {table: [] for table in TABLES}
        for table in TABLES:
            for key, parents in start.get(table, {}).items():
                self.add(table, key, parents)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return len(self._order[table])

    def has(self, table: str, key: str) -> bool:
        """Whether a row is there."""
        return key in self._rows[table]

    def gone(self, table: str) -> Sequence[str]:
        """The last keys that rows had, and none has now."""
        return self._gone[table]

    def pick(self, rng: random.Random, table: str) -> str:
        """Any row."""
        return rng.choice(self._order[table])

    def is_referred_to(self, table: str, key: str) -> bool:
        """Whether another row needs this one."""
        return bool(self._children.get((table, key)))

    def add(self, table: str, key: str, parents: Mapping[str, str]) -> None:
        """A row comes."""
        self._rows[table][key] = {}
        self._place[table][key] = len(self._order[table])
        self._order[table].append(key)
        if key in self._gone[table]:
            self._gone[table].remove(key)
        for column, parent in parents.items():
            self.refer(table, key, column, parent)

    def refer(self, table: str, key: str, column: str, parent: str) -> None:
        """A row refers to another one from now on."""
        above = TABLES[table].references[column]
        before = self._rows[table][key].get(column)
        if before is not None:
            del self._children[above, before][table, key, column]
        self._rows[table][key][column] = parent
        self._children.setdefault((above, parent), {})[table, key, column] = None

    def remove(self, table: str, key: str) -> None:
        """A row goes."""
        for column, parent in self._rows[table].pop(key).items():
            del self._children[TABLES[table].references[column], parent][table, key, column]
        # The last one takes its place, so that a choice costs the same however many rows there are.
        place, last = self._place[table].pop(key), self._order[table].pop()
        if last != key:
            self._order[table][place] = last
            self._place[table][last] = place
        self._gone[table] = [*self._gone[table][-_REMEMBERED:], key]

    def rename(self, table: str, key: str, new_key: str) -> None:
        """A row's key changes, and the rows that refer to it follow."""
        parents = dict(self._rows[table][key])
        children = list(self._children.get((table, key), {}))
        self.add(table, new_key, parents)
        for child_table, child, column in children:
            self.refer(child_table, child, column, new_key)
        self.remove(table, key)
