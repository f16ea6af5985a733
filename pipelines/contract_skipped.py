"""Rules of a contract that a test does not run: texts for people, other tools' rules, service levels of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hallmark.contracts.model import Contract, SchemaObject
from hallmark.contracts.sla import unjudged
from hallmark.contracts.whole_table import every_rule, foreign_rules
from hallmark.pipelines.contract_results import Skipped

_TEXT = "it is a text for people"
_DOCUMENTED = "it is documented, and nothing here runs it"


def skipped_rules(contract: Contract, table: SchemaObject) -> Iterator[Skipped]:
    """The rules of a table that are not run, as the contract's file has them; service levels at the first table."""
    at = contract.objects.index(table)
    run = {rule.place for rule in every_rule(table) if rule.kind != "text"}
    foreign = {rule.place for rule in foreign_rules(table)}
    for about, place, item in _rules_of(contract.document, at):
        if place in foreign:
            yield Skipped(
                "custom", _says(about, item), f"a {item.get('engine')} rule about the whole table is not run here"
            )
        elif place not in run:
            is_text = item.get("type", "text") == "text" and not (item.get("metric") or item.get("rule"))
            yield Skipped(
                "text" if is_text else str(item.get("type") or "library"),
                _says(about, item),
                _TEXT if is_text else _DOCUMENTED,
            )
    for level, why in unjudged(contract) if at == 0 else ():
        says = " ".join(str(part) for part in (level.property, level.value, level.unit) if part is not None)
        yield Skipped("sla", f"service level {says}", why)


def _rules_of(document: Mapping[str, Any], at: int) -> Iterator[tuple[str, tuple[str | int, ...], Mapping[str, Any]]]:
    entry = (document.get("schema") or [{}])[at]
    keys: tuple[str | int, ...] = ("schema", at)
    for j, prop in enumerate(entry.get("properties") or []):
        for i, item in enumerate(prop.get("quality") or []):
            yield f"{prop['name']}: ", (*keys, "properties", j, "quality", i), item
    for i, item in enumerate(entry.get("quality") or []):
        yield "", (*keys, "quality", i), item


def _says(about: str, item: Mapping[str, Any]) -> str:
    named = item.get("name") or item.get("description") or item.get("metric") or item.get("rule") or item.get("engine")
    return f"{about}{named or 'a rule without words'}".partition("\n")[0]
