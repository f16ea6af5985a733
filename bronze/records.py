"""JSON texts to bronze columns: each field as text under its own column's name. Files and messages share it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.names import RECORD_KEY, RESCUED, bronze_column

RECORD, TEXT = "record", "text"
_OBJECT = "map<string,variant>"
_END = "end of the document"


def spread(records: DataFrame, keep: Sequence[str], garbled: Column) -> DataFrame:
    """The fields of `record` as columns, beside the columns `keep`; asks the records for their fields' names.

    Args:
        records: `record` map<string,variant> (null where the text is no JSON object), `text`, and the columns `keep`.
        keep: columns that stay.
        garbled: where the text is not to be trusted, though it may be read.

    Returns:
        A column STRING a field, `keep`, and `_rescued`: the text of what is no object, garbled, or has two fields that
        become one column (`v` and `V`): neither is lost.
    """
    spellings: dict[str, list[str]] = defaultdict(list)
    for key in _keys(records):
        spellings[bronze_column(key).lower()].append(key)
    columns = [_field(keys).alias(bronze_column(keys[0])) for _, keys in sorted(spellings.items())]
    clashes = [_values(keys) > 1 for keys in spellings.values() if len(keys) > 1]
    broken = reduce(Column.__or__, clashes, F.col(RECORD).isNull() | garbled)
    return records.select(*columns, *keep, F.when(broken, F.col(TEXT)).alias(RESCUED))


def records_of(texts: DataFrame, layout: str, keep: Sequence[str]) -> DataFrame:
    """One row a record: `record` map<string,variant> (null where the text is no JSON object), `text`, and `keep`.

    Variants keep numbers as they were written, to 38 digits; `from_json` would send them through a double.

    Args:
        texts: `text`, and the columns `keep`.
        layout: `lines` for an object a text, `array` for an array of objects, `map` for an object of objects; their
            keys are in `_record_key`.
        keep: columns that stay.
    """
    if layout == "lines":
        return texts.select(*keep, TEXT, object_in(document(TEXT)).alias(RECORD))
    items = "array<variant>" if layout == "array" else _OBJECT
    parsed = texts.select(*keep, TEXT, as_type(document(TEXT), items).alias("items"))
    names = ["item"] if layout == "array" else [RECORD_KEY, "item"]
    unread = F.col("items").isNull().alias("unread")
    listed = parsed.select(*keep, F.col(TEXT).alias("whole"), unread, F.explode_outer("items").alias(*names))
    records = listed.where(F.col("unread") | F.col("item").isNotNull())
    text = F.when(F.col("unread"), F.col("whole")).otherwise(F.to_json("item"))
    return records.withColumn(TEXT, text).withColumn(RECORD, object_in(F.col("item")))


def document(column: str) -> Column:
    """The VARIANT of a text that is one JSON document and nothing else; else null."""
    # Spark stops at the end of the first JSON document and would not see what follows it: let a known one follow.
    items = as_type(F.try_parse_json(F.concat(F.lit("["), column, F.lit(f', "{_END}"]'))), "array<variant>")
    return F.when((F.size(items) == 2) & (as_type(F.get(items, F.lit(1)), "string") == _END), F.get(items, F.lit(0)))


def object_in(variant: Column) -> Column:
    """A VARIANT as map<string,variant>; null where it is no object."""
    return as_type(variant, _OBJECT)


def as_type(variant: Column, spark_type: str) -> Column:
    """A VARIANT as another type; null where it is not of that type."""
    return F.try_variant_get(variant, "$", spark_type)


def _values(keys: Sequence[str]) -> Column:
    return reduce(Column.__add__, [F.col(RECORD)[key].isNotNull().cast("int") for key in keys])


def _field(keys: Sequence[str]) -> Column:
    return F.coalesce(*[F.col(RECORD)[key].cast("string") for key in keys])


def _keys(records: DataFrame) -> list[str]:
    found = records.select(F.explode(F.map_keys(RECORD)).alias("key")).agg(
        F.sort_array(F.collect_set("key")).alias("keys")
    )
    row = found.first()
    return list(row["keys"]) if row is not None else []
