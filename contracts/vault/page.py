"""The page about a contract's part of a vault."""

from __future__ import annotations

from collections.abc import Iterator

from hallmark.contracts.exports.markdown import markdown
from hallmark.contracts.exports.page import Cell, Code, Grid, Page, Paragraph, Section, cell
from hallmark.contracts.exports.words import one_line, title_of
from hallmark.contracts.vault.model import ContractVault, Part
from hallmark.lakehouse.words import many

_WORK = (
    "Run hallmark vault generate again when the contract has changed: files that nobody edited follow it; an edited "
    "file is kept and named, with the fingerprint for its first line once it is mended by hand."
)
_VARIABLES = (
    "Set the variables hash_mode: hardened (no two keys collide over a delimiter) and hash_content_casing: disabled "
    "(ids that differ in case are two) in dbt_project.yml before the first load; docs/vault/stage.md has the rules."
)


def vault_page(vault: ContractVault) -> str:
    """Which tables there are and what is in them, as Markdown without the first line."""
    contract = vault.contract
    rows = tuple(row for part in vault.parts for row in _rows(part))
    sections = [
        Section("Tables", (Grid(("Table", "Kind", "Key", "What is in it"), rows),)),
        Section("Personal data", (Paragraph(cell(_personal(vault))),)),
        Section("How to go on", (Paragraph((_WORK,)), Paragraph((_VARIABLES,)))),
    ]
    lead = f"The vault of contract {one_line(contract.id)}: {many(len(rows), 'table')}."
    text = markdown(Page("index", f"Vault of {title_of(contract)}", lead, tuple(sections), ""))
    # dbt reads Markdown in its folders of models, and would take this for a block of its own.
    return text.partition("\n")[2].replace("{%", "{&#37;")


def _rows(part: Part) -> Iterator[tuple[Cell, ...]]:
    if part.hub:
        sources = ", ".join(part.hub.sources)
        yield _row(part.hub.name, "hub", part.hub.key, f"{', '.join(part.hub.business_key)}; mentioned in {sources}")
    for link in part.links:
        yield _row(link.name, "link", link.key, f"{link.says} ({', '.join(each.to for each in link.foreign)})")
    for satellite in part.satellites:
        kind = "satellite, personal" if satellite.personal else "satellite"
        yield _row(satellite.name, kind, satellite.key, ", ".join(satellite.payload))


def _row(name: str, kind: str, key: str, words: str) -> tuple[Cell, ...]:
    return (Code(name),), (kind,), (Code(key),), cell(words)


def _personal(vault: ContractVault) -> str:
    named = [each.name for part in vault.parts for each in part.satellites if each.personal]
    keys = [
        f"{part.table.name}.{column}"
        for part in vault.parts
        for column in part.table.key
        if part.properties[column].protection is not None
    ]
    said = [f"In {', '.join(named)} alone." if named else "None is named by the contract's classifications."]
    said += [f"Business keys that are pseudonyms: {', '.join(keys)}."] if keys else []
    return " ".join(said)
