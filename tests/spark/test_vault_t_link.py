"""Transactional (non-historised) links: the distinct rows of events whose key is new, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day, rows_after
from vaults import VaultProject

STAGED = (
    "EVENT_HK string, CUSTOMER_HK string, ORDER_HK string, AMOUNT int, KIND string, AT timestamp, LOAD_DATE timestamp, "
    "SOURCE string"
)
CALL = "{{{{ hallmark.{}({}, src_ldts='LOAD_DATE', src_source='SOURCE', source_model={}) }}}}"
FKS = "src_pk='EVENT_HK', src_fk=['CUSTOMER_HK', 'ORDER_HK']"
ALL = FKS + ", src_payload=['AMOUNT'], src_eff='AT'"
ONE, TWO = "'stg_events'", "['stg_events', 'stg_web']"
MODELS = {
    "t_link": CALL.format("t_link", ALL, ONE),
    "nh_link": CALL.format("nh_link", ALL, ONE),
    "nh_link_of_two": CALL.format("nh_link", ALL, TWO),
    "t_link_bare": CALL.format("t_link", "src_pk='EVENT_HK', src_fk='CUSTOMER_HK'", ONE),
    "t_link_extra": CALL.format("t_link", ALL + ", src_extra_columns='KIND'", ONE),
    "t_link_composite": CALL.format("t_link", "src_pk=['EVENT_HK', 'KIND'], src_fk=['CUSTOMER_HK']", ONE),
    "t_link_positional": """{{ hallmark.t_link('EVENT_HK', ['CUSTOMER_HK', 'ORDER_HK'], ['AMOUNT'], 'KIND', 'AT',
                                               'LOAD_DATE', 'SOURCE', 'stg_events') }}""",
    "t_link_alias": CALL.format(
        "t_link",
        """src_pk={'source_column': 'EVENT_HK', 'alias': 'HK'}, src_fk='CUSTOMER_HK',
           src_payload=['AMOUNT', {'source_column': 'KIND', 'alias': 'TYPE'}],
           src_eff={'source_column': 'AT', 'alias': 'EFFECTIVE_FROM'}""",
        ONE,
    ),
    "t_link_map": CALL.format("t_link", "src_pk='EVENT_HK', src_fk='CUSTOMER_HK', src_payload='TAGS'", "'mapped'"),
    "mapped": """{{ config(materialized='ephemeral') }}
select *, map('kind', KIND, 'amount', AMOUNT) as TAGS from {{ ref('stg_events') }}""",
    "t_link_table": "{{ config(materialized='table') }}" + CALL.format("t_link", ALL, ONE),
    "t_link_view": "{{ config(materialized='view') }}" + CALL.format("t_link", ALL, ONE),
    "bad_payload": CALL.format("nh_link", FKS + ", src_payload=['AMOUNTS']", ONE),
    "bad_twice": CALL.format("t_link", FKS + ", src_payload=['AMOUNT', 'SOURCE']", ONE),
    "bad_no_pk": CALL.format("t_link", "src_pk='', src_fk=['CUSTOMER_HK']", ONE),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("t_link"), MODELS, {"stg_events": STAGED, "stg_web": STAGED})


def event(
    hk: str | None,
    amount: int | None = 5,
    at: int = 1,
    source: str = "crm",
    *,
    customer: str | None = "A",
    kind: str = "CR",
) -> tuple[Any, ...]:
    return (hk, customer, "1", amount, kind, day(1), day(at), source)


def crm(*rows: Sequence[Any]) -> Load:
    return {"stg_events": rows}


def both(rows: Sequence[Sequence[Any]], others: Sequence[Sequence[Any]]) -> Load:
    return {"stg_events": rows, "stg_web": others}


def kept(hk: str, amount: int | None = 5, at: int = 1, source: str = "crm") -> tuple[Any, ...]:
    return (hk, "A", "1", amount, 1, at, source)


NO_ORDER = ("x", "A", None, 5, "CR", day(1), day(1), "crm")
CASES: dict[str, Case] = {
    "a first load": ("t_link", [crm(event("x"), event("y", 7))], [kept("x"), kept("y", 7)]),
    "a load without rows": ("t_link", [crm()], []),
    "events that are new": ("t_link", [crm(event("x")), crm(event("y", at=2))], [kept("x"), kept("y", at=2)]),
    "a key that is loaded is not loaded again": (
        "t_link",
        [crm(event("x")), crm(event("x", 9, 2), event("y", at=2))],
        [kept("x"), kept("y", at=2)],
    ),
    "the same load again": ("t_link", [crm(event("x"), event("y"))] * 2, [kept("x"), kept("y")]),
    "rows that agree are one": ("t_link", [crm(event("x"), event("x"))], [kept("x")]),
    "rows of a key that differ are all kept": ("t_link", [crm(event("x"), event("x", 9))], [kept("x"), kept("x", 9)]),
    "rows of a key that differ in their date": (
        "t_link",
        [crm(event("x", at=2), event("x"))],
        [kept("x"), kept("x", at=2)],
    ),
    "both of them in a second load": (
        "t_link",
        [crm(event("y")), crm(event("x", 1, 2), event("x", 2, 2))],
        [kept("x", 1, 2), kept("x", 2, 2), kept("y")],
    ),
    "a null key": ("t_link", [crm(event(None), event("y"))], [kept("y")]),
    "a null foreign key": ("t_link", [crm(event("x", customer=None), NO_ORDER, event("y"))], [kept("y")]),
    "a null foreign key later": ("t_link", [crm(event("y")), crm(NO_ORDER)], [kept("y")]),
    "a null payload": ("t_link", [crm(event("x", None), event("x", None))], [kept("x", None)]),
    "nh_link: events that are new": (
        "nh_link",
        [crm(event("x")), crm(event("x", 9, 2), event("y"))],
        [kept("x"), kept("y")],
    ),
    "nh_link: rows of a key that differ": (
        "nh_link",
        [crm(event("x"), event("x", 9), event("x"))],
        [kept("x"), kept("x", 9)],
    ),
    "nh_link: a null foreign key": ("nh_link", [crm(event("x", customer=None))], []),
    "two sources": (
        "nh_link_of_two",
        [both([event("x")], [event("y", source="web")]), both([event("z", at=2)], [event("x", at=2, source="web")])],
        [kept("x"), kept("y", source="web"), kept("z", at=2)],
    ),
    "a key in two sources comes from the earlier": (
        "nh_link_of_two",
        [both([event("x", at=2)], [event("x", 9, source="web"), event("x", 8, source="web")])],
        [kept("x", 8, source="web"), kept("x", 9, source="web")],
    ),
    "of one instant from the first record source": (
        "nh_link_of_two",
        [both([event("x", source="web")], [event("x")])],
        [kept("x")],
    ),
    "neither payload nor effective date": ("t_link_bare", [crm(event("x"), event("x", 9))], [("x", "A", 1, "crm")]),
    "an extra column": ("t_link_extra", [crm(event("x"))] * 2, [("x", "A", "1", 5, "CR", 1, 1, "crm")]),
    "a key of two columns": (
        "t_link_composite",
        [crm(event("x")), crm(event("x", at=2), event("x", at=2, kind="DR"))],
        [("x", "CR", "A", 1, "crm"), ("x", "DR", "A", 2, "crm")],
    ),
    "arguments by position": ("t_link_positional", [crm(event("x"))], [("x", "A", "1", 5, "CR", 1, 1, "crm")]),
    "aliases": ("t_link_alias", [crm(event("x"))] * 2, [("x", "A", 5, "CR", 1, 1, "crm")]),
    "as a table, each load anew": ("t_link_table", [crm(event("x")), crm(event("y", at=2))], [kept("y", at=2)]),
    "as a view": ("t_link_view", [crm(event("x")), crm(event("y", at=2))], [kept("y", at=2)]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, CASES)


@pytest.mark.parametrize("case", CASES)
def test_rows_of_a_transactional_link(shared: Cases, case: str) -> None:
    assert shared.rows(case) == CASES[case][2]


def test_a_payload_may_be_a_map(vault: VaultProject) -> None:
    loads = [crm(event("x"), event("x")), crm(event("x", 9), event("y", at=2))]
    found = rows_after(vault, "t_link_map", *loads, columns=["EVENT_HK", "LOAD_DATE"])
    assert found == [("x", 1), ("y", 2)]
    tags = vault.table("t_link_map").filter("EVENT_HK = 'y'").select("TAGS").collect()[0][0]
    assert tags == {"kind": "CR", "amount": "5"}


def test_columns_of_a_transactional_link(vault: VaultProject) -> None:
    rows_after(vault, "t_link_alias", crm(event("x")))
    wanted = ["HK", "CUSTOMER_HK", "AMOUNT", "TYPE", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"]
    assert vault.table("t_link_alias").columns == wanted


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("bad_payload", ["nh_link(src_payload) in bad_payload", "the column AMOUNTS", "a column of stg_events"]),
        ("bad_twice", ["t_link(src_source) in bad_twice", "the column SOURCE twice", "it is in src_payload already"]),
        ("bad_no_pk", ["t_link(src_pk) in bad_no_pk", "the argument is required"]),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_events=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
