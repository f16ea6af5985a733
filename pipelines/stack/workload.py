"""The planner of changes: a seed and the keys that are there give a list of operations. Pure: no database, no clock.

Every operation is valid after the ones before it: keys are there or free, references lead somewhere, nothing that is
referred to is deleted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count, islice

from hallmark.pipelines.stack.operations import Delete, Insert, Operation, Rekey, Row, Update, Value
from hallmark.pipelines.stack.population import Keys, Population
from hallmark.pipelines.stack.tables import TABLES
from hallmark.pipelines.stack.values import LONG_COLUMNS, bounds, draw, drawn_columns, moment
from hallmark.pipelines.synthetic import catalog
from hallmark.pipelines.synthetic.history import SNAPSHOT_AT

_TABLE_WEIGHTS = {"customers": 20, "models": 8, "node_pools": 12, "deployments": 35, "price_plans": 25}
_KIND_WEIGHTS = {"insert": 30, "update": 52, "delete": 14, "rekey": 4}
_PREFIXES = {"customers": "cust", "models": "model", "node_pools": "pool", "deployments": "dep", "price_plans": "plan"}
_LEAST_ROWS = 2  # a table never runs empty, so that its children can always be made
_HOT_ROWS = 3


def plan(seed: int, changes: int, start: Keys) -> list[Operation]:
    """The first `changes` operations of a seed.

    Args:
        seed: another seed, other operations. More changes of one seed begin with the same operations.
        changes: how many operations; a change of a key that is referred to counts once.
        start: the rows that are there.
    """
    return list(islice(operations(seed, start), changes))


def operations(seed: int, start: Keys) -> Iterator[Operation]:
    """The operations of a seed, without end; `transaction` rises by one from each commit to the next."""
    rng = random.Random(f"workload-{seed}")  # noqa: S311 -- reproducible, not secret
    planner = _Planner(rng, Population(start))
    for transaction in count(1):
        yield from planner.transaction(transaction)


def first_rows() -> Iterator[Operation]:
    """The synthetic platform as it stood at its snapshot; what the catalogue does not know is null."""
    for name, table in TABLES.items():
        types = {column.name: column.type for column in table.columns}
        for row in catalog.TABLES[name]:
            known: dict[str, Value] = {
                column: Decimal(str(value)) if types[column].startswith("numeric") else value
                for column, value in row.items()
            }
            defaults: dict[str, Value] = {
                "updated_at": SNAPSHOT_AT,
                **({"is_drained": False} if name == "node_pools" else {}),
            }
            yield Insert(name, {column: {**defaults, **known}.get(column) for column in table.column_names})


class _Planner:
    def __init__(self, rng: random.Random, rows: Population) -> None:
        self._rng = rng
        self._rows = rows
        self._step = 0

    def transaction(self, number: int) -> Iterator[Operation]:
        """One commit: mostly one change, sometimes a few, now and then a burst on few rows."""
        dice = self._rng.random()
        if dice < 0.01:
            yield from self._burst(number, self._rng.randrange(10, 60))
            return
        for _ in range(1 if dice < 0.8 else self._rng.randrange(2, 6)):
            yield self._change(number)

    def _burst(self, number: int, size: int) -> Iterator[Operation]:
        """Many changes of the same few rows in one commit: only the log's position tells them apart."""
        tables = [table for table in TABLES if self._rows.count(table) >= _HOT_ROWS]
        if not tables:
            yield self._insert(number)
            return
        table = self._rng.choice(tables)
        hot = [self._rows.pick(self._rng, table) for _ in range(_HOT_ROWS)]
        for _ in range(size):
            yield self._update(number, table, self._rng.choice(hot))

    def _change(self, number: int) -> Operation:
        kind = self._weighted(_KIND_WEIGHTS)
        table = self._weighted(_TABLE_WEIGHTS)
        if kind == "insert" or not self._rows.count(table):
            return self._insert(number)
        key = self._rows.pick(self._rng, table)
        if kind == "delete" and self._rows.count(table) > _LEAST_ROWS and not self._rows.is_referred_to(table, key):
            self._rows.remove(table, key)
            return Delete(table, key, number)
        if kind == "rekey":
            new_key = self._new_key(table)
            self._rows.rename(table, key, new_key)
            return Rekey(table, key, new_key, number)
        return self._update(number, table, key)

    def _insert(self, number: int) -> Insert:
        ready = {
            table: weight
            for table, weight in _TABLE_WEIGHTS.items()
            if all(self._rows.count(parent) for parent in TABLES[table].references.values())
        }
        table = self._weighted(ready)
        key, parents = self._new_key(table), self._parents(table)
        self._rows.add(table, key, parents)
        return Insert(table, self._row(table, key, parents), number)

    def _row(self, table: str, key: str, parents: Mapping[str, str]) -> Row:
        drawn: dict[str, Value] = {column: draw(self._rng, table, column) for column in drawn_columns(table)}
        if table == "node_pools":
            drawn |= bounds(self._rng)
        row = {TABLES[table].key: key, **parents, **drawn, "updated_at": self._moment()}
        return {column: row[column] for column in TABLES[table].column_names}

    def _update(self, number: int, table: str, key: str) -> Update:
        values: dict[str, Value] = {}
        for column in self._some_columns(table):
            if column == "bounds":
                values |= bounds(self._rng)
            elif column in TABLES[table].references:
                parent = self._rows.pick(self._rng, TABLES[table].references[column])
                self._rows.refer(table, key, column, parent)
                values[column] = parent
            else:
                values[column] = draw(self._rng, table, column)
        return Update(table, key, {**values, "updated_at": self._moment()}, number)

    def _some_columns(self, table: str) -> list[str]:
        # Long columns seldom: an update that leaves one alone shows no value of it in the log.
        short = [*(set(drawn_columns(table)) - LONG_COLUMNS), *TABLES[table].references]
        long = sorted(set(drawn_columns(table)) & LONG_COLUMNS)
        some = self._rng.sample(sorted(short), k=self._rng.randrange(1, 4))
        some += ["bounds"] if table == "node_pools" and self._rng.random() < 0.2 else []
        return some + ([self._rng.choice(long)] if long and self._rng.random() < 0.1 else [])

    def _parents(self, table: str) -> dict[str, str]:
        references = TABLES[table].references
        return {column: self._rows.pick(self._rng, parent) for column, parent in references.items()}

    def _new_key(self, table: str) -> str:
        """A key that is free; now and then one that a deleted row had."""
        gone = self._rows.gone(table)
        if gone and self._rng.random() < 0.2:
            return self._rng.choice(gone)
        while True:
            key = f"{_PREFIXES[table]}-{self._rng.getrandbits(40):010x}"
            if not self._rows.has(table, key):
                return key

    def _moment(self) -> Value:
        self._step += 1
        return moment(self._rng, self._step)

    def _weighted(self, weights: Mapping[str, int]) -> str:
        return self._rng.choices(list(weights), list(weights.values()))[0]
