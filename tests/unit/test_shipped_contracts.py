"""The contracts of this repository: all of them load, and what they only document says why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hallmark.bronze.plan import source_columns
from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract, load_contracts
from hallmark.contracts.model import Contract
from hallmark.contracts.yamlfile import line_of, read_yaml
from hallmark.lakehouse.settings import PACKAGE_ROOT

FOLDER = PACKAGE_ROOT / "contracts"
loaded = cache(load_contract)  # no test changes a contract, and reading YAML takes its time
each_contract = pytest.mark.parametrize(
    "file", [pytest.param(file, id=file.name.split(".")[0]) for file in sorted(FOLDER.rglob("*.odcs.yaml"))]
)


@pytest.fixture(scope="module")
def contracts() -> list[Contract]:
    return load_contracts(FOLDER)


def explained(file: Path) -> Iterator[str]:
    """How the warnings begin whose quality rule says in its description why it is not run."""
    content, node = read_yaml(file)
    for i, table in enumerate(content["schema"]):
        yield from _explained(table, ["schema", i, "quality"], file, node, whole=True)
        for j, prop in enumerate(table.get("properties") or []):
            yield from _explained(prop, ["schema", i, "properties", j, "quality"], file, node, whole=False)


def _explained(entry: dict[str, Any], keys: list[str | int], file: Path, node: Any, *, whole: bool) -> Iterator[str]:
    rules = entry.get("quality") or []
    if whole and rules and all(rule.get("description") for rule in rules):
        yield f"{file.name}:{line_of(node, keys)}: quality rules of the whole table"
    for k, rule in enumerate(rules):
        if rule.get("description"):
            yield f"{file.name}:{line_of(node, [*keys, k])}: quality rule "


@each_contract
def test_a_shipped_contract_warns_of_nothing_that_it_does_not_explain(file: Path) -> None:
    warnings = loaded(file).warnings
    assert [warning for warning in warnings if not warning.startswith(tuple(explained(file)))] == []


def test_a_warning_without_an_explanation_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "charges.odcs.yaml"
    text = (FOLDER / "finance" / "charges.odcs.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace('description: "FOCUS 1.0 allows no null here', 'name: "FOCUS'), encoding="utf-8")
    warnings = load_contract(file).warnings
    (left,) = [warning for warning in warnings if not warning.startswith(tuple(explained(file)))]
    assert left.endswith("quality rule 'nullValues' of contracted_cost is documented, not run yet")


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
