"""A batch onto a long vault: our macros beside the straightforward SQL, in one run.

    .venv/bin/python benchmarks/vault.py [--batch 50000] [--history 0.5,2,8] [--repeat 3] [--only sat,hub,link,eff_sat]

For each kind of table and each length of history (millions of rows, four to a key where the kind has versions), a
batch of staged rows is loaded: half of them of keys that changed, a tenth of new keys, the rest as the table has them.
Ours is the SQL that dbt compiles from the macro for an incremental run; the straightforward SQL looks at the whole
table: a window over all of its rows for satellites, a join with all of its keys for hubs and links. Both write their
rows to a table beside the one they read, so that each turn meets the same history, and they must write equally many.

Printed are medians of wall seconds and CPU seconds (this process and its JVM, by /proc) of turns that take turns, after
a warm one; how many times faster ours is; and how much its CPU grows from the shortest history to the longest.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from processor import cpu_seconds
from pyspark.sql import SparkSession

from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import load_settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from vaults import VaultProject

SAT = """{{ hallmark.sat(src_pk='hk', src_hashdiff='hashdiff', src_payload=['name', 'city', 'balance'], src_eff='eff',
                         src_ldts='ldts', src_source='source', source_model='stg_sat') }}"""
HUB = """{{ hallmark.hub(src_pk='hk', src_nk='name', src_ldts='ldts', src_source='source', source_model='stg_hub') }}"""
LINK = """{{ hallmark.link(src_pk='hk', src_fk=['left_hk', 'right_hk'], src_ldts='ldts', src_source='source',
                           source_model='stg_link') }}"""
EFF_SAT = """{{ config(is_auto_end_dating=true) }}
{{ hallmark.eff_sat(src_pk='hk', src_dfk='left_hk', src_sfk='right_hk', src_start_date='start_at',
                    src_end_date='end_at', src_eff='eff', src_ldts='ldts', src_source='source',
                    source_model='stg_eff_sat') }}"""
MODELS = {"sat": SAT, "hub": HUB, "link": LINK, "eff_sat": EFF_SAT}

# Rows of a table from `id` (the key), `turn` (its version) and `day` (of its load). Two keys share a driving key: one
# of them is open at last, the other closed.
_TIES = "upper(md5(concat('l', id div 2))) as left_hk, upper(md5(concat('r', id))) as right_hk"
_DAY = "timestamp'2026-01-01' + make_interval(0, 0, 0, day)"
COLUMNS = {
    "sat": f"""upper(md5(cast(id as string))) as hk, upper(md5(concat(id, '-', turn))) as hashdiff,
               concat('name ', id) as name, concat('city ', turn, ' ', id % 500) as city,
               cast(id % 100000 / 100 as decimal(18, 2)) as balance, {_DAY} as eff""",
    "hub": "upper(md5(cast(id as string))) as hk, concat('name ', id) as name",
    "link": f"upper(md5(cast(id as string))) as hk, {_TIES}",
    "eff_sat": f"""upper(md5(cast(id as string))) as hk, {_TIES}, {_DAY} as start_at,
                   if((turn + id) % 2 = 1, {_DAY}, timestamp'9999-12-31 23:59:59') as end_at, {_DAY} as eff""",
}
VERSIONS = {"sat": 4, "eff_sat": 4, "hub": 1, "link": 1}

_STAGED = """(
    select *, lag(hashdiff) over (partition by hk order by ldts) as before,
        rank() over (partition by hk order by ldts) as place
    from stg_sat where hk is not null)"""
_LATEST = (
    "(select * from (select *, row_number() over (partition by hk order by ldts desc) as n from {table}) where n = 1)"
)
PLAIN = {
    "sat": f"""
        select distinct s.hk, s.hashdiff, s.name, s.city, s.balance, s.eff, s.ldts, s.source
        from {_STAGED} as s
        left join {_LATEST} as l on l.hk = s.hk and l.hashdiff = s.hashdiff
        where (s.place = 1 and l.hashdiff is null) or (s.place > 1 and s.hashdiff <> s.before)""",
    "hub": """
        select s.hk, s.name, s.ldts, s.source
        from (select *, row_number() over (partition by hk order by ldts) as n from stg_hub where hk is not null) as s
        left join {table} as t on t.hk = s.hk
        where s.n = 1 and t.hk is null""",
    "link": """
        select s.hk, s.left_hk, s.right_hk, s.ldts, s.source
        from (select *, row_number() over (partition by hk order by ldts) as n from stg_link where hk is not null) as s
        left join {table} as t on t.hk = s.hk
        where s.n = 1 and t.hk is null""",
    "eff_sat": f"""
        with latest as {_LATEST}
        select s.* from stg_eff_sat as s left join latest as l on l.hk = s.hk where l.hk is null
        union
        select s.hk, s.left_hk, s.right_hk, s.eff, s.end_at, s.eff, s.ldts, s.source
        from stg_eff_sat as s join latest as l on l.hk = s.hk
        where year(l.end_at) < 9999 and year(s.end_at) = 9999
        union
        select l.hk, l.left_hk, l.right_hk, l.start_at, s.eff, s.eff, s.ldts, l.source
        from stg_eff_sat as s join latest as l on l.left_hk = s.left_hk
        where year(l.end_at) = 9999 and l.right_hk <> s.right_hk""",
}


class Bench:
    """A project with one model a kind, its staging as tables, and the compiled SQL of each model."""

    def __init__(self, spark: SparkSession, folder: Path, batch: int) -> None:
        self.spark, self.batch, self.scratch = spark, batch, 0
        self.project = VaultProject(spark, folder / "vault", MODELS, {f"stg_{kind}": "hk string" for kind in MODELS})
        self.schema = self.project.schema
        spark.sql(f"use {self.schema}")

    def fill(self, kind: str, rows: int) -> tuple[str, str]:
        """The table with its history and the staged batch; ours and the straightforward SQL to load it."""
        versions = VERSIONS[kind]
        keys = rows // versions
        self._table(
            kind, kind, f"select id % {keys} as id, id div {keys} as turn, id div {keys} as day from range({rows})"
        )
        # Spread over all keys: half changed, four tenths as the table has them, a tenth new.
        old = f"if(n % 10 = 9, {keys} + n, n * {max(1, keys // self.batch)} % {keys})"
        turn = f"if(n % 10 < 4 and {versions} > 1, {versions - 1}, {versions})"
        staged = f"select {old} as id, {turn} as turn, {versions} as day"
        self._table(f"stg_{kind}", kind, f"{staged} from (select id as n from range({self.batch}))")
        compiled = self.project.command("compile", "--select", kind)
        if not compiled.success:
            raise RuntimeError(compiled.exception)
        ours = (self.project.folder / f"target/compiled/outside/models/{kind}.sql").read_text()
        return ours, PLAIN[kind].format(table=kind)

    def _table(self, name: str, kind: str, ids: str) -> None:
        self.spark.sql(f"drop table if exists {name}")
        self.spark.sql(
            f"create table {name} using delta as select {COLUMNS[kind]}, {_DAY} as ldts, 'bench' as source from ({ids})"
        )

    def measured(self, sql: str) -> tuple[float, float, int]:
        """Wall and CPU seconds to write what a query gives to a new table, and its rows."""
        self.scratch += 1
        name = f"scratch_{self.scratch}"
        cpu, began = cpu_seconds(), time.perf_counter()
        self.spark.sql(f"create table {name} using delta as {sql}")
        wall, cpu = time.perf_counter() - began, cpu_seconds() - cpu
        rows = self.spark.table(name).count()
        self.spark.sql(f"drop table {name}")
        return wall, cpu, rows


def compare(bench: Bench, kind: str, rows: int, repeat: int) -> tuple[float, float]:
    """Print a line a contestant; ours' median CPU seconds, and how many times faster ours is."""
    contestants = dict(zip(("ours", "plain"), bench.fill(kind, rows), strict=True))
    found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in contestants}
    for turn in range(repeat + 1):
        order = list(contestants) if turn % 2 else list(reversed(contestants))  # who comes second finds warm caches
        for name in order:
            result = bench.measured(contestants[name])
            if turn > 0:
                found[name].append(result)
    walls = {name: statistics.median(wall for wall, _, _ in each) for name, each in found.items()}
    cpus = {name: statistics.median(cpu for _, cpu, _ in each) for name, each in found.items()}
    written = {name: each[0][2] for name, each in found.items()}
    if written["ours"] != written["plain"]:
        raise RuntimeError(f"{kind} of {rows} rows: {written}")
    for name in contestants:
        print(
            f"{kind:8} {rows:>10,} {name:6} {walls[name]:8.2f} {cpus[name]:8.2f} "
            f"{walls['plain'] / walls[name]:8.2f} {cpus['plain'] / cpus[name]:8.2f} {written[name]:>9,}",
            flush=True,
        )
    return cpus["ours"], walls["plain"] / walls["ours"]


def main() -> None:
    """Compare every kind at every length of history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=50_000)
    parser.add_argument("--history", default="0.5,2,8", help="millions of rows")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default=",".join(MODELS))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-vault-"))
    spark = open_session(load_settings(warehouse=folder / "session", spark={"driver_memory": "4g"}))
    try:
        bench = Bench(spark, folder, given.batch)
        print(f"{'':8} {'history':>10} {'':6} {'wall s':>8} {'CPU s':>8} {'x wall':>8} {'x CPU':>8} {'rows':>9}")
        for kind in given.only.split(","):
            cpus = [
                compare(bench, kind, int(float(millions) * 1_000_000), given.repeat)[0]
                for millions in given.history.split(",")
            ]
            print(f"{kind}: CPU grows {cpus[-1] / cpus[0]:.2f} x from the shortest history to the longest", flush=True)
            spark.sql(f"drop table {kind}")
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
