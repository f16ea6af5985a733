"""Quarantined rows for a person's eyes: reasons first, personal values masked. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    UNDECLARED,
    WARNINGS,
    bronze_column,
)
from hallmark.pipelines.quarantine_plan import Door

_LONGEST = 400
# May hold any value of a source, also one that the contract has a column for.
_UNREAD = frozenset({RESCUED, RESCUED_COLUMNS, UNDECLARED, "_key", "_headers"})
_EVENT_JSON = ("key", "value")
_STATUS_FACTS = (STATUS_AT, STATUS_BY, STATUS_RUN, STATUS_CONTRACT, STATUS_REASON)


@dataclass(frozen=True)
class Masks:
    """What must not be shown.

    Attributes:
        columns: bronze columns, lower case.
        fields: fields of a change event, whatever image of the row they stand in.
        properties: the contract's columns whose values in reasons are hidden.
        made_of: the columns or fields that each of the contract's columns is made of.
        read: the columns or fields that the contract reads. Of the others an older one may have said that they are
            personal: they are hidden, too.
        events: the rows are change events.
        everything: no contract is at hand that says what is personal: hide all data.
    """

    columns: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    made_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    events: bool = False
    everything: bool = False

    def of_row(self, row: Mapping[str, Any]) -> Masks:
        """With what the contract that judged the row called personal: its verdict hides such values."""
        verdicts = [each for name in (ERRORS, WARNINGS) for each in row.get(name) or []]
        hidden = {
            name.partition(".")[0] for each in verdicts if each["value"] == MASK for name in each["columns"] or ()
        }
        if not hidden:
            return self
        parts = {part for name in hidden for part in self.made_of.get(name, {name if self.events else _column(name)})}
        if self.events:
            return replace(self, fields=self.fields | parts, columns=self.columns | {RESCUED})
        return replace(self, columns=self.columns | parts | {RESCUED})

    def hides(self, column: str) -> bool:
        """Whether a bronze column is hidden whole."""
        name = column.lower()
        unread = not self.events and name != RESCUED and name not in self.read
        return self.everything or name in self.columns or unread


def masks_of(door: Door | None) -> Masks:
    """What of a table's rows is personal by the contract as it is now, or may have been by one before it."""
    if door is None:
        return Masks(everything=True)
    events = door.contract.is_cdc
    made_of = {prop.name: _parts(prop, events=events) for prop in door.properties}
    read = frozenset({part for parts in made_of.values() for part in parts} | _words(*door.looked_up_by))
    masks = Masks(made_of=made_of, read=read, events=events)
    personal = [prop.name for prop in door.properties if prop.holds_personal]
    if not personal:
        return masks
    hidden, names = frozenset(part for name in personal for part in made_of[name]), frozenset({*personal, RESCUED})
    if events:
        return replace(masks, columns=_UNREAD, fields=hidden, properties=names)
    return replace(masks, columns=hidden | _UNREAD, properties=names)


def _parts(prop: Property, *, events: bool) -> frozenset[str]:
    # A transform may read columns that no property is named after.
    sources = {prop.source, *prop.source_columns}
    return frozenset((sources if events else {_column(source) for source in sources}) | _words(prop.transform or ""))


def _column(source: str) -> str:
    return bronze_column(source).lower()


def _words(*texts: str) -> set[str]:
    return {word.lower() for text in texts for word in re.findall(r"\w+", text)}


def masked(row: Mapping[str, Any], masks: Masks) -> dict[str, Any]:
    """The row of a quarantine table with personal values hidden; nulls stay nulls."""
    shown, masks = dict(row), masks.of_row(row)
    for name in _data(row):
        if row[name] is None:
            continue
        if masks.hides(name):
            shown[name] = MASK
        elif masks.events and name in _EVENT_JSON:
            shown[name] = _masked_json(row[name], masks, key=name == "key")
    for verdicts in (ERRORS, WARNINGS):
        shown[verdicts] = [_masked_reason(each, masks) for each in row.get(verdicts) or []]
    return shown


def _masked_json(text: str, masks: Masks, *, key: bool) -> str:
    try:
        document = json.loads(text)
        hidden = masks.fields | (_fields(document, key=key) - masks.read)
        return json.dumps(_without(document, hidden), ensure_ascii=False) if hidden else text
    except (ValueError, RecursionError):
        return MASK if masks.fields else text


def _fields(document: Any, *, key: bool) -> set[str]:
    """The names of the fields in an event's images of the row, or in its key."""
    payload = document.get("payload", document) if isinstance(document, dict) else None
    if not isinstance(payload, dict):
        return set()
    images: list[Any] = [payload] if key else [payload.get("before"), payload.get("after")]
    return {name for image in images if isinstance(image, dict) for name in image}


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
