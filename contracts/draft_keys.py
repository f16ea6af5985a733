"""Which columns may name a row: few candidates from the facts, then the first that exact counts prove. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hallmark.contracts import draft_names as names
from hallmark.contracts.draft_facts import ColumnFacts, GroupFacts
from hallmark.contracts.draft_rules import outline_pattern
from hallmark.contracts.draft_types import Kind, personal_of


def candidate_keys(columns: Sequence[tuple[ColumnFacts, Kind]]) -> tuple[tuple[str, ...], ...]:
    """Columns that together may name a row, best first: at most 8 single ones, 15 pairs and 10 triples.

    A key has no null, is no fraction, flag or personal value. Alone only ids can be one, by name or by shape: that
    times or counts differ in all rows seen is chance. In pairs and triples each column is an id, a time or a short
    text, one at least an id; their numbers of different values must allow all rows to differ.
    """
    usable = [(facts, kind) for facts, kind in columns if _can_be_key(facts, kind)]
    rows = usable[0][0].rows if usable else 0
    ids = [facts for facts, _ in usable if _looks_like_id(facts)]
    ids.sort(key=lambda facts: (not names.is_id(facts.column), -facts.distinct))
    times = [facts for facts, kind in usable if kind.logical in {"date", "timestamp"} and facts not in ids]
    texts = [
        f for f, kind in usable if kind.logical == "string" and f not in ids and not f.has("space") and f.distinct > 1
    ]
    singles = [(facts,) for facts in ids[:8]]
    several = [*ids[:4], *times[:3], *sorted(texts, key=lambda facts: -facts.distinct)[:2]][:6]
    pairs = [(a, b) for i, a in enumerate(several) for b in several[i + 1 :]]
    triples = [(*pair, c) for pair in pairs for c in several[several.index(pair[1]) + 1 :]]
    found = [
        *singles,
        *[group for group in pairs if ids],
        *[group for group in triples if any(each in times for each in group)][:10],
    ]
    return tuple(tuple(facts.column for facts in group) for group in found if _could_differ(group, rows))


def _could_differ(group: Sequence[ColumnFacts], rows: int) -> bool:
    product = 1.0
    for facts in group:
        product *= facts.distinct * 1.15
    return product >= rows and any(_looks_like_id(facts) for facts in group)


def _can_be_key(facts: ColumnFacts, kind: Kind) -> bool:
    typed = kind.logical in {"string", "integer", "date", "timestamp"} and not kind.null_word and not facts.has("json")
    return typed and facts.enough and facts.filled == facts.rows and facts.max_length <= 128 and not personal_of(facts)


def _looks_like_id(facts: ColumnFacts) -> bool:
    coded = facts.all_are("uuid") or (facts.min_length >= 16 and (facts.all_are("hex") or facts.all_are("HEX")))
    return names.is_id(facts.column) or coded or outline_pattern(facts) is not None


def primary_key(candidates: Sequence[GroupFacts], rows: int) -> tuple[str, ...]:
    """The first candidate that names every row, or nothing.

    >>> primary_key([GroupFacts(("host",), 3, 9), GroupFacts(("host", "at"), 10, 1)], 10)
    ('host', 'at')
    """
    return next((group.columns for group in candidates if group.distinct == rows and group.most == 1), ())
