"""Check and write 20 rules over millions of rows, side by side in one run: ours, a plain write, Pandera, GX, DuckDB.

    .venv/bin/python benchmarks/contracts.py [--rows 5000000] [--repeat 3] [--only ours,plain,...]

Each contestant gets the same Parquet file, and once more the same rows behind ten steps of lineage. Ours ends with all
good rows in a Delta table and all bad ones in another, each with its reasons; Pandera and GX write nothing and keep no
row apart. Printed are the medians of wall seconds and of CPU seconds of this process with its JVM, and the Spark jobs.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
from processor import bytes_of, cpu_seconds
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import VERDICT_DDL
from hallmark.contracts.pandera_import import compile_schema
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.tables import Lake
from hallmark.silver.gate import Gate, pass_gate
from hallmark.silver.plan import plan_hop

COLUMNS = (
    "request_id string, model string, customer string, prompt_tokens int, output_tokens int, latency_ms double, "
    "cost double, status string"
)
NAMES = tuple(column.split(" ")[0] for column in COLUMNS.split(", "))
MODELS = [f"m{i}" for i in range(20)]
DUCKDB_BROKEN = """(
    request_id is null or not regexp_matches(request_id, '^r[0-9]+$') or not starts_with(request_id, 'r')
    or model is null or model not in (select 'm' || i from range(20) t(i)) or customer is null
    or not starts_with(customer, 'c') or prompt_tokens is null or prompt_tokens < 0 or prompt_tokens > 10000
    or output_tokens is null or output_tokens < 1 or output_tokens > 1000 or latency_ms is null or latency_ms < 0
    or latency_ms >= 1000000 or cost is null or cost < 0 or status is null
    or status not in ('ok', 'error', 'timeout'))"""
STATUSES = ["ok", "error", "timeout"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Result:
    """What the runs of one contestant took."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    jobs: int = 0
    megabytes: float = 0.0
    found: str = ""


def write_rows(spark: SparkSession, path: str, rows: int) -> None:
    """The input: one row in a hundred breaks one rule."""
    r = F.abs(F.xxhash64("id"))
    bad = F.col("id") % 100 == 0
    spark.range(rows).select(
        F.concat(F.lit("r"), "id").alias("request_id"),
        F.concat(F.lit("m"), r % 20).alias("model"),
        F.concat(F.lit("c"), r % 1000).alias("customer"),
        F.when(bad, -1).otherwise(r % 5000).cast("int").alias("prompt_tokens"),
        (r % 900 + 1).cast("int").alias("output_tokens"),
        (r % 100_000 / 1000.0).alias("latency_ms"),
        (r % 10_000 / 10_000.0).alias("cost"),
        F.element_at(F.array(*map(F.lit, STATUSES)), (r % 3 + 1).cast("int")).alias("status"),
    ).repartition(4).write.parquet(path)


def with_lineage(spark: SparkSession, rows: DataFrame) -> DataFrame:
    """The same rows at the end of ten steps."""
    models = spark.range(20).select(F.concat(F.lit("m"), "id").alias("model"), F.col("id").alias("rank"))
    frame = rows
    for step in range(5):
        side = models.select("model", (F.col("rank") + step).alias(f"rank_{step}"))
        frame = frame.join(F.broadcast(side), "model").withColumn("model", F.upper(F.lower("model")))
        frame = frame.withColumn("model", F.lower("model")).drop(f"rank_{step}")
    return frame.select(*NAMES)


def pandera_schema() -> object:
    """Twenty rules, as a Pandera schema: ours compiles it, Pandera runs it."""
    import pandera.pyspark as pa
    import pyspark.sql.types as T  # noqa: N812

    check = pa.Check
    return pa.DataFrameSchema(
        {
            "request_id": pa.Column(T.StringType(), [check.str_startswith("r"), check.str_matches("r[0-9]+$")]),
            "model": pa.Column(T.StringType(), [check.isin(MODELS)]),
            "customer": pa.Column(T.StringType(), [check.str_startswith("c")]),
            "prompt_tokens": pa.Column(T.IntegerType(), [check.ge(0), check.le(10_000)]),
            "output_tokens": pa.Column(T.IntegerType(), [check.ge(1), check.le(1000)]),
            "latency_ms": pa.Column(T.DoubleType(), [check.ge(0), check.lt(1e6)]),
            "cost": pa.Column(T.DoubleType(), [check.ge(0)]),
            "status": pa.Column(T.StringType(), [check.isin(STATUSES)]),
        },
        name="requests",
    )


class Contest:
    """The contestants; each takes a frame and a fresh folder."""

    def __init__(self, lake: Lake, schema: object, source: Path) -> None:
        self._lake, self._schema, self.source = lake, schema, source
        # By itself, as a run has them from bronze's log; that takes it milliseconds, which are not in our time here.
        self._rows = sum(pq.ParquetFile(file).metadata.num_rows for file in source.glob("*.parquet"))
        self._compiled = compile_schema(schema)  # type: ignore[arg-type]
        self._number = 0

    def plain(self, rows: DataFrame, folder: Path) -> str:
        """All rows into a Delta table, unjudged."""
        rows.write.format("delta").save(str(folder / "plain"))
        return "all rows, unjudged"

    def ours(self, rows: DataFrame, _folder: Path) -> str:
        """The gate: verdicts, split, quarantine."""
        self._number += 1
        source, target = Table("bronze", f"in_{self._number}"), Table("silver", f"out_{self._number}")
        self._lake.ensure(target, f"{COLUMNS}, _warnings {VERDICT_DDL}")

        def judge(came: DataFrame) -> DataFrame:
            return self._compiled.judge(came).withColumn("_row", F.struct(*NAMES))

        gate = Gate(judge, (*NAMES, "_warnings"), rules=self._compiled.rules)
        hop = plan_hop(source, target, source_version=1, progress=-1)
        passed = pass_gate(self._lake, rows, gate, hop, NOW, came=self._rows)
        return f"{passed.valid:,} good, {passed.quarantined:,} bad with reasons"

    def pandera(self, rows: DataFrame, _folder: Path) -> str:
        """Pandera's own validation; it keeps no row and writes nothing."""
        checked = self._schema.validate(rows)  # type: ignore[attr-defined]
        return f"{len(checked.pandera.errors.get('DATA', {}))} kinds of errors, no rows"

    def gx(self, rows: DataFrame, _folder: Path) -> str:
        """Great Expectations on Spark, SUMMARY."""
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        batch = context.data_sources.add_spark("s").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
        suite = gx.ExpectationSuite("requests", expectations=expectations())
        context.suites.add(suite)
        result = batch.get_batch({"dataframe": rows}).validate(suite, result_format="SUMMARY")
        return f"{sum(not each.success for each in result.results)} rules broken, 20 examples at most"

    def duckdb(self, _rows: DataFrame, folder: Path) -> str:
        """DuckDB on the Parquet file: good and bad rows to a Parquet file each, in one scan and two filters."""
        import duckdb

        folder.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect()
        database.execute("set threads = 2")
        database.execute(
            f"create temp table judged as select *, {DUCKDB_BROKEN} as broken from '{self.source}/*.parquet'"
        )
        for name, wanted in (("good", "not broken"), ("bad", "broken")):
            database.execute(f"copy (from judged where {wanted}) to '{folder / name}.parquet' (format parquet)")
        (bad,) = database.execute("select count(*) from judged where broken").fetchone() or (0,)
        return f"{bad:,} bad apart, without reasons"


def expectations() -> list[object]:
    """The same twenty rules as expectations (a required column is one more word there, and the rule here)."""
    import great_expectations.expectations as gxe

    required = [gxe.ExpectColumnValuesToNotBeNull(column=name) for name in NAMES]
    ranges = [("prompt_tokens", 0, 10_000), ("output_tokens", 1, 1000), ("latency_ms", 0, 1e6), ("cost", 0, None)]
    return [
        *required,
        *[gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low) for name, low, _ in ranges],
        *[gxe.ExpectColumnValuesToBeBetween(column=name, max_value=high) for name, _, high in ranges if high],
        *[gxe.ExpectColumnValuesToMatchRegex(column=name, regex=f"^{name[0]}") for name in ("request_id", "customer")],
        gxe.ExpectColumnValuesToMatchRegex(column="request_id", regex="^r[0-9]+$"),
        gxe.ExpectColumnValuesToBeInSet(column="model", value_set=MODELS),
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=STATUSES),
    ]


def jobs_since(spark: SparkSession, group: str) -> int:
    """How many Spark jobs ran in a job group."""
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))


def run(rows: int, repeat: int, only: list[str]) -> None:
    """Measure every contestant, interleaved, and print a table."""
    folder = Path(tempfile.mkdtemp(prefix="hallmark-bench-"))
    spark = open_session(load_settings(warehouse=folder / "warehouse", spark={"driver_memory": "4g"}))
    try:
        _run(Lake(spark, folder / "warehouse"), folder, rows, repeat, only)
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(lake: Lake, folder: Path, rows: int, repeat: int, only: list[str]) -> None:
    source = folder / "rows"
    write_rows(lake.spark, str(source), rows)
    contest = Contest(lake, pandera_schema(), source)
    for shape in ("parquet", "ten steps"):
        frame = lake.spark.read.parquet(str(source))
        frame = frame if shape == "parquet" else with_lineage(lake.spark, frame)
        results = {name: Result() for name in only if shape == "parquet" or name != "duckdb"}
        for turn in range(repeat + 1):
            for name, result in results.items():
                _measure(lake.spark, getattr(contest, name), frame, folder / "out", result, warm=turn > 0)
        _print(shape, rows, results)


def _measure(
    spark: SparkSession,
    contestant: Callable[[DataFrame, Path], str],
    rows: DataFrame,
    out: Path,
    result: Result,
    *,
    warm: bool,
) -> None:
    group = f"{contestant.__name__}-{time.monotonic_ns()}"
    before = bytes_of(out.parent)
    spark.sparkContext.setJobGroup(group, group)
    cpu, began = cpu_seconds(), time.perf_counter()
    found = contestant(rows, out)
    wall, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    if warm:  # the first turn is for the compiler
        result.wall.append(wall)
        result.cpu.append(cpu)
        result.jobs, result.found = jobs_since(spark, group), found
        result.megabytes = (bytes_of(out.parent) - before) / 1e6
    shutil.rmtree(out, ignore_errors=True)


def _print(shape: str, rows: int, results: dict[str, Result]) -> None:
    base = statistics.median(results["plain"].wall) if "plain" in results else float("nan")
    print(f"\n{rows:,} rows, {shape}: median of {len(next(iter(results.values())).wall)}")
    print(f"{'':10} {'wall s':>8} {'x plain':>8} {'CPU s':>8} {'jobs':>5} {'MB':>7}  what it says")
    for name, result in results.items():
        wall, cpu = statistics.median(result.wall), statistics.median(result.cpu)
        took = f"{name:10} {wall:8.2f} {wall / base:8.2f} {cpu:8.2f} {result.jobs:5d} {result.megabytes:7.1f}"
        print(f"{took}  {result.found}")


def main() -> None:
    """Read the call."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="plain,ours,pandera,gx,duckdb")
    given = parser.parse_args()
    only = given.only.split(",")
    if "duckdb" in only and importlib.util.find_spec("duckdb") is None:
        print("duckdb is left out: it is no dependency of ours; .venv/bin/pip install duckdb brings it")
        only.remove("duckdb")
    run(given.rows, given.repeat, only)


if __name__ == "__main__":
    main()
