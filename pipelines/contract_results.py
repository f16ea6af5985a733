"""What a contract test found: frozen, so that it can be printed, compared and written in any form."""

from __future__ import annotations

from dataclasses import dataclass

from hallmark.contracts.model import Contract
from hallmark.contracts.table_rules import Outcome


@dataclass(frozen=True)
class Sample:
    """A value that breaks a rule, as text, the file that it came in, and its row's key; personal values are masked."""

    file: str | None
    value: str | None
    key: str | None = None


@dataclass(frozen=True)
class Result:
    """A rule's outcome, with some of what breaks it."""

    outcome: Outcome
    samples: tuple[Sample, ...] = ()

    @property
    def state(self) -> str:
        """`ok`, `warning` or `broken`."""
        if self.outcome.holds:
            return "ok"
        return "warning" if self.outcome.severity == "warning" else "broken"


@dataclass(frozen=True)
class Skipped:
    """A rule that a test does not run: its kind, what it says, and why."""

    rule: str
    message: str
    why: str


@dataclass(frozen=True)
class TableTest:
    """One table: its files, how many rows they have and how many of them are valid, and what became of each rule."""

    table: str
    servers: tuple[str, ...]
    files: tuple[str, ...]
    rows: int
    valid: int
    results: tuple[Result, ...]
    new_columns: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def broken(self) -> int:
        """Rows with an error."""
        return self.rows - self.valid


@dataclass(frozen=True)
class Trial:
    """A contract held against data."""

    contract: Contract
    tables: tuple[TableTest, ...]
    notes: tuple[str, ...] = ()

    def count(self, state: str) -> int:
        """How many rules are `ok`, `warning` or `broken`."""
        return sum(result.state == state for table in self.tables for result in table.results)

    @property
    def holds(self) -> bool:
        """Whether no rule is broken; a warning breaks nothing."""
        return self.count("broken") == 0
