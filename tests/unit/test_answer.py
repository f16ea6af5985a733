"""The answer of gold is read from its table without Spark: in order, and unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.answer import DAILY, ModelDay, model_days

COLUMNS = pa.schema(
    [
        ("model_key", pa.string()),
        ("model_id", pa.string()),
        ("model_name", pa.string()),
        ("usage_date", pa.date32()),
        ("requests", pa.int64()),
        ("prompt_tokens", pa.int64()),
        ("completion_tokens", pa.int64()),
        ("requests_without_completion_tokens", pa.int64()),
        ("requests_without_price", pa.int64()),
        ("cost_usd", pa.decimal128(38, 8)),
        ("latency_p95_ms", pa.float64()),
        ("record_sources", pa.string()),
    ]
)
ROW = {
    "model_key": "A" * 32, "model_id": "m1", "model_name": "llama", "usage_date": date(2026, 11, 24), "requests": 3,
    "prompt_tokens": 1500, "completion_tokens": 500, "requests_without_price": 0,
    "requests_without_completion_tokens": 0, "cost_usd": Decimal("0.5"),
    "latency_p95_ms": 812.5, "record_sources": "azure_trace",
}  # fmt: skip
DAY = ModelDay(date(2026, 11, 24), "llama", 3, 2000, Decimal("0.5"), 812.5, "azure_trace")


def gold(warehouse: Path, *rows: dict[str, Any]) -> Path:
    table = pa.Table.from_pylist([ROW | row for row in rows], schema=COLUMNS)
    write_deltalake(str(table_path(warehouse, DAILY)), table, mode="append")
    return warehouse


def test_a_row_of_gold_is_a_models_day(tmp_path: Path) -> None:
    assert model_days(gold(tmp_path, {})) == [DAY]


def test_days_come_by_day_and_then_by_model(tmp_path: Path) -> None:
    gold(tmp_path, {"model_name": "b"}, {"model_name": "a"})
    gold(tmp_path, {"model_name": "c", "usage_date": date(2026, 11, 23)})
    assert [(each.day.day, each.model) for each in model_days(tmp_path)] == [(23, "c"), (24, "a"), (24, "b")]


def test_a_cost_that_is_not_known_stays_unknown(tmp_path: Path) -> None:
    assert model_days(gold(tmp_path, {"cost_usd": None})) == [replace(DAY, cost_usd=None)]


def test_a_latency_that_is_not_known_stays_unknown(tmp_path: Path) -> None:
    assert model_days(gold(tmp_path, {"latency_p95_ms": None})) == [replace(DAY, latency_p95_ms=None)]


def test_a_model_without_a_name_is_called_by_its_id(tmp_path: Path) -> None:
    assert [each.model for each in model_days(gold(tmp_path, {"model_name": None}))] == ["m1"]


def test_gold_that_was_never_built_gives_no_day(tmp_path: Path) -> None:
    assert model_days(tmp_path) == []


@pytest.mark.parametrize(
    ("day", "usd"),
    [
        (DAY, Decimal("0.25")),
        (replace(DAY, cost_usd=Decimal(0)), Decimal(0)),
        (replace(DAY, cost_usd=None), None),
        (replace(DAY, tokens=0), None),
    ],
)
def test_the_price_of_a_thousand_tokens_needs_a_cost_and_tokens(day: ModelDay, usd: Decimal | None) -> None:
    assert day.usd_per_1k_tokens == usd
