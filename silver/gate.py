"""The contract gate: valid rows to silver, the others to quarantine, nothing lost in between.

One Spark job judges, counts and writes all rows, the good and the bad into files of their own. Only when the counts add
up and no rule stops the load, a commit gives silver the good ones and another gives quarantine the bad ones. Before the
first commit the bad ones are put where they outlive a kill: the next run gives quarantine just those, whatever the
contract says by then. The ledger's row comes last (docs/adr/0005, docs/adr/0011).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql.types import StructType

from hallmark.contracts.compile import ROW
from hallmark.contracts.limits import broken_limits, count_of
from hallmark.contracts.quarantine import QUARANTINE_DDL
from hallmark.contracts.rules import Rule
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import ContractError, ContractViolation, StepError
from hallmark.lakehouse.names import BAD, ERRORS, WARNINGS, Table
from hallmark.lakehouse.staging import (
    append_arrow,
    forget,
    keep,
    kept,
    kept_place,
    overwrite_arrow,
    staged,
    take_files,
)
from hallmark.lakehouse.tables import Lake, load_ids
from hallmark.lakehouse.words import many
from hallmark.silver.again import is_again, judged_before, without_decided
from hallmark.silver.broken import PACKED, Broken, packed
from hallmark.silver.plan import Hop, hop_txn, unfinished_gate
from hallmark.silver.reconcile import reconciled
from hallmark.silver.transform import columns_of

_NOTED = "_noted_"


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
    """A contract at a table's door.

    Attributes:
        judge: adds verdicts to source rows.
        columns: the judged columns that the table has.
        new: drops good rows that the table has already, and keeps rows where `_bad` is true; None when all are new.
        rules: the contract's rules; those that can stop a load are counted on the way.
        where: the contract's file, for an error.
        contract: its id and version.
    """

    judge: Callable[[DataFrame], DataFrame]
    columns: tuple[str, ...]
    new: Callable[[DataFrame], DataFrame] | None = None
    rules: tuple[Rule, ...] = ()
    where: object = None
    contract: str = ""

    @property
    def compares_rows(self) -> bool:
        """Whether a rule looks at other rows: of two equal ones it may then blame one alone."""
        return any(rule.unique_over for rule in self.rules)


def pass_gate(
    lake: Lake,
    rows: DataFrame,
    gate: Gate,
    hop: Hop,
    at: datetime,
    *,
    all_hold: bool = False,
    came: int | None = None,
) -> Passed:
    """Write the valid ones of `rows` to the hop's target and the others to its quarantine table.

    Rows are counted before they are judged: a join or a decoding that loses or doubles some is found out.

    Args:
        lake: the warehouse; nobody else writes to it.
        rows: what has come.
        gate: the contract.
        hop: where the rows are from and go to.
        at: when, UTC.
        all_hold: the rows were judged before, and held.
        came: how many `rows` are, where somebody knows (the source's log): else they are counted on the way.

    Raises:
        StepError: when the counts do not add up, or one of rows that held does not now; nothing is written then.
        ContractViolation: when a rule stops the load; nothing is written then. Of rows that are judged again it is a
            word in `reasons`.
        ContractError: when a column has another type than the table that is there.
    """
    forget(_kept_place(lake.warehouse, hop))  # of a load that was cut off before its first commit: it is judged anew
    refused = quarantine_table(hop.target)
    again = is_again(lake, hop, refused)
    loads = sorted(load_ids(rows)) if again and hop.after >= 0 else None
    rows = without_decided(lake, rows, refused) if again else rows
    limits = [rule for rule in gate.rules if rule.can_fail_a_load]
    counted, told = Observation(), Observation()
    # An observation takes time for every row, as Spark does not compile what comes before it and after it in one.
    counts_rows = again or came is None
    judged = gate.judge(rows.observe(counted, F.count("*").alias("rows_in")) if counts_rows else rows)
    flagged, row = _packed(judged, (*gate.columns, *((ERRORS, WARNINGS) if limits else ())), gate.rules)
    counts = [count_of(rule).alias(f"{_NOTED}{i}") for i, rule in enumerate(limits)]
    # The files tell by themselves how many are good, unless some are left out.
    counts += [F.count_if(~F.col(BAD)).alias("valid")] if gate.new else []
    flagged = flagged.observe(told, *counts) if counts else flagged
    flagged = (gate.new(flagged) if gate.new else flagged).select(*columns_of(gate.columns), PACKED, BAD)
    _refuse_other_types(lake, flagged, gate, hop)
    with staged(lake, flagged, BAD) as files:
        seen = {**(counted.get if counts_rows else {"rows_in": came}), **(told.get if counts else {})}
        written = files.rows(False)  # noqa: FBT003
        found = {"valid": written, "quarantined": files.rows(True)}  # noqa: FBT003
        found |= {name: int(value or 0) for name, value in seen.items()}
        _refuse_wrong_counts(written, found, hop)
        if all_hold and found["quarantined"]:
            raise StepError(
                "rows that held a moment ago do not hold now",
                where=f"{hop.source} -> {hop.target}",
                got=f"{found['quarantined']:,} of {many(found['rows_in'], 'row')}",
                wanted="rules and transforms that say the same of a row each time; nothing was moved",
                todo=f"see whether {gate.where} asks for the time or for chance; or try again",
            )
        broken = [(rule, found[f"{_NOTED}{i}"]) for i, rule in enumerate(limits)]
        stops, noted = broken_limits(broken, found["rows_in"])
        if again or (stops and judged_before(lake, hop)):
            # What a rule bears of one load can't be held against many at once, and the table has to fill again.
            noted += [f"{stop}: told, as the rows are judged again" for stop in stops]
        else:
            _refuse_broken_limits(stops, gate, hop)
        repeats = found["valid"] - written
        left_out = [f"{repeats:,} with a key that is there already"] if repeats else []
        reasons = "; ".join((*noted, *left_out))
        passed = Passed(found["rows_in"], found["valid"], found["quarantined"], written, reasons)
        if passed.quarantined or again:
            note = {"after": hop.after, "until": hop.until, "at": at.isoformat(), "passed": asdict(passed)}
            note |= {"again": again, "loads": loads, "contract": gate.contract}
            keep(files.files[True], _kept_place(lake.warehouse, hop), {**note, "row": row.jsonValue()})
        take_files(lake, files.files[False], hop.target, hop.txn, anew=hop.after < 0)
    return finish(lake, hop) or passed


def finish(lake: Lake, hop: Hop) -> Passed | None:
    """Give quarantine the rows that the hop's verdict keeps out, after silver has the others.

    Returns:
        What went through the gate; None when nothing is left to be done: no row was broken, or quarantine has them.
    """
    place = _kept_place(lake.warehouse, hop)
    found = kept(place)
    if found is None or found.note["until"] != hop.until:
        return None
    passed, row = Passed(**found.note["passed"]), StructType.fromJson(found.note["row"])
    judged_hop, at = replace(hop, after=found.note["after"]), datetime.fromisoformat(found.note["at"])
    broken = Broken(found.files, row)
    if found.note.get("again"):
        loads = _loads_of(lake, judged_hop, found.note)
        _reconcile(lake, broken, judged_hop, at, loads=loads, contract=found.note["contract"])
    else:
        _quarantine(lake, broken, judged_hop, at)
    reasons = [text for text in (broken.most_frequent(), passed.reasons) if text]
    forget(place)
    return replace(passed, reasons="; ".join(reasons))


def cut_off(warehouse: Path, hop: Hop, gated_until: int) -> Hop | None:
    """The part of a killed load whose broken rows may be missing in quarantine; None when nothing is.

    Args:
        warehouse: folder of the tables.
        hop: how far silver has come.
        gated_until: how far the ledger says that it had come.
    """
    return kept_half(warehouse, hop) or unfinished_gate(hop, gated_until)


def kept_half(warehouse: Path, hop: Hop) -> Hop | None:
    """The part of a killed load whose broken rows are kept for quarantine; None when none are."""
    found = kept(_kept_place(warehouse, hop))
    if found is not None and found.note["until"] == hop.after:
        return replace(hop, after=found.note["after"], until=hop.after)
    return None


def quarantine(lake: Lake, judged: DataFrame, gate: Gate, hop: Hop, at: datetime, *, expected: int) -> None:
    """Write broken rows, and no others, to `quarantine.<target>`, once for the hop.

    Raises:
        StepError: when there is another number of rows than `expected`.
    """
    flagged, row = _packed(judged, (), gate.rules)
    with staged(lake, flagged.where(BAD).select(PACKED, BAD), BAD) as files:
        if files.rows(True) != expected:  # noqa: FBT003
            raise StepError(
                "quarantine would get another number of rows than the gate counted",
                where=quarantine_table(hop.target),
                got=files.rows(True),  # noqa: FBT003
                wanted=expected,
                todo="this is a bug: please report it",
            )
        _quarantine(lake, Broken(files.files[True], row), hop, at)


def quarantine_table(target: Table) -> Table:
    """Where the rows go that a silver table refuses.

    >>> str(quarantine_table(Table("silver", "charges")))
    'quarantine.charges'
    """
    return Table("quarantine", target.name)


def _packed(judged: DataFrame, columns: tuple[str, ...], rules: tuple[Rule, ...]) -> tuple[DataFrame, StructType]:
    """These columns, `_packed` and `_bad`; with the type of the bronze rows that are packed."""
    row = judged.schema[ROW].dataType
    assert isinstance(row, StructType)  # noqa: S101 -- `judge` makes it so
    # What `judge` made is named once here, so Spark makes it in this very pass, and copies each row once less.
    flagged = judged.select(*columns_of(tuple(dict.fromkeys(columns))), packed(row, rules))
    return flagged.withColumn(BAD, F.col(PACKED).isNotNull()), row


def _kept_place(warehouse: Path, hop: Hop) -> Path:
    return kept_place(warehouse, f"{hop.source}-{hop.target}")


def _loads_of(lake: Lake, hop: Hop, note: Mapping[str, Any]) -> Collection[str] | None:
    """The loads that were judged again; None for all. An older version's note does not name them."""
    if "loads" in note:
        loads: list[str] | None = note["loads"]
        return loads
    return load_ids(lake.added(hop.source, after=hop.after, until=hop.until)) if hop.after >= 0 else None


def _quarantine(lake: Lake, broken: Broken, hop: Hop, at: datetime) -> None:
    table = quarantine_table(hop.target)
    lake.ensure(table, QUARANTINE_DDL)
    append_arrow(lake, broken.quarantine_rows(at), table, hop_txn(table, hop.source, hop.until))


def _reconcile(
    lake: Lake, broken: Broken, hop: Hop, at: datetime, *, loads: Collection[str] | None, contract: str
) -> None:
    table = quarantine_table(hop.target)
    lake.ensure(table, QUARANTINE_DDL)
    known = deltalog.read(lake.path(table))
    rows = broken.quarantine_rows(at).read_all()
    found = reconciled(known, rows, broken.names, loads=loads, at=at, contract=contract)
    overwrite_arrow(lake, found, table, hop_txn(table, hop.source, hop.until))


def _refuse_wrong_counts(written: int, found: Mapping[str, int], hop: Hop) -> None:
    if written > found["valid"] or found["rows_in"] != found["valid"] + found["quarantined"]:
        counted = {name: found[name] for name in ("rows_in", "valid", "quarantined")}
        raise StepError(
            "the gate's counts do not add up",
            where=f"{hop.source} -> {hop.target}",
            got=f"{counted}, written {written} valid",
            wanted="rows in = valid + quarantined, and written at most valid",
            todo="this is a bug: please report it",
        )


def _refuse_broken_limits(stops: Sequence[str], gate: Gate, hop: Hop) -> None:
    if stops:
        raise ContractViolation(
            "the load breaks its contract",
            where=f"{hop.source} -> {hop.target}",
            got="; ".join(stops),
            wanted="at most what the contract bears; nothing of the load was written",
            todo=f"mend the source, or the rule in {gate.where}, and run again",
        )


def _refuse_other_types(lake: Lake, rows: DataFrame, gate: Gate, hop: Hop) -> None:
    # The files are taken as they are: what a reader expects in them must be what is in them.
    there = {entry.name.lower(): entry.dataType.simpleString() for entry in lake.schema(hop.target)}
    given = {entry.name: entry.dataType.simpleString() for entry in rows.select(*columns_of(gate.columns)).schema}
    for name, kind in given.items():
        if there.get(name.lower()) != kind:
            raise ContractError(
                "a column has another type than the table that is there",
                where=f"{hop.target}.{name}",
                got=kind,
                wanted=there.get(name.lower()),
                todo=f"keep the type in {gate.where}, or name the column anew; "
                f"or delete {hop.target} and what is built from it, and run again: bronze has all rows",
            )
