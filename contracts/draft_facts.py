"""What a profile says of data, one row of facts a column: plain values, no Spark. A draft is a function of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_ROWS = 30
"""Values below which no rule is drawn: of 30 values without a null, still one in ten of all values may be one."""

NOTHING_WORDS = ("NULL", "null", "\\N", "NA", "N/A", "n/a", "NaN", "nan", "None", "none")
"""Texts that stand for no value, whatever the column."""

NULL_WORDS = (*NOTHING_WORDS, "Infinity", "-Infinity")
"""Texts that stand for no value in columns of numbers or times."""

DATE_FORMATS: Mapping[str, str] = {
    "yyyyMMdd": r"^\s*[0-9]{8}\s*$",
    "yyyy/M/d": r"^\s*[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}\s*$",
    "d/M/yyyy": r"^\s*[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\s*$",
    "M/d/yyyy": r"^\s*[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\s*$",
    "d.M.yyyy": r"^\s*[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}\s*$",
}
"""Dates that the gate reads when the contract names their format, and what a text of each looks like."""

SHAPES: Mapping[str, str] = {
    "uuid": r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    "hex": r"^[0-9a-f]+$",
    "HEX": r"^[0-9A-F]+$",
    "email": r"^[^@\s]+@[^@\s]+[.][^@\s]+$",
    "some_email": r"[^@\s]@[^@\s]+[.][A-Za-z]{2}",
    "url": r"^https?://\S+$",
    "ipv4": r"^([0-9]{1,3}[.]){3}[0-9]{1,3}$",
    "phone": r"^[+][0-9][0-9 ()./-]{6,18}$",
    "mac": r"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$",
    "alpha2": r"^[A-Z]{2}$",
    "alpha3": r"^[A-Z]{3}$",
    "digits": r"^[0-9]+$",
    "leading_zero": r"^\s*[+-]?0[0-9]",
    "exponent": r"^\s*[+-]?[0-9.]+[eE]",
    "point": r"[.]",
    "space": r"\s",
    "zone": r"(Z|UTC|[+-][0-9]{2}:?[0-9]{2})\s*$",
    "fine_fraction": r"[.][0-9]{7,}",
    "true_false": r"^\s*(?i)(true|false)\s*$",
    "yes_no": r"^\s*(?i)(yes|no|y|n|t|f)\s*$",
    "zero_one": r"^\s*[01]\s*$",
}
"""Patterns counted in every column (Java and Python read them alike, as find, not as match)."""


@dataclass(frozen=True)
class ColumnFacts:
    """Counts and extremes of one column's texts, as the gate would get them.

    Attributes:
        column: its name in the source's rows.
        rows, nulls, blanks: rows; rows without a text; rows whose text has nothing but blanks.
        distinct: different texts, approximate (about 5 % off; small counts are near exact).
        declared: the Spark type that the file or table itself states; None where all is text (CSV, JSON, bronze).
        unparsed: for each probe (`int`, `bigint`, `double`, `decimal`, `boolean`, `date`, `timestamp`, a date format)
            the texts that are not blank and that the gate can't read as that type.
        min_number, max_number: of the texts that are numbers.
        min_time, max_time: of the texts that are dates or times, `yyyy-MM-dd HH:mm:ss`.
        min_text, max_text: first and last text by order of characters, cut to 200.
        min_length, max_length: characters.
        scale: digits that a decimal needs after its point, at most, zeros at the end not counted.
        min_fraction, max_fraction: digits after the point as they are written.
        words: how many texts are one of `NULL_WORDS`.
        shapes: how many texts fit one of `SHAPES`, and `json` (object or array) and `card` (13 to 19 digits, Luhn).
        outline: what all texts have in common, runs of digits as 9, of letters as a and A; None when they differ.
    """

    column: str
    rows: int
    nulls: int = 0
    blanks: int = 0
    distinct: int = 0
    declared: str | None = None
    unparsed: Mapping[str, int] = field(default_factory=dict)
    min_number: float | None = None
    max_number: float | None = None
    min_time: str | None = None
    max_time: str | None = None
    min_text: str | None = None
    max_text: str | None = None
    min_length: int = 0
    max_length: int = 0
    scale: int = 0
    min_fraction: int = 0
    max_fraction: int = 0
    words: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)
    outline: str | None = None

    @property
    def filled(self) -> int:
        """Rows with a text that is not blank."""
        return self.rows - self.nulls - self.blanks

    @property
    def enough(self) -> bool:
        """Whether there are enough values to draw a rule from."""
        return self.filled >= MIN_ROWS

    def all_are(self, *shapes: str) -> bool:
        """Whether every value that is not blank fits one of some shapes that exclude each other."""
        return self.filled > 0 and sum(self.shapes.get(shape, 0) for shape in shapes) == self.filled

    def has(self, shape: str) -> bool:
        """Whether any value fits a shape."""
        return self.shapes.get(shape, 0) > 0


@dataclass(frozen=True)
class GroupFacts:
    """Exact counts of the values of some columns together, typed as drafted; nulls are not among them.

    Attributes:
        columns: the columns.
        distinct: different values.
        most: rows of the most frequent one.
        values: for a column asked for its values: each with its rows, most frequent first.
    """

    columns: tuple[str, ...]
    distinct: int
    most: int
    values: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Wish:
    """A question of the second pass: how many different values do these columns have, and (`values`) which."""

    columns: tuple[str, ...]
    values: bool = False
