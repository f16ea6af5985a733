"""The contracts of this repository: all of them load, and what they only document says why."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hallmark.bronze.plan import source_columns
from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract, load_contracts
from hallmark.contracts.model import Contract
from hallmark.lakehouse.settings import PACKAGE_ROOT

FOLDER = PACKAGE_ROOT / "contracts"
loaded = cache(load_contract)  # no test changes a contract, and reading YAML takes its time
each_contract = pytest.mark.parametrize(
    "file", [pytest.param(file, id=file.name.split(".")[0]) for file in sorted(FOLDER.rglob("*.odcs.yaml"))]
)


@pytest.fixture(scope="module")
def contracts() -> list[Contract]:
    return load_contracts(FOLDER)


@each_contract
def test_a_shipped_contract_says_nothing_that_has_no_effect(file: Path) -> None:
    assert loaded(file).warnings == ()


def test_the_shipped_contracts_fit_together(contracts: list[Contract]) -> None:
    assert {"finance.charges", "inference.gateway_requests", "platform.platform_changes"} <= {c.id for c in contracts}


@each_contract
def test_a_shipped_contract_lies_in_its_domains_folder(file: Path) -> None:
    contract = loaded(file)
    assert contract.domain == file.parent.name
    assert contract.id == f"{file.parent.name}.{file.name.removesuffix('.odcs.yaml')}"


@each_contract
def test_every_shipped_column_is_described(file: Path) -> None:
    tables = loaded(file).objects
    assert [prop.name for table in tables for prop in table.properties if not prop.description] == []


def test_every_shipped_source_expects_columns_and_rules(contracts: list[Contract]) -> None:
    for contract in contracts:
        assert source_columns(contract), contract.id
        for table in contract.objects:
            assert len(compile_table(contract, table).rules) > 1, contract.id
