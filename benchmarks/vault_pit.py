"""A point-in-time table: our macro and the straightforward SQL, in one run on the same tables.

    .venv/bin/python benchmarks/vault_pit.py [--keys 20000] [--dates 100] [--versions 6,3,2] [--repeat 3]

A hub of `keys` keys, a satellite for each of `versions` with so many loads a key, `dates` as-of dates over the same
year. The straightforward SQL is what public packages document for the nearest dialect: every key with every date, each
satellite joined by `load date <= as-of date`, the newest taken by `max` in a `group by`. Both are dbt models in a
project of their own, both write their rows as a Delta table. Printed are medians of wall seconds and how many rows
differ, which must be none; then a second run of ours as `pit_incremental` with one more date and load.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import load_settings

PACKAGE = Path(__file__).resolve().parents[1] / "dbt_project"
SCHEMA = "bench_vault_pit"
GHOST = "0" * 32


@dataclass(frozen=True)
class Size:
    """How much there is: keys of the hub, as-of dates, and loads a key of each satellite."""

    keys: int = 20_000
    dates: int = 100
    versions: tuple[int, ...] = (6, 3, 2)


@dataclass
class Result:
    """Medians of seconds by contestant, and the rows that one has and the other has not."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: int = 0
    different: int = 0


def make_tables(spark: SparkSession, size: Size) -> None:
    """The hub, its satellites, the as-of dates and the stage, as Delta tables; load dates are whole days of a year."""
    spark.sql(f"create database if not exists {SCHEMA}")
    key = "upper(md5(cast(id as string))) as CUSTOMER_HK"
    first = "timestamp'2025-01-01'"
    tables = {
        "hub_customer": (size.keys, f"{key}, {first} as LOAD_DATE"),
        "as_of": (
            size.dates,
            f"{first} + make_dt_interval(cast((id + 1) * 365 div {size.dates} as int)) as AS_OF_DATE",
        ),
        "stg": (1, f"{first} as LOAD_DATE"),
    }
    for place, versions in enumerate(size.versions):
        day = f"cast(abs(xxhash64(id, id div {size.keys}, {place})) % 365 as int)"
        loaded = f"{first} + make_dt_interval({day}) as LOAD_DATE"
        tables[f"SAT_{place}"] = (size.keys * versions, f"{key.replace('id as', f'id % {size.keys} as')}, {loaded}")
    for name, (rows, columns) in tables.items():
        spark.sql(f"select {columns} from range({rows})").write.format("delta").mode("overwrite").saveAsTable(
            f"{SCHEMA}.{name}"
        )


def ours(size: Size, materialized: str) -> str:
    """A model that calls the macro."""
    columns = {"pk": {"PK": "CUSTOMER_HK"}, "ldts": {"LDTS": "LOAD_DATE"}}
    satellites = {f"SAT_{n}": columns for n in range(len(size.versions))}
    return (
        f"{{{{ config(materialized='{materialized}') }}}}"
        "{{ hallmark.pit(source_model='hub_customer', src_pk='CUSTOMER_HK', as_of_dates_table='as_of', "
        f"satellites={satellites}, stage_tables_ldts={{'stg': 'LOAD_DATE'}}, src_ldts='LOAD_DATE') }}}}"
    )


def plain(size: Size) -> str:
    """A model of the straightforward SQL."""
    places = range(len(size.versions))
    values = "".join(
        f", coalesce(max(s{n}.CUSTOMER_HK), '{GHOST}') as SAT_{n}_PK"
        f", coalesce(max(s{n}.LOAD_DATE), timestamp'1900-01-01') as SAT_{n}_LDTS"
        for n in places
    )
    joins = "".join(
        f" left join {{{{ ref('SAT_{n}') }}}} as s{n}"
        f" on s{n}.CUSTOMER_HK = grid.CUSTOMER_HK and s{n}.LOAD_DATE <= grid.AS_OF_DATE"
        for n in places
    )
    return (
        "{{ config(materialized='table') }} with grid as (select hub.CUSTOMER_HK, dates.AS_OF_DATE "
        "from {{ ref('hub_customer') }} as hub cross join {{ ref('as_of') }} as dates) "
        f"select grid.CUSTOMER_HK, grid.AS_OF_DATE{values} from grid{joins} group by grid.CUSTOMER_HK, grid.AS_OF_DATE"
    )


class Project:
    """A dbt project with the package in a folder, and its models."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder = folder
        output = {"type": "spark", "method": "session", "host": "NA", "schema": SCHEMA, "threads": 1}
        models = {"ours": ours(size, "table"), "plain": plain(size), "later": ours(size, "pit_incremental")}
        inputs = ["hub_customer", "as_of", "stg", *(f"SAT_{n}" for n in range(len(size.versions)))]
        files = {
            "dbt_project.yml": yaml.safe_dump({
                "name": "bench", "version": "1.0.0", "profile": "bench", "models": {"bench": {"+file_format": "delta"}},
            }),
            "profiles.yml": yaml.safe_dump({"bench": {"target": "it", "outputs": {"it": output}}}),
            "packages.yml": yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
            **{f"models/{name}.sql": sql for name, sql in models.items()},
            **{f"models/{name}.sql": "select 1 as made_elsewhere" for name in inputs},
        }  # fmt: skip
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        (folder / "dbt_packages").mkdir()
        (folder / "dbt_packages" / "hallmark").symlink_to(PACKAGE)
        self.manifest = self._invoke(None, ["parse"])

    def run(self, model: str) -> None:
        """`dbt run` of one model."""
        self._invoke(self.manifest, ["run", "--select", model])

    def _invoke(self, manifest: object, arguments: list[str]) -> object:
        place = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-populate-cache"]
        answer = dbtRunner(manifest=manifest).invoke([*quiet, *arguments, *place])  # type: ignore[arg-type]
        if not answer.success:
            raise RuntimeError(f"dbt {arguments[0]}: {answer.exception or [r.message for r in answer.result.results]}")
        return answer.result


def seconds_of(work: Callable[[], None], repeat: int) -> float:
    """Median of wall seconds, after a warm turn."""
    walls = []
    for _ in range(repeat + 1):
        began = time.perf_counter()
        work()
        walls.append(time.perf_counter() - began)
    return statistics.median(walls[1:])


def measure(spark: SparkSession, folder: Path, size: Size, *, repeat: int = 3) -> Result:
    """Build the tables and both PITs, `repeat` times after a warm turn; then ours once more with one more date.

    Args:
        spark: the session that dbt takes, too.
        folder: an empty folder for the project.
        size: how much there is.
        repeat: turns that count.
    """
    make_tables(spark, size)
    project, result = Project(folder, size), Result()
    for name in ("ours", "plain"):
        result.seconds[name] = seconds_of(lambda name=name: project.run(name), repeat)  # type: ignore[misc]
        print(f"{name} {result.seconds[name]:.2f} s", flush=True)
    mine, theirs = spark.table(f"{SCHEMA}.ours"), spark.table(f"{SCHEMA}.plain")
    result.rows = mine.count()
    result.different = mine.exceptAll(theirs).count() + theirs.exceptAll(mine).count()
    project.run("later")
    spark.sql(f"insert into {SCHEMA}.as_of values (timestamp'2026-01-02')")
    spark.sql(f"update {SCHEMA}.stg set LOAD_DATE = timestamp'2026-01-01'")
    began = time.perf_counter()
    project.run("later")
    result.seconds["one more date"] = time.perf_counter() - began
    return result


def show(size: Size, result: Result) -> None:
    """A line a contestant."""
    loads = " + ".join(f"{size.keys * each:,}" for each in size.versions)
    print(f"\n{size.keys:,} keys x {size.dates} dates, satellites of {loads} rows: {result.rows:,} rows")
    for name, wall in result.seconds.items():
        print(f"  {name:14} {wall:8.2f} s   {wall / result.seconds['ours']:.2f} x ours", flush=True)
    print(f"  rows that differ: {result.different}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure once and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=20_000)
    parser.add_argument("--dates", type=int, default=100)
    parser.add_argument("--versions", default="6,3,2")
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args(arguments)
    size = Size(given.keys, given.dates, tuple(int(each) for each in given.versions.split(",")))
    folder = Path(tempfile.mkdtemp(prefix="bench-vault-pit-"))
    spark = open_session(load_settings(warehouse=folder / "session", spark={"driver_memory": "4g"}))
    try:
        show(size, measure(spark, folder / "project", size, repeat=given.repeat))
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
