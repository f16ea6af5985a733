"""Columns of an ODCS document: types, options, units, nested objects and arrays."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_quality import REACTION_OPTIONS, custom_of, read_quality, read_reaction
from hallmark.contracts.build_units import read_lead, read_unit, refuse_misfitting_units
from hallmark.contracts.model import PERSONAL, Property, Quality, Reaction
from hallmark.contracts.physical import spark_type_of
from hallmark.contracts.regex import refuse_foreign
from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.lakehouse.names import identifier, quoted

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

PROPERTY_OPTIONS = ("unit", "sourceUnit", "sourceColumns", "maxLead", *REACTION_OPTIONS)
FORMATS = ("email", "uuid", "uri", "hostname", "ipv4", "ipv6", "binary", "byte")
_DOCUMENTED_FORMATS = ("password",)
_INTEGERS = {f"{sign}{bits}": (sign, bits) for sign in "iu" for bits in (8, 16, 32, 64, 128)}
_TIME_FORMAT = re.compile(r"[GyDMLdQqEFahKkHmsSVzOXxZ\[\] .,:/_T+-]+")  # the letters that Spark has
_NUMBER = re.compile(r"[+-]?(\d+[.]?\d*|[.]\d+)([eE][+-]?\d+)?")
_UTC = ("UTC", "Etc/UTC", "Z")


def read_property(
    entry: dict[str, Any], keys: Keys, build: Build, above: Reaction, *, nested: bool = False
) -> Property:
    """A column, or a field of an object, with all that is in it.

    Raises:
        ContractError: for what the standard allows and the compiler can't do.
    """
    name = read_name(str(entry["name"]), [*keys, "name"], build)
    logical = _logical_type(entry, keys, build)
    options = entry.get("logicalTypeOptions") or {}
    custom = custom_of(entry)
    for option in custom:  # a contract may carry any others; one that nearly has a name of ours is a slip of the pen
        if option not in PROPERTY_OPTIONS and (hint := did_you_mean(option, PROPERTY_OPTIONS)):
            build.warn(f"custom property {option!r} of {name} has no effect; {hint}", [*keys, "customProperties"])
    _tell_undone(entry, name, keys, build)
    if nested:
        _tell_undone_within(entry, name, keys, build)
    reaction = read_reaction(entry, above, keys, build)
    properties, items = _inner(entry, keys, build, reaction)
    prop = Property(
        name=name,
        source=entry.get("physicalName") or name,
        logical_type="string" if logical == "time" else logical,
        spark_type=_spark_type(entry, logical, keys, build, inner=(properties, items)),
        description=entry.get("description") or "",
        required=bool(entry.get("required")) or bool(entry.get("primaryKey")),
        key_position=_position(entry, "primaryKey"),
        minimum=_limit("minimum", options, logical, keys, build) or _least(options),
        maximum=_limit("maximum", options, logical, keys, build) or _most(options),
        exclusive_minimum=_limit("exclusiveMinimum", options, logical, keys, build),
        exclusive_maximum=_limit("exclusiveMaximum", options, logical, keys, build),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=_pattern(_given_pattern(options, logical), keys, build),
        format=_format(options, name, logical, keys, build),
        unit=read_unit("unit", custom, keys, build),
        source_unit=read_unit("sourceUnit", custom, keys, build),
        max_lead=read_lead(custom, keys, build),
        transform=entry.get("transformLogic"),
        source_columns=_source_columns(entry, custom),
        personal=str(entry.get("classification", "")).lower() in PERSONAL,
        unique=bool(entry.get("unique")) and not entry.get("primaryKey"),
        multiple_of=_text_of(options.get("multipleOf")),
        min_items=options.get("minItems"),
        max_items=options.get("maxItems"),
        unique_items=bool(options.get("uniqueItems")),
        min_properties=options.get("minProperties"),
        max_properties=options.get("maxProperties"),
        required_properties=_required_properties(options, properties, keys, build),
        items=items,
        properties=properties,
        quality=read_quality(entry, keys, build, above=reaction, column=name),
        reaction=reaction,
        partition_position=_position(entry, "partitioned", "partitionKeyPosition"),
        classification=entry.get("classification"),
        encrypted_name=entry.get("encryptedName"),
    )
    for rule in prop.quality:
        _refuse_misfitting_values(prop, rule, keys, build)
        if rule.metric == "invalidValues" and rule.arguments.get("pattern"):
            _pattern(str(rule.arguments["pattern"]), keys, build)
    refuse_misfitting_units(prop, keys, build)
    return prop


def read_name(name: str, keys: Keys, build: Build) -> str:
    """A name that can stand in SQL and as a folder."""
    try:
        return identifier(name, where=str(keys[-1]))
    except SettingsError as error:
        raise build.refuse("not a plain name", keys, got=repr(name), wanted=error.wanted) from None


def _logical_type(entry: dict[str, Any], keys: Keys, build: Build) -> str:
    logical = str(entry.get("logicalType") or "string")
    if logical == "object" and not entry.get("properties"):
        raise build.refuse(
            "an object without properties has no column type", keys, todo="list its properties, or take it as string"
        )
    if logical == "array" and not entry.get("items"):
        raise build.refuse("an array without items has no column type", keys, todo="say what its items are")
    return logical


def _tell_undone(entry: dict[str, Any], name: str, keys: Keys, build: Build) -> None:
    options = entry.get("logicalTypeOptions") or {}
    zone = options.get("defaultTimezone", "UTC")
    if zone not in _UTC:
        build.warn(f"defaultTimezone {zone!r} of {name} has no effect yet: times without a zone are UTC", keys)
    if options.get("timezone") is False:
        build.warn(f"timezone: false of {name} is documented: a zone in the text is read all the same", keys)
    if entry.get("encryptedName"):
        build.warn(f"encryptedName of {name} is documented: nothing is encrypted yet", [*keys, "encryptedName"])


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


def _limit(option: str, options: dict[str, Any], logical: str, keys: Keys, build: Build) -> str | None:
    limit = options.get(option)
    if limit is None:
        return None
    is_time = logical in {"date", "timestamp"}
    try:
        usable = datetime.fromisoformat(str(limit)) is not None if is_time else _finite(limit, logical)
    except ValueError:
        usable = False
    if not usable:
        raise build.refuse(
            f"the {option} can't be compared with",
            [*keys, "logicalTypeOptions", option],
            got=repr(limit),
            wanted="yyyy-MM-dd or yyyy-MM-dd hh:mm:ss" if is_time else "a finite number",
        )
    return str(limit)


def _finite(limit: Any, logical: str) -> bool:
    return logical == "time" or math.isfinite(limit)


def _least(options: dict[str, Any]) -> str | None:
    sign, bits = _INTEGERS.get(str(options.get("format")), ("", 0))
    return "0" if sign == "u" else str(-(2 ** (bits - 1))) if sign and bits < 64 else None


def _most(options: dict[str, Any]) -> str | None:
    sign, bits = _INTEGERS.get(str(options.get("format")), ("", 0))
    if not sign or bits >= 64:
        return None  # the column's type is the bound
    return str(2**bits - 1 if sign == "u" else 2 ** (bits - 1) - 1)


def _given_pattern(options: dict[str, Any], logical: str) -> str | None:
    pattern = options.get("pattern")
    if pattern is None and logical == "time" and "format" not in options:
        return r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$"
    return pattern


def _pattern(pattern: str | None, keys: Keys, build: Build) -> str | None:
    try:
        refuse_foreign(pattern or "")
    except ValueError as error:
        raise build.refuse(
            "the pattern is no regular expression",
            [*keys, "logicalTypeOptions", "pattern"],
            got=f"{pattern} ({error})",
        ) from None
    return pattern


def _format(options: dict[str, Any], name: str, logical: str, keys: Keys, build: Build) -> str | None:
    given = options.get("format")
    if given is None or logical in {"integer", "number"}:
        return None
    if logical in {"date", "timestamp"} and not _TIME_FORMAT.fullmatch(re.sub(r"'[^']*'", "", str(given))):
        where = [*keys, "logicalTypeOptions", "format"]
        raise build.refuse("the format is none of a time", where, got=given, wanted="such as yyyy-MM-dd HH:mm:ss")
    if logical in {"string", "time"} and given not in FORMATS:
        build.warn(f"format {given!r} of {name} is documented, not checked", [*keys, "logicalTypeOptions", "format"])
    return str(given)


def _source_columns(entry: dict[str, Any], custom: dict[str, Any]) -> tuple[str, ...]:
    own = [entry["physicalName"]] if entry.get("physicalName") else []
    if not own and not entry.get("transformLogic"):
        own = [entry["name"]]
    named = custom.get("sourceColumns") or []
    return tuple(dict.fromkeys([*own, *([named] if isinstance(named, str) else map(str, named))]))


def _required_properties(
    options: dict[str, Any], properties: tuple[Property, ...], keys: Keys, build: Build
) -> tuple[str, ...]:
    names = [prop.name for prop in properties]
    for name in options.get("required") or []:
        if name not in names:
            hint = did_you_mean(name, names) or None
            where = [*keys, "logicalTypeOptions", "required"]
            raise build.refuse("a required property that the object lacks", where, got=name, todo=hint)
    return tuple(options.get("required") or [])


def _text_of(number: Any) -> str | None:
    return None if number is None else str(number)


def _refuse_misfitting_values(prop: Property, rule: Quality, keys: Keys, build: Build) -> None:
    for value in rule.arguments.get("validValues") or ():
        if prop.logical_type in {"integer", "number"} and not _NUMBER.fullmatch(str(value)):
            raise build.refuse(
                "a valid value is no number", [*keys, "quality"], got=repr(value), wanted=prop.spark_type
            )
