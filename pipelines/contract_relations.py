"""Relationships between the tables of one contract: values that the other table does not have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.model import Contract, Relationship
from hallmark.contracts.references import columns_of, owner_of
from hallmark.contracts.table_rules import Outcome
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import FILE, MASK, quoted
from hallmark.pipelines.contract_results import Result, Sample

Side = tuple[CompiledTable, DataFrame]


def relationship_results(
    contract: Contract, tables: Mapping[str, Side], examples: int
) -> tuple[dict[str, tuple[Result, ...]], tuple[str, ...]]:
    """What became of the relationships, by table, where both tables are at hand; and a note for each of the others.

    Raises:
        ContractError: a relationship leads to a column that the other table has not.
    """
    found: dict[str, tuple[Result, ...]] = {}
    notes: list[str] = []
    for table in contract.objects:
        for relation in table.relationships if table.name in tables else ():
            other, columns = target_of(contract, relation)
            if other is None or other not in tables:
                notes.append(f"{table.name}: {_says(relation)}: not tested, the other table is not at hand")
                continue
            result = _result(tables[table.name], tables[other], relation, columns, examples)
            found[table.name] = (*found.get(table.name, ()), result)
    return found, tuple(notes)


def target_of(contract: Contract, relation: Relationship) -> tuple[str | None, tuple[str, ...]]:
    """The table of this contract that a relationship leads to (None: one elsewhere), and its columns.

    References are `table.column`, or in ODCS's long form `schema/<table>/properties/<column>`.

    Raises:
        ContractError: the table is here, but not the column.
    """
    names = {name: table for table in contract.objects for name in (table.name, table.physical_name)}
    owner = owner_of(relation)
    table = names.get(owner) if owner else None
    if table is None:
        return None, ()
    columns = columns_of(relation)
    known = [prop.name for prop in table.properties]
    for column in columns:
        if column not in known:
            raise ContractError(
                "a relationship leads to a column that the table lacks",
                where=contract.file,
                got=f"{table.name}.{column}",
                todo=did_you_mean(column, known) or f"known: {', '.join(known)}",
            )
    return table.name, columns


def _says(relation: Relationship) -> str:
    return f"{', '.join(relation.columns)} -> {', '.join(relation.to)}"


def _result(own: Side, other: Side, relation: Relationship, columns: tuple[str, ...], examples: int) -> Result:
    (compiled, rows), (parent, parents) = own, other
    keys = [f"_key_{n}" for n, _ in enumerate(columns)]
    known = parents.select(*[F.col(quoted(c)).alias(k) for c, k in zip(columns, keys, strict=True)])
    named = [F.col(quoted(c)).alias(k) for c, k in zip(relation.columns, keys, strict=True)]
    # A row without a value refers to nothing; one that has them in part can't be looked up.
    children = rows.select(FILE, *named).dropna(subset=keys)
    orphans = children.join(known.distinct(), keys, "left_anti")
    count = orphans.count()
    # A key is of one kind on both sides, wherever it is said to be personal.
    sides = ((compiled.table, relation.columns), (parent.table, columns))
    hidden = any(prop.holds_personal for table, names in sides for prop in table.properties if prop.name in names)
    shown = F.lit(MASK) if hidden else F.concat_ws(", ", *[F.col(key).cast("string").substr(1, 200) for key in keys])
    few = orphans.select(FILE, shown.alias("value")).orderBy(FILE, "value").limit(examples).collect() if count else []
    return Result(
        Outcome(
            rule="relationship",
            columns=relation.columns,
            message=f"{', '.join(relation.columns)}: is in {parent.table.name}.{', '.join(columns)}",
            measured=Decimal(count),
            wanted="no row",
            holds=count == 0,
            severity="error",
        ),
        tuple(Sample(row[FILE], row["value"]) for row in few),
    )
