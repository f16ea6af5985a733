"""What a run says: a line a step while it goes, then a table, the answer of gold, and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.status import Status
from rich.table import Table as Grid
from rich.text import Text

from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines.answer import ModelDay
from hallmark.pipelines.execute import Done
from hallmark.pipelines.plan import RunPlan

MOST_DAYS = 20


def layer_of(entry: StepEntry) -> str:
    """The layer a step belongs to: a gate belongs to the layer it lets rows into.

    >>> layer_of(StepEntry("r", "bronze->silver", "silver.a", 1, 1, 0, 1, 0, 0, 1.0, None, None, None))
    'silver'
    """
    return entry.layer.rpartition("->")[2]


class ScreenReporter:
    """Lines on a screen or in a log; on a terminal the step at work is shown, too."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def working(self, layer: str, what: str) -> None:
        """Show what is at work: a spinner on a terminal, a line for the slow ones elsewhere."""
        text = Text(f"{layer} {what}")
        if not self._console.is_terminal:
            if what in {"starting", "dbt"}:
                self._console.print(Text(f"{layer:<9} {what} …"))
        elif self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)

    def done(self, entry: StepEntry) -> None:
        """Print a step's line."""
        line = Text(f"{layer_of(entry):<9} {entry.table_name.partition('.')[2]:<28} {_counts(entry)}")
        line.append(f"  {entry.seconds:.1f} s", style="dim")
        if entry.detail:
            line.append(f"  {entry.detail}", style="yellow" if entry.rows_quarantined else "dim")
        self._console.print(line, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a note."""
        self._console.print(Text(f"          {text}", style="cyan"), soft_wrap=True)

    def close(self) -> None:
        """Take the spinner away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class SilentReporter:
    """Says nothing: for `--json`, and for Airflow, whose log has the summary."""

    def working(self, layer: str, what: str) -> None:
        """Nothing."""

    def done(self, entry: StepEntry) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


def make_console(*, to_stderr: bool = False) -> Console:
    """A console as wide as the terminal; in a file or pipe wide enough for our tables. It prints texts as they are."""
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 120
    return console


def print_plan(console: Console, plan: RunPlan) -> None:
    """The dry run: what would be done, and why."""
    if not plan.work:
        console.print("nothing new: every table is up to date")
        return
    grid = _grid("layer", "what", "why")
    for item in plan.work:
        grid.add_row(item.layer, item.target, item.why)
    console.print(grid)


def print_done(console: Console, done: Done, days: Sequence[ModelDay], warehouse: Path) -> None:
    """The end of a run: the table, the sums, the answer, the paths."""
    if done.nothing_new:
        console.print("nothing new: every table is up to date, no row was changed")
    else:
        console.print()
        console.print(_steps_grid(done.entries))
        console.print(conservation(done), soft_wrap=True)
    if days:
        console.print("\ncost, tokens and p95 latency by model and day (gold.agg_model_daily)")
        console.print(_days_grid(days))
        if any(each.uncounted for each in days[-MOST_DAYS:]):
            console.print("* of some requests the completion tokens are not known: prompts alone are counted")
    console.print(
        f"\ntables      {warehouse}/<layer>/<table> (Delta)      ledger  {warehouse}/ops\n"
        f"broken rows {warehouse}/quarantine/<table>            logs    {warehouse}/_logs\n"
        "next: hallmark tables · hallmark status · hallmark dbt docs generate",
        soft_wrap=True,
    )


def print_rows(console: Console, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows of texts under their names; nothing without rows."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in names:
        grid.add_column(name, justify="right" if name in {"rows", "rows written", "quarantined", "KiB"} else "left")
    for row in rows:
        grid.add_row(*map(Text, row))
    if rows:
        console.print(grid)


def conservation(done: Done) -> str:
    """The sum over all gates: nothing lost, nothing doubled."""
    rows_in, valid, bad = (
        sum(getattr(entry, name) or 0 for entry in done.gates) for name in ("rows_in", "rows_valid", "rows_quarantined")
    )
    return (
        f"nothing lost: {many(rows_in, 'row')} in = {valid:,} valid + {bad:,} quarantined"
        f"  (run {done.run_id}, {_duration(done.seconds)})"
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _counts(entry: StepEntry) -> str:
    if entry.rows_quarantined is not None:
        return f"{entry.rows_valid or 0:>10,} valid {entry.rows_quarantined:>6,} quarantined"
    written = entry.rows_written
    return "" if written is None else f"{written:>10,} {by_number(written, 'row', 'rows')}"


def _steps_grid(entries: Sequence[StepEntry]) -> Grid:
    grid = _grid("layer", "table")
    for name in ("rows in", "valid", "quarantined", "written", "seconds"):
        grid.add_column(name, justify="right")
    for entry in entries:
        counts = (entry.rows_in, entry.rows_valid, entry.rows_quarantined, entry.rows_written)
        style = "yellow" if entry.rows_quarantined else ""
        table = entry.table_name.partition(".")[2]
        grid.add_row(layer_of(entry), table, *map(_number, counts), f"{entry.seconds:.1f}", style=style)
    return grid


def _days_grid(days: Sequence[ModelDay]) -> Grid:
    grid = _grid("day", "model")
    for name in ("requests", "tokens", "USD", "USD/1k", "p95 ms"):
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("source")
    for each in days[-MOST_DAYS:]:
        mark = "*" if each.uncounted else ""
        cost = "" if each.cost_usd is None else f"{each.cost_usd:,.4f}{mark}"
        unit = "" if each.usd_per_1k_tokens is None else f"{each.usd_per_1k_tokens:.6f}{mark}"
        latency = "" if each.latency_p95_ms is None else f"{each.latency_p95_ms:,.0f}"
        grid.add_row(
            str(each.day), each.model, f"{each.requests:,}", f"{each.tokens:,}{mark}", cost, unit, latency, each.sources
        )
    if len(days) > MOST_DAYS:
        grid.caption = f"the last {MOST_DAYS} of {len(days)}"
    return grid


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _grid(*names: str) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in names:
        grid.add_column(name)
    return grid
