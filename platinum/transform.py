"""Readings joined with gold, in the few plain types that the state machine takes.

Pure: no read, write, clock or log.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

POOL_COLUMNS = ("instances", "min_instances", "max_instances", "gpus_per_instance")
MICRO = 1_000_000


def with_pools(readings: DataFrame, pools: DataFrame) -> DataFrame:
    """Each reading that has a place (pool, GPU, time), with its pool as gold has it.

    A pool that gold does not know, or holds as deleted, keeps its readings and gets nulls: the rule then
    holds and says so. Times and utilisation become whole numbers, so that no time zone or rounding of pandas
    can touch them; a utilisation that is no percentage (NaN, null, below 0, above 100) becomes null.

    Args:
        readings: node_pool_id, gpu_id, observed_at (timestamp), gpu_utilization_pct (%), _source.
        pools: `gold.dim_node_pool`.
    """
    placed = readings.where("node_pool_id is not null and gpu_id is not null and observed_at is not null")
    utilization = F.col("gpu_utilization_pct")
    whole = placed.select(
        "node_pool_id",
        "gpu_id",
        F.unix_micros("observed_at").alias("observed_us"),
        F.when(utilization.between(0.0, 100.0), F.round(utilization * MICRO).cast("bigint")).alias("micro"),
        F.coalesce("_source", F.lit("unknown")).alias("source"),
    )
    known = pools.where("not coalesce(is_deleted, false)").select("node_pool_id", *POOL_COLUMNS)
    return whole.join(F.broadcast(known), "node_pool_id", "left")
