"""Physical types of many databases, as Spark types."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFAULTS = {
    "string": "string", "integer": "bigint", "number": "double", "boolean": "boolean", "date": "date",
    "timestamp": "timestamp", "time": "string",
}  # fmt: skip
_NAMES = {
    "string": (
        "string text varchar char character nvarchar nchar bpchar clob longtext mediumtext tinytext uuid citext enum "
        "json jsonb xml utf8 name charactervarying"
    ),
    "tinyint": "tinyint byte int1",
    "smallint": "smallint short int2 smallserial",
    "int": "int integer int4 int32 serial mediumint",
    "bigint": "bigint long int8 int64 bigserial",
    "float": "float real float4 float32",
    "double": "double doubleprecision float8 float64",
    "decimal": "decimal numeric number dec money bignumeric",
    "boolean": "boolean bool bit",
    "date": "date",
    "timestamp": (
        "timestamp timestamptz timestamp_tz timestamp_ntz timestamp_ltz datetime datetime2 datetimeoffset "
        "timestampwithtimezone timestampwithouttimezone"
    ),
    "time": "time timetz",
}
_SPARK = {name: spark for spark, names in _NAMES.items() for name in names.split()}
_FAMILIES = {
    "string": {"string"},
    "integer": {"tinyint", "smallint", "int", "bigint", "decimal"},
    "number": {"float", "double", "decimal", "tinyint", "smallint", "int", "bigint"},
    "boolean": {"boolean"},
    "date": {"date"},
    "timestamp": {"timestamp"},
    "time": {"time", "string"},
}
_WANTED = {
    "string": "string", "integer": "tinyint, smallint, int, bigint or decimal(p,0)",
    "number": "double, float or decimal(p,s)", "boolean": "boolean", "date": "date", "timestamp": "timestamp",
    "time": "time or string",
}  # fmt: skip
WIDTHS = {
    "i8": "tinyint", "i16": "smallint", "i32": "int", "i64": "bigint", "i128": "decimal(38,0)", "u8": "smallint",
    "u16": "int", "u32": "bigint", "u64": "decimal(20,0)", "u128": "decimal(38,0)", "f32": "float", "f64": "double",
}  # fmt: skip

_WIDTH = re.compile(
    r"(?:national )?n?(?:var|bp)?char(?:acter)?(?: varying)?2? *\( *(\d{1,9})(?: *(?:char|character)s?)? *\)"
)


def integer_range(width: str) -> tuple[int, int] | None:
    """The least and the greatest number of an integer format; None for any other text.

    >>> integer_range("u8"), integer_range("i16"), integer_range("f32")
    ((0, 255), (-32768, 32767), None)
    """
    sign, bits = width[:1], width[1:]
    if sign not in {"i", "u"} or width not in WIDTHS:
        return None
    return (0, 2 ** int(bits) - 1) if sign == "u" else (-(2 ** (int(bits) - 1)), 2 ** (int(bits) - 1) - 1)


def text_width(physical: str) -> int | None:
    """How many characters a physical type of texts holds; None for any other type.

    >>> text_width("VARCHAR(5)"), text_width("character varying (9)"), text_width("varchar"), text_width("text")
    (5, 9, None, None)
    """
    match = _WIDTH.fullmatch(physical.strip().lower())
    return int(match.group(1)) if match else None


@dataclass(frozen=True)
class SparkType:
    """A Spark type; `unknown` when the physical type told nothing and the logical type's default stands in."""

    name: str
    unknown: bool = False


def spark_type_of(logical: str, physical: str | None, width: str | None = None) -> SparkType:
    """The Spark type of a property that is neither object nor array.

    >>> spark_type_of("string", "VARCHAR(255)").name, spark_type_of("number", "NUMERIC(10, 2)").name
    ('string', 'decimal(10,2)')
    >>> spark_type_of("integer", None, "u8").name, spark_type_of("string", "geography")
    ('smallint', SparkType(name='string', unknown=True))

    Raises:
        ValueError: when the physical type is of another kind than the logical one; the text says what fits.
    """
    if physical is None:
        return SparkType(WIDTHS.get(width or "", _DEFAULTS[logical]))
    match = re.fullmatch(r"([a-z_0-9]+?)(?:\((\d+)(?:,(-?\d+))?\))?([a-z]*)", physical.lower().replace(" ", ""))
    base = _SPARK.get(match.group(1) + match.group(4)) if match else None
    if match is None or base is None:
        return SparkType(_DEFAULTS[logical], unknown=True)
    if base not in _FAMILIES[logical]:
        raise ValueError(_WANTED[logical])
    if base == "decimal":
        return SparkType(_decimal(logical, match.group(2), match.group(3)))
    if logical == "number" and base in {"tinyint", "smallint", "int", "bigint"}:
        raise ValueError(_WANTED[logical])
    return SparkType("string" if base == "time" else base)


def _decimal(logical: str, precision: str | None, scale: str | None) -> str:
    digits, after = int(precision or 38), int(scale or (0 if precision or logical == "integer" else 18))
    if not 1 <= digits <= 38 or not 0 <= after <= digits or (logical == "integer" and after):
        raise ValueError(_WANTED[logical])
    return f"decimal({digits},{after})"
