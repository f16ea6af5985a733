"""Quarantined rows for a person's eyes: reasons first, personal values masked. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hallmark.contracts.model import Property
from hallmark.contracts.quarantine import (
    OPEN,
    STATUS,
    STATUS_AT,
    STATUS_BY,
    STATUS_CONTRACT,
    STATUS_REASON,
    STATUS_RUN,
    bronze_names,
)
from hallmark.lakehouse.names import (
    BRONZE_METADATA,
    ERRORS,
    FILE,
    INGESTED_AT,
    LOAD_ID,
    MASK,
    RESCUED,
    RESCUED_COLUMNS,
    SOURCE,
    WARNINGS,
    bronze_column,
)
from hallmark.pipelines.quarantine_plan import Door

_LONGEST = 400
# May hold any value of a source, also one that the contract has a column for.
_UNREAD = frozenset({RESCUED, RESCUED_COLUMNS, "_key", "_headers"})
_EVENT_JSON = ("key", "value")
_STATUS_FACTS = (STATUS_AT, STATUS_BY, STATUS_RUN, STATUS_CONTRACT, STATUS_REASON)


@dataclass(frozen=True)
class Masks:
    """What must not be shown.

    Attributes:
        columns: bronze columns, lower case.
        fields: fields of a change event, whatever image of the row they stand in.
        properties: the contract's columns whose values in reasons are hidden.
        everything: no contract is at hand that says what is personal: hide all data.
    """

    columns: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    everything: bool = False


def masks_of(door: Door | None) -> Masks:
    """What of a table's rows is personal by the contract as it is now."""
    if door is None:
        return Masks(everything=True)
    personal = door.personal
    if not personal:
        return Masks()
    names = frozenset(prop.name for prop in personal) | {RESCUED}
    sources = {source for prop in personal for source in (prop.source, *prop.source_columns)}
    if door.contract.is_cdc:
        return Masks(_UNREAD, frozenset(sources), names)
    columns = {bronze_column(source).lower() for source in sources} | _UNREAD
    return Masks(frozenset(columns | _in_transforms(personal)), properties=names)


def _in_transforms(personal: Iterable[Property]) -> set[str]:
    # A transform may read columns that no property is named after.
    return {word.lower() for prop in personal for word in re.findall(r"\w+", prop.transform or "")}


def masked(row: Mapping[str, Any], masks: Masks) -> dict[str, Any]:
    """The row of a quarantine table with personal values hidden; nulls stay nulls."""
    shown = dict(row)
    for name in _data(row):
        if row[name] is None:
            continue
        if masks.everything or name.lower() in masks.columns:
            shown[name] = MASK
        elif masks.fields and name in _EVENT_JSON:
            shown[name] = _masked_json(row[name], masks.fields)
    for verdicts in (ERRORS, WARNINGS):
        shown[verdicts] = [_masked_reason(each, masks) for each in row.get(verdicts) or []]
    return shown


def _masked_json(text: str, fields: frozenset[str]) -> str:
    try:
        return json.dumps(_without(json.loads(text), fields), ensure_ascii=False)
    except (ValueError, RecursionError):
        return MASK


def _without(document: Any, fields: frozenset[str]) -> Any:
    if isinstance(document, dict):
        return {
            key: MASK if key in fields and value is not None else _without(value, fields)
            for key, value in document.items()
        }
    return [_without(each, fields) for each in document] if isinstance(document, list) else document


def _masked_reason(reason: Mapping[str, Any], masks: Masks) -> dict[str, Any]:
    personal = masks.everything or not masks.properties.isdisjoint(reason["columns"] or ())
    return {**reason, "value": MASK if personal and reason["value"] is not None else reason["value"]}


def lines(row: Mapping[str, Any]) -> list[str]:
    """A row as lines of text: where it came from, its reasons, what became of it, its data."""
    head = f"load {row[LOAD_ID]}  source {row[SOURCE]}  ingested {row[INGESTED_AT]:%Y-%m-%d %H:%M:%S} UTC  {row[FILE]}"
    said = [f"  {each['message']}{_got(each['value'])}" for each in row[ERRORS]]
    said += [f"  warning: {each['message']}{_got(each['value'])}" for each in row[WARNINGS]]
    facts = "  ".join(str(row[name]) for name in _STATUS_FACTS if row.get(name) is not None)
    state = [f"  {row[STATUS]}: {facts}"] if row[STATUS] != OPEN else []
    data = {name: row[name] for name in _data(row) if row[name] is not None}
    shown = "  ".join(f"{name}={_bounded(str(value))}" for name, value in data.items())
    return [printable(line) for line in (head, *said, *state, f"  {shown}")]


def printable(text: str) -> str:
    r"""Text that does nothing to a terminal: what lands may hold escape sequences.

    >>> printable("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _data(row: Mapping[str, Any]) -> list[str]:
    return [name for name in bronze_names(row) if name not in BRONZE_METADATA or name == RESCUED]


def _got(value: str | None) -> str:
    return "" if value is None else f"  (got {value!r})"


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
