"""Values cut short: a text, a time, an address, a number. What can't be cut is masked, for it may be anything."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.model import Property, Protection
from hallmark.lakehouse.names import MASK, sql_text

_IPV4 = r"^\d{1,3}(\.\d{1,3}){3}$"
_IPV6 = r"^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:]*$"
_IPV6_GROUPS = 3  # 48 bits: a site
_LAST_YEAR = 9999
_TIMES = {"date": "yyyy-MM-dd", "timestamp": "yyyy-MM-dd HH:mm:ss"}


def truncated(text: Column, prop: Property, protection: Protection) -> Column:
    """A text cut short by what the contract says; null and the empty text stay, what can't be read is `***`."""
    cut = _cut(F.trim(text), text, prop, protection)
    return F.when(text != "", F.coalesce(cut, F.lit(MASK))).otherwise(text)


def _cut(trimmed: Column, text: Column, prop: Property, protection: Protection) -> Column:
    if protection.characters is not None:
        return F.left(text, F.lit(protection.characters))
    if protection.unit is not None:
        time = F.date_trunc(protection.unit, trimmed.try_cast("timestamp"))
        # A longer year is another number that only reads like one: days since 1970, 870605.
        return F.when(F.year(time).between(1, _LAST_YEAR), F.date_format(time, _TIMES[prop.logical_type]))
    if protection.prefix is not None:
        return _address(trimmed, protection.prefix // 8)
    return _multiple(trimmed, str(protection.step))


def _address(text: Column, kept: int) -> Column:
    four = F.concat_ws(".", F.slice(F.split(text, r"\."), 1, kept), F.array_repeat(F.lit("0"), 4 - kept))
    sides = F.split(text, "::", 2)
    groups = [F.filter(F.split(F.get(sides, F.lit(i)), ":"), lambda group: group != "") for i in (0, 1)]
    filled = F.array_repeat(F.lit("0"), F.lit(8) - F.size(groups[0]) - F.size(groups[1]))
    every = F.when(F.size(sides) == 2, F.concat(groups[0], filled, groups[1])).otherwise(groups[0])
    six = F.concat(F.concat_ws(":", F.slice(every, 1, _IPV6_GROUPS)), F.lit("::"))
    return F.when(text.rlike(_IPV4), four).when(text.rlike(_IPV6) & (F.size(every) == 8), F.lower(six))


def _multiple(text: Column, step: str) -> Column:
    scale = len(step.partition(".")[2])
    number = text.try_cast(f"decimal(38,{max(scale, 18)})" if scale <= 18 else "decimal(38,38)")
    unit = F.expr(f"cast({sql_text(step)} as decimal(30,{scale}))")
    # The remainder is exact where a quotient would be rounded; pmod goes below zero downwards.
    return (number - F.pmod(number, unit)).try_cast(f"decimal(38,{scale})").cast("string")
