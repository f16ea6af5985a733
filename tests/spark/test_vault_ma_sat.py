"""Multi-active satellites: one set of rows a change of the set, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject, in_one

STAGED = (
    "CUSTOMER_HK string, HASHDIFF string, PHONE string, EXTENSION string, NAME string, EFFECTIVE_FROM timestamp, "
    "LOAD_DATE timestamp, SOURCE string"
)
MODELS = {
    "ma_sat_phone": """{{ hallmark.ma_sat(
        src_pk='CUSTOMER_HK', src_cdk=['PHONE', 'EXTENSION'], src_hashdiff='HASHDIFF', src_payload=['NAME'],
        src_eff='EFFECTIVE_FROM', src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg') }}""",
    "ma_sat_renamed": """{{ hallmark.ma_sat(
        src_pk={'source_column': 'CUSTOMER_HK', 'alias': 'key'}, src_cdk='PHONE',
        src_hashdiff={'source_column': 'HASHDIFF', 'alias': 'diff'}, src_extra_columns='EXTENSION',
        src_payload={'exclude_columns': true, 'columns': ['EFFECTIVE_FROM']},
        src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg') }}""",
    "ma_sat_by_period": """{{ config(materialized='vault_insert_by_period', timestamp_field='LOAD_DATE',
        date_source_models='stg') }} {{ hallmark.ma_sat(
        src_pk='CUSTOMER_HK', src_cdk='PHONE', src_hashdiff='HASHDIFF', src_payload=['NAME'], src_ldts='LOAD_DATE',
        src_source='SOURCE', source_model='stg') }}""",
    "ma_sat_odd": """{{ hallmark.ma_sat(
        src_pk='CUSTOMER_HK', src_cdk=['PHONES'], src_hashdiff='HASHDIFF', src_payload=['NAME'],
        src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg') }}""",
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("ma_sat"), MODELS, {"stg": STAGED})


def phones(day: int, *numbers: str | None, key: str | None = "k", name: str = "A") -> list[tuple[Any, ...]]:
    """The set of a key on a day; a number may have an extension (`1/7`)."""
    rows = []
    for number in numbers:
        phone, _, extension = (number or "").partition("/")
        date = f"2026-01-{day:02}"
        rows.append((key, f"{name}-{number}", phone or None, extension or "0", name, date, date, "crm"))
    return rows


CASES: dict[str, tuple[list[Sequence[tuple[Any, ...]]], list[str]]] = {
    "a first set": ([phones(1, "1", "2")], ["k 1 A 1", "k 2 A 1"]),
    "the same set later": ([phones(1, "1", "2"), phones(2, "1", "2")], ["k 1 A 1", "k 2 A 1"]),
    "one more": ([phones(1, "1"), phones(2, "1", "2")], ["k 1 A 1", "k 1 A 2", "k 2 A 2"]),
    "one less": ([phones(1, "1", "2"), phones(2, "2")], ["k 1 A 1", "k 2 A 1", "k 2 A 2"]),
    "one instead of another": ([phones(1, "1"), phones(2, "2")], ["k 1 A 1", "k 2 A 2"]),
    "a change of what is said of one": (
        [phones(1, "1", "2"), phones(2, "1") + phones(2, "2", name="B")],
        ["k 1 A 1", "k 1 A 2", "k 2 A 1", "k 2 B 2"],
    ),
    "a change back": (
        [phones(1, "1", "2"), phones(2, "2"), phones(3, "1", "2")],
        ["k 1 A 1", "k 1 A 3", "k 2 A 1", "k 2 A 2", "k 2 A 3"],
    ),
    "a set of another key changes": (
        [phones(1, "1") + phones(1, "1", key="l"), phones(2, "1") + phones(2, "2", key="l")],
        ["k 1 A 1", "l 1 A 1", "l 2 A 2"],
    ),
    "a key that the load does not mention": ([phones(1, "1"), phones(2, "2", key="l")], ["k 1 A 1", "l 2 A 2"]),
    "an extension makes another member": ([phones(1, "1"), phones(2, "1", "1/7")], ["k 1 A 1", "k 1 A 2", "k 1 A 2"]),
    "two of one number, unlike": (
        [phones(1, "1"), phones(2, "1") + phones(2, "1", name="B")],
        ["k 1 A 1", "k 1 A 2", "k 1 B 2"],
    ),
    "rows twice": ([phones(1, "1", "1"), phones(2, "1", "1", "1")], ["k 1 A 1"]),
    "the same load twice": ([phones(1, "1", "2"), phones(1, "1", "2")], ["k 1 A 1", "k 2 A 1"]),
    "all loads once more": (
        [phones(1, "1"), phones(2, "2"), phones(1, "1") + phones(2, "2")],
        ["k 1 A 1", "k 2 A 2"],
    ),
    "no key, no number": ([phones(1, "1", None) + phones(1, "3", key=None), phones(2, None, "1")], ["k 1 A 1"]),
    "a key that is not there later": ([phones(1, "1"), []], ["k 1 A 1"]),
    "a key that comes later": ([[], phones(1, "1")], ["k 1 A 1"]),
    "two days in the first load": ([phones(1, "1", "2") + phones(2, "1")], ["k 1 A 1", "k 1 A 2", "k 2 A 1"]),
    "two days in a later load count as one set": (
        [phones(1, "1", "2"), phones(2, "1") + phones(3, "2")],
        ["k 1 A 1", "k 2 A 1"],
    ),
    "two days in a later load that differ": (
        [phones(1, "1"), phones(2, "1") + phones(3, "2")],
        ["k 1 A 1", "k 1 A 2", "k 2 A 3"],
    ),
    "a late set": ([phones(3, "1"), phones(2, "2")], ["k 1 A 3", "k 2 A 2"]),
    "a late set like the latest": ([phones(1, "2") + phones(3, "1"), phones(2, "1")], ["k 1 A 3", "k 2 A 1"]),
}


@pytest.fixture(scope="module")
def outcome(vault: VaultProject) -> dict[str, list[str]]:
    """`key phone name day` of each case, sorted, after its loads."""
    loads = in_one(
        {case: loads for case, (loads, _) in CASES.items()},
        lambda case, row: (row[0] and f"{case}/{row[0]}", *row[1:]),
    )
    for number, rows in enumerate(loads):
        vault.load(stg=rows)
        vault.run("ma_sat_phone", first=number == 0)
    found: dict[str, list[str]] = {case: [] for case in CASES}
    for key, *others in vault.rows("ma_sat_phone", "CUSTOMER_HK", "PHONE", "NAME", "date_format(LOAD_DATE, 'd')"):
        case, _, own = key.rpartition("/")
        found[case].append(" ".join([own, *others]))
    return {case: sorted(rows) for case, rows in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_set_is_added_when_any_of_it_differs(outcome: dict[str, list[str]], case: str) -> None:
    assert outcome[case] == CASES[case][1]


def test_a_load_without_rows_is_no_harm(vault: VaultProject) -> None:
    for number, rows in enumerate([[], phones(1, "1"), []]):
        vault.load(stg=rows)
        vault.run("ma_sat_phone", first=number == 0)
    assert vault.rows("ma_sat_phone", "PHONE") == [("1",)]


def test_a_history_is_loaded_period_by_period(vault: VaultProject) -> None:
    vault.load(stg=[*phones(1, "1", "2"), *phones(2, "2", "1"), *phones(3, "2"), *phones(4, "1", "2")])
    vault.run("ma_sat_by_period", first=True)
    for _ in range(2):
        vault.run("ma_sat_by_period")
        found = vault.rows("ma_sat_by_period", "day(LOAD_DATE)", "PHONE")
        assert found == [(1, "1"), (1, "2"), (3, "2"), (4, "1"), (4, "2")]


@pytest.mark.parametrize(("kind", "time"), [("string", "00:00"), ("date", "00:00"), ("date", "10:30")])
def test_a_table_that_has_its_dates_in_another_type(vault: VaultProject, kind: str, time: str) -> None:
    def at(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [(*others, f"{loaded} {time}", source) for *others, loaded, source in rows]

    vault.load(stg=at(phones(1, "1", "2")))
    vault.run("ma_sat_phone", first=True)
    table = f"{vault.schema}.ma_sat_phone"
    typed = f"select * except (LOAD_DATE, SOURCE), cast(LOAD_DATE as {kind}) as LOAD_DATE, SOURCE from {table}"
    vault.spark.sql(f"create or replace table {table} using delta as {typed}")
    for rows in (phones(1, "1", "2"), phones(2, "2"), phones(1, "1", "2"), phones(2, "2")):
        vault.load(stg=at(rows))
        vault.run("ma_sat_phone")
    assert vault.rows("ma_sat_phone", "PHONE", "day(LOAD_DATE)") == [("1", 1), ("2", 1), ("2", 2)]


def test_columns_are_those_of_the_arguments_under_their_aliases(vault: VaultProject) -> None:
    for number, rows in enumerate([phones(1, "1", "2"), phones(2, "1", "2"), phones(3, "1")]):
        vault.load(stg=rows)
        vault.run("ma_sat_renamed", first=number == 0)
    assert vault.table("ma_sat_renamed").columns == [
        "key", "diff", "PHONE", "NAME", "EXTENSION", "LOAD_DATE", "SOURCE",
    ]  # fmt: skip
    assert vault.table("ma_sat_renamed").count() == 3


def test_a_child_key_that_the_source_lacks_is_a_letter(vault: VaultProject) -> None:
    vault.load(stg=phones(1, "1"))
    assert "ma_sat(src_cdk) in ma_sat_odd" in vault.refusal("ma_sat_odd", first=True)
