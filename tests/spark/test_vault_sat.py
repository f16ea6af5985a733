"""Satellites: one row a change of a key's description, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject, in_one

STAGED = (
    "CUSTOMER_HK string, CUSTOMER_HASHDIFF string, NAME string, PHONE string, REGION string, "
    "EFFECTIVE_FROM timestamp, LOAD_DATE timestamp, SOURCE string"
)
HASHDIFF = "{'source_column': 'CUSTOMER_HASHDIFF', 'alias': 'HASHDIFF'}"
PAYLOAD = "['NAME', 'PHONE']"


def sat(payload: str = PAYLOAD, hashdiff: str = HASHDIFF, source: str = "'stg'", config: str = "", **more: str) -> str:
    arguments = {
        "src_pk": "'CUSTOMER_HK'",
        "src_hashdiff": hashdiff,
        "src_payload": payload,
        "src_eff": "'EFFECTIVE_FROM'",
        "src_ldts": "'LOAD_DATE'",
        "src_source": "'SOURCE'",
        "source_model": source,
        **more,
    }
    named = ", ".join(f"{name}={value}" for name, value in arguments.items() if value)
    return f"{config} {{{{ hallmark.sat({named}) }}}}"


MODELS = {
    "sat_plain": sat(),
    "sat_filtered": sat(config="{{ config(apply_source_filter=true) }}"),
    "sat_filtered_by_meta": sat(config="{{ config(meta={'apply_source_filter': true}) }}"),
    "sat_bare": sat(payload="'NAME'", hashdiff="'CUSTOMER_HASHDIFF'", src_eff=""),
    "sat_extra": sat(src_extra_columns="'REGION'"),
    "sat_rest": sat(payload="{'exclude_columns': true, 'columns': ['phone']}"),
    "sat_everything": sat(payload="{'exclude_columns': 'true'}", src_extra_columns="['REGION']"),
    "sat_two_keys": sat(payload="'NAME'", src_pk="['CUSTOMER_HK', 'REGION']"),
    "sat_renamed": sat(
        payload="[{'source_column': 'NAME', 'alias': 'full-name'}, 'PHONE']",
        src_pk="{'source_column': 'CUSTOMER_HK', 'alias': 'order'}",
        src_ldts="{'source_column': 'LOAD_DATE', 'alias': 'Loaded'}",
    ),
    "sat_positional": "{{ hallmark.sat('CUSTOMER_HK', 'CUSTOMER_HASHDIFF', 'NAME', 'REGION', 'EFFECTIVE_FROM', "
    "'LOAD_DATE', 'SOURCE', 'stg') }}",
    "stg_ephemeral": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg') }} where NAME <> 'nobody'",
    "sat_of_ephemeral": sat(source="['stg_ephemeral']"),
    "sat_one_date": sat(src_eff="'LOAD_DATE'"),
    "sat_ordered": sat(src_order="['PHONE']", payload="'NAME'"),
    "sat_odd_payload": sat(payload="'NAMES'"),
    "sat_odd_ldts": sat(src_ldts="'LOADED_AT'"),
    "sat_rest_of_ephemeral": sat(payload="{'exclude_columns': true}", source="'stg_ephemeral'"),
}
ILL_FORMED = {
    "no_ldts": (sat(src_ldts=""), "sat(src_ldts) in {}\n  got: nothing\n  wanted: a value: the argument is required"),
    "no_source": (sat(source=""), "sat(source_model) in {}\n  got: nothing"),
    "no_hashdiff": (sat(hashdiff=""), "sat(src_hashdiff) in {}\n  got: nothing"),
    "a_column_twice": (sat(payload="['NAME', 'name']"), "sat(src_payload) in {}\n  got: the column name twice"),
    "two_sources": (sat(source="['stg', 'stg']"), "sat(source_model) in {}\n  got: ['stg', 'stg']\n  wanted: the"),
}  # fmt: skip
MODELS |= {name: model for name, (model, _) in ILL_FORMED.items()}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("sat"), MODELS, {"stg": STAGED})


def row(name: str | None, day: int, *, key: str | None = "k", hour: int = 0, phone: str = "1") -> tuple[Any, ...]:
    """A description as staged; its hashdiff is its name, `day` the load date, `hour` of one day the effective time."""
    return (key, name, name, phone, "north", f"2026-01-01 {hour:02}:00:00", f"2026-01-{day:02}", "crm")


Cases = dict[str, tuple[list[Sequence[tuple[Any, ...]]], list[str]]]


def loaded(vault: VaultProject, model: str, cases: Cases) -> dict[str, list[str]]:
    """`key name day` of each case, sorted, after its loads into a new table. All cases are loaded together."""
    loads = in_one({case: loads for case, (loads, _) in cases.items()}, _of_case)
    for number, rows in enumerate(loads):
        vault.load(stg=rows)
        vault.run(model, first=number == 0)
    found: dict[str, list[str]] = {case: [] for case in cases}
    for key, name, day in vault.rows(model, "CUSTOMER_HK", "NAME", "date_format(LOAD_DATE, 'd')"):
        case, _, own = key.rpartition("/")
        found[case].append(f"{own} {name} {day}")
    return {case: sorted(rows) for case, rows in found.items()}


def _of_case(case: str, staged: tuple[Any, ...]) -> tuple[Any, ...]:
    key, *others = staged
    return (key and f"{case}/{key}", *others)


A1, B2, A3, C3 = row("A", 1), row("B", 2), row("A", 3), row("C", 3)
CASES: Cases = {
    "a first load": ([[A1, row("X", 1, key="l")]], ["k A 1", "l X 1"]),
    "a change": ([[A1], [B2]], ["k A 1", "k B 2"]),
    "no change": ([[A1], [row("A", 2)]], ["k A 1"]),
    "a change back": ([[A1], [B2], [A3]], ["k A 1", "k A 3", "k B 2"]),
    "a new key beside one that stays": ([[A1], [row("A", 2), row("X", 2, key="l")]], ["k A 1", "l X 2"]),
    "the same description of two keys": ([[A1], [row("A", 2, key="l")]], ["k A 1", "l A 2"]),
    "the same load twice": ([[A1, B2], [A1, B2]], ["k A 1", "k B 2"]),
    "all loads once more": ([[A1], [B2], [A1, B2, A3], [A1, B2, A3]], ["k A 1", "k A 3", "k B 2"]),
    "a key that comes later": ([[], [A1]], ["k A 1"]),
    "a key that the load does not mention": ([[A1], []], ["k A 1"]),
    "several days in the first load": ([[A1, B2, C3]], ["k A 1", "k B 2", "k C 3"]),
    "several days, one without a change": ([[A1, row("A", 2), C3]], ["k A 1", "k C 3"]),
    "several days and back": ([[A1, B2, A3]], ["k A 1", "k A 3", "k B 2"]),
    "several days in a later load": ([[A1], [B2, A3]], ["k A 1", "k A 3", "k B 2"]),
    "several days, the first without a change": ([[A1], [row("A", 2), C3]], ["k A 1", "k C 3"]),
    "several days without a change": ([[A1], [row("A", 2), A3]], ["k A 1"]),
    "rows twice in the first load": ([[A1, A1, B2, B2]], ["k A 1", "k B 2"]),
    "rows twice in a later load": ([[A1], [B2, B2]], ["k A 1", "k B 2"]),
    "two descriptions of one load date": ([[A1, row("B", 1)]], ["k A 1", "k B 1"]),
    "two descriptions of one load date, twice": ([[A1, row("B", 1)], [A1, row("B", 1)]], ["k A 1", "k B 1"]),
    "one of the table's two latest descriptions": ([[A1, row("B", 1)], [row("A", 2)]], ["k A 1", "k B 1"]),
    "two of a later load date, one is the latest": ([[B2], [row("B", 3), C3]], ["k B 2", "k C 3"]),
    "two of a later load date, back to the latest": (
        [[A1], [row("B", 2, hour=1), row("A", 2, hour=2)], [row("B", 2, hour=1), row("A", 2, hour=2)]],
        ["k A 1", "k A 2", "k B 2"],
    ),
    "two of one load date in their effective order": (
        [[A1, row("Z", 2, hour=1), row("B", 2, hour=2), row("B", 3)]],
        ["k A 1", "k B 2", "k Z 2"],
    ),
    "two rows of one load date and description": ([[A1, row("A", 1, hour=5)]], ["k A 1", "k A 1"]),
    "a row without a key": ([[A1, row("X", 1, key=None)], [row("Y", 2, key=None)]], ["k A 1"]),
    "a null hashdiff is a description": ([[A1, row(None, 2), C3]], ["k A 1", "k C 3", "k None 2"]),
    "a null hashdiff that stays": ([[row(None, 1)], [row(None, 2)], [C3]], ["k C 3", "k None 1"]),
    "a late row": ([[A1, C3], [B2]], ["k A 1", "k B 2", "k C 3"]),
    "a late row like the latest": ([[A1, C3], [row("C", 2)]], ["k A 1", "k C 3"]),
    "a late row like the one before it": ([[A1, C3], [row("A", 2)]], ["k A 1", "k A 2", "k C 3"]),
    "a late row that is there": ([[A1, C3], [A1]], ["k A 1", "k C 3"]),
}


@pytest.fixture(scope="module")
def plain(vault: VaultProject) -> dict[str, list[str]]:
    return loaded(vault, "sat_plain", CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_satellite_has_one_row_a_change(plain: dict[str, list[str]], case: str) -> None:
    assert plain[case] == CASES[case][1]


def test_a_load_without_rows_is_no_harm(vault: VaultProject) -> None:
    for number, rows in enumerate([[], [A1], []]):
        vault.load(stg=rows)
        vault.run("sat_plain", first=number == 0)
    assert vault.rows("sat_plain", "NAME") == [("A",)]


FILTERED: Cases = {
    "a first load is not filtered": ([[A1, B2]], ["k A 1", "k B 2"]),
    "a late row": ([[A1, C3], [B2]], ["k A 1", "k C 3"]),
    "a row of the latest load date": ([[A1], [row("B", 1)]], ["k A 1"]),
    "late and new rows": ([[A1, B2], [row("X", 1), C3]], ["k A 1", "k B 2", "k C 3"]),
    "a new row like the latest, after a late one": ([[A1, B2], [row("X", 1), row("B", 3)]], ["k A 1", "k B 2"]),
    "an early row of a new key": ([[C3], [row("A", 1, key="l")]], ["k C 3", "l A 1"]),
    "all rows once more, and one": (
        [[A1, row("A", 2), C3], [A1, row("A", 2), C3, row("D", 4)]],
        ["k A 1", "k C 3", "k D 4"],
    ),
}


@pytest.fixture(scope="module", params=["sat_filtered", "sat_filtered_by_meta"])
def filtered(vault: VaultProject, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    return loaded(vault, request.param, FILTERED)


@pytest.mark.parametrize("case", FILTERED)
def test_a_source_filter_leaves_out_what_is_not_newer(filtered: dict[str, list[str]], case: str) -> None:
    assert filtered[case] == FILTERED[case][1]


def test_a_variable_switches_the_filter_on_for_all(vault: VaultProject) -> None:
    vault.load(stg=[A1, C3])
    vault.run("sat_plain", first=True)
    vault.load(stg=[B2])
    vault.run("sat_plain", variables={"apply_source_filter": True})
    assert vault.table("sat_plain").count() == 2


COLUMNS = {
    "sat_plain": ["CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_bare": ["CUSTOMER_HK", "CUSTOMER_HASHDIFF", "NAME", "LOAD_DATE", "SOURCE"],
    "sat_extra": ["CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "REGION", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_rest": ["CUSTOMER_HK", "HASHDIFF", "NAME", "REGION", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_everything": ["CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "REGION", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_two_keys": ["CUSTOMER_HK", "REGION", "HASHDIFF", "NAME", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_renamed": ["order", "HASHDIFF", "full-name", "PHONE", "EFFECTIVE_FROM", "Loaded", "SOURCE"],
    "sat_positional": ["CUSTOMER_HK", "CUSTOMER_HASHDIFF", "NAME", "REGION", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
    "sat_of_ephemeral": ["CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE"],
}


@pytest.fixture(scope="module")
def built(vault: VaultProject) -> VaultProject:
    """With the tables of all ways to name columns, after three loads; the third brings nothing new."""
    for number, rows in enumerate([[A1], [row("A", 2), C3, row("X", 3, key="l")], [C3]]):
        vault.load(stg=rows)
        vault.run(*COLUMNS, first=number == 0)
    return vault


@pytest.mark.parametrize("model", COLUMNS)
def test_columns_are_those_of_the_arguments_and_all_loads_work(built: VaultProject, model: str) -> None:
    assert built.table(model).columns == COLUMNS[model]
    assert built.table(model).count() == 3


def test_rows_of_one_load_date_that_differ_beside_the_hashdiff_all_stay(vault: VaultProject) -> None:
    vault.load(stg=[row("A", 1, phone="1"), row("A", 1, phone="2")])
    vault.run("sat_plain", first=True)
    assert [phone for (phone,) in vault.rows("sat_plain", "PHONE")] == ["1", "2"]


def test_a_key_of_two_columns_needs_both(vault: VaultProject) -> None:
    south = ("k", "A", "A", "1", "south", "2026-01-01", "2026-01-01", "crm")
    nowhere = ("k", "A", "A", "1", None, "2026-01-01", "2026-01-01", "crm")
    vault.load(stg=[A1, nowhere])
    vault.run("sat_two_keys", first=True)
    vault.load(stg=[south, row("A", 2)])
    vault.run("sat_two_keys")
    assert vault.rows("sat_two_keys", "CUSTOMER_HK", "REGION") == [("k", "north"), ("k", "south")]


ORDERED: Cases = {
    "a late version takes its place": (
        [[row("A", 1, hour=1), row("C", 1, hour=3)], [row("B", 2, hour=2)]],
        ["k A 1", "k B 2", "k C 1"],
    ),
    "a late version like the one before it": (
        [[row("A", 1, hour=1), row("C", 1, hour=3)], [row("A", 2, hour=2)]],
        ["k A 1", "k C 1"],
    ),
    "versions of one instant in their order": (
        [[row("B", 1, phone="2"), row("A", 1, phone="1"), row("B", 1, phone="3")]],
        ["k A 1", "k B 1"],
    ),
    "loads once more": (
        [[row("A", 1, hour=1), row("B", 2, hour=2)], [row("A", 3, hour=3)], [row("A", 1, hour=1), row("A", 3, hour=3)]],
        ["k A 1", "k A 3", "k B 2"],
    ),
}


def test_a_satellite_may_have_an_order_of_its_own(vault: VaultProject) -> None:
    assert loaded(vault, "sat_ordered", ORDERED) == {case: wanted for case, (_, wanted) in ORDERED.items()}
    assert vault.table("sat_ordered").columns == [
        "CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE",
    ]  # fmt: skip


def test_an_effective_date_that_is_the_load_date_is_one_column(vault: VaultProject) -> None:
    vault.load(stg=[A1])
    vault.run("sat_one_date", first=True)
    assert vault.table("sat_one_date").columns == ["CUSTOMER_HK", "HASHDIFF", "NAME", "PHONE", "LOAD_DATE", "SOURCE"]


UNREAD = {
    "sat_odd_payload": "sat(src_payload) in sat_odd_payload\n  got: the column NAMES\n  wanted: a column of stg: C",
    "sat_odd_ldts": "sat(src_ldts) in sat_odd_ldts\n  got: the column LOADED_AT",
    "sat_rest_of_ephemeral": "sat(src_payload) in sat_rest_of_ephemeral\n  got: exclude_columns of stg_ephemeral",
}  # fmt: skip


@pytest.mark.parametrize("model", UNREAD)
def test_what_the_source_does_not_give_is_a_letter(vault: VaultProject, model: str) -> None:
    vault.load(stg=[A1])
    assert _plain(UNREAD[model]) in _plain(vault.refusal(model, first=True))


@pytest.mark.parametrize("what", ILL_FORMED)
def test_an_ill_formed_call_is_a_letter_of_its_model(vault: VaultProject, what: str) -> None:
    vault.load(stg=[A1])
    assert _plain(ILL_FORMED[what][1].format(what)) in _plain(vault.refusal(what, first=True))


def _plain(text: str) -> str:
    """Without the depth at which dbt prints it."""
    return "\n".join(line.strip() for line in text.splitlines())


@pytest.mark.parametrize("kind", ["date", "string"])
def test_a_load_that_comes_again_to_a_table_with_load_dates_of_another_type(vault: VaultProject, kind: str) -> None:
    def at_noon(staged: tuple[Any, ...]) -> tuple[Any, ...]:
        *others, loaded, source = staged
        return (*others, f"{loaded} 12:00:00", source)

    loads = [[at_noon(row("A", 1))], [at_noon(row("B", 2))]]
    vault.load(stg=loads[0])
    vault.run("sat_plain", first=True)
    table = f"{vault.schema}.sat_plain"
    typed = f"select * except (LOAD_DATE, SOURCE), cast(LOAD_DATE as {kind}) as LOAD_DATE, SOURCE from {table}"
    vault.spark.sql(f"create or replace table {table} using delta as {typed}")
    for rows in (*loads, *loads):
        vault.load(stg=rows)
        vault.run("sat_plain")
    assert vault.rows("sat_plain", "NAME", "day(LOAD_DATE)") == [("A", 1), ("B", 2)]
