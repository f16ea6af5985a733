"""Multi-active satellites with `src_order`: each member's versions in the order of what took effect."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from vault_loads import day
from vaults import VaultProject, in_one

STAGED = (
    "CUSTOMER_HK string, HASHDIFF string, PHONE string, NAME string, IS_DELETED boolean, EFFECTIVE_FROM timestamp, "
    "PLACE int, LOAD_DATE timestamp, SOURCE string"
)
ALIAS = "{{'source_column': '{}', 'alias': '{}'}}".format
MODELS = {
    "ma_sat": """{{ hallmark.ma_sat(
        src_pk='CUSTOMER_HK', src_cdk=['PHONE'], src_hashdiff='HASHDIFF', src_payload=['NAME', 'IS_DELETED'],
        src_eff='EFFECTIVE_FROM', src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg',
        src_order='PLACE') }}""",
    "ma_sat_aliased": f"""{{{{ hallmark.ma_sat(
        src_pk={ALIAS("CUSTOMER_HK", "key")}, src_cdk=[{ALIAS("PHONE", "the-phone")}, 'NAME'],
        src_hashdiff={ALIAS("HASHDIFF", "diff")}, src_payload={{'exclude_columns': true, 'columns': ['SOURCE']}},
        src_eff={ALIAS("EFFECTIVE_FROM", "from")}, src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg',
        src_order=['PLACE', 'IS_DELETED']) }}}}""",
    "ma_sat_odd": """{{ hallmark.ma_sat(
        src_pk='CUSTOMER_HK', src_cdk='PHONE', src_hashdiff='HASHDIFF', src_payload='NAME', src_eff='EFFECTIVE_FROM',
        src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg', src_order='LSN') }}""",
}  # fmt: skip
TESTS = """
version: 2
models:
  - name: ma_sat
    data_tests:
      - hallmark.vault_no_unchanged_rows:
          name: changed
          arguments:
            {src_pk: [CUSTOMER_HK, PHONE], src_hashdiff: HASHDIFF, src_ldts: LOAD_DATE,
             order_by: [EFFECTIVE_FROM, PLACE]}
      - hallmark.vault_hashdiff_covers:
          name: covers
          arguments:
            {src_pk: CUSTOMER_HK, src_hashdiff: HASHDIFF, src_payload: [NAME, IS_DELETED], src_eff: EFFECTIVE_FROM,
             src_ldts: LOAD_DATE, src_source: SOURCE, src_extra_columns: [PHONE, PLACE]}
"""


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("ordered_ma")
    return VaultProject(spark, folder, MODELS, {"stg": STAGED}, files={"models/tests.yml": TESTS})


def versions(text: str, load: int, case: str = "k") -> list[tuple[Any, ...]]:
    """`1A2` says A of member 1 from day 2 on (`1A2.3`: place 3 of that day), `1x2` that it is gone then, `1?2` null."""
    rows = []
    for one in text.split():
        member, name, (at, _, place) = one[0], one[1], one[2:].partition(".")
        is_null, phone = name == "?", None if member == "-" else member
        diff = None if is_null else name
        rows.append((None if member == "~" else case, diff, phone, diff, name == "x", day(int(at)), int(place or 0),
                     f"2026-02-{load:02}", "crm"))  # fmt: skip
    return rows


CASES: dict[str, tuple[list[str], str]] = {
    "a first load": (["1A1 2A1"], "1A1 2A1"),
    "no change": (["1A1 2A1", "1A2 2A2"], "1A1 2A1"),
    "a change of one": (["1A1 2A1", "1A2 2B2"], "1A1 2A1 2B2"),
    "a change back": (["1A1", "1B2", "1A3"], "1A1 1B2 1A3"),
    "one more": (["1A1", "2A2"], "1A1 2A2"),
    "one that is not mentioned stays": (["1A1 2A1", "1B2"], "1A1 2A1 1B2"),
    "one that is gone": (["1A1 2A1", "2x2"], "1A1 2A1 2x2"),
    "one that is gone and comes again": (["1A1", "1x2", "1x3", "1A4"], "1A1 1x2 1A4"),
    "several changes in a load": (["1A1 1B2 2A1 1A3 2A3"], "1A1 2A1 1B2 1A3"),
    "several changes in a later load": (["1A1", "1A2 1B3 1A4"], "1A1 1B3 1A4"),
    "a late one between": (["1A1 1C3", "1B2"], "1A1 1B2 1C3"),
    "a late one like that before it": (["1A1 1C3", "1A2"], "1A1 1C3"),
    "a late one beside another member's": (["1A1 2A2 1C3", "2A1"], "1A1 2A1 2A2 1C3"),
    "places of one day": (["1C1.3 1A1.1 1B1.2", "1C1.4"], "1A1.1 1B1.2 1C1.3"),
    "the same load twice": (["1A1 1B2 1A3", "1A1 1B2 1A3"], "1A1 1B2 1A3"),
    "all loads once more": (["1A1", "1B2", "1A1 1B2 1A3"], "1A1 1B2 1A3"),
    "rows twice": (["1A1 1A1", "1B2 1B2"], "1A1 1B2"),
    "no key, no member": (["1A1 -A1 ~A1", "~B2 -B2"], "1A1"),
    "null is a description": (["1?1", "1?2", "1A3", "1?4"], "1?1 1A3 1?4"),
}


def load_all(vault: VaultProject, model: str, cases: dict[str, list[str]]) -> None:
    numbered = {case: [[(n, text)] for n, text in enumerate(loads, 1)] for case, loads in cases.items()}
    for number, texts in enumerate(in_one(numbered, lambda case, one: (case, *one))):
        vault.load(stg=[row for case, n, text in texts for row in versions(text, n, case)])
        vault.run(model, first=number == 0)


@pytest.fixture(scope="module")
def outcome(vault: VaultProject) -> dict[str, str]:
    load_all(vault, "ma_sat", {case: loads for case, (loads, _) in CASES.items()})
    found: dict[str, list[str]] = {}
    for case, *version in vault.rows(
        "ma_sat", "CUSTOMER_HK", "day(EFFECTIVE_FROM)", "PLACE", "PHONE", "if(IS_DELETED, 'x', coalesce(NAME, '?'))"
    ):
        at, place, member, name = version
        found.setdefault(case, []).append(f"{member}{name}{at}" + (f".{place}" if place else ""))
    return {case: " ".join(rows) for case, rows in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_version_is_added_when_it_differs_from_the_members_one_before(outcome: dict[str, str], case: str) -> None:
    assert outcome[case] == CASES[case][1]


def test_columns_may_be_lists_and_have_aliases(vault: VaultProject) -> None:
    load_all(vault, "ma_sat_aliased", {"k": ["1A1 1B1", "1A2 1B2", "1x3", "1x3"]})
    assert vault.table("ma_sat_aliased").columns == [
        "key", "diff", "the-phone", "NAME", "IS_DELETED", "PLACE", "from", "LOAD_DATE", "SOURCE",
    ]  # fmt: skip
    assert vault.rows("ma_sat_aliased", "`the-phone`", "NAME", "day(`from`)") == [
        ("1", "A", 1), ("1", "B", 1), ("1", "x", 3),
    ]  # fmt: skip


def test_the_tests_of_a_vault_take_a_member_for_a_key(vault: VaultProject) -> None:
    load_all(vault, "ma_sat", {"k": ["1A1 2A1", "2A2 1B3"]})
    assert failures(vault, "changed") == 0
    load_all(vault, "ma_sat", {"k": ["1A1 2A2", "2A1"]})  # what is late can make a row that was there superfluous
    assert failures(vault, "changed") == 1
    assert failures(vault, "covers") == 3  # letters are no hashes; of the columns, none is told of


def failures(vault: VaultProject, test: str) -> int:
    (found,) = vault.command("test", "--select", test).result.results
    assert found.status in ("pass", "fail"), found.message
    return int(found.failures)


def test_an_order_that_the_source_lacks_is_a_letter(vault: VaultProject) -> None:
    vault.load(stg=versions("1A1", 1))
    letter = vault.refusal("ma_sat_odd", first=True)
    assert (
        "ma_sat(src_order) in ma_sat_odd\n    got: the column LSN\n    wanted: a column of stg: CUSTOMER_HK" in letter
    )
