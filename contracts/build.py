"""From an ODCS document to our model: what the compiler understands, and a word for each key that it does not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hallmark.contracts import units
from hallmark.contracts.model import (
    FORMATS,
    PERSONAL,
    Contract,
    Lookup,
    Property,
    SchemaObject,
    Server,
    ValidValues,
)
from hallmark.lakehouse.errors import ContractError, SettingsError, did_you_mean
from hallmark.lakehouse.names import identifier

Keys = Sequence[str | int]

READER_OPTIONS = {"csv": ("nullValue", "delimiter", "encoding", "multiLine"), "json": ("jsonLayout",)}
PROPERTY_OPTIONS = ("unit", "sourceUnit", "sourceColumns")
JSON_LAYOUTS = ("lines", "array", "map")
ENCODINGS = ("UTF-8", "ISO-8859-1", "US-ASCII", "UTF-16", "UTF-16BE", "UTF-16LE")  # those that Spark reads
_DEFAULT_TYPES = {
    "string": "string", "integer": "bigint", "number": "double", "boolean": "boolean", "date": "date",
    "timestamp": "timestamp",
}  # fmt: skip
_SPARK_TYPES = {
    "string": r"string", "integer": r"(tiny|small|big)?int", "number": r"double|float|decimal\(\d{1,2}, ?\d{1,2}\)",
    "boolean": r"boolean", "date": r"date", "timestamp": r"timestamp",
}  # fmt: skip
_LOOKUP_KEYS = ("table", "key", "expr")
_HISTORY_COLUMNS = frozenset({"valid_from", "valid_to", "is_current"})  # silver adds them to the tables of a stream
_OPTIONS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
)


@dataclass
class Build:
    """Where a document came from, and the warnings met on the way."""

    file: Path
    line: Callable[[Keys], int]
    warnings: list[str] = field(default_factory=list)

    def refuse(self, what: str, keys: Keys, **parts: Any) -> ContractError:
        """The error for the value at `keys`."""
        return ContractError(what, where=f"{self.file}:{self.line(keys)} ({'.'.join(map(str, keys))})", **parts)

    def warn(self, what: str, keys: Keys) -> None:
        """Note a key that has no effect yet: documented, never silent."""
        self.warnings.append(f"{self.file.name}:{self.line(keys)}: {what}")


def build_contract(content: dict[str, Any], build: Build) -> Contract:
    """Turn a document that holds the ODCS JSON schema into a `Contract`.

    Raises:
        ContractError: for what the standard allows and the compiler can't do.
    """
    contract_id = str(content["id"])
    domain, _, name = contract_id.rpartition(".")
    servers = tuple(_server(entry, ["servers", i], build) for i, entry in enumerate(content.get("servers") or []))
    named = [server.name for server in servers]
    for i, name_of_server in enumerate(named):
        if name_of_server in named[:i]:  # a source's progress is kept under its name
            raise build.refuse(f"server {name_of_server!r} is there twice", ["servers", i, "server"], todo="rename one")
    objects = tuple(_object(entry, ["schema", i], build) for i, entry in enumerate(content.get("schema") or []))
    if not objects:
        raise build.refuse("the contract describes no table", ["schema"], wanted="one schema object at least")
    contract = Contract(
        id=contract_id,
        name=_name(name, ["id"], build),
        version=str(content["version"]),
        domain=content.get("domain") or domain,
        servers=servers,
        objects=objects,
        file=build.file,
        warnings=tuple(build.warnings),
    )
    if not contract.is_cdc and len(objects) > 1:
        raise build.refuse(
            "several tables in one file source",
            ["schema", 1],
            wanted="one schema object",
            todo="one contract file a table",
        )
    for i, schema_object in enumerate(objects):
        if contract.is_cdc and not schema_object.key:
            raise build.refuse(
                "change events need a key", ["schema", i], wanted="primaryKey: true on one property at least"
            )
        for j, prop in enumerate(schema_object.properties if contract.is_cdc else ()):
            if prop.name.lower() in _HISTORY_COLUMNS:
                raise _refuse_column(prop.name, ["schema", i, "properties", j, "name"], build)
    return contract


def _name(name: str, keys: Keys, build: Build) -> str:
    try:
        return identifier(name, where=str(keys[-1]))
    except SettingsError as error:
        raise build.refuse("not a plain name", keys, got=repr(name), wanted=error.wanted) from None


def _custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item.get("value") for item in entry.get("customProperties") or []}


def _server(entry: dict[str, Any], keys: Keys, build: Build) -> Server:
    if entry["type"] != "local":
        raise build.refuse(f"servers of type {entry['type']!r} are not read yet", [*keys, "type"], wanted="local")
    name = _name(str(entry["server"]), [*keys, "server"], build)  # it names a folder, too
    path = str(entry.get("path", ""))
    for sign in ("**", "{", "[^"):
        if sign in path:
            raise build.refuse(f"`{sign}` is not read in a path", [*keys, "path"], todo="name the levels: a/*/b.csv")
    if path.startswith("/") or ".." in path.split("/"):
        raise build.refuse("the path leaves the data folder", [*keys, "path"], got=path, wanted="a path within it")
    if entry.get("format") not in FORMATS:
        raise build.refuse("unknown format", [*keys, "format"], got=entry.get("format"), wanted=", ".join(FORMATS))
    options = _custom(entry)
    known_options = READER_OPTIONS.get(entry["format"], ())
    for option in options:
        if option not in known_options:
            hint = did_you_mean(option, known_options) or f"known: {', '.join(known_options) or 'none'}"
            what = f"unknown reader option {option!r} of format {entry['format']}"
            raise build.refuse(what, [*keys, "customProperties"], todo=hint)
    for option, default, known in (("jsonLayout", "lines", JSON_LAYOUTS), ("encoding", "UTF-8", ENCODINGS)):
        value = str(options.get(option, default))
        if value not in known and value.upper() not in known:
            keys = [*keys, "customProperties"]
            raise build.refuse(f"unknown {option}", keys, got=value, wanted=", ".join(known))
    return Server(
        name,
        path,
        entry["format"],
        {key: str(value) for key, value in options.items()},
    )


def _object(entry: dict[str, Any], keys: Keys, build: Build) -> SchemaObject:
    name = _name(entry["name"], [*keys, "name"], build)
    properties = tuple(
        _property(item, [*keys, "properties", i], build) for i, item in enumerate(entry.get("properties") or [])
    )
    seen: set[str] = set()
    for i, prop in enumerate(properties):
        # Technical columns start with an underscore: ours, and those of the tools that come after us.
        if prop.name.lower() in seen or prop.name.startswith("_"):
            raise _refuse_column(prop.name, [*keys, "properties", i, "name"], build)
        seen.add(prop.name.lower())
    if not properties:
        raise build.refuse("the table has no columns", [*keys, "properties"], wanted="one property at least")
    lookups = _lookups(entry, [*keys, "customProperties"], build)
    if entry.get("quality"):
        build.warn(f"quality rules of the whole table {name} are documented, not run yet", [*keys, "quality"])
    return SchemaObject(name, entry.get("physicalName") or name, properties, lookups, entry.get("description") or "")


def _refuse_column(name: str, keys: Keys, build: Build) -> ContractError:
    return build.refuse(f"column {name!r} twice or reserved", keys, todo="rename it")


def _lookups(entry: dict[str, Any], keys: Keys, build: Build) -> tuple[Lookup, ...]:
    named = _custom(entry).get("lookups") or []
    for item in named if isinstance(named, list) else [named]:
        if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in _LOOKUP_KEYS):
            raise build.refuse(
                "a lookup can't be used", keys, got=item, wanted="a list of {table: ..., key: ..., expr: ...}"
            )
    return tuple(
        Lookup(_name(item["table"], keys, build), _name(item["key"], keys, build), item["expr"]) for item in named
    )


def _property(entry: dict[str, Any], keys: Keys, build: Build) -> Property:
    name = _name(entry["name"], [*keys, "name"], build)
    logical = entry.get("logicalType") or "string"
    if logical not in _DEFAULT_TYPES:
        raise build.refuse(
            f"logicalType {logical!r} has no column type yet",
            [*keys, "logicalType"],
            wanted=", ".join(_DEFAULT_TYPES),
            todo="take it as string (JSON text)",
        )
    options = entry.get("logicalTypeOptions") or {}
    for option in set(options) - set(_OPTIONS):
        build.warn(f"logicalTypeOptions.{option} of {name} has no effect yet", [*keys, "logicalTypeOptions", option])
    if "format" in options and logical == "string":
        build.warn(
            f"format {options['format']!r} of {name} is documented, not checked",
            [*keys, "logicalTypeOptions", "format"],
        )
    if entry.get("unique") and not entry.get("primaryKey"):
        build.warn(f"unique on {name} is documented, not checked", [*keys, "unique"])
    custom = _custom(entry)
    for option in custom:  # a contract may carry any others; one that nearly has a name of ours is a slip of the pen
        if option not in PROPERTY_OPTIONS and (hint := did_you_mean(option, PROPERTY_OPTIONS)):
            build.warn(f"custom property {option!r} of {name} has no effect; {hint}", [*keys, "customProperties"])
    prop = Property(
        name=name,
        source=entry.get("physicalName") or name,
        logical_type=logical,
        spark_type=_spark_type(entry, logical, keys, build),
        description=entry.get("description") or "",
        required=bool(entry.get("required")) or bool(entry.get("primaryKey")),
        key_position=entry.get("primaryKeyPosition", 1) if entry.get("primaryKey") else None,
        minimum=_limit("minimum", options, logical, keys, build),
        maximum=_limit("maximum", options, logical, keys, build),
        exclusive_minimum=_limit("exclusiveMinimum", options, logical, keys, build),
        exclusive_maximum=_limit("exclusiveMaximum", options, logical, keys, build),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=_pattern(options.get("pattern"), keys, build),
        format=options.get("format"),
        valid_values=_valid_values(entry, keys, build),
        unit=custom.get("unit"),
        source_unit=custom.get("sourceUnit"),
        transform=entry.get("transformLogic"),
        source_columns=_source_columns(entry, custom),
        personal=str(entry.get("classification", "")).lower() in PERSONAL,
    )
    _check_units(prop, keys, build)
    return prop


def _limit(option: str, options: dict[str, Any], logical: str, keys: Keys, build: Build) -> str | None:
    limit = options.get(option)
    if limit is None:
        return None
    is_time = logical in {"date", "timestamp"}
    try:
        usable = datetime.fromisoformat(str(limit)) is not None if is_time else math.isfinite(limit)
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


def _source_columns(entry: dict[str, Any], custom: dict[str, Any]) -> tuple[str, ...]:
    own = [entry["physicalName"]] if entry.get("physicalName") else []
    if not own and not entry.get("transformLogic"):
        own = [entry["name"]]
    named = custom.get("sourceColumns") or []
    return tuple(dict.fromkeys([*own, *([named] if isinstance(named, str) else map(str, named))]))


def _spark_type(entry: dict[str, Any], logical: str, keys: Keys, build: Build) -> str:
    named = str(entry.get("physicalType") or _DEFAULT_TYPES[logical]).lower().replace(" ", "")
    if not re.fullmatch(_SPARK_TYPES[logical], named):
        raise build.refuse(
            f"physicalType does not fit logicalType {logical}",
            [*keys, "physicalType"],
            got=named,
            wanted=_SPARK_TYPES[logical],
        )
    return named


def _pattern(pattern: str | None, keys: Keys, build: Build) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise build.refuse(
            "the pattern is no regular expression",
            [*keys, "logicalTypeOptions", "pattern"],
            got=f"{pattern} ({error})",
        ) from None
    return pattern


def _valid_values(entry: dict[str, Any], keys: Keys, build: Build) -> tuple[ValidValues, ...]:
    found = []
    for i, rule in enumerate(entry.get("quality") or []):
        values = (rule.get("arguments") or {}).get("validValues")
        if rule.get("metric") == "invalidValues" and values and rule.get("mustBe") == 0:
            severity = "warning" if rule.get("severity") in {"warning", "info"} else "error"
            if any(isinstance(value, bool) for value in values):
                raise build.refuse(
                    "YAML reads a valid value as true or false",
                    [*keys, "quality", i],
                    got=values,
                    todo='put it in quotes, such as "no"',
                )
            found.append(ValidValues(tuple(str(value) for value in values), severity))
        else:
            kind = rule.get("metric") or rule.get("type") or "text"
            build.warn(f"quality rule {kind!r} of {entry['name']} is documented, not run yet", [*keys, "quality", i])
    return tuple(found)


def _check_units(prop: Property, keys: Keys, build: Build) -> None:
    if prop.source_unit is None:
        return
    if prop.logical_type == "timestamp":
        if prop.source_unit not in units.EPOCH_UNITS:
            raise build.refuse(
                "unknown unit of time since epoch",
                [*keys, "customProperties"],
                got=prop.source_unit,
                wanted=", ".join(units.EPOCH_UNITS),
            )
        return
    try:
        units.factor(prop.source_unit, prop.unit or prop.source_unit)
    except ValueError as error:
        raise build.refuse(
            "the units don't fit", [*keys, "customProperties"], got=error, todo="mend unit or sourceUnit"
        ) from None
