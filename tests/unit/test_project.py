"""What a run works on, without Spark: contracts in an order in which they can be run, and folders that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import ContractError, DataError, SettingsError
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.pipelines.project import Project, bronze_table, open_project, silver_table

Contracts = Callable[..., Project]


def contract(name: str, *looks_up: str, file_format: str = "csv", domain: str = "shop") -> str:
    lookups = ", ".join(f"{{table: {table}, key: id, expr: id}}" for table in looks_up)
    return f"""\
apiVersion: v3.1.0
kind: DataContract
id: {domain}.{name}
version: 1.0.0
status: active
domain: {domain}
servers:
  - {{server: landing, type: local, path: "{name}/*", format: {file_format}}}
schema:
  - name: {name}
    physicalName: shop.{name}
    customProperties: [{{property: lookups, value: [{lookups}]}}]
    properties:
      - {{name: id, logicalType: string, primaryKey: true}}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contracts").mkdir()
    return load_settings(contracts=tmp_path / "contracts", landing=tmp_path / "landing")


@pytest.fixture
def project(settings: Settings) -> Contracts:
    def open_with(**contracts: str) -> Project:
        for name, text in contracts.items():
            (settings.contracts / f"{name}.odcs.yaml").write_text(text, encoding="utf-8")
        return open_project(settings)

    return open_with


def names(project: Project) -> list[str]:
    return [compiled.table.name for compiled in project.events]


def test_a_data_folder_that_is_not_there_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DataError) as letter:
        open_project(settings.model_copy(update={"data": Path("gone")}))
    assert str(letter.value) == (
        "DataError: the data folder does not exist\n"
        "  where: data\n"
        f"  got: {tmp_path / 'gone'}\n"
        "  do: name a folder with landed files: --data DIR, or leave it out for the synthetic landing zone"
    )


def test_a_file_is_no_data_folder(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data.csv").touch()
    with pytest.raises(DataError, match="the data folder does not exist"):
        open_project(settings.model_copy(update={"data": tmp_path / "data.csv"}))


def test_a_project_without_contracts_is_refused(settings: Settings) -> None:
    with pytest.raises(ContractError, match="no contracts found"):
        open_project(settings)


def test_data_comes_from_the_landing_zone_alone_when_no_folder_is_named(project: Contracts, tmp_path: Path) -> None:
    assert project(a=contract("a")).roots == (tmp_path / "landing",)


def test_data_comes_from_the_named_folder_and_the_landing_zone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    opened = Project(settings.model_copy(update={"data": Path("data")}), ())
    assert opened.roots == (tmp_path / "data", tmp_path / "landing")


def test_rows_land_through_sources_and_gold_describes_what_we_build(project: Contracts) -> None:
    opened = project(a=contract("a"), b=contract("b", file_format="delta", domain="gold"))
    assert [each.id for each in opened.sources] == ["shop.a"]
    assert [each.contract.id for each in opened.gold] == ["gold.b"]


def test_an_event_table_has_the_same_name_in_bronze_and_silver(project: Contracts) -> None:
    opened = project(orders=contract("orders"))
    assert str(bronze_table(opened.sources[0])) == "bronze.orders"
    assert str(silver_table(opened.events[0])) == "silver.orders"


def test_a_stream_has_three_silver_tables_for_each_of_its_own(project: Contracts) -> None:
    ((stream, (entity,)),) = project(orders=contract("orders", file_format="debezium")).entities
    assert str(bronze_table(stream)) == "bronze.orders"
    assert [str(table) for table in entity.ddl()] == ["silver.orders_changes", "silver.orders_history", "silver.orders"]


def test_a_stream_is_no_event_table(project: Contracts) -> None:
    assert project(orders=contract("orders", file_format="debezium")).events == ()


def test_a_table_comes_after_those_that_it_looks_up(project: Contracts) -> None:
    assert names(project(a=contract("a", "b", "c"), b=contract("b", "c"), c=contract("c"))) == ["c", "b", "a"]


def test_tables_that_look_nothing_up_keep_their_order(project: Contracts) -> None:
    assert names(project(b=contract("b"), a=contract("a"), c=contract("c"))) == ["a", "b", "c"]


def test_a_lookup_of_no_table_suggests_the_near_one(project: Contracts, settings: Settings) -> None:
    opened = project(requests=contract("requests", "runs"), run=contract("run"))
    with pytest.raises(ContractError) as letter:
        _ = opened.events
    assert str(letter.value) == (
        "ContractError: a lookup names no event table\n"
        f"  where: {settings.contracts / 'requests.odcs.yaml'}\n"
        "  got: runs\n"
        "  do: did you mean 'run'?"
    )


def test_a_lookup_of_a_change_table_names_those_that_it_may_have(project: Contracts) -> None:
    opened = project(requests=contract("requests", "zones"), zones=contract("zones", file_format="debezium"))
    with pytest.raises(ContractError, match="a lookup names no event table") as letter:
        _ = opened.events
    assert letter.value.todo == "known: requests"


@pytest.mark.parametrize(
    "contracts",
    [
        {"a": contract("a", "a")},
        {"a": contract("a", "b"), "b": contract("b", "a")},
        {"a": contract("a", "b"), "b": contract("b", "c"), "c": contract("c", "a"), "d": contract("d")},
    ],
)
def test_lookups_in_a_circle_are_refused(project: Contracts, contracts: dict[str, str]) -> None:
    opened = project(**contracts)
    with pytest.raises(ContractError, match="the tables look each other up in a circle") as letter:
        _ = opened.events
    assert letter.value.where == opened.settings.contracts / "a.odcs.yaml"


def test_a_lookup_by_less_than_the_key_is_refused(project: Contracts, settings: Settings) -> None:
    two = contract("runs").replace(
        "primaryKey: true}", "primaryKey: true}\n      - {name: day, logicalType: date, primaryKey: true}"
    )
    opened = project(requests=contract("requests", "runs"), runs=two)
    with pytest.raises(ContractError) as letter:
        _ = opened.events
    assert str(letter.value) == (
        "ContractError: a lookup must use the whole primary key of its table, or it would double rows\n"
        f"  where: {settings.contracts / 'requests.odcs.yaml'}\n"
        "  got: runs.id\n"
        "  wanted: day, id\n"
        "  do: mend the lookup's key, or the primary key of that table"
    )


def test_a_policy_that_contradicts_itself_is_refused_before_anything_runs(
    project: Contracts, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    project(orders=contract("orders"))
    monkeypatch.setenv("HALLMARK_SCALING__SCALE_DOWN_BELOW_PCT", "80")
    with pytest.raises(SettingsError) as letter:
        open_project(load_settings(contracts=settings.contracts))
    assert str(letter.value) == (
        "SettingsError: the scaling policy can't be used\n"
        "  where: environment: HALLMARK_SCALING__SCALE_DOWN_BELOW_PCT\n"
        "  got: 80.0\n"
        "  wanted: less than scale_up_above_pct (70)\n"
        "  do: mend the policy's value; the defaults are the mission's rule"
    )


@pytest.mark.parametrize(
    ("data", "path", "reads"),
    [(None, "a/*.csv", True), ("data", "a/*.csv", False), ("data", "synthetic/platform/*.jsonl", True)],
)
def test_beside_real_data_the_landing_zone_is_the_platform_alone(
    project: Contracts, tmp_path: Path, data: str | None, path: str, reads: bool
) -> None:
    (tmp_path / "data").mkdir()
    opened = project(orders=contract("orders"))
    folder = None if data is None else tmp_path / data
    found = Project(opened.settings.model_copy(update={"data": folder}), opened.contracts)
    assert found.reads(found.roots[-1], Server("s", path, "csv")) is reads
