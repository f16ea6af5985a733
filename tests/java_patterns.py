"""Patterns that Java runs, and formats that Spark reads times by, as contracts may have them."""

from __future__ import annotations

GOOD = [
    "", "@", r"^[A-Z]{2}\d$", r"[]a]", r"[^]a]", r"a++b", r"(?>a)b", r"(?i)^x$", r"\p{L}+", r"[\p{L}\-]+", r"(?<=a)b",
    r"(?<!x)y", r"\{x\}", r"[{}]", r"\/a", r"a{2,}", r"(?<n>a)\k<n>", r"\u00e9", r"\x41", r"\x{1F600}", r"[a\]b]",
    r"\\Z", r"[\[a]", r"a}", r"x\z", r"(?:a|b)?", r"^\P{Lu}$", r"a(?i)b", r"(a(?i)b)c", r"(?i-m)a", r"(?U:\w)",
    r"(?<=a|bc)x", r"(?<!ab|c)d", r"(?<=a{1,3})b", r"(?<=^|,)x", r"\Q.+\E", r"a\Q*\E+", r"\Q(", r"[\Q]\E]",
    r"\x{10FFFF}", r"\pL", r"\p{IsGreek}", r"\p{sc=Latn}", r"\p{InGreek}", r"\p{gc=Lu}", r"\p{IsAlphabetic}",
    r"\p{javaLowerCase}",
]  # fmt: skip
FORMATS = [
    "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "dd/MM/yyyy", "yyyyMMdd", "[yyyy][MM]", "d MMM y",
    "h:mm a", "yyyy年MM", "VV", "OOOO", "D",
]  # fmt: skip
NO_FORMATS = [
    "yyyy-MM-ddTHH:mm", "T", "EEE, d MMM y", "Q", "YYYY", "HHH", "ddd", "V", "OO", "MMMMM", "yyyy]", "yyyy'", "y#M",
]  # fmt: skip
