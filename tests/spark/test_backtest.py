"""The backtest foretells the gate: its numbers are those that the contracts give when they are applied for real."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from changelog import CONTRACT, TOPIC, lines, random_log, record
from landing import BRONZE, HEADER, REQUESTS, Landing
from pyspark.sql import SparkSession

from hallmark.contracts.backtest import Judge, RuleEffect, count_effects, framed, judged_twice
from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.contract_backtest import Backtest, document, judge_history

TIER = "      - {name: tier, logicalType: string, classification: personal, quality: [%s]}\n"
IN_FORCE = REQUESTS + TIER % "{metric: invalidValues, arguments: {validValues: [gold, lead]}, mustBe: 0}"
PROPOSED = (
    IN_FORCE.replace("version: 1.0.0", "version: 2.0.0")
    .replace("{minimum: 1}", "{minimum: 0, maximum: 100}")
    .replace("logicalType: timestamp, required: true", "logicalType: timestamp")
    .replace("[gold, lead]", "[gold]")
)
FIRST = """\
id-1,2026-01-01,1,gold
id-1,2026-01-01,1,gold
low,2026-01-01,0,gold
low,2026-01-01,0,gold
lower,2026-01-01,-1,gold
high,2026-01-01,101,gold
higher,2026-01-01,1001,lead
untimely,,5,gold
wrong,2026-01-01,many,lead
,2026-01-01,5,gold
"""
SECOND = "late,2026-01-02,500,gold\nid-1,2026-01-02,0,gold\n"


def contract_of(text: str, folder: Path) -> Contract:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "proposed.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return load_contract(file)


def applied(landing: Landing, text: str, base: Path) -> tuple[Landing, list[StepEntry]]:
    """What the gate does when the contract is applied for real to the same bronze: its tables, and what it said."""
    shutil.copytree(landing.lake.warehouse / "bronze", base / "warehouse" / "bronze")
    other = Landing(Lake(landing.lake.spark, base / "warehouse"), base, contract=text)
    return other, [entry for entry in other.silver() if entry.layer == "bronze->silver"]


def reasons(landing: Landing, table: Table) -> Counter[str]:
    return Counter(error["message"] for row in landing.rows(table) for error in row["_errors"])


def by_message(found: Backtest, count: str) -> dict[str, int]:
    return {rule.message: getattr(rule, count) for rule in found.effect.rules if getattr(rule, count)}


def rules(found: Backtest) -> Mapping[str, RuleEffect]:
    return {rule.message: rule for rule in found.effect.rules}


@pytest.fixture(scope="module")
def landed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """Two loads of requests in bronze: twice the same row, an unreadable one, one key in both loads."""
    base = tmp_path_factory.mktemp("backtest")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=IN_FORCE)
    header = f"{HEADER.strip()},tier\n"
    landing.put("a.csv", header + FIRST)
    landing.put("b.jsonl", '{"request_id": "broken"\n')
    landing.bronze()
    landing.put("c.csv", header + SECOND)
    landing.bronze()
    return landing


@pytest.fixture(scope="module")
def found(landed: Landing) -> Backtest:
    in_force = landed.project.contracts[0]
    proposed = contract_of(PROPOSED, landed.base / "proposed")
    return judge_history(landed.lake, BRONZE, proposed=proposed, in_force=in_force)


@pytest.fixture(scope="module")
def gates(landed: Landing) -> dict[str, tuple[Landing, StepEntry]]:
    """Both contracts applied for real."""
    texts = {"in_force": IN_FORCE, "proposed": PROPOSED}
    done = {name: applied(landed, text, landed.base / name) for name, text in texts.items()}
    return {name: (landing, entry) for name, (landing, (entry,)) in done.items()}


@pytest.mark.parametrize("side", ["in_force", "proposed"])
def test_the_counts_are_those_of_the_gate(
    side: str, found: Backtest, gates: dict[str, tuple[Landing, StepEntry]]
) -> None:
    landing, gate = gates[side]
    assert (found.effect.rows, getattr(found.effect, side)) == (gate.rows_in, gate.rows_quarantined)
    assert by_message(found, side) == reasons(landing, Table("quarantine", "requests"))


def test_what_is_decided_otherwise_is_what_one_gate_keeps_out_and_the_other_does_not(
    found: Backtest, gates: dict[str, tuple[Landing, StepEntry]]
) -> None:
    def kept_out(side: str) -> Counter[Any]:
        rows = gates[side][0].rows(Table("quarantine", "requests"))
        return Counter((row["request_id"], row["requested_at"], row["tokens"], row["_rescued"]) for row in rows)

    before, after = kept_out("in_force"), kept_out("proposed")
    assert found.effect.newly_quarantined == (after - before).total() == 3
    assert found.effect.newly_let_through == (before - after).total() == 4


def test_each_rule_says_how_many_rows_it_decides_otherwise(found: Backtest) -> None:
    assert by_message(found, "newly_quarantined") == {"tokens: <= 100": 3, "tier: one of gold": 1}
    assert by_message(found, "newly_let_through") == {"tokens: >= 1": 3, "requested_at: required": 1}
    assert rules(found)["tokens: >= 1"].in_force == 4, "one of them is kept out by the new minimum, too"


def test_samples_are_values_that_are_decided_otherwise_and_personal_ones_are_masked(found: Backtest) -> None:
    assert set(rules(found)["tokens: <= 100"].samples) == {"101", "1001", "500"}
    assert rules(found)["tokens: >= 1"].samples == ("0",)
    assert rules(found)["tier: one of gold"].samples == ("***",)
    assert rules(found)["the source's text could not be read as a row"].samples == ("***",)
    assert "lead" not in json.dumps(document(found)).replace("one of gold, lead", "")


def test_a_value_is_masked_when_only_the_proposed_contract_calls_it_personal(landed: Landing, tmp_path: Path) -> None:
    open_text = IN_FORCE.replace("classification: personal, ", "")
    in_force = contract_of(open_text, tmp_path / "in_force")
    proposed = contract_of(PROPOSED, tmp_path / "proposed")
    masked = judge_history(landed.lake, BRONZE, proposed=proposed, in_force=in_force)
    assert "lead" not in json.dumps(document(masked)).replace("one of gold, lead", "")


def test_only_the_loads_since_a_time_are_judged(landed: Landing, found: Backtest) -> None:
    loads = sorted({row["_ingested_at"] for row in landed.rows(BRONZE)})
    since = loads[-1] if loads[-1].tzinfo else loads[-1].replace(tzinfo=UTC)
    later = judge_history(landed.lake, BRONZE, proposed=found.proposed, in_force=found.in_force, since=since)
    assert (later.effect.rows, later.effect.newly_quarantined, later.effect.newly_let_through) == (2, 1, 1)
    never = datetime(2030, 1, 1, tzinfo=UTC)
    assert judge_history(landed.lake, BRONZE, proposed=found.proposed, in_force=None, since=never).effect.rows == 0


def test_without_a_contract_in_force_all_that_is_kept_out_is_new(landed: Landing, found: Backtest) -> None:
    alone = judge_history(landed.lake, BRONZE, proposed=found.proposed, in_force=None)
    assert alone.effect.in_force == alone.effect.newly_let_through == 0
    assert alone.effect.newly_quarantined == alone.effect.proposed == found.effect.proposed


def test_the_same_contract_decides_nothing_otherwise(landed: Landing) -> None:
    same = landed.project.contracts[0]
    nothing = judge_history(landed.lake, BRONZE, proposed=same, in_force=same).effect
    assert (nothing.newly_quarantined, nothing.newly_let_through, nothing.in_force) == (0, 0, nothing.proposed)


def test_bronze_is_read_once_for_both_contracts_and_all_rules(
    landed: Landing, found: Backtest, capsys: pytest.CaptureFixture[str]
) -> None:
    def judge(contract: Contract) -> Judge:
        compiled = compile_table(contract, contract.objects[0])
        return lambda rows, carried: compiled.judge(framed(rows, carried), keep=carried)

    twice = judged_twice(
        landed.lake.read(BRONZE), "requests", judge(landed.project.contracts[0]), judge(found.proposed)
    )
    count_effects([twice]).explain("formatted")
    assert len(re.findall(r"^\(\d+\) Scan parquet", capsys.readouterr().out, re.MULTILINE)) == 1


def test_nothing_is_written(landed: Landing, found: Backtest) -> None:
    before = sorted(path for path in landed.lake.warehouse.rglob("*"))
    judge_history(landed.lake, BRONZE, proposed=found.proposed, in_force=found.in_force)
    assert sorted(path for path in landed.lake.warehouse.rglob("*")) == before


def test_a_transform_that_bronze_cannot_run_is_a_letter(landed: Landing, tmp_path: Path) -> None:
    bad = PROPOSED.replace("{name: tier, ", "{name: tier, transformLogic: upper(tire), ")
    proposed = contract_of(bad, tmp_path)
    with pytest.raises(ContractError, match="a transform can't be run"):
        judge_history(landed.lake, BRONZE, proposed=proposed, in_force=None)


def test_change_events_are_counted_as_their_gates_count_them(landing: Landing, tmp_path: Path) -> None:
    landing.contract = CONTRACT
    log = random_log(3)
    other = {**record(log[0]), "topic": TOPIC.replace("customers", "orders")}
    landing.put("a.jsonl", "".join(lines(log)) + json.dumps(other) + "\nnot json\n")
    landing.bronze()
    text = CONTRACT.replace("{minimum: 0}", "{minimum: 2}").replace("version: 1.0.0", "version: 2.0.0")
    proposed = contract_of(text, tmp_path / "proposed")
    found = judge_history(
        landing.lake, Table("bronze", "shop_changes"), proposed=proposed, in_force=landing.project.contracts[0]
    )
    real, steps = applied(landing, text, tmp_path / "applied")
    gate = next(step for step in steps if step.table_name == "silver.customers_changes")
    assert (found.effect.rows, found.effect.proposed) == (gate.rows_in, gate.rows_quarantined)
    assert found.effect.newly_quarantined == found.effect.proposed > 0
    assert by_message(found, "proposed") == reasons(real, Table("quarantine", "customers_changes"))
