"""`hallmark quality`: what was found the last time that gold was judged, and which service levels are broken by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hallmark.gold.judge import Outcome, judge, with_ages
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines.project import Project
from hallmark.pipelines.quality import DOCS, published, read_times


@dataclass(frozen=True)
class Quality:
    """Answer of the command.

    Attributes:
        judged: rows of `ops.expectations` of the last judgement, by table.
        late: service levels that do not hold now, by the numbers of the last publish. Time passes without a run.
        docs: the data docs' entrance; None when there are none.
    """

    judged: tuple[dict[str, Any], ...]
    late: tuple[Outcome, ...]
    docs: Path | None

    @property
    def ok(self) -> bool:
        """Whether nothing stopped the last publish and no service level is broken now."""
        return not self.late and not any(row["stopped"] for row in self.judged)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        late = [
            {"table": f"gold.{each.expectation.table}", "name": each.expectation.name, "says": each.expectation.says,
             "got": each.got, "wanted": each.wanted}
            for each in self.late
        ]  # fmt: skip
        return {"ok": self.ok, "docs": self.docs, "late": late, "judged": list(self.judged)}


def look(project: Project, now: datetime) -> Quality:
    """Read the ledger; no Spark.

    Raises:
        ContractError: when a suite can't be read from a gold contract.
    """
    ledger = Ledger(project.settings.warehouse)
    judged = sorted(ledger.expectations(), key=lambda row: (row["table_name"], row["name"]))
    numbers, times = published(ledger), read_times(ledger, now)
    late: list[Outcome] = []
    for suite in project.suites:
        if suite.table in numbers:
            levels = replace(suite, expectations=tuple(each for each in suite.expectations if each.is_sla))
            late += [each for each in judge(levels, with_ages(numbers[suite.table], times), {}) if not each.holds]
    index = project.settings.warehouse / DOCS / "index.html"
    return Quality(tuple(judged), tuple(late), index if index.is_file() else None)


def lines(found: Quality) -> Sequence[tuple[str, ...]]:
    """Rows for a screen: table, verdict, what, got, wanted. Those that hold are counted, not listed."""
    rows = []
    for table in dict.fromkeys(row["table_name"] for row in found.judged):
        mine = [row for row in found.judged if row["table_name"] == table]
        bad = [row for row in mine if not row["holds"]]
        verdict = "broken" if any(row["severity"] == "error" for row in bad) else "holds"
        held = len(mine) - len(bad)
        told = f"{held} of {many(len(mine), 'expectation')} {by_number(held, 'holds', 'hold')}"
        rows.append((table, verdict, told, "", ""))
        rows += [("", row["severity"], row["says"], row["got"], row["wanted"]) for row in bad]
    late = [(f"gold.{o.expectation.table}", "late", o.expectation.says, o.got, o.wanted) for o in found.late]
    return [*rows, *late]
