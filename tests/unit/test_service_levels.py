"""Service levels: read once, and held against the newest value of a column."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from hallmark.contracts.exports.dbt import dbt_yml
from hallmark.contracts.model import Contract, Property, SchemaObject, Server, Sla
from hallmark.contracts.sla import ServiceLevel, age_outcomes, service_levels, unjudged
from hallmark.lakehouse.errors import ContractError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TABLE = SchemaObject("t", "t", (Property("at", "at", "timestamp", "timestamp"), Property("c", "c", "string", "string")))


def contract(*slas: Sla) -> Contract:
    return Contract("a.t", "t", "1.0.0", "a", (), (TABLE,), Path("t.odcs.yaml"), sla=slas)


def newest(age: timedelta) -> int:
    return ((NOW - age) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("name", ["freshness", "latency"])
@pytest.mark.parametrize(
    ("age", "holds"), [(timedelta(hours=36), True), (timedelta(hours=36, microseconds=1), False), (-timedelta(1), True)]
)
def test_a_table_is_fresh_up_to_its_limit(name: str, age: timedelta, holds: bool) -> None:
    levels = service_levels(contract(Sla(name, 1.5, "d", "t.at"), Sla("retention", 1, "d", "t.c")), TABLE)
    (outcome,) = age_outcomes(TABLE, levels, {"at": newest(age)}, NOW)
    assert (outcome.rule, outcome.message) == (name, f"at: {name}")
    assert (outcome.holds, outcome.wanted) == (holds, "at most 1.5 d old")


def test_a_table_without_any_time_is_not_fresh() -> None:
    levels = service_levels(contract(Sla("freshness", 1, "h", "at")), TABLE)
    (outcome,) = age_outcomes(TABLE, levels, {"at": None}, NOW)
    assert (outcome.holds, outcome.measured) == (False, None)


def test_the_end_of_time_is_new_enough_and_has_no_date() -> None:
    levels = service_levels(contract(Sla("freshness", 1, "h", "at")), TABLE)
    (outcome,) = age_outcomes(TABLE, levels, {"at": 253402300800000000}, NOW)
    assert (outcome.holds, outcome.measured) == (True, "after the year 9999")


def test_the_newest_value_of_a_personal_column_is_masked() -> None:
    table = SchemaObject("t", "t", (replace(TABLE.properties[0], personal=True),))
    levels = service_levels(contract(Sla("freshness", 1, "h", "at")), TABLE)
    (outcome,) = age_outcomes(table, levels, {"at": newest(timedelta(0))}, NOW)
    assert (outcome.holds, outcome.measured) == (True, "***")


def test_a_level_is_read_once_for_all() -> None:
    levels = service_levels(contract(Sla("latency", "30", "MIN"), Sla("frequency", 1, element="t.at")), TABLE)
    assert levels == (
        ServiceLevel("latency", Decimal(30), "min", (), ("slaProperties", 0)),
        ServiceLevel("frequency", Decimal(1), "d", (), ("slaProperties", 1)),
    )
    assert [(str(level), level.seconds) for level in levels] == [("30 min", 1800), ("1 d", 86400)]


def test_a_level_of_another_table_is_not_of_this_one() -> None:
    other = SchemaObject("u", "u", (Property("seen", "seen", "date", "date"),))
    both = replace(
        contract(Sla("freshness", 1, "h", "t.at, u.seen"), Sla("latency", 1, "h", "u.seen")), objects=(TABLE, other)
    )
    assert [level.columns for level in service_levels(both, TABLE)] == [("at",)]
    assert [level.columns for level in service_levels(both, other)] == [("seen",), ("seen",)]


def test_levels_that_data_cannot_be_held_against_are_told() -> None:
    levels = (Sla("latency", 1), Sla("frequency", 1), Sla("retention", 3, "y"), Sla("freshness", 1, "d", "t.at"))
    told = unjudged(contract(*levels, Sla("endOfSupport", "2032")))
    assert [(sla.property, why) for sla, why in told] == [
        ("latency", "it is about loads"),
        ("frequency", "it is about publishes"),
        ("retention", "it is about deletions"),
        ("endOfSupport", "it is about the service, not about rows"),
    ]


@pytest.mark.parametrize(
    ("sla", "what", "got", "todo"),
    [
        (
            Sla("freshness", 1, "h", "t.att"),
            "a service level is on a column that no table has",
            "t.att",
            "did you mean 'at'?",
        ),
        (Sla("latency", 1, "h", "t.c"), "a service level is on a column without a time", "t.c: string", None),
        (Sla("frequency", 1, "fortnight"), "not a unit of time", "fortnight", None),
        (Sla("freshness", 1, "hous"), "not a unit of time", "hous", "did you mean 'hours'?"),
        (Sla("freshness", -1, "h", "t.at"), "not a length of time", "-1", None),
        (Sla("freshness", "soon", "h", "t.at"), "not a length of time", "'soon'", None),
        (Sla("freshness", float("inf"), "h", "t.at"), "not a length of time", "inf", None),
    ],
)
def test_a_level_that_cant_be_read_is_a_letter(sla: Sla, what: str, got: str, todo: str | None) -> None:
    with pytest.raises(ContractError) as error:
        service_levels(contract(sla), TABLE)
    assert (error.value.what, error.value.got, error.value.todo) == (what, got, todo)
    assert error.value.where == "t.odcs.yaml (slaProperties)"


@pytest.mark.parametrize(
    ("level", "after"),
    [
        (Sla("latency", 2, "wk", "at"), None),
        (Sla("freshness", 1.5, "h", "at"), None),
        (Sla("freshness", 1, "h", "elsewhere.at"), None),
        (Sla("freshness", 3, None, "t.at"), {"count": 3, "period": "day"}),
        (Sla("latency", "30", "MIN", "day, at"), {"count": 30, "period": "minute"}),
    ],
)
def test_dbt_knows_a_service_level_where_it_has_its_period(level: Sla, after: dict[str, object] | None) -> None:
    table = SchemaObject(
        "t", "t", (Property("day", "day", "date", "date"), Property("at", "at", "timestamp", "timestamp"))
    )
    server = Server("s", "t.csv", "csv")
    landed = Contract("a.t", "t", "1.0.0", "a", (server,), (table,), Path("t.odcs.yaml"), sla=(level,))
    (source,) = yaml.safe_load(dbt_yml(landed))["sources"]
    assert source["tables"][0]["config"].get("freshness") == (after and {"error_after": after})
