"""Statements of an effectivity satellite in few letters, for tables of cases.

`a2` says that the driving key belongs to `a` from day 2 on, `a2.1` that this is the statement of place 1 on that day
(0 without one, `n` is null), `a3!` that it belongs to `a` no more from day 3 on, `a3!2` that the source says day 2 for
that end. `-2` has no other side, `~a2` no driving key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vault_loads import day
from vaults import VaultProject, in_one

STAGED = (
    "LINK_HK string, ORDER_HK string, CUSTOMER_HK string, START_DATE timestamp, END_DATE timestamp, "
    "EFFECTIVE_FROM timestamp, PLACE int, LOAD_DATE timestamp, SOURCE string"
)
OPEN = "9999-12-31 23:59:59.999999"
_FORM = re.compile(r"(~?)([a-z-])(\d+)(?:\.(\d+|n))?(?:(!)(\d*))?")
Loads = Sequence[str]


def statements(text: str, load: int, case: str = "o") -> list[tuple[Any, ...]]:
    """Rows as staged, of one driving key that has the case's name, loaded on this day of February."""
    return [_staged(one, load, case) for one in text.split()]


def load_together(vault: VaultProject, models: Sequence[str], cases: Mapping[str, Loads], source: str = "stg") -> None:
    """Load all cases at once into new tables of these models."""
    numbered = {case: [[(n, text)] for n, text in enumerate(loads, 1)] for case, loads in cases.items()}
    for number, texts in enumerate(in_one(numbered, lambda case, one: (case, *one))):
        vault.load(**{source: [row for case, n, text in texts for row in statements(text, n, case)]})
        vault.run(*models, first=number == 0)


def told(vault: VaultProject, model: str) -> dict[str, str]:
    """What a model has of each driving key, in the letters of the cases and in order."""
    found: dict[str, list[str]] = {}
    rows: Iterable[tuple[Any, ...]] = vault.rows(
        model, "ORDER_HK", "CUSTOMER_HK", "day(EFFECTIVE_FROM)", "PLACE",
        "if(year(END_DATE) = 9999, null, day(END_DATE)) as ends", "LINK_HK",
        order="ORDER_HK,`day(EFFECTIVE_FROM)`,PLACE,LINK_HK,ends",
    )  # fmt: skip
    for key, customer, effective, place, ended, link in rows:
        assert link == f"{key}-{customer}"
        at = f"{customer}{effective}" + ("" if place == 0 else f".{'n' if place is None else place}")
        end = "" if ended is None else "!" + ("" if ended == effective else str(ended))
        found.setdefault(key, []).append(at + end)
    return {key: " ".join(rows) for key, rows in found.items()}


def _staged(text: str, load: int, case: str) -> tuple[Any, ...]:
    form = _FORM.fullmatch(text)
    assert form, f"no statement: {text}"
    keyless, customer, effective, place, closed, ended = form.groups()
    order, other = None if keyless else case, None if customer == "-" else customer
    till = day(int(ended or effective)) if closed else OPEN
    at = None if place == "n" else int(place or 0)
    return (
        f"{case}-{customer}", order, other, day(int(effective)), till, day(int(effective)), at,
        f"2026-02-{load:02}", "crm",
    )  # fmt: skip
