"""Snapshot control with dates that thin out with age, and the clean-up of a PIT behind it."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject


def control(**arguments: Any) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in {"today": "2026-03-11", **arguments}.items())
    return "{{ hallmark.snapshot_control(" + given + ") }}"  # 2026-03-11 is a Wednesday


PIT = """{{ config(materialized='incremental', post_hook="{{ hallmark.clean_up_pit('%s') }}") }}
select * from {{ ref('rows') }}{%% if is_incremental() %%} where false{%% endif %%}"""
MODELS = {
    "daily": control(start_date="2026-01-01", daily=3),
    "weekly": control(start_date="2026-01-01", weekly=3),
    "monthly": control(start_date="2025-01-01", monthly=3),
    "yearly": control(start_date="2020-01-01", yearly=3),
    "forever": control(start_date="2025-11-20", daily=2, weekly=2, monthly="forever"),
    "young": control(start_date="2026-03-10", daily=30, weekly=9, monthly=9, yearly=9),
    "later": control(start_date="2026-03-12", daily=3),
    "at_noon": control(start_date="2026-03-10", daily="forever", time_of_day="12:00:00"),
    "only_active": control(start_date="2026-01-01", daily=2, weekly=2, only_active=True),
    "until_now": "{{ hallmark.snapshot_control('2026-01-01', daily=1) }}",
    "pit_of_control": PIT % "kept",
    "pit_of_dates": PIT % "dates",
    "pit_of_odd": PIT % "odd",
    "no_start": control(start_date=None, daily=1),
    "odd_start": control(start_date="1.1.2026", daily=1),
    "odd_today": control(start_date="2026-01-01", daily=1, today="now"),
    "no_rule": control(start_date="2026-01-01"),
    "odd_rule": control(start_date="2026-01-01", weekly="always"),
    "odd_count": control(start_date="2026-01-01", monthly=-1),
    "odd_time": control(start_date="2026-01-01", daily=1, time_of_day="noon"),
}
INPUTS = {
    "rows": "HK string, AS_OF_DATE timestamp",
    "kept": "AS_OF_DATE timestamp, is_active boolean",
    "dates": "AS_OF_DATE date",
    "odd": "OTHER date",
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    project = VaultProject(spark, tmp_path_factory.mktemp("snapshots"), MODELS, INPUTS, materialized="view")
    project.load(rows=[], kept=[], dates=[], odd=[])
    return project


def active(vault: VaultProject, model: str, rule: str = "is_active") -> list[str]:
    vault.run(model)
    rows = vault.table(model).where(rule).selectExpr("cast(AS_OF_DATE as string) as at").orderBy("at").collect()
    return [row.at.removesuffix(" 00:00:00") for row in rows]


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("daily", ["2026-03-09", "2026-03-10", "2026-03-11"]),
        ("weekly", ["2026-02-23", "2026-03-02", "2026-03-09"]),
        ("monthly", ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("yearly", ["2024-01-01", "2025-01-01", "2026-01-01"]),
        ("forever", ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-03-02", "2026-03-09", "2026-03-10",
                     "2026-03-11"]),
        ("young", ["2026-03-10", "2026-03-11"]),
        ("later", []),
        ("at_noon", ["2026-03-10 12:00:00", "2026-03-11 12:00:00"]),
    ],
)  # fmt: skip
def test_which_dates_are_active(vault: VaultProject, model: str, wanted: list[str]) -> None:
    assert active(vault, model) == wanted


def test_flags_tell_which_rule_keeps_a_date(vault: VaultProject) -> None:
    assert active(vault, "forever", "is_daily") == ["2026-03-10", "2026-03-11"]
    assert active(vault, "forever", "is_weekly") == ["2026-03-02", "2026-03-09"]
    assert active(vault, "forever", "is_monthly")[:2] == ["2025-12-01", "2026-01-01"]
    assert active(vault, "forever", "is_yearly") == []
    assert active(vault, "forever", "is_latest") == ["2026-03-11"]


def test_each_day_has_a_row_unless_only_active_ones_are_asked_for(vault: VaultProject) -> None:
    vault.run("daily", "only_active")
    assert vault.table("daily").count() == 70
    assert active(vault, "only_active", "true") == ["2026-03-02", "2026-03-09", "2026-03-10", "2026-03-11"]


def test_today_is_the_day_of_the_run(vault: VaultProject) -> None:
    vault.run("until_now")
    assert vault.table("until_now").where("is_active and AS_OF_DATE = current_date() and is_latest").count() == 1


def rows_left(vault: VaultProject, model: str) -> list[str]:
    return [row[0] for row in vault.rows(model, "concat(HK, day(AS_OF_DATE))")]


@pytest.mark.parametrize(
    ("model", "kept", "wanted"),
    [
        ("pit_of_control", {"kept": [("2026-01-01", True), ("2026-01-02", False), ("2026-01-04", True)]}, ["a1", "b1"]),
        ("pit_of_dates", {"dates": [("2026-01-02",)]}, ["a2"]),
        ("pit_of_dates", {"dates": []}, ["a1", "a2", "a3", "b1"]),
        ("pit_of_control", {"kept": [("2026-01-01", False)]}, ["a1", "a2", "a3", "b1"]),
    ],
)
def test_rows_of_dates_that_are_not_kept_are_deleted(
    vault: VaultProject, model: str, kept: dict[str, Any], wanted: list[str]
) -> None:
    vault.load(rows=[("a", f"2026-01-0{day}") for day in (1, 2, 3)] + [("b", "2026-01-01")], **kept)
    vault.run(model, first=True)
    for _ in range(2):
        assert rows_left(vault, model) == wanted
        vault.run(model)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("pit_of_odd", "clean_up_pit(snapshot_model) in pit_of_odd\n    got: the column AS_OF_DATE\n"),
        ("no_start", "snapshot_control(start_date) in no_start\n    got: nothing\n"),
        ("odd_start", "snapshot_control(start_date) in odd_start\n    got: 1.1.2026\n    wanted: a date as YYYY-MM-DD"),
        ("odd_today", "snapshot_control(today) in odd_today\n    got: now\n"),
        ("no_rule", ("snapshot_control(daily) in no_rule\n    got: no rule\n"
                    "    wanted: at least one of daily, weekly, monthly, yearly")),
        ("odd_rule", "snapshot_control(weekly) in odd_rule\n    got: always\n    wanted: a number of weeks, or"),
        ("odd_count", "snapshot_control(monthly) in odd_count\n    got: -1\n"),
        ("odd_time", "snapshot_control(time_of_day) in odd_time\n    got: noon\n    wanted: a time as HH:MM:SS"),
    ],
)  # fmt: skip
def test_a_bad_argument_is_a_letter(vault: VaultProject, model: str, told: str) -> None:
    assert told in vault.refusal(model)
