"""`hallmark stack contract`: what a connector writes, as a contract that silver takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import call
from stack_folders import STATE, made_stack

from hallmark.contracts.loader import load_contract
from hallmark.pipelines.stack.tables import SCHEMA, TABLES

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def test_it_names_the_topics_and_every_column(tmp_path: Path) -> None:
    folder = made_stack(tmp_path / ".stack")
    code, text, said = call("stack", "contract", "live", "--folder", folder.path)
    assert (code, said) == (0, "")
    file = tmp_path / "live.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    contract = load_contract(file)
    (server,) = contract.servers
    assert server.place["host"] == f"127.0.0.1:{STATE.kafka_port}"
    assert server.topics == tuple(f"live.{SCHEMA}.{table}" for table in TABLES)
    columns = {table.name: tuple(prop.source for prop in table.properties) for table in contract.objects}
    assert columns == {name: table.column_names for name, table in TABLES.items()}
    assert {table.name: table.key for table in contract.objects} == {name: (t.key,) for name, t in TABLES.items()}


def test_a_name_that_no_connector_has_is_a_letter(tmp_path: Path) -> None:
    code, _, said = call("stack", "contract", "No", "--folder", made_stack(tmp_path / ".stack").path)
    assert code == 2
    assert said.startswith("SettingsError: a connector can't have this name\n  got: 'No'\n")
