"""A contract's table as a Pandera schema for PySpark, for those who validate frames by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallmark.contracts.exports.claims import row_claims
from hallmark.contracts.exports.pandera_checks import (
    HAS_TYPE,
    PanderaCheck,
    is_known_type,
    is_not_null,
    pandera_checks,
)
from hallmark.contracts.exports.pandera_helpers import HELPERS
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import column_words
from hallmark.contracts.model import Contract, Property, SchemaObject

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameSchema


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

    if check.call not in HELPERS:
        return getattr(pa.Check, check.call)(**check.arguments, error=check.says, raise_warning=check.warns)
    named: dict[str, Any] = {"name": HAS_TYPE, "statistics": check.arguments} if check.call == HAS_TYPE else {}
    return pa.Check(HELPERS[check.call](**check.arguments), error=check.says, raise_warning=check.warns, **named)
