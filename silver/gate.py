"""The contract gate: valid rows to silver, the others to quarantine, nothing lost in between.

One scan judges, counts and writes the valid rows; only when something is broken does a second write it to quarantine.
The ledger's row comes last: a run killed before it is finished by the next one (docs/adr/0005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.quarantine import QUARANTINE_DDL, quarantine_rows, valid_rows
from hallmark.lakehouse.errors import StepError
from hallmark.lakehouse.names import ERRORS, Table
from hallmark.lakehouse.tables import Lake
from hallmark.silver.plan import Hop, hop_txn


@dataclass(frozen=True)
class Passed:
    """What went through a gate: rows in = valid + quarantined; `written` is what silver did not have yet."""

    rows_in: int
    valid: int
    quarantined: int
    written: int
    reasons: str = ""


@dataclass(frozen=True)
class Gate:
    """A contract at a table's door: `judge` adds verdicts to source rows, `keep` shapes valid ones for the table."""

    judge: Callable[[DataFrame], DataFrame]
    keep: Callable[[DataFrame], DataFrame]


def pass_gate(lake: Lake, rows: DataFrame, gate: Gate, hop: Hop, at: datetime) -> Passed:
    """Write the valid ones of `rows` to the hop's target and the others to its quarantine table.

    Rows are counted before they are judged: a join or a decoding that loses or doubles some is found out.

    Raises:
        StepError: when the counts do not add up; then the ledger does not say that the load is done.
    """
    came, told = Observation(), Observation()
    judged = gate.judge(rows.observe(came, F.count("*").alias("rows_in")))
    verdicts = {"valid": F.size(ERRORS) == 0, "quarantined": F.size(ERRORS) > 0}
    watched = judged.observe(told, *[F.count_if(holds).alias(name) for name, holds in verdicts.items()])
    written = lake.append(gate.keep(valid_rows(watched)), hop.target, hop.txn)
    found = {name: int(value) for name, value in {**came.get, **told.get}.items()}
    if found["rows_in"] != found["valid"] + found["quarantined"] or written.rows > found["valid"]:
        raise StepError(
            "the gate's counts do not add up",
            where=f"{hop.source} -> {hop.target}",
            got=f"{found}, written {written.rows}",
            wanted="rows in = valid + quarantined, written at most valid",
            todo="this is a bug: please report it",
        )
    reasons = quarantine(lake, gate.judge(rows), hop, at, expected=found["quarantined"]) if found["quarantined"] else ""
    return Passed(found["rows_in"], found["valid"], found["quarantined"], written.rows, reasons)


def quarantine(lake: Lake, judged: DataFrame, hop: Hop, at: datetime, *, expected: int | None = None) -> str:
    """Write the hop's broken rows to `quarantine.<target>`, once; says which rules they broke, most frequent first.

    Raises:
        StepError: when another number of rows than `expected` was written.
    """
    table = quarantine_table(hop.target)
    lake.ensure(table, QUARANTINE_DDL)
    written = lake.append(quarantine_rows(judged, at), table, hop_txn(table, hop.source, hop.until))
    if expected is not None and not written.skipped and written.rows != expected:
        raise StepError(
            "quarantine got another number of rows than the gate counted",
            where=table,
            got=written.rows,
            wanted=expected,
            todo="this is a bug: please report it",
        )
    return _reasons(lake.added(table, after=written.version - 1, until=written.version))


def quarantine_table(target: Table) -> Table:
    """Where the rows go that a silver table refuses.

    >>> str(quarantine_table(Table("silver", "charges")))
    'quarantine.charges'
    """
    return Table("quarantine", target.name)


def _reasons(rows: DataFrame) -> str:
    messages = rows.select(F.explode(ERRORS).alias("error")).groupBy("error.message").count()
    most = messages.orderBy(F.desc("count"), "message").limit(4).collect()
    return "; ".join(f"{row['message']} ({row['count']:,})" for row in most)
