"""The type that a draft gives a column: the narrowest that reads every value, and text when in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from hallmark.contracts.draft_facts import DATE_FORMATS, ColumnFacts
from hallmark.contracts.draft_types import kind_of, personal_of

PROBES = ("int", "bigint", "double", "decimal", "boolean", "date", "timestamp", *DATE_FORMATS)


def facts(column: str = "x", *, reads: str = "", but: int = 0, rows: int = 100, **parts: Any) -> ColumnFacts:
    """A column whose values the probes in `reads` read, all but `but` of them."""
    unparsed = {probe: but if probe in reads.split() else rows for probe in PROBES}
    given: dict[str, Any] = {"min_number": 0.0, "max_number": 9.0, "distinct": 50, "min_length": 1, "max_length": 4}
    return ColumnFacts(column, rows, unparsed=unparsed, **{**given, **parts})


WHOLE = "int bigint double decimal"


@pytest.mark.parametrize(
    ("column", "logical", "physical"),
    [
        (facts(reads=WHOLE), "integer", "int"),
        (facts(reads=WHOLE, max_number=2.0**31 / 5), "integer", "bigint"),
        (facts(reads="bigint double decimal", max_number=2.0**40), "integer", "bigint"),
        (facts(reads=WHOLE, shapes={"leading_zero": 1}), "string", "string"),
        (facts("phone", reads=WHOLE), "string", "string"),
        (facts("account_id", reads="bigint double decimal", min_length=12, max_length=12), "string", "string"),
        (facts("event_id", reads=WHOLE, min_length=1), "integer", "int"),
        (facts("card_nr", reads="bigint double decimal", shapes={"card": 100, "digits": 100}), "string", "string"),
        (facts(reads="double decimal", min_fraction=1, max_fraction=9), "number", "double"),
        (facts(reads="double decimal", scale=2, min_fraction=2, max_fraction=2), "number", "decimal(38,2)"),
        (facts(reads="double", scale=30), "number", "double"),
        (facts("billed_cost", reads="double decimal", scale=11, max_fraction=11), "number", "decimal(38,15)"),
        (facts("billed_cost", reads="double", scale=25, max_fraction=25), "number", "double"),
        (facts(reads=WHOLE, shapes={"point": 100}), "number", "double"),
        (facts(reads=WHOLE, shapes={"point": 90}, nulls=10, rows=100), "integer", "int"),
        (facts(reads="boolean", shapes={"true_false": 100}), "boolean", "boolean"),
        (facts(reads="boolean", shapes={"yes_no": 100}, distinct=2), "boolean", "boolean"),
        (facts(reads="boolean", shapes={"yes_no": 100}, distinct=1), "string", "string"),
        (facts(reads=f"boolean {WHOLE}", shapes={"zero_one": 100}, max_number=1.0), "integer", "int"),
        (facts("is_deleted", reads=f"boolean {WHOLE}", shapes={"zero_one": 100}), "boolean", "boolean"),
        (facts(reads="date timestamp"), "date", "date"),
        (facts(reads="timestamp"), "timestamp", "timestamp"),
        (facts(), "string", "string"),
        (facts(reads=WHOLE, nulls=100), "string", "string"),
    ],
)
def test_a_type_reads_every_value_and_promises_no_more(column: ColumnFacts, logical: str, physical: str) -> None:
    if column.nulls:
        column = ColumnFacts(
            **{**column.__dict__, "unparsed": {p: min(n, column.filled) for p, n in column.unparsed.items()}}
        )
    kind = kind_of(column)
    assert (kind.logical, kind.physical) == (logical, physical)


@pytest.mark.parametrize(
    ("name", "low", "high", "epoch"),
    [
        ("timestamp_anon", 1_662_858_720, 1_662_940_800, "s"),
        ("created_ms", 1_662_858_720_000, 1_662_940_800_000, "ms"),
        ("event_time", 1_662_858_720_000_000, 1_662_940_800_000_000, "us"),
        ("ts", 1_662_858_720 * 10**9, 1_662_940_800 * 10**9, "ns"),
        ("record_time", 14_592_657, 14_604_679, None),
        ("bytes", 1_662_858_720, 1_662_940_800, None),
        ("created_at", 0, 1_662_940_800, None),
    ],
)
def test_numbers_are_times_when_name_and_range_say_so(name: str, low: float, high: float, epoch: str | None) -> None:
    kind = kind_of(facts(name, reads="bigint double", min_number=low, max_number=high))
    assert (kind.epoch, kind.logical == "timestamp") == (epoch, epoch is not None)


def test_a_date_is_read_in_the_one_format_that_fits() -> None:
    kind = kind_of(facts(reads="M/d/yyyy"))
    assert (kind.logical, kind.format) == ("date", "M/d/yyyy")


def test_a_date_that_two_formats_read_stays_text_and_says_so() -> None:
    kind = kind_of(facts(reads="d/M/yyyy M/d/yyyy"))
    assert (kind.logical, kind.format) == ("string", None)
    assert kind.note == "dates, but d/M/yyyy and M/d/yyyy both read every one: name the format"


@pytest.mark.parametrize(("name", "logical"), [("booking_date", "date"), ("product_code", "integer")])
def test_eight_digits_are_a_date_under_a_name_of_time_alone(name: str, logical: str) -> None:
    assert kind_of(facts(name, reads=f"yyyyMMdd {WHOLE}", min_length=8, max_length=8)).logical == logical


def test_one_word_for_null_is_read_as_null() -> None:
    kind = kind_of(facts("value", reads="double", but=3, words={"NaN": 3}))
    assert (kind.logical, kind.null_word, kind.transform("value")) == ("number", "NaN", "nullif(`value`, 'NaN')")


def test_mixed_values_stay_text_and_the_rare_ones_are_counted() -> None:
    kind = kind_of(facts(reads="double", but=3, words={"NaN": 2}))
    assert (kind.logical, kind.note) == ("string", "97 of 100 values are numbers, 3 are not: mend or type it")


def test_a_stated_type_is_believed_when_the_gate_reads_it() -> None:
    assert kind_of(facts(reads="double", declared="double", shapes={"point": 100})).physical == "double"
    assert kind_of(facts(reads="double decimal", declared="decimal(10,2)")).physical == "decimal(10,2)"
    assert kind_of(facts(reads="timestamp", declared="timestamp_ntz")).physical == "timestamp"
    assert kind_of(facts(reads=WHOLE, declared="string")).logical == "string"
    assert kind_of(facts(reads="timestamp", declared="string")).logical == "timestamp"
    assert kind_of(facts(declared="array<int>")).logical == "string"


def test_a_stated_double_with_several_words_for_nothing_stays_text() -> None:
    kind = kind_of(facts(reads="double", but=3, declared="double", words={"NaN": 1, "Infinity": 2}))
    assert (kind.logical, kind.because) == (
        "string",
        "double in the source, but the gate reads only 97 of 100 values as number",
    )


def test_a_finished_tables_types_are_its_own() -> None:
    stated = facts("created_ms", reads=WHOLE, declared="bigint", min_number=1.6e12, max_number=1.7e12)
    assert (kind_of(stated).logical, kind_of(stated, finished=True).logical) == ("timestamp", "integer")


def test_no_value_gives_no_type() -> None:
    assert kind_of(facts(reads=WHOLE, nulls=100)).because == "no value in any row: its type is not known"


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (facts("Email"), "'email' in its name"),
        (facts("contact", shapes={"some_email": 1}), "e-mail addresses in 1 of 100 values"),
        (facts("ref", shapes={"card": 90}), "90 of 100 values look like numbers of payment cards"),
        (facts("ref", shapes={"card": 89}), None),
        (facts("caller", shapes={"phone": 100}), "100 of 100 values look like phone numbers"),
        (facts("source", shapes={"ipv4": 100}), "100 of 100 values look like IP addresses"),
        (facts("container_ip"), None),
        (facts("node", shapes={"mac": 100}), "100 of 100 values look like addresses of devices"),
        *[
            (facts(name), f"{part!r} in its name")
            for name, part in {
                "address": "address",
                "Nachname": "nachname",
                "telefon": "telefon",
                "Straße": "strasse",
                "account_number": "account number",
                "license_plate": "license plate",
                "remote_addr": "remote addr",
                "mac_address": "mac address",
            }.items()
        ],
        (facts("node_address"), None),
    ],
)
def test_personal_data_is_guessed_by_name_and_by_shape(column: ColumnFacts, why: str | None) -> None:
    assert personal_of(column) == why


def test_evidence_of_one_value_speaks_of_one() -> None:
    assert kind_of(facts(reads="double", rows=1)).because.startswith("1 of 1 value is ")
    assert kind_of(facts(reads="double", rows=6, but=1, words={"NaN": 1})).because == (
        "5 of 6 values are numbers, the other is NaN, 0 to 9"
    )
    assert kind_of(facts(rows=1, min_length=1, max_length=1)).because == "1 text of 1 character"
    assert kind_of(facts(reads="double", rows=5, but=1)).note == "4 of 5 values are numbers, 1 is not: mend or type it"
    assert personal_of(facts("ref", rows=1, shapes={"card": 1})) == "1 of 1 value looks like numbers of payment cards"


def test_evidence_never_shows_a_personal_value() -> None:
    kind = kind_of(
        facts("birth_date", reads="date timestamp", min_time="1970-05-17 00:00:00", max_time="1999-01-01 00:00:00")
    )
    assert "1970" not in kind.because
    assert kind.because == "100 of 100 values are dates, values not shown"
