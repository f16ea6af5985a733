"""Units convert by exact factors, and only into what measures the same thing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.contracts.change_terms import compare_slas
from hallmark.contracts.units import EPOCH_UNITS, factor, known

KINDS = (
    ("ns", "us", "ms", "s", "min", "h", "d"),
    ("B", "KiB", "MiB", "GiB", "KB", "MB", "GB"),
    ("fraction", "percent"),
)
one_kind = st.sampled_from(KINDS)


@pytest.mark.parametrize(
    ("source", "target", "ratio"),
    [
        ("s", "ms", 1000),
        ("ms", "s", Fraction(1, 1000)),
        ("h", "min", 60),
        ("d", "s", 86_400),
        ("MiB", "GiB", Fraction(1, 1024)),
        ("GB", "MiB", Fraction(10**9, 2**20)),
        ("fraction", "percent", 100),
    ],
)
def test_a_factor_is_exact(source: str, target: str, ratio: Fraction) -> None:
    assert factor(source, target) == ratio


def test_a_label_is_itself() -> None:
    assert factor("tokens", "tokens") == 1


@settings(deadline=None, max_examples=100)
@given(one_kind.flatmap(lambda kind: st.tuples(st.sampled_from(kind), st.sampled_from(kind))))
def test_law_there_and_back_again_changes_nothing(units: tuple[str, str]) -> None:
    a, b = units
    assert factor(a, b) * factor(b, a) == 1


@settings(deadline=None, max_examples=100)
@given(one_kind.flatmap(lambda kind: st.tuples(*[st.sampled_from(kind)] * 3)))
def test_law_a_detour_changes_nothing(units: tuple[str, str, str]) -> None:
    a, b, c = units
    assert factor(a, b) * factor(b, c) == factor(a, c)


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("ms", "KiB", "'ms' is time and 'KiB' is bytes"),
        ("percent", "s", "'percent' is ratio and 's' is time"),
    ],
)
def test_other_things_do_not_convert(source: str, target: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        factor(source, target)


@pytest.mark.parametrize(("source", "target", "named"), [("tokens", "s", "tokens"), ("s", "tokens", "tokens")])
def test_a_label_does_not_convert(source: str, target: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"^unit '{named}' can't be converted; known: ns, us, ms, s, min, h, d, B, "):
        factor(source, target)


def test_every_unit_of_a_kind_is_known() -> None:
    assert all(known(unit) for kind in KINDS for unit in kind)
    assert not known("tokens")


def test_times_since_epoch_are_in_units_of_time() -> None:
    assert set(EPOCH_UNITS) <= set(KINDS[0])


def test_a_year_is_365_days_for_a_diff_of_service_levels_too() -> None:
    old, new = (
        {"slaProperties": [{"property": "freshness", "value": value, "unit": unit}]}
        for value, unit in ((1, "y"), (365, "d"))
    )
    assert {change.kind for change in compare_slas(old, new, "")} == {
        "rewritten"
    }  # said otherwise, and no other promise
