"""Money is exact: what a decimal can't hold to the last digit is refused, and bounds are compared digit by digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from hallmark.contracts.model import Property, SchemaObject
from hallmark.contracts.rules import row_rules
from hallmark.contracts.typing_sql import typed_sql

pytestmark = pytest.mark.compiled


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (
            "decimal(38,15)",
            {
                "1.2345678901e-9": None,
                "1.234567e-9": Decimal("1.234567E-9"),
                "12.500e-15": None,
                "12.500e-13": Decimal("1.25E-12"),
                "-1E+3": Decimal(-1000),
                "0e-99": Decimal(0),
                "1e-99999999999": None,
                "0.0000000000000001": None,
            },
        ),
        ("decimal(10,0)", {"120e-1": Decimal(12), "125e-1": None, "1.5e1": Decimal(15)}),
    ],
)
def test_a_decimal_is_read_to_the_last_digit_or_not_at_all(
    spark: SparkSession, kind: str, texts: dict[str, Decimal | None]
) -> None:
    sql = typed_sql(Property("x", "x", "number", kind), "x")
    frame = spark.createDataFrame([(text,) for text in texts], "x string")
    assert {row["x"]: row["y"] for row in frame.selectExpr("x", f"{sql} as y").collect()} == texts


def broken(spark: SparkSession, prop: Property, *values: str) -> list[str]:
    """Those of the values that break the property's last rule."""
    rule = row_rules(SchemaObject("t", "t", (prop,)))[-1]
    cast = ", ".join(f"(cast('{value}' as {prop.spark_type}), '{value}')" for value in values)
    rows = spark.sql(f"select said from values {cast} as t(`{prop.name}`, said) where {rule.violated}")
    return [row["said"] for row in rows.collect()]


@pytest.mark.parametrize("kind", ["decimal(38,15)", "decimal(38,18)"])
def test_a_bound_of_zero_knows_the_smallest_amounts(spark: SparkSession, kind: str) -> None:
    above = Property("x", "x", "number", kind, exclusive_minimum="0")
    assert broken(spark, above, "4e-13", "0", "-4e-13") == ["0", "-4e-13"]


def test_a_bound_has_all_its_digits(spark: SparkSession) -> None:
    least = Property("x", "x", "number", "decimal(38,18)", minimum="5e-13")
    assert broken(spark, least, "5e-13", "4e-13", "1e-12") == ["4e-13"]


def test_a_fine_divisor_is_no_zero_and_a_huge_double_stops_no_load(spark: SparkSession) -> None:
    fine = Property("x", "x", "number", "decimal(38,18)", multiple_of="1e-13")
    assert broken(spark, fine, "3e-13", "3.5e-13") == ["3.5e-13"]
    wide = Property("x", "x", "number", "double", multiple_of="0.5")
    assert broken(spark, wide, "1e30", "1.5", "1.25") == ["1.25"]
