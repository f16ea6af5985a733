"""Whole gold tables against their suites: numbers by one query, a broken suite stops, the next run compares."""

from __future__ import annotations

import itertools
import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hallmark.gold.expectations import Metric, Suite
from hallmark.gold.observe import observe
from hallmark.lakehouse.errors import ContractViolation
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import quality_command
from hallmark.pipelines.context import Context
from hallmark.pipelines.project import open_project
from hallmark.pipelines.quality import QualityViolation, run_quality
from hallmark.pipelines.screen import SilentReporter

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: gold.charges
version: 1.0.0
status: active
domain: gold
servers: [{server: gold, type: local, path: gold/charges, format: delta}]
slaProperties: [{property: freshness, value: 2, unit: d, element: charges.charged_at}]
schema:
  - name: charges
    customProperties: [{property: reconciles, value: [{tables: [silver.charges], rows: rows, cost: cost}]}]
    quality:
      - {name: dearest, type: sql, query: "select max(cost) from {object}", mustBeLessThan: 100}
    properties:
      - {name: charge_id, logicalType: string, primaryKey: true}
      - {name: charged_at, logicalType: timestamp, required: true}
      - name: cost
        logicalType: number
        physicalType: "decimal(38,15)"
        customProperties: [{property: unit, value: USD}]
"""
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = "timestamp'2026-11-23 12:00:00'"


class Warehouse:
    """A gold and a silver table of charges, and runs of the suite on them."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        self.lake, self.folder, self.runs = lake, folder, itertools.count()
        (folder / "contracts").mkdir()
        (folder / "contracts" / "charges.odcs.yaml").write_text(CONTRACT, encoding="utf-8")

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.lake.warehouse)

    def put(self, schema: str, *costs: str, at: str = DAY) -> None:
        rows = ", ".join(f"('{i}', {at}, cast({cost} as decimal(38,15)))" for i, cost in enumerate(costs))
        frame = self.lake.spark.sql(f"select * from values {rows} as t(charge_id, charged_at, cost)")
        frame.write.format("delta").mode("overwrite").save(str(self.lake.path(Table(schema, "charges"))))

    def both(self, *costs: str, at: str = DAY) -> None:
        for schema in ("silver", "gold"):
            self.put(schema, *costs, at=at)

    def run(self) -> Context:
        project = open_project(Settings(warehouse=self.lake.warehouse, contracts=self.folder / "contracts"))
        number = next(self.runs)
        clock = lambda: NOW + timedelta(minutes=number)  # noqa: E731
        context = Context(project, f"run-{number}", clock, SilentReporter())
        context._session = self.lake.spark
        run_quality(context)
        return context

    @property
    def alerts(self) -> list[dict[str, object]]:
        file = self.lake.warehouse / "_logs" / "alerts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


@pytest.fixture
def warehouse(lake: Lake, tmp_path: Path) -> Warehouse:
    return Warehouse(lake, tmp_path)


def test_a_sound_table_is_documented_and_becomes_what_the_next_run_is_compared_with(warehouse: Warehouse) -> None:
    warehouse.both("1.5", "2.000000000000001")
    (first,) = warehouse.run().notes
    index = warehouse.lake.warehouse / "_docs" / "quality" / "index.html"
    assert first == f"gold: 4 of 4 expectations about whole tables hold; data docs {index}"
    assert index.is_file()
    numbers = warehouse.ledger.published_metrics()["gold.charges"]
    assert (numbers["row_count"], numbers["cost.sum"]) == ("2", "3.500000000000001")
    (second,) = warehouse.run().notes
    assert second.startswith("gold: 8 of 8 expectations")
    assert warehouse.alerts == []


def test_a_sum_that_lost_its_last_decimal_stops_the_publish_and_is_told(warehouse: Warehouse) -> None:
    warehouse.put("silver", "1.5", "2.000000000000001")
    warehouse.put("gold", "1.5", "2")
    with pytest.raises(QualityViolation) as letter:
        warehouse.run()
    assert letter.value.where == "gold.charges"
    assert letter.value.got == (
        "gold.charges cost_reconcile_with_charges: sum of cost, less sum of cost of silver.charges: "
        "-0.000000000000001, wanted = 0"
    )
    (alert,) = warehouse.alerts
    assert (alert["stopped"], [each["expectation"] for each in alert["broken"]]) == (
        True,
        ["cost_reconcile_with_charges"],
    )
    assert warehouse.ledger.published_metrics() == {}  # what was stopped is nothing to be compared with


def test_a_table_that_lost_its_rows_stops_and_the_last_publish_stays_the_measure(warehouse: Warehouse) -> None:
    warehouse.both(*["1"] * 20)
    warehouse.run()
    warehouse.both(*["1"] * 10)
    for _ in range(2):
        with pytest.raises(QualityViolation, match="1 of the expectations about whole tables does not hold") as letter:
            warehouse.run()
        assert "rows, at least 90 % of the last run's: 10, wanted >= 18" in str(letter.value)


def test_a_mean_that_moved_is_a_note_and_no_stop(warehouse: Warehouse) -> None:
    warehouse.both("1", "1")
    warehouse.run()
    warehouse.both("5", "5")
    _, look = warehouse.run().notes
    assert look == (
        "worth a look: gold.charges cost: mean, 50 % to 200 % of the last run's: 5, wanted between 0.5 and 2"
    )
    assert warehouse.alerts == []


def test_a_stale_table_breaks_its_service_level(warehouse: Warehouse) -> None:
    warehouse.both("1", at="timestamp'2026-11-21 12:00:00'")
    with pytest.raises(QualityViolation, match="a broken service level stops the publish") as letter:
        warehouse.run()
    assert "freshness: newest charged_at within 2 d, hours ago: 72, wanted <= 48" in str(letter.value)


def test_a_service_level_breaks_while_no_run_comes(warehouse: Warehouse) -> None:
    warehouse.both("1")
    project = warehouse.run().project
    assert quality_command.look(project, NOW).ok
    late = quality_command.look(project, NOW + timedelta(days=2))
    assert not late.ok
    assert [each.got for each in late.late] == ["72"]


def test_without_the_extra_the_same_numbers_stop_and_a_note_says_how_to_get_the_pages(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)  # so the import system says that it is not there
    warehouse.both("1")
    missing, held = warehouse.run().notes
    assert missing.endswith("pip install hallmark-lakehouse[quality] brings them")
    assert held == "gold: 4 of 4 expectations about whole tables hold"
    warehouse.both("100")
    with pytest.raises(QualityViolation, match="nothing after gold is built"):
        warehouse.run()


@pytest.mark.parametrize(
    ("sql", "got"),
    [
        ("delete from {object}", "PARSE_SYNTAX_ERROR"),
        ("select costs from {object}", "UNRESOLVED_COLUMN"),
        ("select cost from {object}", "more than one row"),
        ("select cost from {object} where false", "no row"),
    ],
)
def test_a_rule_in_sql_that_is_no_question_is_refused(warehouse: Warehouse, sql: str, got: str) -> None:
    warehouse.put("gold", "1", "2")
    suite = Suite("charges", metrics=(Metric("row_count", "count(*)"), Metric("asked", sql, is_query=True)))
    with pytest.raises(ContractViolation) as letter:
        observe(warehouse.lake, [suite])
    assert letter.value.where == "gold.charges: asked"
    assert got in str(letter.value.got)
    assert observe(warehouse.lake, [Suite("charges", metrics=suite.metrics[:1])]) == {
        "charges": {"row_count": Decimal(2)}
    }
