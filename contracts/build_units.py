"""Units of an ODCS document's columns: of measure, and of time since 1970."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hallmark.contracts import units
from hallmark.contracts.model import Property

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys


def read_unit(option: str, custom: dict[str, Any], keys: Keys, build: Build) -> str | None:
    """A unit as the custom property `option` gives it."""
    given = custom.get(option)
    if given is not None and not isinstance(given, str):
        raise build.refuse(f"{option} is no text", [*keys, "customProperties"], got=given, wanted="such as ms")
    if option == "unit" and "sourceUnit" not in custom and given is not None and (plain := units.meant(given)):
        text = f"unit {given!r} is a label that nothing converts; did you mean {plain!r}?"
        build.warn(text, [*keys, "customProperties"])
    return given


def read_lead(custom: dict[str, Any], keys: Keys, build: Build) -> int | None:
    """Seconds that a time may be ahead of its row's ingestion, by the custom property `maxLead`."""
    given = custom.get("maxLead")
    if given is None:
        return None
    match = re.fullmatch(r"(\d+) ?(s|min|h|d)", str(given))
    if match is None:
        raise build.refuse("maxLead is no time", [*keys, "customProperties"], got=given, wanted="such as 10 min or 1 d")
    return int(int(match.group(1)) * units.factor(match.group(2), "s"))


def refuse_misfitting_units(prop: Property, keys: Keys, build: Build) -> None:
    """Refuse a source's unit that does not convert into the column's, and a lead of what is no time."""
    if prop.max_lead is not None and prop.logical_type not in {"date", "timestamp"}:
        what = "maxLead is about times"
        raise build.refuse(what, [*keys, "customProperties"], got=prop.logical_type, wanted="a date or a timestamp")
    if prop.source_unit is None:
        return
    if prop.logical_type not in {"integer", "number", "timestamp"}:
        text = f"sourceUnit of {prop.name} has no effect: a {prop.logical_type} is not converted"
        build.warn(text, [*keys, "customProperties"])
        return
    if prop.logical_type == "timestamp":
        if prop.source_unit not in units.EPOCH_UNITS:
            raise build.refuse(
                "unknown unit of time since epoch",
                [*keys, "customProperties"],
                got=prop.source_unit,
                wanted=", ".join(units.EPOCH_UNITS),
            )
        return
    try:
        units.factor(prop.source_unit, prop.unit or prop.source_unit)
    except ValueError as error:
        raise build.refuse(
            "the units don't fit", [*keys, "customProperties"], got=error, todo="mend unit or sourceUnit"
        ) from None
