"""From facts to a drafted property: type, rules, unit and guesses, each with the evidence that speaks for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hallmark.contracts import draft_names as names
from hallmark.contracts.draft_facts import MIN_ROWS, SHAPES, ColumnFacts, GroupFacts
from hallmark.contracts.draft_types import Kind, may_name_persons, number_text, personal_of
from hallmark.contracts.model import Property
from hallmark.lakehouse.words import by_number, many

ENUM_ROWS = 100
ENUM_MOST = 12
ENUM_RAREST = 5
_ENUM_LENGTH = 60


@dataclass(frozen=True)
class Said:
    """A value of a contract and the evidence for it."""

    value: str | float | bool
    because: str = ""


@dataclass(frozen=True)
class Draft:
    """A drafted property.

    Attributes:
        name: in silver.
        column: in the source.
        kind: its type.
        required, unit, personal, key: those parts, where something speaks for them; `key` is its position.
        options: logicalTypeOptions by name.
        values: all values there are, for a closed list; `values_because` says how often each is there.
        notes: what a person should know.
    """

    name: str
    column: str
    kind: Kind
    required: Said | None = None
    key: Said | None = None
    unit: Said | None = None
    personal: Said | None = None
    options: Mapping[str, Said] | None = None
    values: tuple[str, ...] = ()
    values_because: str = ""
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> Property:
        """The property as the gate will type it."""
        return Property(
            name=self.name, source=self.column, logical_type=self.kind.logical, spark_type=self.kind.physical,
            format=self.kind.format, source_unit=self.kind.epoch, transform=self.kind.transform(self.column),
        )  # fmt: skip


def draft_property(
    facts: ColumnFacts,
    name: str,
    kind: Kind,
    *,
    key: int | None = None,
    key_because: str = "",
    values: GroupFacts | None = None,
) -> Draft:
    """Draft one property.

    Args:
        facts: the column.
        name: its name in silver.
        kind: its type.
        key: its position in the primary key that was found, if it is in it.
        key_because: the evidence for the key.
        values: the column's values, where they are few.
    """
    personal = personal_of(facts)
    shown = values if not may_name_persons(facts) else None
    closed = _closed_list(facts, shown)
    unit = _unit(facts, kind)
    return Draft(
        name=name,
        column=facts.column,
        kind=kind,
        required=_required(facts, kind),
        key=Said(key, key_because) if key is not None else None,
        unit=unit,
        personal=Said("personal", f"a guess: {personal}") if personal else None,
        options=_options(facts, kind, personal=bool(personal), listed=bool(closed)),
        # A key's texts are judged without outer blanks.
        values=tuple(sorted({text if key is None else text.strip(" ") for text, _ in closed})),
        values_because=", ".join(f"{text} {count:,}" for text, count in closed),
        notes=_notes(facts, kind, unit, shown),
    )


def _required(facts: ColumnFacts, kind: Kind) -> Said | None:
    """Required when no row lacks a value, and there are `MIN_ROWS` at least.

    A blank text counts as lacking: whoever asks for a value does not mean a blank.
    """
    if facts.filled < facts.rows or not facts.enough or kind.null_word:
        return None
    return Said(value=True, because=f"no null in {facts.rows:,} rows")


def _options(facts: ColumnFacts, kind: Kind, *, personal: bool, listed: bool) -> dict[str, Said]:
    if kind.format:
        return {"format": Said(kind.format, "the only format that reads every value")}
    if not facts.enough:
        return {}
    if kind.logical in {"integer", "number"}:
        return _number_range(facts, kind, personal=personal)
    if kind.logical in {"date", "timestamp"}:
        return {} if personal else _time_range(facts, kind)
    return {} if kind.logical != "string" or listed else _text_options(facts, personal=personal)


def _number_range(facts: ColumnFacts, kind: Kind, *, personal: bool) -> dict[str, Said]:
    """Ends that the name explains; the largest value seen is no limit, since tomorrow's may be larger.

    Parts of a whole end at 1 or at 100. A quantity (tokens, bytes, seconds, a count) starts at 0 when nothing below
    was seen; so does any other whole number that is no id and was 0 at least once, and so reaches its natural end.
    Money has no lower end: credits and refunds are negative. Infinite values leave no range at all.
    """
    low, high = facts.min_number, facts.max_number
    if low is None or high is None or personal or (facts.unparsed.get("double") and not kind.null_word):
        return {}
    span = f"{number_text(low)} to {number_text(high)} in {facts.filled:,} rows"
    ends = _known_ends(facts, low, high)
    if ends:
        return {"minimum": Said(ends[0], span), "maximum": Said(ends[1], span)}
    measured = names.is_count(facts.column) or names.unit_of(facts.column) not in {None, "Cel"}
    touches_zero = low == 0 and kind.logical == "integer" and not names.is_id(facts.column)
    if low >= 0 and not names.is_money(facts.column) and (measured or touches_zero):
        return {"minimum": Said(0, span)}
    return {}


def _known_ends(facts: ColumnFacts, low: float, high: float) -> tuple[float, float] | None:
    for ends in filter(None, [names.range_of(facts.column)]):
        if ends[0] <= low and high <= ends[1]:
            return ends
    if not names.is_share(facts.column) or low < 0 or high > 100:
        return None
    says_percent = names.unit_of(facts.column) == "%"
    return (0, 1) if high <= 1 and not says_percent else (0, 100)


def _time_range(facts: ColumnFacts, kind: Kind) -> dict[str, Said]:
    """The years 2000 to 2100: wide enough to stay true, narrow enough to find a wrong unit or a default of 1970."""
    if kind.epoch:
        span = "times since 1970 that all fall between 2001 and 2100"
    elif facts.min_time and facts.max_time and facts.min_time >= "2000" and facts.max_time < "2100":
        span = f"{facts.min_time} to {facts.max_time}"
    else:
        return {}
    day = "" if kind.logical == "date" else " 00:00:00"
    return {"minimum": Said(f"2000-01-01{day}", span), "exclusiveMaximum": Said(f"2100-01-01{day}")}


_PATTERNS = (
    ("uuid", "a UUID", SHAPES["uuid"]),
    ("email", "an e-mail address", SHAPES["email"]),
    ("url", "a URL", SHAPES["url"]),
    ("ipv4", "an IPv4 address", SHAPES["ipv4"]),
)


def _text_options(facts: ColumnFacts, *, personal: bool) -> dict[str, Said]:
    """A pattern when one known shape, or one outline, is that of every value; else at least one character if required.

    A code of two or three capitals is drafted as such only under a name that says currency or country.
    """
    for shape, what, regex in _PATTERNS:
        if facts.all_are(shape):
            return {"pattern": Said(regex, f"{facts.filled:,} of {facts.filled:,} values look like {what}")}
    pattern = _code_pattern(facts) or (None if personal else outline_pattern(facts))
    if pattern:
        return {"pattern": Said(pattern, f"{facts.filled:,} of {facts.filled:,} values")}
    if facts.filled == facts.rows:
        return {"minLength": Said(1, "no blank text")}
    return {}


def _code_pattern(facts: ColumnFacts) -> str | None:
    fixed = facts.min_length == facts.max_length
    words = {*names.words_of(facts.column)}
    if fixed and facts.max_length >= 16 and not facts.all_are("digits"):
        for shape, letters in (("hex", "a-f"), ("HEX", "A-F")):
            if facts.all_are(shape):
                return f"^[0-9{letters}]{{{facts.max_length}}}$"
    if facts.all_are("alpha3") and "currency" in words:
        return "^[A-Z]{3}$"
    if facts.all_are("alpha2") and words & {"country", "region", "nation"}:
        return "^[A-Z]{2}$"
    return None


_CLASSES = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}


def outline_pattern(facts: ColumnFacts) -> str | None:
    """What numbered names have in common: `openb-node-0000`, `openb-node-0001`, … give `^openb-node-[0-9]+$`.

    Drafted for texts with a digit, no blank, one outline and many different values: codes, not words.
    """
    outline = facts.outline
    if not outline or len(outline) > 24 or "9" not in outline or facts.has("space") or facts.distinct < MIN_ROWS:
        return None
    prefix = _common_prefix(facts.min_text or "", facts.max_text or "")
    rest = outline[len(_outline(prefix)) :]
    if facts.all_are("digits"):
        return "^[0-9]+$" if facts.min_length < facts.max_length else f"^[0-9]{{{facts.max_length}}}$"
    # Characters other than ASCII letters and digits stand for themselves in an outline.
    return (
        f"^{_escaped(prefix)}{''.join(f'{_CLASSES[char]}+' if char in _CLASSES else _escaped(char) for char in rest)}$"
    )


def _outline(text: str) -> str:
    for run, letter in (("[0-9]+", "9"), ("[A-Z]+", "A"), ("[a-z]+", "a")):
        text = re.sub(run, letter, text)
    return text


def _common_prefix(first: str, last: str) -> str:
    """What all texts between two begin with, up to its last sign that is neither letter nor digit.

    >>> _common_prefix("openb-node-0000", "openb-node-0999"), _common_prefix("a1", "a9")
    ('openb-node-', '')
    """
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return re.sub(r"[A-Za-z0-9]+$", "", first[:same])


def _escaped(text: str) -> str:
    return re.sub(r"([\\.^$*+?()\[\]{}|])", r"\\\1", text)


def wants_values(facts: ColumnFacts, kind: Kind) -> bool:
    """Whether a column's values are worth counting: few, short, of enough rows, and no names or ids of things."""
    few = 2 <= facts.distinct <= ENUM_MOST * 1.2 and facts.filled >= ENUM_ROWS
    closed = not (
        names.is_id(facts.column) or names.is_wordy(facts.column) or facts.has("json") or may_name_persons(facts)
    )
    return few and closed and kind.logical == "string" and not kind.null_word and facts.max_length <= _ENUM_LENGTH


def _closed_list(facts: ColumnFacts, values: GroupFacts | None) -> tuple[tuple[str, int], ...]:
    """The values when they look like a closed list: at most 12, each at least 5 times, ten rows a value on average.

    A value that is seldom there says that others will come.
    """
    if values is None or not values.values or facts.filled < ENUM_ROWS or values.distinct > ENUM_MOST:
        return ()
    if _code_pattern(facts):  # currencies and countries: there are others, of the same form
        return ()
    dated = any(re.search("[0-9]{4}-[0-9]{2}", text) for text, _ in values.values)  # tomorrow has another one
    often = facts.filled >= 10 * values.distinct and min(count for _, count in values.values) >= ENUM_RAREST
    return values.values if often and not dated and values.distinct >= 2 else ()


def _unit(facts: ColumnFacts, kind: Kind) -> Said | None:
    """The unit that the name says, of numbers alone; none where the values contradict it."""
    if kind.logical not in {"integer", "number"}:
        return None
    unit = names.unit_of(facts.column)
    if unit == "%" and facts.max_number is not None and facts.max_number <= 1:
        return None
    if unit is None and names.is_share(facts.column) and facts.min_number is not None and facts.max_number is not None:
        within = facts.min_number >= 0 and facts.max_number <= 100 and facts.enough
        return Said("%" if facts.max_number > 1 else "fraction", "by name and range") if within else None
    return Said(unit, "by its name") if unit else None


def _notes(facts: ColumnFacts, kind: Kind, unit: Said | None, values: GroupFacts | None) -> tuple[str, ...]:
    notes = [kind.note] if kind.note else []
    if 0 < facts.filled < MIN_ROWS <= facts.rows:
        has = by_number(facts.filled, "has", "have")
        notes.append(f"only {facts.filled:,} of {facts.rows:,} rows {has} a value: too few for rules")
    elif facts.filled < facts.rows and facts.filled:
        missing = [f"{facts.nulls:,} null"] * bool(facts.nulls) + [f"{facts.blanks:,} blank"] * bool(facts.blanks)
        notes.append(f"{' and '.join(missing)} of {facts.rows:,} rows: not required")
    if unit is None and names.unit_of(facts.column) == "%" and kind.logical == "number":
        notes.append("named a percent, but no value is above 1: a fraction?")
    if facts.distinct == 1 and facts.enough and not personal_of(facts) and kind.logical == "string":
        notes.append("one value in all rows that have one")
    if values is not None and values.distinct and not _closed_list(facts, values) and not _code_pattern(facts):
        listed = ", ".join(f"{text} {count:,}" for text, count in values.values)
        notes.append(f"{many(values.distinct, 'different value')}, some seldom, so no list of valid ones: {listed}")
    return tuple(notes)
