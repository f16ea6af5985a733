"""A compiled contract judges rows: a value of each kind, typed or refused, the same in batch and stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from java_patterns import FORMATS, NO_FORMATS
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.plan import source_columns
from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Property, SchemaObject
from hallmark.lakehouse.names import sql_text

pytestmark = pytest.mark.compiled

CONTRACT = r"""
apiVersion: v3.1.0
kind: DataContract
id: test.values
version: 2.1.0
status: active
servers: [{server: landing, type: local, path: "*.csv", format: csv}]
schema:
  - name: values
    properties:
      - {name: needed, logicalType: string, required: true}
      - {name: text, logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 4}}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: '^[A-Z]{2}\d$'}}
      - name: kind
        logicalType: string
        quality: [{type: library, metric: invalidValues, arguments: {validValues: [gpu, cpu]}, mustBe: 0}]
      - name: tone
        logicalType: string
        quality:
          - {type: library, metric: invalidValues, arguments: {validValues: ["it's", b]}, mustBe: 0, severity: warning}
      - {name: whole, logicalType: integer, physicalType: int, logicalTypeOptions: {minimum: 1, maximum: 10}}
      - {name: big, logicalType: integer}
      - {name: open, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0, exclusiveMaximum: 1}}
      - {name: price, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: -1.5}}
      - {name: flag, logicalType: boolean}
      - {name: day, logicalType: date, logicalTypeOptions: {minimum: "2020-02-29"}}
      - {name: slashed, logicalType: date, logicalTypeOptions: {format: dd/MM/yyyy}}
      - {name: at, logicalType: timestamp, logicalTypeOptions: {exclusiveMaximum: "2100-01-01 00:00:00"}}
      - {name: epoch_s, logicalType: timestamp, customProperties: [{property: sourceUnit, value: s}]}
      - {name: epoch_ms, logicalType: timestamp, customProperties: [{property: sourceUnit, value: ms}]}
      - name: latency_ms
        physicalName: latency
        logicalType: number
        customProperties: [{property: unit, value: ms}, {property: sourceUnit, value: s}]
      - name: wait_ms
        physicalName: wait
        logicalType: integer
        customProperties: [{property: unit, value: ms}, {property: sourceUnit, value: s}]
      - name: memory_gib
        physicalName: memory
        logicalType: number
        physicalType: decimal(18,3)
        customProperties: [{property: unit, value: GiB}, {property: sourceUnit, value: MiB}]
      - {name: email, logicalType: string, classification: personal, logicalTypeOptions: {pattern: "@"}}
      - name: host
        logicalType: string
        transformLogic: lower(needed)
        logicalTypeOptions: {maxLength: 8}
"""
TIME = datetime(2026, 1, 1, 12, 30)  # noqa: DTZ001 -- collected in the session's zone, UTC
Broken = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Case:
    """A source's column and text; the value that it gives; the messages and values of its errors and warnings."""

    column: str
    text: str | None
    value: Any = None
    errors: Broken = field(default_factory=list)
    warnings: Broken = field(default_factory=list)


def refused(column: str, text: str, message: str) -> Case:
    """The text can't be typed."""
    return Case(column, text, errors=[(message, text)])


def broken(column: str, text: str, value: object, *messages: str) -> Case:
    """The text is typed and breaks rules."""
    return Case(column, text, value, [(message, text) for message in messages])


CENTS = "price: number with at most 2 decimals"
WHOLE = "whole: whole number"
TIMES = "at: date and time"
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001
MEMORIES = ("1", 26 * "9", "1e30", "1e-2000000000", "0e-2000000000")
CASES = [
    Case("needed", "", ""),
    Case("needed", None, errors=[("needed: required", None)]),
    Case("text", "ab", "ab"),
    Case("text", "äöüß", "äöüß"),
    broken("text", "a", "a", "text: at least 2 characters"),
    broken("text", "äöüßé", "äöüßé", "text: at most 4 characters"),
    Case("code", "AB1", "AB1"),
    broken("code", "AB12", "AB12", r"code: like ^[A-Z]{2}\d$"),
    Case("kind", "gpu", "gpu"),
    broken("kind", "GPU", "GPU", "kind: one of gpu, cpu"),
    Case("tone", "it's", "it's"),
    Case("tone", "a", "a", warnings=[("tone: one of it's, b", "a")]),
    Case("whole", "1", 1),
    Case("whole", " 10 ", 10),
    Case("whole", "7.0", 7),
    Case("whole", "", None),
    broken("whole", "0", 0, "whole: >= 1"),
    broken("whole", "11", 11, "whole: <= 10"),
    *[refused("whole", text, WHOLE) for text in ("1.5", "1e1", "x", "2147483648", "NaN", "٣", "1 2")],
    Case("big", "-9223372036854775808", -(2**63)),
    refused("big", "9223372036854775808", "big: whole number"),
    Case("open", "1e-3", 0.001),
    broken("open", "0", 0.0, "open: > 0"),
    broken("open", "1.0", 1.0, "open: < 1"),
    *[refused("open", text, "open: finite number") for text in ("NaN", "inf", "-Infinity", "1e999", "0,5", "1d")],
    Case("price", "10.50", Decimal("10.50")),
    Case("price", "10.5000", Decimal("10.50")),
    Case("price", "-.5", Decimal("-0.50")),
    Case("price", "1.25e1", Decimal("12.50")),
    broken("price", "-1.51", Decimal("-1.51"), "price: >= -1.5"),
    *[refused("price", text, CENTS) for text in ("0.125", "1e-3", "1e-400", "123456789.00", "NaN", "1.0.0")],
    Case("flag", "true", True),
    Case("flag", "F", False),
    refused("flag", "maybe", "flag: boolean"),
    Case("day", "2020-2-29", date(2020, 2, 29)),
    broken("day", "2020-02-28", date(2020, 2, 28), "day: >= 2020-02-29"),
    *[refused("day", text, "day: date (yyyy-MM-dd)") for text in ("2021-02-29", "20210228", "2021-02-28 10", "2021")],
    Case("slashed", "31/12/2026", date(2026, 12, 31)),
    refused("slashed", "31/02/2026", "slashed: date (yyyy-MM-dd)"),
    *[
        Case("at", text, TIME)
        for text in (
            "2026-01-01 12:30", "2026-01-01T12:30:00Z", "2026-01-01 12:30:00.000000000 UTC",
            "2026-01-01T14:30:00+02:00", "2026-01-01 07:00:00-0530",
        )
    ],
    Case("at", "2026-01-01 12:30:00.1234567", TIME.replace(microsecond=123456)),
    Case("at", "2026-01-01", datetime(2026, 1, 1)),  # noqa: DTZ001
    broken("at", "2100-01-01", datetime(2100, 1, 1), "at: < 2100-01-01 00:00:00"),  # noqa: DTZ001
    *[refused("at", text, TIMES) for text in ("1767225600", "2026", "2026-01-01 25:00", "2026-02-30", "12:30", "now")],
    broken("at", "9999-12-31T23:59:59.999999Z", LAST, "at: < 2100-01-01 00:00:00"),
    Case("at", "0001-01-03T14:00:00+14:00", datetime(1, 1, 3)),  # noqa: DTZ001 -- of the first day PySpark makes no datetime
    *[refused("at", text, TIMES) for text in ("9999-12-31T23:59:59-18:00", "0001-01-01T13:59:59+14:00", "0000-06-01")],
    refused("day", "0000-01-01", "day: date (yyyy-MM-dd)"),
    refused("slashed", "01/01/0000", "slashed: date (yyyy-MM-dd)"),
    Case("epoch_s", "253402300799.999999", LAST),
    Case("epoch_s", "1767270600", TIME),
    Case("epoch_s", "1767270600.5", TIME.replace(microsecond=500000)),
    *[refused("epoch_s", text, "epoch_s: date and time") for text in (
        "2026-01-01", "1" + 28 * "0", 40 * "9", "NaN", "1e-2000000000", "1e2000000000", "253402300800", "-62135596801",
    )],
    Case("epoch_ms", "1767270600000.25", TIME.replace(microsecond=250)),
    Case("latency", "7.2", 7200.0),
    *[refused("latency", text, "latency_ms: finite number") for text in ("1e308", "NaN", "fast")],
    Case("wait", "7.2", 7200),
    *[refused("wait", text, "wait_ms: whole number") for text in ("0.0001", 26 * "9", "1e30", "1e-2000000000")],
    Case("memory", "1536", Decimal("1.500")),
    *[refused("memory", text, "memory_gib: number with at most 3 decimals") for text in MEMORIES],
    Case("email", "ann@example.com", "ann@example.com"),
    Case("email", "secret", "secret", errors=[("email: like @", "***")]),
]  # fmt: skip


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledTable:
    file = tmp_path_factory.mktemp("contract") / "values.odcs.yaml"
    file.write_text(CONTRACT, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def bronze(spark: SparkSession, compiled: CompiledTable, rows: list[dict[str, str | None]]) -> DataFrame:
    """Bronze rows with a number each; what is not named is null."""
    names = [*source_columns(compiled.contract), "_rescued"]
    ddl = ", ".join(["number int", *(f"{name} string" for name in names)])
    frame = spark.createDataFrame([(n, *(row.get(name) for name in names)) for n, row in enumerate(rows)], ddl)
    return frame.selectExpr(
        "*", "'landing' _source", "'batch' _method", "'/a' _file", "'l' _load_id", "now() _ingested_at"
    )


def texts(case: Case) -> dict[str, str | None]:
    return {"needed": "x", case.column: case.text}


@pytest.fixture(scope="module")
def judged(spark: SparkSession, compiled: CompiledTable) -> dict[int, Row]:
    """All cases, judged in one job."""
    rows = compiled.judge(bronze(spark, compiled, [texts(case) for case in CASES]), keep=["number"]).collect()
    return {row["number"]: row for row in rows}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case.column}-{case.text}" for case in CASES])
def test_a_value_is_typed_or_refused(number: int, judged: dict[int, Row], compiled: CompiledTable) -> None:
    case, row = CASES[number], judged[number]
    name = next(prop.name for prop in compiled.table.properties if prop.source == case.column)
    assert row[name] == case.value
    assert [(e["message"], e["value"]) for e in row["_errors"]] == case.errors
    assert [(e["message"], e["value"]) for e in row["_warnings"]] == case.warnings
    assert row["_bad"] == bool(case.errors)


def test_a_row_is_judged_by_all_rules_at_once(spark: SparkSession, compiled: CompiledTable) -> None:
    rows = bronze(spark, compiled, [{"needed": "NINE CHARS", "whole": "x", "open": "2", "tone": "c"}])
    (row,) = compiled.judge(rows).collect()
    assert [(e["rule"], e["columns"], e["value"]) for e in row["_errors"]] == [
        ("type", ["whole"], "x"),
        ("exclusiveMaximum", ["open"], "2"),
        ("maxLength", ["host"], "nine chars"),
    ]
    assert [(e["rule"], e["columns"]) for e in row["_warnings"]] == [("validValues", ["tone"])]
    known = {rule.fingerprint for rule in compiled.rules}
    assert {(e["contract"], e["version"]) for e in row["_errors"]} == {("test.values", "2.1.0")}
    assert {e["rule_fingerprint"] for e in row["_errors"]} < known
    assert row["_row"]["whole"] == "x", "the bronze row comes along as it stood"


def test_a_row_that_was_not_readable_breaks_that_rule_alone(spark: SparkSession, compiled: CompiledTable) -> None:
    (row,) = compiled.judge(bronze(spark, compiled, [{"whole": "x", "_rescued": 300 * "y"}])).collect()
    assert [(e["rule"], e["value"]) for e in row["_errors"]] == [("readable", "***")], "a mail may be in it"
    assert (row["_warnings"], row["_bad"]) == ([], True)


def test_a_stream_gets_the_same_verdicts(spark: SparkSession, compiled: CompiledTable, tmp_path: Path) -> None:
    bronze(spark, compiled, [texts(case) for case in CASES]).write.format("delta").save(str(tmp_path / "bronze"))
    batch = compiled.judge(spark.read.format("delta").load(str(tmp_path / "bronze")), keep=["number"])
    stream = compiled.judge(spark.readStream.format("delta").load(str(tmp_path / "bronze")), keep=["number"])
    writer = stream.writeStream.format("memory").queryName("verdicts").trigger(availableNow=True)
    writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start().awaitTermination()
    assert_df_equality(spark.table("verdicts"), batch, ignore_row_order=True, ignore_nullable=True)


def test_a_stream_says_which_rules_of_uniqueness_it_can_not_check(
    spark: SparkSession, compiled: CompiledTable, tmp_path: Path
) -> None:
    unique = Property("needed", "needed", "string", "string", unique=True, source_columns=("needed",))
    table = compile_table(compiled.contract, SchemaObject("values", "values", (unique,)))
    bronze(spark, compiled, [{"needed": "x"}]).write.format("delta").save(str(tmp_path / "bronze"))
    rows = spark.readStream.format("delta").load(str(tmp_path / "bronze"))
    with pytest.warns(UserWarning, match="a stream of values") as told:
        stream = table.judge(rows)
    text = (
        f"{compiled.contract.file}: a stream of values can't see that a value came before: not checked: unique of "
        "needed; judge the batches of foreachBatch, where it is; or call without_uniqueness(), and do without"
    )
    assert [str(warning.message) for warning in told] == [text]
    assert told[0].filename == __file__, "it is the caller's line that is told"
    assert stream.columns == table.without_uniqueness().judge(rows).columns


def test_spark_reads_times_by_the_formats_that_contracts_may_have(spark: SparkSession) -> None:
    def reads(given: str) -> bool:
        try:
            spark.range(1).select(F.expr(f"try_to_timestamp(concat('x', id), {sql_text(given)})")).collect()
        except Exception:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
            return False
        return True

    assert [given for given in FORMATS if not reads(given)] == []
    assert [given for given in NO_FORMATS if reads(given)] == []


def test_source_columns_that_no_file_had_are_null(spark: SparkSession, compiled: CompiledTable) -> None:
    rows = bronze(spark, compiled, [{"needed": "x"}]).select(
        "needed", "_rescued", "_source", "_method", "_file", "_load_id", "_ingested_at"
    )
    (row,) = compiled.judge(rows).collect()
    assert (row["needed"], row["whole"], row["_errors"]) == ("x", None, [])


def test_bronze_columns_are_found_whatever_their_case(spark: SparkSession, compiled: CompiledTable) -> None:
    rows = bronze(spark, compiled, [{"needed": "x", "whole": "5"}]).withColumnRenamed("whole", "WHOLE")
    assert [row["whole"] for row in compiled.judge(rows).collect()] == [5]
