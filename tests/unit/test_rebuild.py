"""Which tables a replay from bronze takes, and what it answers to a call that can't be meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.cli import app
from hallmark.pipelines.project import open_project
from hallmark.pipelines.quarantine_plan import doors
from hallmark.pipelines.rebuild import choose, plan_replay

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nversion: 1.0.0\nstatus: active\n"
EVENTS = """id: t.{name}
servers: [{{server: files, type: local, path: "{name}/*.csv", format: csv}}]
schema:
  - name: {name}
    customProperties: [{lookups}]
    properties:
      - {{name: id, logicalType: string, primaryKey: true}}
      - {{name: of, logicalType: string}}
"""
SHOP = """id: t.shop_changes
servers: [{server: files, type: local, path: "shop/*.jsonl", format: debezium}]
schema:
  - name: customers
    physicalName: shop.customers
    properties: [{name: id, logicalType: string, primaryKey: true}]
"""
LOOKUP = "{{property: lookups, value: [{{table: {table}, key: id, expr: of}}]}}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """runs <- requests <- charges by lookups, and a shop's change events."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    for name, table in (("runs", None), ("requests", "runs"), ("charges", "requests"), ("others", None)):
        lookups = LOOKUP.format(table=table) if table else ""
        (folder / f"{name}.odcs.yaml").write_text(HEAD + EVENTS.format(name=name, lookups=lookups), encoding="utf-8")
    (folder / "shop.odcs.yaml").write_text(HEAD + SHOP, encoding="utf-8")
    return Settings(warehouse=tmp_path / "warehouse", landing=tmp_path / "landing", contracts=folder)


@pytest.fixture
def chosen(settings: Settings) -> Callable[..., list[str]]:
    known = doors(open_project(settings)).values()
    return lambda *names: sorted(door.table.name for door in choose(known, names))


def test_no_name_is_every_table(chosen: Callable[..., list[str]]) -> None:
    assert chosen() == ["charges", "customers_changes", "others", "requests", "runs"]


def test_what_looks_values_up_follows_its_table(chosen: Callable[..., list[str]]) -> None:
    assert chosen("runs") == ["charges", "requests", "runs"]
    assert chosen("charges") == ["charges"]


@pytest.mark.parametrize("name", ["customers", "customers_history", "customers_changes", "silver.customers"])
def test_a_table_of_changes_goes_by_the_name_of_any_of_its_tables(chosen: Callable[..., list[str]], name: str) -> None:
    assert chosen(name, "others") == ["customers_changes", "others"]


def test_an_unknown_table_is_refused(chosen: Callable[..., list[str]]) -> None:
    with pytest.raises(SettingsError) as letter:
        chosen("chargs")
    assert str(letter.value) == (
        "SettingsError: no contract makes such a silver table\n"
        "  where: --table\n"
        "  got: chargs\n"
        "  wanted: charges, customers_changes, others, requests, runs\n"
        "  do: did you mean 'charges'?"
    )


def test_tables_that_were_never_loaded_are_left_to_a_run(settings: Settings) -> None:
    assert plan_replay(open_project(settings), (), None).work == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "quarantine"], "do: hallmark quarantine replay TABLE"),
        (["--from", "gold"], "wanted: bronze"),
        (["--from", "bronze", "--since", "yesterday"], "wanted: ISO 8601, such as 2026-11-24T03:00 (UTC)"),
    ],
)
def test_a_call_that_cant_be_meant_is_refused(arguments: list[str], said: str) -> None:
    answer = CliRunner().invoke(app, ["replay", *arguments])
    assert answer.exit_code == 2
    assert said in answer.stderr
