"""A contract as a Python module of Pandera schemas for PySpark, which needs pandera and pyspark and no hallmark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.pandera_checks import (
    HAS_TYPE,
    PanderaCheck,
    is_known_type,
    is_not_null,
    pandera_checks,
    untold,
)
from hallmark.contracts.exports.pandera_helpers import HELPERS, helpers_source
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import (
    column_words,
    one_line,
    title_of,
    untold_words,
    written_by,
)
from hallmark.contracts.model import Contract, Property, SchemaObject

_TYPES = {
    "string": "StringType", "tinyint": "ByteType", "smallint": "ShortType", "int": "IntegerType", "bigint": "LongType",
    "float": "FloatType", "double": "DoubleType", "boolean": "BooleanType", "date": "DateType",
    "timestamp": "TimestampType",
}  # fmt: skip


def pandera_source(contract: Contract) -> str:
    """The module: `SCHEMAS` has a `DataFrameSchema` for each table of the contract.

    Pandera says that a rule is broken, not by which rows; what it can't say at all stands in a comment.
    """
    body = [line for table in contract.objects for line in _schema(contract, table)]
    names = ", ".join(f"{table.name!r}: {_name(table)}" for table in contract.objects)
    said = "\n".join(body)
    lines = [
        f"# {written_by(contract)}",
        f"# {title_of(contract)}",
        *[f"# has no effect: {words}" for words in untold_words(contract)],
        "from __future__ import annotations",
        "",
        *(["import datetime"] if "datetime." in said else []),
        "from collections.abc import Callable",
        *(["from decimal import Decimal"] if "Decimal(" in said else []),
        "from typing import TYPE_CHECKING, Any",
        "",
        "import pandera.pyspark as pa",
        *(["import pyspark.sql.types as T"] if " T." in said else []),
        "",
        "if TYPE_CHECKING:",
        "    from pyspark.sql import DataFrame",
        "",
        "",
        helpers_source(),
        "",
        *body,
        "",
        f"SCHEMAS = {{{names}}}",
    ]
    return "\n".join(lines) + "\n"


def _name(table: SchemaObject) -> str:
    return re.sub(r"\W", "_", table.name).upper() + "_SCHEMA"


def _schema(contract: Contract, table: SchemaObject) -> Iterator[str]:
    claims = claims_of(contract, table)
    types = {prop.name: prop.spark_type for prop in table.properties}
    checks = [*pandera_checks(claims, types)]
    yield ""
    for words in untold(claims, types):
        yield f"# not checked: {words}"
    yield f"{_name(table)} = pa.DataFrameSchema("
    yield "    {"
    for prop in table.properties:
        yield from _column(prop, claims, [check for check in checks if check.column == prop.name])
    yield "    },"
    whole = [check for check in checks if check.column is None]
    if whole:
        yield "    checks=["
        yield from (f"        {_check(check)}," for check in whole)
        yield "    ],"
    yield f"    name={table.name!r},"
    yield f"    description={one_line(table.description)!r},"
    yield ")"


def _column(prop: Property, claims: tuple[Claim, ...], checks: list[PanderaCheck]) -> Iterator[str]:
    required = any(is_not_null(claim) and claim.columns == (prop.name,) for claim in claims)
    yield f"        {prop.name!r}: pa.Column("
    yield f"            {type_source(prop)},"
    yield f"            nullable={not required},"
    if checks:
        yield "            checks=["
        yield from (f"                {_check(check)}," for check in checks)
        yield "            ],"
    if words := column_words(prop):
        yield f"            description={words!r},"
    unit: dict[str, Any] = {"unit": prop.unit} if prop.unit else {}
    personal = {"personal": True} if prop.holds_personal else {}
    if meta := unit | personal:
        yield f"            metadata={meta!r},"
    yield "        ),"


def _check(check: PanderaCheck) -> str:
    end = f"error={check.says!r}{', raise_warning=True' if check.warns else ''}"
    given = ", ".join(f"{name}={value_source(value)}" for name, value in check.arguments.items())
    if check.call in HELPERS:
        named = f", name={HAS_TYPE!r}, statistics={check.arguments!r}" if check.call == HAS_TYPE else ""
        return f"pa.Check({check.call}({given}), {end}{named})"
    return f"pa.Check.{check.call}({given}, {end})"


def type_source(prop: Property) -> str:
    """The property's Spark type as Python source; None for a type that Pandera does not know.

    >>> type_source(Property("x", "x", "number", "decimal(10,2)"))
    'T.DecimalType(10, 2)'
    """
    if not is_known_type(prop.spark_type):
        return "None"
    if prop.items is not None:
        return f"T.ArrayType({type_source(prop.items)})"
    if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", prop.spark_type):
        return f"T.DecimalType({match.group(1)}, {match.group(2)})"
    return f"T.{_TYPES[prop.spark_type]}()"


def value_source(value: Any) -> str:
    """A value as Python source.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> value_source([Decimal("1.5"), date(2020, 1, 2)])
    "[Decimal('1.5'), datetime.date(2020, 1, 2)]"
    """
    if isinstance(value, list):
        return f"[{', '.join(map(value_source, value))}]"
    if isinstance(value, datetime):
        return f"datetime.datetime.fromisoformat({value.isoformat()!r})"
    return repr(value)
