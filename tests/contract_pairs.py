"""Contracts made of few words, for pairs with the changes between them."""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]
Case = tuple[str, Entry, Entry, list[tuple[str, str, str | None, str | None]]]
"""What it is, the old, the new, and the changes: kind, path, old, new."""


def contract(*properties: Entry, table: Entry | None = None, **keys: Any) -> Entry:
    """A contract with one table, `t`, whose first property is its key."""
    key = {"name": "id", "logicalType": "string", "primaryKey": True}
    schema = [{"name": "t", "properties": [key, *properties], **(table or {})}]
    server = {"server": "s", "type": "local", "path": "*.csv", "format": "csv"}
    base = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "a.t", "version": "1.0.0", "status": "active"}
    return {**base, "servers": [server], "schema": schema, **keys}


def number(**keys: Any) -> Entry:
    return {"name": "n", "logicalType": "integer", **keys}


def text(**keys: Any) -> Entry:
    return {"name": "n", "logicalType": "string", **keys}


def opts(logical: str = "integer", **options: Any) -> Entry:
    return contract({"name": "n", "logicalType": logical, "logicalTypeOptions": options})


def prop(**keys: Any) -> Entry:
    return contract(number(**keys))


def custom(**values: Any) -> Entry:
    return {"customProperties": [{"property": name, "value": value} for name, value in values.items()]}


def rule(**keys: Any) -> Entry:
    return {"type": "library", "metric": "nullValues", "mustBe": 0, **keys}


def ruled(*rules: Entry) -> Entry:
    return contract(text(quality=list(rules)))


def values(*allowed: str, **keys: Any) -> Entry:
    return ruled({"metric": "invalidValues", "arguments": {"validValues": list(allowed)}, "mustBe": 0, **keys})


def tables(*entries: Entry) -> Entry:
    return contract(schema=[{"properties": [number()], **entry} for entry in entries])


def sla(name: str, value: Any, unit: str = "h", **keys: Any) -> Entry:
    return contract(slaProperties=[{"property": name, "value": value, "unit": unit, **keys}])


def server(**keys: Any) -> Entry:
    return contract(servers=[{"server": "s", "type": "local", "path": "*.csv", "format": "csv", **keys}])


ANY_RULE, LAX = {"mustBe": None, "mustBeLessThan": 5}, {"severity": "warning"}
T, N = "schema.t", "schema.t.n"
SERVER_TEXT = '{"server": "s", "type": "local", "path": "*.csv", "format": "csv"}'
RULE_TEXT = '{"type": "library", "metric": "nullValues", "mustBe": 0}'
WARNING_TEXT = RULE_TEXT[:-1] + ', "severity": "warning"}'
QUALITY = f"{N}.quality.nullValues"
