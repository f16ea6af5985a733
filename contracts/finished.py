"""The columns of a finished table as the rules of its contract ask for them."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.model import Property
from hallmark.lakehouse.names import quoted

_FLOATS = {"double", "float"}


def json_text(prop: Property, column: Column) -> Column:
    """A nested column as the text that its rules read."""
    return F.to_json(column.cast(_source_type(prop)))  # the rules ask for fields by their names in the source


def _source_type(prop: Property) -> str:
    if prop.items is not None:
        return f"array<{_source_type(prop.items)}>"
    if prop.properties:
        return f"struct<{', '.join(f'{quoted(each.source)}: {_source_type(each)}' for each in prop.properties)}>"
    return prop.spark_type


def typed_column(prop: Property, column: Column, spark_type: str | None, *, nan_is_null: bool) -> Column:
    """A column of this Spark type in its contract's one; where `nan_is_null`, NaN is null.

    One that is so already is itself: a cast would take its metadata, and from a stream its watermark.
    """
    typed = column if spark_type == prop.spark_type else column.cast(prop.spark_type)
    return F.nanvl(typed, F.lit(None)) if nan_is_null and prop.spark_type in _FLOATS else typed
