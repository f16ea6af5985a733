"""Values cut short: what stays of a text, a time, an address, a number, and of what is none."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.truncation import truncated
from hallmark.contracts.model import Property, Protection

TYPES = {"string": "string", "date": "date", "timestamp": "timestamp", "integer": "bigint", "number": "double"}


def cut(spark: SparkSession, values: list[str | None], kind: str, protection: Protection) -> list[str | None]:
    rows = spark.createDataFrame([(i, value) for i, value in enumerate(values)], "i int, v string")
    found = rows.select("i", truncated(F.col("v"), Property("p", "p", kind, TYPES[kind]), protection)).orderBy("i")
    return [row[1] for row in found.collect()]


@pytest.mark.parametrize(
    ("kind", "protection", "given", "left"),
    [
        ("string", {"characters": 2}, ["81375", "a", "ünï", "名前は"], ["81", "a", "ün", "名前"]),
        ("date", {"unit": "year"}, ["1987-06-05", "1987-6-5", "soon"], ["1987-01-01", "1987-01-01", "***"]),
        ("date", {"unit": "year"}, ["19345", "870605"], ["***", "***"]),  # days since 1970, and no year of that name
        ("date", {"unit": "month"}, ["2024-02-29"], ["2024-02-01"]),
        (
            "timestamp",
            {"unit": "hour"},
            ["2024-02-29 13:59:59.123", "2024-02-29T13:59:59Z", "2024-02-29T13:59:59+02:00", "noon"],
            ["2024-02-29 13:00:00", "2024-02-29 13:00:00", "2024-02-29 11:00:00", "***"],
        ),
        (
            "string",
            {"prefix": 24},
            ["203.0.113.77", "2001:DB8:77aa:1::9", "2001:db8:1:2:3:4:5:6", "::1", "a host", "203.0.113.77, 10.0.0.1"],
            ["203.0.113.0", "2001:db8:77aa::", "2001:db8:1::", "0:0:0::", "***", "***"],
        ),
        ("string", {"prefix": 8}, ["203.0.113.77"], ["203.0.0.0"]),
        ("integer", {"step": "1000"}, ["54321", "-1", "0", "many"], ["54000", "-1000", "0", "***"]),
        ("number", {"step": "0.25"}, ["1.99", "2", "1e3"], ["1.75", "2.00", "1000.00"]),
    ],
)
def test_what_is_left_of_a_value(
    spark: SparkSession, kind: str, protection: dict[str, object], given: list[str], left: list[str]
) -> None:
    assert cut(spark, [*given, "", None], kind, Protection("truncate", **protection)) == [*left, "", None]  # type: ignore[arg-type]
