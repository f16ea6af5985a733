"""From an ODCS document to our model: what the compiler understands, and a word for each key that it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hallmark.contracts.build_changes import TABLE_OPTIONS, read_changes
from hallmark.contracts.build_postgres import refuse_hidden_watermark
from hallmark.contracts.build_privacy import TABLE_PRIVACY, read_privacy
from hallmark.contracts.build_property import read_expression, read_name, read_property
from hallmark.contracts.build_quality import (
    REACTION_OPTIONS,
    custom_of,
    read_quality,
    read_reaction,
    read_relationships,
    read_sla,
    warn_of_near_names,
)
from hallmark.contracts.build_server import has_no_header, read_server
from hallmark.contracts.build_undone import tell_undone
from hallmark.contracts.model import ChangeTerms, Contract, Document, Lookup, Reaction, SchemaObject, Server
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.names import bronze_column

Keys = Sequence[str | int]

_LOOKUP_KEYS = ("table", "key", "expr")
_OPTIONS = ("lookups", "vaultEntity", *TABLE_OPTIONS, *TABLE_PRIVACY, *REACTION_OPTIONS)
_HISTORY_COLUMNS = frozenset({"valid_from", "valid_to", "is_current"})  # silver adds them to the tables of a stream


@dataclass
class Build:
    """A document, whether rows are to land through it, and what was met on the way: see `Contract`."""

    document: Document
    ingest: bool = True
    warnings: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def refuse(self, what: str, keys: Keys, **parts: Any) -> ContractError:
        """The error for the value at `keys`."""
        where = f"{self.document.file}:{self.document.line(keys)} ({'.'.join(map(str, keys))})"
        return ContractError(what, where=where, **parts)

    def warn(self, what: str, keys: Keys) -> None:
        """Note a key that has no effect yet: documented, never silent."""
        self.warnings.append(self._at(what, keys))

    def tell_unchecked(self, what: str, keys: Keys) -> None:
        """Note what no run checks, though another command or another tool may."""
        self.unchecked.append(self._at(what, keys))

    def _at(self, what: str, keys: Keys) -> str:
        return f"{self.document.file.name}:{self.document.line(keys)}: {what}"


def build_contract(build: Build) -> Contract:
    """Turn the document, which holds the ODCS JSON schema, into a `Contract`.

    Raises:
        ContractError: for what the standard allows and the compiler can't do.
    """
    content = build.document.content
    contract_id = str(content["id"])
    domain, _, name = contract_id.rpartition(".")
    servers = tuple(read_server(entry, ["servers", i], build) for i, entry in enumerate(content.get("servers") or []))
    named = [server.name for server in servers]
    for i, name_of_server in enumerate(named):
        if name_of_server in named[:i]:  # a source's progress is kept under its name
            raise build.refuse(f"server {name_of_server!r} is there twice", ["servers", i, "server"], todo="rename one")
    lands = any(server.format != "delta" for server in servers)
    objects = tuple(
        read_privacy(_object(entry, ["schema", i], build), entry, ["schema", i], build, lands=lands)
        for i, entry in enumerate(content.get("schema") or [])
    )
    if not objects:
        raise build.refuse("the contract describes no table", ["schema"], wanted="one schema object at least")
    for i, server in enumerate(servers):
        if has_no_header(server) and len(objects) > 1:
            what = "files without a header are of one table"
            raise build.refuse(what, ["servers", i], got=f"{len(objects)} tables", todo="one contract file a table")
    contract = Contract(
        id=contract_id,
        name=read_name(name, ["id"], build) if build.ingest else name,  # it names tables; elsewhere a UUID will do
        version=str(content["version"]),
        domain=content.get("domain") or domain,
        servers=tuple(_with_columns(server, objects[0]) for server in servers),
        objects=objects,
        file=build.document.file,
        sla=read_sla(content, build),
        origin=build.document,
    )
    _refuse_misfits(contract, build)
    tell_undone(contract, build)
    return replace(contract, warnings=tuple(build.warnings), unchecked=tuple(build.unchecked))


def _with_columns(server: Server, table: SchemaObject) -> Server:
    """A server of files without a header, with the names of their fields: those that the contract has, in order."""
    if not has_no_header(server):
        return server
    own = [prop.source for prop in table.properties if prop.source in prop.source_columns]
    return replace(server, columns=tuple(bronze_column(name) for name in own))


def _refuse_misfits(contract: Contract, build: Build) -> None:
    compares = [i for i, each in enumerate(contract.servers) if each.snapshot and each.snapshot.mode == "changes"]
    if compares and len(contract.servers) > 1:
        what = "changes between snapshots have no order with what another server sends"
        raise build.refuse(what, ["servers", compares[0]], wanted="one server", todo="one contract file a server")
    refuse_hidden_watermark(contract, build)
    if build.ingest and not contract.is_cdc and len(contract.objects) > 1:
        raise build.refuse(
            "several tables in one file source",
            ["schema", 1],
            wanted="one schema object",
            todo="one contract file a table",
        )
    for i, schema_object in enumerate(() if contract.is_cdc else contract.objects):
        if schema_object.changes != ChangeTerms() or any(prop.wire_type for prop in schema_object.properties):
            options = ", ".join((*TABLE_OPTIONS, "debeziumType"))
            build.warn(f"{options} have no effect: {schema_object.name} has no change events", ["schema", i])
    for i, schema_object in enumerate(contract.objects if contract.is_cdc else ()):
        if not schema_object.key:
            raise build.refuse(
                "change events need a key", ["schema", i], wanted="primaryKey: true on one property at least"
            )
        for j, prop in enumerate(schema_object.properties):
            if prop.name.lower() in _HISTORY_COLUMNS:
                raise _refuse_column(prop.name, ["schema", i, "properties", j, "name"], build)


def _object(entry: dict[str, Any], keys: Keys, build: Build) -> SchemaObject:
    name = read_name(entry["name"], [*keys, "name"], build)
    reaction = read_reaction(entry, Reaction(), keys, build)
    warn_of_near_names(entry, _OPTIONS, name, keys, build)
    properties = tuple(
        read_property(item, [*keys, "properties", i], build, reaction)
        for i, item in enumerate(entry.get("properties") or [])
    )
    seen: set[str] = set()
    for i, prop in enumerate(properties):
        # Technical columns start with an underscore: ours, and those of the tools that come after us.
        if prop.name.lower() in seen or prop.name.startswith("_"):
            raise _refuse_column(prop.name, [*keys, "properties", i, "name"], build)
        seen.add(prop.name.lower())
    if not properties:
        raise build.refuse("the table has no columns", [*keys, "properties"], wanted="one property at least")
    names = tuple(prop.name for prop in properties)
    quality = read_quality(entry, keys, build, above=reaction)
    for rule in quality:
        for column in rule.arguments.get("properties") or ():
            if column not in names:
                raise build.refuse("a rule on a column that the table lacks", [*keys, "quality"], got=column)
    return SchemaObject(
        name=name,
        physical_name=entry.get("physicalName") or name,
        properties=properties,
        lookups=_lookups(entry, [*keys, "customProperties"], build),
        description=entry.get("description") or "",
        quality=quality,
        relationships=read_relationships(entry, names, keys, build),
        changes=read_changes(custom_of(entry), names, [*keys, "customProperties"], build),
    )


def _refuse_column(name: str, keys: Keys, build: Build) -> ContractError:
    return build.refuse(f"column {name!r} twice or reserved", keys, todo="rename it")


def _lookups(entry: dict[str, Any], keys: Keys, build: Build) -> tuple[Lookup, ...]:
    named = custom_of(entry).get("lookups") or []
    for item in named if isinstance(named, list) else [named]:
        if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in _LOOKUP_KEYS):
            raise build.refuse(
                "a lookup can't be used", keys, got=item, wanted="a list of {table: ..., key: ..., expr: ...}"
            )
        read_expression(item["expr"], "a lookup's expr", keys, build)
    return tuple(
        Lookup(read_name(item["table"], keys, build), read_name(item["key"], keys, build), item["expr"])
        for item in named
    )
