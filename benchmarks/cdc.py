"""Apply changes to a table: ours, a full reload and a plain MERGE in one run; and ours with a longer history.

    .venv/bin/python benchmarks/cdc.py [--rows 1000000] [--shares 1,5] [--history 10] [--repeat 3]

(a) A table of `rows` rows has 1 and 5 % of its rows changed: half updates, a quarter inserts, a quarter deletes, with
3 % of the events twice and 2 % late (older than what the table has). From typed change events on, ours brings history
(SCD2) and current state (SCD1) up to date; the full reload computes both anew from all events and replaces them; the
plain MERGE takes the newest event of each key into the current state alone: no history, and late events win.
(b) Ours with a history of one event a key, and of `history` events a key, at the same number of changes.

Printed are medians of wall seconds and of bytes written to the tables.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from processor import bytes_of
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.tables import Lake, Txn
from hallmark.silver import changes
from hallmark.silver.changes import Entity
from hallmark.silver.plan import Hop
from hallmark.silver.transform import columns_of
from hallmark.silver.versions import current_rows, history_rows, in_order, of_keys

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: bench.bench_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
schema:
  - name: accounts
    physicalName: bench.accounts
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string, required: true}
      - {name: city, logicalType: string}
      - {name: balance, logicalType: number, physicalType: "decimal(18,2)"}
      - {name: score, logicalType: number}
      - {name: opened, logicalType: date}
"""
PLAIN = Table("silver", "accounts_plain")


def events(ids: DataFrame, op: str, lsn: str, *, load: str, value: str = "lsn") -> DataFrame:
    """Typed change events of `ids` (column `id`); `lsn` and `value` are SQL over it."""
    rows = ids.withColumn("lsn", F.expr(lsn)).withColumn("value", F.expr(f"abs(xxhash64(id, {value}))"))
    return rows.selectExpr(
        "id", "concat('account ', value % 1000000) as name", "concat('city ', value % 500) as city",
        "cast(value % 10000000 / 100 as decimal(18,2)) as balance", "value % 1000 / 7.0D as score",
        "date_add(date'2020-01-01', cast(value % 2000 as int)) as opened",
        f"'{op}' as _op", "lsn as _lsn", "cast(null as array<bigint>) as _sequence", "lsn as _position",
        "timestamp_seconds(1700000000 + lsn div 1000) as _changed_at", "cast(null as timestamp) as _told_at",
        "cast(null as array<string>) as _unchanged",
        "'bench' as _source", "'/bench' as _file", f"'{load}' as _load_id",
        "timestamp_seconds(1800000000) as _ingested_at",
    )  # fmt: skip


def first_load(spark: SparkSession, rows: int, depth: int) -> DataFrame:
    """`depth` events of each of `rows` keys."""
    every = spark.range(rows * depth).selectExpr(f"id % {rows} as id", f"id div {rows} as turn")
    return events(every, "u", f"turn * {rows} + id + 1", load="l0").withColumn(
        "_op", F.when(F.col("_lsn") <= rows, "c").otherwise("u")
    )


def batch(spark: SparkSession, rows: int, share: float, depth: int, turn: int) -> DataFrame:
    """The changes of one load."""
    count = int(rows * share)
    begin = (depth + turn) * 10 * rows
    picked = f"abs(xxhash64(id, {turn})) % {rows}"
    some = spark.range(count).selectExpr(f"{picked} as id", "id as n").dropDuplicates(["id"])
    lsn, load = f"{begin} + n", f"l{turn + 1}"
    parts = [
        events(some.where("n % 100 < 48"), "u", lsn, load=load),
        # Late ones: just after the key's first event.
        events(some.where("n % 100 between 48 and 49"), "u", "id + 1", load=load, value="-1"),
        events(some.where("n % 100 between 50 and 74"), "d", lsn, load=load),
        events(some.where("n % 100 >= 75").selectExpr(f"id + {rows} * {turn + 1} as id", "n"), "c", lsn, load=load),
    ]
    every = parts[0].unionByName(parts[1]).unionByName(parts[2]).unionByName(parts[3])
    again = every.where("abs(xxhash64(id)) % 100 < 3").withColumn("_position", F.col("_position") + 1)
    return every.unionByName(again)


class Bench:
    """A warehouse with the entity's tables, loaded with the history."""

    def __init__(self, spark: SparkSession, folder: Path, rows: int, depth: int) -> None:
        self.lake, self.rows, self.depth, self.turn = Lake(spark, folder / "warehouse"), rows, depth, 0
        file = folder / "bench.odcs.yaml"
        file.write_text(CONTRACT, encoding="utf-8")
        contract = load_contract(file)
        self.entity = Entity(compile_table(contract, contract.objects[0]))
        for table, ddl in self.entity.ddl().items():
            self.lake.ensure(table, ddl, changing=table in self.entity.changing)
        self.lake.append(first_load(spark, rows, depth), self.entity.changes, Txn("load", 0))
        self.ours()
        names = self.entity.shape.current_columns
        there = self.lake.read(self.entity.current).select(*columns_of(names))
        self.lake.append(there, PLAIN, Txn("load", 0))

    def land(self, share: float) -> None:
        """One more load of changes; what it writes is not measured, every contestant reads it."""
        rows = batch(self.lake.spark, self.rows, share, self.depth, self.turn)
        self.turn += 1
        self.lake.append(rows, self.entity.changes, Txn("load", self.turn))

    def _hop(self, target: Table) -> Hop:
        source = self.entity.changes
        return Hop(source, target, self.lake.progress(target, f"{target}<-{source}"), self.lake.version(source))

    def ours(self) -> None:
        """History and current state, brought up to date."""
        history, current = self._hop(self.entity.history), self._hop(self.entity.current)
        with changes.touched(self.lake, self.entity, history) as rows:
            changes.apply_history(self.lake, self.entity, history, rows)
            changes.apply_current(self.lake, self.entity, current, rows)

    def reload(self) -> None:
        """History and current state, computed anew and written beside."""
        shape = self.entity.shape
        for name, rows_of in (("history", history_rows), ("current", current_rows)):
            ordered = in_order(of_keys(self.lake.read(self.entity.changes), None, shape.key), shape)
            target = self.lake.path(Table("silver", f"reload_{name}"))
            rows_of(ordered, shape).write.format("delta").mode("overwrite").save(str(target))

    def plain(self) -> None:
        """The newest event of each key of the load, merged into the current state."""
        version = self.lake.version(self.entity.changes)
        new = self.lake.added(self.entity.changes, after=version - 1, until=version)
        newest = new.groupBy("id").agg(F.max_by(F.struct("*"), F.col("_lsn")).alias("r")).select("r.*")
        self.lake.merge(newest, PLAIN, on=["id"], txn=Txn("plain", version), delete_when="s._op = 'd'")


def measured(work: Callable[[], None], folders: list[Path]) -> tuple[float, int]:
    """Seconds, and bytes that came to the folders."""
    before, began = sum(map(bytes_of, folders)), time.perf_counter()
    work()
    return time.perf_counter() - began, sum(map(bytes_of, folders)) - before


def tables_of(bench: Bench) -> dict[str, tuple[Callable[[], None], list[Path]]]:
    """The contestants, and where each writes."""
    lake, entity = bench.lake, bench.entity
    return {
        "ours": (bench.ours, [lake.path(entity.history), lake.path(entity.current)]),
        "full reload": (bench.reload, [lake.path(Table("silver", f"reload_{n}")) for n in ("history", "current")]),
        "plain MERGE": (bench.plain, [lake.path(PLAIN)]),
    }


def compare(bench: Bench, share: float, repeat: int, only: set[str]) -> dict[str, tuple[float, int]]:
    """Medians of `repeat` loads after a warm one."""
    contestants = {name: each for name, each in tables_of(bench).items() if name in only}
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in contestants}
    for turn in range(repeat + 1):
        bench.land(share)
        for name, (work, folders) in contestants.items():
            result = measured(work, folders)
            if turn > 0:
                found[name].append(result)
    return {
        name: (statistics.median(wall for wall, _ in each), int(statistics.median(size for _, size in each)))
        for name, each in found.items()
    }


def show(title: str, results: dict[str, tuple[float, int]]) -> None:
    """A line a contestant."""
    wall, size = results["ours"]
    print(f"\n{title}")
    for name, (seconds, written) in results.items():
        share = f"ours {wall / seconds:.2f} x time, {size / written:.2f} x bytes"
        print(f"  {name:12} {seconds:8.2f} s {written / 1e6:10.1f} MB   {share}", flush=True)


def main() -> None:
    """Run both parts and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--shares", default="1,5")
    parser.add_argument("--history", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-cdc-"))
    spark = open_session(load_settings(warehouse=folder / "session", spark={"driver_memory": "4g"}))
    try:
        shares = [float(share) / 100 for share in given.shares.split(",")]
        (folder / "a").mkdir()
        bench = Bench(spark, folder / "a", given.rows, 1)
        everyone = {"ours", "full reload", "plain MERGE"}
        for share in shares:
            show(f"(a) {given.rows:,} rows, {share:.0%} changed", compare(bench, share, given.repeat, everyone))
        shutil.rmtree(folder / "a")
        walls = []
        for depth in (1, given.history):
            (folder / f"b{depth}").mkdir()
            keys = given.rows // given.history
            bench = Bench(spark, folder / f"b{depth}", keys, depth)
            results = compare(bench, 0.05, given.repeat, {"ours"})
            show(f"(b) {keys:,} keys, {keys * depth:,} events of history, 5 % changed", results)
            walls.append(results["ours"][0])
            shutil.rmtree(folder / f"b{depth}")
        print(f"\n(b) {given.history} x the history costs {walls[1] / walls[0]:.2f} x the time")
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
