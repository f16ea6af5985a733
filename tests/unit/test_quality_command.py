"""`hallmark quality` reads the ledger: the last verdicts, and the service levels that time has broken since."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import calls
import pytest

from hallmark.lakehouse.ledger import EXPECTATIONS, METRICS, ExpectationEntry, Ledger, MetricEntry
from hallmark.pipelines.project import Project

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: gold.charges
version: 1.0.0
status: active
domain: gold
servers: [{server: gold, type: local, path: gold/charges, format: delta}]
slaProperties: [{property: freshness, value: 2, unit: d, element: charged_at}]
schema:
  - name: charges
    properties: [{name: charged_at, logicalType: timestamp, required: true}]
"""


@pytest.fixture
def ledger(shop: Project) -> Ledger:
    (shop.settings.contracts / "gold.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    return Ledger(shop.settings.warehouse)


def remember(ledger: Ledger, *, newest: datetime, stopped: bool = False) -> None:
    at = datetime.now(UTC)
    seconds = newest.timestamp()
    ledger.write(
        METRICS, [MetricEntry("r", "gold.charges", "charged_at.newest", f"{seconds}", seconds, not stopped, at)]
    )
    verdict = ExpectationEntry("r", "gold.charges", "few", "rows", ">= 9", "5", "error", not stopped, stopped, at)
    ledger.write(EXPECTATIONS, [verdict, ExpectationEntry(
        "r", "gold.charges", "moved", "cost: mean", "<= 2", "2.5", "warning", False, False, at,
    )])  # fmt: skip


def call(*arguments: str) -> tuple[int, str]:
    code, out, _ = calls.call("quality", *arguments)
    return code, out


def test_gold_that_was_never_judged_is_said_to_be_so(ledger: Ledger) -> None:
    code, out = call()
    assert (code, out.startswith("gold was never judged in ")) == (0, True)


def test_what_held_is_counted_and_what_did_not_is_listed(ledger: Ledger) -> None:
    remember(ledger, newest=datetime.now(UTC))
    code, out = call()
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["table", "verdict", "what", "got", "wanted"],
        ["gold.charges", "holds", "1", "of", "2", "expectations", "holds"],
        ["warning", "cost:", "mean", "2.5", "<=", "2"],
    ]


def test_a_stopped_publish_is_an_exit_code(ledger: Ledger) -> None:
    remember(ledger, newest=datetime.now(UTC), stopped=True)
    code, out = call()
    assert (code, "gold.charges  broken" in out) == (1, True)


def test_a_level_that_time_has_broken_is_an_exit_code(ledger: Ledger) -> None:
    remember(ledger, newest=datetime.now(UTC) - timedelta(hours=72))
    code, out = call("--json")
    found = json.loads(out)
    assert (code, found["ok"], found["docs"]) == (1, False, None)
    (late,) = found["late"]
    assert late["says"] == "freshness: newest charged_at within 2 d, hours ago"
    assert float(late["got"]) == pytest.approx(72, abs=0.1)
    assert [row["name"] for row in found["judged"]] == ["few", "moved"]


def test_the_data_docs_are_named_where_they_are(ledger: Ledger, shop: Project) -> None:
    remember(ledger, newest=datetime.now(UTC))
    index = shop.settings.warehouse / "_docs" / "quality" / "index.html"
    index.parent.mkdir(parents=True)
    index.write_text("", encoding="utf-8")
    assert f"data docs {index}" in call()[1]


def test_only_the_last_publish_is_what_the_next_is_compared_with(ledger: Ledger) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    for hours, value, is_published in ((0, "1", True), (1, "2", True), (2, "3", False)):
        when = at + timedelta(hours=hours)
        ledger.write(METRICS, [MetricEntry("r", "gold.a", "row_count", value, float(value), is_published, when)])
    ledger.write(METRICS, [MetricEntry("r", "gold.b", "row_count", None, None, True, at)])
    assert ledger.published_metrics() == {"gold.a": {"row_count": "2"}, "gold.b": {"row_count": None}}


def test_a_warehouse_without_a_folder_of_gold_contracts_has_nothing_late(shop: Project, tmp_path: Path) -> None:
    assert call("--warehouse", str(tmp_path / "elsewhere"))[0] == 0
