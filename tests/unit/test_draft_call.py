"""`hallmark contract draft` before Spark starts: what is refused, and the contract file's text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from calls import call
from hypothesis import given
from hypothesis import strategies as st

from hallmark.contracts.draft_facts import ColumnFacts
from hallmark.contracts.draft_names import silver_names
from hallmark.contracts.draft_rules import draft_property
from hallmark.contracts.draft_types import Kind, kind_of
from hallmark.contracts.draft_yaml import Head, contract_text, scalar
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Server
from hallmark.lakehouse.names import IDENTIFIER
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.draft_source import find_source
from hallmark.pipelines.project import Project

HEAD = Head("inference.requests", (Server("landing", "r/*.csv", "csv", {"delimiter": ";"}),), "r/*.csv (2 files)", 1000)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-java"))


def refused(*arguments: str) -> str:
    code, out, err = call("contract", "draft", *arguments)
    assert (code, out) == (2, "")
    return err


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    Path("a.odcs.yaml").write_text("mine", encoding="utf-8")
    assert refused("a.csv", "--out", "a.odcs.yaml") == (
        "SettingsError: the file is there already\n"
        "  where: a.odcs.yaml\n"
        "  do: name another --out, or overwrite it: --force\n"
    )
    assert Path("a.odcs.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("wrong", ["requests", "a.b.c", "a-b.c", "a."])
def test_an_id_is_a_domain_and_a_name(wrong: str) -> None:
    assert refused("a.csv", "--id", wrong) == (
        f"SettingsError: not the id of a contract\n  where: --id\n  got: {wrong}\n  wanted: domain.name\n"
    )


def test_an_unknown_format_is_refused() -> None:
    assert "  got: xml\n  wanted: csv, json, parquet, delta\n" in refused("a.csv", "--format", "xml")


def test_a_file_that_is_not_there_is_named_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    Path("requests.csv").write_text("a\n1\n", encoding="utf-8")
    assert refused("request.csv") == (
        f"DataError: no such file or table\n  where: {tmp_path}\n  got: request.csv\n"
        "  do: did you mean 'requests.csv'?\n"
    )


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused("bronze.requests") == (
        f"DataError: no such table\n  where: {tmp_path / 'warehouse'}\n  got: bronze.requests\n"
        "  do: hallmark tables lists them\n"
    )


def test_an_empty_file_is_refused_before_spark_starts() -> None:
    Path("a.csv").write_text("", encoding="utf-8")
    assert refused("a.csv").startswith("DataError: the file is empty\n")


def put(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("a,b\n1,2\n", encoding="utf-8")


def test_files_of_one_kind_are_one_server_with_a_pattern() -> None:
    put("data/logs/log_1.csv", "data/logs/log_2.csv")
    source = find_source(["data/logs/log_*.csv"], load_settings(data="data"), file_format=None, out=None)
    assert (source.id, source.label, source.remarks) == ("logs.log", "logs/log_*.csv (2 files)", ())
    assert source.servers == (Server("logs", "logs/log_*.csv", "csv"),)


def test_a_pattern_that_takes_in_other_files_says_so() -> None:
    put("logs/log_1.csv", "logs/log_2.csv", "logs/log_3.csv")
    source = find_source(["logs/log_1.csv", "logs/log_3.csv"], load_settings(), file_format=None, out=None)
    assert source.remarks == ("the path log_*.csv takes in 1 more file, which was not read",)


def test_files_of_several_folders_are_several_servers() -> None:
    put("2024/x.csv", "2025/x.csv")
    source = find_source(["2024/x.csv", "2025/x.csv"], load_settings(), file_format=None, out=None)
    assert [(server.name, server.path) for server in source.servers] == [
        ("n_2024", "2024/x.csv"),
        ("n_2025", "2025/x.csv"),
    ]


def test_the_contracts_own_place_names_it() -> None:
    put("a/b.csv")
    out = Path("contracts/shop/orders.odcs.yaml")
    assert find_source(["a/b.csv"], load_settings(), file_format=None, out=out).id == "shop.orders"


def test_the_text_says_the_evidence_at_each_rule(tmp_path: Path) -> None:
    facts = ColumnFacts(
        "ContextTokens",
        1000,
        distinct=9,
        min_number=1.0,
        max_number=7437.0,
        unparsed={"bigint": 0, "int": 0, "double": 0},
    )
    text = contract_text(HEAD, [draft_property(facts, "context_tokens", kind_of(facts))])
    assert (
        text
        == """\
# Drafted from r/*.csv (2 files). What stands behind a # is the evidence; remove it when you agree.
apiVersion: v3.1.0
kind: DataContract
id: inference.requests
version: 0.1.0
status: draft
domain: inference
description:
  limitations: 'Drafted from 1,000 rows of r/*.csv (2 files): its rules hold for these, and nobody has confirmed them.'
servers:
  - {server: landing, type: local, path: r/*.csv, format: csv, customProperties: [{property: delimiter, value: ;}]}
schema:
  - name: requests
    properties:
      - name: context_tokens
        physicalName: ContextTokens
        logicalType: integer # 1,000 of 1,000 values are whole numbers, 1 to 7,437
        physicalType: int
        required: true # no null in 1,000 rows
        logicalTypeOptions:
          minimum: 0 # 1 to 7,437 in 1,000 rows
        customProperties:
          - {property: unit, value: tokens} # by its name
"""
    )
    file = tmp_path / "c.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    (table,) = load_contract(file).objects
    assert (table.properties[0].source, table.properties[0].minimum) == ("ContextTokens", "0")


@given(st.text(max_size=40))
def test_any_text_reads_back_as_itself_and_stays_on_its_line(text: str) -> None:
    written = scalar(text)
    assert len(written.splitlines()) == 1
    assert yaml.safe_load(f"a: {written} # evidence") == {"a": text}


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=20), st.booleans())
def test_any_names_become_plain_ones_no_two_alike(columns: list[str], keep: bool) -> None:
    names = list(silver_names(columns, keep=keep).values())
    assert len({name.lower() for name in names}) == len(columns)
    assert [name for name in names if not IDENTIFIER.match(name) or name.startswith("_")] == []


WITHOUT_NUL = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # which no contract holds


@given(
    st.lists(
        st.tuples(st.text(WITHOUT_NUL, min_size=1, max_size=20), st.text(WITHOUT_NUL, max_size=20)),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_a_source_is_called_its_draft_can_be_loaded(
    tmp_path_factory: pytest.TempPathFactory, columns: list[tuple[str, str]]
) -> None:
    names = silver_names(dict(columns))
    facts = ColumnFacts("", 100, distinct=5)
    drafts = [
        draft_property(replace(facts, column=column), names[column], Kind("string", because, "string"))
        for column, because in dict(columns).items()
    ]
    file = tmp_path_factory.mktemp("draft") / "c.odcs.yaml"
    file.write_text(contract_text(replace(HEAD, source=columns[0][1]), drafts), encoding="utf-8")
    (table,) = load_contract(file).objects
    assert [prop.source for prop in table.properties] == list(names)


def test_a_bronze_table_has_the_servers_of_the_contract_that_landed_it(finished_shop: Project) -> None:
    source = find_source(["bronze.orders"], finished_shop.settings, file_format=None, out=None)
    assert (source.id, source.servers, source.finished) == ("shop.orders", finished_shop.sources[0].servers, False)
    assert source.delta == finished_shop.settings.warehouse / "bronze" / "orders"


def test_a_bronze_table_without_a_contract_says_so(finished_shop: Project, tmp_path: Path) -> None:
    alone = finished_shop.settings.model_copy(update={"contracts": tmp_path / "none"})
    source = find_source(["bronze.orders"], alone, file_format=None, out=None)
    assert (source.id, source.servers) == ("bronze.orders", (Server("warehouse", "bronze/orders", "delta"),))
    assert source.remarks == (
        "no contract says where these rows come from: put the servers that land them in place of this one",
    )


def test_a_silver_table_is_finished(finished_shop: Project) -> None:
    source = find_source(["silver.orders"], finished_shop.settings, file_format=None, out=None)
    assert (source.id, source.servers, source.finished) == (
        "silver.orders",
        (Server("warehouse", "silver/orders", "delta"),),
        True,
    )


def test_a_table_that_is_mistyped_is_told(finished_shop: Project) -> None:
    assert "  do: did you mean 'bronze.orders'?\n" in refused("bronze.order")
