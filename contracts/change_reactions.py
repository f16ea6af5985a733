"""What becomes of broken rows by a contract's document: said by an element itself, else by those above it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hallmark.contracts.build_quality import WARNING_SEVERITIES
from hallmark.contracts.change_kinds import KINDS, Change
from hallmark.contracts.change_limits import TIMES
from hallmark.contracts.change_walk import Entry

_LIMITS = ("required", "unique", "range", "length", "pattern", "format")  # how the kinds of a property's rules begin


class Under(dict[str, Any]):
    """An entry that knows what those above it say of broken rows: the action, and how much of them a load bears."""

    action: str = "quarantine"
    fail_above: Any = None


def with_reactions(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with tables, properties and quality rules that know the reactions above them.

    >>> table = {"customProperties": [{"property": "onViolation", "value": "warn"}], "properties": [{"name": "a"}]}
    >>> reaction(with_reactions({"schema": [table]})["schema"][0]["properties"][0])
    'warn'
    """
    tables = document.get("schema")
    return {**document, "schema": [under(table) for table in tables]} if tables else dict(document)


def under(entry: Entry, action: str = Under.action, fail_above: Any = None) -> Under:
    """The entry below something with this reaction; what is in the entry is below the entry's own."""
    found = Under(entry)
    found.action, found.fail_above = action, fail_above
    own = reaction(found), tolerance(found)
    for key in ("properties", "quality"):
        if found.get(key):
            found[key] = [under(inner, *own) for inner in found[key]]
    if found.get("items"):
        found["items"] = under(found["items"], *own)
    return found


def customs(entry: Entry) -> dict[str, Any]:
    """The custom properties of an entry, by name."""
    return {str(item.get("property")): item.get("value") for item in entry.get("customProperties") or []}


def reaction(entry: Entry) -> str:
    """What becomes of rows that break the entry's rules; as `build_quality.read_rule` reads it."""
    is_warning = str(entry.get("severity", "error")).lower() in WARNING_SEVERITIES
    above = entry.action if isinstance(entry, Under) else Under.action
    return str(customs(entry).get("onViolation") or ("warn" if is_warning else above))


def tolerance(entry: Entry) -> Any:
    """How many broken rows a load bears; None where it bears any number."""
    above = entry.fail_above if isinstance(entry, Under) else Under.fail_above
    return customs(entry).get("failAbove", above)


def only_warns(*entries: Entry) -> bool:
    """Whether none of the entries' rules keeps a row out, be it alone or with its whole load."""
    return all(reaction(entry) == "warn" and tolerance(entry) is None for entry in entries)


def softened(found: Iterable[Change], old: Entry, new: Entry) -> Iterator[Change]:
    """The changes of a property's own rules, as those of warnings where they only warn before and after."""
    warns = only_warns(old, new)
    is_time = bool({old.get("logicalType"), new.get("logicalType")} & TIMES)
    for each_one in found:
        # A time's format is no rule: texts are read in another way.
        is_limit = each_one.kind.startswith(_LIMITS) and not (is_time and each_one.kind.startswith("format"))
        yield as_warning(each_one) if warns and is_limit else each_one


def as_warning(found: Change) -> Change:
    """A rule's change where the rule only warns."""
    how = next((how for how in ("Added", "Removed") if found.kind.endswith(how)), "Changed")
    kind = f"warningRule{how}"
    return replace(found, kind=kind, bump=KINDS[kind].bump)
