"""How tables and properties changed: the heart of the comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hallmark.contracts.change_kinds import Change, change
from hallmark.contracts.change_limits import TIMES, flag, lead_change, option_groups, options_of
from hallmark.contracts.change_quality import compare_customs, compare_quality
from hallmark.contracts.change_reactions import customs, only_warns, reaction, softened, tolerance, under
from hallmark.contracts.change_terms import compare_relationships
from hallmark.contracts.change_types import relation, width_of
from hallmark.contracts.change_walk import Compare, Entry, Group, Pairs, by, each, join, level, pair, reordering
from hallmark.contracts.model import is_personal
from hallmark.contracts.values import same

_DOCUMENTATION = ("id", "description", "businessName", "tags", "authoritativeDefinitions")
_LISTS = {  # keys that make a list of the properties: what the list is called, its members, their places
    "keyChanged": ("primaryKey", "primaryKeyPosition"),
    "partitioningChanged": ("partitioned", "partitionKeyPosition"),
}
_TYPE = ("logicalType", "physicalType")
_OF_RULES = ("required", "ruled", "unique", "range", "length", "pattern", "formatAdded", "qualityRule")
_OF_THE_LIST = ("name", *(key for keys in _LISTS.values() for key in keys))


def compare_tables(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of a contract's tables; a table with the same id or physicalName under another name is renamed."""
    path = join(path, "schema")
    pairs = pair(old.get("schema") or [], new.get("schema") or [], by("id"), by("name"), by("physicalName"))
    yield from reordering(pairs, path, _name)
    for before, after in pairs.both:
        where = join(path, _name(before))
        if _name(before) != _name(after):
            yield change("tableRenamed", where, _name(before), _name(after))
        yield from level(_TABLE_GROUPS, before, after, where, elsewhere=("name",))
    for table in pairs.removed:
        yield change("tableRemoved", join(path, _name(table)), _columns(table), None)
    for table in pairs.added:
        yield change("tableAdded", join(path, _name(table)), None, _columns(table))


def compare_properties(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of a table's or object's properties, and of the keys that they make together."""
    one, other = old.get("properties") or [], new.get("properties") or []
    pairs = pair(one, other, by("id"), by("name"), _source)
    yield from reordering(pairs, join(path, "properties"), _name)
    for kind, keys in _LISTS.items():
        yield from _list_changes(kind, keys, pairs, (one, other), path)
    for before, after in pairs.both:
        where = join(path, _name(before))
        if _name(before) != _name(after):
            yield change("propertyRenamed", where, _name(before), _name(after))
        yield from _property(before, after, where)
    for prop in pairs.removed:
        yield change("propertyRemoved", join(path, _name(prop)), _summary(prop), None)
    for prop in pairs.added:
        yield change(_coming_kind(prop), join(path, _name(prop)), None, _summary(prop))


def _coming_kind(prop: Entry) -> str:
    if not only_warns(prop) and _required(prop):
        return "requiredPropertyAdded"
    rules = [rule for rule in prop.get("quality") or [] if not only_warns(rule)]
    if any(rule.get("metric") == "nullValues" and same(rule.get("mustBe"), 0) for rule in rules):
        return "requiredPropertyAdded"  # in other words
    return "ruledPropertyAdded" if _has_rules(prop) else "propertyAdded"


def _has_rules(prop: Entry) -> bool:
    """Whether more keeps rows out than the type: what a property of the same type gets by becoming this one."""
    kept = {key: prop[key] for key in ("name", "logicalType", "physicalType", "physicalName") if key in prop}
    width = {"logicalTypeOptions": {"format": width_of(prop)}} if width_of(prop) else {}
    bare = under({**kept, **width}, reaction(prop), tolerance(prop))
    found = _property(bare, prop, "")
    is_ruled = any(each_one.breaking and each_one.kind.startswith(_OF_RULES) for each_one in found)
    return is_ruled or bool(prop.get("items") and _has_rules(prop["items"]))


def _list_changes(
    kind: str, keys: tuple[str, str], pairs: Pairs, lists: tuple[Sequence[Entry], Sequence[Entry]], path: str
) -> Iterator[Change]:
    before, after = (_listed(entries, keys) for entries in lists)
    renamed = {_name(old): _name(new) for old, new in pairs.both}
    path = join(path, keys[0])
    if [renamed.get(name) for name in before] != after:
        yield change(kind, path, before or None, after or None)
        return
    for old, new in pairs.both:
        for key in keys:
            if not same(old.get(key), new.get(key)):
                yield change("rewritten", join(path, f"{_name(old)}.{key}"), old.get(key), new.get(key))


def _listed(entries: Sequence[Entry], keys: tuple[str, str]) -> list[str]:
    found = [(entry.get(keys[1]) or 1, _name(entry)) for entry in entries if entry.get(keys[0])]
    return [name for _, name in sorted(found)]


def _property(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    return level(_PROPERTY_GROUPS, old, new, path, elsewhere=_OF_THE_LIST)


def _types(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    step = relation(old, new)
    kinds = {"wider": "typeWidened", "narrower": "typeNarrowed", "other": "typeChanged"}
    if step != "same":
        yield change(kinds[step], join(path, "type"), _type_text(old), _type_text(new))


def _type_text(entry: Entry) -> str:
    physical = ", ".join(filter(None, (entry.get("physicalType"), width_of(entry))))
    return f"{entry.get('logicalType') or 'string'}{f' ({physical})' if physical else ''}"


def _options(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    groups = option_groups(str(old.get("logicalType")), str(new.get("logicalType")))
    if width_of(old) or width_of(new):  # this format is a part of the type
        is_told = any(not same(old.get(key), new.get(key)) for key in _TYPE)
        formats = Group(("format",), lambda *_: () if is_told else _types(old, new, path))
        groups = (*(group for group in groups if group.keys != formats.keys), formats)
    return level(groups, options_of(old), options_of(new), join(path, "logicalTypeOptions"))


def _requiredness(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    if _required(old) != _required(new):
        kind = "requiredAdded" if _required(new) else "requiredRemoved"
        yield change(kind, join(path, "required"), old.get("required"), new.get("required"))


def _required(prop: Entry) -> bool:
    return bool(prop.get("required") or prop.get("primaryKey"))  # a key is never null


def _source_column(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    (before,), (after,) = _source(old), _source(new)
    if before != after:
        yield change("sourceColumnChanged", join(path, "physicalName"), before, after)


def _source(prop: Entry) -> tuple[str]:
    return (str(prop.get("physicalName") or prop.get("name")),)


def _classification(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = (bool(is_personal(prop.get("classification"))) for prop in (old, new))
    kind = "classificationChanged"
    if before != after:
        kind = "classificationTightened" if after else "classificationLoosened"
    yield change(kind, join(path, "classification"), old.get("classification"), new.get("classification"))


def _customs(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    found = list(_units(old, new, path))
    yield from found
    # Where the units mean the same, what is written of them may still differ.
    kind = "" if found else "rewritten"
    leads = list(lead_change(customs(old).get("maxLead"), customs(new).get("maxLead"), join(path, "maxLead")))
    yield from leads
    known = {"unit": kind, "sourceUnit": kind, "sourceColumns": "sourceColumnsChanged"}
    known["protection"] = "protectionChanged"
    yield from compare_customs(old, new, path, {**known, "maxLead": "" if leads else "rewritten"})


def _units(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = _unit_of(old), _unit_of(new)
    if not same(before, after):
        kind = "unitAdded" if before is None else "unitRemoved" if after is None else "unitChanged"
        yield change(kind, join(path, "unit"), before, after)
    sent, sends = (customs(prop).get("sourceUnit") or _unit_of(prop) for prop in (old, new))
    # A number that gets its unit, or loses it, is sent as before; a time that is sent since the epoch is not.
    is_told = (sent is None or sends is None) and same((before, after), (sent, sends))
    if not same(sent, sends) and not is_told:
        yield change("sourceUnitChanged", join(path, "sourceUnit"), sent, sends)


def _unit_of(prop: Entry) -> Any:
    custom = customs(prop)
    return custom.get("unit") or (None if prop.get("logicalType") in TIMES else custom.get("sourceUnit"))


def _items(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after, path = old.get("items"), new.get("items"), join(path, "items")
    if before and after:
        yield from level((*each("documentationChanged", "name"), *_PROPERTY_GROUPS), before, after, path)
        return
    if before or after:
        kind = "typeNarrowed" if after else "typeWidened"
        yield change(kind, path, _summary(before) if before else None, _summary(after) if after else None)


def _lookups(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    return compare_customs(
        old,
        new,
        path,
        {"lookups": "lookupsChanged", **dict.fromkeys(("protection", "dataSubject"), "protectionChanged")},
    )


def _softly(compare: Compare) -> Compare:
    return lambda old, new, path: softened(compare(old, new, path), old, new)


_PROPERTY_GROUPS = (
    *each("documentationChanged", *_DOCUMENTATION, "transformDescription", "transformSourceObjects", "examples"),
    *each("documentationChanged", "criticalDataElement"),
    Group(_TYPE, _types),
    Group(("logicalTypeOptions",), _softly(_options)),
    Group(("required",), _softly(_requiredness)),
    Group(("unique",), _softly(flag("unique", "uniqueAdded", "uniqueRemoved"))),
    Group(("physicalName",), _source_column),
    *each("transformChanged", "transformLogic"),
    *each("encryptedNameChanged", "encryptedName"),
    Group(("classification",), _classification),
    Group(("customProperties",), _softly(_customs)),
    Group(("quality",), compare_quality),
    Group(("relationships",), compare_relationships),
    Group(("properties",), compare_properties),
    Group(("items",), _items),
)
_TABLE_GROUPS = (
    *each("documentationChanged", *_DOCUMENTATION, "dataGranularityDescription"),
    *each("tableTypeChanged", "physicalType", "logicalType"),
    *each("sourceTableChanged", "physicalName"),
    Group(("properties",), compare_properties),
    Group(("quality",), compare_quality),
    Group(("relationships",), compare_relationships),
    Group(("customProperties",), _lookups),
)


def _name(entry: Entry) -> str:
    return str(entry.get("name"))


def _columns(table: Entry) -> str:
    return ", ".join(_name(prop) for prop in table.get("properties") or []) or "no columns"


def _summary(prop: Entry) -> str:
    return f"{_type_text(prop)}{', required' if _required(prop) else ''}"
