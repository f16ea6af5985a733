"""Rows of a database, as JSON objects of texts, with their protected values made unreadable before they are compared.

Postgres made the texts: nothing of Debezium's forms has to be known, and the expressions stay small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.crypto import subject_ref
from hallmark.bronze.postgres_sql import IMAGE, KEY
from hallmark.bronze.protect import Guard, Owner, tables_own
from hallmark.contracts.model import SchemaObject

_OWNER = "_owner"
_TEXTS = "map<string,string>"


def protect_images(guard: Guard, rows: DataFrame, table: SchemaObject) -> DataFrame:
    """Rows to compare with the contract's protections; equal rows are equal afterwards.

    Args:
        guard: what protects them.
        rows: `row_key` and `row_image` STRING, JSON objects of texts.
        table: the contract's table.

    Returns:
        `row_key` and `row_image`; what the contract does not declare is a cell with the table's own key.
    """
    frame = guard.with_keys(rows.select(*(F.from_json(name, _TEXTS).alias(name) for name in (KEY, IMAGE))))
    owner = tables_own()
    if any(prop.protection and prop.protection.method == "encrypt" for prop in table.protected):
        subject = table.subject
        assert subject is not None  # noqa: S101 -- without one the contract is refused
        ref = subject_ref(F.col(IMAGE)[subject.field], subject.domain)
        frame = guard.with_owners(frame.withColumn(_OWNER, ref), [_OWNER])
        owner = guard.owner(_OWNER)
    return frame.select(
        F.to_json(F.transform_values(KEY, _field(guard, table, tables_own()))).alias(KEY),
        F.to_json(F.transform_values(IMAGE, _field(guard, table, owner))).alias(IMAGE),
    )


def _field(guard: Guard, table: SchemaObject, owner: Owner) -> Callable[[Column, Column], Column]:
    """What is written for a column by its name: as declared; what is not declared is sealed."""
    plain = [field for prop in table.properties if prop.protection is None for field in prop.source_columns]
    plain += table.changes.row_fields

    def written(name: Column, text: Column) -> Column:
        kept = F.when(name.isin(*plain), text)
        for prop in table.protected:
            label = replace(prop, source=f"{table.name}.{prop.source}")
            kept = kept.when(name == prop.source, guard.protected(text, label, owner))
        return kept.otherwise(guard.sealed(text, f"{table.name}.other"))

    return written
