"""The kinds of export: which files a contract becomes, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from hallmark.contracts.exports.contract_page import contract_page, index_page
from hallmark.contracts.exports.dbt import dbt_yml
from hallmark.contracts.exports.ddl import spark_ddl
from hallmark.contracts.exports.gx import expectation_suite
from hallmark.contracts.exports.html import html
from hallmark.contracts.exports.markdown import markdown
from hallmark.contracts.exports.pandera_source import pandera_source
from hallmark.contracts.exports.words import file_stem
from hallmark.contracts.model import Contract
from hallmark.lakehouse.errors import ContractError, SettingsError, did_you_mean

Files = Iterator[tuple[str, str]]


def _one(suffix: str, text: Callable[[Contract], str]) -> Callable[[Contract], Files]:
    def files(contract: Contract) -> Files:
        yield f"{file_stem(contract)}{suffix}", text(contract)

    return files


def _suites(contract: Contract) -> Files:
    for table in contract.objects:
        yield f"{file_stem(contract, table)}.gx.json", expectation_suite(contract, table)


def _modules(contract: Contract) -> Files:
    # A module's name can't hold a dot.
    yield f"{file_stem(contract).replace('.', '_').replace('-', '_')}_pandera.py", pandera_source(contract)


_FILES: dict[str, Callable[[Contract], Files]] = {
    "ddl": _one(".sql", spark_ddl),
    "dbt": _one(".dbt.yml", dbt_yml),
    "gx": _suites,
    "markdown": _one(".md", lambda contract: markdown(contract_page(contract))),
    "html": _one(".html", lambda contract: html(contract_page(contract))),
    "pandera": _modules,
}
KINDS = tuple(_FILES)
SUFFIXES = {
    "ddl": ".sql", "dbt": ".dbt.yml", "gx": ".gx.json", "markdown": ".md", "html": ".html", "pandera": "_pandera.py",
}  # fmt: skip


def read_kinds(text: str | None) -> tuple[str, ...]:
    """The kinds of a comma-separated list; all of them without one.

    Raises:
        SettingsError: for a kind that there is not.
    """
    if text is None:
        return KINDS
    named = [each.strip() for each in text.split(",") if each.strip()]
    for kind in named:
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or None
            raise SettingsError("no such export", where="--only", got=kind, wanted=", ".join(KINDS), todo=hint)
    if not named:
        raise SettingsError("no export is named", where="--only", wanted=", ".join(KINDS))
    return tuple(kind for kind in KINDS if kind in named)


def export_files(contracts: Sequence[Contract], kinds: Iterable[str], *, with_index: bool) -> dict[str, str]:
    """All files by name, and their text; pure, and the same for the same contracts.

    Raises:
        ContractError: when two contracts would write the same file.
    """
    found: dict[str, str] = {}
    origin: dict[str, Path] = {}
    kinds = tuple(kinds)
    for contract in sorted(contracts, key=lambda each: each.id):
        for kind in kinds:
            for name, text in _FILES[kind](contract):
                if name.lower() in origin:  # some file systems hold them for one
                    raise ContractError(
                        "two contracts would be written to the same file",
                        where=contract.file,
                        got=f"{name}, also of {origin[name.lower()]}",
                        todo="give one another id",
                    )
                origin[name.lower()] = contract.file
                found[name] = text
    if with_index and contracts:
        if "markdown" in kinds:
            found["README.md"] = markdown(index_page(contracts))
        if "html" in kinds:
            found["index.html"] = html(index_page(contracts))
    return found
