"""Columns of an ODCS document: types, options, units, nested objects and arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_changes import read_wire_type
from hallmark.contracts.build_options import read_options
from hallmark.contracts.build_quality import (
    REACTION_OPTIONS,
    custom_of,
    read_quality,
    read_reaction,
    warn_of_near_names,
)
from hallmark.contracts.build_units import read_lead, read_unit, refuse_misfitting_units
from hallmark.contracts.model import CLASSES, Property, Reaction, is_personal
from hallmark.contracts.physical import spark_type_of, text_width
from hallmark.contracts.sql import refuse_unfinished
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import identifier, quoted

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

PROPERTY_OPTIONS = ("unit", "sourceUnit", "sourceColumns", "maxLead", "debeziumType", "protection", *REACTION_OPTIONS)


def read_property(
    entry: dict[str, Any], keys: Keys, build: Build, above: Reaction, *, nested: bool = False
) -> Property:
    """A column, or a field of an object, with all that is in it.

    Raises:
        ContractError: for what the standard allows and the compiler can't do.
    """
    name = read_name(str(entry["name"]), [*keys, "name"], build)
    logical = _logical_type(entry, keys, build)
    custom = custom_of(entry)
    warn_of_near_names(entry, PROPERTY_OPTIONS, name, keys, build)
    if nested:
        _tell_undone_within(entry, name, keys, build)
    reaction = read_reaction(entry, above, keys, build)
    properties, items = _inner(entry, keys, build, reaction)
    spark_type = _spark_type(entry, logical, keys, build, inner=(properties, items))
    prop = Property(
        name=name,
        source=entry.get("physicalName") or name,
        logical_type="string" if logical == "time" else logical,
        spark_type=spark_type,
        clock=logical == "time",
        description=entry.get("description") or "",
        required=bool(entry.get("required")) or bool(entry.get("primaryKey")),
        key_position=_position(entry, "primaryKey"),
        unit=read_unit("unit", custom, keys, build),
        source_unit=read_unit("sourceUnit", custom, keys, build),
        max_lead=read_lead(custom, keys, build),
        transform=_transform(entry, keys, build),
        source_columns=_source_columns(entry, custom, keys, build),
        personal=_personal(entry, name, keys, build),
        unique=bool(entry.get("unique")) and not entry.get("primaryKey"),
        items=items,
        properties=properties,
        reaction=reaction,
        partition_position=_position(entry, "partitioned", "partitionKeyPosition"),
        classification=entry.get("classification"),
        encrypted_name=entry.get("encryptedName"),
        wire_type=read_wire_type(custom, logical, keys, build),
        **_longest(
            entry, logical, read_options(entry, keys, build, types=(logical, spark_type), properties=properties)
        ),
    )
    refuse_misfitting_units(prop, keys, build)
    return replace(prop, quality=read_quality(entry, keys, build, above=reaction, prop=prop))


def read_name(name: str, keys: Keys, build: Build) -> str:
    """A name that can stand in SQL and as a folder."""
    try:
        return identifier(name, where=str(keys[-1]))
    except SettingsError as error:
        raise build.refuse("not a plain name", keys, got=repr(name), wanted=error.wanted) from None


def _personal(entry: dict[str, Any], name: str, keys: Keys, build: Build) -> bool:
    given = entry.get("classification")
    found = is_personal(given)
    if found is None:
        text = f"classification {given!r} of {name} is not known: its values are shown in reasons; known: {CLASSES}"
        build.warn(text, [*keys, "classification"])
    return bool(found)


def _longest(entry: dict[str, Any], logical: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options, with the length of `varchar(5)` where it is the tighter one."""
    width = text_width(str(entry.get("physicalType") or "")) if logical == "string" else None
    given = options.get("max_length")
    return options if width is None else {**options, "max_length": width if given is None else min(width, given)}


def _logical_type(entry: dict[str, Any], keys: Keys, build: Build) -> str:
    logical = str(entry.get("logicalType") or "string")
    if logical == "object" and not entry.get("properties"):
        raise build.refuse(
            "an object without properties has no column type", keys, todo="list its properties, or take it as string"
        )
    if logical == "array" and not entry.get("items"):
        raise build.refuse("an array without items has no column type", keys, todo="say what its items are")
    return logical


def _transform(entry: dict[str, Any], keys: Keys, build: Build) -> str | None:
    given: str | None = entry.get("transformLogic")
    if given is None:
        return None
    return read_expression(given, "the transformLogic", [*keys, "transformLogic"], build)


def read_expression(given: str, about: str, keys: Keys, build: Build) -> str:
    """An SQL expression over the source's fields, as it stands; refused where Spark could not even read it."""
    try:
        refuse_unfinished(given)
    except ValueError as error:
        wanted = "an SQL expression over the source's fields"
        raise build.refuse(f"{about} can't be run", keys, got=error, wanted=wanted) from None
    return given


def _tell_undone_within(entry: dict[str, Any], name: str, keys: Keys, build: Build) -> None:
    if entry.get("unique") or entry.get("primaryKey"):
        build.warn(f"unique within an object or array ({name}) is documented, not checked", keys)
    if entry.get("quality"):
        build.warn(f"quality rules within an object or array ({name}) are documented, not run", keys)
    if entry.get("transformLogic"):
        build.warn(f"transformLogic within an object or array ({name}) has no effect", keys)


def _inner(
    entry: dict[str, Any], keys: Keys, build: Build, above: Reaction
) -> tuple[tuple[Property, ...], Property | None]:
    properties = tuple(
        read_property(item, [*keys, "properties", i], build, above, nested=True)
        for i, item in enumerate(entry.get("properties") or [])
    )
    items = entry.get("items")
    named = {"name": "item", **items} if items else None
    return properties, read_property(named, [*keys, "items"], build, above, nested=True) if named else None


def _spark_type(
    entry: dict[str, Any],
    logical: str,
    keys: Keys,
    build: Build,
    *,
    inner: tuple[tuple[Property, ...], Property | None],
) -> str:
    properties, items = inner
    if logical == "object":
        return f"struct<{', '.join(f'{quoted(prop.name)}: {prop.spark_type}' for prop in properties)}>"
    if logical == "array" and items is not None:
        return f"array<{items.spark_type}>"
    named, bits = entry.get("physicalType"), (entry.get("logicalTypeOptions") or {}).get("format")
    try:
        found = spark_type_of(logical, str(named) if named else None, str(bits) if bits else None)
    except ValueError as error:
        raise build.refuse(
            f"physicalType does not fit logicalType {logical}", [*keys, "physicalType"], got=named, wanted=error
        ) from None
    if found.unknown:
        build.warn(f"physicalType {named!r} is not known here; the column is {found.name}", [*keys, "physicalType"])
    return found.name


def _position(entry: dict[str, Any], flag: str, position: str = "primaryKeyPosition") -> int | None:
    if not entry.get(flag):
        return None
    given = int(entry.get(position, 1))
    return given if given > 0 else 1  # the standard's default, -1, stands for "not said"


def _source_columns(entry: dict[str, Any], custom: dict[str, Any], keys: Keys, build: Build) -> tuple[str, ...]:
    own = [entry["physicalName"]] if entry.get("physicalName") else []
    if not own and not entry.get("transformLogic"):
        own = [entry["name"]]
    given = custom.get("sourceColumns") or []
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise build.refuse("sourceColumns is no list of names", [*keys, "customProperties"], got=given)
    return tuple(dict.fromkeys([*own, *named]))
