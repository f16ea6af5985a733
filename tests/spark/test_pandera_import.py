"""A user's Pandera schema: the rows that it flags here are those that pandas-Pandera flags, in batch and in stream."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as papd
import pandera.pyspark as pa
import pyspark.sql.types as T  # noqa: N812 -- the field's usual name
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from hallmark.contracts.pandera_import import compile_schema, register_check
from hallmark.lakehouse.errors import ContractError

TEXT_CHECKS = ["str_matches", "str_contains", "str_startswith", "str_endswith", "str_length", "isin"]
FRAMES_A_JOB, JOBS = 50, 10  # 500 frames in all: Spark judges many of them in one job
LIMITS = st.integers(-5, 5)
TEXTS = st.text(st.sampled_from("abäß漢 .\n1"), max_size=4)
WHOLE = st.none() | st.integers(-6, 6) | st.sampled_from([-(2**63), 2**63 - 1, 0])
FLOATS = st.none() | st.floats(allow_infinity=True, allow_nan=True) | st.integers(-6, 6).map(float)


@st.composite
def whole_checks(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(["ge", "gt", "le", "lt", "eq", "ne", "in_range", "isin", "notin"]))
    if name == "in_range":
        low, high = sorted([draw(LIMITS), draw(LIMITS)])
        ends = {"include_min": draw(st.booleans()), "include_max": draw(st.booleans())}
        return name, {"min_value": low, "max_value": high + 1, **ends}
    if name in {"isin", "notin"}:
        key = "allowed_values" if name == "isin" else "forbidden_values"
        return name, {key: draw(st.lists(LIMITS, min_size=1, max_size=3))}
    key = {"ge": "min_value", "gt": "min_value", "le": "max_value", "lt": "max_value"}.get(name, "value")
    return name, {key: draw(LIMITS)}


@st.composite
def text_checks(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(
        st.sampled_from(["str_matches", "str_contains", "str_startswith", "str_endswith", "str_length", "isin"])
    )
    if name == "str_length":
        low, high = sorted([draw(st.integers(0, 4)), draw(st.integers(0, 4))])
        return name, {"min_value": low, "max_value": high}
    if name == "isin":
        return name, {"allowed_values": draw(st.lists(TEXTS, min_size=1, max_size=3))}
    if name in {"str_matches", "str_contains"}:
        return name, {"pattern": draw(st.sampled_from(["a", "^ab", "ä|b", "[ab]+1", "漢", "b.", "(a)(b)?"]))}
    return name, {"string": draw(st.sampled_from(["a", "ab", "ß", "."]))}


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, tuple[Any, Any, bool, list[tuple[str, dict[str, Any]]]]]:
    """Columns of a schema: Spark type, pandas type, nullable, checks."""
    return {
        "whole": (T.LongType(), "Int64", draw(st.booleans()), draw(st.lists(whole_checks(), max_size=2))),
        "real": (T.DoubleType(), "float64", draw(st.booleans()), draw(st.lists(whole_checks(), max_size=2))),
        "text": (T.StringType(), "object", draw(st.booleans()), draw(st.lists(text_checks(), max_size=2))),
    }


ROWS = st.lists(st.tuples(WHOLE, FLOATS, st.none() | TEXTS), min_size=1, max_size=8)


def of_pandas(columns: dict[str, Any], rows: list[tuple[Any, ...]]) -> set[int]:
    """The rows that pandas-Pandera flags."""
    frame = pd.DataFrame(
        {
            name: pd.Series([row[i] for row in rows], dtype=kind)
            for i, (name, (_, kind, _, _)) in enumerate(columns.items())
        }
    )
    schema = papd.DataFrameSchema(
        {
            name: papd.Column(None, [getattr(papd.Check, check)(**given) for check, given in checks], nullable=nullable)
            for name, (_, _, nullable, checks) in columns.items()
        }
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an error within a check else: of pandas' future, of groups in a pattern
            schema.validate(frame, lazy=True)
    except papd.errors.SchemaErrors as errors:
        return {int(index) for index in errors.failure_cases["index"]}
    return set()


def for_spark(columns: dict[str, Any]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            name: pa.Column(kind, [getattr(pa.Check, check)(**given) for check, given in checks], nullable=nullable)
            for name, (kind, _, nullable, checks) in columns.items()
        },
        name="law",
    )


def rows_of(spark: SparkSession, frames: list[list[tuple[Any, ...]]]) -> DataFrame:
    flat = [(frame, row, *values) for frame, rows in enumerate(frames) for row, values in enumerate(rows)]
    return spark.createDataFrame(flat, "frame int, row int, whole bigint, real double, text string")


def flagged(judged: DataFrame) -> set[tuple[int, int]]:
    return {(row["frame"], row["row"]) for row in judged.where(F.size("_errors") > 0).select("frame", "row").collect()}


@settings(max_examples=JOBS, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(columns=schemas(), frames=st.lists(ROWS, min_size=FRAMES_A_JOB, max_size=FRAMES_A_JOB))
def test_the_rows_that_are_flagged_are_those_of_pandas(
    spark: SparkSession, columns: dict[str, Any], frames: list[list[tuple[Any, ...]]]
) -> None:
    expected = {(number, row) for number, rows in enumerate(frames) for row in of_pandas(columns, rows)}
    assert flagged(compile_schema(for_spark(columns)).judge(rows_of(spark, frames))) == expected


def test_a_stream_flags_the_rows_that_a_batch_flags(spark: SparkSession, tmp_path: Path) -> None:
    columns = {
        "whole": (T.LongType(), "Int64", False, [("in_range", {"min_value": 0, "max_value": 5})]),
        "real": (T.DoubleType(), "float64", True, [("gt", {"min_value": 0})]),
        "text": (T.StringType(), "object", True, [("str_contains", {"pattern": "ä|b"})]),
    }
    rows = rows_of(spark, [[(1, 1.0, "b"), (None, math.nan, None), (9, -1.0, "xyz"), (5, math.inf, "ä"), (0, 0.0, "")]])
    rows.write.parquet(str(tmp_path / "rows"))
    compiled = compile_schema(for_spark(columns))
    stream = compiled.judge(spark.readStream.schema(rows.schema).parquet(str(tmp_path / "rows")))
    query = stream.writeStream.format("parquet").option("checkpointLocation", str(tmp_path / "progress"))
    query.trigger(availableNow=True).start(str(tmp_path / "judged")).awaitTermination()
    batch = flagged(compiled.judge(rows))
    assert flagged(spark.read.parquet(str(tmp_path / "judged"))) == batch == {(0, 1), (0, 2), (0, 4)}


class Reading(pa.DataFrameModel):
    """A user's model."""

    gpu: T.StringType() = pa.Field(str_startswith="gpu")  # type: ignore[valid-type]
    load: T.DoubleType() = pa.Field(ge=0, le=100, nullable=True)  # type: ignore[valid-type]

    class Config:
        """Whole-frame rules."""

        name = "readings"
        unique: list[str] = ["gpu"]  # noqa: RUF012 -- as Pandera wants it


def reasons(judged: DataFrame) -> list[list[tuple[str, str, str]]]:
    rows = judged.select("_errors").collect()
    return [[(error["rule"], error["message"], error["value"]) for error in row["_errors"]] for row in rows]


def test_every_row_has_its_reasons(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("gpu0", 5.0), ("cpu", 101.0), (None, None)], "gpu string, load double").coalesce(1)
    assert sorted(reasons(compile_schema(Reading).judge(frame))) == [
        [],
        [("required", "gpu: required", None)],
        [("str_startswith", "gpu: begins with gpu", "cpu"), ("le", "load: <= 100", "101.0")],
    ]


def test_a_row_that_comes_again_is_flagged_once(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("gpu0", 5.0), ("gpu0", 6.0), ("gpu1", 5.0)], "gpu string, load double")
    found = [error for errors in reasons(compile_schema(Reading).judge(frame)) for error in errors]
    assert found == [("duplicateValues", "gpu: unique", "gpu0")]


def test_a_registered_check_is_a_rule(spark: SparkSession) -> None:
    @register_check("is_even")
    def is_even(column: Column) -> Column:
        return column % 2 == 0

    schema = pa.DataFrameSchema(
        {"n": pa.Column(T.IntegerType(), pa.Check(lambda _: True, name="is_even"), nullable=True)}
    )
    frame = spark.createDataFrame([(1,), (2,), (None,)], "n int").coalesce(1)
    assert reasons(compile_schema(schema).judge(frame)) == [[("is_even", "n: is_even", "1")], [], []]


def test_a_check_that_nobody_registered_is_refused() -> None:
    schema = pa.DataFrameSchema({"n": pa.Column(T.IntegerType(), pa.Check(lambda _: True, name="is_odd"))}, name="s")
    with pytest.raises(ContractError) as letter:
        compile_schema(schema)
    assert str(letter.value).startswith(
        "ContractError: a check can't be compiled\n  where: Pandera schema s, column n\n  got: is_odd\n"
    )


@pytest.mark.parametrize(
    ("ddl", "told"),
    [
        ("gpus string, load double", "the frame lacks a column of the schema"),
        ("gpu string, load int", "column 'load' has another type than the schema says"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(spark: SparkSession, ddl: str, told: str) -> None:
    with pytest.raises(ContractError, match=told):
        compile_schema(Reading).judge(spark.createDataFrame([], ddl))


def test_pandas_agrees_that_nan_is_null() -> None:
    columns = {"real": (T.DoubleType(), "float64", False, [])}
    assert of_pandas(columns, [(np.nan,), (1.0,)]) == {0}
