"""Looking before doing: files, versions and marks are found without Spark, on tables that delta-rs wrote."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from hallmark.bronze.listing import list_landed
from hallmark.lakehouse.errors import DataError, ProgressError
from hallmark.lakehouse.ledger import FILES, STEPS, FileEntry, Ledger, StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.plan import plan_run
from hallmark.pipelines.project import Project, open_project
from hallmark.pipelines.survey import built, survey

CONTRACTS = {
    "orders": ("shop", 'path: "orders/*.csv", format: csv'),
    "clicks": ("shop", 'path: "synthetic/clicks/*.csv", format: csv'),
    "plans": ("shop", 'path: "synthetic/platform/*.csv", format: csv'),
    "customers": ("shop", 'path: "customers/*.jsonl", format: debezium'),
    "gpu_readings": ("telemetry", 'path: "gpu/*.csv", format: csv'),
    "fct_orders": ("gold", 'path: "gold/fct_orders", format: delta'),
}
SOURCES = """\
sources:
  - {name: silver, tables: [{name: orders}, {name: customers_history}]}
"""
BRONZE, SILVER = Table("bronze", "orders"), Table("silver", "orders")
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
STEP = StepEntry("r", "bronze->silver", "silver.orders", 1, 1, 0, 1, 0, 2, 0.1, None, None, AT)


def contract(name: str, *, minimum: int = 0) -> str:
    domain, server = CONTRACTS[name]
    return f"""\
apiVersion: v3.1.0
kind: DataContract
id: {domain}.{name}
version: 1.0.0
status: active
domain: {domain}
servers: [{{server: landing, type: local, {server}}}]
schema:
  - name: {name}
    properties:
      - {{name: id, logicalType: integer, primaryKey: true, logicalTypeOptions: {{minimum: {minimum}}}}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    for name in CONTRACTS:
        (tmp_path / "contracts").mkdir(exist_ok=True)
        (tmp_path / "contracts" / f"{name}.odcs.yaml").write_text(contract(name), encoding="utf-8")
    for folder in ("data", "dbt", "dbt/models"):
        (tmp_path / folder).mkdir()
    (tmp_path / "dbt" / "models" / "_sources.yml").write_text(SOURCES, encoding="utf-8")
    settings = load_settings(contracts="contracts", dbt_project="dbt", data="data", landing="landing")
    return open_project(settings)


@pytest.fixture
def landed(project: Project) -> Path:
    """A file of the orders."""
    file = project.roots[0] / "orders" / "a.csv"
    file.parent.mkdir()
    file.write_text("id\n1\n", encoding="utf-8")
    return file


def commit(project: Project, table: Table, *, app: str = "", version: int = 0) -> None:
    transactions = [Transaction(app, version)] if app else None
    path = str(table_path(project.settings.warehouse, table))
    rows = pa.table({"id": pa.array([1], pa.int64())})
    write_deltalake(path, rows, mode="append", commit_properties=CommitProperties(app_transactions=transactions))


def reopened(project: Project) -> Project:
    return open_project(project.settings)


def ledger(project: Project) -> Ledger:
    return Ledger(project.settings.warehouse)


def test_a_data_folder_without_a_file_of_any_contract_is_refused(project: Project) -> None:
    (project.roots[0] / "notes.txt").touch()
    with pytest.raises(DataError) as letter:
        survey(project)
    assert str(letter.value) == (
        "DataError: the data folder holds no file that a contract reads\n"
        f"  where: {project.roots[0]}\n"
        "  wanted: files like customers/*.jsonl, gpu/*.csv, orders/*.csv\n"
        "  do: name the folder above these, or change the servers' paths in the contracts"
    )


def test_files_of_the_landing_zone_do_not_make_up_for_an_empty_data_folder(project: Project) -> None:
    file = project.roots[1] / "orders" / "a.csv"
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(DataError, match="the data folder holds no file that a contract reads"):
        survey(project)


def test_an_empty_landing_zone_is_no_error_when_no_folder_was_named(project: Project) -> None:
    alone = Project(project.settings.model_copy(update={"data": None}), project.contracts)
    assert [plan.new for plan in survey(alone).ingests] == [(), (), (), (), ()]


def test_landed_files_are_new_until_the_ledger_knows_them(project: Project, landed: Path) -> None:
    def new() -> list[str]:
        return [file.path for plan in survey(project).ingests for file in plan.new]

    assert new() == [str(landed)]
    server = next(each for each in project.sources if each.id == "shop.orders").servers[0]
    (file,) = list_landed(project.roots[0], server)
    entry = FileEntry("r", "bronze.orders", "landing", file.path, file.bytes, file.modified_at, "orders/landing/000000")
    ledger(project).write(FILES, [entry])
    assert new() == [str(landed)], "who deletes a bronze table wants its files read again"
    commit(project, BRONZE)
    assert new() == []
    assert [path for plan in survey(project).ingests for path in plan.rewritten] == []
    landed.write_text("id\n1\n2\n", encoding="utf-8")
    assert [path for plan in survey(project).ingests for path in plan.rewritten] == [str(landed)]


def test_beside_real_data_only_the_platform_is_synthetic(project: Project, landed: Path, tmp_path: Path) -> None:
    for name in ("clicks/a.csv", "platform/a.csv"):
        other = tmp_path / "landing" / "synthetic" / name
        other.parent.mkdir(parents=True)
        other.write_text("id\n1\n", encoding="utf-8")
    found = {file.path for plan in survey(project).ingests for file in plan.new}
    assert found == {str(landed), str(tmp_path / "landing" / "synthetic" / "platform" / "a.csv")}


def hop(project: Project) -> tuple[int, int, bool]:
    found = next(each for each in survey(project).hops if each.target == SILVER)
    assert found.source == BRONZE
    return found.after, found.until, found.pending


@pytest.mark.usefixtures("landed")
def test_without_tables_silver_has_nothing_to_take(project: Project) -> None:
    assert hop(project) == (-1, -1, False)


@pytest.mark.usefixtures("landed")
def test_silver_takes_what_bronze_got_since(project: Project) -> None:
    for _ in range(3):
        commit(project, BRONZE)
    assert hop(project) == (-1, 2, True)
    commit(project, SILVER, app="silver.orders<-bronze.orders", version=2)
    assert hop(project) == (2, 2, False)
    commit(project, BRONZE)
    assert hop(project) == (2, 3, True)


@pytest.mark.usefixtures("landed")
def test_a_bronze_table_made_anew_stops_the_run(project: Project) -> None:
    commit(project, BRONZE)
    commit(project, SILVER, app="silver.orders<-bronze.orders", version=7)
    with pytest.raises(ProgressError, match="a table went back in time") as letter:
        survey(project)
    assert letter.value.where == BRONZE
    assert letter.value.got == "version 0"


@pytest.mark.usefixtures("landed")
def test_a_stream_gives_each_of_its_tables_a_hop(project: Project) -> None:
    pairs = {(str(each.source), str(each.target)) for each in survey(project).hops}
    assert pairs == {
        ("bronze.orders", "silver.orders"),
        ("bronze.clicks", "silver.clicks"),
        ("bronze.plans", "silver.plans"),
        ("bronze.gpu_readings", "silver.gpu_readings"),
        ("bronze.customers", "silver.customers_changes"),
        ("bronze.customers", "silver.customers"),
        ("silver.customers_changes", "silver.customers_history"),
        ("silver.customers_changes", "silver.customers"),
    }


@pytest.mark.usefixtures("landed")
def test_a_load_is_half_done_until_the_ledger_says_otherwise(project: Project) -> None:
    for _ in range(3):
        commit(project, BRONZE)
    commit(project, SILVER, app="silver.orders<-bronze.orders", version=2)
    assert survey(project).half_done == {SILVER}
    ledger(project).write(STEPS, [STEP])
    assert survey(project).half_done == frozenset()


@pytest.mark.usefixtures("landed")
def test_a_replay_is_cut_off_until_its_mark_is_empty(project: Project) -> None:
    tables = replace(STEP, layer="mark", table_name="replay", detail='{"missing": "", "since": "", "tables": "orders"}')
    ledger(project).write(STEPS, [tables])
    assert survey(project).rewinding == {SILVER}
    ledger(project).write(STEPS, [replace(tables, at=AT + timedelta(seconds=1), detail='{"missing": ""}')])
    assert survey(project).rewinding == frozenset()


def mark(project: Project, step: str, *, without: str = "") -> None:
    """What a run writes when a step has ended: all that it had read, but for a name that it did not know yet."""
    known = {**built(project, ledger(project), step).now, "missing": ""}
    read = json.dumps({name: version for name, version in known.items() if name != without})
    ledger(project).write(STEPS, [replace(STEP, layer="mark", table_name=step, detail=read)])


def stale(project: Project) -> set[str]:
    return {step for step, found in survey(project).built.items() if found.stale}


@pytest.fixture
def everything_built(project: Project, landed: Path) -> Project:
    commit(project, Table("platinum", "scaling_signals"))
    for step in ("vault", "gold", "platinum"):
        mark(project, step)
    return project


def test_what_was_built_from_what_is_there_now_is_not_stale(everything_built: Project) -> None:
    assert stale(everything_built) == set()


def test_a_new_version_of_a_silver_table_makes_vault_and_gold_stale(everything_built: Project) -> None:
    commit(everything_built, SILVER)
    assert stale(everything_built) == {"vault", "gold"}


def test_a_new_version_of_telemetry_makes_platinum_stale(everything_built: Project) -> None:
    commit(everything_built, Table("bronze", "gpu_readings"))
    assert stale(everything_built) == {"platinum"}


def test_a_silver_table_that_dbt_does_not_read_makes_nothing_stale(everything_built: Project) -> None:
    commit(everything_built, Table("silver", "clicks"))
    assert stale(everything_built) == set()


@pytest.mark.parametrize("name", ["models/a.sql", "models/_a.yml", "seeds/a.csv"])
def test_a_changed_dbt_project_makes_vault_and_gold_stale(everything_built: Project, name: str) -> None:
    file = everything_built.settings.dbt_project / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("changed", encoding="utf-8")
    assert stale(everything_built) == {"vault", "gold"}


def test_another_hash_has_the_vault_built_from_scratch(everything_built: Project) -> None:
    write_vars(everything_built, "shop", "{hash: sha}")
    found = survey(everything_built).built
    assert found["vault"].anew
    assert not found["gold"].anew


@pytest.mark.parametrize(
    ("name", "variables", "anew"),
    [("shop", "{hash: sha}", False), ("hallmark", "{hash_mode: hardened}", True)],
)
def test_of_a_vault_before_hashes_were_noted_only_ours_had_others(
    everything_built: Project, name: str, variables: str, anew: bool
) -> None:
    write_vars(everything_built, name, variables)
    mark(everything_built, "vault", without="hashes")
    found = survey(everything_built).built["vault"]
    assert (found.anew, found.stale) == (anew, anew)


def write_vars(project: Project, name: str, variables: str) -> None:
    file = project.settings.dbt_project / "dbt_project.yml"
    file.write_text(f"name: {name}\nvars: {variables}\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["target/compiled/a.sql", "logs/dbt.log"])
def test_what_dbt_writes_itself_makes_nothing_stale(everything_built: Project, name: str) -> None:
    file = everything_built.settings.dbt_project / name
    file.parent.mkdir(parents=True)
    file.write_text("changed", encoding="utf-8")
    assert stale(everything_built) == set()


def test_a_changed_gold_contract_makes_gold_alone_stale(everything_built: Project) -> None:
    file = everything_built.settings.contracts / "fct_orders.odcs.yaml"
    file.write_text(contract("fct_orders", minimum=1), encoding="utf-8")
    assert stale(reopened(everything_built)) == {"gold"}


def test_a_finished_run_leaves_nothing_but_its_new_files_to_do(everything_built: Project) -> None:
    assert [work.target for work in plan_run(survey(everything_built)).work] == [
        "bronze.orders",
        "silver.orders",
        "vault",
        "gold",
    ]


@pytest.mark.parametrize(
    ("folder", "table", "step"),
    [
        ("raw_vault", Table("silver", "hub_model"), "vault"),
        ("point_in_time", Table("silver", "pit_model"), "vault"),
        ("gold", Table("gold", "dim_model"), "gold"),
    ],
)
def test_a_built_table_that_is_gone_makes_its_step_stale(
    everything_built: Project, folder: str, table: Table, step: str
) -> None:
    model = everything_built.settings.dbt_project / "models" / folder / f"{table.name}.sql"
    model.parent.mkdir()
    model.write_text("select 1", encoding="utf-8")
    commit(everything_built, table)
    for each in ("vault", "gold"):
        mark(everything_built, each)
    assert stale(everything_built) == set()
    shutil.rmtree(table_path(everything_built.settings.warehouse, table))
    assert stale(everything_built) == {step}


@pytest.mark.usefixtures("landed")
def test_changes_that_history_has_not_taken_yet_are_work(project: Project) -> None:
    for _ in range(2):
        commit(project, Table("silver", "customers_changes"))
    targets = [work.target for work in plan_run(survey(project)).work]
    assert {"silver.customers_history", "silver.customers"} <= {*targets}


@pytest.mark.usefixtures("landed")
def test_records_of_a_stream_that_nobody_looked_at_are_work(project: Project) -> None:
    for _ in range(2):
        commit(project, Table("bronze", "customers"))
    assert [work.target for work in plan_run(survey(project)).work if work.layer == "silver"].count("silver.customers")
