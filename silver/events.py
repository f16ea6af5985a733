"""Event tables: bronze rows through the gate, each event once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyspark.sql import DataFrame

from hallmark.contracts.compile import SILVER_METADATA, SILVER_METADATA_DDL, VERDICT_DDL, CompiledTable
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import WARNINGS, Table
from hallmark.lakehouse.tables import Lake
from hallmark.silver.gate import Gate, Passed, pass_gate
from hallmark.silver.plan import Hop
from hallmark.silver.transform import first_of_each, not_in


def event_ddl(compiled: CompiledTable) -> str:
    """The columns of the event table in silver."""
    return f"{compiled.ddl}, {SILVER_METADATA_DDL}, {WARNINGS} {VERDICT_DDL}"


def load_events(
    lake: Lake, compiled: CompiledTable, hop: Hop, lookups: Mapping[str, DataFrame], at: datetime
) -> Passed:
    """Take what bronze got since the last load into the silver table.

    Raises:
        StepError: when the gate's counts do not add up.
        ContractError: when the contract's transforms can't be run on what the source has.
    """
    rows = lake.added(hop.source, after=hop.after, until=hop.until)
    gate = event_gate(lake, compiled, hop.target, lookups, first_load=hop.after < 0)
    came = deltalog.rows_added(lake.path(hop.source), after=hop.after, until=hop.until)
    return pass_gate(lake, rows, gate, hop, at, came=came)


def event_gate(
    lake: Lake,
    compiled: CompiledTable,
    target: Table,
    lookups: Mapping[str, DataFrame],
    *,
    first_load: bool = False,
) -> Gate:
    """The gate of an event table: it lets in events that the table does not have yet, each once.

    Args:
        lake: the warehouse.
        compiled: the contract.
        target: the table behind the gate.
        lookups: the tables that the contract looks values up in, by name.
        first_load: the table is empty.
    """
    key, known = compiled.table.key, None if first_load else lake.read(target)
    existing = known if compiled.uniqueness else None

    def new(rows: DataFrame) -> DataFrame:
        return first_of_each(rows if known is None else not_in(rows, known, key), key)

    return Gate(
        judge=lambda came: compiled.judge(came, lookups, existing=existing),
        columns=(*compiled.columns, *SILVER_METADATA, WARNINGS),
        new=new,
        rules=compiled.rules,
        where=compiled.contract.file,
        contract=compiled.contract.label,
    )
