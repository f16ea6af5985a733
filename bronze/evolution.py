"""Columns that a source has and its contract does not name: kept, packed, refused, or the load's end. Pure.

`evolve` makes columns of them; `rescue` packs them into `_rescued_columns`; `freeze` refuses the rows that have values
in them; `fail` refuses the load (docs/sources.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.errors import ContractViolation
from hallmark.lakehouse.names import (
    BRONZE_METADATA,
    MESSAGE_METADATA,
    RECORD_KEY,
    RESCUED,
    RESCUED_COLUMNS,
    quoted,
)

_OURS = frozenset({*BRONZE_METADATA, *MESSAGE_METADATA, RECORD_KEY, RESCUED_COLUMNS})


def evolve(frame: DataFrame, declared: Sequence[str], mode: str) -> DataFrame:
    """Bronze rows (without load metadata) under a contract's schema-evolution mode.

    Args:
        frame: columns STRING by the source's names, `_rescued`, and technical ones.
        declared: the bronze columns that the contract names.
        mode: one of `contracts.model.EVOLUTIONS`.

    Returns:
        The same rows: unchanged (`evolve`), or without columns that the contract does not name.

    Raises:
        ContractViolation: the mode is `fail` and there are such columns; names them in its first line.
    """
    new = undeclared(frame.columns, declared) if mode != "evolve" else []
    if mode == "fail" and new:
        raise refusal(new)
    kept = [F.col(quoted(name)) for name in frame.columns if name not in new]
    if mode == "rescue":
        return frame.select(*kept, _packed(new).alias(RESCUED_COLUMNS))
    if not new:
        return frame
    # The whole row: what has something in `_rescued` may be kept without its other values.
    whole = F.to_json(F.struct(*[F.col(quoted(name)) for name in frame.columns if name not in _OURS]))
    names = ", ".join(new)
    reason = F.concat(F.lit(f"columns that the contract does not name (schemaEvolution: freeze), {names}: "), whole)
    refused = F.when(_packed(new).isNotNull(), reason)
    others = [F.col(quoted(name)) for name in frame.columns if name not in {*new, RESCUED}]
    return frame.select(*others, F.coalesce(RESCUED, refused).alias(RESCUED))


def undeclared(columns: Sequence[str], declared: Sequence[str]) -> list[str]:
    """The columns that the contract does not name, in order; letters' case makes no column.

    >>> undeclared(["id", "Tier", "_rescued"], ["ID"])
    ['Tier']
    """
    known = {name.lower() for name in declared}
    return [name for name in columns if name not in _OURS and name.lower() not in known]


def refusal(new: Sequence[str]) -> ContractViolation:
    """The letter about columns that the contract does not name."""
    shown = ", ".join(new[:5]) + (f" and {len(new) - 5} more" if len(new) > 5 else "")
    return ContractViolation(
        f"the source has columns that its contract does not name (schemaEvolution: fail): {shown}",
        todo="add them to the contract, or choose another schemaEvolution, and run again; nothing of it was kept",
    )


def _packed(names: Sequence[str]) -> Column:
    """The values of columns as a JSON object without those that are null; null where all are."""
    if not names:
        return F.lit(None).cast("string")
    columns = [F.col(quoted(name)) for name in names]
    return F.when(F.coalesce(*columns).isNotNull(), F.to_json(F.struct(*columns)))
