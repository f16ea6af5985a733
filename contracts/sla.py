"""Service levels about time, read once for all who hold something against them: gold's suites, tests, exports.

| property | with `element: table.column` | without |
|---|---|---|
| `freshness`, `latency` | how old the column's newest value may be | how old the newest load may be |
| `frequency` | (no column) | how long it may be since the last publish |

All others (`retention`, `generalAvailability`, `endOfSupport`, ...) are documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from hallmark.contracts.build import Build
from hallmark.contracts.build_quality import AGES
from hallmark.contracts.model import Contract, SchemaObject, Sla
from hallmark.contracts.table_rules import Outcome
from hallmark.contracts.units import SECONDS
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import MASK

PROPERTIES = (*AGES, "frequency")
_TIMES = ("date", "timestamp")
_EPOCH = datetime.fromtimestamp(0, UTC)
_DAY = "d"
_LOADS, _SERVICE = "it is about loads", "it is about the service, not about rows"
_ABOUT = {
    "freshness": _LOADS,
    "latency": _LOADS,
    "frequency": "it is about publishes",
    "retention": "it is about deletions",
}


@dataclass(frozen=True)
class ServiceLevel:
    """How long ago something may be at most.

    Attributes:
        name: `freshness`, `latency` or `frequency`.
        value: the number, in `unit`.
        unit: the unit of time as the contract spells it, in small letters; days where it has none.
        columns: the table's columns whose newest value is meant; none where it is about loads or publishes.
        place: the keys that lead to it in the contract.
    """

    name: str
    value: Decimal
    unit: str = _DAY
    columns: tuple[str, ...] = ()
    place: tuple[str | int, ...] = ()

    @property
    def seconds(self) -> Decimal:
        """The limit.

        >>> ServiceLevel("freshness", Decimal("1.5"), "min").seconds
        Decimal('90.0')
        """
        return self.value * SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}"


def service_levels(contract: Contract, table: SchemaObject) -> tuple[ServiceLevel, ...]:
    """The contract's service levels about time that concern a table, in the file's order.

    Raises:
        ContractError: the element is no column, or has no time; the limit is no time; the text names the file.
    """
    found = (service_level(contract, table, i) for i, _ in enumerate(contract.sla))
    return tuple(level for level in found if level is not None)


def service_level(contract: Contract, table: SchemaObject, number: int) -> ServiceLevel | None:
    """One of the contract's service levels; None where it is not about time, or about another table.

    Raises:
        ContractError: as `service_levels`.
    """
    sla, place = contract.sla[number], ("slaProperties", number)
    if sla.property not in PROPERTIES:
        return None
    elements = [each.strip() for each in str(sla.element or "").split(",") if each.strip()]
    if sla.property not in AGES:
        elements = []
    columns = tuple(name for element in elements if (name := _column(contract, table, element, place)))
    value, unit = _length(contract, sla, place)
    if elements and not columns:
        return None
    return ServiceLevel(sla.property, value, unit, columns, place)


def _column(contract: Contract, table: SchemaObject, element: str, place: Sequence[str | int]) -> str | None:
    """The column of this table that an element names; None where it is another table's."""
    owner, _, column = element.rpartition(".")
    named = owner.rpartition(".")[2]
    tables = [each for each in contract.objects if named in {"", each.name, each.physical_name}]
    owners = [each for each in tables if column in {prop.name for prop in each.properties}]
    if not owners:
        known = [f"{each.name}.{prop.name}" for each in tables or contract.objects for prop in each.properties]
        near = did_you_mean(column, [name.rpartition(".")[2] for name in known]) if tables else ""
        todo = near or (f"known: {', '.join(known)}" if tables else did_you_mean(element, known))
        todo = todo or "name it <table>.<column>"
        what = "a service level is on a column that no table has"
        raise _refuse(contract, what, [*place, "element"], got=element, todo=todo)
    if table not in owners:
        return None
    kind = next(prop.logical_type for prop in table.properties if prop.name == column)
    if kind not in _TIMES:
        what = "a service level is on a column without a time"
        raise _refuse(contract, what, [*place, "element"], got=f"{element}: {kind}", wanted="a timestamp or a date")
    return column


def _length(contract: Contract, sla: Sla, place: Sequence[str | int]) -> tuple[Decimal, str]:
    unit = str(sla.unit or _DAY).lower()
    if unit not in SECONDS:
        todo = did_you_mean(unit, SECONDS) or None
        wanted = "s, min, h, d, w or y"
        raise _refuse(contract, "not a unit of time", [*place, "unit"], got=unit, wanted=wanted, todo=todo)
    try:
        value = Decimal(str(sla.value))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value <= 0:
        wanted = "a number above 0, its unit in `unit`"
        raise _refuse(contract, "not a length of time", [*place, "value"], got=repr(sla.value), wanted=wanted)
    return value, unit


def _refuse(
    contract: Contract,
    what: str,
    keys: Sequence[str | int],
    *,
    got: str,
    wanted: str | None = None,
    todo: str | None = None,
) -> ContractError:
    if contract.origin is not None:
        return Build(contract.origin).refuse(what, keys, got=got, wanted=wanted, todo=todo)
    return ContractError(what, where=f"{contract.file} (slaProperties)", got=got, wanted=wanted, todo=todo)


def age_outcomes(
    table: SchemaObject, levels: Sequence[ServiceLevel], newest: Mapping[str, int | None], now: datetime
) -> tuple[Outcome, ...]:
    """Whether the newest values (microseconds since 1970) of the levels' columns are new enough at `now` (UTC)."""
    secret = {prop.name for prop in table.properties if prop.holds_personal}
    return tuple(
        _outcome(level, column, newest.get(column), now, hidden=column in secret)
        for level in levels
        for column in level.columns
    )


def _outcome(level: ServiceLevel, column: str, newest: int | None, now: datetime, *, hidden: bool) -> Outcome:
    age = None if newest is None else (now - _EPOCH) // timedelta(microseconds=1) - newest
    return Outcome(
        rule=level.name,
        columns=(column,),
        message=f"{column}: {level.name}",
        measured=None if newest is None else MASK if hidden else _shown(newest),
        wanted=f"at most {level} old",
        holds=age is not None and age <= level.seconds * 10**6,
        severity="error",
        unit="",
    )


def _shown(micros: int) -> str:
    """A time for people.

    >>> _shown(0), _shown(253402300800000000)
    ('1970-01-01 00:00:00 UTC', 'after the year 9999')
    """
    try:
        return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return "after the year 9999" if micros > 0 else "before the year 1"


def unjudged(contract: Contract) -> tuple[tuple[Sla, str], ...]:
    """Service levels that data alone can't be held against, and what each is about."""
    of_time = {level.place: level for table in contract.objects for level in service_levels(contract, table)}
    levels = [(sla, of_time.get(("slaProperties", i))) for i, sla in enumerate(contract.sla)]
    return tuple((sla, _ABOUT.get(sla.property, _SERVICE)) for sla, level in levels if not (level and level.columns))
