"""Read contract files: YAML, then the official ODCS JSON schema, then what our compiler needs."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError, best_match

from hallmark.contracts.build import Build, build_contract
from hallmark.contracts.build_server import READER_OPTIONS
from hallmark.contracts.build_source import FILE_OPTIONS
from hallmark.contracts.measures import OPERATORS
from hallmark.contracts.model import Contract, Document
from hallmark.contracts.yamlfile import line_of, read_yaml
from hallmark.lakehouse.errors import ContractError, did_you_mean

SUFFIX = ".odcs.yaml"
_IS_CONTRACT = re.compile(r"^kind: *['\"]?DataContract", re.MULTILINE)
_SCHEMAS = Path(__file__).resolve().parent / "schema"
_SCHEMA_OF = {  # the strict form of 3.0 refuses unknown keys, as 3.1 does
    "v3.1.0": "odcs-json-schema-v3.1.0.json",
    **dict.fromkeys(("v3.0.0", "v3.0.1", "v3.0.2"), "odcs-json-schema-v3.0.2-strict.json"),
}


def load_contract(file: Path, *, ingest: bool = True) -> Contract:
    """Read one contract; `ingest` refuses servers that rows can't land through, and paths out of the data folder.

    Raises:
        ContractError: not YAML, not ODCS, an unknown key (with the name it may have meant), or a rule that can't be
            compiled; the text names file and line.
    """
    return build_contract(Build(read_document(file), ingest))


def read_document(file: Path) -> Document:
    """Read a contract file, whatever the compiler makes of it.

    Raises:
        ContractError: not YAML, not ODCS, or an unknown key; the text names file and line.
    """
    document, letters = check_document(file)
    if letters:
        raise letters[0]
    return document


def check_document(file: Path) -> tuple[Document, list[ContractError]]:
    """A contract file with a letter for each thing in it that the standard refuses.

    Raises:
        ContractError: not YAML, or of another version; the text names file and line.
    """
    content, node = read_yaml(file)
    if "dataContractSpecification" in content:
        raise ContractError(
            "a contract of another standard",
            where=f"{file}:{line_of(node, ['dataContractSpecification'])} (dataContractSpecification)",
            got=f"Data Contract Specification {content['dataContractSpecification']}",
            wanted="Open Data Contract Standard (apiVersion: v3.1.0, kind: DataContract)",
            todo="convert it, such as by datacontract-cli: datacontract export --format odcs",
        )
    version = str(content.get("apiVersion", "v3.1.0"))
    if version not in _SCHEMA_OF:
        raise ContractError(
            "this version of the standard can't be read",
            where=f"{file}:{line_of(node, ['apiVersion'])} (apiVersion)",
            got=version,
            wanted=", ".join(_SCHEMA_OF),
            todo="write the contract in ODCS v3.1.0",
        )
    validator = _validator(_SCHEMA_OF[version])
    errors = list(_errors(validator, content))
    document = Document(file, content, functools.partial(line_of, node))
    return document, list(_letters(errors, document, validator.schema, version)) if errors else []


def load_contracts(folder: Path) -> list[Contract]:
    """Read all contracts under a folder, by id.

    Raises:
        ContractError: as `load_contract`; also when there is none, or two name the same id or table.
    """
    files = sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else []
    _refuse_other_names(folder)
    if not files:
        raise ContractError(
            "no contracts found",
            where=folder,
            wanted=f"files named <table>{SUFFIX}",
            todo="name another folder with HALLMARK_CONTRACTS",
        )
    contracts = sorted((load_contract(file) for file in files), key=lambda contract: contract.id)
    refuse_shared(contracts)
    return contracts


def load_given(paths: Sequence[Path]) -> list[Contract]:
    """Read contract files, and all those in folders, whatever of them can be ingested; each once, in this order.

    Raises:
        ContractError: as `load_contract`; also when there is none in a folder, or two name the same id.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not found:
            raise ContractError("no contracts found", where=path, wanted=f"files named <table>{SUFFIX}")
        files += [file for file in found if file not in files]
    contracts = [load_contract(file, ingest=False) for file in files]
    refuse_twice([(contract.id, contract.file) for contract in contracts], "contract id")
    return contracts


def refuse_shared(contracts: Iterable[Contract]) -> None:
    """Refuse contracts that name the same id, or the same table.

    Raises:
        ContractError: names both files.
    """
    known = list(contracts)
    refuse_twice([(contract.id, contract.file) for contract in known], "contract id")
    refuse_twice([(table.lower(), contract.file) for contract in known for table in _tables(contract)], "table")


def _refuse_other_names(folder: Path) -> None:
    for file in sorted({*folder.rglob("*.yaml"), *folder.rglob("*.yml")}):
        if not file.name.endswith(SUFFIX) and _IS_CONTRACT.search(file.read_text(encoding="utf-8", errors="replace")):
            raise ContractError(
                "a contract file has a name that is not read",
                where=file,
                wanted=f"a name that ends in {SUFFIX}",
                todo=f"rename it to {file.name.partition('.')[0]}{SUFFIX}",
            )


def _tables(contract: Contract) -> list[str]:
    """All tables that are made for a contract: two that share one would mix their rows and their progress."""
    names = [schema_object.name for schema_object in contract.objects]
    if not contract.is_source:
        return [f"{contract.domain}.{name}" for name in names]
    silver, broken = names, names
    if contract.is_cdc:
        silver = [f"{name}{kind}" for name in names for kind in ("", "_changes", "_history")]
        broken = [contract.name, *(f"{name}_changes" for name in names)]
    return [
        f"bronze.{contract.bronze_name}",
        *(f"silver.{name}" for name in silver),
        *(f"quarantine.{name}" for name in broken),
    ]


def refuse_twice(named: Iterable[tuple[str, Path]], kind: str) -> None:
    """Refuse names that two contract files define.

    Raises:
        ContractError: names both files.
    """
    seen: dict[str, Path] = {}
    for name, file in named:
        if name in seen:
            raise ContractError(
                f"{kind} {name!r} is defined twice", where=file, got=f"also in {seen[name]}", todo="rename one"
            )
        seen[name] = file


@functools.cache
def _validator(schema: str) -> Draft201909Validator:
    return Draft201909Validator(json.loads((_SCHEMAS / schema).read_text(encoding="utf-8")))


def _errors(validator: Draft201909Validator, content: dict[str, Any]) -> Iterator[ValidationError]:
    """What the standard's schema refuses, property by property: at once, each level would be walked by all above it."""
    flat, waiting = _less_inner(content, [])
    yield from validator.iter_errors(flat)
    while waiting:
        keys, kind, value = waiting.pop(0)
        own, within = _less_inner(value, keys)
        waiting += within
        for error in validator.evolve(schema={"$ref": f"#/$defs/{kind}"}).iter_errors(own):
            error.path.extendleft(reversed(keys))
            yield error


_Inner = list[tuple[list[str | int], str, Any]]


def _less_inner(value: Any, keys: list[str | int]) -> tuple[Any, _Inner]:
    """A contract, a table or a property less the properties in it; and these: their places, and what each must be."""
    if not isinstance(value, dict):
        return value, []
    own, inner = dict(value), _Inner()
    if not keys and isinstance(value.get("schema"), list):
        tables = [_less_inner(table, ["schema", i]) for i, table in enumerate(value["schema"])]
        return {**own, "schema": [table for table, _ in tables]}, [each for _, within in tables for each in within]
    if isinstance(value.get("properties"), list):
        own["properties"] = []
        inner += [([*keys, "properties", i], "SchemaProperty", each) for i, each in enumerate(value["properties"])]
    if isinstance(value.get("items"), dict):
        own["items"] = {}
        inner.append(([*keys, "items"], "SchemaItemProperty", value["items"]))
    return own, inner


def _letters(
    errors: Sequence[ValidationError], document: Document, schema: Any, version: str
) -> Iterator[ContractError]:
    """The unknown keys, in the file's order; where there are none, what tells most of the others."""

    def where(path: Sequence[str | int], key: str | None = None) -> str:
        line = document.line(path if key is None else [*path, key])
        return f"{document.file}:{line} ({'.'.join(map(str, path)) or 'top level'})"

    known = set(_property_names(schema))
    refused = list(dict.fromkeys((tuple(error.absolute_path), key) for error in errors for key in _refused_keys(error)))
    unknown = sorted((document.line([*path, key]), n) for n, (path, key) in enumerate(refused) if key not in known)
    for path, key in (refused[n] for _, n in unknown):
        hint = _as_option(path, key) or did_you_mean(key, known) or "remove it, or put it under customProperties"
        yield ContractError(f"unknown key {key!r}", where=where(path, key), todo=hint)
    if unknown:
        return
    # What is wrong within a key makes the standard's schema refuse the key as well: the former tells more.
    for error in errors:
        if found := _comparisons([*error.absolute_path], document.content):
            keys, got = found
            wanted = "one comparison, such as mustBe: 0 or mustBeBetween: [1, 100]"
            what = "a quality rule has not one comparison"
            yield ContractError(
                what, where=where(keys), got=got, wanted=wanted, todo="make several of them several rules"
            )
            return
    error = best_match([error for error in errors if not _refused_keys(error)])
    if error is None:
        for path, key in refused:
            todo = _as_option(path, key) or "remove it"
            yield ContractError(f"key {key!r} does not belong here", where=where(path, key), todo=todo)
        return
    yield ContractError(
        f"not a valid ODCS {version.rpartition('.')[0]} contract",
        where=where([*error.absolute_path]),
        got=error.message,
        todo=f"see the Open Data Contract Standard {version}",
    )


def _as_option(path: Sequence[str | int], key: str) -> str | None:
    if path[:1] == ("servers",) and any(key in options for options in (FILE_OPTIONS, *READER_OPTIONS.values())):
        return f"put it under customProperties: [{{property: {key}, value: ...}}]"
    return None


def _comparisons(path: list[str | int], content: Any) -> tuple[list[str | int], str] | None:
    """The rule that a path leads into and its comparisons, where it needs one and has none or several."""
    if "quality" not in path[:-1]:
        return None
    keys = path[: len(path) - path[::-1].index("quality") + 1]
    rule = functools.reduce(lambda value, key: value[key], keys, content)
    if not isinstance(rule, dict):
        return None
    named = [key for key in rule if key in OPERATORS]
    needs = bool({"metric", "rule", "query"} & {*rule})
    if len(named) > 1 or (needs and not named):
        return keys, " and ".join(named) or "none"
    return None


def _refused_keys(error: ValidationError) -> list[str]:
    refuses = error.validator in {"unevaluatedProperties", "additionalProperties"}
    return re.findall(r"'([^']+)'", error.message) if refuses else []


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        for value in schema.values():
            yield from _property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _property_names(value)
