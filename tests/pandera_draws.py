"""Pandera schemas and frames as Hypothesis draws them, and the values that pandas-Pandera flags in them."""

from __future__ import annotations

import datetime as dt
import functools
import math
import random
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as papd
import pyarrow as arrow  # noqa: ICN001 -- pa is Pandera
import pyspark.sql.types as T  # noqa: N812 -- the field's usual name
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

VARIANTS, FRAMES, MOST_ROWS = 3, 125, 4
UNIQUE = ((), ("whole_0",), ("flag_0", "day_0"), ("word_0", "whole_1"))  # of the schemas: not left to chance
EMPTY_DAY = np.datetime64("NaT", "s")
Series = Callable[[list[Any]], pd.Series]
# The letters of the texts: Java and Python read the last ones in two ways, some patterns at a time.
ALPHABET = "abAB_-. 1\t\n漢äßé😀٣\r\x85\u2028"
LINE_ENDS, LETTERS = "\r\x85\u2028", "漢äßé٣"
PATTERNS = {  # each with the letters that Java and Python do not agree on
    "a": "", "^ab": "", "ä|b": "", "[ab]+1": "", "漢": "", "(a)(b)?": "", "[^a]b": "", "(?<!a)b": "", "a{2}|é": "",
    r"\.": "", r"^\S*$": LINE_ENDS, "a$": LINE_ENDS, "^.?$": LINE_ENDS, "b.": LINE_ENDS, r"\d": "٣", r"\D": "٣",
    r"\w": LETTERS, r"^\w+": LETTERS, r"\W": LETTERS, r"\s": "\x85\u2028", r"a\sb": "\x85\u2028", "[_-]": "",
    "(?i)ab": "", "\\n": "", "\\r": "", "\x85": "", "😀": "",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of column: its types, the values that are always drawn from, others, and what its checks compare with."""

    spark: T.DataType
    series: Series
    always: tuple[Any, ...]
    others: st.SearchStrategy[Any]
    limits: st.SearchStrategy[Any]
    checks: tuple[str, ...] = ("ge", "gt", "le", "lt", "eq", "ne", "in_range", "isin", "notin")


def typed(dtype: Any) -> Series:
    return lambda values: pd.Series(values, dtype=dtype)


def days(values: list[Any]) -> pd.Series:
    known = [EMPTY_DAY if day is None else np.datetime64(day.isoformat(), "s") for day in values]
    return pd.Series(np.array(known, dtype="datetime64[s]"))


SMALL, WIDEST = st.integers(-6, 6), (-(2**63), 2**63 - 1)
CENTS = st.integers(-600, 600).map(lambda cents: Decimal(cents).scaleb(-2))
DAYS = st.dates(dt.date(2023, 12, 28), dt.date(2024, 1, 4))
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=4)
TEXT = Kind(
    T.StringType(), typed("object"), (None, "", "ab", "a\n", "a\r", "٣1", "ä b", "a\x85", "\u2028", "😀"), TEXTS, TEXTS,
    ("str_matches", "str_contains", "str_startswith", "str_endswith", "str_length", "isin", "notin", "no_dash"),
)  # fmt: skip
KINDS = {
    "whole": Kind(
        T.LongType(), typed("Int64"), (None, 0, *WIDEST), SMALL, SMALL | st.sampled_from(WIDEST),
        ("ge", "gt", "le", "lt", "eq", "ne", "in_range", "isin", "notin", "is_even"),
    ),
    "real": Kind(
        T.DoubleType(), typed("float64"), (None, math.nan, math.inf, -math.inf, -0.0, 5e-324),
        st.floats() | SMALL.map(float), SMALL.map(float) | SMALL | st.just(1.5),
    ),
    "text": TEXT,
    "word": TEXT,
    "money": Kind(
        T.DecimalType(10, 2), typed(pd.ArrowDtype(arrow.decimal128(10, 2))),
        (None, Decimal("99999999.99"), Decimal("-99999999.99"), Decimal("0.00")), CENTS, CENTS,
    ),
    "day": Kind(T.DateType(), days, (None, dt.date(1, 1, 1), dt.date(9999, 12, 31)), DAYS, DAYS),
    "flag": Kind(
        T.BooleanType(), typed("boolean"), (None, True, False), st.booleans(), st.booleans(), ("eq", "ne", "isin"),
    ),
}  # fmt: skip
OWN: dict[str, tuple[Callable[..., Any], Callable[[pd.Series], Any]]] = {  # for Spark, and for pandas
    "is_even": (lambda column: column % 2 == 0, lambda values: values % 2 == 0),
    "no_dash": (lambda column: ~column.contains("-"), lambda values: ~values.str.contains("-")),
}


@dataclass(frozen=True)
class Column:
    """A column of a drawn schema. `warns` is whether its checks only warn."""

    nullable: bool
    warns: bool
    checks: tuple[tuple[str, dict[str, Any]], ...]

    @property
    def undecided(self) -> str:
        """The letters that Java and Python do not agree on, by the column's patterns."""
        return "".join(PATTERNS[given["pattern"]] for _, given in self.checks if "pattern" in given)


@dataclass(frozen=True)
class Case:
    """A drawn schema, with its rows: number of the frame, number of the row, a value of each kind.

    Its columns are called by their kind, and a number: several have the same values.
    """

    columns: dict[str, Column]
    unique: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def values(self, column: str) -> list[Any]:
        """A column's values."""
        place = 2 + [*KINDS].index(kind_of(column))
        return [row[place] for row in self.rows]


def kind_of(column: str) -> str:
    return column.partition("_")[0]


LISTS = {"isin": "allowed_values", "notin": "forbidden_values"}
SINGLE = {
    "ge": "min_value", "gt": "min_value", "le": "max_value", "lt": "max_value", "eq": "value", "ne": "value",
    "str_startswith": "string", "str_endswith": "string",
}  # fmt: skip


@st.composite
def checks(draw: st.DrawFn, kind: Kind) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(kind.checks))
    if name in OWN:
        return name, {}
    if name == "str_length":
        low, high = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
        return name, draw(st.sampled_from([{"min_value": low, "max_value": high}, {"exact_value": low}]))
    if name in {"str_matches", "str_contains"}:
        return name, {"pattern": draw(st.sampled_from([*PATTERNS]))}
    if name in LISTS:
        return name, {LISTS[name]: draw(st.lists(kind.limits, min_size=1, max_size=3))}
    if name == "in_range":
        low, high = sorted(draw(st.lists(kind.limits, min_size=2, max_size=2, unique=True)))
        ends = {"include_min": draw(st.booleans()), "include_max": draw(st.booleans())}
        return name, {"min_value": low, "max_value": high, **ends}
    return name, {SINGLE[name]: draw(kind.limits)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    columns = {
        f"{name}_{number}": Column(
            draw(st.booleans()),
            draw(st.booleans()),
            tuple({check[0]: check for check in draw(st.lists(checks(kind), max_size=3))}.values()),
        )
        for name, kind in KINDS.items()
        for number in range(VARIANTS)
    }
    values = {name: [*kind.always, *draw(st.lists(kind.others, max_size=8))] for name, kind in KINDS.items()}
    dice = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 -- chance, no secret
    rows = [
        (frame, row, *(dice.choice(values[name]) for name in KINDS))
        for frame in range(FRAMES)
        for row in range(dice.randint(1, MOST_ROWS))
    ]
    return Case(columns, (), rows)


@functools.cache
def drawn() -> tuple[Case, ...]:
    found: list[Case] = []

    @settings(
        max_examples=len(UNIQUE), phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases())
    def draw(case: Case) -> None:
        found.append(replace(case, unique=UNIQUE[len(found)]))

    draw()
    assert len(found) == len(UNIQUE)
    return tuple(found)


def for_pandas(case: Case) -> papd.DataFrameSchema:
    def limit(value: Any) -> Any:
        if isinstance(value, list):
            return [limit(each) for each in value]
        return pd.Timestamp(value).as_unit("s") if isinstance(value, dt.date) else value

    def check(name: str, given: dict[str, Any]) -> Any:
        if name in OWN:
            return papd.Check(OWN[name][1], error=name)
        return getattr(papd.Check, name)(**{key: limit(value) for key, value in given.items()}, error=name)

    columns = {
        name: papd.Column(None, [check(*each) for each in column.checks], nullable=column.nullable)
        for name, column in case.columns.items()
    }
    unique = ["frame", *case.unique] if case.unique else None
    return papd.DataFrameSchema(columns, unique=unique, report_duplicates="exclude_first")


Flag = tuple[int, int, int, str, str]
"""A flagged value: number of the schema, of the frame, of the row, column, rule."""


def of_pandas(number: int, case: Case) -> tuple[set[Flag], Counter[tuple[Any, ...]]]:
    """The values that pandas-Pandera flags, and how often values that may not repeat came again."""
    series = {name: KINDS[kind_of(name)].series(case.values(name)) for name in case.columns}
    frame = pd.DataFrame({"frame": [row[0] for row in case.rows], **series})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas: what changes in times to come, and groups in patterns
            for_pandas(case).validate(frame, lazy=True)
    except papd.errors.SchemaErrors as errors:
        told = errors.failure_cases[["column", "check", "index"]].values.tolist()
    else:
        told = []
    names = {"not_nullable": "required"}
    flags = {
        (number, *case.rows[int(index)][:2], column, names.get(check, check))
        for column, check, index in told
        if check != "multiple_fields_uniqueness"
    }
    again = {int(index) for _, check, index in told if check == "multiple_fields_uniqueness"}
    keys = [(number, case.rows[i][0], *(case.values(name)[i] for name in case.unique)) for i in again]
    return flags, Counter(key for key in keys if None not in key)  # a null is never another's equal: docs/pandera.md


def expected() -> tuple[set[Flag], set[Flag], Counter[tuple[Any, ...]]]:
    flags, again = set[Flag](), Counter[tuple[Any, ...]]()
    for number, case in enumerate(drawn()):
        found, repeated = of_pandas(number, case)
        flags |= found
        again += repeated
    warned = {flag for flag in flags if flag[4] != "required" and drawn()[flag[0]].columns[flag[3]].warns}
    return flags - warned, warned, again


def decided(flags: set[Flag]) -> set[Flag]:
    """Without the values that Java's and Python's patterns read in two ways."""
    texts = {(number, *row[:2]): row for number, case in enumerate(drawn()) for row in case.rows}
    places = {name: 2 + i for i, name in enumerate(KINDS)}

    def is_decided(flag: Flag) -> bool:
        value = texts[flag[:3]][places[kind_of(flag[3])]]
        undecided = drawn()[flag[0]].columns[flag[3]].undecided
        return not (isinstance(value, str) and set(value) & set(undecided))

    return {flag for flag in flags if is_decided(flag)}
