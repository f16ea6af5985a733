"""The one gold question that a run ends with: cost, tokens and p95 latency by model and day. Read without Spark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

DAILY = Table("gold", "agg_model_daily")
_COLUMNS = (
    "usage_date", "model_name", "model_id", "requests", "prompt_tokens", "completion_tokens", "cost_usd",
    "requests_without_price", "requests_without_completion_tokens", "latency_p95_ms", "record_sources",
)  # fmt: skip


@dataclass(frozen=True)
class ModelDay:
    """A model's day; `cost_usd` is None when no request had a known price, `latency_p95_ms` when none had a latency.

    `unpriced` and `uncounted` are requests without a price, and without a number of completion tokens.
    """

    day: date
    model: str
    requests: int
    tokens: int
    cost_usd: Decimal | None
    latency_p95_ms: float | None
    sources: str
    unpriced: int = 0
    uncounted: int = 0

    @property
    def usd_per_1k_tokens(self) -> Decimal | None:
        """Cost of 1,000 tokens, prompt and completion together; None when some request of the day had no price."""
        if self.cost_usd is None or self.unpriced or not self.tokens:
            return None
        return self.cost_usd * 1000 / self.tokens


def model_days(warehouse: Path) -> list[ModelDay]:
    """The rows of `gold.agg_model_daily`, by day and model; none when gold was never built."""
    path = table_path(warehouse, DAILY)
    if not deltalog.exists(path):
        return []
    rows = deltalog.read(path, columns=_COLUMNS).to_pylist()
    days = [
        ModelDay(
            day=row["usage_date"],
            model=row["model_name"] or row["model_id"],
            requests=row["requests"],
            tokens=row["prompt_tokens"] + row["completion_tokens"],
            unpriced=row["requests_without_price"],
            uncounted=row["requests_without_completion_tokens"],
            cost_usd=row["cost_usd"],
            latency_p95_ms=row["latency_p95_ms"],
            sources=row["record_sources"],
        )
        for row in rows
    ]
    return sorted(days, key=lambda each: (each.day, each.model))
