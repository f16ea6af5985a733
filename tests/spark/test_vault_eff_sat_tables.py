"""Effectivity satellites onto tables of other types and sizes, and in steps."""

from __future__ import annotations

from typing import Any

import pytest
from effectivity_loads import AUTO, STAGED, eff_sat, tie
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from vaults import VaultProject

MODELS = {
    "ended": eff_sat(AUTO),
    "ended_by_period": eff_sat(
        "{{ config(materialized='vault_insert_by_period', timestamp_field='LOAD_DATE', date_source_models='stg', "
        "is_auto_end_dating=true) }}"
    ),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("eff_sat_tables"), MODELS, {"stg": STAGED, "one": STAGED})


def test_a_history_is_loaded_period_by_period(vault: VaultProject) -> None:
    vault.load(stg=[tie("o", "a", 1), tie("o", "b", 2), tie("o", "a", 3)])
    vault.run("ended_by_period", first=True)
    for _ in range(2):
        vault.run("ended_by_period")
        found = vault.rows("ended_by_period", "CUSTOMER_HK", "day(LOAD_DATE)", "year(END_DATE) = 9999", "day(END_DATE)")
        assert found == [
            ("a", 1, True, 31), ("a", 2, False, 2), ("a", 3, True, 31), ("b", 2, True, 31), ("b", 3, False, 3),
        ]  # fmt: skip


IN_TYPES = {
    "date": "cast(LOAD_DATE as date)",
    "string": "cast(LOAD_DATE as string)",
    "a day's text": "date_format(LOAD_DATE, 'yyyy-MM-dd')",
}


@pytest.mark.parametrize("kind", IN_TYPES)
def test_a_table_that_has_its_load_dates_in_another_type(vault: VaultProject, kind: str) -> None:
    begun = "00:00" if kind == "a day's text" else "30:00"

    def at(hour: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*row[:7], f"{row[7]} {hour:02}:{begun}", row[8])

    hours = (0, 0, 0) if kind == "a day's text" else (10, 11, 9)
    ties = (tie("o", "a", 1), tie("o", "b", 2), tie("o", "a", 3))
    loads = [[at(hour, row)] for hour, row in zip(hours, ties, strict=True)]
    vault.load(stg=loads[0])
    vault.run("ended", first=True)
    table = f"{vault.schema}.ended"
    typed = f"select * except (LOAD_DATE, SOURCE), {IN_TYPES[kind]} as LOAD_DATE, SOURCE from {table}"
    vault.spark.sql(f"create or replace table {table} using delta as {typed}")
    for rows in (*loads, loads[2], [row for load in loads for row in load]):
        vault.load(stg=rows)
        vault.run("ended")
    assert vault.table("ended").schema["LOAD_DATE"].dataType.simpleString() == ("date" if kind == "date" else "string")
    assert vault.rows("ended", "CUSTOMER_HK", "year(END_DATE)", "day(END_DATE)", "day(LOAD_DATE)") == [
        ("a", 2026, 2, 2), ("a", 9999, 31, 1), ("a", 9999, 31, 3), ("b", 2026, 3, 3), ("b", 9999, 31, 2),
    ]  # fmt: skip


def test_a_driving_key_of_thousands_of_relationships(vault: VaultProject) -> None:
    """As one that stands for missing keys: all at once, ended by one that is new, and opened again."""
    vault.load(one=[tie("o", "c", 1)])
    many = "select 'o-c' || id || '-r' as ORDER_CUSTOMER_HK, ORDER_HK, 'c' || id as CUSTOMER_HK"
    many += f", * except (id, ORDER_CUSTOMER_HK, ORDER_HK, CUSTOMER_HK) from {vault.schema}.one cross join range(2000)"
    vault.spark.sql(f"create or replace view {vault.schema}.stg as {many}")
    vault.run("ended", first=True)
    for rows in ([tie("o", "new", 2), tie("p", "x", 2)], [tie("o", "c0", 1)], [tie("o", "c1", 3)]):
        vault.load(stg=rows)
        vault.run("ended")
    found = vault.table("ended").groupBy("LOAD_DATE").agg(F.count_if(F.expr("year(END_DATE) = 9999")), F.count("*"))
    assert sorted((row[0].day, *row[1:]) for row in found.collect()) == [(1, 2000, 2000), (2, 2, 2002), (3, 1, 2)]
    closed = vault.table("ended").where("year(END_DATE) < 9999").selectExpr("CUSTOMER_HK", "day(END_DATE)").collect()
    assert len({row[0] for row in closed}) == 2001
    assert [tuple(row) for row in closed if row[1] == 3] == [("new", 3)]
