"""Effectivity satellites with `src_order`: in the order in which things took effect, whenever they were loaded."""

from __future__ import annotations

from typing import Any

import pytest
from ordered_loads import STAGED, load_together, statements, told
from pyspark.sql import SparkSession
from vaults import VaultProject

ARGUMENTS = {
    "src_pk": "'LINK_HK'", "src_dfk": "'ORDER_HK'", "src_sfk": "'CUSTOMER_HK'", "src_start_date": "'START_DATE'",
    "src_end_date": "'END_DATE'", "src_eff": "'EFFECTIVE_FROM'", "src_order": "'PLACE'",
}  # fmt: skip


def eff_sat(config: str = "", **more: str) -> str:
    arguments = {**ARGUMENTS, "src_ldts": "'LOAD_DATE'", "src_source": "'SOURCE'", "source_model": "'stg'", **more}
    return f"{config} {{{{ hallmark.eff_sat({', '.join(f'{name}={value}' for name, value in arguments.items())}) }}}}"


def effective_rows(model: str, materialized: str = "view", **more: str) -> str:
    arguments = {name: value for name, value in ARGUMENTS.items() if name != "src_sfk"} | more
    named = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return f"{{{{ config(materialized='{materialized}') }}}} {{{{ hallmark.effective_rows('{model}', {named}) }}}}"


AUTO = "{{ config(is_auto_end_dating=true) }}"
ALIASED = {
    "src_pk": "{'source_column': 'LINK_HK', 'alias': 'link-key'}", "src_dfk": "['ORDER_HK', 'REGION']",
    "src_sfk": "['CUSTOMER_HK', {'source_column': 'KIND', 'alias': 'of-kind'}]",
    "src_end_date": "{'source_column': 'END_DAY', 'alias': 'end'}",
    "src_eff": "{'source_column': 'EFFECTIVE_FROM', 'alias': 'from'}",
    "src_order": "[{'source_column': 'PLACE', 'alias': 'order'}, 'KIND']", "src_extra_columns": "['NOTE']",
}  # fmt: skip
MODELS = {
    "eff": eff_sat(),
    "eff_read": effective_rows("eff"),
    "aliased": eff_sat(**ALIASED, source_model="'stg_more'"),
    "aliased_read": effective_rows(
        "aliased", src_pk="'link-key'", src_dfk="['ORDER_HK', 'REGION']", src_end_date="'end'", src_eff="'from'",
        src_order="['order', 'KIND']",
    ),
    "eff_ephemeral": "{{ config(materialized='ephemeral') }} select * from {{ ref('eff') }}",
    "read_of_ephemeral": effective_rows("eff_ephemeral"),
    "eff_auto": eff_sat(AUTO),
    "eff_odd": eff_sat(src_order="['PLACES']"),
    "eff_two_ends": eff_sat(src_end_date="['END_DATE', 'PLACE']"),
    "eff_two_effects": eff_sat(src_eff="['EFFECTIVE_FROM', 'PLACE']"),
    "read_two_ends": effective_rows("eff", src_end_date="['END_DATE', 'START_DATE']"),
    "read_two_effects": effective_rows("eff", src_eff="['EFFECTIVE_FROM', 'PLACE']"),
    "read_odd": effective_rows("eff", src_end_date="'ENDS'"),
    "read_nothing": effective_rows("eff", src_order="none"),
}  # fmt: skip
OVERLAP = """
version: 2
models:"""
for _name in ("eff", "eff_read"):
    OVERLAP += f"""
  - name: {_name}
    data_tests:
      - hallmark.vault_no_overlap:
          name: overlap_of_{_name}
          arguments:
            {{src_pk: LINK_HK, src_dfk: ORDER_HK, src_start_date: START_DATE, src_end_date: END_DATE,
             src_ldts: EFFECTIVE_FROM}}"""
MORE = STAGED.replace("END_DATE timestamp", "END_DAY date") + ", REGION string, KIND string, NOTE string"


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    inputs, files = {"stg": STAGED, "stg_more": MORE}, {"models/tests.yml": OVERLAP}
    return VaultProject(spark, tmp_path_factory.mktemp("ordered_eff"), MODELS, inputs, files=files)


CASES: dict[str, tuple[list[str], str, str]] = {  # loads; what the table has then; how it reads
    "a first load": (["a1"], "a1", "a1"),
    "still so": (["a1", "a2"], "a1", "a1"),
    "another": (["a1", "b2"], "a1 b2", "a1 a2! b2"),
    "another and back": (["a1", "b2", "a3"], "a1 b2 a3", "a1 a2! b2 a3 b3!"),
    "several changes in a load": (["a1 b2 a3", "c4 a5"], "a1 b2 a3 c4 a5", "a1 a2! b2 a3 b3! a4! c4 a5 c5!"),
    "a load of changes and repetitions": (["a1 a2 b3 b4"], "a1 b3", "a1 a3! b3"),
    "closed": (["a1", "a2!"], "a1 a2!", "a1 a2!"),
    "closed on a day of its own": (["a1", "a3!2"], "a1 a3!2", "a1 a3!2"),
    "closed and still closed": (["a1 a2!", "a3!"], "a1 a2!", "a1 a2!"),
    "closed from the first": (["a1!"], "a1!", "a1!"),
    "closed and another": (["a1", "a2!", "b3"], "a1 a2! b3", "a1 a2! b3"),
    "closed and another on one day": (["a1", "a2.1! b2.2"], "a1 a2.1! b2.2", "a1 a2.1! b2.2"),
    "closed and another at once": (["a1", "b2 a2!"], "a1 a2! b2", "a1 a2! b2"),
    "still so and another closed at once": (["a1", "a2 b2!"], "a1 a2 b2!", "a1 a2 a2! b2!"),
    "closed and open again": (["a1 a2!", "a3"], "a1 a2! a3", "a1 a2! a3"),
    "closed and open again on one day": (["a1", "a2.1! a2.2"], "a1 a2.1! a2.2", "a1 a2.1! a2.2"),
    "another is closed": (["a1", "b2!"], "a1 b2!", "a1 a2! b2!"),
    "a late one between": (["a1 c3", "b2"], "a1 b2 c3", "a1 a2! b2 b3! c3"),
    "a late one like that before it": (["a1 c3", "a2"], "a1 c3", "a1 a3! c3"),
    "a late one like that after it": (["a1 b3", "b2"], "a1 b2 b3", "a1 a2! b2"),
    "a late one before all": (["a2", "a1"], "a1 a2", "a1"),
    "a late end": (["a1 b3", "a2!"], "a1 a2! b3", "a1 a2! b3"),
    "an end that was earlier": (["a1 a3!", "a2!"], "a1 a2! a3!", "a1 a2!"),
    "the day's last counts": (["a1", "c2.2 b2.1"], "a1 b2.1 c2.2", "a1 a2.2! c2.2"),
    "there and back in a day": (["a1 b2.1 a2.2"], "a1 b2.1 a2.2", "a1"),
    "closed, another and back in a day": (["a1 a2.1! b2.2 a2.3"], "a1 a2.1! b2.2 a2.3", "a1 a2.1! a2.3"),
    "another closed and a third in a day": (
        ["a1 b2.1 b2.2! c2.3"],
        "a1 b2.1 b2.2! c2.3",
        "a1 a2.2! b2.2! c2.3",
    ),
    "opened and closed in a day": (["a1.1 a1.2!"], "a1.1 a1.2!", "a1.2!"),
    "a late one early in a day": (["a1 b2.2", "b2.1"], "a1 b2.1 b2.2", "a1 a2.1! b2.1"),
    "two at once": (["b1 a1", "c2"], "a1 b1 c2", "b1 b2! c2"),
    "the same load twice": (["a1 b2 a3!", "a1 b2 a3!"], "a1 b2 a3!", "a1 a2! b2 a3! b3!"),
    "all loads once more": (["a1", "b2", "a1 b2 a3"], "a1 b2 a3", "a1 a2! b2 a3 b3!"),
    "rows twice": (["a1 a1", "b2 b2"], "a1 b2", "a1 a2! b2"),
    "an order that is null": (["a1.n", "a1.n b1"], "a1.n b1", "b1"),
    "no key": (["a1 ~a2", "-3"], "a1", "a1"),
    "what was no change when it came is lost": (["a1 a3", "b2"], "a1 b2", "a1 a2! b2"),
    "but not of a source that still has it": (["a1 a3", "a1 b2 a3"], "a1 b2 a3", "a1 a2! b2 a3 b3!"),
}


@pytest.fixture(scope="module")
def outcome(vault: VaultProject) -> dict[str, tuple[str, str]]:
    """What table and reading have of each case after its loads."""
    load_together(vault, ["eff", "eff_read"], {case: loads for case, (loads, *_) in CASES.items()})
    table, read = told(vault, "eff"), told(vault, "eff_read")
    return {case: (table[case], read[case]) for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_statements_are_told_in_the_order_of_their_driving_key(outcome: dict[str, tuple[str, str]], case: str) -> None:
    assert outcome[case] == CASES[case][1:]


def test_columns_may_be_lists_and_have_aliases(vault: VaultProject) -> None:
    def more(text: str, load: int, region: str, kind: str, note: str) -> list[tuple[Any, ...]]:
        return [
            (f"{link}-{kind}", order, other, start, end[:10], effective, *rest, region, kind, note)
            for link, order, other, start, end, effective, *rest in statements(text, load)
        ]

    for number, rows in enumerate([
        more("a1", 1, "north", "x", "kept") + more("a1", 1, "south", "x", "kept"),
        more("a2", 2, "north", "y", "new") + more("a2", 2, "south", "x", "no change"),
    ]):  # fmt: skip
        vault.load(stg_more=rows)
        vault.run("aliased", "aliased_read", first=number == 0)
    columns = [
        "link-key", "ORDER_HK", "REGION", "CUSTOMER_HK", "of-kind", "START_DATE", "end", "order", "KIND", "NOTE",
        "from", "LOAD_DATE", "SOURCE",
    ]  # fmt: skip
    assert vault.table("aliased").columns == vault.table("aliased_read").columns == columns
    assert vault.table("aliased").dtypes == vault.table("aliased_read").dtypes
    shown = ["REGION", "`of-kind`", "day(`from`)", "year(end)", "KIND", "NOTE"]
    assert vault.rows("aliased_read", *shown) == [
        ("north", "x", 1, 9999, "x", "kept"),
        ("north", "x", 2, 2026, "y", "kept"),
        ("north", "y", 2, 9999, "y", "new"),
        ("south", "x", 1, 9999, "x", "kept"),
    ]


def test_an_ephemeral_model_is_read_as_its_table(vault: VaultProject) -> None:
    load_together(vault, ["eff", "eff_read", "read_of_ephemeral"], {"it": ["a1 b2.1 c2.2", "a3"]})
    assert told(vault, "read_of_ephemeral") == told(vault, "eff_read") == {"it": "a1 a2.2! c2.2 a3 c3!"}


def test_periods_overlap_in_the_table_and_not_as_they_read(vault: VaultProject) -> None:
    load_together(vault, ["eff", "eff_read"], {"it": ["a1 b2.1 c2.2 a5", "c3 b4"]})
    status = {
        test: vault.command("test", "--select", test).result.results[0].status
        for test in ("overlap_of_eff", "overlap_of_eff_read")
    }
    assert status == {"overlap_of_eff": "fail", "overlap_of_eff_read": "pass"}


def test_an_order_and_end_dating_are_not_for_one_model(vault: VaultProject) -> None:
    vault.load(stg=statements("a1", 1))
    letter = vault.refusal("eff_auto", first=True)
    assert "eff_sat(src_order) in eff_auto\n    got: is_auto_end_dating beside src_order\n    wanted: one of" in letter


@pytest.mark.parametrize(
    ("model", "letter"),
    [
        ("eff_odd", "eff_sat(src_order) in eff_odd\n    got: the column PLACES\n    wanted: a column of stg: LINK_HK"),
        (
            "eff_two_ends",
            "eff_sat(src_end_date) in eff_two_ends\n    got: the columns END_DATE, PLACE\n    wanted: one",
        ),
        ("eff_two_effects", "eff_sat(src_eff) in eff_two_effects\n    got: the columns EFFECTIVE_FROM, PLACE\n"),
        ("read_two_ends", "effective_rows(src_end_date) in read_two_ends\n    got: the columns END_DATE, START_DATE\n"),
        (
            "read_two_effects",
            "effective_rows(src_eff) in read_two_effects\n    got: the columns EFFECTIVE_FROM, PLACE\n",
        ),
        ("read_odd", "effective_rows(src_end_date) in read_odd\n    got: the column ENDS\n    wanted: a column of eff"),
        ("read_nothing", "effective_rows(src_order) in read_nothing\n    got: nothing\n    wanted: a value"),
    ],
)
def test_what_cannot_be_meant_is_a_letter(vault: VaultProject, model: str, letter: str) -> None:
    vault.load(stg=statements("a1", 1))
    vault.run("eff", first=True)
    assert letter in vault.refusal(model, first=True)
