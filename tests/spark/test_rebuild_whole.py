"""A whole warehouse, replayed from bronze: silver, the vault and gold hold the rows that they held before."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from changelog import CONTRACT, lines, long_log
from deltalake import DeltaTable
from landing import HEADER, Landing
from pyspark.sql import SparkSession

from hallmark.lakehouse.errors import MachineError, StepError
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import rebuild
from hallmark.pipelines.bronze_layer import run_bronze
from hallmark.pipelines.execute import Done, dry_run
from hallmark.pipelines.gold_layer import run_gold
from hallmark.pipelines.inventory import tables
from hallmark.pipelines.plan import REPLAY
from hallmark.pipelines.project import Project
from hallmark.pipelines.rewind import rewind
from hallmark.pipelines.silver_layer import run_silver

pytestmark = pytest.mark.filterwarnings("ignore:.*dbt[.]log")  # dbt leaves its log file open

MODELS = {
    "_sources.yml": "sources: [{name: silver, tables: [{name: requests}, {name: customers_history}]}]",
    "raw_vault/hub_request.sql": """
        select {{ hash_key('request_id') }} as request_hk, request_id, tokens, _load_id
        from {{ source('silver', 'requests') }}
        {% if is_incremental() %}
        where {{ hash_key('request_id') }} not in (select request_hk from {{ this }})
        {% endif %}""",
    "raw_vault/sat_customer.sql": """
        select id, name, tier, valid_from from {{ source('silver', 'customers_history') }} h
        {% if is_incremental() %}
        where not exists (select 1 from {{ this }} t where t.id = h.id and t.valid_from = h.valid_from)
        {% endif %}""",
    "gold/fct_requests.sql": "select request_id, tokens from {{ ref('hub_request') }}",
    "gold/dim_customer.sql": "select id, count(*) as versions from {{ ref('sat_customer') }} group by id",
}
SECOND = datetime(2026, 11, 24, 1, tzinfo=UTC)  # the run that read the second files
BUILT = [Table("silver", "requests"), Table("silver", "hub_request"), Table("gold", "fct_requests")]


@dataclass
class Whole(Landing):
    """A landing zone of files and change events, with a vault and gold behind silver."""

    @property
    def project(self) -> Project:
        found = super().project
        return replace(found, settings=found.settings.model_copy(update={"dbt_project": self.base / "dbt"}))

    def run(self) -> None:
        context = self.context()
        for layer in (run_bronze, run_silver, run_gold):
            layer(context)
        context.close()

    def replay(self, *names: str, since: datetime | None = None) -> Done:
        return rebuild.replay(self.context(), names, since, "replay --from bronze")


@pytest.fixture(scope="module")
def whole(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A finished warehouse; whoever changes it has it as it was in the end."""
    base = tmp_path_factory.mktemp("whole")
    landing = Whole(Lake(spark, base / "warehouse"), base)
    _write(base / "contracts" / "shop.odcs.yaml", CONTRACT.replace("*.jsonl", "shop/*.jsonl"))
    shipped = PACKAGE_ROOT / "dbt_project"
    for name, text in MODELS.items():
        _write(base / "dbt" / "models" / name, text)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(shipped / name, base / "dbt" / name)
    (base / "dbt" / "macros").symlink_to(shipped / "macros")
    log = long_log(7, events=30, keys=4)
    for n, part in enumerate((log[:20], log[20:])):
        landing.put(f"{n}.csv", f"{HEADER}x{n},2026-01-01,1\nlow{n},2026-01-01,0\nsame,2026-01-01,{n + 1}\n")
        landing.put(f"shop/{n}.jsonl", "".join(lines(part)))
        landing.run()
    yield landing
    for table in ("hub_request", "sat_customer"):
        spark.sql(f"drop table if exists silver.{table}")
    for table in ("fct_requests", "dim_customer"):
        spark.sql(f"drop table if exists gold.{table}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def checksums(landing: Landing) -> dict[str, int]:
    """A number that tells the rows of each table of silver, quarantine and gold, in any order."""
    found = [facts.table for facts in tables(landing.lake.warehouse) if facts.table.schema != "ops"]
    return {str(table): hash(tuple(sorted(map(repr, landing.rows(table))))) for table in found}


def spoil(landing: Landing) -> None:
    """Rows gone and changed in silver, and one in the vault that never was."""
    place = landing.lake.path
    DeltaTable(str(place(BUILT[0]))).delete("request_id = 'x0'")
    DeltaTable(str(place(BUILT[1]))).update(predicate="request_id = 'x1'", updates={"request_id": "'nobody'"})
    DeltaTable(str(place(Table("silver", "customers_changes")))).delete("_op = 'u'")


def test_a_replay_brings_every_table_to_what_it_held(whole: Whole) -> None:
    before = checksums(whole)
    assert {*map(str, BUILT), "silver.customers", "silver.sat_customer", "gold.dim_customer"} <= before.keys()
    spoil(whole)
    assert checksums(whole) != before
    done = whole.replay()
    assert checksums(whole) == before
    assert [(row["command"], row["status"]) for row in Ledger(whole.lake.warehouse).runs()][-2:] == [
        ("replay --from bronze", "started"),
        ("replay --from bronze", "succeeded"),
    ]
    assert [work.target for work in done.plan.work] == ["silver.requests", "silver.customers_changes", "vault", "gold"]
    assert {entry.table_name for entry in done.entries} >= {*map(str, BUILT), "silver.customers", "gold.dim_customer"}


def test_after_a_kill_a_run_does_the_same_vault_and_gold_included(whole: Whole) -> None:
    before = checksums(whole)
    spoil(whole)
    context = whole.context()
    rewind(context, rebuild.choose(rebuild.doors(context.project).values(), ()), None)
    context.close()
    whole.run()
    assert checksums(whole) == before
    assert dry_run(whole.project, ["silver", "gold"]).work == ()


def test_after_a_kill_the_same_replay_since_a_time_loads_what_silver_lacks(whole: Whole) -> None:
    before = checksums(whole)
    context = whole.context()
    rewind(context, rebuild.choose(rebuild.doors(context.project).values(), ()), SECOND)
    context.close()
    assert checksums(whole) != before
    done = whole.replay(since=SECOND)
    assert checksums(whole) == before
    assert [(work.target, work.why) for work in done.plan.work] == [
        ("silver.requests", "bronze.requests has rows that it lacks"),
        ("silver.customers_changes", "bronze.shop_changes has rows that it lacks"),
        ("vault", "silver changes"),
        ("gold", "silver changes"),
    ]
    assert dry_run(whole.project, ["silver", "gold"]).work == ()


def test_what_a_killed_replay_left_is_told_with_its_own_time_and_once_a_table(whole: Whole) -> None:
    before = checksums(whole)
    context = whole.context()
    context.mark(REPLAY, {"tables": "requests customers_changes", "since": SECOND.isoformat()})
    context.close()
    done = whole.replay("requests")
    assert checksums(whole) == before
    assert [(work.target, work.why) for work in done.plan.work if work.target.startswith("silver.")] == [
        ("silver.requests", "replayed from bronze.requests"),
        ("silver.customers_changes", "replayed from bronze.shop_changes, what came since 2026-11-24 01:00:00 UTC"),
    ]


def test_another_hash_has_the_vault_built_from_scratch(whole: Whole) -> None:
    before, file = checksums(whole), whole.base / "dbt" / "dbt_project.yml"
    hardened = file.read_text()
    file.write_text(hardened.replace("hash_mode: hardened", "hash_mode: documented"))
    whole.run()
    rows = whole.rows(BUILT[1])
    assert {row["request_hk"] for row in rows} == {md5_of(row["request_id"]) for row in rows}
    assert len(rows) == len({row["request_id"] for row in rows}) == len(whole.rows(BUILT[0]))
    file.write_text(hardened)
    whole.run()
    assert checksums(whole) == before
    assert dry_run(whole.project, ["silver", "gold"]).work == ()


def test_a_change_of_hashes_that_was_stopped_and_taken_back_leaves_no_key_of_the_other_kind(whole: Whole) -> None:
    before, file = checksums(whole), whole.base / "dbt" / "dbt_project.yml"
    hardened, broken = file.read_text(), whole.base / "dbt" / "models" / "raw_vault" / "sat_broken.sql"
    file.write_text(hardened.replace("hash_mode: hardened", "hash_mode: documented"))
    broken.write_text("select nothing from {{ ref('hub_request') }}")
    with pytest.raises(StepError):
        whole.run()
    assert checksums(whole) != before
    broken.unlink()
    file.write_text(hardened)
    whole.run()
    assert checksums(whole) == before


def md5_of(key: str) -> str:
    """Its hash as AutomateDV documents it, with letters as they are."""
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest().upper()


def test_since_a_time_without_rows_nothing_is_done_and_said(whole: Whole) -> None:
    version = whole.lake.version(BUILT[1])
    done = whole.replay(since=datetime(2027, 1, 1, tzinfo=UTC))
    assert (done.nothing_new, done.entries) == (True, ())
    assert rebuild.nothing_says(whole.project, ()) == "nothing to replay: bronze got no row since then"
    assert whole.lake.version(BUILT[1]) == version


def test_a_warehouse_in_use_is_not_replayed(whole: Whole) -> None:
    version = whole.lake.version(BUILT[0])
    with warehouse_lock(whole.lake.warehouse), pytest.raises(MachineError) as letter:
        whole.replay()
    assert str(letter.value).splitlines()[:3] == [
        "MachineError: another run holds the warehouse",
        f"  where: {whole.lake.warehouse}",
        f"  got: process {os.getpid()}",
    ]
    assert whole.lake.version(BUILT[0]) == version
