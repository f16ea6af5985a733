"""The integrity tests of a vault, as another project uses them: on data that holds, and on data that does not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession
from vaults import VaultProject

GHOST = "0" * 32
INPUTS = {
    "hub": "HK string, ID string, REGION string, LOAD_DATE timestamp, SOURCE string",
    "link": "LINK_HK string, HK string, OTHER_HK string, PART string, LOAD_DATE timestamp, SOURCE string",
    "parents": "A string, B string",
    "sat": "HK string, DIFF string, Name string, order int, LOAD_DATE timestamp, SOURCE string",
    "sat_binary": "HK binary, DIFF binary, LOAD_DATE timestamp",
    "eff": "LINK_HK string, DK string, START_DATE timestamp, END_DATE timestamp, LOAD_DATE timestamp",
    "as_of": "AS_OF_DATE date",
    "pit": "HK string, AS_OF_DATE date, SAT_PK string, SAT_LDTS timestamp",
    "as_of_lacking": "DAY date",
}
SAT = {"src_pk": "HK", "src_hashdiff": "DIFF", "src_ldts": "LOAD_DATE", "src_source": "SOURCE"}
PIT = {
    "source_model": "hub",
    "src_pk": "HK",
    "as_of_dates_table": "as_of",
    "satellites": {"sat": {"pk": {"PK": "HK"}, "ldts": {"LDTS": "LOAD_DATE"}}},
}
EFF = {
    "src_pk": "LINK_HK", "src_dfk": "DK", "src_start_date": "START_DATE", "src_end_date": "END_DATE",
    "src_ldts": "LOAD_DATE",
}  # fmt: skip
HUB = {"column": "HK", "to": "ref('hub')", "field": "HK"}
TWO = {"column": ["HK", "PART"], "to": "ref('parents')", "field": ["A", "B"]}
SAME = {"src_pk": "HK", "src_hashdiff": {"source_column": "X", "alias": "DIFF"}, "src_ldts": "LOAD_DATE"}
TESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "hub_keys": ("hub", "vault_unique_keys", {"src_pk": "HK", "src_nk": ["ID", "REGION"]}),
    "hub_pk": ("hub", "vault_unique_keys", {"src_pk": ["HK"]}),
    "link_keys": ("link", "vault_unique_keys", {"src_pk": "LINK_HK", "src_fk": ["HK", "OTHER_HK"]}),
    "link_orphans": ("link", "vault_no_orphans", {"keys": [HUB, {**HUB, "column": "OTHER_HK"}]}),
    "link_two": ("link", "vault_no_orphans", {"keys": [TWO]}),
    "sat_orphans": ("sat", "vault_no_orphans", {"keys": [HUB]}),
    "covers": ("sat", "vault_hashdiff_covers", {**SAT, "src_payload": ["Name", "order"]}),
    "covers_less": ("sat", "vault_hashdiff_covers", {**SAT, "src_payload": ["Name"]}),
    "covers_extra": (
        "sat", "vault_hashdiff_covers", {**SAT, "src_payload": "Name", "src_extra_columns": ["order"]},
    ),
    "covers_alias": (
        "sat", "vault_hashdiff_covers",
        {**SAT, "src_payload": [{"source_column": "z", "alias": "Name"}, {"source_column": "a", "alias": "order"}]},
    ),
    "covers_excluded": (
        "sat", "vault_hashdiff_covers", {**SAT, "src_payload": {"exclude_columns": True, "columns": ["order"]}},
    ),
    "ghost": ("sat", "vault_one_ghost", {"src_pk": "HK"}),
    "ghost_wanted": ("sat", "vault_one_ghost", {"src_pk": "HK", "wanted": True}),
    "ghost_binary": ("sat_binary", "vault_one_ghost", {"src_pk": "HK", "wanted": True}),
    "overlap": ("eff", "vault_no_overlap", EFF),
    "changed": ("sat", "vault_no_unchanged_rows", SAME),
    "changed_by_order": ("sat", "vault_no_unchanged_rows", {**SAME, "order_by": ["order"]}),
    "pit_rows": ("pit", "vault_pit_complete", PIT),
    "odd_key": ("hub", "vault_unique_keys", {"src_pk": "HKK"}),
    "odd_payload": ("sat", "vault_hashdiff_covers", {**SAT, "src_payload": ["Nam"]}),
    "odd_as_of": ("pit", "vault_pit_complete", {**PIT, "as_of_dates_table": "as_of_lacking"}),
}  # fmt: skip


def yml(tests: dict[str, tuple[str, str, dict[str, Any]]]) -> dict[str, str]:
    models = [
        {
            "name": model,
            "data_tests": [
                {f"hallmark.{test}": {"name": name, "arguments": arguments}}
                for name, (of, test, arguments) in tests.items()
                if of == model
            ],
        }
        for model in INPUTS
    ]
    return {"models/tests.yml": yaml.safe_dump({"version": 2, "models": models})}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    project = VaultProject(spark, tmp_path_factory.mktemp("tests"), {}, INPUTS, files=yml(TESTS))
    for name in INPUTS:
        project.load(**{name: []})
    return project


def result(vault: VaultProject, test: str) -> Any:
    answer = vault.command("test", "--select", test)
    assert answer.exception is None, answer.exception
    (found,) = answer.result.results
    return found


def failures(vault: VaultProject, test: str) -> int:
    found = result(vault, test)
    assert found.status in ("pass", "fail"), found.message
    assert (found.status == "fail") == (found.failures > 0)
    return int(found.failures)


def diff(*values: str) -> str:
    """The documented hashdiff of values in the order of their columns."""
    text = "||".join(value.upper() for value in values)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def at(day: int) -> str:
    return f"2026-01-{day:02}"


def key(letter: str) -> str:
    return letter * 32


def hub(*letters: str) -> list[tuple[Any, ...]]:
    return [(key(letter), letter, "x", at(1), "crm") for letter in letters]


@pytest.mark.parametrize(
    ("test", "rows", "wanted"),
    [
        ("hub_keys", [], 0),
        ("hub_keys", hub("a", "b"), 0),
        ("hub_keys", hub("a", "a", "b"), 1),
        ("hub_keys", [*hub("a"), (None, "n", "x", at(1), "crm")], 1),
        ("hub_keys", [*hub("a"), (key("f"), "a", "x", at(1), "crm")], 1),
        ("hub_keys", [*hub("a"), (key("f"), "a", "y", at(1), "crm")], 0),
        ("hub_pk", [*hub("a"), (key("f"), "a", "x", at(1), "crm")], 0),
        ("hub_pk", hub("a", "a", "b", "b"), 2),
    ],
)
def test_a_hub_has_each_key_once(vault: VaultProject, test: str, rows: list[Any], wanted: int) -> None:
    vault.load(hub=rows)
    assert failures(vault, test) == wanted


LINK = ("l1", key("a"), key("b"), "p", at(1), "crm")


@pytest.mark.parametrize(
    ("test", "rows", "wanted"),
    [
        ("link_keys", [LINK], 0),
        ("link_keys", [LINK, LINK], 1),
        ("link_keys", [LINK, ("l2", *LINK[1:])], 1),
        ("link_orphans", [LINK], 0),
        ("link_orphans", [LINK, ("l2", key("a"), key("c"), "p", at(1), "crm")], 1),
        ("link_orphans", [("l2", key("d"), key("c"), "p", at(1), "crm")], 2),
        ("link_orphans", [("l2", key("a"), None, "p", at(1), "crm")], 0),
        ("link_orphans", [("l2", GHOST, GHOST, "p", at(1), "crm")], 0),
        ("link_two", [("l1", "A1", "", "B1", at(1), "crm")], 0),
        ("link_two", [("l1", "A1", "", "B2", at(1), "crm")], 1),
    ],
)
def test_a_link_has_its_hubs(vault: VaultProject, test: str, rows: list[Any], wanted: int) -> None:
    vault.load(link=rows, hub=hub("a", "b"), parents=[("A1", "B1")])
    assert failures(vault, test) == wanted


def sat(letter: str, name: str | None, order: int, day: int = 1, of: str = "") -> tuple[Any, ...]:
    return (key(letter), of or diff(name or "^^", str(order)), name, order, at(day), "crm")


NOBODY = (GHOST, GHOST, None, None, "1900-01-01", "SYSTEM")


@pytest.mark.parametrize(
    ("test", "rows", "wanted"),
    [
        ("sat_orphans", [sat("a", "n", 1), NOBODY], 0),
        ("sat_orphans", [sat("a", "n", 1), sat("c", "n", 1), sat("c", "m", 1, 2)], 1),
        ("covers", [sat("a", "n", 1), sat("a", " n ", 1, 2, diff("n", "1")), sat("b", None, 2), NOBODY], 0),
        ("covers", [sat("a", "n", 1), sat("a", "m", 1, 2, diff("n", "1"))], 1),
        ("covers", [sat("a", "n", 1, of=diff("n"))], 1),
        ("covers_less", [sat("a", "n", 1, of=diff("n"))], 1),
        ("covers_less", [], 1),
        ("covers_extra", [sat("a", "n", 1, of=diff("n"))], 0),
        ("covers_alias", [sat("a", "n", 1, of=diff("1", "n"))], 0),
        ("covers_alias", [sat("a", "n", 1)], 1),
        ("covers_excluded", [sat("a", "n", 1, of=diff("n"))], 1),
        ("ghost", [sat("a", "n", 1)], 0),
        ("ghost", [sat("a", "n", 1), NOBODY], 0),
        ("ghost", [NOBODY, NOBODY], 1),
        ("ghost_wanted", [sat("a", "n", 1)], 1),
        ("ghost_wanted", [NOBODY], 0),
        ("changed", [sat("a", "n", 1), sat("a", "m", 1, 2), sat("a", "n", 1, 3), sat("b", "n", 1, 2)], 0),
        ("changed", [sat("a", "n", 1), sat("a", "n", 1, 3), sat("b", "n", 1, 2)], 1),
        ("changed", [sat("a", "n", 1), sat("a", "n", 1)], 1),
        ("changed_by_order", [sat("a", "n", 1, 1, "x"), sat("a", "m", 2, 1, "y"), sat("a", "n", 3, 1, "x")], 0),
        ("changed_by_order", [sat("a", "n", 1, 1, "x"), sat("a", "m", 2, 1, "x")], 1),
    ],
)
def test_a_satellite_describes_its_hub(vault: VaultProject, test: str, rows: list[Any], wanted: int) -> None:
    vault.load(sat=rows, hub=hub("a", "b"))
    assert failures(vault, test) == wanted


def test_a_ghost_may_be_of_bytes(vault: VaultProject) -> None:
    vault.load(sat_binary=[(bytes(16), bytes(16), at(1)), (bytes([1] * 16), bytes(16), at(1))])
    assert failures(vault, "ghost_binary") == 0
    vault.load(sat_binary=[(bytes(16), bytes(16), at(1)), (bytes(20), bytes(20), at(1))])
    assert failures(vault, "ghost_binary") == 1


def test_the_variable_of_the_project_asks_for_a_ghost(spark: SparkSession, tmp_path: Path) -> None:
    asked = VaultProject(
        spark, tmp_path, {}, INPUTS, variables={"enable_ghost_records": True}, files=yml({"asked": TESTS["ghost"]})
    )
    asked.load(sat=[sat("a", "n", 1)])
    assert failures(asked, "asked") == 1
    asked.load(sat=[sat("a", "n", 1), NOBODY])
    assert failures(asked, "asked") == 0


OPEN = "9999-12-31 23:59:59.999999"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("l1", "d", at(1), OPEN, at(1))], 0),
        ([("l1", "d", at(1), OPEN, at(1)), ("l2", "d", at(2), OPEN, at(2)), ("l1", "d", at(1), at(2), at(2))], 0),
        ([("l1", "d", at(1), OPEN, at(1)), ("l2", "d", at(2), OPEN, at(2))], 1),
        ([("l1", "d", at(1), None, at(1)), ("l2", "d", at(2), at(3), at(2))], 1),
        ([("l1", "d", at(1), OPEN, at(1)), ("l2", "e", at(2), OPEN, at(2))], 0),
        ([("l1", "d", at(1), at(9), at(1)), ("l2", "d", at(2), at(3), at(2)), ("l3", "d", at(4), at(5), at(2))], 2),
        ([("l1", "d", at(1), at(3), at(1)), ("l2", "d", at(3), OPEN, at(2)), ("l3", "d", at(3), at(3), at(2))], 0),
        ([("l1", "d", at(3), at(1), at(1))], 1),
        ([("l1", "d", at(1), at(2), at(1)), ("l1", "d", at(5), OPEN, at(5))], 0),
    ],
)
def test_a_driving_key_is_in_one_period(vault: VaultProject, rows: list[Any], wanted: int) -> None:
    vault.load(eff=rows)
    assert failures(vault, "overlap") == wanted


A1, A2 = (key("a"), at(2), key("a"), at(1)), (key("a"), at(4), key("a"), at(3))
B1, B2 = (key("b"), at(2), GHOST, "1900-01-01"), (key("b"), at(4), None, None)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([A1, A2, B1, B2], 0),
        ([A1, A2, B1], 1),
        ([A1, A2, B1, B2, B2], 1),
        ([], 4),
        ([A1, A2, B1, B2, (key("a"), at(1), GHOST, "1900-01-01")], 0),
        ([A1, (key("a"), at(4), key("a"), at(2)), B1, B2], 1),
        ([(key("a"), at(2), key("a"), at(3)), A2, B1, B2], 1),
        ([A1, A2, (key("b"), at(2), key("a"), at(1)), B2], 1),
    ],
)
def test_a_pit_has_each_key_at_each_date(vault: VaultProject, rows: list[Any], wanted: int) -> None:
    dates = [(at(2),), (at(4),)]
    vault.load(pit=rows, hub=hub("a", "b"), as_of=dates, sat=[sat("a", "n", 1), sat("a", "m", 1, 3), NOBODY])
    assert failures(vault, "pit_rows") == wanted


@pytest.mark.parametrize(
    ("test", "letter"),
    [
        ("odd_key", ["vault_unique_keys(src_pk) in odd_key", "got: the column HKK", "wanted: a column of hub: HK, ID"]),
        ("odd_payload", ["vault_hashdiff_covers(src_payload) in odd_payload", "got: the column Nam"]),
        ("odd_as_of", ["vault_pit_complete(as_of_dates_table) in odd_as_of", "got: the column AS_OF_DATE"]),
    ],
)
def test_a_test_that_cannot_be_asked_is_a_letter(vault: VaultProject, test: str, letter: list[str]) -> None:
    told = result(vault, test)
    assert told.status == "error"
    for words in letter:
        assert words in told.message


@pytest.mark.parametrize(
    ("test", "letter"),
    [
        (
            ("hub", "vault_unique_keys", {"src_pk": ""}),
            "vault_unique_keys(src_pk) in nothing\n    got: nothing\n    wanted: a value: the argument is required",
        ),
        (
            ("link", "vault_no_orphans", {"keys": [{**TWO, "field": "A"}]}),
            "foreign_keys(keys) in nothing\n    got: HK, PART for A\n    wanted: as many columns as fields",
        ),
    ],
)  # fmt: skip
def test_an_argument_that_lacks_is_a_letter(
    spark: SparkSession, tmp_path: Path, test: tuple[str, str, dict[str, Any]], letter: str
) -> None:
    told = result(VaultProject(spark, tmp_path, {}, INPUTS, files=yml({"nothing": test})), "nothing")
    assert told.status == "error"
    assert letter in told.message
