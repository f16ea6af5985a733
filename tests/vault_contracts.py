"""Small contracts for tests of the vault that is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract

Column = dict[str, Any]


def key(name: str = "id", position: int = 1, **more: Any) -> Column:
    return {"name": name, "logicalType": "string", "primaryKey": True, "primaryKeyPosition": position, **more}


def column(name: str, to: str = "", **more: Any) -> Column:
    related = {"relationships": [{"to": to}]} if to else {}
    return {"name": name, "logicalType": "string", **related, **more}


def table(name: str, *columns: Column, **more: Any) -> dict[str, Any]:
    return {"name": name, "properties": list(columns), **more}


def called(name: str) -> dict[str, Any]:
    return {"customProperties": [{"property": "vaultEntity", "value": name}]}


def contract(folder: Path, *tables: dict[str, Any], of: str = "shop.all", server: str = "json") -> Contract:
    """A contract of these tables, read from a file in `folder`."""
    content = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": of,
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "landing", "type": "local", "path": "x/*", "format": server}],
        "schema": list(tables),
    }
    file = folder / f"{of}.odcs.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return load_contract(file, ingest=False)
