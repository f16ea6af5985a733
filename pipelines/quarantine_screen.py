"""What the quarantine commands print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from hallmark.contracts.quarantine import OPEN, STATUSES
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.words import many
from hallmark.pipelines.quarantine import Outcome
from hallmark.pipelines.quarantine_books import Account, Book, Load
from hallmark.pipelines.quarantine_plan import none_open
from hallmark.pipelines.quarantine_view import lines, printable


def print_books(console: Console, books: Sequence[Book], warehouse: Path) -> None:
    """A line a table, and below it a line a reason."""
    if not books:
        console.print(f"nothing was ever quarantined in {warehouse}", soft_wrap=True)
        return
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column("table and reasons")
    for status in STATUSES:
        grid.add_column(status, justify="right")
    grid.add_column("first load")
    grid.add_column("last load")
    for book in books:
        grid.add_row(*_line(book.table.name, book.total), style="bold")
        by_rows = sorted(book.rules.items(), key=lambda item: (-item[1].rows[OPEN], item[0][1]))
        for (_, message), account in by_rows:
            grid.add_row(*_line(f"  {message}", account))
    console.print(grid)
    worst = max(books, key=lambda book: book.total.rows[OPEN])
    if worst.total.rows[OPEN]:
        console.print(f"next: hallmark quarantine show {worst.table.name}", soft_wrap=True)


def _line(name: str, account: Account) -> list[Text]:
    counts = [f"{account.rows[status]:,}" for status in STATUSES]
    loads = [load.load_id if load else "" for load in (account.first, account.last)]
    return [Text(printable(text)) for text in (name, *counts, *loads)]


def book_document(book: Book) -> dict[str, Any]:
    """A table's counts for `--json`."""
    rules = [{"rule": rule, "message": message, **_account(a)} for (rule, message), a in sorted(book.rules.items())]
    return {"table": str(book.table), **_account(book.total), "rules": rules}


def _account(account: Account) -> dict[str, Any]:
    def load(found: Load | None) -> dict[str, Any] | None:
        return None if found is None else {"load_id": found.load_id, "ingested_at": found.at}

    rows = {status: account.rows[status] for status in STATUSES}
    return {"rows": rows, "first_load": load(account.first), "last_load": load(account.last)}


def print_rows(
    console: Console, table: Table, status: str, tally: Counter[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """The rows, each with its reasons."""
    if not rows:
        others = none_open({**tally, status: 0}) if status == OPEN else f"no {status} row"
        console.print(f"{table}: {others}", soft_wrap=True)
        return
    for row in rows:
        for line in lines(row):
            console.print(Text(line), soft_wrap=True)
    console.print(f"{table}: {len(rows):,} of {many(tally[status], f'{status} row')}", soft_wrap=True)
    if status == OPEN:
        console.print(
            f"next: mend the contract, then hallmark quarantine replay {table.name}; or reject {table.name} --reason …",
            soft_wrap=True,
        )


def print_outcomes(console: Console, outcomes: Sequence[Outcome], run_id: str | None) -> None:
    """What became of the rows, and what to do next."""
    for outcome in outcomes:
        for line in outcome_lines(outcome):
            console.print(Text(printable(line)), soft_wrap=True)
    if not outcomes:
        console.print("nothing was ever quarantined", soft_wrap=True)
    if any(outcome.replayed and outcome.replayed.written for outcome in outcomes):
        console.print(f"next: hallmark run  (run {run_id} is in hallmark status)", soft_wrap=True)


def outcome_lines(outcome: Outcome) -> list[str]:
    """What became of one table's rows."""
    said = []
    if outcome.settled:
        said.append(f"{outcome.table}: {outcome.settled:,} fixed by an earlier replay that was cut off")
    if outcome.replayed:
        done = outcome.replayed
        known = done.fixed - done.written
        moved = f"{done.fixed:,} fixed ({done.written:,} new in silver, {known:,} there already)"
        said.append(f"{outcome.table}: {done.judged:,} judged, {moved}, {done.still_open:,} still open")
    elif outcome.marked:
        said.append(f"{outcome.table}: {many(outcome.marked, 'row')} marked")
    elif not outcome.settled:
        said.append(f"{outcome.table}: nothing to do, {none_open(outcome.before)}")
    if outcome.open_reasons:
        reasons = "; ".join(f"{message} ({rows:,})" for message, rows in outcome.open_reasons.most_common(4))
        said.append(f"open in {outcome.table}: {reasons}")
    return said


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """What became of one table's rows, for `--json`."""
    done = outcome.replayed
    counts = done and {
        "judged": done.judged, "fixed": done.fixed, "written": done.written, "still_open": done.still_open,
    }  # fmt: skip
    return {
        "table": str(outcome.table),
        "before": dict(outcome.before),
        "replayed": counts,
        "settled": outcome.settled,
        "marked": outcome.marked,
        "open_reasons": dict(outcome.open_reasons.most_common()),
    }
