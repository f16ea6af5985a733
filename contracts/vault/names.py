"""Names in a generated vault: of models, of their columns, and of what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable

LOAD_DATE = "load_date"
RECORD_SOURCE = "record_source"
EFFECTIVE_FROM = "effective_from"
IS_DELETED = "is_deleted"
SOURCE_LSN = "source_lsn"
SOURCE_POSITION = "source_position"
OWN = (LOAD_DATE, RECORD_SOURCE)
OWN_OF_CHANGES = (*OWN, EFFECTIVE_FROM, IS_DELETED, SOURCE_LSN, SOURCE_POSITION)
"""Columns that staging adds to those of the contract; the second, of tables that follow change events."""

_KEY_ENDINGS = re.compile(r"_(id|key|code|no|nr|number|pseudonym)\Z")


def singular(name: str) -> str:
    """What one row of a table is, for the usual English plurals of its last word.

    >>> [singular(each) for each in ("customers", "gpu_categories", "boxes", "status", "Addresses", "news_analysis")]
    ['customer', 'gpu_category', 'box', 'status', 'address', 'news_analysis']
    >>> [singular(each) for each in ("series", "bus", "invoices", "class", "s")]
    ['series', 'bus', 'invoice', 'class', 's']
    """
    word = name.lower()
    if word.endswith(("ss", "us", "is", "series")) or len(word) < 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses", "zzes")):
        return word[:-2]
    return word.removesuffix("s")


def role_of(columns: Iterable[str]) -> str:
    """What a table calls another that it refers to, by the columns that it does it with.

    >>> role_of(["manager_id"]), role_of(["from_account"]), role_of(["order_id", "line_no"])
    ('manager', 'from_account', 'order_line')
    """
    return "_".join(_KEY_ENDINGS.sub("", column.lower()) for column in columns)


def plain(text: str) -> str:
    """Any text as a part of a model's name.

    >>> plain("shop.EU-west"), plain("")
    ('shop_eu_west', '')
    """
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def hash_key(what: str) -> str:
    """The hash key's column of an entity, a role or a link."""
    return f"{what}_hk"


def hashdiff(satellite: str) -> str:
    """The hashdiff's column of a satellite, by its name without `sat_`."""
    return f"{satellite}_hashdiff"
