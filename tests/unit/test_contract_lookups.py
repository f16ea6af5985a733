"""Tables are judged after those that they look up in, whose contract lies beside and whose data the call may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import HallmarkError, SettingsError
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.contract_lookups import Elsewhere, given_lookups, plan_tables
from hallmark.pipelines.contract_places import Choice


def contract(folder: Path, name: str, *lookups: str) -> Path:
    value = ", ".join(f"{{table: {each}, key: id, expr: id}}" for each in lookups)
    extra = f", customProperties: [{{property: lookups, value: [{value}]}}]" if lookups else ""
    (folder / f"{name}.odcs.yaml").write_text(
        f"apiVersion: v3.1.0\nkind: DataContract\nid: x.{name}\nversion: 1.0.0\nstatus: active\n"
        f"servers: [{{server: s, type: local, path: {name}.csv, format: csv}}]\n"
        f"schema: [{{name: {name}, properties: [{{name: id, logicalType: string, primaryKey: true}}]{extra}}}]\n",
        encoding="utf-8",
    )
    (folder / f"{name}.csv").write_text("id\n1\n", encoding="utf-8")
    return folder / f"{name}.odcs.yaml"


def order(file: Path, **given: Path) -> list[tuple[str, bool, str]]:
    found = load_contract(file, ingest=False)
    plan = plan_tables(found, found.objects, Choice(), Elsewhere(given))
    return [(each.compiled.table.name, each.asked, Path(each.places[0].files[0]).name) for each in plan.planned]


def test_a_chain_is_judged_from_its_end(tmp_path: Path) -> None:
    file = contract(tmp_path, "a", "b")
    contract(tmp_path, "b", "c")
    contract(tmp_path, "c")
    assert order(file) == [("c", False, "c.csv"), ("b", False, "b.csv"), ("a", True, "a.csv")]


@pytest.mark.parametrize(
    "name", ["inference/vllm_requests", "telemetry/vllm_engine_states", "telemetry/vllm_gpu_readings"]
)
def test_shipped_contracts_find_the_table_that_they_look_up(tmp_path: Path, name: str) -> None:
    for each in ("own.json", "runs.json"):
        (tmp_path / each).write_text("{}", encoding="utf-8")
    folder = Settings().contracts
    found = load_contract(folder / f"{name}.odcs.yaml", ingest=False)
    elsewhere = Elsewhere({"vllm_runs": tmp_path / "runs.json"}, folder)
    plan = plan_tables(found, found.objects, Choice(data=(tmp_path / "own.json",)), elsewhere)
    assert [each.compiled.table.name for each in plan.planned] == ["vllm_runs", found.objects[0].name]


def test_data_of_a_lookup_may_be_named(tmp_path: Path) -> None:
    file = contract(tmp_path, "a", "b")
    (contract(tmp_path, "b").parent / "b.csv").rename(tmp_path / "other.csv")
    assert order(file, b=tmp_path / "other.csv") == [("b", False, "other.csv"), ("a", True, "a.csv")]


def refusal(file: Path, **given: Path) -> HallmarkError:
    with pytest.raises(HallmarkError) as error:
        order(file, **given)
    return error.value


def test_a_lookup_without_contract_or_data_is_a_letter_with_advice(tmp_path: Path) -> None:
    file = contract(tmp_path, "a", "b")
    assert (refusal(file).what, refusal(file).got) == ("a lookup's table has no contract", "b")
    contract(tmp_path, "b")
    (tmp_path / "b.csv").unlink()
    assert refusal(file).what == "a table that the contract looks values up in has no data"
    assert refusal(file).todo == "name its files: --lookup b=PATH"


def test_a_circle_and_data_for_nothing_are_refused(tmp_path: Path) -> None:
    file = contract(tmp_path, "a", "b")
    contract(tmp_path, "b")
    assert refusal(file, c=tmp_path / "b.csv").what == "no lookup uses this table"
    contract(tmp_path, "b", "a")
    assert refusal(file).what == "the tables look each other up in a circle"


@pytest.mark.parametrize("text", ["runs", "=x", "runs="])
def test_a_lookup_is_a_table_and_a_path(text: str) -> None:
    with pytest.raises(SettingsError, match="not a table and its data"):
        given_lookups([text])
