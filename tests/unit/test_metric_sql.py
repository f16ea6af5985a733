"""SQL of measured numbers: what is run and what is exported is one text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.measures import Comparison
from hallmark.contracts.metric_sql import metric_columns, metric_sql
from hallmark.contracts.model import Contract, Property, Quality, SchemaObject, Server

SOME = Comparison("mustBeGreaterThan", (Decimal(5),))
COLUMNS = (Property("a", "a", "string", "string"), Property("o", "o", "object", "struct<x:int>"))
KNOWN = {
    "rowCount": Quality("library", metric="rowCount", comparison=SOME),
    "nulls": Quality("library", column="a", metric="nullValues", comparison=SOME),
    "missing": Quality(
        "library", column="o", metric="missingValues", comparison=SOME, arguments={"missingValues": ["", "n/a"]}
    ),
    "repeats": Quality("library", metric="duplicateValues", comparison=SOME, arguments={"properties": ["o", "a"]}),
    "rows twice": Quality("library", metric="duplicateValues", comparison=SOME),
}


@pytest.mark.parametrize(
    ("name", "columns", "sql"),
    [
        ("rowCount", (), "count(*)"),
        ("nulls", ("a",), "count_if(`a` is null)"),
        (
            "missing",
            ("o",),
            "count_if(to_json(`o`) is null or trim(to_json(`o`)) = '' or to_json(`o`) in ('n/a'))",
        ),
        ("repeats", ("o", "a"), "count(`o`, `a`) - count(distinct `o`, `a`)"),
        ("rows twice", ("a", "o"), "count(`a`, `o`) - count(distinct `a`, `o`)"),
    ],
)
@pytest.mark.parametrize("unit", ["rows", "percent"])
def test_a_metric_is_run_and_exported_by_one_text(name: str, unit: str, columns: tuple[str, ...], sql: str) -> None:
    rule = replace(KNOWN[name], unit=unit)
    own = (rule,) if rule.column is None else ()
    properties = tuple(replace(prop, quality=(rule,) if prop.name == rule.column else ()) for prop in COLUMNS)
    table = SchemaObject("t", "t", properties, quality=own)
    contract = Contract("a.t", "t", "1.0.0", "a", (Server("s", "t.csv", "csv"),), (table,), Path("t.odcs.yaml"))
    (measured,) = [claim.measured for claim in claims_of(contract, table) if claim.measured]
    assert (metric_columns(rule, table), metric_sql(rule, table)) == (columns, sql)
    number = sql if unit == "rows" else f"coalesce(100.0 * ({sql}) / nullif(count(*), 0), 0)"
    assert measured == f"select {number} from {{object}}"
