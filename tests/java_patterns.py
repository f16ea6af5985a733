"""Patterns that Java runs, as contracts may have them."""

from __future__ import annotations

GOOD = [
    "", "@", r"^[A-Z]{2}\d$", r"[]a]", r"[^]a]", r"a++b", r"(?>a)b", r"(?i)^x$", r"\p{L}+", r"[\p{L}\-]+", r"(?<=a)b",
    r"(?<!x)y", r"\{x\}", r"[{}]", r"\/a", r"a{2,}", r"(?<n>a)\k<n>", r"\u00e9", r"\x41", r"\x{1F600}", r"[a\]b]",
    r"\\Z", r"[\[a]", r"a}", r"x\z", r"(?:a|b)?", r"^\P{Lu}$",
]  # fmt: skip
