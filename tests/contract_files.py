"""A small contract file, its variants, and the letters about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import ContractError

ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
domain: shop
servers:
  - {server: landing, type: local, path: "orders/*.csv", format: csv}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string, required: true, primaryKey: true}
      - {name: amount, physicalName: Amount, logicalType: number, physicalType: "decimal(18, 2)"}
"""
NO_NUMBER = "{metric: invalidValues, mustBe: 0, arguments: {validValues: [x]}}"
AMOUNT = ORDERS.splitlines()[-1].strip().removeprefix("- ")
LOOKUPS = "    properties:"
KNOWN_UNITS = "ns, us, ms, s, min, h, d, B, KiB, MiB, GiB, KB, MB, GB, fraction, percent, %"
CDC = (("format: csv", "format: debezium"), ("- name: orders", "- name: orders\n    physicalName: shop.orders"))
Write = Callable[..., Path]


def changed(*edits: tuple[str, str]) -> str:
    text = ORDERS
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} is not once in the contract"
        text = text.replace(old, new)
    return text


def letter(what: str, where: str, **parts: str) -> str:
    return str(ContractError(what, where=f"orders.odcs.yaml:{where}", **parts))


def refusal(file: Path) -> str:
    """The letter without the folder that the test happens to use."""
    with pytest.raises(ContractError) as error:
        load_contract(file)
    return str(error.value).replace(f"{file.parent}/", "")
