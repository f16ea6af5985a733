"""The dbt models of a planned vault, as texts of Jinja and SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hallmark.contracts.vault.model import ContractVault, Hub, Link, Mention, Part, Satellite, Stage
from hallmark.contracts.vault.names import (
    EFFECTIVE_FROM,
    IS_DELETED,
    LOAD_DATE,
    RECORD_SOURCE,
    SOURCE_LSN,
    SOURCE_POSITION,
)
from hallmark.lakehouse.names import INGESTED_AT, SOURCE, quoted

_EPHEMERAL = "{{ config(materialized='ephemeral') }}\n"
_TABLE = (
    "{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', "
    "on_schema_change='fail') }}\n"
)
_DERIVED = {LOAD_DATE: INGESTED_AT, RECORD_SOURCE: SOURCE}
_DERIVED_OF_CHANGES = {**_DERIVED, SOURCE_LSN: "_lsn", SOURCE_POSITION: "_position"}
_WIDTH = 110


def model_texts(vault: ContractVault) -> Iterator[tuple[str, str]]:
    """The files of one contract's models: path below its folder, and text."""
    for part in vault.parts:
        if part.stage.versions:
            yield f"staging/{part.stage.versions}.sql", _versions(vault, part.stage)
        yield f"staging/{part.stage.name}.sql", _stage(vault, part.stage)
        for mention in part.mentions:
            yield f"staging/{mention.name}.sql", _mention(mention)
        yield from ((f"raw_vault/{name}.sql", text) for name, text in _tables(part))


def _tables(part: Part) -> Iterator[tuple[str, str]]:
    if part.hub:
        yield part.hub.name, _hub(part.hub)
    for link in part.links:
        yield link.name, _link(link)
    for satellite in part.satellites:
        yield satellite.name, _satellite(satellite)


def _versions(vault: ContractVault, stage: Stage) -> str:
    key = _text(", ".join(map(_column, stage.key)))
    call = f"hallmark.change_versions(source({_text(vault.source)}, {_text(stage.table)}), {key})"
    return f"{_EPHEMERAL}{{{{ {call} }}}}\n"


def _stage(vault: ContractVault, stage: Stage) -> str:
    source = _text(stage.versions) if stage.versions else f"{{{_text(vault.source)}: {_text(stage.table)}}}"
    derived = _DERIVED_OF_CHANGES if stage.versions else _DERIVED
    lines = [f"    {_text(name)}: {_text(value)},\n" for name, value in derived.items()]
    hashes = []
    for each in stage.hashes:
        columns = _names(each.columns, indent=8 if each.is_hashdiff else 4)
        if each.is_hashdiff:
            hashes.append(
                f"    {_text(each.name)}: {{\n        'is_hashdiff': true,\n        'columns': {columns},\n    }},\n"
            )
        else:
            only = _text(each.columns[0]) if len(each.columns) == 1 else columns
            hashes.append(f"    {_text(each.name)}: {only},\n")
    return (
        f"{_EPHEMERAL}"
        f"{{%- set derived_columns = {{\n{''.join(lines)}}} -%}}\n"
        f"{{%- set hashed_columns = {{\n{''.join(hashes)}}} -%}}\n"
        + _call(
            "stage",
            include_source_columns="true",
            source_model=source,
            derived_columns="derived_columns",
            hashed_columns="hashed_columns",
        )
    )


def _mention(mention: Mention) -> str:
    columns = [f"    {_column(own)} as {_column(theirs)},\n" for own, theirs in mention.columns]
    return (
        f"{_EPHEMERAL}select\n{''.join(columns)}    {LOAD_DATE},\n    {RECORD_SOURCE}\n"
        f"from {{{{ ref({_text(mention.stage)}) }}}}\n"
    )


def _hub(hub: Hub) -> str:
    return _TABLE + _call(
        "hub",
        src_pk=_text(hub.key),
        src_nk=_names(hub.business_key),
        src_ldts=_text(LOAD_DATE),
        src_source=_text(RECORD_SOURCE),
        source_model=_names(hub.sources),
    )


def _link(link: Link) -> str:
    return _TABLE + _call(
        "link",
        src_pk=_text(link.key),
        src_fk=_names([each.column for each in link.foreign]),
        src_ldts=_text(LOAD_DATE),
        src_source=_text(RECORD_SOURCE),
        source_model=_text(link.source),
    )


def _satellite(satellite: Satellite) -> str:
    order = {
        "src_eff": _text(EFFECTIVE_FROM),
        "src_order": _names(order_of_changes()),
    }
    return _TABLE + _call(
        "sat",
        src_pk=_text(satellite.key),
        src_hashdiff=_text(satellite.hashdiff),
        src_payload=_names(satellite.payload),
        **(order if satellite.of_changes else {}),
        src_ldts=_text(LOAD_DATE),
        src_source=_text(RECORD_SOURCE),
        source_model=_text(satellite.source),
    )


def order_of_changes() -> tuple[str, ...]:
    """What orders versions of one instant, where they come from change events."""
    return (SOURCE_LSN, SOURCE_POSITION, IS_DELETED)


def _call(macro: str, **arguments: str) -> str:
    lines = [f"    {name}={value},\n" for name, value in arguments.items()]
    return f"{{{{ hallmark.{macro}(\n{''.join(lines)}) }}}}\n"


def _names(names: Sequence[str], *, indent: int = 4) -> str:
    """A list of names, in lines where one is too short for it."""
    parts = [*map(_text, names)]
    flat = f"[{', '.join(parts)}]"
    if indent + len(flat) + 20 <= _WIDTH:
        return flat
    pad = " " * indent
    return "[\n" + "".join(f"{pad}    {part},\n" for part in parts) + f"{pad}]"


def _text(value: str) -> str:
    """A text of Jinja; names of the contract are plain, so nothing in it needs care but a quote."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _column(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)
