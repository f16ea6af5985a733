"""From the facts of a column to the type that reads all of its values: a pure decision, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hallmark.contracts import draft_names as names
from hallmark.contracts.draft_facts import DATE_FORMATS, NULL_WORDS, ColumnFacts
from hallmark.lakehouse.names import quoted, sql_text
from hallmark.lakehouse.words import by_number, many

_EPOCHS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST, _LAST = 978_307_200, 4_102_444_800  # 2001-01-01 and 2100-01-01, seconds since 1970
_INT_ROOM = 2**31 // 10
_SCALES = (2, 4, 6, 9, 12, 15, 18)
_DECLARED = {
    "tinyint": ("integer", "bigint"), "smallint": ("integer", "bigint"), "int": ("integer", "bigint"),
    "bigint": ("integer", "bigint"), "float": ("number", "double"), "double": ("number", "double"),
    "boolean": ("boolean", "boolean"), "date": ("date", "date"), "timestamp": ("timestamp", "timestamp"),
    "timestamp_ntz": ("timestamp", "timestamp"),
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A column's type and why.

    Attributes:
        logical: ODCS logicalType.
        because: the evidence.
        physical: the Spark type.
        format: of dates that are not yyyy-MM-dd.
        epoch: unit of a time since 1970; None for other columns.
        null_word: a text that stands for null in this column, turned into one by a transform.
        note: what a person should know before accepting.
    """

    logical: str
    because: str
    physical: str
    format: str | None = None
    epoch: str | None = None
    null_word: str | None = None
    note: str = ""

    def transform(self, column: str) -> str | None:
        """The `transformLogic` that the type needs, over the source's column."""
        return f"nullif({quoted(column)}, {sql_text(self.null_word)})" if self.null_word else None


def personal_of(facts: ColumnFacts) -> str | None:
    """Why a column may hold data of persons, by its name or by the shape of its values; None when nothing says so.

    One e-mail address in a column is enough; phone numbers, IP addresses and card numbers, whose shapes other things
    have as well, must be nine in ten of the values. A guess that is wrong costs an edit, one that is missed a leak.
    Where such a shape is rarer, the draft still lists no values (`may_name_persons`).
    """
    if word := names.personal_by_name(facts.column):
        return f"{word!r} in its name"
    if facts.has("some_email"):
        return f"e-mail addresses in {facts.shapes['some_email']:,} of {many(facts.filled, 'value')}"
    for shape, what in (
        ("card", "numbers of payment cards"),
        ("phone", "phone numbers"),
        ("ipv4", "IP addresses"),
        ("mac", "addresses of devices"),
    ):
        count = facts.shapes.get(shape, 0)
        if facts.filled and count * 10 >= facts.filled * 9:
            looks = by_number(count, "looks", "look")
            return f"{count:,} of {many(facts.filled, 'value')} {looks} like {what}"
    return None


def may_name_persons(facts: ColumnFacts) -> bool:
    """Whether a value of the column may be of a person, so that none of them is shown."""
    return personal_of(facts) is not None or any(map(facts.has, ("card", "phone", "ipv4", "mac")))


def kind_of(facts: ColumnFacts, *, finished: bool = False) -> Kind:
    """The type of a column; string when nothing narrower reads every value.

    Money is decimal by the house's rule. Other fractions are double, unless all of them are written with the same two
    or more digits, which is how fixed-point numbers are written. An integer is an int when ten times the largest value
    still is one, else a bigint. Digits that nobody counts with (leading zeros, phone numbers, long ids) stay text.

    Args:
        facts: the column.
        finished: the column is one of a table that we built: its type is the declared one, nothing is to be read.
    """
    if finished and facts.declared:
        return _stated(facts)
    if not facts.filled:
        return Kind("string", "no value in any row: its type is not known", "string")
    if facts.declared and facts.declared != "string":
        return _declared(facts)
    guesses = (_times(facts),) if facts.declared else (_boolean(facts), _numbers(facts), _times(facts))
    return next((kind for guess in guesses for kind in guess), _text(facts))


def _reads(facts: ColumnFacts, probe: str) -> tuple[bool, str | None]:
    """Whether a probe reads all values, or all but those of one null word."""
    bad = facts.unparsed.get(probe, facts.filled)
    if bad == 0:
        return True, None
    word = next((word for word in NULL_WORDS if facts.words.get(word, 0) == bad), None)
    return word is not None and bad < facts.filled, word


def _all(facts: ColumnFacts, word: str | None, what: str) -> str:
    count = facts.filled - facts.words[word] if word else facts.filled
    end = f", {by_number(facts.filled - count, 'the other is', 'the others are')} {word}" if word else ""
    return f"{count:,} of {many(facts.filled, 'value')} {by_number(count, 'is', 'are')} {what}{end}"


def _stated(facts: ColumnFacts) -> Kind:
    stated = str(facts.declared)
    because = f"{stated} in the source"
    if re.fullmatch(r"decimal\((\d+),(\d+)\)", stated):
        return Kind("number", because, stated)
    if stated not in _DECLARED:
        kept = because if stated == "string" else f"{because}, kept as JSON text or base64"
        return Kind("string", kept, "string", note=_text(facts).note if stated == "string" else "")
    return Kind(_DECLARED[stated][0], because, stated.removesuffix("_ntz"))


def _declared(facts: ColumnFacts) -> Kind:
    kind = _stated(facts)
    if facts.declared not in _DECLARED:
        return kind
    logical, probe = _DECLARED[facts.declared]
    because = kind.because
    fits, word = _reads(facts, probe)
    if logical == "integer" and fits and (epoch := _epoch(facts)):
        return Kind("timestamp", f"{_span(facts)}: {because}, {epoch} since 1970", "timestamp", epoch=epoch)
    if not fits:
        return Kind("string", f"{because}, but the gate reads {_nearly(facts, probe)} as {logical}", "string")
    return replace(kind, null_word=word)


def _nearly(facts: ColumnFacts, probe: str) -> str:
    return f"only {facts.filled - facts.unparsed[probe]:,} of {many(facts.filled, 'value')}"


def _boolean(facts: ColumnFacts) -> Iterator[Kind]:
    fits, word = _reads(facts, "boolean")
    if not fits or word:
        return
    if facts.all_are("true_false"):
        yield Kind("boolean", _all(facts, None, "true or false"), "boolean")
    elif facts.distinct == 2 and facts.all_are("true_false", "yes_no"):
        yield Kind("boolean", _all(facts, None, "yes or no"), "boolean")
    elif facts.all_are("zero_one") and names.is_flag(facts.column):
        yield Kind("boolean", _all(facts, None, "0 or 1, under a name that asks a question"), "boolean")


def _numbers(facts: ColumnFacts) -> Iterator[Kind]:
    fits, word = _reads(facts, "double")
    code = names.is_code(facts.column) or "card" in (personal_of(facts) or "")
    if not fits or facts.min_number is None or facts.has("leading_zero") or code:
        return
    if epoch := _epoch(facts):
        because = f"{_span(facts)}: {epoch} since 1970"
        yield Kind("timestamp", because, "timestamp", epoch=epoch, null_word=word)
    whole, _ = _reads(facts, "bigint")
    if whole:
        yield from _whole(facts, word)
    else:
        yield _fraction(facts, word)


def _whole(facts: ColumnFacts, word: str | None) -> Iterator[Kind]:
    long_id = names.is_id(facts.column) and facts.min_length >= 9
    compact_date = names.is_time(facts.column) and _reads(facts, "yyyyMMdd") == (True, None)
    if long_id or compact_date:
        return
    if facts.has("point") and not (facts.nulls or facts.blanks or word or names.is_id(facts.column)):
        because = f"{_all(facts, word, 'numbers')}, whole so far but written with a point: {_span(facts)}"
        yield Kind("number", because, "double", null_word=word)
        return
    largest = max(abs(facts.min_number or 0), abs(facts.max_number or 0))
    is_int = _reads(facts, "int")[0] and largest <= _INT_ROOM
    because = f"{_all(facts, word, 'whole numbers')}, {_span(facts)}"
    yield Kind("integer", because, "int" if is_int else "bigint", null_word=word)


def _fraction(facts: ColumnFacts, word: str | None) -> Kind:
    exact, _ = _reads(facts, "decimal")
    fixed = 6 >= facts.min_fraction == facts.max_fraction >= 2 and not facts.has("exponent") and facts.enough
    money = names.is_money(facts.column)
    if exact and facts.scale <= _SCALES[-1] and (money or fixed):
        # Beyond cents a sample seldom has the longest fraction there will be: three digits to spare.
        wanted = max(facts.scale if facts.scale <= 2 else min(facts.scale + 3, 18), facts.max_fraction if fixed else 0)
        scale = next(scale for scale in _SCALES if scale >= wanted)
        why = "money by its name" if money else f"all written with {facts.max_fraction} decimals"
        because = f"{_all(facts, word, 'numbers')}, {why}; at most {facts.scale} decimals"
        return Kind("number", because, f"decimal(38,{scale})", null_word=word)
    note = "money by its name, but with more digits than a decimal holds: round it at the source" if money else ""
    return Kind("number", f"{_all(facts, word, 'numbers')}, {_span(facts)}", "double", null_word=word, note=note)


def _epoch(facts: ColumnFacts) -> str | None:
    """The unit that makes all numbers times from 2001 to 2100, under a name that says a time."""
    if not names.is_time(facts.column) or facts.min_number is None or facts.max_number is None:
        return None
    for unit, factor in _EPOCHS.items():
        if facts.min_number >= _FIRST * factor and facts.max_number < _LAST * factor:
            return unit
    return None


def _times(facts: ColumnFacts) -> Iterator[Kind]:
    for logical, what in (("date", "dates"), ("timestamp", "dates with time")):
        fits, word = _reads(facts, logical)
        if fits:
            note = "" if logical == "date" else _time_note(facts)
            yield Kind(
                logical, f"{_all(facts, word, what)}, {_span_of_time(facts)}", logical, null_word=word, note=note
            )
    formats = [name for name in DATE_FORMATS if _reads(facts, name)[0]]
    if "yyyyMMdd" in formats and not names.is_time(facts.column):
        formats.remove("yyyyMMdd")
    if len(formats) == 1:
        word = _reads(facts, formats[0])[1]
        yield Kind("date", _all(facts, word, f"dates like {formats[0]}"), "date", format=formats[0], null_word=word)


def _time_note(facts: ColumnFacts) -> str:
    zoned = facts.shapes.get("zone", 0)
    notes = []
    if facts.has("fine_fraction"):
        notes.append("more than 6 digits of a second: cut to microseconds")
    if 0 < zoned < facts.filled:
        notes.append(f"only {zoned:,} of {facts.filled:,} name a time zone; the others are read as UTC")
    elif not zoned:
        notes.append("no time zone given: read as UTC")
    return "; ".join(notes)


def _text(facts: ColumnFacts) -> Kind:
    notes = []
    both = [name for name in ("d/M/yyyy", "M/d/yyyy") if _reads(facts, name)[0]]
    if len(both) == 2:
        notes.append("dates, but d/M/yyyy and M/d/yyyy both read every one: name the format")
    ids = names.is_id(facts.column) or names.is_code(facts.column)
    for probe, what in () if ids else (("double", "numbers"), ("timestamp", "times")):
        bad = facts.unparsed.get(probe, facts.filled)
        if 0 < bad < facts.filled and bad * 5 <= facts.filled:
            are = by_number(bad, "is", "are")  # four in five are at least, so those are several
            notes.append(
                f"{facts.filled - bad:,} of {facts.filled:,} values are {what}, {bad:,} {are} not: mend or type it"
            )
    if facts.shapes.get("json", 0) == facts.filled:
        notes.append("JSON objects or arrays, kept as text")
    return Kind("string", _lengths(facts), "string", note="; ".join(notes))


def _lengths(facts: ColumnFacts) -> str:
    if facts.min_length == facts.max_length:
        return f"{many(facts.filled, 'text')} of {many(facts.max_length or 0, 'character')}"
    return f"{many(facts.filled, 'text')} of {facts.min_length:,} to {many(facts.max_length or 0, 'character')}"


def number_text(value: float | None) -> str:
    """A number as a person writes it.

    >>> number_text(7437.0), number_text(0.25), number_text(1e-10), number_text(14593078.482)
    ('7,437', '0.25', '1e-10', '14,593,078.5')
    """
    if value is None:
        return "none"
    if value == int(value) and abs(value) < 1e18:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1e5 <= abs(value) < 1e15 else f"{value:.6g}"


def _span(facts: ColumnFacts) -> str:
    if personal_of(facts):
        return "values not shown"
    return f"{number_text(facts.min_number)} to {number_text(facts.max_number)}"


def _span_of_time(facts: ColumnFacts) -> str:
    return "values not shown" if personal_of(facts) else f"{facts.min_time} to {facts.max_time}"
