"""SQL that makes a typed value of a source's text: null where it can't, never an exception, never silently rounded."""

from __future__ import annotations

import re

from hallmark.contracts import units
from hallmark.contracts.model import Property
from hallmark.lakehouse.names import sql_text

_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
# No decimal has an exponent of four digits, and one of ten is an error of Java's that no try_cast catches.
_DECIMAL = _NUMBER.replace("[0-9]+)?$", "[0-9]{1,3})?$")
_WHOLE = r"^[+-]?[0-9]+([.]0*)?$"
_DATE = r"^(?!0000)[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"
_ZONE = r"( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
# Spark would also read a bare number as a year; seven and more digits of a fraction are cut to microseconds by Spark.
_TIMESTAMP = (
    rf"^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,9}})?)?{_ZONE})?$"
)
_EPOCH_MICROS = {"s": "1000000", "ms": "1000", "us": "1", "ns": "0.001"}
_EPOCH_DIGITS = {"s": 10, "ms": 13, "us": 16, "ns": 19}
_NEAR = r"^[+-]?[0-9]{{1,{}}}([.][0-9]*)?$"  # of so many digits: until the year 2286


def typed_sql(prop: Property, text: str) -> str:
    """The SQL expression for the typed value of `prop`, whose source text is the SQL expression `text`.

    Times without a zone are UTC. Decimals with more digits after the point than the type holds give null, not a
    rounded value; so do NaN and infinities.
    """
    if prop.logical_type == "string":
        # Two keys that differ in outer blanks alone are one key: the vault's hash trims them, too.
        return text if prop.key_position is None else f"trim({text})"
    if prop.properties or prop.items is not None:
        return _nested(prop, text)
    trimmed = f"trim({text})"
    if prop.logical_type == "boolean":
        return f"try_cast({trimmed} as boolean)"
    if prop.logical_type == "date":
        return _date(prop, trimmed)
    if prop.logical_type == "timestamp":
        return _timestamp(prop, trimmed)
    return _number(prop, trimmed)


def _nested(prop: Property, text: str) -> str:
    if prop.items is not None:
        return f"transform({items_sql(text)}, x -> {typed_sql(prop.items, 'x')})"
    fields = fields_sql(text)
    inner = [f"{sql_text(c.name)}, {typed_sql(c, f'{fields}[{sql_text(c.source)}]')}" for c in prop.properties]
    return f"if({fields} is null, null, named_struct({', '.join(inner)}))"


def fields_sql(text: str) -> str:
    """SQL of a JSON object's fields as map<string,string>; null when the text is no object.

    >>> fields_sql("`_text_address`")
    "from_json(`_text_address`, 'map<string,string>')"
    """
    return f"from_json({text}, 'map<string,string>')"


def items_sql(text: str) -> str:
    """SQL of a JSON array's items as array<string>; null when the text is no array."""
    return f"from_json({text}, 'array<string>')"


def clock_sql(prop: Property, text: str) -> str | None:
    """SQL of a clock time's text as a time of 1970-01-01; None where a property is no clock time.

    >>> clock_sql(Property("at", "at", "string", "string", clock=True, format="HH:mm"), "`at`")
    "try_to_timestamp(`at`, 'HH:mm')"
    """
    if not prop.clock:
        return None
    if prop.format:
        return f"try_to_timestamp({text}, {sql_text(prop.format)})"
    # Spark reads a zone only behind seconds.
    whole = f"regexp_replace({text}, '^([0-9]{{2}}:[0-9]{{2}})(?!:)', '$1:00')"
    return f"try_cast(concat('1970-01-01 ', {whole}) as timestamp)"


def no_json_sql(text: str) -> str:
    """SQL of whether a text is more or less than one JSON value, or has a key twice; from_json reads all of these.

    It stops where the first value ends. What follows a whole value can't be both the rest of a list and of an object.
    """
    one = f"json_array_length(concat('[', {text}, ']')) <=> 1"
    return f"not ({one}) or try_parse_json(concat('{{\"v\":', {text}, '}}')) is null"


def wanted(prop: Property) -> str:
    """What a value of the property must look like, in words.

    >>> wanted(Property("cost", "cost", "number", "decimal(38,12)"))
    'number with at most 12 decimals'
    """
    if prop.logical_type == "number" and (scale := _scale(prop.spark_type)) is not None:
        return f"number with at most {scale} decimals"
    return {
        "number": "finite number",
        "integer": "whole number",
        "timestamp": "date and time",
        "date": "date (yyyy-MM-dd)",
    }.get(prop.logical_type, prop.logical_type)


def _scale(spark_type: str) -> int | None:
    match = re.fullmatch(r"decimal\((\d+),(\d+)\)", spark_type)
    return int(match.group(2)) if match else None


def _when(pattern: str, text: str, value: str) -> str:
    return f"if({text} rlike {sql_text(pattern)}, {value}, null)"


def _date(prop: Property, text: str) -> str:
    if prop.format:
        return f"cast({_formatted(prop.format, text)} as date)"
    return _when(_DATE, text, f"try_cast({text} as date)")


def _timestamp(prop: Property, text: str) -> str:
    if prop.source_unit:
        # 28 digits times a factor of 7 fit in a decimal: a product of 38 could overflow, which is an exception.
        micros = f"try_cast({text} as decimal(28,9)) * {_EPOCH_MICROS[prop.source_unit]}"
        time = f"timestamp_micros(try_cast(floor({micros}) as bigint))"
        near = _NEAR.format(_EPOCH_DIGITS[prop.source_unit])
        return f"if({text} rlike {sql_text(near)}, {time}, {_when(_DECIMAL, text, _in_years(time))})"
    if prop.format:
        return _formatted(prop.format, text)
    time = f"try_cast({text} as timestamp)"
    return _when(_TIMESTAMP, text, f"if(left({text}, 4) in ('0000', '0001', '9999'), {_in_years(time)}, {time})")


def _formatted(pattern: str, text: str) -> str:
    time = f"try_to_timestamp({text}, {sql_text(pattern)})"
    letters = re.sub(r"'[^']*'", "", pattern)
    years = set(re.findall("y+", letters))
    if not years <= {"yyyy", "yy"} or re.search("[VzOXxZ]", letters):
        return _in_years(time)
    # Of years of four digits Spark reads 0000, too, which Python does not.
    return f"if(contains({text}, '0000'), {_in_years(time)}, {time})" if "yyyy" in years else time


def _in_years(time: str) -> str:
    # What lies beyond, Python can't read. Spark computes the time twice for it: only what may lie there is asked.
    years = "timestamp'0001-01-01T00:00:00Z' and timestamp'9999-12-31T23:59:59.999999Z'"
    return f"if({time} between {years}, {time}, null)"


def _number(prop: Property, text: str) -> str:
    scale = _scale(prop.spark_type)
    ratio = units.factor(prop.source_unit, prop.unit or prop.source_unit) if prop.source_unit else None
    if ratio is not None and ratio != 1:
        pattern = _NUMBER if prop.spark_type in {"double", "float"} else _DECIMAL
        return _when(pattern, text, _converted(prop, text, ratio.numerator, ratio.denominator))
    if prop.logical_type == "integer":
        # "12.0" is how tools write a whole number that once stood in a float column.
        whole = f"regexp_replace({text}, '[.]0*$', '')"
        return _when(_WHOLE, text, f"try_cast({whole} as {prop.spark_type})")
    if scale is not None:
        return _when(_NUMBER, text, _exact_decimal(prop.spark_type, scale, text))
    return _when(_NUMBER, text, _finite(f"try_cast({text} as {prop.spark_type})"))


def _finite(value: str) -> str:
    return f"if(abs({value}) < double('Infinity'), {value}, null)"


def _converted(prop: Property, text: str, numerator: int, denominator: int) -> str:
    if prop.spark_type in {"double", "float"}:
        return _finite(f"cast(try_cast({text} as double) * {numerator}D / {denominator}D as {prop.spark_type})")
    # What the type can't hold to the last digit gives null. Products of decimal(24,12) and a factor are exact.
    given = f"try_cast({text} as decimal(24,12))"
    value = f"try_cast({given} * {numerator} / {denominator} as {prop.spark_type})"
    exact = f"try_cast({value} as decimal(24,12)) * {denominator} = {given} * {numerator}"
    return f"if({exact}, {value}, null)"


def _exact_decimal(spark_type: str, scale: int, text: str) -> str:
    value = f"try_cast({text} as {spark_type})"
    fraction = f"length(rtrim('0', regexp_extract({text}, '[.]([0-9]*)', 1)))"
    lost = f"if({text} rlike '[eE]', {_has_finer_digits(text, scale)}, {fraction} > {scale})"
    return f"if({lost}, null, {value})"


def _has_finer_digits(text: str, scale: int) -> str:
    # A number in exponent form, 12.50e-3: digits 1250, of them 2 behind the point; the last one that counts stands at
    # the place 2 - 1 + 3 = 4 behind it. Comparing with a finer decimal does not do: Spark rounds both to one type.
    number = "'^[-+]?([0-9]*)[.]?([0-9]*)[eE]([-+]?[0-9]+)$'"
    behind = f"regexp_extract({text}, {number}, 2)"
    digits = f"concat(regexp_extract({text}, {number}, 1), {behind})"
    counted = f"rtrim('0', {digits})"
    exponent = f"try_cast(regexp_extract({text}, {number}, 3) as int)"
    place = f"cast(length({behind}) - length({digits}) + length({counted}) as bigint) - {exponent}"
    return f"({counted} != '' and coalesce({place} > {scale}, true))"
