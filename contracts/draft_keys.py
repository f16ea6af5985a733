"""Which columns may name a row: few candidates from the facts, then the first that exact counts prove. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

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
    ids = [facts for facts, kind in usable if _looks_like_id(facts, kind)]
    ids.sort(key=lambda facts: not names.is_id(facts.column))  # else as the source has them
    others = [(facts, kind) for facts, kind in usable if facts not in ids]
    times = [facts for facts, kind in others if kind.logical in {"date", "timestamp"}]
    texts = [f for f, kind in others if kind.logical == "string" and f.distinct > 1 and not f.has("space")]
    several = [
        *sorted(ids, key=lambda facts: -facts.distinct)[:4],
        *times[:3],
        *sorted(texts, key=lambda facts: -facts.distinct)[:2],
    ][:6]
    named = [group for group in combinations(several, 2) if group[0] in ids]
    timed = [group for group in combinations(several, 3) if group[0] in ids and any(each in times for each in group)]
    found = [*[(facts,) for facts in ids[:8]], *named, *timed[:10]]
    return tuple(tuple(facts.column for facts in group) for group in found if _could_differ(group))


def _could_differ(group: Sequence[ColumnFacts]) -> bool:
    """Whether there are enough combinations of values for all rows; counts are approximate, 15 % to be safe."""
    return math.prod(facts.distinct * 1.15 for facts in group) >= group[0].rows


def _can_be_key(facts: ColumnFacts, kind: Kind) -> bool:
    typed = kind.logical in {"string", "integer", "date", "timestamp"} and not kind.null_word and not facts.has("json")
    return typed and facts.enough and facts.filled == facts.rows and facts.max_length <= 128 and not personal_of(facts)


def _looks_like_id(facts: ColumnFacts, kind: Kind) -> bool:
    coded = facts.all_are("uuid") or (facts.min_length >= 16 and (facts.all_are("hex") or facts.all_are("HEX")))
    return names.is_id(facts.column) or coded or (kind.logical == "string" and outline_pattern(facts) is not None)


def primary_key(candidates: Sequence[GroupFacts], rows: int) -> tuple[str, ...]:
    """The first candidate that names every row, or nothing.

    >>> primary_key([GroupFacts(("host",), 3, 9), GroupFacts(("host", "at"), 10, 1)], 10)
    ('host', 'at')
    """
    return next((group.columns for group in candidates if group.distinct == rows and group.most == 1), ())
