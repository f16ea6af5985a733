"""Read contract files: YAML, then the official ODCS JSON schema, then what our compiler needs."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError, best_match

from hallmark.contracts.build import Build, build_contract
from hallmark.contracts.model import Contract
from hallmark.contracts.yamlfile import line_of, read_yaml
from hallmark.lakehouse.errors import ContractError, did_you_mean

SUFFIX = ".odcs.yaml"
_SCHEMA_FILE = Path(__file__).resolve().parent / "schema" / "odcs-json-schema-v3.1.0.json"


def load_contract(file: Path) -> Contract:
    """Read one contract.

    Raises:
        ContractError: not YAML, not ODCS, an unknown key (with the name it may have meant), or a rule that can't be
            compiled; the text names file and line.
    """
    content, node = read_yaml(file)
    error = best_match(_validator().iter_errors(content))
    if error is not None:
        raise _letter(error, file, node)
    return build_contract(content, Build(file, functools.partial(line_of, node)))


def load_contracts(folder: Path) -> list[Contract]:
    """Read all contracts under a folder, by id.

    Raises:
        ContractError: as `load_contract`; also when there is none, or two name the same id or table.
    """
    files = sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else []
    if not files:
        raise ContractError(
            "no contracts found",
            where=folder,
            wanted=f"files named <table>{SUFFIX}",
            todo="name another folder with HALLMARK_CONTRACTS",
        )
    contracts = sorted((load_contract(file) for file in files), key=lambda contract: contract.id)
    _refuse_twice([(contract.id, contract) for contract in contracts], "contract id")
    _refuse_twice([(table, contract) for contract in contracts for table in _tables(contract)], "table")
    return contracts


def _tables(contract: Contract) -> set[str]:
    kind = "silver" if contract.is_source else contract.domain
    return {f"{kind}.{schema_object.name}" for schema_object in contract.objects}


def _refuse_twice(named: list[tuple[str, Contract]], kind: str) -> None:
    seen: dict[str, Contract] = {}
    for name, contract in named:
        if name in seen:
            raise ContractError(
                f"{kind} {name!r} is defined twice",
                where=contract.file,
                got=f"also in {seen[name].file}",
                todo="rename one",
            )
        seen[name] = contract


@functools.cache
def _validator() -> Draft201909Validator:
    return Draft201909Validator(json.loads(_SCHEMA_FILE.read_text(encoding="utf-8")))


def _letter(error: ValidationError, file: Path, node: yaml.Node) -> ContractError:
    unknown = (
        re.findall(r"'([^']+)'", error.message)
        if "nevaluated properties" in error.message or "dditional properties" in error.message
        else []
    )
    path: Sequence[str | int] = [*error.absolute_path, *unknown[:1]]
    where = f"{file}:{line_of(node, path)} ({'.'.join(map(str, error.absolute_path)) or 'top level'})"
    if unknown:
        hint = did_you_mean(unknown[0], set(_property_names(_validator().schema)) - set(unknown))
        return ContractError(
            f"unknown key {unknown[0]!r}",
            where=where,
            todo=hint or "remove it, or put it under customProperties",
        )
    return ContractError(
        "not a valid ODCS v3.1 contract",
        where=where,
        got=error.message,
        todo="see the Open Data Contract Standard v3.1.0",
    )


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        for value in schema.values():
            yield from _property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _property_names(value)
