"""Status and record tracking satellites: which keys a source still has, and when it mentioned them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day, rows_after
from vaults import VaultProject

STAGED = "CUSTOMER_HK string, REGION string, LOAD_DATE timestamp, SOURCE string"
STS = """{{{{ hallmark.sts(src_pk={}, src_ldts='LOAD_DATE', src_source='SOURCE', src_status='STATUS',
                           src_hashdiff={}, source_model={}) }}}}"""
RTS = "{{{{ hallmark.rts(src_pk={}, src_ldts='LOAD_DATE', src_source='SOURCE', source_model={}) }}}}"
ONE, TWO = "'stg_customer'", "['stg_customer', 'stg_web']"
MODELS = {
    "sts": STS.format("'CUSTOMER_HK'", "none", ONE),
    "sts_hashed": STS.format("'CUSTOMER_HK'", "'STATUS_HASHDIFF'", ONE),
    "sts_of_two": STS.format("'CUSTOMER_HK'", "none", TWO),
    "sts_composite": STS.format("['CUSTOMER_HK', 'REGION']", "none", ONE),
    "sts_alias": "{{ hallmark.sts({'source_column': 'CUSTOMER_HK', 'alias': 'HK'}, 'LOAD_DATE', "
    "['REGION', 'SOURCE'], 'STATE', 'STATE_HASH', 'stg_customer') }}",
    "rts": RTS.format("'CUSTOMER_HK'", ONE),
    "rts_of_two": RTS.format("'CUSTOMER_HK'", TWO),
    "rts_extra": "{{ hallmark.rts({'source_column': 'CUSTOMER_HK', 'alias': 'HK'}, 'REGION', 'LOAD_DATE', 'SOURCE', "
    "'stg_customer') }}",
    "bad_status": STS.format("'CUSTOMER_HK'", "'SOURCE'", ONE),
    "bad_no_status": """{{ hallmark.sts(src_pk='CUSTOMER_HK', src_ldts='LOAD_DATE', src_source='SOURCE',
                                        src_status=none, source_model='stg_customer') }}""",
    "bad_rts": RTS.format("'CUSTOMER_ID'", ONE),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("tracking"), MODELS, {"stg_customer": STAGED, "stg_web": STAGED})


def snapshot(keys: str, at: int, source: str = "crm") -> list[tuple[Any, ...]]:
    """A row a letter of `keys`."""
    return [(key, "north", day(at), source) for key in keys]


def crm(*snapshots: Sequence[Sequence[Any]]) -> Load:
    return {"stg_customer": [row for rows in snapshots for row in rows]}


NULL = [(None, "north", day(1), "crm")]
STATUS_CASES = {
    "a first snapshot inserts": ("sts", [crm(snapshot("ab", 1))], ["a1I", "b1I"]),
    "a key that stays is an update once": ("sts", [crm(snapshot("a", at)) for at in (1, 2, 3, 4)], ["a1I", "a2U"]),
    "a key that goes is deleted once": (
        "sts",
        [crm(snapshot("ab", 1)), crm(snapshot("a", 2)), crm(snapshot("a", 3))],
        ["a1I", "a2U", "b1I", "b2D"],
    ),
    "a key that comes back is inserted": (
        "sts",
        [crm(snapshot("ab", 1)), crm(snapshot("a", 2)), crm(snapshot("ab", 3)), crm(snapshot("ab", 4))],
        ["a1I", "a2U", "b1I", "b2D", "b3I", "b4U"],
    ),
    "a key that comes later": ("sts", [crm(snapshot("a", 1)), crm(snapshot("ac", 2))], ["a1I", "a2U", "c2I"]),
    "the same snapshot again": (
        "sts",
        [crm(snapshot("ab", 1)), crm(snapshot("a", 2)), crm(snapshot("a", 2))],
        ["a1I", "a2U", "b1I", "b2D"],
    ),
    "an older snapshot": ("sts", [crm(snapshot("a", 3)), crm(snapshot("b", 2))], ["a3I"]),
    "no snapshot deletes nothing": ("sts", [crm(snapshot("a", 1)), crm()], ["a1I"]),
    "several snapshots at first": (
        "sts",
        [crm(snapshot("ab", 1), snapshot("a", 2), snapshot("ab", 3))],
        ["a1I", "a2U", "b1I", "b2D", "b3I"],
    ),
    "several snapshots later": (
        "sts",
        [crm(snapshot("ab", 1)), crm(snapshot("a", 2), snapshot("ac", 3), snapshot("bc", 4))],
        ["a1I", "a2U", "a4D", "b1I", "b2D", "b4I", "c3I", "c4U"],
    ),
    "a null key": ("sts", [crm(NULL, snapshot("a", 1))], ["a1I"]),
    "a key twice in a snapshot": ("sts", [crm(snapshot("aa", 1)), crm(snapshot("aa", 2))], ["a1I", "a2U"]),
    "two sources are one snapshot": (
        "sts_of_two",
        [
            {"stg_customer": snapshot("a", 1), "stg_web": snapshot("b", 1)},
            {"stg_customer": snapshot("a", 2), "stg_web": snapshot("a", 2)},
        ],
        ["a1I", "a2U", "b1I", "b2D"],
    ),
}


@pytest.mark.parametrize("case", STATUS_CASES)
def test_statuses_of_keys(vault: VaultProject, case: str) -> None:
    model, loads, wanted = STATUS_CASES[case]
    found = rows_after(vault, model, *loads, columns=["CUSTOMER_HK", "LOAD_DATE", "STATUS"])
    assert [f"{key}{at}{status}" for key, at, status in found] == wanted


def test_a_status_has_its_hash(vault: VaultProject) -> None:
    found = rows_after(vault, "sts_hashed", crm(snapshot("ab", 1)), crm(snapshot("a", 2)))
    hashes = {status: md5(status.encode(), usedforsecurity=False).hexdigest().upper() for status in "IUD"}
    assert found == [
        ("a", 1, "crm", "I", hashes["I"]),
        ("a", 2, "crm", "U", hashes["U"]),
        ("b", 1, "crm", "I", hashes["I"]),
        ("b", 2, "crm", "D", hashes["D"]),
    ]
    assert vault.table("sts_hashed").columns == ["CUSTOMER_HK", "LOAD_DATE", "SOURCE", "STATUS", "STATUS_HASHDIFF"]


def test_a_deleted_key_keeps_the_source_that_had_it(vault: VaultProject) -> None:
    loads = [crm(snapshot("a", 1, "web"), snapshot("b", 1)), crm(snapshot("b", 2))]
    found = rows_after(vault, "sts", *loads, columns=["CUSTOMER_HK", "SOURCE", "STATUS"])
    assert found == [("a", "web", "D"), ("a", "web", "I"), ("b", "crm", "I"), ("b", "crm", "U")]


def test_a_status_of_a_key_of_two_columns(vault: VaultProject) -> None:
    south = [("a", "south", day(1), "crm"), ("a", None, day(1), "crm")]
    found = rows_after(vault, "sts_composite", crm(snapshot("a", 1), south), crm(snapshot("a", 2)))
    assert [row[:3] + row[4:] for row in found] == [
        ("a", "north", 1, "I"),
        ("a", "north", 2, "U"),
        ("a", "south", 1, "I"),
        ("a", "south", 2, "D"),
    ]


def test_statuses_with_aliases_and_by_position(vault: VaultProject) -> None:
    found = rows_after(vault, "sts_alias", crm(snapshot("a", 1)), crm(snapshot("b", 2)))
    assert vault.table("sts_alias").columns == ["HK", "LOAD_DATE", "REGION", "SOURCE", "STATE", "STATE_HASH"]
    assert [row[:5] for row in found] == [
        ("a", 1, "north", "crm", "I"),
        ("a", 2, "north", "crm", "D"),
        ("b", 2, "north", "crm", "I"),
    ]


def test_a_full_refresh_of_all_snapshots_gives_what_the_loads_gave(vault: VaultProject) -> None:
    snapshots = [snapshot("abc", 1), snapshot("ad", 2), snapshot("abd", 3), snapshot("d", 4)]
    one_by_one = rows_after(vault, "sts", *(crm(rows) for rows in snapshots))
    assert rows_after(vault, "sts", crm(*snapshots)) == one_by_one


RECORD_CASES: dict[str, Case] = {
    "a first load": ("rts", [crm(snapshot("ab", 1))], [("a", 1, "crm"), ("b", 1, "crm")]),
    "a key each time it is seen": (
        "rts",
        [crm(snapshot("a", 1)), crm(snapshot("a", 2))],
        [("a", 1, "crm"), ("a", 2, "crm")],
    ),
    "the same load again": ("rts", [crm(snapshot("ab", 1))] * 2, [("a", 1, "crm"), ("b", 1, "crm")]),
    "a key twice in a load": ("rts", [crm(snapshot("aa", 1))], [("a", 1, "crm")]),
    "a key in two sources of one load": (
        "rts_of_two",
        [{"stg_customer": snapshot("a", 1), "stg_web": snapshot("ab", 1, "web")}] * 2,
        [("a", 1, "crm"), ("a", 1, "web"), ("b", 1, "web")],
    ),
    "a key of another source later": (
        "rts",
        [crm(snapshot("a", 1)), crm(snapshot("a", 1, "web"))],
        [("a", 1, "crm"), ("a", 1, "web")],
    ),
    "a load that comes late": (
        "rts",
        [crm(snapshot("a", 3)), crm(snapshot("a", 2))],
        [("a", 2, "crm"), ("a", 3, "crm")],
    ),
    "a null key": ("rts", [crm(NULL, snapshot("a", 1))], [("a", 1, "crm")]),
    "a load without rows": ("rts", [crm()], []),
    "an extra column, an alias, by position": ("rts_extra", [crm(snapshot("a", 1))] * 2, [("a", "north", 1, "crm")]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, RECORD_CASES)


@pytest.mark.parametrize("case", RECORD_CASES)
def test_records_of_keys(shared: Cases, case: str) -> None:
    assert shared.rows(case) == RECORD_CASES[case][2]


def test_records_in_a_table_that_has_days_of_loads_that_have_times(vault: VaultProject) -> None:
    loads = [crm([("a", "north", f"{day(at)} 10:30", "crm")]) for at in (1, 2, 3)]
    rows_after(vault, "rts", *loads[:2])
    table = f"{vault.schema}.rts"
    typed = f"select CUSTOMER_HK, date(LOAD_DATE) as LOAD_DATE, SOURCE from {table}"
    vault.spark.sql(f"create or replace table {table} using delta as {typed}")
    for load in loads:
        vault.load(**load)
        vault.run("rts")
    assert vault.rows("rts", "CUSTOMER_HK", "day(LOAD_DATE)") == [("a", 1), ("a", 2), ("a", 3)]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("bad_status", ["sts(src_hashdiff) in bad_status", "the column SOURCE twice", "it is in src_source already"]),
        ("bad_no_status", ["sts(src_status) in bad_no_status", "the argument is required"]),
        ("bad_rts", ["rts(src_pk) in bad_rts", "the column CUSTOMER_ID", "a column of stg_customer"]),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_customer=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
