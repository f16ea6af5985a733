"""A transform that fails for one row makes it a broken row with a reason, and leaves the others alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract

pytestmark = pytest.mark.compiled

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: test.transforms
version: 1.0.0
status: active
servers: [{server: landing, type: local, path: "*.csv", format: csv}]
schema:
  - name: transforms
    properties:
      - {name: a, logicalType: string}
"""


def compiled(folder: Path, *transforms: str, reaction: str = "quarantine") -> CompiledTable:
    """A table with a column `t<n>` for each transform of `a`."""
    file = folder / "transforms.odcs.yaml"
    lines = [
        f'      - {{name: t{n}, logicalType: string, transformLogic: "{text}", customProperties: [{{property: '
        f"sourceColumns, value: a}}, {{property: onViolation, value: {reaction}}}]}}\n"
        for n, text in enumerate(transforms)
    ]
    file.write_text(HEAD + "".join(lines), encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def bronze(spark: SparkSession, *values: str | None, rescued: str | None = None) -> DataFrame:
    frame = spark.createDataFrame([(value, rescued) for value in values], "a string, _rescued string")
    return frame.selectExpr("*", "'s' _source", "'batch' _method", "'/a' _file", "'l' _load_id", "now() _ingested_at")


def judged(table: CompiledTable, rows: DataFrame) -> dict[str | None, tuple[Row, list[tuple[str, str, str | None]]]]:
    found = table.judge(rows).collect()
    return {row["a"]: (row, [(e["rule"], e["message"], e["value"]) for e in row["_errors"]]) for row in found}


@pytest.mark.parametrize(
    ("transform", "good", "value"),
    [
        ("cast(a as int) + 1", "1", "2"),
        ("10 / cast(a as int)", "4", "2.5"),
        ("make_date(cast(a as int), 1, 1)", "2024", "2024-01-01"),
        ("if(a = 'x', raise_error('no'), a)", "ok", "ok"),
    ],
)
def test_a_row_that_a_transform_fails_for_is_broken(
    spark: SparkSession, tmp_path: Path, transform: str, good: str, value: str
) -> None:
    bad = "0" if "/" in transform else "x"
    found = judged(compiled(tmp_path, transform), bronze(spark, good, bad, None))
    assert (found[good][0]["t0"], found[good][1]) == (value, [])
    assert (found[bad][0]["t0"], found[bad][1]) == (None, [("transform", "t0: its transformLogic can be run", None)])
    assert (found[None][0]["t0"], found[None][1]) == (None, []), "a null is a value like others"


def test_what_two_transforms_share_is_tried_in_each(spark: SparkSession, tmp_path: Path) -> None:
    """Spark computes once what two expressions share: outside of both, an error would stop the load."""
    table = compiled(tmp_path, "cast(a as int) + 1", "cast(a as int) * 2", "cast(a as int)")
    found = judged(table, bronze(spark, "3", "x"))
    assert [found["3"][0][name] for name in ("t0", "t1", "t2")] == ["4", "6", "3"]
    assert [rule for rule, _, _ in found["x"][1]] == ["transform"] * 3


def test_an_empty_text_of_a_transform_is_no_null(spark: SparkSession, tmp_path: Path) -> None:
    found = judged(compiled(tmp_path, "replace(a, cast(1 as string), '')"), bronze(spark, "1"))
    assert (found["1"][0]["t0"], found["1"][1]) == ("", [])


def test_a_row_that_was_not_readable_is_not_tried(spark: SparkSession, tmp_path: Path) -> None:
    found = judged(compiled(tmp_path, "cast(a as int)"), bronze(spark, "x", rescued="{"))
    assert [rule for rule, _, _ in found["x"][1]] == ["readable"]


def test_a_columns_reaction_is_that_of_its_transform(spark: SparkSession, tmp_path: Path) -> None:
    table = compiled(tmp_path, "cast(a as int)", reaction="warn")
    (row,) = table.judge(bronze(spark, "x")).collect()
    assert (row["_errors"], [warning["rule"] for warning in row["_warnings"]]) == ([], ["transform"])


def test_a_finished_table_has_its_transforms_behind_it(spark: SparkSession, tmp_path: Path) -> None:
    table = compiled(tmp_path, "cast(a as int)")
    (row,) = table.check(spark.createDataFrame([("x", "y")], "a string, t0 string")).collect()
    assert (row["_errors"], row["_warnings"]) == ([], [])
