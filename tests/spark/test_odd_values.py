"""Values that are made to slip through a rule, or to bring Spark down: each breaks its rule, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from hallmark.bronze.plan import source_columns
from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.names import BRONZE_METADATA

pytestmark = pytest.mark.compiled

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: test.odd
version: 1.0.0
status: active
servers: [{server: s, type: local, path: "*.csv", format: csv}]
schema:
  - name: odd
    properties:
"""
COLUMNS = {
    "mail": "{logicalType: string, logicalTypeOptions: {format: email}}",
    "host": "{logicalType: string, logicalTypeOptions: {format: hostname}}",
    "bytes": "{logicalType: string, logicalTypeOptions: {format: byte}}",
    "words": r"{logicalType: string, logicalTypeOptions: {pattern: '^(\w+\s?)*$'}}",
    "pairs": "{logicalType: string, logicalTypeOptions: {pattern: '^(ab)*$'}}",
    "lower": "{logicalType: string, logicalTypeOptions: {pattern: '^[a-z]+$'}}",
    "uuid": "{logicalType: string, logicalTypeOptions: {format: uuid}}",
    "ip": "{logicalType: string, logicalTypeOptions: {format: ipv4}}",
    "inset": "{quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '^[a-z]+$'}}]}",
    "begins": "{quality: [{type: custom, engine: pandera, implementation: {check: str_matches, value: '[a-z]+$'}}]}",
    "at": "{logicalType: time, logicalTypeOptions: {format: 'H:mm', minimum: '08:00', exclusiveMaximum: '18:00:00'}}",
    "clock": "{logicalType: time, logicalTypeOptions: {minimum: '08:30:00'}}",
    "object": "{logicalType: object, properties: [{name: a, logicalType: integer}]}",
    "array": "{logicalType: array, items: {logicalType: integer}, logicalTypeOptions: {uniqueItems: true}}",
    "words_of": "{logicalType: array, items: {logicalType: string}, logicalTypeOptions: {uniqueItems: true}}",
    "step": "{logicalType: number, logicalTypeOptions: {multipleOf: 0.3}}",
    "half": "{logicalType: number, logicalTypeOptions: {multipleOf: 0.5}}",
}
AFTER = (" trailing", '{"a": 2}', "] x", "}", ',{"a": 2}', ",0] x", "\0")
UUID = "123e4567-e89b-12d3-a456-426614174000"
GOOD = [
    ("mail", "a@b.co"), ("mail", "x" * 64 + "@" + ".".join(["b"] * 100)), ("host", "a.b"), ("bytes", "QUJD" * 20000),
    ("words", "a b " * 170), ("pairs", "ab" * 50000), ("lower", "abc"), ("uuid", UUID), ("ip", "1.2.3.4"),
    ("inset", "abc"), ("begins", "abc\n"),
    ("at", "8:00"), ("at", "17:59"), ("clock", "08:30"), ("clock", "10:30:00+02:00"),
    ("object", '{"a": 1}'), ("object", ' {"a":1} \n'), ("object", '{"a": 1, "b": {"c": [1, "]}"]}}'), ("object", ""),
    ("array", "[1]"), ("array", "[]"), ("array", "[1, null]"), ("words_of", '["1.0", "1"]'), ("words_of", '["a], 0]"]'),
    ("step", "0.9"), ("step", "-3e30"), ("step", "0"), ("half", "1e300"), ("half", "2.5"),
]  # fmt: skip
BAD = [
    ("mail", "a@b" + ".c" * 2000, "email"), ("mail", "a@b" + ".c" * 159, "email"), ("mail", "a@b.co\n", "email"),
    ("host", "a.b\n", "hostname"), ("host", "a." * 60000 + "b", "hostname"), ("bytes", "QUJD" * 20000 + "!", "byte"),
    ("words", "a " * 60000, r"like ^(\w+\s?)*$ (of at most 714 characters, for it repeats a group)"),
    ("pairs", "ab" * 50000 + "a", "like ^(ab)*$"), ("lower", "abc\n", "like ^[a-z]+$"),
    ("lower", "abc\u2028", "like ^[a-z]+$"), ("uuid", UUID + "\n", "uuid"), ("ip", "1.2.3.4\n", "ipv4"),
    ("ip", "1.2.3.4\r\n", "ipv4"), ("inset", "abc\n", "like ^[a-z]+$"),
    ("at", "12 bananas", "time (H:mm)"), ("at", "24:00", "time (H:mm)"), ("at", "7:59", ">= 08:00"),
    ("at", "18:00", "< 18:00:00"), ("clock", "08:29:59.999", ">= 08:30:00"), ("clock", "09:30+02:00", ">= 08:30:00"),
    *[("object", '{"a": 1}' + rest, "object") for rest in AFTER],
    *[("object", text, "object") for text in ("{'a': 1}", '{"a": 1, "a": 2}', '{"b": {"c": 1, "c": 2}}', "[1]", "1")],
    *[("array", text, "array") for text in ("[1] x", "[1][2]", "[1],[2]", "[1]]", '[1], "w": 0} x', "{}")],
    ("array", "[1.0, 1]", "no item twice"), ("array", "[null, null]", "no item twice"),
    ("words_of", '["a", "a"]', "no item twice"),
    *[("step", text, "a multiple of 0.3") for text in ("1e30", "1e-20", "0.1", "-1e-300")],
    ("half", "0.25", "a multiple of 0.5"), ("half", "2.5e-13", "a multiple of 0.5"),
]  # fmt: skip
Verdicts = Callable[[str, str], list[str]]


@pytest.fixture(scope="module")
def verdicts(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """The messages of what breaks a text in a column; all judged in one job."""
    given = [(column, text) for column, text, *_ in (*GOOD, *BAD)]
    file: Path = tmp_path_factory.mktemp("contract") / "odd.odcs.yaml"
    columns = "".join(f"      - {{name: {name}, {rest[1:]}\n" for name, rest in COLUMNS.items())
    file.write_text(CONTRACT + columns, encoding="utf-8")
    contract = load_contract(file)
    names = [*source_columns(contract), *BRONZE_METADATA]
    kinds = [f"`{name}` {'timestamp' if name == '_ingested_at' else 'string'}" for name in names]
    rows = [(n, *(text if name == column else None for name in names)) for n, (column, text) in enumerate(given)]
    frame = spark.createDataFrame(rows, ", ".join(["number int", *kinds]))
    judged = compile_table(contract, contract.objects[0]).judge(frame, keep=["number"])
    found = {row["number"]: row["message"] for row in judged.select("number", "_errors.message").collect()}
    return lambda column, text: found[given.index((column, text))]


def _named(case: tuple[str, ...]) -> str:
    return f"{case[0]}-{case[1][:20]!r}"


@pytest.mark.parametrize("case", GOOD, ids=_named)
def test_a_good_value_passes(verdicts: Verdicts, case: tuple[str, str]) -> None:
    assert verdicts(*case) == []


@pytest.mark.parametrize("case", BAD, ids=_named)
def test_a_value_made_to_pass_breaks_its_rule(verdicts: Verdicts, case: tuple[str, str, str]) -> None:
    column, text, says = case
    assert verdicts(column, text) == [f"{column}: {says}"]
