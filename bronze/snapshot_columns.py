"""What a contract expects of a database's table, and the table does not have."""

from __future__ import annotations

from hallmark.bronze.snapshots import TableShape, snapshot_of
from hallmark.contracts.model import Contract, Server
from hallmark.lakehouse.errors import did_you_mean
from hallmark.lakehouse.names import bronze_column


def lacking(contract: Contract, server: Server, shape: TableShape) -> str:
    """A line about the source's columns that the contract names and the table lacks; empty when it has them all.

    No error: a column may come or go before its contract does, and its rule `required` says whether rows need it.
    """
    wanted = dict.fromkeys(name for prop in contract.objects[0].properties for name in prop.source_columns)
    if snapshot_of(server).mode == "changes":  # there a column is looked up in JSON, where case counts
        found = [name for name in wanted if name not in shape.types]
    else:
        there = {bronze_column(name).lower() for name in shape.types}
        found = [name for name in wanted if bronze_column(name).lower() not in there]
    if not found:
        return ""
    near = {name: did_you_mean(name, shape.types) for name in found}
    told = ", ".join(f"{name} ({hint})" if hint else name for name, hint in near.items())
    return f"{server.name}: {server.path} lacks columns that the contract names, so they are null: {told}"
