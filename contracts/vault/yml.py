"""The yml of a planned vault: sources, descriptions, and the integrity tests of `dbt_project/macros/vault_tests`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hallmark.contracts.exports.words import column_words, one_line
from hallmark.contracts.exports.yaml_text import without_templates, yaml_text
from hallmark.contracts.vault.model import ContractVault, Hub, Link, Part, Satellite
from hallmark.contracts.vault.models import order_of_changes
from hallmark.contracts.vault.names import (
    EFFECTIVE_FROM,
    IS_DELETED,
    LOAD_DATE,
    RECORD_SOURCE,
    SOURCE_LSN,
    SOURCE_POSITION,
)

Node = dict[str, Any]
_WORDS = {
    LOAD_DATE: "When the row's source record was ingested into bronze, UTC.",
    RECORD_SOURCE: "Name of the server in the contract that the row came from.",
    EFFECTIVE_FROM: "Time at the source from which on this version holds, UTC.",
    IS_DELETED: "Whether the row was deleted at the source.",
    SOURCE_LSN: "Log sequence number of the change at the source; orders versions of one instant.",
    SOURCE_POSITION: "Position of the change in its topic; orders versions of one log sequence number.",
}


def vault_yml(vault: ContractVault) -> str:
    """Sources and models of one contract."""
    tables = [_source_table(part) for part in vault.parts]
    source = {"name": vault.source, "schema": "silver", "description": _source_words(vault), "tables": tables}
    models = [model for part in vault.parts for model in _models(part)]
    return yaml_text({"version": 2, "sources": [source], "models": models})


def _source_words(vault: ContractVault) -> str:
    return without_templates(f"Tables that hallmark run --until silver keeps; contract {one_line(vault.contract.id)}.")


def _source_table(part: Part) -> Node:
    words = one_line(part.table.description) or part.table.name
    return {"name": part.stage.table, "description": without_templates(words)}


def _models(part: Part) -> Iterator[Node]:
    if part.stage.versions:
        yield _node(part.stage.versions, f"Versions of {part.table.name}: one row a version, its end included.")
    yield _node(part.stage.name, f"Staging: {part.stage.table} with load date, record source and hashes.")
    for mention in part.mentions:
        yield _node(mention.name, f"Keys that {mention.stage} mentions, under the names that their hub has for them.")
    if part.hub:
        yield _hub(part, part.hub)
    for link in part.links:
        yield _link(link)
    for satellite in part.satellites:
        yield _satellite(part, satellite)


def _hub(part: Part, hub: Hub) -> Node:
    words = f"Hub: one row a {part.entity} that any source has mentioned."
    key = ", ".join(hub.business_key)
    columns = [(hub.key, f"Hash of {key}."), *_described(part, hub.business_key), *_known(LOAD_DATE, RECORD_SOURCE)]
    test = _test("vault_unique_keys", src_pk=hub.key, src_nk=[*hub.business_key])
    return _node(hub.name, words, columns, [test])


def _link(link: Link) -> Node:
    keys = [each.column for each in link.foreign]
    columns = [
        (link.key, f"Hash of {', '.join(link.columns)}."),
        *((each.column, f"Key of {each.to}.") for each in link.foreign),
        *_known(LOAD_DATE, RECORD_SOURCE),
    ]
    parents = [{"column": each.column, "to": f"ref('{each.to}')", "field": each.field} for each in link.foreign]
    tests = [
        _test("vault_unique_keys", src_pk=link.key, src_fk=keys),
        _test("vault_no_orphans", keys=parents),
    ]
    return _node(link.name, f"Link: {link.says}, when it was first seen.", columns, tests)


def _satellite(part: Part, satellite: Satellite) -> Node:
    kind = "Satellite of personal data" if satellite.personal else "Satellite"
    words = f"{kind}: what a {part.entity} was from a time on; one row a change."
    times = (EFFECTIVE_FROM, SOURCE_LSN, SOURCE_POSITION) if satellite.of_changes else ()
    columns = [
        (satellite.key, f"Key of {satellite.parent}."),
        (satellite.hashdiff, "Hash of all that the row says; a new value is a new version."),
        *_described(part, satellite.payload),
        *_known(*times, LOAD_DATE, RECORD_SOURCE),
    ]
    version = {"src_pk": satellite.key, "src_hashdiff": satellite.hashdiff}
    covered = {**version, "src_payload": [*satellite.payload], "src_ldts": LOAD_DATE, "src_source": RECORD_SOURCE}
    order = {}
    if satellite.of_changes:
        covered |= {"src_eff": EFFECTIVE_FROM, "src_extra_columns": [SOURCE_LSN, SOURCE_POSITION]}
        order = {"order_by": [EFFECTIVE_FROM, *order_of_changes()]}
    parent = {"column": satellite.key, "to": f"ref('{satellite.parent}')", "field": satellite.key}
    tests = [
        _test("vault_no_orphans", keys=[parent]),
        _test("vault_hashdiff_covers", **covered),
        _test("vault_no_unchanged_rows", **version, src_ldts=LOAD_DATE, **order),
        _test("vault_one_ghost", src_pk=satellite.key),
    ]
    node = _node(satellite.name, words, columns, tests)
    if satellite.personal:
        node["config"] = {"meta": {"personal": True}}
    return node


def _test(name: str, **arguments: Any) -> Node:
    return {f"hallmark.{name}": {"arguments": arguments}}


def _node(name: str, words: str, columns: Sequence[tuple[str, str]] = (), tests: Sequence[Node] = ()) -> Node:
    node: Node = {"name": name, "description": words}
    if tests:
        node["data_tests"] = [*tests]
    if columns:
        node["columns"] = [{"name": column, "description": without_templates(text)} for column, text in columns]
    return node


def _described(part: Part, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column in columns:
        prop = part.properties.get(column)
        yield column, (column_words(prop) or column) if prop else _WORDS[column]


def _known(*columns: str) -> list[tuple[str, str]]:
    return [(column, _WORDS[column]) for column in columns]
