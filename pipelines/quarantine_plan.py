"""Decisions about quarantine before anything is touched: which table, where its rows lead, what a selection finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.model import Contract, Property
from hallmark.contracts.quarantine import OPEN, STATUSES, Selection
from hallmark.lakehouse.errors import ContractError, DataError, SettingsError, did_you_mean
from hallmark.lakehouse.names import Table
from hallmark.pipelines.project import Project, silver_table
from hallmark.pipelines.quarantine_books import Book
from hallmark.silver.changes import Entity
from hallmark.silver.gate import quarantine_table

_AGE = re.compile(r"([0-9]{1,5})([hdw])\Z")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Door:
    """Where the rows of a quarantine table lead: an event table, or the changes of an entity.

    Attributes:
        table: the quarantine table.
        contract: the contract that its rows broke.
        compiled: the contract's table.
        entity: the three silver tables, when the rows are change events of one.
        unreadable: the rows are records of a stream that belong to no table of it.
    """

    table: Table
    contract: Contract
    compiled: CompiledTable
    entity: Entity | None = None
    unreadable: bool = False

    @property
    def properties(self) -> tuple[Property, ...]:
        """The contract's properties that its rows may have values of."""
        objects = self.contract.objects if self.unreadable else (self.compiled.table,)
        return tuple(prop for each in objects for prop in each.properties)

    @property
    def looked_up_by(self) -> tuple[str, ...]:
        """The expressions that its rows look values of other tables up by."""
        return tuple(lookup.expr for lookup in self.compiled.table.lookups)


def find_table(name: str, known: Sequence[Table]) -> Table:
    """The quarantine table of a name, `quarantine.` before it or not.

    Raises:
        DataError: when there is none.
    """
    if not known:
        raise DataError("nothing was ever quarantined", got=name, todo="hallmark run, then hallmark quarantine list")
    names = {table.name: table for table in known}
    wanted = name.removeprefix("quarantine.")
    if wanted not in names:
        raise DataError(
            "no such table in quarantine",
            where="quarantine",
            got=name,
            wanted=", ".join(names),
            todo=did_you_mean(wanted, names) or "hallmark quarantine list",
        )
    return names[wanted]


def doors(project: Project) -> dict[Table, Door]:
    """By quarantine table: where its rows lead, for all tables that a contract makes."""
    found = [Door(quarantine_table(silver_table(each)), each.contract, each) for each in project.events]
    for contract, entities in project.entities:
        found += [Door(quarantine_table(each.changes), contract, each.compiled, each) for each in entities]
        stream = Table("quarantine", contract.name)
        found.append(Door(stream, contract, entities[0].compiled, unreadable=True))
    return {door.table: door for door in found}


def find_door(table: Table, known: Mapping[Table, Door]) -> Door:
    """Where the table's rows lead.

    Raises:
        ContractError: when no contract makes that table any more.
        DataError: when its rows belong to no table.
    """
    if table not in known:
        raise ContractError(
            "no contract judges this table any more",
            where=table,
            wanted=f"one of {', '.join(sorted(each.name for each in known))}",
            todo="bring its contract back, or: hallmark quarantine reject",
        )
    door = known[table]
    if door.unreadable:
        raise DataError(
            "these records can't be replayed: no text of theirs could be read, so they belong to no table",
            where=table,
            todo=f"land them again in a new file, and then: hallmark quarantine reject {table.name}",
        )
    return door


def refuse_no_match(book: Book, selection: Selection, matched: int) -> None:
    """See that a selection matches rows of the table, be they open or not.

    Raises:
        DataError: when the table has no rows, or none that the selection takes.
    """
    if not book.total.rows.total():
        raise DataError("the quarantine table is empty", where=book.table, todo="hallmark quarantine list")
    rules = [name for rule in book.rules for name in rule]
    for option, given, known in (("--load", selection.load, [*book.total.loads]), ("--rule", selection.rule, rules)):
        if given is not None and given not in known:
            raise DataError(
                f"no row matches {option}",
                where=book.table,
                got=given,
                wanted=", ".join(sorted({*known})),
                todo=did_you_mean(given, known) or "hallmark quarantine list",
            )
    if not matched:
        raise DataError(
            "no row matches --load and --rule together",
            where=book.table,
            got=f"{selection.load}, {selection.rule}",
            todo=f"hallmark quarantine show {book.table.name} --load {selection.load}",
        )


def none_open(rows: Mapping[str, int]) -> str:
    """Why nothing is to be done, in one line.

    >>> none_open({"fixed": 3, "rejected": 1})
    'no open row: 3 fixed, 1 rejected'
    >>> none_open({})
    'no open row'
    """
    parts = [f"{rows[status]:,} {status}" for status in STATUSES if status != OPEN and rows.get(status)]
    return f"no open row: {', '.join(parts)}" if parts else "no open row"


def age(text: str) -> timedelta:
    """A length of time: a number and h, d or w.

    >>> age("90d")
    datetime.timedelta(days=90)

    Raises:
        SettingsError: when it is anything else.
    """
    match = _AGE.match(text.strip())
    if not match:
        raise SettingsError(
            "not an age",
            where="--older-than",
            got=text,
            wanted="a number and h (hours), d (days) or w (weeks), such as 90d",
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def status_of(text: str) -> str:
    """A status by its name.

    Raises:
        SettingsError: when there is no such status.
    """
    if text not in STATUSES:
        hint = did_you_mean(text, STATUSES)
        raise SettingsError("no such status", where="--status", got=text, wanted=", ".join(STATUSES), todo=hint or None)
    return text
