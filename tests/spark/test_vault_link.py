"""Links: one row a relationship between business keys, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day, rows_after
from vaults import VaultProject

STAGED = "LINK_HK string, CUSTOMER_HK string, ORDER_HK string, LINE int, LOAD_DATE timestamp, SOURCE string"
CALL = "{{{{ hallmark.link({}, src_ldts='LOAD_DATE', src_source='SOURCE', source_model={}) }}}}"
FKS = "src_pk='LINK_HK', src_fk=['CUSTOMER_HK', 'ORDER_HK']"
ONE, TWO = "'stg_orders'", "['stg_orders', 'stg_web']"

MODELS = {
    "link": CALL.format(FKS, ONE),
    "link_of_two": CALL.format(FKS, TWO),
    "link_one_fk": CALL.format("src_pk='LINK_HK', src_fk='CUSTOMER_HK'", ONE),
    "link_degenerate": CALL.format(FKS + ", src_extra_columns=['LINE']", ONE),
    "link_composite": CALL.format("src_pk=['LINK_HK', 'LINE'], src_fk=['CUSTOMER_HK', 'ORDER_HK']", ONE),
    "link_positional": """{{ hallmark.link('LINK_HK', ['CUSTOMER_HK', 'ORDER_HK'], 'LINE', 'LOAD_DATE', 'SOURCE',
                                           'stg_orders') }}""",
    "link_alias": CALL.format(
        """src_pk={'source_column': 'LINK_HK', 'alias': 'HK'},
           src_fk=['CUSTOMER_HK', {'source_column': 'ORDER_HK', 'alias': 'ORDER_FK'}]""",
        TWO,
    ),
    "link_table": "{{ config(materialized='table') }}" + CALL.format(FKS, ONE),
    "link_view": "{{ config(materialized='view') }}" + CALL.format(FKS, ONE),
    "bad_fk": CALL.format("src_pk='LINK_HK', src_fk=['CUSTOMER_HK', 'PRODUCT_HK']", ONE),
    "bad_no_fk": CALL.format("src_pk='LINK_HK', src_fk=[]", ONE),
    "bad_twice": CALL.format("src_pk='LINK_HK', src_fk=['CUSTOMER_HK', 'CUSTOMER_HK']", ONE),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("link"), MODELS, {"stg_orders": STAGED, "stg_web": STAGED})


def pair(customer: str | None, order: str | None, at: int = 1, source: str = "crm", line: int | None = 1) -> Any:
    return (f"{customer}{order}", customer, order, line, day(at), source)


def crm(*rows: Sequence[Any]) -> Load:
    return {"stg_orders": rows}


def both(rows: Sequence[Sequence[Any]], others: Sequence[Sequence[Any]]) -> Load:
    return {"stg_orders": rows, "stg_web": others}


A1, A2, B1 = ("A1", "A", "1"), ("A2", "A", "2"), ("B1", "B", "1")
CASES: dict[str, Case] = {
    "a first load": ("link", [crm(pair("A", "1"), pair("A", "2"))], [(*A1, 1, "crm"), (*A2, 1, "crm")]),
    "a load without rows": ("link", [crm()], []),
    "pairs that are new": (
        "link",
        [crm(pair("A", "1")), crm(pair("A", "1", 2), pair("B", "1", 2))],
        [(*A1, 1, "crm"), (*B1, 2, "crm")],
    ),
    "the same load again": ("link", [crm(pair("A", "1"))] * 2, [(*A1, 1, "crm")]),
    "the earliest load date wins": ("link", [crm(pair("A", "1", 3, "a"), pair("A", "1", 2, "z"))], [(*A1, 2, "z")]),
    "of one instant the first source wins": (
        "link",
        [crm(pair("A", "1", source="z"), pair("A", "1", source="b"))],
        [(*A1, 1, "b")],
    ),
    "an earlier date that comes late": ("link", [crm(pair("A", "1", 5)), crm(pair("A", "1", 1))], [(*A1, 5, "crm")]),
    "a null key": ("link", [crm((None, "A", "1", 1, day(1), "crm"), pair("B", "1"))], [(*B1, 1, "crm")]),
    "a null foreign key": ("link", [crm(pair(None, "1"), pair("A", None), pair("B", "1"))], [(*B1, 1, "crm")]),
    "all foreign keys null": ("link", [crm(pair(None, None))], []),
    "a null foreign key later": ("link", [crm(pair("B", "1")), crm(pair("A", None, 2))], [(*B1, 1, "crm")]),
    "a null foreign key hides no row": (
        "link",
        [crm(("A1", "A", None, 1, day(1), "crm"), pair("A", "1", 2))],
        [(*A1, 2, "crm")],
    ),
    "two sources": (
        "link_of_two",
        [both([pair("A", "1", 2)], [pair("A", "1", 1, "web"), pair("B", "1", 1, "web")])],
        [(*A1, 1, "web"), (*B1, 1, "web")],
    ),
    "two sources of one instant": (
        "link_of_two",
        [both([pair("A", "1", source="web")], [pair("A", "1", source="crm")])],
        [(*A1, 1, "crm")],
    ),
    "two sources, nulls and a second load": (
        "link_of_two",
        [both([pair("A", None)], [pair("A", "1", source="web")]), both([pair("A", "1", 2), pair("B", "1", 2)], [])],
        [(*A1, 1, "web"), (*B1, 2, "crm")],
    ),
    "one foreign key": ("link_one_fk", [crm(("X", "A", None, 1, day(1), "crm"))], [("X", "A", 1, "crm")]),
    "a degenerate key": (
        "link_degenerate",
        [crm(pair("A", "1", 2, line=8), pair("A", "1", 1, line=7)), crm(pair("A", "1", 3, line=9))],
        [(*A1, 7, 1, "crm")],
    ),
    "a degenerate key may be null": ("link_degenerate", [crm(pair("A", "1", line=None))], [(*A1, None, 1, "crm")]),
    "a key of two columns": (
        "link_composite",
        [crm(pair("A", "1"), pair("A", "1", line=2)), crm(pair("A", "1", 2), pair("A", "1", 2, line=None))],
        [("A1", 1, "A", "1", 1, "crm"), ("A1", 2, "A", "1", 1, "crm")],
    ),
    "arguments by position": ("link_positional", [crm(pair("A", "1"))] * 2, [(*A1, 1, 1, "crm")]),
    "aliases": (
        "link_alias",
        [both([pair("A", "1")], [pair("A", None)]), both([pair("A", "1", 2)], [pair("B", "1", 2, "web")])],
        [(*A1, 1, "crm"), (*B1, 2, "web")],
    ),
    "as a table, each load anew": ("link_table", [crm(pair("A", "1")), crm(pair("B", "1", 2))], [(*B1, 2, "crm")]),
    "as a view": ("link_view", [crm(pair("A", "1")), crm(pair("B", "1", 2))], [(*B1, 2, "crm")]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, CASES)


@pytest.mark.parametrize("case", CASES)
def test_rows_of_a_link(shared: Cases, case: str) -> None:
    assert shared.rows(case) == CASES[case][2]


def test_columns_of_a_link(vault: VaultProject) -> None:
    rows_after(vault, "link_alias", both([pair("A", "1")], []))
    assert vault.table("link_alias").columns == ["HK", "CUSTOMER_HK", "ORDER_FK", "LOAD_DATE", "SOURCE"]


def test_a_full_refresh_of_all_loads_gives_what_the_loads_gave(vault: VaultProject) -> None:
    loads = [[pair("A", "1")], [pair("A", "1", 2), pair("B", "1", 2), pair("B", None, 2)], [pair("A", "2", 3)]]
    one_by_one = rows_after(vault, "link", *(crm(*rows) for rows in loads))
    assert rows_after(vault, "link", crm(*(row for rows in loads for row in rows))) == one_by_one


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("bad_fk", ["link(src_fk) in bad_fk", "the column PRODUCT_HK", "a column of stg_orders: LINK_HK, CUSTOMER_HK"]),
        ("bad_no_fk", ["link(src_fk) in bad_no_fk", "the argument is required"]),
        ("bad_twice", ["link(src_fk) in bad_twice", "the column CUSTOMER_HK twice", "it is in src_fk already"]),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_orders=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
