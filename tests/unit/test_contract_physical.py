"""Physical types of many databases become Spark types."""

from __future__ import annotations

import pytest

from hallmark.contracts.physical import SparkType, spark_type_of


@pytest.mark.parametrize(
    ("logical", "physical", "spark"),
    [
        ("string", "VARCHAR(255)", "string"),
        ("string", "character varying(9)", "string"),
        ("string", "jsonb", "string"),
        ("integer", "INT8", "bigint"),
        ("integer", "Integer", "int"),
        ("integer", "numeric(20)", "decimal(20,0)"),
        ("number", "NUMERIC(10, 2)", "decimal(10,2)"),
        ("number", "decimal", "decimal(38,18)"),
        ("number", "double precision", "double"),
        ("number", "REAL", "float"),
        ("boolean", "bit", "boolean"),
        ("timestamp", "timestamp with time zone", "timestamp"),
        ("timestamp", "datetime2", "timestamp"),
        ("time", "time", "string"),
    ],
)
def test_a_physical_type_names_the_column(logical: str, physical: str, spark: str) -> None:
    assert spark_type_of(logical, physical) == SparkType(spark)


@pytest.mark.parametrize(
    ("logical", "width", "spark"),
    [("integer", "i8", "tinyint"), ("integer", "u32", "bigint"), ("integer", "u64", "decimal(20,0)"),
     ("number", "f32", "float"), ("integer", None, "bigint"), ("number", None, "double"), ("string", None, "string")],
)  # fmt: skip
def test_without_one_the_width_or_the_kind_does(logical: str, width: str | None, spark: str) -> None:
    assert spark_type_of(logical, None, width) == SparkType(spark)


def test_one_that_nobody_knows_is_told() -> None:
    assert spark_type_of("number", "geography") == SparkType("double", unknown=True)


@pytest.mark.parametrize(
    ("logical", "physical", "wanted"),
    [
        ("number", "varchar(9)", "double, float or decimal"),
        ("string", "int", "string"),
        ("integer", "decimal(10,2)", "decimal\\(p,0\\)"),
        ("number", "decimal(39,2)", "decimal\\(p,s\\)"),
        ("number", "decimal(3,5)", "decimal\\(p,s\\)"),
        ("date", "timestamp", "date"),
    ],
)
def test_one_of_another_kind_is_refused(logical: str, physical: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        spark_type_of(logical, physical)
