"""Values for the columns of the operational database, drawn from a seeded generator. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hallmark.pipelines.stack.operations import Row, Value
from hallmark.pipelines.stack.tables import SEGMENTS, STATUSES

BEGAN_AT = datetime(2025, 1, 1, tzinfo=UTC)
_WORDS = (
    "batch", "cache", "decode", "fallback", "gateway", "hedge", "kernel", "latency", "merge", "naïve", "paged",
    "prefill", "shard", "speculative", "token", "warm-up", "Zürich", "東京", "“quoted”", "back\\slash", "tab\t",
    "line\n", "100%", "{brace}", "null", "NULL", "''", '"', "🙂",
)  # fmt: skip
_COUNTRIES = ("DE", "GB", "CA", "US", "FR", "JP", "BR", "IN", "ZA", "KR")
_REGIONS = ("eastus", "eu-north-1", "us-east-1", "ap-south-1")
_GPUS = ("A100-80GB", "H100-80GB", "L4-24GB", "L40S-48GB")
_LONG = range(2_500, 12_000)  # characters; more than 2 kB goes out of line
_VERY_LONG = range(60_000, 200_000)

Draw = Callable[[random.Random], Value]


def moment(rng: random.Random, step: int) -> datetime:
    """The planned time of a change; it rises from one change to the next."""
    return BEGAN_AT + timedelta(seconds=step, microseconds=rng.randrange(1_000_000))


def words(rng: random.Random, length: int) -> str:
    """About `length` characters of text, with characters that quoting and encoding stumble over."""
    return " ".join(rng.choices(_WORDS, k=max(1, length // 7)))


def name(rng: random.Random) -> str:
    """A short text."""
    return words(rng, rng.randrange(7, 40)).strip() or "unnamed"


def _decimal(digits: int, scale: int) -> Draw:
    return lambda rng: Decimal(rng.randrange(1, 10**digits)).scaleb(-scale)


def _maybe(draw: Draw, share: float = 0.7) -> Draw:
    return lambda rng: draw(rng) if rng.random() < share else None


def _choice(values: tuple[str, ...]) -> Draw:
    return lambda rng: rng.choice(values)


def _whole(low: int, high: int) -> Draw:
    return lambda rng: rng.randrange(low, high + 1)


def _long(rng: random.Random) -> Value:
    return words(rng, rng.choice(_VERY_LONG if rng.random() < 0.02 else _LONG))


def _day(rng: random.Random) -> Value:
    return date(2019, 1, 1) + timedelta(days=rng.randrange(3000))


def _zoneless(rng: random.Random) -> Value:
    # Milliseconds as a rule: what a driver writes. Microseconds now and then, and a time before 1970.
    at = datetime(2020, 1, 1) + timedelta(milliseconds=rng.randrange(10**11))  # noqa: DTZ001 -- the column has no zone
    return rng.choice((at, at + timedelta(microseconds=7), at.replace(year=1968), at))


def _document(rng: random.Random) -> Value:
    return {
        "replicas": rng.randrange(9),
        "tags": rng.choices(_WORDS, k=rng.randrange(4)),
        "limits": {"tokens": rng.randrange(10**12), "tier": rng.choice(_WORDS)},
    }


def _numeric(rng: random.Random) -> Value:
    # numeric without a scale: each value brings its own
    return Decimal(rng.randrange(-(10**9), 10**9)).scaleb(-rng.randrange(0, 13))


_DRAWS: Mapping[str, Mapping[str, Draw]] = {
    "customers": {
        "customer_name": name,
        "segment": _choice(SEGMENTS),
        "country": _choice(_COUNTRIES),
        "credit_limit_usd": _maybe(_decimal(11, 2)),
        "signed_on": _maybe(_day),
        "logo": _maybe(lambda rng: rng.randbytes(rng.choice((0, 16, 300, 5000))), 0.5),
    },
    "models": {
        "model_name": name,
        "model_family": _choice(("llama", "synthetic-chat", "synthetic-code", "synthetic-embed")),
        "parameters_billion": _decimal(6, 3),
        "context_window_tokens": _whole(1, 1_048_576),
        "released_at": _maybe(_zoneless),
        "model_card": _maybe(_long),
    },
    "node_pools": {
        "node_pool_name": name,
        "region": _choice(_REGIONS),
        "gpu_model": _choice(_GPUS),
        "gpus_per_instance": _whole(1, 16),
        "instances": _whole(0, 24),
        "usd_per_instance_hour": _decimal(9, 6),
        "is_drained": lambda rng: rng.random() < 0.1,
        "labels": _maybe(_document),
        "runbook": _maybe(_long),
    },
    "deployments": {
        "status": _choice(STATUSES),
        "configuration": _maybe(_document),
        "target_utilization": _maybe(lambda rng: rng.random()),
        "started_at": _maybe(_zoneless),
    },
    "price_plans": {
        "usd_per_1k_prompt_tokens": _decimal(7, 8),
        "usd_per_1k_completion_tokens": _decimal(7, 8),
        "discount_factor": _maybe(_numeric),
        "valid_from": _maybe(_day),
    },
}
LONG_COLUMNS = frozenset({"model_card", "runbook", "logo"})


def drawn_columns(table: str) -> tuple[str, ...]:
    """The columns of a table that have a value of their own: neither key nor reference nor bound to another."""
    return tuple(_DRAWS[table])


def draw(rng: random.Random, table: str, column: str) -> Value:
    """A value that the column takes."""
    return _DRAWS[table][column](rng)


def bounds(rng: random.Random) -> Row:
    """The two columns of a node pool that are changed together."""
    fewest = rng.randrange(0, 5)
    return {"min_instances": fewest, "max_instances": fewest + rng.randrange(1, 20)}
