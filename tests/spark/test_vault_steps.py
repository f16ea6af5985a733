"""Materializations that load in steps, by period and by rank, as AutomateDV documents them."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

PERIOD, RANK = "vault_insert_by_period", "vault_insert_by_rank"
INPUTS = {
    "stg": "ID string, NAME string, LOAD_DATE timestamp, LOAD_RANK int, SOURCE string",
    "other": "ID string, NAME string, LOAD_DATE timestamp, LOAD_RANK int, SOURCE string",
    "days": "ID string, LOAD_DATE date",
    "waterlevel": "TYPE string, LOAD_DATE timestamp",
}
OWN = """select source.* from (select * from {{ ref('stg') }} where FILTER) as source
{% if hallmark.is_increment() %}left anti join {{ this }} as known
on known.ID = source.ID and known.LOAD_DATE = source.LOAD_DATE{% endif %}"""
HUB = "{{ hallmark.hub(src_pk='ID', src_nk='NAME', src_ldts='LOAD_DATE', src_source='SOURCE', source_model=%s) }}"


def by(kind: str, sql: str = "", **config: Any) -> str:
    """A model of this materialization; unless its SQL is given it takes new rows of `stg`."""
    given = ", ".join(f"{name}={value!r}" for name, value in {"materialized": kind, **config}.items())
    place = "__PERIOD_FILTER__" if kind == PERIOD else "__RANK_FILTER__"
    return "{{ config(" + given + ") }}\n" + (sql or OWN.replace("FILTER", place))


def by_day(sql: str = "", **config: Any) -> str:
    return by(PERIOD, sql, **{"timestamp_field": "LOAD_DATE", **config})


def by_rank(sql: str = "", **config: Any) -> str:
    return by(RANK, sql, **{"rank_column": "LOAD_RANK", "rank_source_models": "stg", **config})


MODELS = {
    "inferred": by_day(date_source_models="stg"),
    "inferred_twice": by_day(HUB % "['stg', 'other']", date_source_models=["stg", "other"]),
    "from_start": by_day(start_date="2026-01-02", period="year"),
    "from_start_to_stop": by_day(start_date="2026-01-02", stop_date="2026-01-03"),
    "override": by_day(
        timestamp_field=["LOAD_DATE"], start_date="2026-01-02", stop_date="2026-01-03", date_source_models=["stg"]
    ),
    "from_start_to_source": by_day(start_date="2026-01-02", date_source_models=["stg"]),
    "level": by_day("-- depends_on: {{ ref('waterlevel') }}\n" + OWN.replace("FILTER", "__PERIOD_FILTER__"),
                    date_source_models="waterlevel"),
    "hours": by_day(period="hour", date_source_models="stg"),
    "months": by_day(period="month", start_date="2025-12-15", stop_date="2026-02-10"),
    "plain_dates": by_day("select * from {{ ref('days') }} where __PERIOD_FILTER__", date_source_models="days"),
    "hub_by_day": by_day(HUB % "'stg'", date_source_models="stg"),
    "sat_by_day": by_day("""{{ hallmark.sat(src_pk='ID', src_hashdiff='NAME', src_payload=['LOAD_RANK'],
        src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg') }}""", date_source_models="stg"),
    "ranked": by_rank(),
    "ranked_list": by_rank(HUB % "['stg', 'other']", rank_source_models=["stg", "other"]),
    "hub_by_rank": by_rank(HUB % "'stg'"),
    "no_field": by(PERIOD, start_date="2026-01-01"),
    "two_fields": by_day(timestamp_field=["LOAD_DATE", "ID"], date_source_models="stg"),
    "no_start": by_day(stop_date="2026-01-01"),
    "odd_period": by_day(period="fortnight", start_date="2026-01-01"),
    "odd_start": by_day(start_date="the first"),
    "odd_stop": by_day(start_date="2026-01-01", stop_date="2026-13-01"),
    "backwards": by_day(start_date="2026-01-02", stop_date="2026-01-01"),
    "many": by_day(period="second", start_date="2020-01-01", stop_date="2026-01-01"),
    "odd_source": by_day(date_source_models="nowhere"),
    "odd_field": by_day(timestamp_field="LOADED", date_source_models="stg"),
    "no_place": by_day("select * from {{ ref('stg') }}", start_date="2026-01-01"),
    "no_rank": by(RANK, rank_source_models="stg"),
    "no_models": by(RANK, rank_column="LOAD_RANK"),
    "odd_rank": by_rank(rank_column="PLACE"),
    "no_rank_place": by_rank("select * from {{ ref('stg') }}"),
}  # fmt: skip


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("steps"), MODELS, INPUTS)


def stage(text: str) -> list[tuple[Any, ...]]:
    """Rows as `a1 b2.13`: an id, a day of January 2026, perhaps an hour; the place in the text is the rank."""
    rows = []
    for rank, each in enumerate(text.split(), 1):
        date, _, hour = each[1:].partition(".")
        rows.append((each[0], each[0].upper(), f"2026-01-{int(date):02} {int(hour or 0):02}:00:00", rank, "crm"))
    return rows


def found(vault: VaultProject, model: str) -> str:
    """The rows again as `stage` takes them, sorted."""
    hour = "if(hour(LOAD_DATE) = 0, '', '.' || hour(LOAD_DATE))"
    rows = vault.rows(model, f"ID || day(LOAD_DATE) || {hour} as told")
    return " ".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("model", "base", "whole"),
    [
        ("inferred", "a1 b1.9", "a1 b1.9 c2 d3.5 e5"),
        ("from_start", "c2 d3.5 e5", "c2 d3.5 e5"),
        ("from_start_to_stop", "c2", "c2 d3.5"),
        ("override", "c2", "c2 d3.5"),
        ("from_start_to_source", "c2", "c2 d3.5 e5"),
        ("months", "", "a1 b1.9 c2 d3.5 e5"),
        ("hub_by_day", "a1 b1.9", "a1 b1.9 c2 d3.5 e5"),
        ("sat_by_day", "a1 b1.9", "a1 b1.9 c2 d3.5 e5"),
        ("ranked", "a1", "a1 b1.9 c2 d3.5 e5"),
        ("hub_by_rank", "a1", "a1 b1.9 c2 d3.5 e5"),
    ],
)
def test_the_first_run_loads_the_first_step_and_the_next_all(
    vault: VaultProject, model: str, base: str, whole: str
) -> None:
    vault.load(stg=stage("a1 b1.9 c2 d3.5 e5"))
    vault.run(model, first=True)
    assert found(vault, model) == base
    for _ in range(2):
        vault.run(model)
        assert found(vault, model) == whole


def test_hours(vault: VaultProject) -> None:
    vault.load(stg=stage("a1 b1.1 c1.2"))
    vault.run("hours", first=True)
    assert found(vault, "hours") == "a1"
    vault.run("hours")
    assert found(vault, "hours") == "a1 b1.1 c1.2"


def test_each_step_with_rows_is_a_commit(vault: VaultProject) -> None:
    vault.load(stg=stage("a1 b2 c4"))
    vault.run("inferred", first=True)
    before = vault.spark.sql(f"describe history {vault.schema}.inferred").count()
    vault.run("inferred")
    history = vault.spark.sql(f"describe history {vault.schema}.inferred")
    assert history.count() - before == 2


def test_a_load_goes_on_from_the_newest_time_in_the_table(vault: VaultProject) -> None:
    vault.load(stg=stage("a1 b2"))
    vault.run("inferred", first=True)
    vault.run("inferred")
    vault.load(stg=stage("x1 a1 y2.7 b2 c3"))
    vault.run("inferred")
    assert found(vault, "inferred") == "a1 b2 c3 y2.7"


def test_a_load_that_ended_does_nothing(vault: VaultProject) -> None:
    vault.load(stg=stage("a2 b3 c4"))
    vault.run("from_start_to_stop", first=True)
    vault.spark.sql(f"insert into {vault.schema}.from_start_to_stop select * from {vault.schema}.stg where ID = 'c'")
    vault.run("from_start_to_stop")
    assert found(vault, "from_start_to_stop") == "a2 c4"


@pytest.mark.parametrize("model", ["inferred", "hub_by_day", "sat_by_day", "ranked"])
def test_a_run_that_breaks_between_two_steps_is_gone_on_with(vault: VaultProject, model: str) -> None:
    rows = stage("a1 b2 c3 d4 e5")
    vault.load(stg=rows)
    vault.run(model, first=True)
    vault.load(other=rows)
    # A table, for Spark computes a view of values as a whole before it takes the rows of a step.
    vault.spark.sql(f"create or replace table {vault.schema}.stored using delta as select * from {vault.schema}.other")
    broken = "element_at(array(SOURCE), if(day(LOAD_DATE) < 4, 1, 0)) as SOURCE"
    vault.spark.sql(
        f"create or replace view {vault.schema}.stg as select * except (SOURCE), {broken} from {vault.schema}.stored"
    )
    assert "INVALID_INDEX_OF_ZERO" in vault.refusal(model)
    assert found(vault, model) == "a1 b2 c3"
    vault.load(stg=rows)
    vault.run(model)
    assert found(vault, model) == "a1 b2 c3 d4 e5"


def test_sources_are_taken_together(vault: VaultProject) -> None:
    vault.load(stg=stage("a2 b3"), other=stage("c1 d4 d9"))
    for model, base in (("inferred_twice", "c1"), ("ranked_list", "a2 c1")):
        vault.run(model, first=True)
        assert found(vault, model) == base
        vault.run(model)
        assert found(vault, model) == "a2 b3 c1 d4"


def test_a_table_of_bounds(vault: VaultProject) -> None:
    vault.load(stg=stage("a1 b2 c3.8 d4"), waterlevel=[("Start", "2026-01-02"), ("Stop", "2026-01-03")])
    vault.run("level", first=True)
    assert found(vault, "level") == "b2"
    vault.run("level")
    assert found(vault, "level") == "b2 c3.8"


def test_dates_without_a_time(vault: VaultProject) -> None:
    vault.load(days=[("a", "2026-01-01"), ("b", "2026-01-02")])
    vault.run("plain_dates", first=True)
    assert vault.rows("plain_dates", "ID") == [("a",)]
    vault.run("plain_dates")
    assert ("b",) in vault.rows("plain_dates", "ID")


@pytest.mark.parametrize("model", ["inferred", "ranked"])
def test_an_empty_source_makes_an_empty_table(vault: VaultProject, model: str) -> None:
    vault.load(stg=[])
    vault.run(model, first=True)
    vault.run(model)
    assert found(vault, model) == ""
    vault.load(stg=stage("a1 b2"))
    vault.run(model)
    assert found(vault, model) == "a1 b2"


def test_ranks_come_in_order_and_rows_without_one_do_not(vault: VaultProject) -> None:
    rows = [(*row[:3], rank, row[4]) for row, rank in zip(stage("a1 b2 c3 d4"), (10, 2, 2, None), strict=True)]
    vault.load(stg=rows)
    vault.run("ranked", first=True)
    assert found(vault, "ranked") == "b2 c3"
    vault.run("ranked")
    assert found(vault, "ranked") == "a1 b2 c3"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("no_field", f"{PERIOD}(timestamp_field) in no_field\n    got: nothing\n"),
        ("two_fields", f"{PERIOD}(timestamp_field) in two_fields\n    got: the columns LOAD_DATE, ID\n"),
        ("no_start", f"{PERIOD}(start_date) in no_start\n    got: neither start_date nor date_source_models\n"),
        ("odd_period", (f"{PERIOD}(period) in odd_period\n    got: fortnight\n"
                       "    wanted: second, minute, hour, day, week, month, quarter, year")),
        ("odd_start", f"{PERIOD}(start_date) in odd_start\n    got: the first\n    wanted: a date as YYYY-MM-DD"),
        ("odd_stop", f"{PERIOD}(stop_date) in odd_stop\n    got: 2026-13-01\n"),
        ("backwards", f"{PERIOD}(stop_date) in backwards\n    got: 2026-01-01\n    wanted: no day before start_date"),
        ("many", f"{PERIOD}(period) in many\n    got: more than 100,000 periods\n"),
        ("odd_source", f"{PERIOD}(date_source_models) in odd_source\n    got: the model nowhere\n"),
        ("odd_field", (f"{PERIOD}(timestamp_field) in odd_field\n    got: the column LOADED\n"
                      "    wanted: a column of stg: ID, NAME, LOAD_DATE, LOAD_RANK, SOURCE")),
        ("no_place", f"{PERIOD} in no_place\n    got: a model without __PERIOD_FILTER__\n"),
        ("no_rank", f"{RANK}(rank_column) in no_rank\n    got: nothing\n"),
        ("no_models", f"{RANK}(rank_source_models) in no_models\n    got: nothing\n"),
        ("odd_rank", f"{RANK}(rank_column) in odd_rank\n    got: the column PLACE\n"),
        ("no_rank_place", f"{RANK} in no_rank_place\n    got: a model without __RANK_FILTER__\n"),
    ],
)  # fmt: skip
def test_a_bad_configuration_is_a_letter(vault: VaultProject, model: str, told: str) -> None:
    vault.load(stg=stage("a1"))
    assert told in vault.refusal(model, first=True)
