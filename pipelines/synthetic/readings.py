"""GPU readings of two node pools: load with the time of day, one short spike, one silence."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hallmark.pipelines.synthetic.days import DAYS, activity, midnight

STEP_SECONDS = 30
SILENCE = (
    "synthetic-pool-b",
    DAYS[0],
    range(20 * 3600, 20 * 3600 + 20 * 60),
)  # 20 minutes without a reading, in the busy hours
SPIKE = ("synthetic-pool-a", DAYS[1], range(2 * 3600, 2 * 3600 + 3 * 60))  # 3 minutes: too short to scale for
_DAY_SECONDS = 86_400
Reading = tuple[str, str, datetime, float, float, float, float]


@dataclass(frozen=True)
class _Pool:
    node_pool_id: str
    peak_hour: float
    memory_mib: float


_POOLS = (_Pool("synthetic-pool-a", 14.0, 23_034.0), _Pool("synthetic-pool-b", 20.0, 46_068.0))


def readings(seed: int, day: date) -> bytes:
    """One day's readings as a Parquet file; `observed_at` is UTC in microseconds."""
    import pyarrow as pa
    from pyarrow import parquet

    rng = random.Random(f"readings-{seed}-{day}")  # noqa: S311 - reproducible, not secret
    schema = pa.schema(
        [
            ("node_pool_id", pa.string()),
            ("gpu_id", pa.string()),
            ("observed_at", pa.timestamp("us", tz="UTC")),
            ("gpu_utilization_pct", pa.float64()),
            ("gpu_memory_used_mib", pa.float64()),
            ("gpu_memory_total_mib", pa.float64()),
            ("gpu_temperature_c", pa.float64()),
        ],
        metadata={"source": "synthetic"},
    )
    columns = zip(*_rows(rng, day), strict=True)
    table = pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="snappy")
    return buffer.getvalue()


def _rows(rng: random.Random, day: date) -> Iterator[Reading]:
    for second in range(0, _DAY_SECONDS, STEP_SECONDS):
        for pool in _POOLS:
            if _within(SILENCE, pool, day, second):
                continue
            for gpu in ("gpu-0", "gpu-1"):
                yield _reading(rng, pool, gpu, day, second)


def _within(span: tuple[str, date, range], pool: _Pool, day: date, second: int) -> bool:
    node_pool_id, on, seconds = span
    return pool.node_pool_id == node_pool_id and day == on and second in seconds


def _reading(rng: random.Random, pool: _Pool, gpu: str, day: date, second: int) -> Reading:
    load = 0.9 if _within(SPIKE, pool, day, second) else activity(second, peak_hour=pool.peak_hour)
    utilization = round(min(100.0, max(0.0, 6 + 84 * load + rng.gauss(0, 2.5))), 1)
    memory = round(pool.memory_mib * (0.55 + 0.35 * load + rng.uniform(-0.01, 0.01)), 1)
    temperature = round(34 + 0.4 * utilization + rng.gauss(0, 1), 1)
    at = midnight(day) + timedelta(seconds=second)
    return pool.node_pool_id, gpu, at, utilization, memory, pool.memory_mib, temperature
