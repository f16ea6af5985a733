"""Service levels of a gold contract, as expectations about ages."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from gold_contract import level, refusal

from hallmark.gold.expectations import Expectation, at_most


@pytest.mark.parametrize("name", ["freshness", "latency"])
def test_freshness_is_the_age_of_the_newest_value(tmp_path: Path, name: str) -> None:
    found = level(tmp_path, f"{{property: {name}, value: 2, unit: d, element: fct_charges.charged_at}}")
    assert found == Expectation(
        "fct_charges",
        f"{name}_charged_at",
        "charged_at.age_hours",
        f"{name}: newest charged_at within 2 d, hours ago",
        at_most(Decimal(48)),
        is_sla=True,
    )


def test_latency_without_a_column_is_the_age_of_the_last_load(tmp_path: Path) -> None:
    found = level(tmp_path, "{property: latency, value: '30', unit: min}")
    assert (found.metric, found.asks, found.stops) == ("hours_since_landed", at_most(Decimal("0.5")), True)


def test_frequency_alerts_and_does_not_stop_what_is_late_already(tmp_path: Path) -> None:
    found = level(tmp_path, "{property: frequency, value: 1, unit: d}")
    assert (found.metric, found.asks, found.stops) == ("hours_since_last_run", at_most(Decimal(24)), False)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{property: latency, value: 2, unit: fortnight}", "not a unit of time"),
        ("{property: latency, value: soon, unit: d}", "not a length of time"),
        ("{property: latency, value: 0, unit: d}", "not a length of time"),
        ("{property: latency, value: 2, element: fct_charges.cost}", "a service level is on a column without a time"),
        (
            "{property: latency, value: 2, element: fct_charges.charged_on}",
            "a service level is on a column that no table has",
        ),
        (
            "{property: latency, value: 2, element: dim_date.charged_at}",
            "a service level is on a column that no table has",
        ),
    ],
)
def test_a_service_level_that_cannot_be_is_refused(tmp_path: Path, text: str, what: str) -> None:
    assert refusal(tmp_path, levels=text).startswith(f"ContractError: {what}\n")


@pytest.mark.parametrize(
    ("text", "metric", "hours"),
    [
        ("{property: Freshness, value: 5, unit: m}", "hours_since_landed", Decimal(5) / 60),
        ("{property: ly, value: 1, unit: wk}", "hours_since_landed", Decimal(168)),
        ("{property: freshness, value: 7200, unit: sec}", "hours_since_landed", Decimal(2)),
    ],
)
def test_a_service_level_is_read_as_the_contract_reads_it(
    tmp_path: Path, text: str, metric: str, hours: Decimal
) -> None:
    found = level(tmp_path, text)
    assert (found.metric, found.asks) == (metric, at_most(hours))
