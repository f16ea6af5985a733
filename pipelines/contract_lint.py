"""`hallmark contract lint`: what is wrong with contract files, all files and all problems in one go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from hallmark.contracts import lint
from hallmark.contracts.build import Build, build_contract
from hallmark.contracts.build_property import read_property
from hallmark.contracts.build_quality import read_quality, read_reaction
from hallmark.contracts.build_server import read_server
from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import SUFFIX, check_document, refuse_shared
from hallmark.contracts.model import Contract, Document, Reaction
from hallmark.contracts.references import owner_of
from hallmark.contracts.sla import service_levels
from hallmark.contracts.yamlfile import read_yaml
from hallmark.gold.suite import DOMAIN, build_suites
from hallmark.lakehouse.errors import ContractError, SettingsError, did_you_mean
from hallmark.lakehouse.words import many
from hallmark.pipelines.contract_relations import target_of
from hallmark.pipelines.project import in_lookup_order


@dataclass(frozen=True)
class Linted:
    """A file: letters of what can't be used, warnings that begin with `<file>:<line>: `, and the contract if it can."""

    file: Path
    errors: tuple[ContractError, ...] = ()
    warnings: tuple[str, ...] = ()
    contract: Contract | None = field(default=None, compare=False, repr=False)


def lint_paths(paths: Sequence[Path]) -> list[Linted]:
    """Lint files, and all contracts under folders.

    Raises:
        SettingsError: a path that is not there, or a folder without contracts.
    """
    files = {path: _files(path) for path in paths}
    found = {file: lint_file(file) for file in dict.fromkeys(file for listed in files.values() for file in listed)}
    for listed in (listed for path, listed in files.items() if path.is_dir()):
        contracts = [each.contract for each in map(found.__getitem__, listed) if each.contract and not each.errors]
        for file, letter in _together(contracts) if len(contracts) == len(listed) else ():
            found[file] = replace(found[file], errors=(*found[file].errors, letter))
    return list(found.values())


def _together(contracts: Sequence[Contract]) -> Iterator[tuple[Path, ContractError]]:
    """Why a folder's contracts, each of which can be used, can't be used together: as a run would refuse them."""
    try:
        refuse_shared(contracts)
        in_lookup_order([compile_table(c, c.objects[0]) for c in contracts if c.is_source and not c.is_cdc])
    except ContractError as error:
        yield next((c.file for c in contracts if str(c.file) == str(error.where)), contracts[-1].file), error


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else []
    if not found:
        what = "no contracts in the folder" if path.is_dir() else "no such file"
        raise SettingsError(what, where=path, wanted=f"files named <table>{SUFFIX}", todo="name a file or a folder")
    return found


def lint_file(file: Path) -> Linted:
    """Lint one file, as if no rows landed through it: any server and several tables are good."""
    try:
        document, letters = check_document(file)
    except ContractError as error:
        return Linted(file, (error,))
    if letters:
        return Linted(file, tuple(letters))
    try:
        contract = build_contract(Build(document, ingest=False))
    except ContractError as error:
        every = {str(letter): letter for letter in (error, *_further(document))}
        return Linted(file, tuple(every.values()))
    found = lint.find(contract, document.line)
    wrong = tuple(_letter(contract, each) for each in found if each.error)
    doubtful = tuple(f"{file.name}:{each.line}: {each.text}" for each in found if not each.error)
    said = (*contract.warnings, *contract.unchecked, *doubtful)
    try:
        said = (*said, *_lost_relationships(contract, document))
        for table in contract.objects:
            service_levels(contract, table)
        suites = build_suites([contract] if contract.domain == DOMAIN and not contract.is_source else [])
    except ContractError as error:
        return Linted(file, (*wrong, error), said, contract)
    unused = (each for suite in suites for each in suite.unused)
    return Linted(file, wrong, tuple(dict.fromkeys((*said, *unused))), contract)


def _lost_relationships(contract: Contract, document: Document) -> Iterator[str]:
    """Relationships to a table that neither the contract nor one beside it has.

    Raises:
        ContractError: one to a column that a table of the contract lacks.
    """
    beside: set[str] = set()
    for relation in (each for table in contract.objects for each in table.relationships):
        owner = owner_of(relation)
        if target_of(contract, relation)[0] is not None or owner is None:
            continue
        beside = beside or set(_tables_beside(document.file))
        if owner not in beside:
            hint = did_you_mean(owner, beside)
            text = f"a relationship leads to {owner}, which is no table of this contract or of one beside it"
            line = document.line(relation.place)
            yield f"{document.file.name}:{line}: {text}; {hint}" if hint else f"{document.file.name}:{line}: {text}"


def _tables_beside(file: Path) -> Iterator[str]:
    for other in sorted(file.absolute().parent.glob(f"*{SUFFIX}")):
        with suppress(ContractError):  # another's mistake is no matter of this file
            for table in read_yaml(other)[0].get("schema") or []:
                if isinstance(table, dict):
                    yield from (str(table[key]) for key in ("name", "physicalName") if key in table)


def _letter(contract: Contract, found: lint.Finding) -> ContractError:
    return ContractError(
        "rules that can't hold", where=f"{contract.file}:{found.line}", got=found.text, todo="mend one"
    )


def _further(document: Document) -> Iterator[ContractError]:
    """The loader stops at the first problem; the others are found column by column and server by server."""
    content, build = document.content, Build(document, ingest=False)
    for i, entry in enumerate(content.get("servers") or []):
        try:
            read_server(entry, ["servers", i], build)
        except ContractError as error:
            yield error
    for i, table in enumerate(content.get("schema") or []):
        above = Reaction()
        with suppress(ContractError):
            above = read_reaction(table, Reaction(), ["schema", i], build)
        for j, entry in enumerate(table.get("properties") or []):
            try:
                read_property(entry, ["schema", i, "properties", j], build, above)
            except ContractError as error:
                yield error
        try:
            read_quality(table, ["schema", i], build, above=above)
        except ContractError as error:
            yield error


def print_linted(console: Console, found: Sequence[Linted], root: Path) -> None:
    """A line a warning, a letter an error, and what it comes to."""
    for each in found:
        for error in each.errors:
            console.print(Text(str(error), style="red"), soft_wrap=True)
        for warning in each.warnings:
            console.print(Text(f"warning: {_folder(each.file, root)}{warning}", style="yellow"), soft_wrap=True)
    errors, warnings = (sum(len(getattr(each, name)) for each in found) for name in ("errors", "warnings"))
    files = many(len(found), "contract")
    ok = "can be used" if not errors else "can't be used as they are"
    counts = f"{many(errors, 'error')}, {many(warnings, 'warning')}"
    console.print(f"{files}: {counts if errors or warnings else 'all is well'}")
    if errors and len(found) > 1:
        bad = ", ".join(str(each.file.name) for each in found if each.errors)
        console.print(f"{ok}: {bad}", soft_wrap=True)


def _folder(file: Path, root: Path) -> str:
    folder = file.absolute().parent
    shown = folder.relative_to(root) if folder.is_relative_to(root) else folder
    return "" if str(shown) == "." else f"{shown}/"


def document(found: Sequence[Linted]) -> list[dict[str, Any]]:
    """The same, for `--json`."""
    return [
        {
            "file": str(each.file),
            "errors": [error.as_dict() for error in each.errors],
            "warnings": list(each.warnings),
        }
        for each in found
    ]
