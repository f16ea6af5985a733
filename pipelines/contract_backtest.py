"""`hallmark contract backtest NEW --on TABLE`: bronze history under the contract in force and under a proposed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from rich.console import Console
from rich.text import Text

from hallmark.contracts.backtest import Effect, Judge, RuleEffect, count_effects, effect_of, framed, judged_twice
from hallmark.contracts.compile import ROW, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract, SchemaObject
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import ContractError, SettingsError, did_you_mean
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import INGESTED_AT, Table
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake, table_path
from hallmark.lakehouse.words import many
from hallmark.pipelines.project import bronze_table, open_project
from hallmark.silver import cdc


@dataclass(frozen=True)
class Backtest:
    """A proposed contract, the one in force (None: there is none of this id), what they judged, and the effect.

    `version` is the Delta version of the bronze table that was read, `since` the first load time taken (None: all).
    """

    proposed: Contract
    in_force: Contract | None
    table: Table
    version: int
    since: datetime | None
    effect: Effect


def backtest(settings: Settings, new: Path, on: str, since: str | None) -> Backtest:
    """Judge bronze history; writes nothing to any table.

    Raises:
        ContractError: the proposed contract, or one in force, can't be used; the table is not its bronze table.
        SettingsError: there is no such table, or `since` is no time.
        MachineError: a run holds the warehouse, or Spark does not start.
    """
    project = open_project(settings.model_copy(update={"data": None}))
    proposed, first = load_contract(new), load_time(since)
    table = _bronze(proposed, on, settings.warehouse)
    in_force = next((contract for contract in project.contracts if contract.id == proposed.id), None)
    for contract in (proposed, in_force):
        _refuse_missing_lookups(contract, settings.warehouse)
    with warehouse_lock(settings.warehouse):
        lake = Lake(open_session(settings), settings.warehouse)
        return judge_history(lake, table, proposed=proposed, in_force=in_force, since=first)


def judge_history(
    lake: Lake, table: Table, *, proposed: Contract, in_force: Contract | None, since: datetime | None = None
) -> Backtest:
    """Judge what bronze `table` holds now by both contracts, in one Spark job.

    Raises:
        ContractError: when a transform can't be run on what the source has.
    """
    version = lake.version(table)
    rows = lake.added(table, after=deltalog.NO_VERSION, until=version)
    if since is not None:
        rows = rows.where(F.col(INGESTED_AT) >= F.lit(since))
    judged = [_judged(lake, rows, proposed, target, in_force) for target in proposed.objects]
    counted = [row.asDict() for row in count_effects(judged).collect()]
    return Backtest(proposed, in_force, table, version, since, effect_of(counted, _personal(proposed, in_force)))


def load_time(text: str | None) -> datetime | None:
    """A load time; without a zone it is UTC.

    >>> load_time("2026-01-31T12:00+02:00").isoformat()
    '2026-01-31T10:00:00+00:00'

    Raises:
        SettingsError: when it is none.
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError("not a time", where="--since", got=text, wanted="2026-01-31 or 2026-01-31T12:00") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _bronze(proposed: Contract, on: str, warehouse: Path) -> Table:
    if not proposed.is_source:
        raise ContractError(
            "the proposed contract has no landing source, so no bronze table",
            where=proposed.file,
            todo="backtest a contract whose servers land files; gold tables are checked when they are built",
        )
    wanted = bronze_table(proposed)
    name = on if "." in on else f"bronze.{on}"
    if name != str(wanted):
        hint = did_you_mean(name, [str(wanted)]) or f"name it: --on {wanted.name}"
        raise ContractError("the proposed contract does not land in this table", where=proposed.file, got=name,
                            wanted=wanted, todo=hint)  # fmt: skip
    _require(wanted, warehouse, "there is no history to judge")
    return wanted


def _refuse_missing_lookups(contract: Contract | None, warehouse: Path) -> None:
    for lookup in (lookup for target in (contract.objects if contract else ()) for lookup in target.lookups):
        _require(Table("silver", lookup.table), warehouse, "a table that a contract looks values up in is not there")


def _require(table: Table, warehouse: Path, what: str) -> None:
    if not deltalog.exists(table_path(warehouse, table)):
        raise SettingsError(
            what, where=warehouse, got=f"no table {table}", todo="hallmark run, or name another --warehouse"
        )


def _judged(
    lake: Lake, rows: DataFrame, proposed: Contract, target: SchemaObject, in_force: Contract | None
) -> DataFrame:
    before = _same_table(in_force, proposed, target)
    judge = None if before is None or in_force is None else _judge(lake, in_force, before)
    if proposed.is_cdc:  # as hallmark.silver.changes takes them; what is no event is quarantined under any contract
        rows = rows.where(cdc.is_event_of(target.physical_name) & cdc.is_change())
    return judged_twice(rows, target.name, judge, _judge(lake, proposed, target))


def _same_table(in_force: Contract | None, proposed: Contract, target: SchemaObject) -> SchemaObject | None:
    """The table of the contract in force that takes the same rows of bronze."""
    if in_force is None or in_force.is_cdc != proposed.is_cdc or bronze_table(in_force) != bronze_table(proposed):
        return None
    if not proposed.is_cdc:
        return in_force.objects[0]
    return next((each for each in in_force.objects if each.physical_name == target.physical_name), None)


def _judge(lake: Lake, contract: Contract, target: SchemaObject) -> Judge:
    compiled = compile_table(contract, target)
    lookups = {each.table: lake.read(Table("silver", each.table)) for each in target.lookups}

    def judge_rows(rows: DataFrame, carried: Sequence[str]) -> DataFrame:
        return compiled.judge(framed(rows, carried), lookups, keep=carried)

    def judge_events(records: DataFrame, carried: Sequence[str]) -> DataFrame:
        events = cdc.decode(records, target)  # its `_row` is the whole record
        for name in carried:
            events = events.withColumn(name, F.col(ROW)[name]).withColumn(ROW, F.col(ROW).dropFields(name))
        return cdc.judge(compiled, events, carried=carried)

    return judge_events if contract.is_cdc else judge_rows


def _personal(proposed: Contract, in_force: Contract | None) -> Mapping[str, frozenset[str]]:
    found = {target.name: _personal_columns(target) for target in proposed.objects}
    for target in proposed.objects:
        before = _same_table(in_force, proposed, target)
        if before is not None:
            found[target.name] |= _personal_columns(before)
    return found


def _personal_columns(target: SchemaObject) -> frozenset[str]:
    return frozenset(prop.name for prop in target.properties if prop.holds_personal)


def document(found: Backtest) -> dict[str, Any]:
    """What `--json` prints."""
    effect = asdict(found.effect)
    return {
        "contract": found.proposed.id,
        "proposed_version": found.proposed.version,
        "in_force_version": found.in_force.version if found.in_force else None,
        "table": str(found.table),
        "table_version": found.version,
        "since": found.since.isoformat() if found.since else None,
        "rows": effect.pop("rows"),
        "quarantined_in_force": effect.pop("in_force"),
        "quarantined_proposed": effect.pop("proposed"),
        **effect,
    }


def print_found(console: Console, found: Backtest) -> None:
    """Print the totals, then the rules that decide otherwise, those that decide as before in one line each."""
    effect, now = found.effect, found.in_force
    since = f" loaded since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
    versions = (
        f"{now.version} -> {found.proposed.version}" if now else f"{found.proposed.version}, none of this id in force"
    )
    console.print(
        Text(f"{found.proposed.id} {versions} on {found.table} version {found.version}", style="bold"), soft_wrap=True
    )
    console.print(
        f"{many(effect.rows, 'row')}{since}: quarantined {effect.in_force:,} -> {effect.proposed:,}", soft_wrap=True
    )
    console.print(
        Text(f"  {effect.newly_quarantined:>9,} newly quarantined", style="red" if effect.newly_quarantined else "")
    )
    console.print(Text(f"  {effect.newly_let_through:>9,} newly let through"))
    for rule in effect.rules:
        console.print(_line(rule, several=len(found.proposed.objects) > 1), soft_wrap=True)


def _line(rule: RuleEffect, *, several: bool) -> Text:
    says = f"{rule.table}: {rule.message}" if several else rule.message
    counts = ((rule.newly_quarantined, "newly quarantined"), (rule.newly_let_through, "newly let through"))
    news = [f"{count:,} {what}" for count, what in counts if count]
    line = Text(f"  {says}  {rule.in_force:,} -> {many(rule.proposed, 'row')}")
    line.append(f"  {', '.join(news) or 'no row decided otherwise'}", style="bold" if news else "dim")
    return line.append(f"  e.g. {', '.join(map(_one_line, rule.samples))}" if rule.samples else "", style="dim")


def _one_line(sample: str) -> str:
    short = " ".join(sample.split())
    return repr(short if len(short) <= 60 else f"{short[:60]} …")
