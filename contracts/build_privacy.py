"""How a contract says which values are protected before they are first written, and what of it can't hold.

A property's custom property `protection` says it; else its `classification`, by the map `protection` of its table or of
the contract; else `encryptedName` alone asks for a pseudonym. Silver then has the column `encryptedName`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_property import read_name
from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.checks import Check
from hallmark.contracts.model import DataSubject, Property, Protection, Quality, SchemaObject
from hallmark.lakehouse.errors import did_you_mean
from hallmark.lakehouse.names import bronze_column
from hallmark.lakehouse.words import by_number, many

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "pseudonym": ("domain",), "encrypt": (), "redact": ("constant",),
    "truncate": ("characters", "unit", "prefix", "step"), "none": (),
}  # fmt: skip
_UNITS = ("year", "month", "day", "hour", "minute")
_PREFIXES = (8, 16, 24)
_TRUNCATED = {
    "characters": ("string",),
    "unit": ("date", "timestamp"),
    "prefix": ("string",),
    "step": ("integer", "number"),
}
_FORM = (
    "minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "min_length", "max_length", "pattern", "format",
    "multiple_of", "unit", "source_unit", "max_lead",
)  # fmt: skip
_NOTHING = frozenset({None, ""})
TABLE_PRIVACY = ("protection", "dataSubject")
"""Custom properties of a table."""


def read_privacy(
    table: SchemaObject, entry: Mapping[str, Any], keys: Keys, build: Build, *, lands: bool
) -> SchemaObject:
    """The table with the protections that its contract asks for; columns have the name that their values have then.

    Args:
        table: the table without protections.
        entry: the table in the document.
        keys: where that is.
        build: the document.
        lands: whether rows land in bronze through the contract: elsewhere nothing is protected.

    Raises:
        ContractError: for a protection that can't be used, or a rule that can't hold for what it leaves.
    """
    entries = list(entry.get("properties") or [])
    if not lands:
        for i, item in enumerate(entries):
            if item.get("encryptedName"):
                where = [*keys, "properties", i, "encryptedName"]
                build.warn(f"encryptedName of {item['name']} is documented: no row lands through this contract", where)
        return table
    by_class = {**_by_class(build.document.content, [], build), **_by_class(entry, keys, build)}
    found = [_read(item, by_class, [*keys, "properties", i], build) for i, item in enumerate(entries)]
    table = replace(table, subject=_subject(table, entry, keys, build))
    properties = []
    for i, (prop, protection) in enumerate(zip(table.properties, found, strict=True)):
        where = [*keys, "properties", i]
        if protection is None:
            _tell_unused(prop, entries[i], by_class, where, build)
            properties.append(prop)
            continue
        _refuse_misfits(prop, protection, table, where, build)
        name = read_name(prop.encrypted_name, [*where, "encryptedName"], build) if prop.encrypted_name else prop.name
        quality = tuple(replace(rule, column=name) for rule in prop.quality)
        properties.append(replace(prop, name=name, protection=protection, personal=True, quality=quality))
    names = {old.name: new.name for old, new in zip(table.properties, properties, strict=True)}
    _refuse_twice([prop.name for prop in properties], keys, build)
    return _renamed(replace(table, properties=tuple(properties)), names)


def _renamed(table: SchemaObject, names: Mapping[str, str]) -> SchemaObject:
    tracked = tuple(names[name] for name in table.changes.track_history)

    def arguments(rule: Quality) -> Quality:
        columns = rule.arguments.get("properties")
        changed = {**rule.arguments, "properties": [names[name] for name in columns]} if columns else rule.arguments
        return replace(rule, arguments=changed)

    return replace(
        table,
        quality=tuple(map(arguments, table.quality)),
        changes=replace(table.changes, track_history=tracked),
        relationships=tuple(
            replace(each, columns=tuple(names[name] for name in each.columns)) for each in table.relationships
        ),
    )


def _by_class(entry: Mapping[str, Any], keys: Keys, build: Build) -> dict[str, Protection | None]:
    given = custom_of(entry).get("protection")
    where = [*keys, "customProperties"]
    if given is None:
        return {}
    if not isinstance(given, dict):
        wanted = "a method for each classification, such as {personal: pseudonym}"
        raise build.refuse("a protection can't be used", where, got=given, wanted=wanted)
    return {str(name).lower(): _protection(value, where, build) for name, value in given.items()}


def _read(
    entry: Mapping[str, Any], by_class: Mapping[str, Protection | None], keys: Keys, build: Build
) -> Protection | None:
    _refuse_nested(entry, by_class, keys, build)
    custom = custom_of(entry)
    if "protection" in custom:
        return _protection(custom["protection"], [*keys, "customProperties"], build)
    word = str(entry.get("classification", "")).lower()
    if word in by_class:
        return by_class[word]
    return Protection("pseudonym") if entry.get("encryptedName") else None


def _protection(given: Any, keys: Keys, build: Build) -> Protection | None:
    told = given if isinstance(given, dict) else {"method": given}
    method = str(told.get("method"))
    if method not in _ARGUMENTS:
        hint = did_you_mean(method, _ARGUMENTS) or None
        raise build.refuse("unknown protection", keys, got=method, wanted=", ".join(_ARGUMENTS), todo=hint)
    arguments = {name: value for name, value in told.items() if name != "method"}
    for name in arguments:
        if name not in _ARGUMENTS[method]:
            known = ", ".join(_ARGUMENTS[method]) or "none"
            raise build.refuse(f"unknown argument of {method}", keys, got=name, wanted=known)
    if method == "none":
        return None
    if method == "truncate" and len(arguments) != 1:
        raise build.refuse(
            "say what a value is truncated to", keys, got=given, wanted="one of " + ", ".join(_TRUNCATED)
        )
    for name, value in arguments.items():
        if wanted := _misuse(name, value):
            raise build.refuse(f"{name} of {method} can't be used", keys, got=value, wanted=wanted)
    if "step" in arguments:
        arguments["step"] = format(Decimal(str(arguments["step"])), "f")
    return Protection(method, **arguments)


def _misuse(name: str, value: Any) -> str | None:
    """What an argument must be, where it is not."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "unit":
        return None if value in _UNITS else ", ".join(_UNITS)
    if name == "prefix":
        return None if whole and value in _PREFIXES else "8, 16 or 24 (bits of an IPv4 address)"
    if name == "characters":
        return None if whole and value > 0 else "a whole number above 0"
    if name == "step":
        try:
            return None if not isinstance(value, bool) and 0 < Decimal(str(value)) < 10**12 else "a number above 0"
        except InvalidOperation:
            return "a number above 0"
    return None if isinstance(value, str) and value.strip() else "a text that is not empty"


def _subject(table: SchemaObject, entry: Mapping[str, Any], keys: Keys, build: Build) -> DataSubject | None:
    given = custom_of(entry).get("dataSubject")
    where = [*keys, "customProperties"]
    told = given if isinstance(given, dict) else {"property": given}
    if given is None:
        keyed = [prop for prop in table.properties if prop.key_position is not None]
        return DataSubject(keyed[0].source) if len(keyed) == 1 and not keyed[0].transform else None
    known = {prop.name: prop for prop in table.properties}
    name, domain = str(told.get("property")), told.get("domain", "default")
    if name not in known or known[name].transform or set(told) - {"property", "domain"} or _misuse("domain", domain):
        hint = did_you_mean(name, known) or "name the column that says whose row it is: {property: ..., domain: ...}"
        raise build.refuse("the data subject can't be used", where, got=given, todo=hint)
    return DataSubject(known[name].source, domain)


def _tell_unused(
    prop: Property, entry: Mapping[str, Any], by_class: Mapping[str, Protection | None], keys: Keys, build: Build
) -> None:
    if entry.get("encryptedName"):
        build.warn(f"encryptedName of {prop.name} is documented: its protection is none", [*keys, "encryptedName"])
    elif (
        by_class
        and prop.personal
        and "protection" not in custom_of(entry)
        and entry["classification"].lower() not in by_class
    ):
        build.warn(f"{prop.name} is {entry['classification']} and not protected", [*keys, "classification"])


def _refuse_nested(
    entry: Mapping[str, Any], by_class: Mapping[str, Protection | None], keys: Keys, build: Build
) -> None:
    inner = [(item, [*keys, "properties", i]) for i, item in enumerate(entry.get("properties") or [])]
    inner += [(entry["items"], [*keys, "items"])] if entry.get("items") else []
    for item, where in inner:
        named = custom_of(item).get("protection", "none") != "none" or item.get("encryptedName")
        if named or by_class.get(str(item.get("classification", "")).lower()):
            todo = "protect all of it: give the outer property logicalType string and a protection"
            raise build.refuse("a value within an object or array can't be protected by itself", where, todo=todo)
        _refuse_nested(item, by_class, where, build)


def _refuse_twice(names: list[str], keys: Keys, build: Build) -> None:
    lower = [name.lower() for name in names]
    for name in names:
        if lower.count(name.lower()) > 1 or name.startswith("_"):
            raise build.refuse(f"column {name!r} twice or reserved", [*keys, "properties"], todo="rename it")


def _refuse_misfits(prop: Property, protection: Protection, table: SchemaObject, keys: Keys, build: Build) -> None:
    for why in (*_misfits(prop, protection, table.subject), *_other_readers(prop, table)):
        todo = "mend one; rules are judged behind bronze, where the value itself is not known any more"
        raise build.refuse(f"{prop.name} can't be protected like that", keys, got=why, todo=todo)
    if protection.method == "truncate" and (_forms(prop) or _value_rules(prop)):
        build.warn(f"the rules of {prop.name} judge what truncation leaves of a value", keys)


def _misfits(prop: Property, protection: Protection, subject: DataSubject | None) -> Iterator[str]:
    """Why a property's type and rules can't hold for its protected values."""
    method, single = protection.method, prop.key_position is not None or prop.unique or _is_unique(prop)
    kind = "time" if prop.clock else prop.logical_type
    if prop.transform:
        yield "transformLogic: it would read the protected value"
    if len(prop.source_columns) > 1:
        yield "several sourceColumns: protection is of one field of the source"
    if method in {"pseudonym", "encrypt"} and kind != "string":
        yield f"logicalType {kind}: what {method} leaves is a text (string)"
    if method in {"encrypt", "redact", "truncate"} and single:
        yield f"a key or unique: {method} can't tell whether two values are the same (pseudonym can)"
    if method == "encrypt" and subject is None:
        yield "no data subject: name the column of the person with the custom property dataSubject of the table"
    if method == "redact" and kind != "string" and (prop.required or protection.constant):
        yield f"redact of a {kind}: it leaves null, no value"
    if method == "truncate":
        yield from _truncated_misfits(prop, protection, kind)
    else:
        for form in (*_forms(prop), *_value_rules(prop)):
            yield f"{form}: {method} leaves nothing that it could judge"


def _truncated_misfits(prop: Property, protection: Protection, kind: str) -> Iterator[str]:
    (name,) = [name for name in _TRUNCATED if getattr(protection, name) is not None]
    if kind not in _TRUNCATED[name]:
        yield f"logicalType {kind}: truncation to {name} is of {' or '.join(_TRUNCATED[name])}"
    if name == "unit" and (prop.format or (prop.logical_type == "date" and protection.unit in {"hour", "minute"})):
        yield (
            f"format {prop.format}: times in a format of their own are not truncated"
            if prop.format
            else "a date has no hours"
        )
    if name == "unit" and prop.source_unit:
        yield f"sourceUnit {prop.source_unit}: numbers that stand for times are not truncated"
    if name == "step" and prop.logical_type == "integer" and "." in str(protection.step):
        yield f"step {protection.step}: whole numbers need a whole step"
    if name == "characters" and prop.min_length is not None and prop.min_length > (protection.characters or 0):
        left = protection.characters or 0
        yield f"minLength {prop.min_length}: {many(left, 'character')} {by_number(left, 'is', 'are')} left"


def _other_readers(prop: Property, table: SchemaObject) -> Iterator[str]:
    if prop.source in table.changes.row_fields:
        yield f"sequenceBy reads the same field {prop.source}, and would get the protected value"
    field = bronze_column(prop.source).lower()
    for other in table.properties:
        words = {word.lower() for word in re.findall(r"\w+", other.transform or "")}
        if other is not prop and field in {*(bronze_column(name).lower() for name in other.source_columns), *words}:
            yield f"{other.name} reads the same field {prop.source}, and would get the protected value"


def _forms(prop: Property) -> list[str]:
    """The options that judge what a value looks like; a length of one at least is left, it only asks for a value."""
    given = [name for name in _FORM if getattr(prop, name) is not None]
    if prop.min_length is not None and prop.min_length <= 1:
        given.remove("min_length")
    return [re.sub(r"_(\w)", lambda letter: letter.group(1).upper(), name) for name in given]


def _value_rules(prop: Property) -> list[str]:
    return [rule.metric or rule.kind for rule in prop.quality if not _holds_protected(rule)]


def _holds_protected(rule: Quality) -> bool:
    check = rule.arguments.get("check")
    if isinstance(check, Check):
        return check.name == "notnull"
    if rule.metric == "missingValues":
        return set(rule.arguments.get("missingValues") or ()) <= _NOTHING
    return rule.kind in {"text", "sql"} or rule.metric in {"nullValues", "duplicateValues", "rowCount"}


def _is_unique(prop: Property) -> bool:
    return any(rule.metric == "duplicateValues" for rule in prop.quality)
