"""Change events as Debezium writes them: what is around a row, and values to the texts that a contract reads.

Pure column functions, for bronze (which protects values) and silver alike. A value of a form that is not known stays as
it came: the contract's type judges it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.model import Property

IMAGE = "map<string,variant>"
"""The fields of a row."""
FLAT_FIELDS = (
    "__deleted", "__op", "__lsn", "__ts_ms", "__source_lsn", "__source_sequence", "__source_ts_us", "__source_ts_ms",
)  # fmt: skip
"""What the SMT ExtractNewRecordState adds to a row, as far as it is read here."""
_TYPE = "field:string,name:string,parameters:struct<scale:string>"
COLUMN_TYPES = f"array<struct<{_TYPE}>>"
"""The columns' part of Kafka Connect's schema, as far as it says what values mean."""
ENVELOPE_TYPES = f"array<struct<{_TYPE},fields:{COLUMN_TYPES}>>"

_PLACEHOLDER = "__debezium_unavailable_value"
_UNAVAILABLE = (
    _PLACEHOLDER,
    base64.b64encode(_PLACEHOLDER.encode()).decode(),
    json.dumps([_PLACEHOLDER], separators=(",", ":")),
    json.dumps([*_PLACEHOLDER.encode()], separators=(",", ":")),
    json.dumps({_PLACEHOLDER: _PLACEHOLDER}, separators=(",", ":")),
)
_DEBEZIUM, _CONNECT = "io.debezium.time.", "org.apache.kafka.connect.data."
_PER_SECOND = {"": 1_000, "Micro": 1_000_000, "Nano": 1_000_000_000}
_WHOLE = "^-?[0-9]{1,19}$"
_BYTES = 16  # a decimal of 38 digits fits in 128 bits


def is_wrapped(document: Column) -> Column:
    """Whether it is Kafka Connect's pair of a schema (which may be null) and a payload, and no row of such columns."""
    names = F.sort_array(F.map_keys(F.try_variant_get(document, "$", IMAGE)))
    return F.coalesce(names == F.array(F.lit("payload"), F.lit("schema")), F.lit(False))  # noqa: FBT003


def is_flat(fields: Column) -> Column:
    """Whether fields are those of a row itself, as an SMT leaves it, and not of the envelope; null without any."""
    parts = [F.map_contains_key(fields, name) for name in ("before", "after", "source")]
    return ~(F.map_contains_key(fields, "op") & (parts[0] | parts[1] | parts[2]))


def column_types(document: Column, flat: Column) -> Column:
    """What Kafka Connect's schema around a document says of a row's columns: `COLUMN_TYPES`; null where it does not."""
    of_row = F.try_variant_get(document, "$.schema.fields", COLUMN_TYPES)
    images = F.filter(
        F.try_variant_get(document, "$.schema.fields", ENVELOPE_TYPES),
        lambda entry: entry["field"].isin("before", "after"),
    )
    return F.when(flat, of_row).otherwise(F.get(images, F.lit(0))["fields"])


def is_unavailable(text: Column) -> Column:
    """Whether a value stands for one that the source did not send: a long one (TOAST) that the change left alone."""
    return F.coalesce(text.isin(*_UNAVAILABLE), F.lit(False))  # noqa: FBT003


def text_of(prop: Property, value: Column, types: Column, text: Column | None = None) -> Column:
    """The text that the contract reads.

    Every use of an expression is another copy of it, to be compiled and computed: better give columns of a row.

    Args:
        prop: the contract's column.
        value: the value as it came: VARIANT.
        types: `COLUMN_TYPES` of the row, null where the event came without its schema: then the contract must say what
            a number or a base64 text means (`debeziumType`).
        text: the value as STRING, where there is a column of it.
    """
    text = value.cast("string") if text is None else text
    if prop.logical_type in {"number", "integer"}:
        return _decimal(prop, value, types, text)
    if prop.logical_type == "date" and not prop.format:
        days = F.when(text.rlike(_WHOLE), text).try_cast("int")
        return F.coalesce(F.date_add(F.lit("1970-01-01").cast("date"), days).cast("string"), F.rtrim(text, F.lit("Z")))
    if prop.logical_type == "timestamp" and not prop.source_unit and not prop.format:
        micros = _micros(prop, text, types, "Timestamp")
        return F.coalesce(F.timestamp_micros(micros).cast("string"), text)
    if prop.logical_type == "string":
        micros = _micros(prop, text, types, "Time")
        return F.coalesce(F.date_format(F.timestamp_micros(micros), "HH:mm:ss.SSSSSS"), text)
    return text


def _type_name(prop: Property, types: Column, said: str | None) -> Column:
    found = F.filter(types, lambda entry: entry["field"] == prop.source)
    return F.coalesce(F.when(types.isNotNull(), F.get(found, F.lit(0))["name"]), F.lit(said).cast("string"))


def _micros(prop: Property, text: Column, types: Column, kind: str) -> Column:
    """Microseconds of a whole number whose type is `<unit><kind>`; null for every other value."""
    said = f"{_DEBEZIUM}{prop.wire_type}" if prop.wire_type else None
    # Only of a whole number the type matters: the others do not pay for looking it up.
    whole = F.when(text.rlike(_WHOLE), text).try_cast("bigint")
    name = F.when(whole.isNotNull(), _type_name(prop, types, said))
    units = {f"{_DEBEZIUM}{unit}{kind}": per_second for unit, per_second in _PER_SECOND.items()}
    units[f"{_CONNECT}{kind}"] = 1_000
    micros = F.lit(None).cast("bigint")
    for type_name, per_second in units.items():
        if per_second > 1_000_000:
            value = F.floor(whole.cast("decimal(20,0)") / F.lit(per_second // 1_000_000)).cast("bigint")
        else:
            value = F.try_multiply(whole, F.lit(1_000_000 // per_second).cast("bigint"))
        micros = F.when(name == type_name, value).otherwise(micros)
    return F.when(whole.isNotNull(), micros)


def _decimal(prop: Property, value: Column, types: Column, text: Column) -> Column:
    variable = _scaled(F.try_variant_get(value, "$.value", "string"), F.try_variant_get(value, "$.scale", "int"))
    found = F.filter(types, lambda entry: (entry["field"] == prop.source) & (entry["name"] == f"{_CONNECT}Decimal"))
    told = re.fullmatch(r"Decimal\((\d+)\)", prop.wire_type or "")
    scale = F.coalesce(
        F.when(types.isNotNull(), F.get(found, F.lit(0))["parameters"]["scale"].try_cast("int")),
        F.lit(int(told.group(1)) if told else None).cast("int"),
    )
    # "1234" may be base64, too: only a text whose type is known to be a packed decimal is taken for one.
    packed = F.when(scale.isNotNull() & (F.schema_of_variant(value) == "STRING"), _scaled(text, scale))
    return F.coalesce(F.when(text.startswith("{"), variable), packed, text)


def _scaled(encoded: Column, scale: Column) -> Column:
    """Base64 of a big-endian two's complement number, and its scale, as decimal text; null where it is none."""
    return _let(F.hex(F.try_to_binary(encoded, F.lit("base64"))), lambda hexed: _let(_whole(hexed), _pointed_by(scale)))


def _whole(hexed: Column) -> Column:
    """The text of a two's complement number in hexadecimal digits; null beyond 38 decimal digits."""
    negative = "^[89A-F]"
    wide = F.when(
        F.length(hexed).between(2, 2 * _BYTES),
        F.lpad(hexed, F.lit(2 * _BYTES), F.when(hexed.rlike(negative), "F").otherwise("0")),
    )

    def number(digits: Column) -> Column:
        high, low = (F.conv(part(digits, F.lit(_BYTES)), 16, 10).cast("decimal(38,0)") for part in (F.left, F.right))
        # Of a negative one the size: parts of one sign can't overflow where their sum does not.
        below, size = digits.rlike(negative), F.lit(str(2**64)).cast("decimal(20,0)")
        whole = F.try_multiply(F.when(below, size - high - 1).otherwise(high), size)
        text = F.try_add(whole, F.when(below, size - low).otherwise(low)).cast("string")
        return F.concat(F.when(below, "-").otherwise(""), text)

    return _let(wide, number)


def _pointed_by(scale: Column) -> Callable[[Column], Column]:
    def pointed(number: Column) -> Column:
        digits = F.ltrim(number, F.lit("-"))
        padded = F.lpad(digits, F.greatest(F.length(digits), scale + 1), "0")
        with_point = F.regexp_replace(padded, F.concat(F.lit("([0-9]{"), scale, F.lit("})$")), F.lit(".$1"))
        text = F.when(scale > 0, with_point).otherwise(F.concat(digits, F.repeat(F.lit("0"), F.negative(scale))))
        return F.concat(F.when(number.startswith("-"), "-").otherwise(""), text)

    return pointed


def _let(value: Column, then: Callable[[Column], Column]) -> Column:
    # Columns are trees: what is used twice in one is computed twice, and twice again in what uses that.
    return F.get(F.transform(F.array(value), then), 0)
