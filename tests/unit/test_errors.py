"""The error letter: one form for all, bounded, with a near name where there is one."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.lakehouse import errors
from hallmark.lakehouse.errors import HallmarkError, MachineError, did_you_mean


def test_a_letter_says_where_got_wanted_and_what_to_do() -> None:
    letter = HallmarkError("no such table", where="gold", got="dim_custmer", wanted="a table", todo="list them")
    assert str(letter) == (
        "HallmarkError: no such table\n"
        "  where: gold\n"
        "  got: dim_custmer\n"
        "  wanted: a table\n"
        "  do: list them"
    )  # fmt: skip


def test_a_letter_leaves_out_what_is_not_known() -> None:
    assert str(MachineError("no Java found")) == "MachineError: no Java found"


@pytest.mark.parametrize("got", [0, "", False])
def test_a_part_that_is_nothing_is_still_said(got: object) -> None:
    assert str(HallmarkError("odd", got=got)) == f"HallmarkError: odd\n  got: {got}"


def test_a_part_of_600_characters_is_whole() -> None:
    assert str(HallmarkError("long", got="x" * 600)).endswith(f"got: {'x' * 600}")


def test_a_longer_part_is_cut_and_its_length_said() -> None:
    letter = HallmarkError("long", got="x" * 12_345)
    assert str(letter) == f"HallmarkError: long\n  got: {'x' * 600} … (12,345 characters)"
    assert letter.got == "x" * 12_345, "the part itself stays whole"


def test_a_letter_as_json_has_all_parts() -> None:
    assert MachineError("full", where="/disk", got=3, todo="free some").as_dict() == {
        "error": "MachineError",
        "what": "full",
        "where": "/disk",
        "got": "3",
        "wanted": None,
        "do": "free some",
    }


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("HallmarkError", 1),
        ("ContractViolation", 1),
        ("StepError", 1),
        ("ProgressError", 1),
        ("SettingsError", 2),
        ("DataError", 2),
        ("ContractError", 2),
        ("MachineError", 3),
    ],
)
def test_the_exit_code_tells_whose_fault_it_is(name: str, exit_code: int) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, HallmarkError)
    assert kind("what").exit_code == exit_code


def test_a_letter_survives_the_way_to_another_process() -> None:
    letter = MachineError("full", where="/disk", got=3, todo="free some")
    assert str(pickle.loads(pickle.dumps(letter))) == str(letter)  # noqa: S301 -- our own bytes


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("charge_catgory", "did you mean 'charge_category'?"),
        ("charge_categories", "did you mean 'charge_category'?"),
        ("tag", "did you mean 'tags'?"),
        ("flags", ""),
        ("amount", ""),
        ("", ""),
    ],
)
def test_a_near_name_is_suggested_and_a_far_one_is_not(name: str, hint: str) -> None:
    assert did_you_mean(name, ["charge_category", "tags"]) == hint


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=5))
def test_law_a_suggestion_is_a_known_name(name: str, known: list[str]) -> None:
    assert did_you_mean(name, known) in {"", *(f"did you mean '{each}'?" for each in known)}
