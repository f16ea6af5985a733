"""What a value must hold, as SQL conditions of values that do not: of options, and of quality rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hallmark.contracts.checks import Check, listed_sql, number_sql, told, violated_sql
from hallmark.contracts.model import Property, Quality
from hallmark.contracts.patterns import like_sql, like_words
from hallmark.contracts.typing_sql import clock_sql, fields_sql, items_sql
from hallmark.lakehouse.names import INGESTED_AT, sql_text
from hallmark.lakehouse.words import many

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
FORMATS = {
    "email": r"^(?=.{1,320}$)[^@\s]+@[^@\s.]+(?:[.][^@\s.]++)++$",
    "uuid": r"(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    "hostname": rf"^(?=.{{1,253}}$){_LABEL}([.]{_LABEL})*$",
    "ipv4": r"^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)([.]|$)){4}$(?<![.])",
    "ipv6": r"^(?=.*:)[0-9A-Fa-f:.]{2,45}$",
    **dict.fromkeys(("byte", "binary"), r"^(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"),
}  # RFC 5322 (as browsers read it), 4122, 3986, 1123, 791, 4291 (characters alone), 4648

_FINEST = 22  # digits behind the point: with more, a decimal had no room for all doubles that are not whole


@dataclass(frozen=True)
class Checked:
    """A check of one value: the kind of rule, what it must be in words, and the SQL of a value that is not."""

    name: str
    says: str
    violated: str


def value_checks(prop: Property, column: str, text: str) -> Iterator[Checked]:
    """The checks of a property's options.

    Args:
        prop: the property.
        column: SQL of the typed value.
        text: SQL of its text as the source has it.
    """
    for name, sign, bad, limit in (
        ("minimum", ">=", "<", prop.minimum),
        ("maximum", "<=", ">", prop.maximum),
        ("exclusiveMinimum", ">", "<=", prop.exclusive_minimum),
        ("exclusiveMaximum", "<", ">=", prop.exclusive_maximum),
    ):
        if limit is not None:
            value = clock_sql(prop, column) or column
            yield Checked(name, f"{sign} {limit}", f"{value} {bad} {literal(prop, limit)}")
    if prop.max_lead is not None:
        ahead = f"{column} > {INGESTED_AT} + make_dt_interval(0, 0, 0, {prop.max_lead})"
        yield Checked("maxLead", f"at most {prop.max_lead:,} s after its ingestion", ahead)
    if prop.multiple_of is not None:
        rest = f"{column} % {number_sql(prop.multiple_of)} != 0"
        broken = _no_multiple_sql(column, prop.multiple_of) if _is_float(prop) else rest
        yield Checked("multipleOf", f"a multiple of {prop.multiple_of}", broken)
    if prop.min_length is not None:
        says = f"at least {many(prop.min_length, 'character')}"
        yield Checked("minLength", says, f"char_length({column}) < {prop.min_length}")
    if prop.max_length is not None:
        says = f"at most {many(prop.max_length, 'character')}"
        yield Checked("maxLength", says, f"char_length({column}) > {prop.max_length}")
    if prop.pattern is not None:
        yield Checked("pattern", like_words(prop.pattern), f"not ({like_sql(column, prop.pattern)})")
    if prop.clock and prop.format:
        yield Checked("format", f"time ({prop.format})", f"{column} is not null and {clock_sql(prop, column)} is null")
    elif prop.logical_type == "string" and prop.format in FORMATS:
        yield Checked("format", str(prop.format), f"not ({like_sql(column, FORMATS[str(prop.format)])})")
    yield from _array_checks(prop, column, text)
    yield from _object_checks(prop, text)


def _no_multiple_sql(column: str, step: str) -> str:
    """SQL of whether a double is no multiple of a step, digit by digit as both are written.

    A number beyond what a decimal holds is whole: it is a multiple of k/10**s where it is one of k, less what k shares
    with 10**s. One that is nearer to zero than to the step is none.
    """
    digits = Decimal(step)
    scale = min(max(12, -int(digits.as_tuple().exponent)), _FINEST)
    exact = f"try_cast({column} as decimal(38,{scale})) % {number_sql(step)} != 0"
    whole = Fraction(digits).numerator
    rest = f"coalesce(try_cast({column} as decimal(38,0)) % {number_sql(str(whole))}, {column} % {whole}D)"
    far = f"abs({column}) >= 1e{38 - scale}D and {rest} != 0"
    return f"{exact} or ({far}) or (abs({column}) < {float(digits) / 2!r}D and {column} != 0D)"


def _array_checks(prop: Property, column: str, text: str) -> Iterator[Checked]:
    items = items_sql(text)
    if prop.min_items is not None:
        yield Checked(
            "minItems",
            f"at least {many(prop.min_items, 'item')}",
            f"size({items}) < {prop.min_items} and {items} is not null",
        )
    if prop.max_items is not None:
        yield Checked("maxItems", f"at most {many(prop.max_items, 'item')}", f"size({items}) > {prop.max_items}")
    if prop.unique_items:
        given = f"filter({column}, i -> i is not null)"  # 1 and 1.0 are one number, and two texts
        twice = f"size(array_distinct({given})) < size({given})"
        yield Checked("uniqueItems", "no item twice", f"{twice} or size(filter({items}, i -> i is null)) > 1")


def _object_checks(prop: Property, text: str) -> Iterator[Checked]:
    fields = fields_sql(text)
    if prop.min_properties:
        says = f"at least {many(prop.min_properties, 'field')}"
        yield Checked("minProperties", says, f"size({fields}) < {prop.min_properties} and {fields} is not null")
    if prop.max_properties is not None:
        says = f"at most {many(prop.max_properties, 'field')}"
        yield Checked("maxProperties", says, f"size({fields}) > {prop.max_properties}")
    for name in prop.required_properties:
        source = next(child.source for child in prop.properties if child.name == name)
        lacks = f"{fields} is not null and {fields}[{sql_text(source)}] is null"
        yield Checked("requiredProperties", f"with the field {name}", lacks)


def quality_check(prop: Property, quality: Quality, column: str, text: str) -> Checked | None:
    """The check of one value that a quality rule makes; None when it is not about single values.

    A rule whose bound is no upper one (`nullValues` that must be more than 5) measures a table and blames no row.
    """
    if quality.kind == "custom":
        return _custom(prop, quality, column)
    if quality.kind != "library" or quality.comparison is None or not quality.comparison.is_upper_bound:
        return None
    if quality.metric == "nullValues":
        return Checked("nullValues", "no null", f"{column} is null")
    if quality.metric == "missingValues":
        given = quality.arguments["missingValues"]
        missing = [str(value) for value in given if value not in {None, ""}]
        found = [f"{text} is null or trim({text}) = ''"] if len(missing) < len(given) else []  # files write null as ''
        found += [f"{text} in ({listed_sql(missing, 'string')})"] if missing else []
        return Checked("missingValues", "not missing", " or ".join(found))
    if quality.metric == "invalidValues":
        return _valid(prop, quality.arguments, column)
    return None


def _valid(prop: Property, arguments: Mapping[str, Any], column: str) -> Checked:
    if "validValues" in arguments:
        values = arguments["validValues"]
        says = f"one of {', '.join(map(told, values))}"
        if prop.logical_type in {"integer", "number"}:  # 1 and 1.0 are one number, and two texts
            return Checked("validValues", says, f"{column} not in ({', '.join(literal(prop, str(v)) for v in values)})")
        if prop.logical_type in {"boolean", "date", "timestamp"}:  # which have many texts each
            return Checked("validValues", says, f"{column} not in ({listed_sql(values, prop.spark_type)})")
        return Checked("validValues", says, f"cast({column} as string) not in ({listed_sql(values, 'string')})")
    pattern = str(arguments["pattern"])
    return Checked("pattern", like_words(pattern), f"not ({like_sql(f'cast({column} as string)', pattern)})")


def _custom(prop: Property, quality: Quality, column: str) -> Checked | None:
    check = quality.arguments.get("check")
    if not isinstance(check, Check):
        return None
    return Checked(check.name, check.says, violated_sql(check, column, prop.spark_type))


def literal(prop: Property, limit: str) -> str:
    """SQL of a bound, in a type that compares exactly with the property's."""
    if prop.logical_type in {"date", "timestamp"}:
        return f"cast({sql_text(limit)} as {prop.spark_type})"
    if prop.clock:
        whole = re.sub(r"^(\d{2}:\d{2})(?!:)", r"\1:00", limit)
        return f"cast({sql_text(f'1970-01-01 {whole}')} as timestamp)"
    if prop.logical_type == "string":
        return sql_text(limit)
    return f"cast({sql_text(limit)} as double)" if _is_float(prop) else number_sql(limit)


def _is_float(prop: Property) -> bool:
    return prop.spark_type in {"double", "float"}
