"""What is read of a Pandera schema for PySpark, and what is refused so that nothing of it is passed over in silence."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pandera.pyspark as pa
import pyspark.sql.types as T  # noqa: N812 -- the field's usual name
import pytest

from hallmark.contracts.model import Property, Reaction, SchemaObject
from hallmark.contracts.pandera_import import compile_schema
from hallmark.contracts.pandera_schema import pandera_schema
from hallmark.lakehouse.errors import ContractError


def schema_of(column: Any = None, **more: Any) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({"n": column or pa.Column(T.IntegerType())}, name="s", **more)


def letter(schema: pa.DataFrameSchema) -> str:
    with pytest.raises(ContractError) as found:
        compile_schema(schema)
    return str(found.value)


def true(_: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"checks": [pa.Check(true, name="c")]}, "checks of a Pandera schema is not compiled"),
        ({"coerce": True}, "coerce of a Pandera schema is not compiled"),
        ({"dtype": T.IntegerType()}, "dtype of a Pandera schema is not compiled"),
        ({"ordered": True}, "ordered of a Pandera schema is not compiled"),
        ({"strict": "filter"}, "strict of a Pandera schema is not compiled"),
        ({"unique_column_names": True}, "unique_column_names of a Pandera schema is not compiled"),
        ({"unique": ["m"]}, "unique is over a column that the schema lacks"),
    ],
)
def test_what_is_not_compiled_of_a_schema_is_refused(more: dict[str, Any], told: str) -> None:
    assert letter(schema_of(**more)).startswith(f"ContractError: {told}\n  where: Pandera schema s\n  got: ")


@pytest.mark.parametrize(("key", "value"), [("coerce", True), ("regex", True), ("unique", True), ("default", 1)])
def test_what_is_not_compiled_of_a_column_is_refused(key: str, value: Any) -> None:
    column = pa.Column(T.IntegerType())
    setattr(column, key, value)
    assert letter(schema_of(column)) == (
        f"ContractError: {key} of a Pandera schema is not compiled\n"
        "  where: Pandera schema s, column n\n"
        f"  got: {value}\n"
        "  do: leave it out, or do it beforehand"
    )


@pytest.mark.parametrize(
    ("pattern", "got"),
    [
        ("(?P<x>a)", "(?P<x>a) ((?P<name>...) is Python's: write (?<name>...))"),
        (re.compile("a", re.IGNORECASE), "a (its flags are lost: write them into the pattern, such as (?i))"),
        ("a(", "a( (missing ), unterminated subpattern at position 1)"),
    ],
)
@pytest.mark.parametrize("check", ["str_matches", "str_contains"])
def test_a_pattern_that_java_reads_otherwise_is_refused(check: str, pattern: Any, got: str) -> None:
    column = pa.Column(T.StringType())
    column.checks = [getattr(pa.Check, check)("x")]
    column.checks[0].statistics = {"pattern": pattern}
    assert letter(schema_of(column)) == (
        f"ContractError: the pattern of {check} can't be run by Spark\n"
        "  where: Pandera schema s, column n\n"
        f"  got: {got}"
    )


def test_a_compiled_pattern_without_flags_is_its_text() -> None:
    compiled = compile_schema(schema_of(pa.Column(T.StringType(), pa.Check.str_matches(re.compile("a+")))))
    (rule,) = compiled.table.properties[0].quality
    assert rule.arguments["check"].arguments == {"value": "a+"}


def test_a_check_that_raises_a_warning_warns() -> None:
    checks = [pa.Check.ge(1, raise_warning=True), pa.Check.le(9)]
    compiled = compile_schema(schema_of(pa.Column(T.IntegerType(), checks)))
    reactions = [rule.reaction for rule in compiled.table.properties[0].quality]
    assert reactions == [Reaction("warn"), Reaction("quarantine")]


def test_the_rules_are_told_in_the_order_of_the_schema() -> None:
    columns = {"a": pa.Column(T.IntegerType(), pa.Check.ge(1)), "b": pa.Column(T.StringType(), nullable=True)}
    rules = compile_schema(pa.DataFrameSchema(columns, unique=["a", "b"])).rules
    assert [(rule.name, rule.columns) for rule in rules[1:]] == [
        ("required", ("a",)),
        ("ge", ("a",)),
        ("duplicateValues", ("a", "b")),
    ]


def test_a_column_without_a_dtype_has_no_type_to_hold() -> None:
    compiled = compile_schema(pa.DataFrameSchema({"a": pa.Column(None), "b": pa.Column(T.LongType())}))
    assert compiled.types == {"b": "bigint"}


def test_the_type_of_an_exported_struct_is_read() -> None:
    inner = Property("f", "f", "integer", "int")
    table = SchemaObject("t", "t", (Property("o", "o", "object", "struct<`f`: int>", properties=(inner,)),))
    assert compile_schema(pandera_schema(table)).types == {"o": "struct<f:int>"}


MISFIT = "compares with a value that is none of the column's type"


@pytest.mark.parametrize(
    ("kind", "check", "told", "got"),
    [
        (T.IntegerType(), pa.Check.isin(["x", 1]), f"isin {MISFIT}", "'x'"),
        (T.IntegerType(), pa.Check.gt("abc"), f"gt {MISFIT}", "'abc'"),
        (T.LongType(), pa.Check.gt(date(2020, 1, 1)), f"gt {MISFIT}", "datetime.date(2020, 1, 1)"),
        (T.DoubleType(), pa.Check.in_range(0, True), f"in_range {MISFIT}", "True"),
        (T.StringType(), pa.Check.isin(["x", 1]), f"isin {MISFIT}", "1"),
        (T.BooleanType(), pa.Check.eq(1), f"eq {MISFIT}", "1"),
        (T.DateType(), pa.Check.ge("soon"), f"ge {MISFIT}", "'soon'"),
        (T.ArrayType(T.IntegerType()), pa.Check.eq(1), "eq can't compare values of this type", "array<int>"),
        (T.IntegerType(), pa.Check.str_length(1, 2), "str_length is about texts", "a column of type int"),
    ],
)
def test_a_check_that_its_column_can_not_hold_is_refused(kind: Any, check: Any, told: str, got: str) -> None:
    found = letter(schema_of(pa.Column(kind, check)))
    assert found.startswith(f"ContractError: {told}\n  where: Pandera schema s, column n\n  got: {got}")


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (T.IntegerType(), pa.Check.gt(1.5)),
        (T.DecimalType(10, 2), pa.Check.isin([Decimal("1.5"), 2])),
        (T.DateType(), pa.Check.ge(date(2020, 1, 1))),
        (T.TimestampType(), pa.Check.le("2020-01-01 00:00:00")),
        (T.BooleanType(), pa.Check.eq(True)),
    ],
)
def test_a_check_that_fits_is_compiled(kind: Any, check: Any) -> None:
    assert len(compile_schema(schema_of(pa.Column(kind, check))).rules) == 3
