"""A contract's table as a Pandera schema for PySpark, for those who validate frames by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hallmark.contracts.model import Property, SchemaObject

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameSchema


def pandera_schema(table: SchemaObject) -> DataFrameSchema:
    """The table's columns, types, nullability and checks as `pandera.pyspark.DataFrameSchema`.

    Pandera says that a rule is broken, not by which rows; for that use `CompiledTable.judge`.
    """
    import pandera.pyspark as pa
    from pyspark.sql.types import _parse_datatype_string

    def column(prop: Property) -> Any:
        return pa.Column(
            _parse_datatype_string(prop.spark_type),  # type: ignore[arg-type]  # pandera takes Spark types, too
            checks=_checks(prop),
            nullable=not prop.required,
            name=prop.name,
            description=prop.description or None,
        )

    return pa.DataFrameSchema({prop.name: column(prop) for prop in table.properties}, name=table.name)


def _checks(prop: Property) -> list[Any]:
    import pandera.pyspark as pa

    limits: list[tuple[Callable[[Any], Any], str | None]] = [
        (pa.Check.ge, prop.minimum),
        (pa.Check.le, prop.maximum),
        (pa.Check.gt, prop.exclusive_minimum),
        (pa.Check.lt, prop.exclusive_maximum),
    ]
    checks = [make(_value(prop, limit)) for make, limit in limits if limit is not None]
    if prop.pattern is not None:
        checks.append(pa.Check.str_matches(prop.pattern))
    if prop.min_length is not None or prop.max_length is not None:
        checks.append(pa.Check.str_length(prop.min_length, prop.max_length))
    for quality in prop.quality:
        valid = quality.arguments.get("validValues")
        if valid and quality.severity == "error" and quality.comparison and quality.comparison.allows_none:
            checks.append(pa.Check.isin([str(value) for value in valid]))
    return checks


def _value(prop: Property, limit: str) -> Any:
    from datetime import date, datetime
    from decimal import Decimal

    if prop.logical_type == "timestamp":
        return datetime.fromisoformat(limit)
    if prop.logical_type == "date":
        return date.fromisoformat(limit)
    if prop.logical_type == "integer" and Decimal(limit) == int(Decimal(limit)):
        return int(Decimal(limit))
    return Decimal(limit) if prop.spark_type.startswith("decimal") else float(limit)
