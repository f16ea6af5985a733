"""Bounds and valid values of a contract, which are text there, as Python values of the column's type."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from hallmark.contracts.model import Property
from hallmark.contracts.times import read_date, read_time

Value = str | int | float | bool | Decimal | date | datetime


def python_value(prop: Property, text: str) -> Value | None:
    """The text as a value of the property's type, times in UTC; None when it is none.

    >>> python_value(Property("x", "x", "integer", "int"), "1.0"), python_value(Property("x", "x", "date", "date"), "?")
    (1, None)
    """
    try:
        return _value(prop, text)
    except (ValueError, InvalidOperation):
        return None


def _value(prop: Property, text: str) -> Value:
    if prop.logical_type == "string":
        return text
    if prop.logical_type == "boolean":
        return {"true": True, "false": False}[text.lower()] if text.lower() in {"true", "false"} else text
    if prop.logical_type == "timestamp":
        return read_time(text)
    if prop.logical_type == "date":
        return read_date(text)
    number = Decimal(text)
    if prop.logical_type == "integer" and number == number.to_integral_value():
        return int(number)
    return number if prop.spark_type.startswith("decimal") or prop.logical_type == "integer" else float(number)


def utc(prop: Property) -> Property:
    """The property with bounds that name their time zone, all the way down.

    >>> utc(Property("x", "x", "timestamp", "timestamp", minimum="2020-01-01")).minimum
    '2020-01-01 00:00:00 UTC'
    """
    if prop.logical_type != "timestamp":
        return prop

    def zoned(limit: str | None) -> str | None:
        return None if limit is None else f"{read_time(limit).replace(tzinfo=None)} UTC"

    return replace(
        prop,
        minimum=zoned(prop.minimum),
        maximum=zoned(prop.maximum),
        exclusive_minimum=zoned(prop.exclusive_minimum),
        exclusive_maximum=zoned(prop.exclusive_maximum),
    )
