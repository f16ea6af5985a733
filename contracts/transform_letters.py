"""Which transform Spark can't resolve, told by its property and line, and without Spark's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.model import Contract, Property, SchemaObject
from hallmark.contracts.transforms import TRANSFORM, plain_sql
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.spark_errors import class_only


@contextmanager
def transforms_blamed(contract: Contract, table: SchemaObject, frame: DataFrame) -> Iterator[None]:
    """What Spark says while it resolves a table's transforms on a frame becomes a letter.

    Raises:
        ContractError: names the property, its rule and the line; of Spark's text, which may quote values, it has the
            error's class and the name that was not found.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
        for prop in table.properties:
            if prop.transform and (found := _error_of(prop.transform, frame)):
                raise _letter(contract, table, prop, frame, found) from None
        where = f"{contract.file} ({table.name})"
        raise ContractError("the rows can't be read by the contract", where=where, got=class_only(error)) from None


def _error_of(transform: str, frame: DataFrame) -> Exception | None:
    try:
        _ = frame.select(F.expr(plain_sql(transform))).schema
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
        return error
    return None


def _letter(
    contract: Contract, table: SchemaObject, prop: Property, frame: DataFrame, error: Exception
) -> ContractError:
    names = error.getMessageParameters() or {} if isinstance(error, PySparkException) else {}
    unknown = str(names.get("objectName") or names.get("routineName") or "").replace("`", "")
    return ContractError(
        "a transform can't be run",
        where=f"{_place(contract, table, prop)} ({table.name}.{prop.name}, {TRANSFORM})",
        got=f"{class_only(error)} {unknown}".strip(),
        todo=did_you_mean(unknown, frame.columns) or "mend transformLogic",
    )


def _place(contract: Contract, table: SchemaObject, prop: Property) -> str:
    """The contract's file, with the line of a transform where it is known."""
    tables, names = [each.name for each in contract.objects], [each.name for each in table.properties]
    if contract.origin is None or table.name not in tables:
        return str(contract.file)
    keys: list[str | int] = ["schema", tables.index(table.name), "properties", names.index(prop.name), "transformLogic"]
    return f"{contract.file}:{contract.origin.line(keys)}"
