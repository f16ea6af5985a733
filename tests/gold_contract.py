"""A gold contract with what a test adds to it, and its suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.gold.expectations import Expectation, Suite
from hallmark.gold.suite import build_suite
from hallmark.lakehouse.errors import ContractError

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: gold.fct_charges
version: 1.0.0
status: active
domain: gold
servers: [{server: gold, type: local, path: gold/fct_charges, format: delta}]
"""
PROPERTIES = """\
    properties:
      - {name: charge_id, logicalType: string, primaryKey: true}
      - {name: charged_at, logicalType: timestamp, required: true}
      - {name: cost, logicalType: number, customProperties: [{property: unit, value: USD}]}
"""


def suite(folder: Path, *, table: str = "", levels: str = "", properties: str = PROPERTIES) -> Suite:
    """The suite of a contract with further keys of its table, a service level, or other properties."""
    file = folder / "fct_charges.odcs.yaml"
    sla = f"slaProperties:\n  - {levels}\n" if levels else ""
    file.write_text(f"{HEAD}{sla}schema:\n  - name: fct_charges\n{table}{properties}", encoding="utf-8")
    return build_suite(load_contract(file, ingest=False))


def rule(folder: Path, text: str) -> Expectation:
    """What a quality rule of the table asks."""
    return suite(folder, table=f"    quality:\n      - {text}\n").expectations[-1]


def level(folder: Path, text: str) -> Expectation:
    """What a service level asks."""
    return suite(folder, levels=text).expectations[-1]


def refusal(folder: Path, *, table: str = "", levels: str = "") -> str:
    """The letter that refuses a contract, without its folder."""
    with pytest.raises(ContractError) as letter:
        suite(folder, table=table, levels=levels)
    return str(letter.value).replace(f"{folder}/", "")
