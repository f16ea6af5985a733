"""All of a contract as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hallmark.contracts.exports.page import (
    Block,
    Cell,
    Code,
    Grid,
    Link,
    Page,
    Paragraph,
    Section,
    cell,
    facts,
    grid,
    plain,
    without_empty,
    words_of,
)
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import (
    MARK,
    consequence,
    file_stem,
    one_line,
    sensitivity,
    table_of,
    title_of,
    untold_words,
    written_by,
)
from hallmark.contracts.model import Contract, Property, SchemaObject
from hallmark.lakehouse.words import many

_APART = (
    "description", "schema", "servers", "slaProperties", "team", "roles", "support", "price", "customProperties",
    "authoritativeDefinitions", "name",
)  # fmt: skip
_LISTS = (  # title, key, columns that come first
    ("Service levels", "slaProperties", ("property", "value", "unit", "element", "driver", "description")),
    ("Servers", "servers", ("server", "type", "environment", "format", "path", "location", "description")),
    ("Roles", "roles", ("role", "access", "description")),
    ("Support", "support", ("channel", "tool", "scope", "url", "description")),
    ("Authoritative definitions", "authoritativeDefinitions", ("type", "url")),
    ("Further properties", "customProperties", ("property", "value")),
)
_MEMBERS = ("username", "name", "role", "description", "dateIn", "dateOut")
_IN_COLUMNS = (
    "name", "description", "logicalType", "required", "unique", "primaryKey", "primaryKeyPosition", "partitioned",
    "partitionKeyPosition", "classification", "properties", "items", "quality", "relationships",
)  # fmt: skip
_IN_RULES = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required",
)  # fmt: skip
_IN_TABLES = ("name", "description", "properties", "quality", "relationships")
_QUALITY = ("on", "name", "type", "dimension", "severity", "description")


def contract_page(contract: Contract) -> Page:
    """The page: what the contract says of tables, rules, people and service, in whatever order its keys stand."""
    document = contract.document
    about = document.get("description") or {}
    about = about if isinstance(about, Mapping) else {"purpose": about}
    sections = [
        Section("About", (*facts(about, first=("purpose", "usage", "limitations")), *_about(document))),
    ]
    for i, table in enumerate(contract.objects):
        sections += _table(contract, table, _entry(document, i))
    sections += _people(document)
    for title, key, first in _LISTS:
        sections += [Section(title, grid(_list(document.get(key)), first=first))] if document.get(key) else []
    if document.get("price"):
        sections.append(Section("Price", facts(document["price"])))
    if unsaid := untold_words(contract):
        sections.append(Section("Documented, without effect in hallmark", grid([{"what": words} for words in unsaid])))
    lead = f"Data contract {contract.id}, version {contract.version}, {document.get('status', 'without status')}."
    return Page(file_stem(contract), title_of(contract), one_line(lead), tuple(sections), written_by(contract))


def index_page(contracts: Sequence[Contract]) -> Page:
    """The page that leads to all others, by domain."""
    sections = []
    for domain in sorted({contract.domain for contract in contracts}):
        own = [contract for contract in contracts if contract.domain == domain]
        rows = tuple(_index_row(contract) for contract in sorted(own, key=lambda each: each.id))
        headers = ("Contract", "Id", "Version", "Status", "Tables", "Purpose")
        sections.append(Section(domain or "Without a domain", (Grid(headers, rows),)))
    tables = sum(len(contract.objects) for contract in contracts)
    lead = f"{many(len(contracts), 'data contract')} for {many(tables, 'table')}."
    return Page("index", "Data contracts", lead, tuple(sections), f"{MARK}: change the contracts, not this file.")


def _index_row(contract: Contract) -> tuple[Cell, ...]:
    about = contract.document.get("description") or {}
    purpose = about.get("purpose", "") if isinstance(about, Mapping) else about
    tables = ", ".join(table.name for table in contract.objects)
    return (
        (Link(title_of(contract), page=file_stem(contract)),),
        (Code(contract.id),),
        cell(contract.version),
        cell(contract.document.get("status")),
        cell(tables),
        cell(one_line(purpose)),
    )


def _about(document: Mapping[str, Any]) -> tuple[Block, ...]:
    return facts(document, first=("id", "version", "status", "domain", "dataProduct", "tenant", "tags"), without=_APART)


def _entry(document: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    schema = document.get("schema") or []
    return schema[index] if index < len(schema) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _people(document: Mapping[str, Any]) -> Iterator[Section]:
    team = document.get("team")
    if not team:
        return
    members = team if isinstance(team, list) else team.get("members") or []
    about = () if isinstance(team, list) else facts(team, first=("name", "description"), without=("members",))
    yield Section("Team", (*about, *grid(members, first=_MEMBERS)))


def _table(contract: Contract, table: SchemaObject, entry: Mapping[str, Any]) -> Iterator[Section]:
    where = {"table": ".".join(table_of(contract, table)), "primaryKey": list(table.key)}
    where |= {"partitionedBy": list(table.partitions)} if table.partitions else {}
    known = facts({**entry, **where}, first=tuple(where), without=_IN_TABLES)
    words: tuple[Block, ...] = (Paragraph(cell(table.description)),) if table.description else ()
    yield Section(f"Table {table.name}", (*words, *known))
    yield Section(f"Columns of {table.name}", (_columns(table, entry),), level=3)
    if rules := _rules(contract, table):
        yield Section(f"Rules of {table.name}", (rules,), level=3)
    if written := _as_written(entry, "quality"):
        yield Section(f"Quality rules of {table.name}", grid(written, first=_QUALITY, rest="asWritten"), level=3)
    if related := _as_written(entry, "relationships"):
        yield Section(f"Relationships of {table.name}", grid(related, first=("on", "from", "to")), level=3)


def _columns(table: SchemaObject, entry: Mapping[str, Any]) -> Grid:
    rows, indents = [], []
    for depth, name, prop, item in _walk(table.properties, entry.get("properties") or []):
        rows.append(_column(name, prop, item))
        indents.append(depth)
    headers = ("Column", "Type", "Must", "Description", "Details")
    return without_empty(Grid(headers, tuple(rows), tuple(indents)))


def _walk(
    properties: Sequence[Property], entries: Sequence[Mapping[str, Any]], prefix: str = "", depth: int = 0
) -> Iterator[tuple[int, str, Property, Mapping[str, Any]]]:
    for prop, item in zip(properties, entries, strict=True):
        yield from _walk_one(f"{prefix}{prop.name}", prop, item, depth)


def _walk_one(
    name: str, prop: Property, entry: Mapping[str, Any], depth: int
) -> Iterator[tuple[int, str, Property, Mapping[str, Any]]]:
    yield depth, name, prop, entry
    yield from _walk(prop.properties, entry.get("properties") or [], f"{name}.", depth + 1)
    if prop.items is not None:
        yield from _walk_one(f"{name}[]", prop.items, entry.get("items") or {}, depth + 1)


def _column(name: str, prop: Property, entry: Mapping[str, Any]) -> tuple[Cell, ...]:
    must = []
    if prop.key_position is not None:
        must.append(f"primary key {prop.key_position}")
    must += ["required"] if prop.required else []
    must += ["unique"] if prop.unique else []
    must += [f"partition {prop.partition_position}"] if prop.partition_position is not None else []
    if prop.personal:
        must.append(f"{sensitivity(prop)}: masked in reasons")
    elif prop.classification:
        must.append(f"classification {prop.classification}")
    must += [f"unit {prop.unit}"] if prop.unit else []
    details = "; ".join(f"{words_of(key)}: {plain(value)}" for key, value in _details(entry, prop))
    # What is within has rows of its own.
    kind: Cell = (prop.logical_type,) if "struct<" in prop.spark_type else (Code(prop.spark_type),)
    return (Code(name),), kind, cell(", ".join(must)), cell(prop.description), cell(details)


def _details(entry: Mapping[str, Any], prop: Property) -> Iterator[tuple[str, Any]]:
    """What the other cells and the rules do not say of a column."""
    options = {k: v for k, v in (entry.get("logicalTypeOptions") or {}).items() if k not in _IN_RULES}
    custom = [each for each in entry.get("customProperties") or [] if each.get("property") != "unit"]
    less = {"logicalTypeOptions": options, "customProperties": custom}
    for key in sorted(entry):
        value = less.get(key, entry[key])
        is_type = key == "physicalType" and str(value).replace(" ", "").lower() == prop.spark_type
        if key not in _IN_COLUMNS and not is_type and value not in ({}, []):
            yield key, value


def _rules(contract: Contract, table: SchemaObject) -> Grid | None:
    rows = []
    for claim in claims_of(contract, table):
        if claim.name in {"sla", "relationship", "text"}:
            continue
        words = one_line(claim.quality.description) if claim.quality is not None else ""
        rows.append((cell(one_line(claim.says)), cell(consequence(claim)), cell(words)))
    if not rows:
        return None
    return without_empty(Grid(("What must hold", "Else", "Why"), tuple(rows)))


def _as_written(entry: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [{"on": "the table", **item} for item in entry.get(key) or []]
    for prop in entry.get("properties") or []:
        found += _within(prop, str(prop.get("name")), key)
    return found


def _within(entry: Mapping[str, Any], path: str, key: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [{"on": path, **item} for item in entry.get(key) or []]
    for child in entry.get("properties") or []:
        found += _within(child, f"{path}.{child.get('name')}", key)
    if entry.get("items"):
        found += _within(entry["items"], f"{path}[]", key)
    return found
