"""Sums that a table must share with the tables that it is made of, by its custom property `reconciles`.

```yaml
customProperties:
  - property: reconciles
    value: [{tables: [silver.charges], rows: rows, billed_cost: billed_cost}]
```

says: rows = rows of silver.charges, sum of billed_cost = sum of billed_cost there. Left stands ours, right theirs;
`rows` is the count of rows; several tables are added up. Every table is read once, however many sums are asked for.
"""

from __future__ import annotations

from typing import Any

from hallmark.gold.draft import Draft
from hallmark.gold.expectations import NOTHING, ROW_COUNT, Difference, Expectation, Metric
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import SCHEMAS, Table, identifier, quoted

ROWS = "rows"
Keys = list[str | int]


def add_reconciliations(draft: Draft, given: Any, keys: Keys) -> None:
    """Add the sums that have to be equal.

    Raises:
        ContractError: for what is no list of `{tables: [...], ours: theirs}`, or names no column of ours.
    """
    for item in given if isinstance(given, list) else [given]:
        if not isinstance(item, dict) or not isinstance(item.get("tables"), list) or len(item) < 2:
            wanted = "a list of {tables: [schema.table], rows: rows, <our column>: <their column>}"
            raise draft.refuse("a reconciliation can't be used", keys, got=item, wanted=wanted)
        tables = [_table(draft, each, keys) for each in item["tables"]]
        for ours, theirs in item.items():
            if ours != "tables":
                _add(draft, keys, tables, ours=ours, theirs=str(theirs))


def _add(draft: Draft, keys: Keys, tables: list[Table], *, ours: str, theirs: str) -> None:
    if ours == ROWS:
        mine = ROW_COUNT
    else:
        column = draft.column(ours, keys)
        mine = draft.look_up(Metric(f"{column}.sum", f"coalesce(sum({quoted(column)}), 0)"), keys)
    try:
        sql = "count(*)" if theirs == ROWS else f"coalesce(sum({identifier(theirs, where='reconciles')}), 0)"
    except SettingsError as error:
        raise draft.refuse("not a column", keys, got=theirs, wanted=error.wanted) from None
    others = tuple(draft.look_up(Metric(f"{table}:{theirs}", sql, source=table), keys) for table in tables)
    names = " + ".join(map(str, tables))
    name = f"{ours}_reconcile_with_{'_'.join(table.name for table in tables)}"
    metric = draft.derive(Difference(f"{ours}.less_{'_'.join(table.name for table in tables)}", mine, others))
    what = "rows" if ours == ROWS else f"sum of {ours}"
    other = "rows" if theirs == ROWS else f"sum of {theirs}"
    says = f"{what}, less {other} of {names}"
    draft.expect(Expectation(draft.table, name, metric, says, NOTHING), keys)


def _table(draft: Draft, name: object, keys: Keys) -> Table:
    schema, _, table = str(name).partition(".")
    try:
        if schema in SCHEMAS:
            return Table(schema, table)
    except SettingsError:
        pass
    raise draft.refuse("not a table", keys, got=name, wanted=f"schema.table, its schema one of {', '.join(SCHEMAS)}")
