"""A contract as dbt yml: sources for what lands, models for what is built, with a test for every rule.

The tests `primary_key`, `contract_rule` and `contract_measure` are macros of `dbt_project/macros/tests`; the others are
dbt's own. No package is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.table_claims import claims_of, question, wanted_sql
from hallmark.contracts.exports.words import (
    column_words,
    consequence,
    one_line,
    title_of,
    told,
    untold_words,
    written_by,
)
from hallmark.contracts.exports.yaml_text import comment, without_templates, yaml_text
from hallmark.contracts.metric_sql import repeats_sql
from hallmark.contracts.model import Contract, Property, SchemaObject
from hallmark.contracts.sla import ServiceLevel, service_level
from hallmark.contracts.units import SECONDS
from hallmark.lakehouse.errors import ContractError

Node = dict[str, Any]
_PERIODS = {60: "minute", 3600: "hour", 86400: "day"}


def dbt_yml(contract: Contract) -> str:
    """The contract's tables as one yml file: `sources` where rows land through it, else `models`."""
    unsaid = [
        f"not tested: {told(claim)}: {claim.untold or 'no test of dbt says it'}"
        for table in contract.objects
        for claim in claims_of(contract, table)
        if claim.name != "type" and _test(contract, table, claim) is None and not _is_freshness(contract, table, claim)
    ]
    lines = [
        written_by(contract),
        "The tests primary_key, contract_rule and contract_measure are in hallmark's dbt_project/macros/tests.",
        *dict.fromkeys(unsaid),
        *[f"has no effect: {words}" for words in untold_words(contract)],
    ]
    return "\n".join(map(comment, lines)) + "\n" + yaml_text(_document(contract))


def _document(contract: Contract) -> Node:
    tables = [_table(contract, table) for table in contract.objects]
    if not contract.is_source:
        return {"version": 2, "models": tables}
    source = {"name": "silver", "schema": "silver", "tables": tables}
    return {"version": 2, "sources": [source]}


def _table(contract: Contract, table: SchemaObject) -> Node:
    tests = [
        (claim, test) for claim in claims_of(contract, table) if (test := _test(contract, table, claim)) is not None
    ]
    whole = [test for claim, test in tests if _owner(claim, table) is None]
    node: Node = {
        "name": table.name,
        "description": without_templates(one_line(table.description) or title_of(contract)),
    }
    meta: Node = {"contract": contract.id, "version": contract.version}
    if table.partitions and not contract.is_source:
        node["config"] = {"partition_by": [*table.partitions], "meta": meta}
    else:
        node["config"] = {"meta": meta, **_freshness(contract, table)}
    if whole:
        node["data_tests"] = whole
    node["columns"] = [
        _column(prop, [test for claim, test in tests if _owner(claim, table) == prop.name]) for prop in table.properties
    ]
    return node


def _owner(claim: Claim, table: SchemaObject) -> str | None:
    """The column that a test hangs at; None for the table."""
    if len(claim.columns) != 1 or claim.name == "primaryKey":
        return None
    return claim.columns[0] if any(prop.name == claim.columns[0] for prop in table.properties) else None


def _column(prop: Property, tests: list[Node]) -> Node:
    node: Node = {"name": prop.name, "description": without_templates(column_words(prop)), "data_type": prop.spark_type}
    meta: Node = {}
    if prop.unit:
        meta["unit"] = prop.unit
    if prop.classification:
        meta["classification"] = prop.classification
    if prop.holds_personal:
        meta["personal"] = True
    if fields := _fields(prop, prop.name):
        meta["fields"] = fields
    if meta:
        node["config"] = {"meta": meta}
    if tests:
        node["data_tests"] = tests
    return node


def _fields(prop: Property, path: str) -> list[Node]:
    inner = [(f"{path}.{child.name}", child) for child in prop.properties]
    inner += [(f"{path}[]", prop.items)] if prop.items is not None else []
    found: list[Node] = []
    for name, child in inner:
        words = {"description": without_templates(column_words(child))} if column_words(child) else {}
        found += [{"name": name, "type": child.spark_type, **words}, *_fields(child, name)]
    return found


def _test(contract: Contract, table: SchemaObject, claim: Claim) -> Node | None:
    found = _known_test(contract, table, claim) or _sql_test(claim)
    if found is None:
        return None
    ((name, arguments),) = found.items()
    test: Node = {"arguments": _plain_all(arguments)} if arguments else {}
    test["description"] = without_templates(one_line(claim.says))
    config: Node = {} if claim.keeps_rows_out else {"severity": "warn"}
    if claim.reaction.action != "quarantine" or claim.reaction.fail_above or claim.bound:
        config["meta"] = {"consequence": without_templates(consequence(claim))}
    if not claim.keeps_rows_out and claim.reaction.fail_above is not None:
        limit = claim.reaction.fail_above
        if limit.unit == "rows" and claim.measured is None:  # dbt counts rows, not shares
            config |= {"severity": "error", "warn_if": ">0", "error_if": f">{limit.limit}"}
    if config:
        test["config"] = config
    return {name: test}


def _known_test(contract: Contract, table: SchemaObject, claim: Claim) -> Node | None:
    if claim.name == "primaryKey":
        return {"primary_key": {"columns": [*claim.unique_over]}} if len(claim.unique_over) > 1 else _key(table)
    if claim.unique_over:
        return {"unique": {}} if len(claim.unique_over) == 1 else _measured_unique(claim)
    if claim.name == "relationship":
        return _related(contract, claim)
    if claim.check == Check("notnull"):
        return {"not_null": {}}
    return _accepted(claim.check) if claim.check is not None and claim.check.name == "isin" else None


def _accepted(check: Check) -> Node | None:
    values = [*check.arguments["values"]]
    if not all(map(_is_quotable, values)):
        return None
    is_text = all(isinstance(value, str) for value in values)
    return {"accepted_values": {"values": values, **({} if is_text else {"quote": False})}}


def _is_quotable(value: Any) -> bool:
    # dbt puts quotation marks around a text and changes nothing in it.
    return isinstance(value, int | float) or (isinstance(value, str) and not re.search(r"['\\]", value))


def _key(table: SchemaObject) -> Node:
    return {"primary_key": {"columns": [*table.key]}}


def _measured_unique(claim: Claim) -> Node:
    measured = question(repeats_sql(claim.unique_over))
    return {"contract_measure": {"measured": measured, "wanted": "= 0"}}


def _sql_test(claim: Claim) -> Node | None:
    if claim.broken is not None:
        return {"contract_rule": {"broken": claim.broken}}
    if claim.measured is not None and claim.wanted is not None:
        return {"contract_measure": {"measured": claim.measured, "wanted": wanted_sql(claim.wanted)}}
    return None


def _related(contract: Contract, claim: Claim) -> Node | None:
    target = re.fullmatch(r"(?:\w+\.)?(\w+)\.(\w+)", claim.says.partition(": in ")[2])
    if len(claim.columns) != 1 or target is None:
        return None  # dbt's own test has one column a side
    table, field = target.groups()
    to = f"source('silver', '{table}')" if contract.is_source else f"ref('{table}')"
    return {"relationships": {"to": to, "field": field}}


def _freshness(contract: Contract, table: SchemaObject) -> Node:
    times = {prop.name for prop in table.properties if prop.logical_type == "timestamp"}
    for level in _levels(contract, table):
        period = _PERIODS.get(SECONDS[level.unit])
        column = next((name for name in level.columns if name in times), None)
        if column and period and level.value == level.value.to_integral_value():
            after = {"count": int(level.value), "period": period}
            return {"loaded_at_field": column, "freshness": {"error_after": after}} if contract.is_source else {}
    return {}


def _levels(contract: Contract, table: SchemaObject) -> Iterator[ServiceLevel]:
    for number, _ in enumerate(contract.sla):
        with suppress(ContractError):  # one that can't be read is a comment, as all that dbt can't test
            if level := service_level(contract, table, number):
                yield level


def _is_freshness(contract: Contract, table: SchemaObject, claim: Claim) -> bool:
    said = _freshness(contract, table)
    return claim.name == "sla" and bool(said) and f"of {table.name}.{said['loaded_at_field']}" in claim.says


def _plain_all(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_all(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_all(each) for each in value]
    return without_templates(value) if isinstance(value, str) else value
