"""How servers, service levels, relationships and other lists of named things changed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from hallmark.contracts.change_kinds import Change, change
from hallmark.contracts.change_quality import compare_customs
from hallmark.contracts.change_walk import Entry, Group, by, each, join, level, pair, reordering, whole
from hallmark.contracts.units import SECONDS
from hallmark.contracts.values import same, shown

_LESS_IS_BETTER = frozenset({
    "latency", "freshness", "frequency", "errorrate", "timetodetect", "timetonotify", "timetorepair",
    "ly", "fy", "er", "td", "tn", "tr",
})  # fmt: skip
_MORE_IS_BETTER = frozenset({"retention", "availability", "throughput", "re", "av", "th"})
_SERVER_DOCUMENTATION = ("id", "description", "environment", "roles")


def compare_servers(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of a contract's servers, paired by name."""
    path = join(path, "servers")
    pairs = pair(old.get("servers") or [], new.get("servers") or [], by("server"))
    yield from reordering(pairs, path, lambda server: str(server.get("server")))
    for before, after in pairs.both:
        if not same(before, after):
            yield from _server(before, after, join(path, before.get("server")))
    for server in pairs.removed:
        yield change("serverRemoved", join(path, server.get("server")), server, None)
    for server in pairs.added:
        yield change("serverAdded", join(path, server.get("server")), None, server)


def _server(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    def read_options(old: Entry, new: Entry, path: str) -> Iterator[Change]:
        names = {str(item.get("property")) for entry in (old, new) for item in entry.get("customProperties") or []}
        return compare_customs(old, new, path, dict.fromkeys(names, "serverChanged"))

    keys = sorted({*old, *new} - {*_SERVER_DOCUMENTATION, "customProperties"})
    groups = (
        *each("documentationChanged", *_SERVER_DOCUMENTATION),
        *each("serverChanged", *keys),
        Group(("customProperties",), read_options),
    )
    return level(groups, old, new, path)


def compare_slas(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of a contract's service levels, paired by id, else by property and what it is about."""
    path = join(path, "slaProperties")
    pairs = pair(old.get("slaProperties") or [], new.get("slaProperties") or [], by("id"), by("property", "element"))
    yield from reordering(pairs, path, lambda sla: str(sla.get("property")))
    for before, after in pairs.both:
        if not same(before, after):
            yield from level(_SLA_GROUPS, before, after, join(path, before.get("property")))
    for sla in pairs.removed:
        yield change("slaRemoved", join(path, sla.get("property")), sla, None)
    for sla in pairs.added:
        yield change("slaAdded", join(path, sla.get("property")), None, sla)


def _promise(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = _amount(old), _amount(new)
    property_name = str(old.get("property")).lower()
    told = (path, _value_text(old), _value_text(new))
    if not same(old.get("property"), new.get("property")) or before is None or after is None or before[1] != after[1]:
        yield change("slaChanged", *told)
    elif before[0] != after[0]:
        grew = after[0] > before[0]
        if property_name in _LESS_IS_BETTER | _MORE_IS_BETTER:
            better = grew == (property_name in _MORE_IS_BETTER)
            yield change("slaTightened" if better else "slaLoosened", *told)
        else:
            yield change("slaChanged", *told)


def _amount(sla: Entry) -> tuple[Decimal, str] | None:
    unit = str(sla.get("unit") or "").lower()
    try:
        value = Decimal(str(sla.get("value")))
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return (value * SECONDS[unit], "s") if unit in SECONDS else (value, unit)


def _value_text(sla: Entry) -> str:
    return " ".join(str(sla[key]) for key in ("value", "unit") if sla.get(key) is not None)


_SLA_GROUPS = (
    Group(("property", "value", "unit"), _promise),
    *each("slaChanged", "valueExt", "element"),
    *each("documentationChanged", "id", "description", "driver"),
    *each("scheduleChanged", "schedule", "scheduler"),
)


def compare_relationships(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of a table's or property's foreign keys; those with the same `from` are one that changed."""
    path = join(path, "relationships")
    pairs = pair(old.get("relationships") or [], new.get("relationships") or [], by("id"), whole, _start)
    yield from reordering(pairs, path, _relationship_text)
    for before, after in pairs.both:
        yield from level(_RELATIONSHIP_GROUPS, before, after, path)
    for relationship in pairs.removed:
        yield change("relationshipRemoved", path, relationship, None)
    for relationship in pairs.added:
        yield change("relationshipAdded", path, None, relationship)


def _ends(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    if any(not same(_end(old, key), _end(new, key)) for key in ("type", "from", "to")):
        yield change("relationshipChanged", path, _relationship_text(old), _relationship_text(new))


def _start(relationship: Entry) -> str | None:
    return shown(_end(relationship, "from"))


def _end(relationship: Entry, key: str) -> Any:
    value = relationship.get(key)
    if key == "type":
        return value or "foreignKey"
    return [value] if isinstance(value, str) else value


def _relationship_text(relationship: Entry) -> str:
    ends = [", ".join(map(str, _end(relationship, key) or [])) for key in ("from", "to")]
    return f"{ends[0]} -> {ends[1]}".strip()


_RELATIONSHIP_GROUPS = (
    Group(("type", "from", "to"), _ends),
    *each("documentationChanged", "id", "description"),
    Group(("customProperties",), compare_customs),
)
