"""Mutation: a contract with a value of another kind anywhere either loads and compiles, or is refused by a letter."""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hallmark.contracts.build_property import PROPERTY_OPTIONS
from hallmark.contracts.checks import NAMES
from hallmark.contracts.compile import compile_table
from hallmark.contracts.engines import _EXPECTATIONS, _PANDERA
from hallmark.contracts.exports.kinds import KINDS, export_files
from hallmark.contracts.loader import load_contract
from hallmark.contracts.measures import OPERATORS
from hallmark.contracts.model import Contract
from hallmark.contracts.sla import service_levels
from hallmark.gold.suite import build_suites
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.contract_lint import lint_file

TESTS = Path(__file__).parents[1]
FILES = [
    TESTS / "everything.odcs.yaml",
    *sorted((TESTS / "contracts_odcs").glob("*.odcs.yaml")),
    *sorted((PACKAGE_ROOT / "contracts").rglob("*.odcs.yaml")),
]
VALUES: tuple[Any, ...] = (
    None, [], {}, [1], {"a": 1}, [None], [[]], 0, -1, 10**40, 1e300, float("inf"), True, "", "abc", "(", "0 or true --",
    "x" * 5000, "\u0000", "7", "2020-01-01", "{", "`", ["a", 1, True], 0.5,
)  # fmt: skip
TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array")
OPTIONS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
    "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "timezone",
)  # fmt: skip
CUSTOM = (*PROPERTY_OPTIONS, "lookups")
ARGUMENTS = ("validValues", "missingValues", "pattern", "properties")
PER_FILE = 12
Keys = tuple[str | int, ...]


@cache
def _document(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _places(value: Any, keys: Keys = ()) -> Iterator[Keys]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*keys, key)
        yield from _places(each, (*keys, key))


def _mutant(file: Path, number: int) -> Any:
    """The contract with one value put in place of another, or with one more option or rule; the same each time."""
    chance = random.Random(f"{file.name} {number}")  # noqa: S311 -- no secret
    document = copy.deepcopy(_document(file))
    value = chance.choice(VALUES)
    table = chance.choice(document["schema"]) if document.get("schema") else {}
    entry = chance.choice([table, *table.get("properties", [])])
    kind = number % 6
    if kind == 0:
        entry["logicalType"] = chance.choice(TYPES)
    elif kind == 1:
        entry.setdefault("logicalTypeOptions", {})[chance.choice(OPTIONS)] = value
    elif kind == 2:
        entry.setdefault("customProperties", []).append({"property": chance.choice(CUSTOM), "value": value})
    elif kind == 3:
        entry.setdefault("quality", []).append(_rule(chance, value))
    else:
        *path, last = chance.choice([keys for keys in _places(document) if keys[0] not in {"apiVersion", "kind"}])
        functools.reduce(lambda inner, key: inner[key], path, document)[last] = value
    return document


def _rule(chance: random.Random, value: Any) -> dict[str, Any]:
    metric = chance.choice(("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"))
    library = {"metric": metric, chance.choice(OPERATORS): value}
    arguments = {"metric": metric, "mustBe": 0, "arguments": {chance.choice(ARGUMENTS): value}}
    name = chance.choice(NAMES)
    check = {"check": name, chance.choice((*_PANDERA.get(name, ()), "value")): value}
    pandera = {"type": "custom", "engine": "pandera", "implementation": check}
    kind = chance.choice((*_EXPECTATIONS, "expect_table_row_count_to_equal"))
    argument = chance.choice((*_EXPECTATIONS.get(kind, ("", {}))[1], "value"))
    expectation = {"type": kind, "kwargs": chance.choice(({argument: value}, value))}
    great = {"type": "custom", "engine": "greatExpectations", "implementation": expectation}
    sql = {"type": "sql", "query": "select 1 from {object}", chance.choice(OPERATORS): value}
    return chance.choice((library, arguments, pandera, great, sql))


@pytest.mark.parametrize("number", range(PER_FILE))
@pytest.mark.parametrize("file", [pytest.param(file, id=file.name.split(".")[0]) for file in FILES])
def test_a_mutated_contract_is_used_whole_or_refused_by_a_letter(tmp_path: Path, file: Path, number: int) -> None:
    mutant = tmp_path / file.name
    mutant.write_text(yaml.safe_dump(_mutant(file, number), sort_keys=False), encoding="utf-8")
    linted = lint_file(mutant)
    with suppress(ContractError):
        contract = load_contract(mutant, ingest=False)
        build_suites([contract] if contract.domain == "gold" else [])
        _ = [service_levels(contract, table) for table in contract.objects]
        assert not any(error.what != "rules that can't hold" for error in linted.errors)
        _use(contract)
        return
    assert linted.errors
    assert all(str(mutant) in str(error.where) for error in linted.errors)


def _use(contract: Contract) -> None:
    for table in contract.objects:
        compiled = compile_table(contract, table, key_is_unique=True)
        assert all(rule.violated and rule.value for rule in compiled.rules)
        assert compiled.ddl
        assert compiled.fingerprint
    assert export_files([contract], KINDS, with_index=False)
