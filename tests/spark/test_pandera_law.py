"""A law: the values that a Pandera schema flags in Spark are those that pandas-Pandera flags, in batch and in stream.

Hypothesis draws 500 frames of seven columns, and for each 125 of them three schemas. Spark has the three as one with 21
columns, for plans cost more than rows; all frames are judged in one job, and once more as one stream.
"""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import pandera.pyspark as pa
import pyspark.sql.types as T  # noqa: N812 -- the field's usual name
import pytest
from pandera_draws import KINDS, OWN, Case, Flag, decided, drawn, expected, kind_of
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from hallmark.contracts.pandera_import import CompiledSchema, compile_schema, register_check

pytestmark = pytest.mark.compiled

for own, (of_spark, _) in OWN.items():
    register_check(own)(of_spark)


def for_spark(case: Case) -> CompiledSchema:
    def check(name: str, given: dict[str, Any], *, warns: bool) -> Any:
        if name in OWN:
            return pa.Check(lambda _: True, name=name, raise_warning=warns)
        return getattr(pa.Check, name)(**given, raise_warning=warns)

    columns = {
        name: pa.Column(
            KINDS[kind_of(name)].spark,
            [check(*each, warns=column.warns) for each in column.checks],
            nullable=column.nullable,
        )
        for name, column in case.columns.items()
    }
    frame = {"frame": pa.Column(T.IntegerType())} if case.unique else {}
    unique = ["frame", *case.unique] if case.unique else None
    return compile_schema(pa.DataFrameSchema({**frame, **columns}, name="law", unique=unique))


def rows_of(spark: SparkSession) -> DataFrame:
    flat = [(number, *row) for number, case in enumerate(drawn()) for row in case.rows]
    columns = [T.StructField(name, kind.spark) for name, kind in KINDS.items()]
    numbers = [T.StructField(name, T.IntegerType()) for name in ("schema", "frame", "row")]
    return spark.createDataFrame(flat, T.StructType([*numbers, *columns]))


def wide(rows: DataFrame, number: int) -> DataFrame:
    """The rows of a schema, with its columns."""
    columns = [F.col(kind_of(name)).alias(name) for name in drawn()[number].columns]
    return rows.where(F.col("schema") == number).select("schema", "frame", "row", *columns)


def judged(rows: DataFrame) -> DataFrame:
    """All schemas' verdicts, each about its own rows."""
    each = [for_spark(case).judge(wide(rows, number)) for number, case in enumerate(drawn())]
    told = ("schema", "frame", "row", "whole_0", "whole_1", "word_0", "flag_0", "day_0", "_errors", "_warnings", "_bad")
    return functools.reduce(DataFrame.union, [verdicts.select(*told) for verdicts in each])


def flags_of(verdicts: DataFrame) -> tuple[set[Flag], set[Flag], Counter[tuple[Any, ...]]]:
    """Errors, warnings, and how often values that may not repeat came again."""
    errors, warned = set[Flag](), set[Flag]()
    again: Counter[tuple[Any, ...]] = Counter()
    for row in verdicts.where(F.col("_bad") | (F.size("_errors") + F.size("_warnings") > 0)).collect():
        assert row["_bad"] == bool(row["_errors"])
        for found, reasons in ((errors, row["_errors"]), (warned, row["_warnings"])):
            for reason in reasons:
                if reason["rule"] == "duplicateValues":
                    again[(row["schema"], *(row[column] for column in reason["columns"]))] += 1
                else:
                    found.add((row["schema"], row["frame"], row["row"], reason["columns"][0], reason["rule"]))
    return errors, warned, again


@pytest.fixture(scope="module")
def batch(spark: SparkSession) -> tuple[set[Flag], set[Flag], Counter[tuple[Any, ...]]]:
    return flags_of(judged(rows_of(spark)))


def test_the_values_that_are_flagged_are_those_of_pandas(
    batch: tuple[set[Flag], set[Flag], Counter[tuple[Any, ...]]],
) -> None:
    errors, warned, again = expected()
    assert decided(batch[0]) == decided(errors)
    assert decided(batch[1]) == decided(warned)
    assert batch[2] == again
    assert errors
    assert warned


def test_a_stream_flags_the_values_that_a_batch_flags(
    spark: SparkSession, tmp_path: Path, batch: tuple[set[Flag], set[Flag], Counter[tuple[Any, ...]]]
) -> None:
    rows = rows_of(spark)
    rows.coalesce(1).write.parquet(str(tmp_path / "rows"))
    with pytest.warns(UserWarning, match="not checked: duplicateValues of "):
        stream = judged(spark.readStream.schema(rows.schema).parquet(str(tmp_path / "rows")))
    query = stream.writeStream.format("parquet").option("checkpointLocation", str(tmp_path / "progress"))
    query.trigger(availableNow=True).start(str(tmp_path / "judged")).awaitTermination()
    found = flags_of(spark.read.parquet(str(tmp_path / "judged")))
    assert found == (batch[0], batch[1], Counter())  # a stream can't look back: what may not repeat holds for all
