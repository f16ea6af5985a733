"""From facts to rules: what is drafted, what is left to a person, and with what evidence."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hallmark.contracts.draft_facts import ColumnFacts, GroupFacts
from hallmark.contracts.draft_keys import candidate_keys, primary_key
from hallmark.contracts.draft_rules import Draft, draft_property, wants_values
from hallmark.contracts.draft_types import Kind
from hallmark.contracts.units import known

TYPES = {"string": "string", "integer": "int", "number": "double", "timestamp": "timestamp", "date": "date"}


def column(name: str = "x", **parts: Any) -> ColumnFacts:
    given: dict[str, Any] = {"rows": 1000, "distinct": 400, "min_length": 1, "max_length": 8}
    return ColumnFacts(name, **{**given, **parts})


def kind(logical: str = "string", **parts: Any) -> Kind:
    return Kind(logical, "", TYPES[logical], **parts)


def drafted(facts: ColumnFacts, logical: str = "string", **parts: Any) -> Draft:
    return draft_property(facts, facts.column, kind(logical), **parts)


def options(facts: ColumnFacts, logical: str) -> dict[str, object]:
    return {name: said.value for name, said in (drafted(facts, logical).options or {}).items()}


def numbers(name: str, low: float, high: float, **parts: Any) -> ColumnFacts:
    return column(name, min_number=low, max_number=high, **parts)


@pytest.mark.parametrize(
    ("facts", "required"),
    [
        (column(), True),
        (column(rows=30), True),
        (column(rows=29), False),
        (column(nulls=1), False),
        (column(blanks=1), False),
    ],
)
def test_required_needs_enough_rows_without_a_gap(facts: ColumnFacts, required: bool) -> None:
    assert (drafted(facts).required is not None) == required


def test_the_evidence_of_required_is_its_rows() -> None:
    said = drafted(column(rows=28_185)).required
    assert said is not None
    assert said.because == "no null in 28,185 rows"


@pytest.mark.parametrize(
    ("facts", "logical", "ends"),
    [
        (numbers("prompt_tokens", 2, 14_050), "integer", {"minimum": 0}),
        (numbers("num_gpu", 0, 8), "integer", {"minimum": 0}),
        (numbers("level", 0, 8), "integer", {"minimum": 0}),
        (numbers("level", 1, 8), "integer", {}),
        (numbers("event_id", 0, 499), "integer", {}),
        (numbers("billed_cost", 0, 12.5), "number", {}),
        (numbers("drift", -3, 5), "number", {}),
        (numbers("gpu_utilization", 0, 77), "number", {"minimum": 0, "maximum": 100}),
        (numbers("gpu_utilization", 0, 0.77), "number", {"minimum": 0, "maximum": 1}),
        (numbers("used_pct", 0, 0.9), "number", {"minimum": 0, "maximum": 100}),
        (numbers("memory_util", -0.00001, 0.993), "number", {}),
        (numbers("duty_cycle", 0, 130), "number", {}),
        (numbers("temperature_c", 20, 80), "number", {}),
        (numbers("latency_ms", 0.2, 80), "number", {"minimum": 0}),
        (numbers("latitude", 40, 52), "number", {"minimum": -90, "maximum": 90}),
        (numbers("port", 22, 70_000), "integer", {}),
        (numbers("prompt_tokens", 2, 14_050, rows=29), "integer", {}),
        (numbers("latency_ms", 1, 80, unparsed={"double": 1}), "number", {}),
    ],
)
def test_a_range_has_ends_that_the_name_explains(facts: ColumnFacts, logical: str, ends: dict[str, object]) -> None:
    assert options(facts, logical) == ends


def test_the_evidence_of_a_range_is_what_was_seen() -> None:
    told = drafted(numbers("prompt_tokens", 1, 7437), "integer").options or {}
    assert told["minimum"].because == "1 to 7,437 in 1,000 rows"


@pytest.mark.parametrize(
    ("first", "last", "bounded"),
    [
        ("2023-11-16 18:15:46", "2023-11-16 19:14:19", True),
        ("1970-01-01 00:00:00", "2023-11-16 19:14:19", False),
        ("2023-11-16 18:15:46", "9999-12-31 00:00:00", False),
    ],
)
def test_times_of_this_century_stay_in_it(first: str, last: str, bounded: bool) -> None:
    found = options(column("at", min_time=first, max_time=last), "timestamp")
    assert found == ({"minimum": "2000-01-01 00:00:00", "exclusiveMaximum": "2100-01-01 00:00:00"} if bounded else {})


@pytest.mark.parametrize(
    ("facts", "value", "others"),
    [
        (column(shapes={"hex": 1000}, min_length=32, max_length=32), "03dc060838ef05053bdea6d483cde7e5", ["xyz"]),
        (column("currency", shapes={"alpha3": 1000}, min_length=3, max_length=3), "USD", ["usd", "US"]),
        (column("country", shapes={"alpha2": 1000}, min_length=2, max_length=2), "DE", ["DEU"]),
        (column(shapes={"url": 1000}), "https://a.b/c", ["a.b"]),
        (
            column(outline="a-a-9", min_text="openb-pod-0000", max_text="openb-pod-8151", distinct=800),
            "openb-pod-12",
            ["openb-pod-", "openb-node-1"],
        ),
        (column(outline="A.9", min_text="A.1", max_text="B.9"), "ZZ.77", ["AA77"]),
    ],
)
def test_a_pattern_takes_what_is_alike_and_nothing_else(facts: ColumnFacts, value: str, others: list[str]) -> None:
    found = str(options(facts, "string")["pattern"])
    assert re.search(found, value)
    assert not [other for other in others if re.search(found, other)]


@pytest.mark.parametrize(
    "facts",
    [
        column("currency_name", outline="a", min_text="euro", max_text="yen"),
        column(outline="a 9", min_text="room 1", max_text="room 9", shapes={"space": 1000}),
        column(outline="a9", min_text="a1", max_text="a9", distinct=9),
        column("model", shapes={"alpha2": 1000}, min_length=2, max_length=2),
    ],
)
def test_words_get_no_pattern(facts: ColumnFacts) -> None:
    assert options(facts, "string") == {"minLength": 1}


def values(*counts: tuple[str, int]) -> GroupFacts:
    return GroupFacts(("x",), len(counts), max(count for _, count in counts), counts)


def test_few_values_that_repeat_are_a_closed_list() -> None:
    draft = drafted(column("qos", distinct=2), values=values(("LS", 700), ("BE", 300)))
    assert (draft.values, draft.values_because) == (("BE", "LS"), "LS 700, BE 300")
    assert draft.options == {}


def test_currencies_are_a_pattern_and_no_closed_list() -> None:
    facts = column("currency", shapes={"alpha3": 1000}, min_length=3, max_length=3, distinct=2)
    draft = drafted(facts, values=values(("EUR", 600), ("USD", 400)))
    assert (draft.values, str(draft.options["pattern"].value), draft.notes) == ((), "^[A-Z]{3}$", ())


def test_a_value_that_is_seldom_there_opens_the_list() -> None:
    draft = drafted(column("qos", distinct=2), values=values(("LS", 996), ("BE", 4)))
    assert draft.values == ()
    assert draft.notes == ("2 different values, some seldom, so no list of valid ones: LS 996, BE 4",)


@pytest.mark.parametrize(
    ("facts", "logical", "asked"),
    [
        (column("qos", distinct=3), "string", True),
        (column("qos", distinct=1), "string", False),
        (column("qos", distinct=30), "string", False),
        (column("qos", distinct=3, rows=99), "string", False),
        (column("qos", distinct=3), "integer", False),
        (column("account_name", distinct=3), "string", False),
        (column("account_id", distinct=3), "string", False),
        (column("gender", distinct=3), "string", False),
        (column("owner", distinct=3, shapes={"some_email": 2}), "string", False),
        (column("qos", distinct=3, max_length=61), "string", False),
    ],
)
def test_values_are_listed_of_short_kinds_of_things_alone(facts: ColumnFacts, logical: str, asked: bool) -> None:
    assert wants_values(facts, kind(logical)) == asked


def test_personal_values_are_nowhere_in_a_draft() -> None:
    facts = column(
        "user_email", shapes={"email": 1000, "some_email": 1000}, min_text="ann@example.com", max_text="zoe@example.de",
        outline="a@a.a", distinct=3,
    )  # fmt: skip
    draft = drafted(
        facts, values=GroupFacts(("user_email",), 2, 500, (("ann@example.com", 500), ("zoe@example.com", 500)))
    )
    assert draft.personal is not None
    assert draft.personal.value == "personal"
    assert "example" not in str(draft)


@pytest.mark.parametrize("shape", ["phone", "card", "ipv4", "mac"])
def test_a_column_with_some_values_of_persons_lists_none(shape: str) -> None:
    values = GroupFacts(("reach",), 3, 800, (("+49 171 1234567", 800), ("none", 197), ("+49 171 7654321", 3)))
    facts = column("reach", shapes={shape: 803}, distinct=3)
    assert not wants_values(facts, kind("string"))
    assert "+49" not in str(drafted(facts, values=values))
    assert "+49" in str(drafted(column("reach", distinct=3), values=values))


@pytest.mark.parametrize(
    ("facts", "logical", "unit"),
    [
        (numbers("latency_ms", 0, 9), "number", "ms"),
        (numbers("memory_mib", 0, 9), "integer", "MiB"),
        (numbers("ContextTokens", 0, 9), "integer", "tokens"),
        (numbers("gpu_utilization", 0, 77), "number", "%"),
        (numbers("gpu_utilization", 0, 0.7), "number", "fraction"),
        (numbers("used_mem_percent", 0, 0.9), "number", None),
        (numbers("event_id", 0, 9), "integer", None),
        (column("latency_ms"), "string", None),
        (numbers("gpu_temp_c", 20, 80), "number", "Cel"),
        (numbers("power_draw_w", 0, 9), "number", "W"),
        (numbers("payload_b", 0, 9), "integer", "B"),
        (numbers("wait_time_s", 0, 9), "number", "s"),
        (numbers("plan_b", 0, 9), "integer", None),
        (numbers("vitamin_c", 0, 9), "number", None),
        (numbers("grade_c", 0, 9), "integer", None),
        (numbers("duration_m", 0, 9), "number", None),
        (numbers("latency_min", 0, 9), "number", None),
        (numbers("sales_us", 0, 9), "number", None),
    ],
)
def test_units_are_guessed_by_name_where_the_values_allow_it(
    facts: ColumnFacts, logical: str, unit: str | None
) -> None:
    said = drafted(facts, logical).unit
    assert (said.value if said else None) == unit


@pytest.mark.parametrize("unit", ["%", "ms", "us", "s", "min", "h", "B", "KB", "MiB", "fraction"])
def test_a_unit_that_a_draft_writes_is_one_that_contracts_convert(unit: str) -> None:
    assert known(unit)


def test_a_percent_that_looks_like_a_fraction_is_left_to_a_person() -> None:
    assert drafted(numbers("used_mem_percent", 0, 0.9), "number").notes == (
        "named a percent, but no value is above 1: a fraction?",
    )


def test_too_few_values_give_no_rule_and_say_so() -> None:
    draft = drafted(column(rows=1000, nulls=990))
    assert (draft.required, draft.options) == (None, {})
    assert draft.notes == ("only 10 of 1,000 rows have a value: too few for rules",)


def test_gaps_are_counted() -> None:
    assert drafted(column(nulls=310, blanks=2)).notes == ("310 null and 2 blank of 1,000 rows: not required",)


def keys(*columns: tuple[ColumnFacts, str]) -> tuple[tuple[str, ...], ...]:
    return candidate_keys([(facts, kind(logical)) for facts, logical in columns])


def test_an_id_can_be_a_key_alone_and_a_count_or_a_time_cannot() -> None:
    found = keys(
        (column("at", distinct=1000), "timestamp"),
        (column("prompt_tokens", distinct=1000), "integer"),
        (column("level", distinct=1000, outline="9", shapes={"digits": 1000}), "integer"),
        (column("event_id", distinct=1000), "integer"),
    )
    assert [group for group in found if len(group) == 1] == [("event_id",)]


def test_an_id_and_a_time_can_be_a_key_together() -> None:
    found = keys((column("at", distinct=100), "timestamp"), (column("pod_id", distinct=20), "string"))
    assert found == (("pod_id", "at"),)


@pytest.mark.parametrize(
    ("facts", "logical"),
    [
        (column("event_id", distinct=1000, nulls=1), "string"),
        (column("event_id", distinct=1000, blanks=1), "string"),
        (column("event_id", distinct=500), "string"),
        (column("event_id", distinct=1000), "number"),
        (column("event_id", distinct=29, rows=29), "integer"),
        (column("card_number", distinct=1000), "string"),
        (column("payload_key", distinct=1000, max_length=4000), "string"),
    ],
)
def test_what_lacks_values_repeats_or_is_personal_is_no_key(facts: ColumnFacts, logical: str) -> None:
    assert keys((facts, logical)) == ()


def test_the_candidates_are_few_however_wide_the_table() -> None:
    wide = [(column(f"ref{i}_id", distinct=1000), "string") for i in range(300)]
    times = [(column(f"t{i}", distinct=1000), "timestamp") for i in range(300)]
    assert len(keys(*wide, *times)) <= 8 + 15 + 10


def test_the_first_candidate_that_names_every_row_is_the_key() -> None:
    a, b = GroupFacts(("a",), 999, 2), GroupFacts(("b",), 1000, 1)
    assert primary_key([a, b, GroupFacts(("c",), 1000, 1)], 1000) == ("b",)
    assert primary_key([a], 1000) == ()


def test_days_are_no_closed_list() -> None:
    days = values(("2023-11-01T00:00Z/2023-11-02T00:00Z", 500), ("2023-11-02T00:00Z/2023-11-03T00:00Z", 500))
    assert drafted(column("interval", distinct=2), values=days).values == ()
