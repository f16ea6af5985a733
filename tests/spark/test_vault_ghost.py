"""Ghost records: one row of nobody's in a satellite, as AutomateDV documents them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

STAGED = (
    "CUSTOMER_HK string, HASHDIFF string, NAME string, BALANCE int, REGION string, EFFECTIVE_FROM date, "
    "LOAD_DATE timestamp, SOURCE string"
)
BINARY = STAGED.replace("_HK string", "_HK binary").replace("DIFF string", "DIFF binary")
ARGUMENTS = """src_pk='CUSTOMER_HK', src_hashdiff='HASHDIFF', src_payload=['NAME', 'BALANCE'],
    src_extra_columns=['REGION'], src_eff='EFFECTIVE_FROM', src_ldts='LOAD_DATE', src_source='SOURCE'"""
MODELS = {
    "sat_ghost": f"{{{{ hallmark.sat({ARGUMENTS}, source_model='stg') }}}}",
    "sat_binary": f"{{{{ hallmark.sat({ARGUMENTS}, source_model='stg_binary') }}}}",
    "stg_ephemeral": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg') }}",
    "sat_of_ephemeral": f"{{{{ hallmark.sat({ARGUMENTS}, source_model='stg_ephemeral') }}}}",
    "ma_sat_ghost": f"""{{{{ hallmark.ma_sat({ARGUMENTS.replace("['NAME', 'BALANCE']", "'BALANCE'")},
        src_cdk='NAME', source_model='stg') }}}}""",
    "eff_sat_without": """{{ hallmark.eff_sat(
        src_pk='CUSTOMER_HK', src_dfk='NAME', src_sfk='REGION', src_start_date='EFFECTIVE_FROM', src_end_date='BALANCE',
        src_eff='HASHDIFF', src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg') }}""",
}
OLD = datetime(1900, 1, 1)  # noqa: DTZ001 -- Spark's timestamps come without a zone


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(
        spark,
        tmp_path_factory.mktemp("ghost"),
        MODELS,
        {"stg": STAGED, "stg_binary": BINARY},
        variables={"enable_ghost_records": True, "system_record_value": "it's us"},
    )


def row(name: str, day: int, key: Any = "k", hashdiff: Any = None) -> tuple[Any, ...]:
    return (key, hashdiff or name, name, day, "north", f"2026-01-{day:02}", f"2026-01-{day:02}", "crm")


@pytest.mark.parametrize("model", ["sat_ghost", "sat_of_ephemeral"])
def test_the_first_load_brings_one_ghost_and_later_ones_none(vault: VaultProject, model: str) -> None:
    for number, rows in enumerate([[row("A", 1)], [row("B", 2)], [], [row("B", 3)]]):
        vault.load(stg=rows)
        vault.run(model, first=number == 0)
    ghost, *others = vault.rows(model, order="LOAD_DATE")
    assert ghost == ("0" * 32, "0" * 32, None, None, None, date(1900, 1, 1), OLD, "it's us")
    assert [(key, name) for key, _, name, *_ in others] == [("k", "A"), ("k", "B")]


def test_a_table_that_was_there_gets_its_ghost_with_the_next_load(vault: VaultProject) -> None:
    vault.load(stg=[row("A", 1)])
    vault.run("sat_ghost", first=True, variables={"enable_ghost_records": False})
    assert vault.table("sat_ghost").count() == 1
    vault.load(stg=[])
    vault.run("sat_ghost")
    vault.run("sat_ghost")
    assert vault.rows("sat_ghost", "NAME", "SOURCE") == [(None, "it's us"), ("A", "crm")]


def test_a_ghost_that_is_there_keeps_its_record_source(vault: VaultProject) -> None:
    vault.load(stg=[row("A", 1)])
    vault.run("sat_ghost", first=True)
    vault.run("sat_ghost", variables={"enable_ghost_records": True, "system_record_value": "them"})
    assert vault.rows("sat_ghost", "SOURCE") == [("crm",), ("it's us",)]


@pytest.mark.parametrize(
    ("algorithm", "digits"), [("SHA", 64), ("SHA-256", 64), ("SHA1", 40), ("MD5", 32), ("odd", 32)]
)
def test_its_hashes_are_as_long_as_those_of_the_algorithm(vault: VaultProject, algorithm: str, digits: int) -> None:
    vault.load(stg=[])
    vault.run("sat_ghost", first=True, variables={"enable_ghost_records": True, "hash": algorithm})
    assert vault.rows("sat_ghost", "CUSTOMER_HK", "HASHDIFF", "SOURCE") == [("0" * digits, "0" * digits, "it's us")]


def test_binary_hashes_have_a_binary_ghost(vault: VaultProject) -> None:
    vault.load(stg_binary=[row("A", 1, bytes(range(16)), bytes(range(1, 17)))])
    vault.run("sat_binary", first=True)
    vault.run("sat_binary")
    assert [bytes(key) for (key,) in vault.rows("sat_binary", "CUSTOMER_HK")] == [bytes(16), bytes(range(16))]


def test_a_multi_active_satellite_has_one_too(vault: VaultProject) -> None:
    for number, rows in enumerate([[row("A", 1), row("B", 1)], [row("A", 2)]]):
        vault.load(stg=rows)
        vault.run("ma_sat_ghost", first=number == 0)
    assert vault.rows("ma_sat_ghost", "NAME", "SOURCE") == [(None, "it's us"), ("A", "crm"), ("A", "crm"), ("B", "crm")]


def test_its_record_source_is_automate_dvs_unless_told(spark: SparkSession, tmp_path: Path) -> None:
    model = {"sat_ghost": MODELS["sat_ghost"]}
    vault = VaultProject(
        spark, tmp_path / "ghost_plain", model, {"stg": STAGED}, variables={"enable_ghost_records": True}
    )
    vault.load(stg=[])
    vault.run("sat_ghost", first=True)
    assert vault.rows("sat_ghost", "SOURCE") == [("AUTOMATE_DV_SYSTEM",)]


def test_an_effectivity_satellite_has_none(vault: VaultProject) -> None:
    vault.load(stg=[row("A", 1)])
    vault.run("eff_sat_without", first=True)
    assert vault.table("eff_sat_without").count() == 1
