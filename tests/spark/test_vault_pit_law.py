"""A law of point-in-time tables: whatever the histories, and in however many runs, each row is what the rule says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from vaults import VaultProject

INPUTS = {
    "hub": "HK string, LOAD_DATE timestamp",
    "as_of": "AS_OF_DATE timestamp",
    "SAT_A": "HK string, LOAD_DATE timestamp",
    "SAT_B": "HK string, LOAD_DATE timestamp",
    "stg": "LOAD_DATE timestamp",
}
PIT = """{{ hallmark.pit(source_model='hub', src_pk='HK', as_of_dates_table='as_of', src_ldts='LOAD_DATE',
    satellites={'SAT_A': {'pk': {'PK': 'HK'}, 'ldts': {'LDTS': 'LOAD_DATE'}},
                'SAT_B': {'pk': {'PK': 'HK'}, 'ldts': {'LDTS': 'LOAD_DATE'}}},
    stage_tables_ldts={'stg': 'LOAD_DATE'}) }}"""
Loads = Sequence[tuple[str, int]]
keys, days = st.sampled_from("abcdefgh"), st.integers(1, 9)
loads = st.lists(st.tuples(keys, days), max_size=40)


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("pit_law")
    return VaultProject(spark, folder, {"pit": PIT}, INPUTS, materialized="pit_incremental")


@pytest.fixture(scope="module")
def compiled(vault: VaultProject) -> str:
    """The SQL of a first run; the inputs are views."""
    vault.load(hub=[], as_of=[], SAT_A=[], SAT_B=[], stg=[])
    answer = vault.command("compile", "--select", "pit")
    assert answer.success, answer.exception
    return str(answer.result.results[0].node.compiled_code)


def load(vault: VaultProject, hub: set[str], a: Loads, b: Loads, dates: Sequence[int]) -> None:
    def rows(of: Loads) -> list[tuple[str, str]]:
        return [(key, f"2026-01-{at:02}") for key, at in of]

    first = {key: min((at for k, at in (*a, *b) if k == key), default=1) for key in sorted(hub)}
    vault.load(hub=rows(list(first.items())), SAT_A=rows(a), SAT_B=rows(b))
    vault.load(as_of=[(f"2026-01-{at:02}",) for at in dates])


def by_hand(hub: set[str], a: Loads, b: Loads, dates: Sequence[int]) -> list[tuple[str, int, str, int, str, int]]:
    """The rule, a row at a time; the ghost's day is the first of its month, so it is given as 0 here."""

    def newest(of: Loads, key: str, date: int) -> tuple[str, int]:
        seen = [at for k, at in of if k == key and at <= date]
        return (key, max(seen)) if seen else ("0" * 32, 0)

    return sorted((key, date, *newest(a, key, date), *newest(b, key, date)) for key in hub for date in set(dates))


def found(vault: VaultProject, table: str) -> list[tuple[object, ...]]:
    at = "if(year({0}) = 1900, 0, day({0}))"
    frame = vault.spark.sql(f"select * from {table}")
    columns = ["HK", "day(AS_OF_DATE)"]
    columns += [each for n in "AB" for each in (f"SAT_{n}_PK", at.format(f"SAT_{n}_LDTS"))]
    return sorted(map(tuple, frame.selectExpr(*columns).collect()))


@settings(max_examples=8)
@given(hub=st.sets(keys), both=st.tuples(loads, loads), dates=st.lists(days, max_size=9))
def test_a_first_run_is_what_the_rule_says(
    vault: VaultProject, compiled: str, hub: set[str], both: tuple[Loads, Loads], dates: list[int]
) -> None:
    load(vault, hub, *both, dates)
    assert found(vault, f"({compiled})") == by_hand(hub, *both, dates)


@settings(max_examples=3)
@given(a=loads, b=loads, dates=st.lists(days, min_size=1, max_size=9), cut=st.integers(2, 9))
def test_two_runs_are_one(vault: VaultProject, a: Loads, b: Loads, dates: list[int], cut: int) -> None:
    """Loads from day `cut` on come after the first run; the stage tells of them."""
    before = [[row for row in of if row[1] < cut] for of in (a, b)]
    load(vault, {key for key, _ in (*before[0], *before[1])}, *before, [at for at in dates if at < cut])
    vault.load(stg=[("2026-01-01",)])
    vault.run("pit", first=True)
    hub = {key for key, _ in (*a, *b)}
    load(vault, hub, a, b, dates)
    vault.load(stg=[(f"2026-01-{cut:02}",)])
    vault.run("pit")
    assert found(vault, f"{vault.schema}.pit") == by_hand(hub, a, b, dates)
