r"""Patterns as Spark runs them: by Java's engine, whose `$` lets a last line end pass, and which recurses for groups.

A contract's `$` is the text's end, as in JavaScript, whose patterns ODCS takes. A group that is repeated takes stack
for each turn, unless all turns are of one length or it never gives back: a long text would end the JVM, not the rule.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from hallmark.contracts.regex import pieces_of
from hallmark.lakehouse.names import sql_text

# Java's stack of 1 MiB bears about 7,000 calls; measured, a turn takes one to two a piece of what is repeated.
_TURNS = 5000
_REPEATS = re.compile(r"[*+]|\{(\d+)(?:(,)(\d*))?\}")
_VARIES = re.compile(r"\{(\d+),(?!\1\}).*|\\[1-9kRX].*")
_FEW = 16  # turns that need no guard
_STEPS = 10**6
_MULTILINE = re.compile(r"\(\?[a-zA-Z]*m[a-zA-Z-]*[:)]")


def like_sql(value: str, pattern: str) -> str:
    r"""SQL of whether a text has a match of a contract's pattern; false for a text longer than `longest`.

    >>> print(like_sql("`x`", r"^\d+$"))
    `x` rlike '^\\d+\\z'
    >>> print(like_sql("`x`", "^(a|b)+"))
    if(char_length(`x`) > 833, false, `x` rlike '^(a|b)+')
    """
    return guarded(value, pattern, anchored(pattern))


def guarded(value: str, pattern: str, run: str) -> str:
    """SQL of whether a text has a match of `run`, less texts that `pattern`, from which it is made, can't bear."""
    matched = f"{value} rlike {sql_text(run)}"
    most = longest(pattern)
    return matched if most is None else f"if(char_length({value}) > {most}, false, {matched})"


def like_words(pattern: str) -> str:
    """The same in words.

    >>> like_words("^a$"), like_words("^(a|b)+$")
    ('like ^a$', 'like ^(a|b)+$ (of at most 833 characters, for it repeats a group)')
    """
    most = longest(pattern)
    return (
        f"like {pattern}"
        if most is None
        else f"like {pattern} (of at most {most:,} characters, for it repeats a group)"
    )


def anchored(pattern: str) -> str:
    r"""The pattern with `\z` for each `$` that is the text's end; as it is where lines have ends (`(?m)`).

    >>> anchored(r"^a\$[$]$"), anchored("(?m)^a$")
    ('^a\\$[$]\\z', '(?m)^a$')
    """
    pieces = _pieces(pattern)
    if ("$", False) not in pieces or any(_MULTILINE.fullmatch(piece) for piece, in_class in pieces if not in_class):
        return pattern
    return "".join(r"\z" if (piece, in_class) == ("$", False) else piece for piece, in_class in pieces)


@functools.lru_cache(maxsize=1000)
def longest(pattern: str) -> int | None:
    """How long a text may be that Java can match; None for any length.

    >>> longest("^([A-Z]{2},)*$"), longest("^(a|b)*+$"), longest("^(a|b)*$")
    (None, None, 833)
    """
    sizes = list(_recursive(_outside(pattern)))
    return max(_TURNS // max(sizes), 1) if sizes else None


def is_quick(pattern: str, length: int) -> bool:
    """Whether Python matches texts of a length in a moment, however the pattern is made: it has no guard of its own.

    >>> is_quick("^(a+)+$", 8), is_quick("^(a+)+$", 30), is_quick("^a+$", 900)
    (True, False, True)
    """
    pieces = _outside(pattern)
    if any(not _has_one_length(body) for body, _ in _repeated(pieces, least=1)):
        return bool(4**length <= _STEPS)
    loops = sum(1 for piece in pieces if _is_often(piece, least=1))
    return bool((length + 1) ** (loops + 1) <= _STEPS)


def _pieces(pattern: str) -> Sequence[tuple[str, bool]]:
    try:
        return pieces_of(pattern)
    except ValueError:  # none of a contract, which are read by `refuse_foreign`
        return [(pattern, False)]


def _outside(pattern: str) -> list[str]:
    """The pieces with a class as one."""
    return [piece for piece, in_class in _pieces(pattern) if not in_class]


def _recursive(pieces: Sequence[str]) -> Iterator[int]:
    """The size, in pieces, of each repeated group that Java recurses for."""
    for body, gives_back in _repeated(pieces, least=_FEW):
        if gives_back and not _has_one_length(body):
            yield len(body) + 3


def _repeated(pieces: Sequence[str], *, least: int) -> Iterator[tuple[Sequence[str], bool]]:
    """What is in each group that is repeated more often than `least`, and whether it is tried with fewer turns, too."""
    open_at: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.startswith("(") and not piece.endswith(")"):
            open_at.append(at)
        elif piece == ")" and open_at:
            start, following = open_at.pop(), [*pieces[at + 1 : at + 3], "", ""]
            if _is_often(following[0], least):
                yield pieces[start + 1 : at], following[1] != "+"


def _is_often(piece: str, least: int) -> bool:
    match = _REPEATS.fullmatch(piece)
    if match is None:
        return False
    low, comma, high = match.groups()
    return low is None or (bool(comma) and not high) or int(high or low) > least


def _has_one_length(body: Sequence[str]) -> bool:
    return not any(piece in {"|", "?", "*", "+"} or _VARIES.fullmatch(piece) for piece in body)
