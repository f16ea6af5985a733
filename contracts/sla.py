"""Service levels that data can be held against: how old a table's newest row may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from hallmark.contracts.model import Contract, SchemaObject, Sla
from hallmark.contracts.table_rules import Outcome
from hallmark.contracts.units import SECONDS
from hallmark.lakehouse.errors import ContractError, did_you_mean

_TIMES = ("date", "timestamp")


@dataclass(frozen=True)
class Freshness:
    """A column whose newest value may not be older than `limit`."""

    column: str
    limit: timedelta
    wanted: str


def freshness_of(contract: Contract, table: SchemaObject) -> tuple[Freshness, ...]:
    """What the contract's `freshness` service levels ask of a table.

    Raises:
        ContractError: the element is no column, no time, or the limit is no time; the text names the file.
    """
    return tuple(
        Freshness(column, _limit(contract, sla), f"at most {sla.value} {sla.unit or 'd'} old")
        for sla in contract.sla
        if sla.property == "freshness"
        for column in _columns(contract, table, sla)
    )


def _columns(contract: Contract, table: SchemaObject, sla: Sla) -> Iterator[str]:
    if not sla.element:
        raise _letter(contract, "a freshness has no element", None, "element: <table>.<column> with the rows' time")
    for element in sla.element.split(","):
        owner, _, column = element.strip().rpartition(".")
        named = owner.rpartition(".")[2]
        tables = [each for each in contract.objects if named in {"", each.name, each.physical_name}]
        owners = [each for each in tables if column in {prop.name for prop in each.properties}]
        if not owners:
            known = [f"{each.name}.{prop.name}" for each in tables or contract.objects for prop in each.properties]
            near = did_you_mean(column, [name.rpartition(".")[2] for name in known]) if tables else ""
            hint = near or (f"known: {', '.join(known)}" if tables else did_you_mean(element.strip(), known))
            hint = hint or "name it <table>.<column>"
            raise _letter(contract, "a service level is on a column that no table has", element.strip(), hint)
        if table not in owners:
            continue
        kind = next(prop.logical_type for prop in table.properties if prop.name == column)
        if kind not in _TIMES:
            raise _letter(contract, f"a freshness is on a column of type {kind}", element.strip(), "name a time")
        yield column


def _limit(contract: Contract, sla: Sla) -> timedelta:
    seconds = SECONDS.get(str(sla.unit or "d").lower())
    try:
        if seconds is not None and (value := Decimal(str(sla.value))) > 0:
            return timedelta(seconds=float(value * seconds))
    except (InvalidOperation, ValueError, OverflowError):
        pass
    todo = "give a number and a unit: s, min, h, d, w or y"
    raise _letter(contract, "a freshness has no usable limit", f"{sla.value} {sla.unit}", todo)


def _letter(contract: Contract, what: str, got: str | None, todo: str) -> ContractError:
    return ContractError(what, where=f"{contract.file} (slaProperties)", got=got, todo=todo)


def freshness_outcomes(
    wanted: tuple[Freshness, ...], newest: Mapping[str, int | None], now: datetime
) -> tuple[Outcome, ...]:
    """Whether the newest values (microseconds since 1970) are new enough at `now` (UTC)."""
    return tuple(_outcome(each, newest.get(each.column), now) for each in wanted)


def _outcome(wanted: Freshness, newest: int | None, now: datetime) -> Outcome:
    at = None if newest is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=newest)
    return Outcome(
        rule="freshness",
        columns=(wanted.column,),
        message=f"{wanted.column}: fresh",
        measured=None if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC",
        wanted=wanted.wanted,
        holds=at is not None and now - at <= wanted.limit,
        severity="error",
        unit="",
    )
