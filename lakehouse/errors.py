"""The error family. An error is a small letter: what broke, where, got and wanted, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_MACHINE = 3


class HallmarkError(Exception):
    """Base of every error that Hallmark raises on purpose.

    Args:
        what: one sentence: what broke.
        where: file, table, column or step.
        got: what was found.
        wanted: what was expected instead.
        todo: what the reader does next.

    >>> print(HallmarkError("no such table", where="gold", got="dim_custmer", todo="hallmark tables lists them"))
    HallmarkError: no such table
      where: gold
      got: dim_custmer
      do: hallmark tables lists them
    """

    exit_code = EXIT_FAILED

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        got: object = None,
        wanted: object = None,
        todo: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.got = got
        self.wanted = wanted
        self.todo = todo
        super().__init__(what)

    def __str__(self) -> str:
        parts = [("where", self.where), ("got", self.got), ("wanted", self.wanted), ("do", self.todo)]
        lines = [f"  {label}: {_bounded(value)}" for label, value in parts if value is not None]
        return "\n".join([f"{type(self).__name__}: {self.what}", *lines])

    def as_dict(self) -> dict[str, str | None]:
        """The letter's parts, for `--json`."""
        parts = {"where": self.where, "got": self.got, "wanted": self.wanted, "do": self.todo}
        texts = {key: None if value is None else _bounded(value) for key, value in parts.items()}
        return {"error": type(self).__name__, "what": self.what, **texts}


class SettingsError(HallmarkError):
    """A setting, flag or environment variable can't be used."""

    exit_code = EXIT_USAGE


class DataError(HallmarkError):
    """The landing data is missing or can't be read at all."""

    exit_code = EXIT_USAGE


class ContractError(HallmarkError):
    """A contract file can't be used: not ODCS, an unknown key, or a rule that can't be compiled."""

    exit_code = EXIT_USAGE


class ContractViolation(HallmarkError):  # noqa: N818 -- the field's word
    """A table that must hold its contract does not."""


class StepError(HallmarkError):
    """A step of a run failed; what was committed before it stays."""


class ProgressError(HallmarkError):
    """Source and target disagree about what was already loaded; going on would lose or double rows."""


class MachineError(HallmarkError):
    """The machine lacks what a run needs: Java, jars, disk, permission, or the warehouse is in use."""

    exit_code = EXIT_MACHINE


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for a mistyped name, or an empty text.

    >>> did_you_mean("charge_catgory", ["charge_category", "tags"])
    "did you mean 'charge_category'?"
    >>> did_you_mean("zzz", ["tags"])
    ''
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"did you mean '{close[0]}'?" if close else ""


def _bounded(value: object, limit: int = 600) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text):,} characters)"
