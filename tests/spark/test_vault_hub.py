"""Hubs: one row a business key, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day, rows_after
from vaults import VaultProject

STAGED = "CUSTOMER_HK string, CUSTOMER_ID string, REGION string, LOAD_DATE timestamp, SOURCE string"
ODD = "`order` string, `Customer-Key` string, `from` timestamp, `a.b` string"
CALL = "{{{{ hallmark.hub({}, src_ldts='LOAD_DATE', src_source='SOURCE', source_model={}) }}}}"
ONE, TWO = "'stg_customer'", "['stg_customer', 'stg_other']"


def call(keys: str, source: str = ONE, config: str = "") -> str:
    return config + CALL.format(keys, source)


MODELS = {
    "hub": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'"),
    "hub_of_two": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", TWO),
    "hub_of_a_list": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", "['stg_customer']"),
    "hub_by_lists": call("src_pk=['CUSTOMER_HK'], src_nk=['CUSTOMER_ID'], src_extra_columns=['REGION']"),
    "hub_extra": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_extra_columns='REGION'"),
    "hub_composite": call("src_pk=['CUSTOMER_HK', 'REGION'], src_nk='CUSTOMER_ID'"),
    "hub_composite_nk": call("src_pk='CUSTOMER_HK', src_nk=['CUSTOMER_ID', 'REGION']"),
    "hub_two_sources": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_ldts='LOAD_DATE',
                                          src_source=['REGION', 'SOURCE'], source_model='stg_customer') }}""",
    "hub_positional": "{{ hallmark.hub('CUSTOMER_HK', 'CUSTOMER_ID', none, 'LOAD_DATE', 'SOURCE', 'stg_customer') }}",
    "hub_alias": """{{ hallmark.hub(src_pk={'source_column': 'CUSTOMER_HK', 'alias': 'HK'},
        src_nk=[{'source_column': 'CUSTOMER_ID', 'alias': 'ID'}],
        src_ldts={'source_column': 'LOAD_DATE', 'alias': 'LDTS'}, src_source='SOURCE',
        source_model=['stg_customer', 'stg_other']) }}""",
    "hub_yaml": """{%- set yaml_metadata -%}
source_model:
  - stg_customer
  - stg_other
src_pk: CUSTOMER_HK
src_nk: CUSTOMER_ID
src_ldts: LOAD_DATE
src_source: SOURCE
{%- endset -%}
{% set metadata = fromyaml(yaml_metadata) %}
{{ hallmark.hub(**metadata) }}""",
    "hub_lower_case": """{{ hallmark.hub(src_pk='customer_hk', src_nk='customer_id', src_ldts='load_date',
                                         src_source='source', source_model='stg_customer') }}""",
    "hub_odd_names": """{{ hallmark.hub(src_pk='order', src_nk='Customer-Key', src_ldts='from', src_source='a.b',
                                        source_model='stg_odd') }}""",
    "hub_binary": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", "'stg_binary'"),
    "hub_of_ephemeral": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", "'ephemeral_stage'"),
    "ephemeral_stage": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg_customer') }}",
    "hub_table": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", config="{{ config(materialized='table') }}"),
    "hub_view": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", config="{{ config(materialized='view') }}"),
    "bad_column": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_IDD'"),
    "bad_second_source": call("src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID'", "['stg_customer', 'stg_odd']"),
    "bad_load_date": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_ldts='LOADED',
                                        src_source='SOURCE', source_model='stg_customer') }}""",
    "bad_twice": call("src_pk='CUSTOMER_HK', src_nk=['CUSTOMER_ID', 'customer_hk']"),
    "bad_no_key": call("src_pk=none, src_nk='CUSTOMER_ID'"),
    "bad_alias": call("src_pk={'source_column': 'CUSTOMER_HK', 'name': 'HK'}, src_nk='CUSTOMER_ID'"),
    "bad_no_load_date": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_source='SOURCE',
                                           source_model='stg_customer') }}""",
}
INPUTS = {
    "stg_customer": STAGED,
    "stg_other": STAGED,
    "stg_odd": ODD.replace("`", ""),
    "stg_binary": STAGED.replace("CUSTOMER_HK string", "CUSTOMER_HK binary"),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("hub"), MODELS, INPUTS)


def key(
    hk: str | None, at: int = 1, source: str = "crm", region: str | None = "north", nk: str = ""
) -> tuple[Any, ...]:
    return (hk, nk or (hk and hk.lower()), region, day(at), source)


def crm(*rows: Sequence[Any]) -> Load:
    return {"stg_customer": rows}


def both(rows: Sequence[Sequence[Any]], others: Sequence[Sequence[Any]]) -> Load:
    return {"stg_customer": rows, "stg_other": others}


CASES: dict[str, Case] = {
    "a first load": ("hub", [crm(key("A"), key("B"))], [("A", "a", 1, "crm"), ("B", "b", 1, "crm")]),
    "a load without rows": ("hub", [crm()], []),
    "a load without rows after one with": ("hub", [crm(key("A")), crm()], [("A", "a", 1, "crm")]),
    "rows after a load without": ("hub", [crm(), crm(key("A"))], [("A", "a", 1, "crm")]),
    "keys that are new": (
        "hub",
        [crm(key("A")), crm(key("A", 2), key("B", 2))],
        [("A", "a", 1, "crm"), ("B", "b", 2, "crm")],
    ),
    "the same load again": ("hub", [crm(key("A"), key("B"))] * 2, [("A", "a", 1, "crm"), ("B", "b", 1, "crm")]),
    "no keys that are new": ("hub", [crm(key("A")), crm(key("A", 2)), crm(key("A", 3))], [("A", "a", 1, "crm")]),
    "a key twice in a load": ("hub", [crm(key("A"), key("A"))], [("A", "a", 1, "crm")]),
    "the earliest load date of a load wins": (
        "hub",
        [crm(key("A", 3, "aaa"), key("A", 2, "zzz"), key("A", 4, "bbb"))],
        [("A", "a", 2, "zzz")],
    ),
    "the earliest of a second load wins": (
        "hub",
        [crm(key("B")), crm(key("A", 5), key("A", 4), key("B", 1))],
        [("A", "a", 4, "crm"), ("B", "b", 1, "crm")],
    ),
    "of one instant the first source wins": ("hub", [crm(key("A", 1, "z"), key("A", 1, "b"))], [("A", "a", 1, "b")]),
    "of one source the first natural key wins": (
        "hub",
        [crm(key("A", nk="a"), key("A", nk="A"))],
        [("A", "A", 1, "crm")],
    ),
    "an earlier date that comes late changes nothing": (
        "hub",
        [crm(key("A", 5)), crm(key("A", 1), key("B", 1))],
        [("A", "a", 5, "crm"), ("B", "b", 1, "crm")],
    ),
    "a null key is not loaded": ("hub", [crm(key(None, nk="x"), key("B"))], [("B", "b", 1, "crm")]),
    "nor later": ("hub", [crm(key("B")), crm(key(None, 2), key("C", 2))], [("B", "b", 1, "crm"), ("C", "c", 2, "crm")]),
    "a null natural key is loaded": ("hub", [crm(("A", None, "north", day(1), "crm"))], [("A", None, 1, "crm")]),
    "keys differ in case": ("hub", [crm(key("a"), key("A"))], [("A", "a", 1, "crm"), ("a", "a", 1, "crm")]),
    "one source in a list": ("hub_of_a_list", [crm(key("A")), crm(key("A", 2))], [("A", "a", 1, "crm")]),
    "two sources together": (
        "hub_of_two",
        [both([key("A")], [key("B", source="web")])],
        [("A", "a", 1, "crm"), ("B", "b", 1, "web")],
    ),
    "of two sources the earlier date wins": (
        "hub_of_two",
        [both([key("A", 2, "aaa")], [key("A", 1, "web")])],
        [("A", "a", 1, "web")],
    ),
    "of two sources of one instant the first record source wins": (
        "hub_of_two",
        [both([key("A", 1, "web")], [key("A", 1, "crm")])],
        [("A", "a", 1, "crm")],
    ),
    "duplicates within and across sources": (
        "hub_of_two",
        [both([key("A", 3), key("A", 2)], [key("A", 2, "web"), key("A", 4, "web"), key("B", 4, "web")])],
        [("A", "a", 2, "crm"), ("B", "b", 4, "web")],
    ),
    "two sources, a second load": (
        "hub_of_two",
        [both([key("A")], []), both([key("A", 2), key("C", 3)], [key("B", 2, "web"), key("C", 2, "web")])],
        [("A", "a", 1, "crm"), ("B", "b", 2, "web"), ("C", "c", 2, "web")],
    ),
    "two sources with null keys": (
        "hub_of_two",
        [both([key(None)], [key(None, source="web"), key("B", source="web")])],
        [("B", "b", 1, "web")],
    ),
    "one of two sources without rows": ("hub_of_two", [both([], [key("B", source="web")])], [("B", "b", 1, "web")]),
    "an extra column comes with its row": (
        "hub_extra",
        [crm(key("A", 2, region="south"), key("A", 1, region="north"))],
        [("A", "a", "north", 1, "crm")],
    ),
    "an extra column may be null": ("hub_extra", [crm(key("A", region=None))], [("A", "a", None, 1, "crm")]),
    "an extra column that changes adds nothing": (
        "hub_extra",
        [crm(key("A")), crm(key("A", 2, region="south"))],
        [("A", "a", "north", 1, "crm")],
    ),
    "lists of one": ("hub_by_lists", [crm(key("A"))], [("A", "a", "north", 1, "crm")]),
    "a key of two columns": (
        "hub_composite",
        [crm(key("A"), key("A", region="south"), key("A", 2)), crm(key("A", 3), key("A", 3, region="west"))],
        [("A", "north", "a", 1, "crm"), ("A", "south", "a", 1, "crm"), ("A", "west", "a", 3, "crm")],
    ),
    "a key of two columns, one null": (
        "hub_composite",
        [crm(key("A", region=None), key(None), key("B"))],
        [("B", "north", "b", 1, "crm")],
    ),
    "a natural key of two columns": (
        "hub_composite_nk",
        [crm(key("A"), key("A", region="south")), crm(key("B", 2, region="west"))],
        [("A", "a", "north", 1, "crm"), ("B", "b", "west", 2, "crm")],
    ),
    "a source of two columns": (
        "hub_two_sources",
        [crm(key("A", region="n", source="z"), key("A", region="n", source="b"), key("A", region="o", source="a"))],
        [("A", "a", 1, "n", "b")],
    ),
    "arguments by position": (
        "hub_positional",
        [crm(key("A")), crm(key("B", 2))],
        [("A", "a", 1, "crm"), ("B", "b", 2, "crm")],
    ),
    "aliases": (
        "hub_alias",
        [both([key("A", 2)], [key("A", 1, "web")]), both([key("A", 3), key("B", 3)], [])],
        [("A", "a", 1, "web"), ("B", "b", 3, "crm")],
    ),
    "metadata as YAML": ("hub_yaml", [both([key("A")], [key("B", 2)])], [("A", "a", 1, "crm"), ("B", "b", 2, "crm")]),
    "names in other case": ("hub_lower_case", [crm(key("A")), crm(key("A", 2))], [("A", "a", 1, "crm")]),
    "names that need quotes": (
        "hub_odd_names",
        [{"stg_odd": [("A", "a", day(1), "crm")]}, {"stg_odd": [("A", "a", day(2), "crm"), ("B", "b", day(2), "crm")]}],
        [("A", "a", 1, "crm"), ("B", "b", 2, "crm")],
    ),
    "binary keys": (
        "hub_binary",
        [{"stg_binary": [(b"\x01", "a", "north", day(1), "crm")]}] * 2,
        [(bytearray(b"\x01"), "a", 1, "crm")],
    ),
    "an ephemeral source": (
        "hub_of_ephemeral",
        [crm(key("A")), crm(key("A", 2), key("B", 2))],
        [("A", "a", 1, "crm"), ("B", "b", 2, "crm")],
    ),
    "as a table, each load anew": ("hub_table", [crm(key("A"), key("A", 2)), crm(key("B", 2))], [("B", "b", 2, "crm")]),
    "as a view": ("hub_view", [crm(key("A"), key("A", 2)), crm(key("B", 2))], [("B", "b", 2, "crm")]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, CASES)


@pytest.mark.parametrize("case", CASES)
def test_rows_of_a_hub(shared: Cases, case: str) -> None:
    assert shared.rows(case) == CASES[case][2]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("hub", ["CUSTOMER_HK", "CUSTOMER_ID", "LOAD_DATE", "SOURCE"]),
        ("hub_extra", ["CUSTOMER_HK", "CUSTOMER_ID", "REGION", "LOAD_DATE", "SOURCE"]),
        ("hub_alias", ["HK", "ID", "LDTS", "SOURCE"]),
        ("hub_odd_names", ["order", "Customer-Key", "from", "a.b"]),
    ],
)
def test_columns_of_a_hub(vault: VaultProject, model: str, columns: list[str]) -> None:
    rows_after(vault, model, {**both([key("A")], []), "stg_odd": [("A", "a", day(1), "crm")]})
    assert vault.table(model).columns == columns


def test_a_full_refresh_of_all_loads_gives_what_the_loads_gave(vault: VaultProject) -> None:
    loads = [[key("A", 1), key("B", 1)], [key("B", 2), key("C", 2, "web"), key("C", 2)], [key("D", 3), key("A", 3)]]
    one_by_one = rows_after(vault, "hub", *(crm(*rows) for rows in loads))
    assert rows_after(vault, "hub", crm(*(row for rows in loads for row in rows))) == one_by_one


def test_a_full_refresh_forgets_what_is_no_longer_staged(vault: VaultProject) -> None:
    rows_after(vault, "hub", crm(key("A")))
    assert rows_after(vault, "hub", crm(key("B"))) == [("B", "b", 1, "crm")]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            "bad_column",
            ["hub(src_nk) in bad_column", "the column CUSTOMER_IDD", "a column of stg_customer: CUSTOMER_HK, "],
        ),
        ("bad_second_source", ["hub(src_pk) in bad_second_source", "the column CUSTOMER_HK", "a column of stg_odd"]),
        ("bad_load_date", ["hub(src_ldts) in bad_load_date", "the column LOADED"]),
        ("bad_twice", ["hub(src_nk) in bad_twice", "the column customer_hk twice", "it is in src_pk already"]),
        ("bad_no_key", ["hub(src_pk) in bad_no_key", "got: nothing", "the argument is required"]),
        ("bad_no_load_date", ["hub(src_ldts) in bad_no_load_date", "got: nothing"]),
        (
            "bad_alias",
            ["hub(src_pk) in bad_alias", "a dictionary without alias: {'source_column': ", "source_column and alias"],
        ),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_customer=[key("A")], stg_odd=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
