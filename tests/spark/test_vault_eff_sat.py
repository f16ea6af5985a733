"""Effectivity satellites: when relationships were open, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from effectivity_loads import AUTO, STAGED, eff_sat, tie
from pyspark.sql import SparkSession
from vaults import VaultProject, in_one

MODELS = {
    "told": eff_sat(),
    "ended": eff_sat(AUTO),
    "two_ends": eff_sat(src_end_date="['END_DATE', 'REGION']"),
    "ended_by_meta": eff_sat("{{ config(meta={'is_auto_end_dating': true}) }}"),
    "ended_of_two": eff_sat(AUTO, src_dfk="['ORDER_HK']", src_sfk="['CUSTOMER_HK', 'REGION']"),
    "ended_driven_by_two": eff_sat(AUTO, src_dfk="['ORDER_HK', 'REGION']"),
    "told_extra": eff_sat(
        src_extra_columns="['REGION']",
        src_start_date="{'source_column': 'START_DATE', 'alias': 'start'}",
        src_end_date="{'source_column': 'END_DATE', 'alias': 'end'}",
    ),
    "ended_extra": eff_sat(AUTO, src_extra_columns="['REGION']"),
    "odd": eff_sat(src_end_date="'ENDS'"),
    # as a stage has it by the documentation: an end that is `to_date('9999-12-31')`, and times of a source
    "days": "{{ config(materialized='view') }} select * except (START_DATE, END_DATE), "
    "to_date(START_DATE) as START_DATE, to_date(END_DATE) as END_DATE from {{ ref('stg') }}",
    "ended_by_days": eff_sat(AUTO, source_model="'days'"),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    project = VaultProject(spark, tmp_path_factory.mktemp("eff_sat"), MODELS, {"stg": STAGED})
    project.load(stg=[])
    project.run("days")
    return project


Load = Sequence[tuple[Any, ...]]
Cases = dict[str, tuple[list[Load], list[str]]]


def loaded(vault: VaultProject, model: str, cases: Cases) -> dict[str, list[str]]:
    """`order customer start-end effective@load source` of each case, sorted; an open end is `*`.

    No end is a `?`. All cases are loaded together into a new table.
    """
    for number, rows in enumerate(in_one({case: loads for case, (loads, _) in cases.items()}, _of_case)):
        vault.load(stg=rows)
        vault.run(model, first=number == 0)
    found: dict[str, list[str]] = {case: [] for case in cases}
    for key, *others in vault.rows(
        model, "ORDER_HK", "CUSTOMER_HK", "day(START_DATE)",
        "if(year(END_DATE) = 9999, '*', ifnull(string(day(END_DATE)), '?'))",
        "day(EFFECTIVE_FROM)", "day(LOAD_DATE)", "SOURCE",
    ):  # fmt: skip
        case, _, order = key.rpartition("/")
        found[case].append("{} {} {}-{} {}@{} {}".format(order, *others))
    return {case: sorted(rows) for case, rows in found.items()}


def _of_case(case: str, staged: tuple[Any, ...]) -> tuple[Any, ...]:
    key, order, *others = staged
    return (f"{case}/{key}", order and f"{case}/{order}", *others)


BOTH: Cases = {
    "a first load": ([[tie("o", "a", 1), tie("p", "a", 1, end=1)]], ["o a 1-* 1@1 crm", "p a 1-1 1@1 crm"]),
    "still open": ([[tie("o", "a", 1)], [tie("o", "a", 2)]], ["o a 1-* 1@1 crm"]),
    "another driving key": ([[tie("o", "a", 1)], [tie("p", "b", 2)]], ["o a 1-* 1@1 crm", "p b 2-* 2@2 crm"]),
    "the same load twice": ([[tie("o", "a", 1)], [tie("o", "a", 1)]], ["o a 1-* 1@1 crm"]),
    "a row twice": ([[tie("o", "a", 1)] * 2, [tie("p", "b", 2)] * 2], ["o a 1-* 1@1 crm", "p b 2-* 2@2 crm"]),
    "no driving or secondary key": (
        [[tie("o", "a", 1), tie(None, "a", 1)], [tie("o", None, 2), tie(None, None, 2)]],
        ["o a 1-* 1@1 crm"],
    ),
    "a key that is not there later": ([[tie("o", "a", 1)], []], ["o a 1-* 1@1 crm"]),
    "a key that comes later": ([[], [tie("o", "a", 2)]], ["o a 2-* 2@2 crm"]),
    "a new one that is closed": ([[tie("o", "a", 1)], [tie("p", "b", 2, end=2)]], [
        "o a 1-* 1@1 crm", "p b 2-2 2@2 crm",
    ]),
    "closed and still closed": ([[tie("o", "a", 1, end=1)], [tie("o", "a", 2, end=2)]], ["o a 1-1 1@1 crm"]),
    "one without an end is neither opened nor closed": (
        [[tie("o", "a", 1, end=None)], [tie("o", "a", 2)], [tie("o", "a", 3, end=3)]],
        ["o a 1-? 1@1 crm"],
    ),
    "open, and then without an end": ([[tie("o", "a", 1)], [tie("o", "a", 2, end=None)]], ["o a 1-* 1@1 crm"]),
    "closed, and then without an end": (
        [[tie("o", "a", 1, end=1)], [tie("o", "a", 2, end=None)]],
        ["o a 1-1 1@1 crm"],
    ),
    "two that are open at first": ([[tie("o", "a", 1), tie("o", "b", 1)]], ["o a 1-* 1@1 crm", "o b 1-* 1@1 crm"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(vault: VaultProject) -> dict[str, list[str]]:
    return loaded(vault, "told", BOTH | TOLD)


@pytest.fixture(scope="module", params=["ended", "ended_by_meta", "ended_by_days"])
def ended(vault: VaultProject, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    return loaded(vault, request.param, BOTH | ENDED)


@pytest.mark.parametrize("case", BOTH)
def test_new_relationships_are_added_once(told: dict[str, list[str]], ended: dict[str, list[str]], case: str) -> None:
    assert (told[case], ended[case]) == (BOTH[case][1], BOTH[case][1])


TOLD: Cases = {
    "another secondary key closes nothing": (
        [[tie("o", "a", 1)], [tie("o", "b", 2)]],
        ["o a 1-* 1@1 crm", "o b 2-* 2@2 crm"],
    ),
    "closed by the source, with the opening's record source": (
        [[tie("o", "a", 1)], [tie("o", "a", 3, start=1, end=2, source="web")]],
        ["o a 1-* 1@1 crm", "o a 1-2 3@3 crm"],
    ),
    "closed and opened again": (
        [[tie("o", "a", 1)], [tie("o", "a", 2, start=1, end=2)], [tie("o", "a", 3, source="web")]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o a 3-* 3@3 web"],
    ),
    "opened again with a start of its own": (
        [[tie("o", "a", 1, end=1)], [tie("o", "a", 5, start=4)]],
        ["o a 1-1 1@1 crm", "o a 4-* 5@5 crm"],
    ),
    "changed from one to the other by the source": (
        [[tie("o", "a", 1)], [tie("o", "a", 2, start=1, end=2), tie("o", "b", 2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-* 2@2 crm"],
    ),
    "opened and closed in one first load, twice": (
        [[tie("o", "a", 1), tie("o", "a", 2, start=1, end=2)]] * 2,
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm"],
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_without_end_dating_the_source_says_what_ends(told: dict[str, list[str]], case: str) -> None:
    assert told[case] == TOLD[case][1]


ENDED: Cases = {
    "a load that comes again with all that came before": (
        [[tie("o", "a", 1)], [tie("o", "a", 1), tie("o", "b", 2)], [tie("o", "a", 1), tie("o", "b", 2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-* 2@2 crm"],
    ),
    "another secondary key closes the first": (
        [[tie("o", "a", 1)], [tie("o", "b", 3, start=2, source="web")]],
        ["o a 1-* 1@1 crm", "o a 1-3 3@3 crm", "o b 2-* 3@3 web"],
    ),
    "and back": (
        [[tie("o", "a", 1)], [tie("o", "b", 2)], [tie("o", "a", 3)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o a 3-* 3@3 crm", "o b 2-* 2@2 crm", "o b 2-3 3@3 crm"],
    ),
    "a reopened one starts when it is effective": (
        [[tie("o", "a", 1)], [tie("o", "b", 2)], [tie("o", "a", 3, start=1)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o a 3-* 3@3 crm", "o b 2-* 2@2 crm", "o b 2-3 3@3 crm"],
    ),
    "one that is closed stays so when a third comes": (
        [[tie("o", "a", 1)], [tie("o", "b", 2)], [tie("o", "c", 3)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-* 2@2 crm", "o b 2-3 3@3 crm", "o c 3-* 3@3 crm"],
    ),
    "all that are open": (
        [[tie("o", "a", 1), tie("o", "b", 1)], [tie("o", "c", 2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 1-* 1@1 crm", "o b 1-2 2@2 crm", "o c 2-* 2@2 crm"],
    ),
    "nothing of another driving key": (
        [[tie("o", "a", 1), tie("p", "a", 1)], [tie("o", "b", 2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-* 2@2 crm", "p a 1-* 1@1 crm"],
    ),
    "a row that the source closed closes nothing of its own": (
        [[tie("o", "a", 1)], [tie("o", "a", 2, start=1, end=2)]],
        ["o a 1-* 1@1 crm"],
    ),
    "another that the source closed closes the first": (
        [[tie("o", "a", 1)], [tie("o", "b", 2, end=2)], [tie("o", "b", 3, end=2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-2 2@2 crm"],
    ),
    "another that is known and closed closes the first, and has no row of its own": (
        [[tie("o", "b", 1, end=1)], [tie("o", "a", 2)], [tie("o", "b", 3, start=1, end=1)]],
        ["o a 2-* 2@2 crm", "o a 2-3 3@3 crm", "o b 1-1 1@1 crm"],
    ),
    "another without an end closes the first": (
        [[tie("o", "a", 1)], [tie("o", "b", 2, end=None)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-? 2@2 crm"],
    ),
    "one without an end is not closed": (
        [[tie("o", "a", 1, end=None)], [tie("o", "b", 2)]],
        ["o a 1-? 1@1 crm", "o b 2-* 2@2 crm"],
    ),
    "the same change twice": (
        [[tie("o", "a", 1)], [tie("o", "b", 2)], [tie("o", "b", 2)]],
        ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o b 2-* 2@2 crm"],
    ),
}


@pytest.mark.parametrize("case", ENDED)
def test_with_end_dating_a_change_of_the_driven_key_ends_the_one_before(ended: dict[str, list[str]], case: str) -> None:
    assert ended[case] == ENDED[case][1]


def test_a_load_without_rows_is_no_harm(vault: VaultProject) -> None:
    for number, rows in enumerate([[], [tie("o", "a", 1)], []]):
        vault.load(stg=rows)
        vault.run("told", "ended", first=number == 0)
    assert (vault.table("told").count(), vault.table("ended").count()) == (1, 1)


def test_one_of_several_secondary_keys_that_differs_ends_it(vault: VaultProject) -> None:
    loads: list[Load] = [[tie("o", "a", 1)], [tie("o", "a", 2, region="s")]]
    wanted = ["o a 1-* 1@1 crm", "o a 1-2 2@2 crm", "o a 2-* 2@2 crm"]
    assert loaded(vault, "ended_of_two", {"it": (loads, [])}) == {"it": wanted}


def test_all_of_several_driving_keys_must_agree_to_end_it(vault: VaultProject) -> None:
    loads: list[Load] = [[tie("o", "a", 1), tie("p", "a", 1)], [tie("o", "b", 2, region="s"), tie("p", "b", 2)]]
    wanted = ["o a 1-* 1@1 crm", "o b 2-* 2@2 crm", "p a 1-* 1@1 crm", "p a 1-2 2@2 crm", "p b 2-* 2@2 crm"]
    assert loaded(vault, "ended_driven_by_two", {"it": (loads, [])}) == {"it": wanted}


def test_extra_columns_and_aliases_are_taken_along(vault: VaultProject) -> None:
    for number, rows in enumerate([[tie("o", "a", 1)], [tie("o", "a", 2, start=1, end=2)], [tie("o", "a", 3)]]):
        vault.load(stg=rows)
        vault.run("told_extra", "ended_extra", first=number == 0)
    assert vault.table("told_extra").columns == [
        "ORDER_CUSTOMER_HK", "ORDER_HK", "CUSTOMER_HK", "start", "end", "REGION",
        "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE",
    ]  # fmt: skip
    assert vault.rows("told_extra", "REGION", "day(LOAD_DATE)") == [("r", 1), ("r", 2), ("r", 3)]


def test_an_end_by_days_has_the_day_of_the_effective_time(vault: VaultProject) -> None:
    later = [*tie("o", "b", 2)]
    later[6] = "2026-01-02 10:30:00"
    for number, row in enumerate([tie("o", "a", 1), tuple(later), tuple(later)]):
        vault.load(stg=[row])
        vault.run("ended_by_days", first=number == 0)
    found = vault.rows("ended_by_days", "CUSTOMER_HK", "string(END_DATE)", "string(EFFECTIVE_FROM)")
    assert found == [
        ("a", "2026-01-02", "2026-01-02 10:30:00"),
        ("a", "9999-12-31", "2026-01-01 00:00:00"),
        ("b", "9999-12-31", "2026-01-02 10:30:00"),
    ]


def test_the_end_of_time_is_a_setting(vault: VaultProject) -> None:
    row = [*tie("o", "a", 1)]
    row[5] = "2999-12-31"
    vault.load(stg=[row])
    vault.run("told", first=True)
    vault.load(stg=[tie("o", "a", 2, end=2)])
    vault.run("told", variables={"max_datetime": "2999-12-31 00:00:00"})
    assert vault.table("told").count() == 2


def test_an_end_date_that_the_source_lacks_is_a_letter(vault: VaultProject) -> None:
    vault.load(stg=[tie("o", "a", 1)])
    assert "eff_sat(src_end_date) in odd" in vault.refusal("odd", first=True)


def test_a_date_is_one_column(vault: VaultProject) -> None:
    vault.load(stg=[tie("o", "a", 1)])
    letter = vault.refusal("two_ends", first=True)
    assert "eff_sat(src_end_date) in two_ends\n    got: the columns END_DATE, REGION\n    wanted: one column" in letter
