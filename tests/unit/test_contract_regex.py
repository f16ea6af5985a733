"""Patterns that Java runs as they are meant go through; those that it refuses or reads otherwise are told apart."""

from __future__ import annotations

import pytest
from java_patterns import GOOD

from hallmark.contracts.regex import refuse_foreign

BAD = [
    ("(?P<n>a)", "(?P<name>...) is Python's: write (?<name>...)"),
    ("(a)(?P=n)", r"(?P=name) is Python's: write \k<name>"),
    ("(a)?(?(1)b|c)", "(?(group)...) has no match in Java: write two alternatives"),
    (r"a\Z", r"\Z comes before a last line feed in Java: write \z, or $"),
    ("(?#note)a", "(?#...) has no match in Java: leave the comment out"),
    (r"(?a)\w", "the flags a and L are Python's: leave them out"),
    ("(?<a_b>x)", "a group's name has letters and digits alone in Java"),
    ("[[:alpha:]]", r"[ within [...] begins a set of its own in Java: write \["),
    ("[a&&b]", r"&& within [...] is an intersection in Java: write &\&"),
    (r"[\b]", r"\b within [...] is no character in Java: write \x08"),
    ("{a}", r"a { that is no repetition: write \{"),
    ("a{,3}", "{,n} is Python's: write {0,n}"),
    (r"\U0001F600", r"\U........ is Python's: write \x{...}"),
    (r"\0", r"\0 needs an octal digit in Java: write \x00"),
    (r"\101", r"octal characters begin with \0 in Java: write \x.."),
    ("(", "missing ), unterminated subpattern at position 0"),
    ("[a", "unterminated character set at position 0"),
    ("*a", "nothing to repeat at position 0"),
    (r"\p{Nonsense}", r"Java knows no \p{Nonsense}; such as \p{L}"),
    (r"\p{Greek}", r"Java knows no \p{Greek}; did you mean 'IsGreek'?"),
    (r"[\p{alpha}]", r"Java knows no \p{alpha}; did you mean 'Alpha'?"),
    (r"\pX", r"Java knows no \pX; such as \p{L}"),
    (r"\x{110000}", r"\x{110000} is beyond the last character, 10FFFF"),
    ("a(?i)*b", "flags such as (?i) can't be repeated"),
    ("(?<=(ab)+)c", r"a look-behind has an end in Java: write {0,n} for a repeated group, and no \1"),
    (r"(a)(?<=\1)b", r"a look-behind has an end in Java: write {0,n} for a repeated group, and no \1"),
    (r"a\E", r"bad escape \E at position 1"),
]


@pytest.mark.parametrize("pattern", GOOD)
def test_a_pattern_that_java_runs_goes_through(pattern: str) -> None:
    refuse_foreign(pattern)


@pytest.mark.parametrize(("pattern", "says"), BAD)
def test_a_pattern_that_java_does_not_run_is_refused_with_the_way_out(pattern: str, says: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- the text is compared
        refuse_foreign(pattern)
    assert str(error.value) == says
