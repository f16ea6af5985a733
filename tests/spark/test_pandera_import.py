"""A user's Pandera schema: which rows it flags, why, and which frames it refuses."""

from __future__ import annotations

import re

import pandera.pyspark as pa
import pyspark.sql.types as T  # noqa: N812 -- the field's usual name
import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from hallmark.contracts.model import Property, SchemaObject
from hallmark.contracts.pandera_import import compile_schema, register_check
from hallmark.contracts.pandera_schema import pandera_schema
from hallmark.lakehouse.errors import ContractError


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


def told(judged: DataFrame, verdicts: str = "_errors") -> set[tuple[str, str, str]]:
    reasons = judged.select(F.explode(verdicts).alias("reason")).select("reason.*").collect()
    return {(reason["rule"], *reason["columns"], reason["value"]) for reason in reasons}


def test_a_column_without_a_dtype_is_of_any_type(spark: SparkSession) -> None:
    schema = pa.DataFrameSchema(
        {"o": pa.Column(None), "n": pa.Column(None, pa.Check.ge(2)), "gone": pa.Column(None, required=False)}
    )
    frame = spark.createDataFrame(
        [((1, {"k": [2]}), 1), (None, 2)], "o struct<`a b`: int, m: map<string, array<int>>>, n int"
    )
    judged = compile_schema(schema).judge(frame)
    assert told(judged) == {("required", "o", None), ("ge", "n", "1")}
    assert judged.schema["o"] == frame.schema["o"]


def test_a_column_that_may_be_missing_is_no_row_without_a_value(spark: SparkSession) -> None:
    columns = {"n": pa.Column(T.IntegerType()), "m": pa.Column(T.IntegerType(), required=False)}
    compiled = compile_schema(pa.DataFrameSchema(columns))
    assert told(compiled.judge(spark.createDataFrame([(1,)], "n int"))) == set()
    assert told(compiled.judge(spark.createDataFrame([(1, None)], "n int, m int"))) == {("required", "m", None)}


def test_what_is_exported_of_a_struct_is_read(spark: SparkSession) -> None:
    inner = Property("f", "f", "integer", "int")
    table = SchemaObject("t", "t", (Property("o", "o", "object", "struct<`f`: int>", properties=(inner,)),))
    compiled = compile_schema(pandera_schema(table))
    assert told(compiled.judge(spark.createDataFrame([((1,),), (None,)], "o struct<f: int>"))) == set()
    with pytest.raises(ContractError, match="column 'o' has another type than the schema says"):
        compiled.judge(spark.createDataFrame([], "o struct<f: string>"))


def test_a_check_that_raises_a_warning_warns(spark: SparkSession) -> None:
    checks = [pa.Check.ge(1, raise_warning=True), pa.Check.le(5)]
    compiled = compile_schema(pa.DataFrameSchema({"n": pa.Column(T.IntegerType(), checks)}))
    judged = compiled.judge(spark.createDataFrame([(0,), (3,), (9,)], "n int"))
    assert (told(judged), told(judged, "_warnings")) == ({("le", "n", "9")}, {("ge", "n", "0")})


def test_a_registered_check_may_warn(spark: SparkSession) -> None:
    register_check("is_odd_number")(lambda column: column % 2 == 1)
    check = pa.Check(lambda _: True, name="is_odd_number", raise_warning=True)
    compiled = compile_schema(pa.DataFrameSchema({"n": pa.Column(T.IntegerType(), check)}))
    judged = compiled.judge(spark.createDataFrame([(0,), (3,)], "n int"))
    assert (told(judged), told(judged, "_warnings")) == (set(), {("is_odd_number", "n", "0")})


def test_a_column_with_a_point_in_its_name_is_named_whole(spark: SparkSession) -> None:
    compiled = compile_schema(pa.DataFrameSchema({"a.b": pa.Column(T.IntegerType(), pa.Check.ge(1))}))
    judged = compiled.judge(spark.createDataFrame([(0,), (None,)], "`a.b` int"))
    assert told(judged) == {("ge", "a.b", "0"), ("required", "a.b", None)}


def test_a_strict_schema_refuses_other_columns(spark: SparkSession) -> None:
    columns = {"n": pa.Column(T.IntegerType())}
    frame = spark.createDataFrame([(1, 2, 3)], "n int, m int, o int")
    assert told(compile_schema(pa.DataFrameSchema(columns)).judge(frame)) == set()
    with pytest.raises(ContractError) as letter:
        compile_schema(pa.DataFrameSchema(columns, strict=True, name="s")).judge(frame)
    assert str(letter.value) == (
        "ContractError: the frame has a column that the strict schema lacks\n"
        "  where: Pandera schema s\n"
        "  got: m, o\n"
        "  wanted: n"
    )


def test_a_null_is_never_another_null_again(spark: SparkSession) -> None:
    """Pandera takes them for one value; a contract, and SQL's UNIQUE, do not."""
    compiled = compile_schema(pa.DataFrameSchema({"n": pa.Column(T.IntegerType(), nullable=True)}, unique=["n"]))
    assert told(compiled.judge(spark.createDataFrame([(None,), (None,), (1,), (1,)], "n int"))) == {
        ("duplicateValues", "n", "1")
    }


def test_a_stream_is_told_that_it_can_not_check_what_is_unique(spark: SparkSession) -> None:
    columns = {"n": pa.Column(T.IntegerType()), "m": pa.Column(T.LongType())}
    compiled = compile_schema(pa.DataFrameSchema(columns, unique=["n", "m"], name="frames"))
    stream = spark.readStream.format("rate").load().selectExpr("cast(value as int) n", "value m")
    with pytest.warns(UserWarning, match="stream of frames can't see .*: not checked: duplicateValues of n, m") as told:
        judged = compiled.judge(stream)
    assert (len(told), judged.isStreaming) == (1, True)


# What Java and Python read in two ways: pattern, text, whether it is found in Java, in Python.
TWO_WAYS = [
    (r"\d", "٣", False, True),
    (r"\w", "ä", False, True),
    (r"\s", "\x85", False, True),
    (r"\s", "\u2028", False, True),
    ("^a$", "a\n", True, True),
    ("^a$", "a\r", True, False),
    ("^a$", "a\x85", True, False),
    ("^a$", "a\u2028", True, False),
    ("^.$", "\n", False, False),
    ("^.$", "\r", False, True),
    ("^.$", "\x85", False, True),
    ("^.$", "\u2028", False, True),
    ("(?i)ä", "Ä", False, True),
    ("(?iu)ä", "Ä", True, True),
]


def test_a_pattern_is_read_as_java_reads_it(spark: SparkSession) -> None:
    """As `pandera.pyspark` runs it; docs/pandera.md has the table."""
    for pattern in dict.fromkeys(pattern for pattern, *_ in TWO_WAYS):
        texts = {text: (java, python) for other, text, java, python in TWO_WAYS if other == pattern}
        compiled = compile_schema(pa.DataFrameSchema({"t": pa.Column(T.StringType(), pa.Check.str_contains(pattern))}))
        missed = {
            value for _, _, value in told(compiled.judge(spark.createDataFrame([(t,) for t in texts], "t string")))
        }
        found = {text: (text not in missed, re.search(pattern, text) is not None) for text in texts}
        assert (pattern, found) == (pattern, texts)


def test_a_column_keeps_its_comment(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1,)], "n int").select(F.col("n").alias("n", metadata={"comment": "a number"}))
    schema = pa.DataFrameSchema({"n": pa.Column(T.IntegerType(), pa.Check.ge(0))}, name="s")
    assert compile_schema(schema).judge(frame).schema["n"].metadata == {"comment": "a number"}


def test_a_column_may_have_the_name_of_a_technical_one_but_not_of_a_verdict(spark: SparkSession) -> None:
    columns = {"_file": pa.Column(T.StringType(), nullable=True), "n": pa.Column(T.IntegerType(), pa.Check.ge(2))}
    compiled = compile_schema(pa.DataFrameSchema(columns, name="s"))
    frame = spark.createDataFrame([("a", 1)], "_file string, n int")
    (row,) = compiled.judge(frame).collect()
    assert (row["_file"], row["_bad"]) == ("a", True)
    with pytest.raises(ContractError) as letter:
        compiled.judge(frame.withColumn("_BAD", F.lit(1)))
    assert str(letter.value) == (
        "ContractError: the frame has a column of the verdict's name\n"
        "  where: Pandera schema s\n"
        "  got: _BAD\n"
        "  do: drop it, or give it another name: judged rows have a new one"
    )
