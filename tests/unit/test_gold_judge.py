"""Numbers against expectations, exactly; and Great Expectations, asked the same, says the same."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.contracts.measures import OPERATORS, Comparison
from hallmark.gold import gx_docs
from hallmark.gold.expectations import NOTHING, Difference, Drift, Expectation, Suite, at_most, between
from hallmark.gold.judge import Outcome, Times, broken, judge, with_ages, with_differences

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
ROWS = Expectation("fct", "rows", "row_count", "rows", between(Decimal(1), None))
FALLEN = replace(ROWS, name="fallen", asks=Drift(low_pct=Decimal(90), whole_rows=True))


def outcome(expectation: Expectation, value: str | None, last: str | None = None) -> Outcome | None:
    before = {} if last is None else {expectation.metric: Decimal(last)}
    number = None if value is None else Decimal(value)
    found = judge(Suite("fct", (expectation,)), {expectation.metric: number}, before)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("rows", "last", "holds"),
    [
        ("90", "100", True),
        ("89", "100", False),
        ("4", "5", True),
        ("3", "5", False),
        ("0", "1", False),
        ("7", "0", None),
    ],
)
def test_a_table_may_lose_a_tenth_or_one_row_and_never_all(rows: str, last: str, holds: bool | None) -> None:
    found = outcome(FALLEN, rows, last)
    assert (found.holds if found else None) == holds


def test_nothing_is_wrong_for_being_new() -> None:
    assert outcome(FALLEN, "5") is None


def test_an_unknown_number_does_not_hold_what_the_contract_asks() -> None:
    found = outcome(ROWS, None)
    assert found is not None
    assert (found.holds, str(found)) == (False, "rows: no value, wanted >= 1")


@given(st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3))
def test_what_has_not_changed_has_not_drifted(number: Decimal, rise: Decimal) -> None:
    for drift in (Drift(Decimal(50), Decimal(200)), Drift(rise=abs(rise))):
        assert all(bound.holds(number) for bound in drift.bounds(number))


def test_a_difference_is_exact_where_a_double_would_see_none() -> None:
    suite = Suite("fct", differences=(Difference("less", "ours", ("theirs",)),))
    ours, theirs = Decimal("12345678901234567890123.000000000000001"), Decimal(12345678901234567890123)
    assert with_differences(suite, {"ours": ours, "theirs": theirs})["less"] == Decimal("1E-15")
    assert with_differences(suite, {"ours": ours, "theirs": None})["less"] is None


def test_ages_are_hours_by_the_clock_of_the_run() -> None:
    times = Times(AT, landed=AT - timedelta(minutes=30), published=None)
    newest = Decimal(str((AT - timedelta(hours=49)).timestamp()))
    found = with_ages({"charged_at.newest": newest}, times)
    assert found == {
        "charged_at.newest": newest,
        "charged_at.age_hours": Decimal(49),
        "hours_since_landed": Decimal("0.5"),
        "hours_since_last_run": None,
    }


def test_a_service_level_about_a_time_that_never_was_is_left_out() -> None:
    late = replace(ROWS, metric="hours_since_last_run", asks=at_most(Decimal(1)), is_sla=True)
    assert outcome(late, None) is None


def test_what_stops_comes_first_and_a_warning_last() -> None:
    def bad(name: str, **changed: object) -> Outcome:
        return Outcome(replace(ROWS, name=name, **changed), (), Decimal(0), holds=False)

    found = [bad("warns", severity="warning"), bad("alerts", stops=False), bad("stops")]
    assert [each.expectation.name for each in broken(found)] == ["stops", "alerts", "warns"]
    assert [(each.stops, each.alerts, each.warns) for each in broken(found)] == [
        (True, True, False),
        (False, True, False),
        (False, False, True),
    ]


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-5, 5)),
            st.one_of(st.none(), st.integers(-5, 5)),
            st.one_of(st.none(), st.integers(-5, 5)),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_great_expectations_gives_the_same_verdicts(
    tmp_path_factory: pytest.TempPathFactory,
    cases: list[tuple[int | None, int | None, int | None, bool, bool]],
) -> None:
    numbers = {f"m{i}": None if case[0] is None else Decimal(case[0]) for i, case in enumerate(cases)}
    expectations = []
    for i, (_, *given_ends, above, below) in enumerate(cases):
        known = sorted(end for end in given_ends if end is not None)
        low = Decimal(known[0]) if known and (len(known) == 2 or given_ends[0] is not None) else None
        high = Decimal(known[-1]) if known and (len(known) == 2 or low is None) else None
        one = low == high  # GX refuses an empty range, and one without ends
        if low is None and high is None:
            bounds = NOTHING
        else:
            bounds = between(low, high, above=above and not one, below=below and not one)
        expectations.append(Expectation("fct", f"e{i}", f"m{i}", "says", bounds))
    expectations += [
        Expectation("fct", operator, "m0", "says", (Comparison(operator, ends if "Between" in operator else ends[:1]),))
        for operator in OPERATORS
        for ends in [(Decimal(1), Decimal(2))]
    ]
    outcomes = judge(Suite("fct", tuple(expectations)), numbers, {})
    made = gx_docs.run_suites(
        outcomes, {"fct": numbers}, run_id="r", at=AT, folder=tmp_path_factory.mktemp("docs") / "quality"
    )
    ours = {("fct", each.expectation.name) for each in outcomes if not each.holds and each.value is not None}
    theirs = {pair for pair in made.failed if numbers.get("m0") is not None or pair[1] != "mustNotBe"}
    unknown = {("fct", each.expectation.name) for each in outcomes if each.value is None}
    assert theirs - unknown == ours - unknown
    assert {pair for pair in unknown if pair[1] != "mustNotBe"} <= made.failed


def test_data_docs_are_pages_with_the_numbers_and_ask_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    outcomes = judge(
        Suite("fct", (ROWS, replace(ROWS, name="many", asks=between(Decimal(9), None)))), {"row_count": Decimal(5)}, {}
    )
    folder = tmp_path / "_docs" / "quality"
    folder.mkdir(parents=True)
    (folder / "old.html").write_text("of the run before")
    made = gx_docs.run_suites(
        outcomes,
        {"fct": {"row_count": Decimal(5)}},
        run_id="scheduled__2026-01-01T00:00:00+00:00",
        at=AT,
        folder=folder,
    )
    pages = {page.relative_to(folder).as_posix(): page.read_text() for page in folder.rglob("*.html")}
    assert made.failed == {("fct", "many")}
    assert "old.html" not in pages
    (results,) = [text for name, text in pages.items() if name.startswith("validations/")]
    assert "rows: >= 9" in results
    assert not [name for name, text in pages.items() if "http://" in text or "https://" in text or "<script" in text]
    assert "rows: 5, wanted &gt;= 9" in pages["index.html"]
    links = [part.partition('"')[0] for part in pages["index.html"].split('href="')[1:]]
    assert len(links) == 2
    assert all((folder / link).is_file() for link in links)
    assert list((tmp_path / "scratch").iterdir()) == []  # and nothing is left lying about


def test_a_number_that_floats_cannot_tell_from_its_bound_is_held_to_the_exact_one() -> None:
    bounds = between(Decimal(10**19), None, above=True)
    asked = Expectation("t", "big", "cost.sum", "cost: sum", bounds)
    near, far = (Outcome(asked, bounds, Decimal(10**19 + more), True) for more in (1, 10**6))
    failed = frozenset({("t", "big")})
    assert [each.holds for each in gx_docs.agreed([near, far], failed)] == [True, False]
