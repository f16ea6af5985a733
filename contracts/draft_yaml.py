"""A drafted contract as YAML that a person reads: stable order, the evidence as a comment at each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from hallmark.contracts.draft_rules import Draft, Said
from hallmark.contracts.model import Server
from hallmark.contracts.yamlfile import Dumper
from hallmark.lakehouse.words import by_number, many

_DEFAULTS = {"string": "string", "integer": "bigint", "number": "double", "boolean": "boolean"}
_LONGEST = 160


@dataclass(frozen=True)
class Head:
    """What stands above the columns: the contract's id (`domain.name`), its servers, and remarks on the whole draft."""

    id: str
    servers: tuple[Server, ...]
    source: str
    rows: int
    remarks: tuple[str, ...] = ()


def contract_text(head: Head, drafts: Sequence[Draft]) -> str:
    """The contract file's text."""
    domain, _, name = head.id.rpartition(".")
    them = by_number(head.rows, "it", "these")
    drawn = (
        f"Drafted from {many(head.rows, 'row')} of {head.source}: its rules hold for {them}, "
        "and nobody has confirmed them."
    )
    lines = [
        f"# Drafted from {_clean(head.source)}. What stands behind a # is the evidence; remove it when you agree.",
        *[f"# {_clean(remark)}" for remark in head.remarks],
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {scalar(head.id)}",
        "version: 0.1.0",
        "status: draft",
        f"domain: {scalar(domain)}",
        "description:",
        f"  limitations: {scalar(drawn)}",
        "servers:",
        *[f"  - {flow(_server(server))}" for server in head.servers],
        "schema:",
        f"  - name: {scalar(name)}",
        "    properties:",
        *[f"      {line}" for draft in drafts for line in _property(draft)],
    ]
    return "\n".join(lines) + "\n"


def _server(server: Server) -> dict[str, Any]:
    entry: dict[str, Any] = {"server": server.name, "type": "local", "path": server.path, "format": server.format}
    if server.options:
        entry["customProperties"] = [{"property": key, "value": value} for key, value in server.options.items()]
    return entry


def _property(draft: Draft) -> Iterator[str]:
    yield f"- name: {scalar(draft.name)}"
    for line in _entries(draft):
        yield f"  {line}"


def _entries(draft: Draft) -> Iterator[str]:
    kind = draft.kind
    for note in draft.notes:
        yield f"# {_clean(note)}"
    transform = kind.transform(draft.column)
    if draft.column != draft.name or transform:  # a transform alone would not say which column it needs
        yield f"physicalName: {scalar(draft.column)}"
    yield f"logicalType: {kind.logical}{_comment(kind.because)}"
    if kind.physical != _DEFAULTS.get(kind.logical, kind.physical):
        yield f"physicalType: {scalar(kind.physical)}"
    if draft.required:
        yield f"required: true{_comment(draft.required.because)}"
    if draft.key:
        yield f"primaryKey: true{_comment(draft.key.because)}"
        yield f"primaryKeyPosition: {draft.key.value}"
    if draft.personal:
        yield f"classification: {draft.personal.value}{_comment(draft.personal.because)}"
    yield from _options(draft.options or {})
    yield from _custom(draft)
    if transform:
        yield f"transformLogic: {scalar(transform)}"
        yield f"transformDescription: {scalar(f'{kind.null_word} stands for no value.')}"
    if draft.values:
        rule = {
            "type": "library",
            "metric": "invalidValues",
            "arguments": {"validValues": list(draft.values)},
            "mustBe": 0,
        }
        yield "quality:"
        yield f"  # {_clean(draft.values_because)}"
        yield f"  - {flow(rule)}"


def _options(options: Mapping[str, Said]) -> Iterator[str]:
    if options:
        yield "logicalTypeOptions:"
    for name, said in options.items():
        yield f"  {name}: {scalar(said.value)}{_comment(said.because)}"


def _custom(draft: Draft) -> Iterator[str]:
    custom = [("unit", draft.unit)] if draft.unit else []
    if draft.kind.epoch:
        custom.append(("sourceUnit", Said(draft.kind.epoch, "since 1970")))
    if custom:
        yield "customProperties:"
    for name, said in custom:
        yield f"  - {flow({'property': name, 'value': said.value})}{_comment(said.because)}"


def _comment(text: str) -> str:
    return f" # {_clean(text)}" if text else ""


def _clean(text: str) -> str:
    """One line of a comment: no control characters, not endless."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def scalar(value: Any) -> str:
    """A value as a YAML scalar that reads back as itself.

    >>> scalar("no"), scalar("a: b"), scalar(0), scalar("1e3"), scalar("^[0-9]{4}$")
    ("'no'", "'a: b'", '0', "'1e3'", '^[0-9]{4}$')
    """
    return flow(value)


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    text = _dumped(value, allow_unicode=True)
    # Line breaks, and what only looks like one: in double quotes they are escaped.
    return text if text.isprintable() else _dumped(value, allow_unicode=False, default_style='"')


def _dumped(value: Any, **how: Any) -> str:
    text: str = yaml.dump(value, Dumper=Dumper, default_flow_style=True, width=float("inf"), sort_keys=False, **how)
    return text.removesuffix("...\n").rstrip("\n")
