r"""Regular expressions that Spark can run: its engine is Java's, which differs from Python's in a few places.

There is no JVM where contracts are read, so what differs is found by reading the pattern; the rest is left to Python's
own compiler, which gets Java's words (`\p{L}`, `(?<name>...)`, `\z`) in its own.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Sequence

from hallmark.contracts.regex_properties import is_property, near_property

# What Python takes and Java does not, or takes for something else: a piece at which a pattern stands, and the way out.
_OUTSIDE = (
    (r"\(\?P<", "(?P<name>...) is Python's: write (?<name>...)"),
    (r"\(\?P=", r"(?P=name) is Python's: write \k<name>"),
    (r"\(\?\(", "(?(group)...) has no match in Java: write two alternatives"),
    (r"\(\?#", "(?#...) has no match in Java: leave the comment out"),
    (r"\(\?[a-zA-Z]*[aL][a-zA-Z]*[:)-]", "the flags a and L are Python's: leave them out"),
    (r"\(\?<[A-Za-z0-9]*_", "a group's name has letters and digits alone in Java"),
    (r"\\Z", r"\Z comes before a last line feed in Java: write \z, or $"),
    (r"\\U[0-9A-Fa-f]{8}", r"\U........ is Python's: write \x{...}"),
    (r"\\0(?![0-7])", r"\0 needs an octal digit in Java: write \x00"),
    (r"\\[1-3][0-7]{2}", r"octal characters begin with \0 in Java: write \x.."),
    (r"\(\?[a-zA-Z-]+\)[*+?{]", "flags such as (?i) can't be repeated"),
    (r"\{,", "{,n} is Python's: write {0,n}"),
    (r"\{(?!\d+(?:,\d*)?\})", r"a { that is no repetition: write \{"),
)
_IN_CLASS = (
    (r"\[", r"[ within [...] begins a set of its own in Java: write \["),
    (r"&&", r"&& within [...] is an intersection in Java: write &\&"),
    (r"\\b", r"\b within [...] is no character in Java: write \x08"),
    (r"\\U[0-9A-Fa-f]{8}", r"\U........ is Python's: write \x{...}"),
    (r"\\0(?![0-7])", r"\0 needs an octal digit in Java: write \x00"),
    (r"\\[1-3][0-7]{2}", r"octal characters begin with \0 in Java: write \x.."),
)
# Java's words for which Python has others, or none: what stands in for them when Python checks the rest.
_JAVA = (
    (r"\(\?<([A-Za-z][A-Za-z0-9]*)>", r"(?P<\1>"),
    (r"\\k<([A-Za-z][A-Za-z0-9]*)>", r"(?P=\1)"),
    (r"\(\?<([=!])", r"(?\1"),  # Python wants a look-behind of one length, Java one with an end
    (r"\(\?(?:[idmsuxU]+(?:-[idmsuxU]+)?|-[idmsuxU]+)\)", ""),  # flags for the rest of a group: Python's are for all
    (r"\(\?[idmsuxU-]*:", "(?:"),
    (r"\\[pP](?:\{([^{}]*)\}|([A-Za-z]))", r"\\w"),
    (r"\\x\{[0-9A-Fa-f]+\}", r"\\w"),
    (r"\\c[A-Z]", r"\\w"),
    (r"\\z", r"\\Z"),
    (r"\\[hHRXG]", r"\\w"),
    (r"\\e", r"\\x1b"),
    (r"\\0[0-7]{1,3}", r"\\x00"),
)


def refuse_foreign(pattern: str) -> None:
    r"""Refuse a pattern that Java's engine can't run, or reads as something else than Python and JavaScript do.

    >>> refuse_foreign(r"^(?<country>\p{Lu}{2})-\d{3,}\z")
    >>> refuse_foreign(r"(?P<country>..)")
    Traceback (most recent call last):
    ValueError: (?P<name>...) is Python's: write (?<name>...)

    Raises:
        ValueError: the text says what is wrong, and what to write.
    """
    pieces = pieces_of(pattern)
    _refuse_endless([piece for piece, in_class in pieces if not in_class])
    parts = [_in_python(piece) if not in_class or piece.startswith("\\") else piece for piece, in_class in pieces]
    if pattern.startswith("(?x)"):  # blanks and comments in the pattern
        parts.insert(0, "(?x)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile("".join(parts))
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(str(error)) from None


def pieces_of(pattern: str) -> list[tuple[str, bool]]:
    r"""A pattern in pieces, each with whether it stands within [...]; joined they are it, with \Q...\E as escapes.

    Raises:
        ValueError: a piece is none that Java runs.
    """
    return list(_pieces(_unquoted(pattern)))


def _unquoted(pattern: str) -> str:
    r"""The pattern with each \Q...\E written with escapes, as Java does before it reads anything else.

    >>> _unquoted(r"a\Q.+\E\\Q")
    'a\\.\\+\\\\Q'
    """

    def written(match: re.Match[str]) -> str:
        return match.group() if match.group(1) is None else re.sub(r"([^A-Za-z0-9])", r"\\\1", match.group(1))

    return re.sub(r"(?s)\\Q(.*?)(?:\\E|\Z)|\\.", written, pattern)


def _refuse_endless(pieces: Sequence[str]) -> None:
    """Refuse what has no longest match within a look-behind."""
    within, before = [False], ""  # whether each open group lies in a look-behind
    for piece in pieces:
        if piece.startswith("(") and not piece.endswith(")"):
            within.append(within[-1] or piece.startswith(("(?<=", "(?<!")))
        elif piece == ")" and len(within) > 1:
            within.pop()
        endless = before == ")" and (piece in {"*", "+"} or re.fullmatch(r"\{\d+,\}", piece))
        if within[-1] and (endless or re.fullmatch(r"\\([1-9]|k<.*>)", piece)):
            raise ValueError("a look-behind has an end in Java: write {0,n} for a repeated group, and no \\1")
        before = piece


def _refuse_unknown(piece: str) -> None:
    if match := re.fullmatch(r"\\[pP](?:\{([^{}]*)\}|([A-Za-z]))", piece):
        name = match.group(1) if match.group(1) is not None else match.group(2)
        if not is_property(name):
            raise ValueError(f"Java knows no {piece}; {near_property(name) or 'such as ' + chr(92) + 'p{L}'}")
    elif (match := re.fullmatch(r"\\x\{([0-9A-Fa-f]+)\}", piece)) and int(match.group(1), 16) > sys.maxunicode:
        raise ValueError(f"{piece} is beyond the last character, 10FFFF")


def _pieces(pattern: str) -> Iterator[tuple[str, bool]]:
    """The pattern in pieces, each with whether it stands within [...]; refuses those that are not Java's."""
    at, in_class, first = 0, False, 0
    while at < len(pattern):
        for foreign, todo in _IN_CLASS if in_class else _OUTSIDE:
            if re.compile(foreign).match(pattern, at):
                raise ValueError(todo)
        piece = _piece(pattern, at, in_class=in_class)
        _refuse_unknown(piece)
        yield piece, in_class
        at += len(piece)
        if not in_class and piece == "[":
            in_class = True
            at, negated = (at + 1, "^") if pattern[at : at + 1] == "^" else (at, "")
            first = at
            if negated:
                yield negated, True
        elif in_class and piece == "]" and at - 1 > first:
            in_class = False


def _piece(pattern: str, at: int, *, in_class: bool) -> str:
    for java, _ in _JAVA:
        if (pattern[at] == "\\" or not in_class) and (match := re.compile(java).match(pattern, at)):
            return match.group()
    if not in_class and (match := re.compile(r"\{\d+(?:,\d*)?\}").match(pattern, at)):
        return match.group()
    return pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]


def _in_python(piece: str) -> str:
    for java, python in _JAVA:
        if re.fullmatch(java, piece):
            return re.sub(java, python, piece)
    return piece
