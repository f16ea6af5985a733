"""Reference tables: the distinct rows of codes that are new, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day
from vaults import VaultProject

STAGED = "CODE string, LANGUAGE string, NAME string, LOAD_DATE timestamp, SOURCE string"
CALL = "{{{{ hallmark.ref_table({}) }}}}"
PLAIN = "src_pk='CODE', src_extra_columns=['NAME'], source_model='stg_airports'"
MODELS = {
    "ref_plain": CALL.format(PLAIN),
    "ref_codes": CALL.format("src_pk='CODE', source_model='stg_airports'"),
    "ref_dated": CALL.format(PLAIN + ", src_ldts='LOAD_DATE', src_source='SOURCE'"),
    "ref_positional": "{{ hallmark.ref_table('CODE', 'NAME', 'LOAD_DATE', 'SOURCE', 'stg_airports') }}",
    "ref_composite": CALL.format(
        "src_pk=['CODE', 'LANGUAGE'], src_extra_columns='NAME', source_model=['stg_airports']"
    ),
    "ref_alias": CALL.format(
        """src_pk={'source_column': 'CODE', 'alias': 'AIRPORT'}, source_model='stg_airports',
           src_extra_columns=[{'source_column': 'NAME', 'alias': 'AIRPORT_NAME'}]"""
    ),
    "ref_of_two": CALL.format("src_pk='CODE', src_extra_columns='NAME', source_model=['stg_airports', 'stg_more']"),
    "ref_of_seed": CALL.format("src_pk='code', src_extra_columns=['name'], source_model='airports'"),
    "ref_table": "{{ config(materialized='table') }}" + CALL.format(PLAIN),
    "ref_view": "{{ config(materialized='view') }}" + CALL.format(PLAIN),
    "bad_column": CALL.format("src_pk='CODE', src_extra_columns=['NAMES'], source_model='stg_airports'"),
    "bad_no_source": CALL.format("src_pk='CODE'"),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    inputs = {"stg_airports": STAGED, "stg_more": STAGED}
    seed = {"seeds/airports.csv": "code,name\nLHR,Heathrow\nLTN,Luton\nLTN,Luton\n"}
    return VaultProject(spark, tmp_path_factory.mktemp("ref"), MODELS, inputs, files=seed)


def code(of: str | None, name: str | None, at: int = 1, language: str | None = "en") -> tuple[Any, ...]:
    return (of, language, name, day(at), "iata")


def airports(*rows: Sequence[Any]) -> Load:
    return {"stg_airports": rows}


CASES: dict[str, Case] = {
    "a first load": (
        "ref_plain",
        [airports(code("LHR", "Heathrow"), code("LTN", None))],
        [("LHR", "Heathrow"), ("LTN", None)],
    ),
    "codes that are new": (
        "ref_plain",
        [airports(code("LHR", "Heathrow")), airports(code("LHR", "Heathrow"), code("STN", "Stansted"))],
        [("LHR", "Heathrow"), ("STN", "Stansted")],
    ),
    "a code that has another name now": (
        "ref_plain",
        [airports(code("LHR", "old")), airports(code("LHR", "new"))],
        [("LHR", "old")],
    ),
    "rows that agree are one": (
        "ref_plain",
        [airports(code("LHR", "Heathrow", 1), code("LHR", "Heathrow", 2))],
        [("LHR", "Heathrow")],
    ),
    "rows of a code that differ are all kept": (
        "ref_plain",
        [airports(code("LHR", "a"), code("LHR", "b"))],
        [("LHR", "a"), ("LHR", "b")],
    ),
    "a null code": ("ref_plain", [airports(code(None, "nowhere"), code("LHR", "Heathrow"))], [("LHR", "Heathrow")]),
    "a load without rows": ("ref_plain", [airports(), airports(code("LHR", "a")), airports()], [("LHR", "a")]),
    "codes only": (
        "ref_codes",
        [airports(code("LHR", "a"), code("LHR", "b")), airports(code("STN", ""))],
        [("LHR",), ("STN",)],
    ),
    "with load date and source": (
        "ref_dated",
        [airports(code("LHR", "a", 1)), airports(code("LHR", "b", 2), code("STN", "c", 2))],
        [("LHR", "a", 1, "iata"), ("STN", "c", 2, "iata")],
    ),
    "arguments by position": ("ref_positional", [airports(code("LHR", "a"))] * 2, [("LHR", "a", 1, "iata")]),
    "a code of two columns": (
        "ref_composite",
        [
            airports(code("LHR", "a")),
            airports(code("LHR", "x"), code("LHR", "b", language="de"), code("LHR", "c", language=None)),
        ],
        [("LHR", "de", "b"), ("LHR", "en", "a")],
    ),
    "aliases": (
        "ref_alias",
        [airports(code("LHR", "a")), airports(code("LHR", "b"), code("STN", "c"))],
        [("LHR", "a"), ("STN", "c")],
    ),
    "two sources": (
        "ref_of_two",
        [{"stg_airports": [code("LHR", "a")], "stg_more": [code("LHR", "a"), code("STN", "b")]}],
        [("LHR", "a"), ("STN", "b")],
    ),
    "as a table, each load anew": (
        "ref_table",
        [airports(code("LHR", "a")), airports(code("LHR", "b"))],
        [("LHR", "b")],
    ),
    "as a view": ("ref_view", [airports(code("LHR", "a")), airports(code("LHR", "b"))], [("LHR", "b")]),
}


@pytest.fixture(scope="module")
def shared(vault: VaultProject) -> Cases:
    return Cases(vault, CASES)


@pytest.mark.parametrize("case", CASES)
def test_rows_of_a_reference_table(shared: Cases, case: str) -> None:
    assert shared.rows(case) == CASES[case][2]


def test_a_seed_is_a_source(vault: VaultProject) -> None:
    assert vault.command("seed").success
    vault.run("ref_of_seed", first=True)
    vault.run("ref_of_seed")
    assert vault.rows("ref_of_seed") == [("LHR", "Heathrow"), ("LTN", "Luton")]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("bad_column", ["ref_table(src_extra_columns) in bad_column", "the column NAMES", "a column of stg_airports"]),
        ("bad_no_source", ["ref_table(source_model) in bad_no_source", "the argument is required"]),
    ],
)
def test_a_wrong_argument_is_a_letter(vault: VaultProject, model: str, said: list[str]) -> None:
    vault.load(stg_airports=[])
    letter = vault.refusal(model)
    assert [part for part in said if part not in letter] == [], letter
