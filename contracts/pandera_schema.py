"""A contract's table as a Pandera schema for PySpark, for those who validate frames by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hallmark.contracts.exports.claims import row_claims
from hallmark.contracts.exports.pandera_checks import PanderaCheck, is_known_type, is_not_null, pandera_checks
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import column_words
from hallmark.contracts.model import Contract, Property, SchemaObject

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameSchema
    from pyspark.sql import DataFrame


def pandera_schema(table: SchemaObject, contract: Contract | None = None) -> DataFrameSchema:
    """The table's columns, types, nullability and checks as `pandera.pyspark.DataFrameSchema`.

    Rules with the action `warn` warn (`raise_warning`). With its contract, the rules about the whole table are in it,
    too, as far as SQL can measure them. Pandera says that a rule is broken, not by which rows; for that use
    `CompiledTable.judge`.
    """
    import pandera.pyspark as pa
    from pyspark.sql.types import _parse_datatype_string

    claims = row_claims(table) if contract is None else claims_of(contract, table)
    checks = [*pandera_checks(claims, {prop.name: prop.spark_type for prop in table.properties})]
    required = {claim.columns[0] for claim in claims if is_not_null(claim)}

    def column(prop: Property) -> Any:
        known = _parse_datatype_string(prop.spark_type) if is_known_type(prop.spark_type) else None
        return pa.Column(
            known,  # type: ignore[arg-type]  # pandera takes Spark types, too
            checks=[_check(check) for check in checks if check.column == prop.name],
            nullable=prop.name not in required,
            name=prop.name,
            description=column_words(prop) or None,
        )

    return pa.DataFrameSchema(
        {prop.name: column(prop) for prop in table.properties},
        checks=[_check(check) for check in checks if check.column is None],
        name=table.name,
        description=table.description or None,
    )


def _check(check: PanderaCheck) -> Any:
    import pandera.pyspark as pa

    own: dict[str, Callable[..., Callable[[Any], bool]]] = {
        "has_type": _has_type, "no_row": _no_row, "no_repeat": _no_repeat, "measure": _measure,
    }  # fmt: skip
    if check.call in own:
        return pa.Check(own[check.call](**check.arguments), error=check.says, raise_warning=check.warns)
    return getattr(pa.Check, check.call)(**check.arguments, error=check.says, raise_warning=check.warns)


def _has_type(column: str, wanted: str) -> Callable[[Any], bool]:
    return lambda data: bool(getattr(data, "dataframe", data).schema[column].dataType.simpleString() == wanted)


def _no_row(broken: str) -> Callable[[Any], bool]:
    return lambda data: bool(getattr(data, "dataframe", data).where(broken).isEmpty())


def _no_repeat(columns: list[str]) -> Callable[[DataFrame], bool]:
    def check(frame: DataFrame) -> bool:
        return frame.select(*columns).dropna().groupBy(*columns).count().where("count > 1").isEmpty()

    return check


def _measure(query: str, wanted: str) -> Callable[[DataFrame], bool]:
    def check(frame: DataFrame) -> bool:
        frame.createOrReplaceTempView("contract_object")
        filled = query.replace("{object}", "contract_object")
        row = frame.sparkSession.sql(f"select coalesce(({filled}) {wanted}, false)").first()
        return bool(row is not None and row[0])

    return check
