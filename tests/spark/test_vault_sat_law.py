"""Satellites of drawn loads are what the documented rules give, done row by row in Python."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject, in_one

pytestmark = pytest.mark.compiled

STAGED = "HK string, HASHDIFF string, PHONE string, LOAD_DATE timestamp, SOURCE string"
ARGUMENTS = "src_hashdiff='HASHDIFF', src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg'"
MODELS = {
    "sat_plain": f"{{{{ hallmark.sat(src_pk='HK', src_payload='PHONE', {ARGUMENTS}) }}}}",
    "sat_filtered": f"""{{{{ config(apply_source_filter=true) }}}}
        {{{{ hallmark.sat(src_pk='HK', src_payload='PHONE', {ARGUMENTS}) }}}}""",
    "ma_sat": f"""{{{{ hallmark.ma_sat(src_pk='HK', src_cdk='PHONE', src_payload='SOURCE', {
        ARGUMENTS.replace("src_source='SOURCE'", "src_source={'source_column': 'HK', 'alias': 'BY'}")
    }) }}}}""",
}
Member = tuple[str, str]  # hashdiff, phone
Version = tuple[int, str, str]  # day, hashdiff, phone


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("law"), MODELS, {"stg": STAGED})


def drawn_versions(seed: int) -> list[list[Version]]:
    """Four loads of a key: some days of the next ones (or, at times, of those before) with one description each."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    loads, today = [], 1
    for _ in range(4):
        begin = max(1, today - draw.choice([0, 0, 0, 2]))
        days = [day for day in range(begin, begin + 5) if draw.random() < 0.5]
        rows = [(day, draw.choice("ABC"), "1") for day in days]
        loads.append(rows + draw.sample(rows, draw.randint(0, len(rows))))
        draw.shuffle(loads[-1])
        today = begin + 5
    return loads


def as_documented(loads: list[list[Version]], *, filtered: bool) -> list[Version]:
    """The rows of a satellite: one key, one description a load date in each load."""
    table: list[Version] = []
    for number, rows in enumerate(loads):
        newest = max((day for day, *_ in table), default=0)
        latest = {hashdiff for day, hashdiff, _ in table if day == newest}
        batch = sorted(row for row in set(rows) if number == 0 or not filtered or row[0] > newest)
        for place, row in enumerate(batch):
            differs = row[1] not in latest if place == 0 else row[1] != batch[place - 1][1]
            if differs and row not in table:
                table.append(row)
    return sorted(table)


@pytest.mark.parametrize("model", ["sat_plain", "sat_filtered"])
def test_a_satellite_is_what_the_rules_give(vault: VaultProject, model: str) -> None:
    cases = {str(seed): drawn_versions(seed) for seed in range(150)}
    wanted = {case: as_documented(loads, filtered=model == "sat_filtered") for case, loads in cases.items()}
    assert _loaded(vault, model, cases) == {case: rows for case, rows in wanted.items() if rows}


def drawn_sets(seed: int) -> list[list[Version]]:
    """Five loads of a key: a set of numbers a day, each with a description."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    loads = []
    for day in range(1, 6):
        phones = [phone for phone in "123" if draw.random() < 0.6]
        loads.append([(day, draw.choice("AAB"), phone) for phone in phones])
    return loads


def sets_as_documented(loads: list[list[Version]]) -> list[Version]:
    """The rows of a multi-active satellite of one key: a set that is not the latest one."""
    table: list[Version] = []
    for rows in loads:
        newest = max((day for day, *_ in table), default=0)
        if {row[1:] for row in rows} != {row[1:] for row in table if row[0] == newest}:
            table += rows
    return sorted(table)


def test_a_multi_active_satellite_is_what_the_rules_give(vault: VaultProject) -> None:
    cases = {str(seed): drawn_sets(seed) for seed in range(300)}
    wanted = {case: sets_as_documented(loads) for case, loads in cases.items()}
    assert _loaded(vault, "ma_sat", cases) == {case: rows for case, rows in wanted.items() if rows}


def _loaded(vault: VaultProject, model: str, cases: dict[str, list[list[Version]]]) -> dict[str, list[Version]]:
    for number, rows in enumerate(in_one(cases, _staged)):
        vault.load(stg=rows)
        vault.run(model, first=number == 0)
    found: dict[str, list[Version]] = {}
    for key, *version in vault.rows(model, "HK", "day(LOAD_DATE)", "HASHDIFF", "PHONE"):
        found.setdefault(key, []).append((version[0], version[1], version[2]))
    return {case: sorted(rows) for case, rows in found.items()}


def _staged(case: str, row: Version) -> tuple[Any, ...]:
    day, hashdiff, phone = row
    return (case, hashdiff, phone, f"2026-01-{day:02}", "crm")
