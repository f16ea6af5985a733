"""A contract's table as an expectation suite of Great Expectations 1.x."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hallmark.contracts.checks import Check
from hallmark.contracts.engines import type_of_expectation
from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import (
    column_words,
    consequence,
    file_stem,
    one_line,
    told,
    untold_words,
    written_by,
)
from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import Contract, SchemaObject

Expectation = dict[str, Any]


def expectation_suite(contract: Contract, table: SchemaObject) -> str:
    """The suite as JSON, for `gx.ExpectationSuite(**json.loads(text))`.

    What no expectation says stands in `meta.not_said`. A suite can't mask values (what validates has the last word on
    `result_format`), so `meta.personal` says how to keep personal data out of results. Times are UTC without a zone, as
    Spark hands them to pandas.
    """
    claims = claims_of(contract, table)
    names = [prop.name for prop in table.properties]
    columns = _expectation("expect_table_columns_to_match_set", {"column_set": names, "exact_match": False})
    columns["meta"] = {"says": f"columns: {', '.join(names)}"}
    expectations, unsaid = [columns], []
    for claim in claims:
        found = [*_expectations(claim)]
        expectations += [_with_words(each, claim) for each in found]
        if not found and claim.name != "type":
            unsaid.append(f"{told(claim)}: {_why(claim)}")
    suite = {
        "name": file_stem(contract, table),
        "expectations": expectations,
        "meta": {
            "written_by": written_by(contract),
            "contract": contract.id,
            "version": contract.version,
            "columns": {p.name: {"type": p.spark_type, "description": column_words(p)} for p in table.properties},
            **_personal(table),
            "not_said": unsaid + [f"has no effect: {words}" for words in untold_words(contract)],
        },
        "notes": one_line(table.description) or None,
    }
    return json.dumps(suite, indent=2, ensure_ascii=False) + "\n"


def _personal(table: SchemaObject) -> Mapping[str, Any]:
    names = [prop.name for prop in table.properties if prop.holds_personal]
    todo = "results name broken values: validate with result_format BOOLEAN_ONLY to keep personal data out of them"
    return {"personal": {"columns": names, "todo": todo}} if names else {}


def _expectation(kind: str, kwargs: Mapping[str, Any]) -> Expectation:
    return {"type": kind, "kwargs": dict(kwargs)}


def _with_words(expectation: Expectation, claim: Claim) -> Expectation:
    meta: dict[str, Any] = {"rule": claim.name, "says": one_line(claim.says), "consequence": consequence(claim)}
    if claim.quality is not None and claim.quality.dimension:
        meta["dimension"] = claim.quality.dimension
    if claim.quality is not None and claim.quality.description:
        meta["description"] = one_line(claim.quality.description)
    if claim.personal:
        meta["personal"] = True
    return {**expectation, "severity": "critical" if claim.keeps_rows_out else "warning", "meta": meta}


def _why(claim: Claim) -> str:
    if claim.untold:
        return claim.untold
    if claim.measured is not None:
        return f"no expectation measures it; Spark SQL: {one_line(claim.measured)}"
    return f"no expectation says it; Spark SQL of broken rows: {one_line(claim.broken or '')}"


def _expectations(claim: Claim) -> Iterator[Expectation]:
    quality = claim.quality
    if quality is not None and quality.kind == "custom" and quality.engine == "greatExpectations":
        yield _own(quality.implementation, claim)
    elif claim.unique_over:
        yield _unique(claim.unique_over)
    elif claim.name == "missingValues" and claim.broken is not None and quality is not None:
        yield from _missing(claim, quality.arguments["missingValues"])
    elif claim.check is not None:
        found = _of_check(claim.columns[0], claim.check)
        if found is not None and claim.check.name == "notnull" and (share := _mostly(claim)) is not None:
            found["kwargs"]["mostly"] = share
        yield from [found] if found is not None else []
    elif claim.name == "rowCount" and claim.wanted is not None:
        yield from _row_count(claim.wanted)


def _mostly(claim: Claim) -> float | None:
    """The share of rows that must hold a claim of which some may not; None where the contract names no such share."""
    wanted = claim.bound if claim.percent and not claim.keeps_rows_out else None
    if wanted is None or wanted.operator not in {"mustBeLessThan", "mustBeLessOrEqualTo"}:
        return None
    return float(1 - Decimal(wanted.values[0]) / 100)


def _own(implementation: Mapping[str, Any], claim: Claim) -> Expectation:
    kind = type_of_expectation(implementation)
    kwargs = dict(sorted((implementation.get("kwargs") or {}).items()))
    if claim.columns and "column" not in kwargs and kind.startswith("expect_column_"):
        kwargs = {"column": claim.columns[0], **kwargs}
    return _expectation(kind, kwargs)


def _unique(columns: tuple[str, ...]) -> Expectation:
    if len(columns) == 1:
        return _expectation("expect_column_values_to_be_unique", {"column": columns[0]})
    kwargs = {"column_list": [*columns], "ignore_row_if": "any_value_is_missing"}
    return _expectation("expect_compound_columns_to_be_unique", kwargs)


def _missing(claim: Claim, given: list[Any]) -> Iterator[Expectation]:
    column = claim.columns[0]
    words = [re.escape(str(value)) for value in given if value not in {None, ""}]
    if len(words) < len(given):  # null, or the empty text, is in the list
        words.insert(0, r"\s*")
        yield _expectation("expect_column_values_to_not_be_null", {"column": column})
    regex = f"^(?:{'|'.join(words)})$"
    yield _expectation("expect_column_values_to_not_match_regex", {"column": column, "regex": regex})


def _row_count(wanted: Comparison) -> Iterator[Expectation]:
    values = [int(value) for value in wanted.values if isinstance(value, Decimal)]
    first, last = values[0], values[-1]
    least_and_most = {
        "mustBe": (first, first),
        "mustBeGreaterThan": (first + 1, None),
        "mustBeGreaterOrEqualTo": (first, None),
        "mustBeLessThan": (None, first - 1),
        "mustBeLessOrEqualTo": (None, first),
        "mustBeBetween": (first, last),
    }.get(wanted.operator)
    if least_and_most is not None and all(value == int(value) for value in wanted.values):
        kwargs = dict(zip(("min_value", "max_value"), least_and_most, strict=True))
        yield _expectation("expect_table_row_count_to_be_between", kwargs)


def _of_check(column: str, check: Check) -> Expectation | None:
    given = check.arguments
    if check.name == "notnull":
        return _expectation("expect_column_values_to_not_be_null", {"column": column})
    if check.name in {"ge", "gt", "le", "lt"}:
        end = "min" if check.name[0] == "g" else "max"
        kwargs = {f"{end}_value": _json(given["value"]), f"strict_{end}": check.name[1] == "t"}
        return _between(column, kwargs)
    if check.name == "in_range":
        kwargs = {name: _json(given[name]) for name in ("min_value", "max_value") if given.get(name) is not None}
        kwargs |= {f"strict_{end}": not given.get(f"include_{end}", True) for end in ("min", "max")}
        return _between(column, kwargs)
    if check.name in {"isin", "eq", "notin", "ne"}:
        values = given["values"] if "values" in given else [given["value"]]
        kind = f"expect_column_values_to_{'not_' if check.name.startswith('n') else ''}be_in_set"
        return _expectation(kind, {"column": column, "value_set": [_json(value) for value in values]})
    if check.name == "str_length":
        exact = given.get("exact_value")
        bounds = {"min_value": given.get("min_value"), "max_value": given.get("max_value")}
        if exact is not None:
            bounds = {"min_value": exact, "max_value": exact}
        return _expectation("expect_column_value_lengths_to_be_between", {"column": column, **bounds})
    return _expectation("expect_column_values_to_match_regex", {"column": column, "regex": _regex(check)})


def _between(column: str, kwargs: Mapping[str, Any]) -> Expectation | None:
    if any(isinstance(kwargs.get(name), str) and not _is_time(kwargs[name]) for name in ("min_value", "max_value")):
        return None  # Great Expectations orders numbers and times, not texts
    return _expectation("expect_column_values_to_be_between", {"column": column, **kwargs})


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*)?", text))


def _regex(check: Check) -> str:
    value = str(check.arguments["value"])
    return {
        "str_matches": f"^(?:{value})",
        "str_startswith": f"^{re.escape(value)}",
        "str_endswith": f"{re.escape(value)}$",
    }.get(check.name, value)


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):  # JSON has binary numbers only
        return int(value) if value == value.to_integral_value() else float(value)
    return value
