"""Debezium change events with their protected values made unreadable: in `before`, in `after` and in the key.

A stream has the events of many tables; each is protected by its own. The documents are written anew: the same content,
fields in the order of their names. What the contract does not declare (a field, a topic, a text that is no document) is
sealed whole with a key of the bronze table's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.crypto import subject_ref
from hallmark.bronze.plan import DEBEZIUM_COLUMNS
from hallmark.bronze.protect import Guard, Owner, tables_own
from hallmark.contracts.model import SchemaObject
from hallmark.lakehouse.names import FILE, RESCUED, UNDECLARED, quoted

_MAP = "map<string,variant>"
_IMAGES = ("before", "after")
_ENVELOPE = ("op", "source", "ts_ms", "ts_us", "ts_ns", "transaction")
_UNCHANGED = "__debezium_unavailable_value"  # a long value that the source did not send; no value, and read by name
_EMPTY = 2  # characters of an empty list or object


@dataclass(frozen=True)
class _Document:
    """A JSON text taken apart: `whole` is its object; `payload` what Debezium's schema envelope holds, else `whole`."""

    text: Column
    whole: Column
    payload: Column
    enveloped: Column

    def image(self, name: str) -> Column:
        return F.try_variant_get(self.payload[name], "$", _MAP)


def protect_events(guard: Guard, rows: DataFrame, tables: Sequence[SchemaObject]) -> DataFrame:
    """Records of a stream of changes with the contract's protections.

    Args:
        guard: what protects them.
        rows: as `read_files` gives them: `topic, partition, offset, timestamp, headers, key, value` STRING and others,
            `_rescued`, `_file`.
        tables: the contract's tables.

    Returns:
        Those seven columns; `_undeclared`, a cell of the others as a JSON object; `_rescued`, a cell of the text;
        `_file`. All STRING. A rescued row has no other values.
    """
    present = {*rows.columns}
    missing = [F.lit(None).cast("string").alias(name) for name in DEBEZIUM_COLUMNS if name not in present]
    others = [name for name in rows.columns if name not in {*DEBEZIUM_COLUMNS, RESCUED, FILE}]
    frame = guard.with_keys(rows.select("*", *missing))
    frame = frame.select("*", *_taken_apart("value"), *_taken_apart("key"))
    value, key = _document("value"), _document("key")
    owners = dict.fromkeys(_IMAGES, tables_own())
    if any(prop.protection and prop.protection.method == "encrypt" for t in tables for prop in t.protected):
        names = {image: f"_owner_{image}" for image in _IMAGES}
        refs = [_owner_ref(value, image, tables).alias(name) for image, name in names.items()]
        frame = guard.with_owners(frame.select("*", *refs), [*names.values()])
        owners = {image: guard.owner(name) for image, name in names.items()}
    readable = F.col(RESCUED).isNull()
    written = {
        "value": _by_table(
            tables, lambda t: _value(guard, t, value, owners), value.text, guard.sealed(value.text, "value")
        ),
        "key": _by_table(tables, lambda t: _key(guard, t, key), key.text, guard.sealed(key.text, "key")),
        "headers": _by_table(
            tables, lambda t: _headers(guard, t), F.col("headers"), guard.sealed(F.col("headers"), "headers")
        ),
    }
    columns = [F.when(readable, written.get(name, F.col(name))).alias(name) for name in DEBEZIUM_COLUMNS]
    rest = F.lit(None).cast("string")
    if others:
        some = F.coalesce(*[F.col(quoted(name)) for name in others]).isNotNull()
        rest = F.when(some, F.to_json(F.struct(*[F.col(quoted(name)) for name in others])))
    undeclared = F.when(readable, guard.sealed(rest, UNDECLARED)).alias(UNDECLARED)
    return frame.select(*columns, undeclared, guard.sealed(F.col(RESCUED), RESCUED).alias(RESCUED), FILE)


def _taken_apart(column: str) -> list[Column]:
    document = F.try_parse_json(column)
    inner = F.try_variant_get(document, "$.payload", _MAP)
    whole = F.try_variant_get(document, "$", _MAP)
    return [
        whole.alias(f"_{column}_whole"),
        F.coalesce(inner, whole).alias(f"_{column}_payload"),
        inner.isNotNull().alias(f"_{column}_enveloped"),
    ]


def _document(column: str) -> _Document:
    whole, payload, enveloped = (F.col(f"_{column}_{part}") for part in ("whole", "payload", "enveloped"))
    return _Document(F.col(column), whole, payload, enveloped)


def _of(table: SchemaObject) -> Column:
    return F.col("topic").endswith(f".{table.physical_name}")


def _by_table(
    tables: Sequence[SchemaObject], protect: Callable[[SchemaObject], Column], plain: Column, sealed: Column
) -> Column:
    found = F.when(F.lit(False), plain)  # noqa: FBT003 -- a literal
    for table in tables:
        found = found.when(_of(table), protect(table) if table.protected else plain)
    return found.otherwise(sealed)


def _owner_ref(value: _Document, image: str, tables: Sequence[SchemaObject]) -> Column:
    found = F.when(F.lit(False), F.lit(None).cast("string"))  # noqa: FBT003 -- a literal
    for table in tables:
        if table.subject is not None and table.protected:
            name = value.image(image)[table.subject.field].cast("string")
            flat = value.payload[table.subject.field].cast("string")  # flattened by an SMT: the row is the document
            found = found.when(_of(table), subject_ref(F.coalesce(name, flat), table.subject.domain))
    return F.when(F.col(RESCUED).isNull(), found)


def _value(guard: Guard, table: SchemaObject, value: _Document, owners: dict[str, Owner]) -> Column:
    """The document of a change; what is no object is sealed."""

    def entry(name: Column, found: Column) -> Column:
        written = F.when(name.isin(*_ENVELOPE), found)
        for image in _IMAGES:
            inner = F.try_variant_get(found, "$", _MAP)
            fields = _fields(guard, table, inner, owners[image])
            other = _as_variant(guard.sealed(found.cast("string"), f"{table.name}.{image}"))
            kept = F.when(F.is_variant_null(found), found).when(inner.isNotNull(), fields).otherwise(other)
            written = written.when(name == image, kept)
        return written.otherwise(_field(guard, table, name, found, owners["after"]))

    payload = F.transform_values(value.payload, entry)
    return _rewritten(guard, value, payload, "value")


def _key(guard: Guard, table: SchemaObject, key: _Document) -> Column:
    payload = F.transform_values(key.payload, lambda name, found: _field(guard, table, name, found, tables_own()))
    return _rewritten(guard, key, payload, "key")


def _headers(guard: Guard, table: SchemaObject) -> Column:
    """Debezium tells a changed key in headers, too: they are sealed where the key is protected."""
    headers = F.col("headers")
    if not any(prop.key_position is not None for prop in table.protected):
        return headers
    return F.when(F.length(headers) > _EMPTY, guard.sealed(headers, "headers")).otherwise(headers)


def _rewritten(guard: Guard, document: _Document, payload: Column, column: str) -> Column:
    inner = F.parse_json(F.to_json(payload))

    def entry(name: Column, found: Column) -> Column:
        other = _as_variant(guard.sealed(found.cast("string"), f"{column}.other"))
        return F.when(name == "payload", inner).when(name == "schema", found).otherwise(other)

    enveloped = F.to_json(F.transform_values(document.whole, entry))
    written = F.when(document.enveloped, enveloped).otherwise(F.to_json(payload))
    return F.when(document.whole.isNull(), guard.sealed(document.text, column)).otherwise(written)


def _fields(guard: Guard, table: SchemaObject, image: Column, owner: Owner) -> Column:
    fields = F.transform_values(image, lambda name, found: _field(guard, table, name, found, owner))
    return F.parse_json(F.to_json(fields))


def _field(guard: Guard, table: SchemaObject, name: Column, found: Column, owner: Owner) -> Column:
    """A value of a row: as declared; what is not declared is sealed."""
    text = found.cast("string")
    written = F.when(F.is_variant_null(found) | (text == _UNCHANGED), found)
    plain = [field for prop in table.properties if prop.protection is None for field in prop.source_columns]
    for prop in table.protected:
        label = replace(prop, source=f"{table.name}.{prop.source}")
        written = written.when(name == prop.source, _as_variant(guard.protected(text, label, owner)))
    written = written.when(name.isin(*plain), found) if plain else written
    return written.otherwise(_as_variant(guard.sealed(text, f"{table.name}.other")))


def _as_variant(text: Column) -> Column:
    return text.cast("variant")
