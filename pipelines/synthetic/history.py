"""What happened to the synthetic platform after its first snapshot: a list of changes in time order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hallmark.pipelines.synthetic.catalog import TABLES, Value

SNAPSHOT_AT = datetime(2023, 1, 1, tzinfo=UTC)
_CENT_OF_A_MILLIONTH = Decimal("0.00000001")

# the first days of price lists; one lies in the hour of the real Azure requests, one in the synthetic days
_PRICE_DAYS = ((2023, 4, 3), (2023, 9, 18), (2024, 2, 5), (2024, 7, 1))
_PRICE_MOMENTS = (datetime(2023, 11, 16, 18, 45, tzinfo=UTC), datetime(2024, 10, 26, 12, tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of one row; changes with the same `at` and `transaction` were committed together."""

    at: datetime
    table: str
    key: str
    op: str
    values: Mapping[str, Value] = field(default_factory=dict)
    transaction: str = ""


def changes(rng: random.Random) -> list[Change]:
    """All changes in the order in which the database made them."""
    everything = [*_prices(rng), *_instances(rng), *_events(rng)]
    return sorted(everything, key=lambda change: change.at)  # stable: a transaction keeps its own order


def _update(at: datetime, table: str, key: str, *, transaction: str = "", **values: Value) -> Change:
    return Change(at=at, table=table, key=key, op="u", values=values, transaction=transaction)


def _prices(rng: random.Random) -> Iterator[Change]:
    moments = [datetime(*day, rng.randrange(6, 10), rng.randrange(60), tzinfo=UTC) for day in _PRICE_DAYS]
    for plan in TABLES["price_plans"]:
        key = str(plan["price_plan_id"])
        prompt = Decimal(str(plan["usd_per_1k_prompt_tokens"]))
        completion = Decimal(str(plan["usd_per_1k_completion_tokens"]))
        for n, at in enumerate(sorted([*moments, *_PRICE_MOMENTS])):
            factor = Decimal(rng.randrange(86, 106)) / 100
            prompt, completion = (_price(p * factor) for p in (prompt, completion))
            yield _set_price(at + timedelta(microseconds=1000 * n), key, prompt, completion)
    yield from _mistake_and_mend(prompt)


def _price(value: Decimal) -> Decimal:
    return value.quantize(_CENT_OF_A_MILLIONTH)


def _set_price(at: datetime, key: str, prompt: Decimal, completion: Decimal, *, tx: str = "") -> Change:
    prices = {"usd_per_1k_prompt_tokens": f"{prompt:f}", "usd_per_1k_completion_tokens": f"{completion:f}"}
    return _update(at, "price_plans", key, transaction=tx, **prices)


def _mistake_and_mend(prompt: Decimal) -> Iterator[Change]:
    """A price ten times too high, mended in the same transaction: only the lsn tells which of the two is last."""
    at = datetime(2024, 8, 12, 7, 30, tzinfo=UTC)
    for price in (prompt * 10, prompt):
        yield _set_price(at, "plan-embed-1b", price, Decimal("0.00000000"), tx="mend-embed-price")


def _instances(rng: random.Random) -> Iterator[Change]:
    """Pools grow and shrink; the last value is the one that the telemetry and the bill of the two days show."""
    last = {"azure-code-pool": 5, "azure-conv-pool": 4, "synthetic-pool-a": 2, "synthetic-pool-b": 1}
    for pool, instances in last.items():
        for month in (3, 6, 10):
            at = datetime(2023, month, rng.randrange(1, 28), rng.randrange(24), rng.randrange(60), tzinfo=UTC)
            yield _update(at, "node_pools", pool, instances=rng.randrange(2, 5))
        at = datetime(2024, 5, rng.randrange(1, 28), 9, rng.randrange(60), tzinfo=UTC)
        yield _update(at, "node_pools", pool, instances=instances)
    # Two instances for a while; the real load runs of the two days had one GPU.
    yield _update(datetime(2024, 2, 20, 8, tzinfo=UTC), "node_pools", "vllm-burst-pool", instances=2)
    yield _update(datetime(2024, 9, 30, 8, tzinfo=UTC), "node_pools", "vllm-burst-pool", instances=1)


def _events(rng: random.Random) -> Iterator[Change]:
    """The single happenings: new, changed, paused and deleted rows."""

    def at(year: int, month: int, day: int) -> datetime:
        return datetime(year, month, day, rng.randrange(7, 17), rng.randrange(60), rng.randrange(60), tzinfo=UTC)

    sakura = {"customer_name": "Sakura Language Lab", "segment": "research", "country": "JP"}
    yield Change(at=at(2023, 5, 9), table="customers", key="cust-sakura", op="c", values=sakura)
    burst = {
        "customer_id": "cust-sakura",
        "model_id": "llama-3.2-1b",
        "node_pool_id": "vllm-burst-pool",
        "status": "active",
    }
    yield Change(at=at(2023, 5, 10), table="deployments", key="vllm-burst", op="c", values=burst)
    yield _update(at(2023, 8, 21), "models", "synthetic-chat-8b", context_window_tokens=16384)
    yield _update(at(2023, 10, 2), "customers", "cust-kestrel", segment="enterprise")
    yield _update(at(2023, 12, 11), "deployments", "synthetic-pilot", status="paused")
    yield _update(at(2024, 1, 15), "node_pools", "azure-conv-pool", usd_per_instance_hour="88.490000")
    yield _update(at(2024, 3, 4), "customers", "cust-nordlicht", customer_name="Nordlicht Automation")
    yield Change(at=at(2024, 4, 8), table="customers", key="cust-umbra", op="d")
    yield _update(at(2024, 6, 17), "models", "synthetic-embed-1b", model_name="Synthetic Embed 1B v2")
    yield _update(at(2024, 9, 2), "deployments", "synthetic-pilot", status="retired")
