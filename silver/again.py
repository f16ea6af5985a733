"""A load of rows that quarantine may know already: bronze is replayed, or silver's table was deleted."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.quarantine import STATUS_BY, bronze_names
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table, quoted
from hallmark.lakehouse.tables import Lake
from hallmark.silver.plan import Hop, hop_app
from hallmark.silver.reconcile import DECIDED_SQL
from hallmark.silver.transform import columns_of

_DECIDED, _TIMES, _PLACE = "_decided_", "_decided_times", "_decided_place"


def is_again(lake: Lake, hop: Hop, table: Table) -> bool:
    """Whether the quarantine table may have rows of the hop already.

    It has come as far as its last load that had broken rows: clean loads, and new ones, may follow that in the hop.
    """
    taken = lake.progress(table, hop_app(table, hop.source)) > hop.after
    return taken or (hop.after < 0 and deltalog.count_rows(lake.path(table)) > 0)


def judged_before(lake: Lake, hop: Hop) -> bool:
    """Whether the ledger tells of a load that had rows of the hop, also when none was broken."""
    return Ledger(lake.warehouse).gated_until(hop.target, hop.source, hop.until) > hop.after


def without_decided(lake: Lake, rows: DataFrame, table: Table) -> DataFrame:
    """The bronze rows but those that a person rejected or let expire: as many of equal ones as were decided about."""
    known = lake.read(table)
    if STATUS_BY not in known.columns:
        return rows
    names = [name for name in bronze_names(known.columns) if name in rows.columns]
    columns = [F.col(quoted(name)).alias(f"{_DECIDED}{i}") for i, name in enumerate(names)]
    decided = known.where(DECIDED_SQL).groupBy(*columns).agg(F.count("*").alias(_TIMES))
    if decided.isEmpty():
        return rows
    same = [F.col(quoted(name)).eqNullSafe(F.col(f"{_DECIDED}{i}")) for i, name in enumerate(names)]
    matches = reduce(Column.__and__, same)
    # The few that match are numbered by themselves: to number all would sort all of bronze.
    others = rows.join(F.broadcast(decided), matches, "left_anti")
    place = F.row_number().over(Window.partitionBy(*columns_of(names)).orderBy(F.lit(0)))
    matching = rows.join(F.broadcast(decided), matches).withColumn(_PLACE, place)
    return others.unionByName(matching.where(F.col(_PLACE) > F.col(_TIMES)).select(*columns_of(rows.columns)))
