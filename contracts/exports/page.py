"""A page about a contract, before it is Markdown or HTML: sections of paragraphs, facts and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+")


@dataclass(frozen=True)
class Code:
    """Text that stands as it is: a name, a type, SQL."""

    text: str


@dataclass(frozen=True)
class Link:
    """Text that leads elsewhere: to a web address, or to another page beside this one (`page`: its stem)."""

    text: str
    to: str = ""
    page: str = ""


Span = str | Code | Link
Cell = tuple[Span, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    cell: Cell


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Grid:
    """A table; `indents` says by how many levels a row belongs to one above it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    indents: tuple[int, ...] = ()


Block = Paragraph | Facts | Grid


@dataclass(frozen=True)
class Section:
    """A part of a page; level 2 is below the title, level 3 below that."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True)
class Page:
    """A whole page; `origin` says who wrote it from what."""

    stem: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    origin: str


def plain(value: Any) -> str:
    """Any value of a document as text, the same in whatever order its keys were written.

    >>> plain({"b": [1, "x"], "a": True}), plain(None)
    ('a: true; b: 1, x', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        if set(value) == {"property", "value"}:
            return f"{plain(value['property'])}: {plain(value['value'])}"
        return "; ".join(f"{key}: {plain(value[key])}" for key in sorted(value, key=str))
    if isinstance(value, list | tuple):
        joint = "; " if any(isinstance(each, Mapping | list) for each in value) else ", "
        return joint.join("null" if each is None else '""' if each == "" else plain(each) for each in value)
    return str(value) if not isinstance(value, float) else json.dumps(value)


def cell(value: Any) -> Cell:
    """A value as a cell; web and mail addresses in it are links."""
    text = plain(value)
    spans: list[Span] = []
    end = 0
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?)")
        spans += [text[end : match.start()]] if match.start() > end else []
        spans.append(Link(address, address))
        end = match.start() + len(address)
    return (*spans, *([text[end:]] if end < len(text) else []))


def facts(entry: Mapping[str, Any], *, first: Sequence[str] = (), without: Iterable[str] = ()) -> tuple[Block, ...]:
    """The entries of a mapping as facts: those of `first` in their order, then the others by name."""
    left = [key for key in sorted(entry, key=str) if key not in first and key not in without]
    named = [key for key in first if key in entry]
    rows = tuple((words_of(key), cell(entry[key])) for key in (*named, *left) if entry[key] is not None)
    return (Facts(rows),) if rows else ()


def grid(entries: Sequence[Any], *, first: Sequence[str] = (), rest: str = "") -> tuple[Block, ...]:
    """Mappings as a table: a column for each key that any of them has; entries that are none stand alone.

    With `rest` the keys that are not in `first` share one column of that name.
    """
    mapped = [entry if isinstance(entry, Mapping) else {"value": entry} for entry in entries]
    if rest:
        mapped = [_with_rest(entry, first, rest) for entry in mapped]
    keys = {str(key) for entry in mapped for key in entry}
    columns = [key for key in first if key in keys] + sorted(keys - set(first))
    if not columns:
        return ()
    rows = tuple(tuple(cell(entry.get(key)) for key in columns) for entry in mapped)
    return (Grid(tuple(map(words_of, columns)), rows),)


def _with_rest(entry: Mapping[str, Any], first: Sequence[str], rest: str) -> Mapping[str, Any]:
    left = {key: value for key, value in entry.items() if key not in first}
    return {**{key: entry[key] for key in first if key in entry}, **({rest: left} if left else {})}


def without_empty(table: Grid) -> Grid:
    """The table less the columns in which no row has anything."""
    kept = [i for i in range(len(table.headers)) if any(row[i] for row in table.rows)]
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    return Grid(tuple(table.headers[i] for i in kept), rows, table.indents)


def words_of(key: str) -> str:
    """A key of the standard as words.

    >>> words_of("physicalName"), words_of("dataGranularityDescription"), words_of("id")
    ('Physical name', 'Data granularity description', 'Id')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(key))
    return words[:1].upper() + words[1:].lower() if words != words.upper() else words
