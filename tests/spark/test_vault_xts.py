"""Extended tracking satellites: the distinct records that were staged for satellites, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day, rows_after
from vaults import VaultProject

STAGED = (
    "CUSTOMER_HK string, REGION string, DIFF_1 string, DIFF_2 string, SAT_1 string, SAT_2 string, LOAD_DATE timestamp, "
    "SOURCE string"
)
CALL = """{{{{ hallmark.xts(src_pk={}, src_satellite={}, src_ldts='LOAD_DATE', src_source='SOURCE',
                            source_model={}) }}}}"""
FIRST = "'SAT_1': {'sat_name': {'SATELLITE_NAME': 'SAT_1'}, 'hashdiff': {'HASHDIFF': 'DIFF_1'}}"
SECOND = "'SAT_2': {'sat_name': {'SATELLITE_NAME': 'SAT_2'}, 'hashdiff': {'HASHDIFF': 'DIFF_2'}}"
ONE, TWO = "'stg_customer'", "['stg_customer', 'stg_web']"
MODELS = {
    "xts": CALL.format("'CUSTOMER_HK'", f"{{{FIRST}}}", ONE),
    "xts_two_satellites": CALL.format("'CUSTOMER_HK'", f"{{{FIRST}, {SECOND}}}", ONE),
    "xts_two_sources": CALL.format("'CUSTOMER_HK'", f"{{{FIRST}, {SECOND}}}", TWO),
    "xts_composite": CALL.format("['CUSTOMER_HK', 'REGION']", f"{{{FIRST}}}", ONE),
    "xts_extra": f"""{{{{ hallmark.xts('CUSTOMER_HK', {{{FIRST}}}, ['REGION'], 'LOAD_DATE', 'SOURCE',
                                       'stg_customer') }}}}""",
    "xts_names": CALL.format(
        "{'source_column': 'CUSTOMER_HK', 'alias': 'HK'}",
        "{'s': {'sat_name': {'WHERE': 'SAT_1'}, 'hashdiff': {'WHAT': 'DIFF_1'}}}",
        ONE,
    ),
    "xts_yaml": """{%- set yaml_metadata -%}
source_model: stg_customer
src_pk: CUSTOMER_HK
src_satellite:
  SAT_CUSTOMER_DETAILS:
    sat_name:
      SATELLITE_NAME: SAT_1
    hashdiff:
      HASHDIFF: DIFF_1
src_ldts: LOAD_DATE
src_source: SOURCE
{%- endset -%}
{{ hallmark.xts(**fromyaml(yaml_metadata)) }}""",
    "xts_table": "{{ config(materialized='table') }}" + CALL.format("'CUSTOMER_HK'", f"{{{FIRST}}}", ONE),
    "bad_column": CALL.format("'CUSTOMER_HK'", f"{{{FIRST.replace('DIFF_1', 'DIFF_9')}}}", ONE),
    "bad_no_name": CALL.format("'CUSTOMER_HK'", "{'s': {'hashdiff': {'HASHDIFF': 'DIFF_1'}}}", ONE),
    "bad_text": CALL.format("'CUSTOMER_HK'", "'SAT_1'", ONE),
    "bad_names": CALL.format("'CUSTOMER_HK'", f"{{{FIRST}, {SECOND.replace('HASHDIFF', 'HASH')}}}", ONE),
    "bad_twice": CALL.format("'CUSTOMER_HK'", f"{{{FIRST.replace('SATELLITE_NAME', 'SOURCE')}}}", ONE),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("xts"), MODELS, {"stg_customer": STAGED, "stg_web": STAGED})


def record(
    hk: str | None, diff: str | None, at: int = 1, source: str = "crm", *, second: str = "z", region: str = "north"
) -> tuple[Any, ...]:
    return (hk, region, diff, second, "SAT_ONE", "SAT_TWO", day(at), source)


def crm(*rows: Sequence[Any]) -> Load:
    return {"stg_customer": rows}


def one(hk: str, diff: str | None, at: int = 1, source: str = "crm") -> tuple[Any, ...]:
    return (hk, diff, "SAT_ONE", at, source)


def two(hk: str, diff: str, at: int = 1, source: str = "crm") -> tuple[Any, ...]:
    return (hk, diff, "SAT_TWO", at, source)


CASES: dict[str, Case] = {
    "a first load": ("xts", [crm(record("A", "a"), record("B", "b"))], [one("A", "a"), one("B", "b")]),
    "a load without rows": ("xts", [crm()], []),
    "a change": ("xts", [crm(record("A", "a")), crm(record("A", "b", 2))], [one("A", "a"), one("A", "b", 2)]),
    "no change is tracked, too": (
        "xts",
        [crm(record("A", "a")), crm(record("A", "a", 2))],
        [one("A", "a"), one("A", "a", 2)],
    ),
    "a change back": (
        "xts",
        [crm(record("A", "a")), crm(record("A", "b", 2)), crm(record("A", "a", 3))],
        [one("A", "a"), one("A", "a", 3), one("A", "b", 2)],
    ),
    "several records of a key in a load": (
        "xts",
        [crm(record("A", "a"), record("A", "b", 2), record("A", "b", 3))],
        [one("A", "a"), one("A", "b", 2), one("A", "b", 3)],
    ),
    "the same load again": ("xts", [crm(record("A", "a"), record("B", "b"))] * 2, [one("A", "a"), one("B", "b")]),
    "the same record twice": ("xts", [crm(record("A", "a"), record("A", "a"))], [one("A", "a")]),
    "a record that comes late": (
        "xts",
        [crm(record("A", "a", 3)), crm(record("A", "b", 2))],
        [one("A", "a", 3), one("A", "b", 2)],
    ),
    "two keys of one description": (
        "xts",
        [crm(record("A", "a")), crm(record("B", "a"))],
        [one("A", "a"), one("B", "a")],
    ),
    "a null key": ("xts", [crm(record(None, "a"), record("B", "b"))], [one("B", "b")]),
    "a null hash, twice": ("xts", [crm(record("A", None))] * 2, [one("A", None)]),
    "the same record of another source": (
        "xts",
        [crm(record("A", "a", source="crm"), record("A", "a", source="web"))],
        [one("A", "a"), one("A", "a", source="web")],
    ),
    "the same record of another source later": (
        "xts",
        [crm(record("A", "a")), crm(record("A", "a", source="web"))],
        [one("A", "a")],
    ),
    "two satellites": ("xts_two_satellites", [crm(record("A", "a", second="x"))], [one("A", "a"), two("A", "x")]),
    "two satellites of one hash": (
        "xts_two_satellites",
        [crm(record("A", "a", second="a"))] * 2,
        [one("A", "a"), two("A", "a")],
    ),
    "two satellites, one changes": (
        "xts_two_satellites",
        [crm(record("A", "a", second="x")), crm(record("A", "b", 2, second="x"))],
        [one("A", "a"), one("A", "b", 2), two("A", "x"), two("A", "x", 2)],
    ),
    "two sources": (
        "xts_two_sources",
        [
            {
                "stg_customer": [record("A", "a")],
                "stg_web": [record("A", "a", source="web"), record("B", "b", source="web")],
            }
        ],
        [
            one("A", "a"),
            one("A", "a", source="web"),
            two("A", "z"),
            two("A", "z", source="web"),
            one("B", "b", source="web"),
            two("B", "z", source="web"),
        ],
    ),
    "a key of two columns": (
        "xts_composite",
        [crm(record("A", "a")), crm(record("A", "a"), record("A", "a", region="south"))],
        [("A", "north", "a", "SAT_ONE", 1, "crm"), ("A", "south", "a", "SAT_ONE", 1, "crm")],
    ),
    "an extra column, arguments by position": (
        "xts_extra",
        [crm(record("A", "a"))] * 2,
        [("A", "a", "SAT_ONE", "north", 1, "crm")],
    ),
    "other names": ("xts_names", [crm(record("A", "a"))] * 2, [one("A", "a")]),
    "metadata as YAML": ("xts_yaml", [crm(record("A", "a"))], [one("A", "a")]),
    "as a table, each load anew": ("xts_table", [crm(record("A", "a")), crm(record("A", "b", 2))], [one("A", "b", 2)]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, CASES)


@pytest.mark.parametrize("case", CASES)
def test_rows_of_an_extended_tracking_satellite(shared: Cases, case: str) -> None:
    assert shared.rows(case) == CASES[case][2]


def test_a_table_that_has_days_of_loads_that_have_times(vault: VaultProject) -> None:
    loads = [crm((*record("A", "a", at)[:6], f"{day(at)} 10:30", "crm")) for at in (1, 2)]
    rows_after(vault, "xts", *loads)
    table = f"{vault.schema}.xts"
    typed = f"select * except (LOAD_DATE, SOURCE), date(LOAD_DATE) as LOAD_DATE, SOURCE from {table}"
    vault.spark.sql(f"create or replace table {table} using delta as {typed}")
    for load in (*loads, crm((*record("A", "a")[:6], f"{day(3)} 10:30", "crm"))):
        vault.load(**load)
        vault.run("xts")
    assert vault.rows("xts", "HASHDIFF", "day(LOAD_DATE)") == [("a", 1), ("a", 2), ("a", 3)]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("xts", ["CUSTOMER_HK", "HASHDIFF", "SATELLITE_NAME", "LOAD_DATE", "SOURCE"]),
        ("xts_names", ["HK", "WHAT", "WHERE", "LOAD_DATE", "SOURCE"]),
    ],
)
def test_columns_of_an_extended_tracking_satellite(vault: VaultProject, model: str, columns: list[str]) -> None:
    rows_after(vault, model, crm(record("A", "a")))
    assert vault.table(model).columns == columns


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("bad_column", ["xts(src_satellite) in bad_column", "the column DIFF_9", "a column of stg_customer"]),
        (
            "bad_no_name",
            ["xts(src_satellite) in bad_no_name", "s: {'hashdiff'", "each {sat_name: {SATELLITE_NAME: column}"],
        ),
        ("bad_text", ["xts(src_satellite) in bad_text", "got: SAT_1", "a dictionary of satellites"]),
        (
            "bad_names",
            ["xts(src_satellite) in bad_names", "SAT_2 with the columns HASH, SATELLITE_NAME", "the same columns"],
        ),
        ("bad_twice", ["xts(src_source) in bad_twice", "the column SOURCE twice", "it is in src_satellite already"]),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_customer=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
