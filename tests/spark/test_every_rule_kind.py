"""Mutation: in good rows one bad value of each rule kind is flagged by exactly that rule, and nothing else is."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from pyspark.sql import Row, SparkSession
from rule_kinds import KINDS, UNIQUE

from hallmark.bronze.plan import source_columns
from hallmark.contracts import rules, value_rules
from hallmark.contracts.checks import NAMES
from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.engines import _EXPECTATIONS
from hallmark.contracts.loader import load_contract
from hallmark.contracts.rules import CHANGE_RULES, READABLE
from hallmark.contracts.transforms import TRANSFORM
from hallmark.contracts.value_rules import FORMATS
from hallmark.lakehouse.names import BRONZE_METADATA, RESCUED

pytestmark = pytest.mark.compiled

MUTANTS = [(kind, bad) for kind in KINDS for bad in kind.bad]
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: test.kinds
version: 1.0.0
status: active
servers: [{server: s, type: local, path: "*.csv", format: csv}]
schema:
  - name: kinds
    quality: [{metric: duplicateValues, arguments: {properties: [pair, other]}, mustBe: 0}]
    properties:
      - {name: other, logicalType: string}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledTable:
    file = tmp_path_factory.mktemp("contract") / "kinds.odcs.yaml"
    columns = "".join(f"      - {kind.column}\n" for kind in KINDS)
    file.write_text(CONTRACT + columns, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0], key_is_unique=True)


@pytest.fixture(scope="module")
def judged(spark: SparkSession, compiled: CompiledTable) -> dict[int, Row]:
    """Row 0 is good, row n has the nth bad value and is good else; all judged in one job."""
    names = [*source_columns(compiled.contract), *BRONZE_METADATA]
    good = {"other": "x", **{kind.name: kind.good for kind in KINDS}}
    rows = []
    for number, mutant in enumerate([None, *MUTANTS]):
        texts = {name: text if text is None else text.replace(UNIQUE, str(number)) for name, text in good.items()}
        if mutant is not None:
            texts[mutant[0].name] = mutant[1]
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        rows.append((number, *({**texts, "_ingested_at": at}.get(name) for name in names)))
    kinds = [f"`{name}` {'timestamp' if name == '_ingested_at' else 'string'}" for name in names]
    frame = spark.createDataFrame(rows, ", ".join(["number int", *kinds]))
    found = compiled.judge(frame, keep=["number"]).select(
        "number", "_errors.rule", "_errors.columns", "_warnings", "_bad"
    )
    return {row["number"]: row for row in found.collect()}


def test_a_good_row_has_no_verdict(judged: dict[int, Row]) -> None:
    assert (judged[0]["rule"], judged[0]["_warnings"], judged[0]["_bad"]) == ([], [], False)


@pytest.mark.parametrize("number", range(len(MUTANTS)), ids=[f"{kind.name}-{bad}" for kind, bad in MUTANTS])
def test_a_bad_value_is_flagged_by_its_rule_alone(judged: dict[int, Row], number: int) -> None:
    kind, _ = MUTANTS[number]
    row = judged[number + 1]
    columns = ["pair", "other"] if kind.name == "pair" else [kind.name]
    assert (row["rule"], row["columns"], row["_warnings"], row["_bad"]) == ([kind.rule], [columns], [], True)


def test_a_row_that_could_not_be_read_is_flagged_by_that_alone(spark: SparkSession, compiled: CompiledTable) -> None:
    names = [*source_columns(compiled.contract), *BRONZE_METADATA]
    kinds = [f"`{name}` {'timestamp' if name == '_ingested_at' else 'string'}" for name in names]
    frame = spark.createDataFrame([["x" if name == RESCUED else None for name in names]], ", ".join(kinds))
    (row,) = compiled.judge(frame).select("_errors.rule").collect()
    assert row["rule"] == [READABLE.name]


GOOD_EVENT = ("c", 1, 1, datetime(2026, 1, 1, tzinfo=UTC))
EVENTS = {  # what is wrong with an event, and the rule that must flag it
    "operation": [("x", *GOOD_EVENT[1:]), (None, *GOOD_EVENT[1:])],
    "sequence": [(GOOD_EVENT[0], None, *GOOD_EVENT[2:])],
    "changedAt": [(*GOOD_EVENT[:3], None)],
}


def test_a_bad_change_event_is_flagged_by_its_rule_alone(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "events.odcs.yaml"
    column = "      - {name: id, logicalType: string, primaryKey: true}\n"
    text = CONTRACT.replace("format: csv", "format: debezium").replace("[pair, other]", "[other]") + column
    file.write_text(text, encoding="utf-8")
    contract = load_contract(file)
    judge = compile_table(contract, contract.objects[0]).judge
    events = [(None, GOOD_EVENT), *((rule, event) for rule, bad in EVENTS.items() for event in bad)]
    names = ["id", "other", *BRONZE_METADATA]
    kinds = [f"`{name}` {'timestamp' if name == '_ingested_at' else 'string'}" for name in names]
    ddl = ", ".join(["wanted string", "_op string", "_lsn bigint", "_position bigint", "_changed_at timestamp", *kinds])
    rows = [(rule, *event, *("1" if name == "id" else None for name in names)) for rule, event in events]
    judged = judge(spark.createDataFrame(rows, ddl), keep=["wanted", "_op", "_lsn", "_position", "_changed_at"])
    found = {(row["wanted"], *row["rule"]) for row in judged.select("wanted", "_errors.rule").collect()}
    assert found == {(None,), *((rule, rule) for rule in EVENTS)}


def named_in(module: ModuleType) -> set[str]:
    """The names of rules that a module's source gives: of each `Checked`, `Rule`, `_unique`, and those of its loops."""
    tree = ast.parse(inspect.getsource(module))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    first = [call.args[0] for call in calls if call.func.id in {"Checked", "Rule", "_unique"} and call.args]  # type: ignore[attr-defined]
    loops = [
        node.iter.elts for node in ast.walk(tree) if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple)
    ]
    first += [row.elts[0] for rows in loops for row in rows if isinstance(row, ast.Tuple)]
    return {node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_kind_of_rule_has_a_mutant(compiled: CompiledTable) -> None:
    mutants = {kind.rule for kind in KINDS} | {READABLE.name, *EVENTS}
    engines = {*NAMES, *(name for name, _ in _EXPECTATIONS.values())}
    assert mutants == named_in(value_rules) | named_in(rules) | engines | {TRANSFORM}
    assert mutants >= {rule.name for rule in (*compiled.rules, *CHANGE_RULES)}
    assert {f"format_{name}" for name in FORMATS} <= {kind.name for kind in KINDS}
