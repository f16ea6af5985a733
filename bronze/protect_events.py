"""Debezium change events with their protected values made unreadable: in `before`, in `after` and in the key.

A stream has the events of many tables; each is protected by its own. The documents are written anew: the same content,
fields in the order of their names. What the contract does not declare (a field, a topic, a text that is no document) is
sealed whole with a key of the bronze table's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.crypto import subject_ref
from hallmark.bronze.plan import DEBEZIUM_COLUMNS
from hallmark.bronze.protect import Guard, Owner, tables_own
from hallmark.contracts import wire
from hallmark.contracts.model import Property, SchemaObject
from hallmark.lakehouse.names import FILE, RESCUED, RESCUED_COLUMNS, UNDECLARED, quoted

_IMAGES = ("before", "after")
_ENVELOPE = ("op", "ts_ms", "ts_us", "ts_ns", "transaction")
_STATEMENTS = ("query", "redo_sql")  # what MySQL's and Oracle's connectors may tell in `source`: values stand in it
_EMPTY = 2  # characters of an empty list or object


@dataclass(frozen=True)
class _Document:
    """A JSON text taken apart.

    `whole` is its object; `payload`, what it speaks of: the object in Kafka Connect's pair of schema and payload
    (`wrapped`), else `whole`. `flat` says that this is a row and no envelope; `types` are those of the row's columns.
    """

    text: Column
    whole: Column
    wrapped: Column
    payload: Column
    flat: Column
    types: Column

    def image(self, name: str) -> Column:
        return F.when(~self.flat, F.try_variant_get(self.payload[name], "$", wire.IMAGE)).otherwise(self.payload)


def protect_events(guard: Guard, rows: DataFrame, tables: Sequence[SchemaObject], *, torn: bool = True) -> DataFrame:
    """Records of a stream of changes with the contract's protections.

    Args:
        guard: what protects them.
        rows: as `evolve` leaves them: `topic, partition, offset, timestamp, headers, key, value` STRING and others,
            `_rescued`, `_file`, where the contract asks for it `_rescued_columns`.
        tables: the contract's tables.
        torn: whether `_rescued` is the text of a whole record, whose parts may then be in any column. Else it is that
            of the value alone, as in messages: topic and offset are the broker's, and key and headers have no copy.

    Returns:
        Those seven columns; `_undeclared`, a cell of the others as a JSON object; `_rescued` and `_rescued_columns`,
        cells of the texts; `_file`. All STRING. A rescued row has no other values, when it may be torn.
    """
    present = {*rows.columns}
    missing = [F.lit(None).cast("string").alias(name) for name in DEBEZIUM_COLUMNS if name not in present]
    others = [name for name in rows.columns if name not in {*DEBEZIUM_COLUMNS, RESCUED, RESCUED_COLUMNS, FILE}]
    frame = guard.with_keys(rows.select("*", *missing))
    value, key = _Document(*map(F.col, _names("value"))), _Document(*map(F.col, _names("key")))
    frame = _taken_apart(_taken_apart(frame, "value"), "key")
    owners = dict.fromkeys(_IMAGES, tables_own())
    if any(prop.protection and prop.protection.method == "encrypt" for t in tables for prop in t.protected):
        names = {image: f"_owner_{image}" for image in _IMAGES}
        refs = [_owner_ref(value, image, tables).alias(name) for image, name in names.items()]
        frame = guard.with_owners(frame.select("*", *refs), [*names.values()])
        owners = {image: guard.owner(name) for image, name in names.items()}
    readable = F.col(RESCUED).isNull() if torn else F.lit(True)  # noqa: FBT003 -- a literal
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
    more = {UNDECLARED: rest, **({RESCUED_COLUMNS: F.col(RESCUED_COLUMNS)} if RESCUED_COLUMNS in present else {})}
    sealed = [F.when(readable, guard.sealed(text, name)).alias(name) for name, text in more.items()]
    return frame.select(*columns, *sealed, guard.sealed(F.col(RESCUED), RESCUED).alias(RESCUED), FILE)


def _names(column: str) -> list[str]:
    return [column, *(f"_{column}_{part}" for part in ("whole", "wrapped", "payload", "flat", "types"))]


def _taken_apart(frame: DataFrame, column: str) -> DataFrame:
    # In steps: what is used twice in one column is computed twice.
    _, whole, wrapped, payload, flat, types = _names(column)
    document = f"_{column}_document"
    parsed = frame.withColumn(document, F.try_parse_json(column))
    seen = parsed.select(
        "*",
        F.try_variant_get(document, "$", wire.IMAGE).alias(whole),
        wire.is_wrapped(F.col(document)).alias(wrapped),
    )
    inner = F.when(F.col(wrapped), F.try_variant_get(document, "$.payload", wire.IMAGE)).otherwise(F.col(whole))
    opened = seen.withColumn(payload, inner)
    # A key is a row, too, of the key's columns.
    is_row = F.coalesce(wire.is_flat(F.col(payload)), F.lit(False)) if column == "value" else F.lit(True)  # noqa: FBT003
    told = opened.withColumn(flat, is_row)
    return told.withColumn(types, F.when(F.col(wrapped), wire.column_types(F.col(document), F.col(flat))))


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
            name = table.subject.field
            (prop,) = [prop for prop in table.properties if prop.source == name and not prop.transform][:1]
            text = wire.text_of(prop, value.image(image)[name], value.types)
            found = found.when(_of(table), subject_ref(text, table.subject.domain))
    return F.when(F.col(RESCUED).isNull(), found)


def _value(guard: Guard, table: SchemaObject, value: _Document, owners: Mapping[str, Owner]) -> Column:
    """The document of a change; what is no object is sealed."""

    def entry(name: Column, found: Column) -> Column:
        inner = F.try_variant_get(found, "$", wire.IMAGE)
        written = F.when(F.is_variant_null(found) | name.isin(*_ENVELOPE), found)
        for image in _IMAGES:
            fields = _fields(guard, table, inner, value.types, owners[image])
            written = written.when((name == image) & inner.isNotNull(), fields)
        written = written.when((name == "source") & inner.isNotNull(), _source(guard, table, found, inner))
        return written.otherwise(_as_variant(guard.sealed(found.cast("string"), f"{table.name}.envelope")))

    row = F.transform_values(value.payload, _field(guard, table, value.types, owners["after"], wire.FLAT_FIELDS))
    event = F.transform_values(value.payload, entry)
    return _rewritten(guard, value, F.when(value.flat, row).otherwise(event), "value")


def _source(guard: Guard, table: SchemaObject, found: Column, inner: Column) -> Column:
    """Where a change was in the source's log, without the statement that made it."""

    def entry(name: Column, part: Column) -> Column:
        hidden = name.isin(*_STATEMENTS) & ~F.is_variant_null(part)
        return F.when(hidden, _as_variant(guard.sealed(part.cast("string"), f"{table.name}.statement"))).otherwise(part)

    tells = F.arrays_overlap(F.map_keys(inner), F.array(*map(F.lit, _STATEMENTS)))
    return F.when(tells, F.parse_json(F.to_json(F.transform_values(inner, entry)))).otherwise(found)


def _key(guard: Guard, table: SchemaObject, key: _Document) -> Column:
    payload = F.transform_values(key.payload, _field(guard, table, key.types, tables_own()))
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
        is_schema = F.map_contains_key(F.try_variant_get(found, "$", wire.IMAGE), "type")  # no column called schema
        kept = F.when(F.is_variant_null(found) | ((name == "schema") & is_schema), found)
        return kept.when(name == "payload", F.coalesce(inner, other)).otherwise(other)

    wrapped = F.to_json(F.transform_values(document.whole, entry))
    written = F.when(document.wrapped, wrapped).otherwise(F.to_json(payload))
    return F.when(document.whole.isNull(), guard.sealed(document.text, column)).otherwise(written)


def _fields(guard: Guard, table: SchemaObject, image: Column, types: Column, owner: Owner) -> Column:
    fields = F.transform_values(image, _field(guard, table, types, owner))
    return F.parse_json(F.to_json(fields))


def _field(
    guard: Guard, table: SchemaObject, types: Column, owner: Owner, known: Sequence[str] = ()
) -> Callable[[Column, Column], Column]:
    """What is written for a field of a row by its name: as declared; what neither is that nor `known` is sealed."""
    plain = [field for prop in table.properties if prop.protection is None for field in prop.source_columns]
    plain += [*table.changes.row_fields, *known]

    def written(name: Column, found: Column) -> Column:
        text = found.cast("string")
        kept = F.when(F.is_variant_null(found) | wire.is_unavailable(text), found)
        for prop in table.protected:
            label = replace(prop, source=f"{table.name}.{prop.source}")
            protected = guard.protected(wire.text_of(prop, found, types), label, owner)
            kept = kept.when(name == prop.source, _as_value(prop, protected))
        kept = kept.when(name.isin(*plain), found) if plain else kept
        return kept.otherwise(_as_variant(guard.sealed(text, f"{table.name}.other")))

    return written


def _as_value(prop: Property, text: Column) -> Column:
    """A protected value as the events have it: a number stays one, for a text would be taken for a packed decimal."""
    if prop.logical_type in {"integer", "number"}:
        return F.coalesce(F.try_parse_json(text), _as_variant(text))
    return _as_variant(text)


def _as_variant(text: Column) -> Column:
    return text.cast("variant")
