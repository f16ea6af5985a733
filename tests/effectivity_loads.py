"""Relationships that an effectivity satellite is loaded with, for tests of `eff_sat`."""

from __future__ import annotations

from typing import Any

STAGED = (
    "ORDER_CUSTOMER_HK string, ORDER_HK string, CUSTOMER_HK string, REGION string, START_DATE timestamp, "
    "END_DATE timestamp, EFFECTIVE_FROM timestamp, LOAD_DATE timestamp, SOURCE string"
)


def eff_sat(config: str = "", **more: str) -> str:
    """A model that calls the macro; `more` arguments (as Jinja) in the place of the usual ones."""
    arguments = {
        "src_pk": "'ORDER_CUSTOMER_HK'",
        "src_dfk": "'ORDER_HK'",
        "src_sfk": "'CUSTOMER_HK'",
        "src_start_date": "'START_DATE'",
        "src_end_date": "'END_DATE'",
        "src_eff": "'EFFECTIVE_FROM'",
        "src_ldts": "'LOAD_DATE'",
        "src_source": "'SOURCE'",
        "source_model": "'stg'",
        **more,
    }
    named = ", ".join(f"{name}={value}" for name, value in arguments.items() if value)
    return f"{config} {{{{ hallmark.eff_sat({named}) }}}}"


AUTO = "{{ config(is_auto_end_dating=true) }}"
OPEN = "9999-12-31 23:59:59.999999"


def tie(
    order: str | None,
    customer: str | None,
    day: int,
    *,
    start: int = 0,
    end: int | None = 0,
    region: str | None = "r",
    source: str = "crm",
) -> tuple[Any, ...]:
    """An order belongs to a customer from `start` (the day of the load) to `end` (open; None: no end at all).

    It is effective as it is loaded.
    """
    date = f"2026-01-{day:02}"
    till = f"2026-01-{end:02}" if end else OPEN if end == 0 else None
    key = f"{order}-{customer}-{region}"
    return (key, order, customer, region, f"2026-01-{start or day:02}", till, date, date, source)
