"""What `hallmark contract test` judges, in order: the tables asked for, after those that they look values up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import SUFFIX, load_contract
from hallmark.contracts.model import Contract, SchemaObject
from hallmark.lakehouse.errors import ContractError, DataError, SettingsError, did_you_mean
from hallmark.pipelines.contract_places import Choice, Place, find_places
from hallmark.pipelines.project import in_lookup_order


@dataclass(frozen=True)
class Planned:
    """A table and its files; one that is only looked up in is not `asked` for, so nothing is reported of it."""

    compiled: CompiledTable
    places: tuple[Place, ...]
    asked: bool = True


@dataclass(frozen=True)
class Elsewhere:
    """What a call says of tables that are looked up in: data by table, and the project's folder of contracts."""

    data: Mapping[str, Path] = field(default_factory=dict)
    contracts: Path | None = None


@dataclass(frozen=True)
class Tables:
    """What is judged, in order, and the tables asked for that have no data."""

    planned: tuple[Planned, ...]
    without_data: tuple[str, ...] = ()


def plan_tables(contract: Contract, tables: Sequence[SchemaObject], choice: Choice, elsewhere: Elsewhere) -> Tables:
    """The tables to judge, each after those that it looks up in.

    Raises:
        ContractError: a lookup's table has no contract beside this one or in the project, or lookups go in a circle.
        DataError: there is nothing to read, of the contract or of a table that it looks up in.
        SettingsError: as `find_places`; or data is given for a table that nothing looks up.
    """
    found = find_places(contract, tables, choice)
    planned = {
        table.name: Planned(compile_table(contract, table, key_is_unique=True), found[table.name])
        for table in tables
        if found[table.name]
    }
    while waiting := [(each, name) for each in planned.values() for name in _lookups(each) if name not in planned]:
        for each, name in waiting:
            planned[name] = _looked_up(each.compiled.contract, name, choice, elsewhere)
    known = {name for each in planned.values() for name in _lookups(each)}
    if unknown := next((name for name in elsewhere.data if name not in known), None):
        todo = did_you_mean(unknown, known) or f"known: {', '.join(sorted(known)) or 'none'}"
        raise SettingsError("no lookup uses this table", where="--lookup", got=unknown, todo=todo)
    ordered = in_lookup_order([each.compiled for each in planned.values()])
    missing = tuple(table.name for table in tables if not found[table.name])
    return Tables(tuple(planned[each.table.name] for each in ordered), missing)


def given_lookups(texts: Sequence[str]) -> dict[str, Path]:
    """What `--lookup` gives: paths by table.

    >>> given_lookups(["runs=data/runs.csv"])["runs"].as_posix()
    'data/runs.csv'

    Raises:
        SettingsError: a text that is not TABLE=PATH.
    """
    pairs = [text.partition("=") for text in texts]
    if wrong := next(("".join(each) for each in pairs if not (each[0] and each[2])), None):
        raise SettingsError("not a table and its data", where="--lookup", got=wrong, wanted="TABLE=PATH")
    return {name: Path(path) for name, _, path in pairs}


def _lookups(planned: Planned) -> list[str]:
    return [lookup.table for lookup in planned.compiled.table.lookups]


def _looked_up(contract: Contract, name: str, choice: Choice, elsewhere: Elsewhere) -> Planned:
    owner, table = _owner(contract, name, elsewhere.contracts)
    if name in elsewhere.data:
        choice = Choice(data=(elsewhere.data[name],))
    elif owner is not contract:
        choice = Choice(base=choice.base)  # its own servers
    try:
        places = find_places(owner, (table,), choice)[name]
    except DataError as letter:
        raise DataError(
            "a table that the contract looks values up in has no data",
            where=f"{contract.file} (lookup {name})",
            got=letter.got,
            todo=f"name its files: --lookup {name}=PATH",
        ) from None
    return Planned(compile_table(owner, table, key_is_unique=True), places, asked=False)


def _owner(contract: Contract, name: str, folder: Path | None) -> tuple[Contract, SchemaObject]:
    """The contract of a table: this one, one beside it, or one of the project's."""
    for each in (contract, *_others(contract, name, folder)):
        for table in each.objects:
            if table.name == name:
                return each, table
    raise ContractError(
        "a lookup's table has no contract",
        where=contract.file,
        got=name,
        wanted=f"a contract of it in {contract.file.absolute().parent}, or in the project's folder",
        todo="put its contract there, or mend the lookup's name",
    )


def _others(contract: Contract, name: str, folder: Path | None) -> list[Contract]:
    found = []
    beside = sorted(contract.file.absolute().parent.glob(f"*{SUFFIX}"))
    of_project = sorted(folder.absolute().rglob(f"*{SUFFIX}")) if folder is not None else []
    for file in dict.fromkeys([*beside, *of_project]):
        if file != contract.file.absolute() and name in file.read_text(encoding="utf-8", errors="replace"):
            try:
                found.append(load_contract(file, ingest=False))
            except ContractError:  # another's mistake is no matter of this test, unless it hides the table
                continue
    return found
