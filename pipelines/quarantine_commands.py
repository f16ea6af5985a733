"""`hallmark quarantine list|show|replay|reject|expire`: reads the call, prints what was found or done."""

from __future__ import annotations

import getpass
import os
import shlex
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.pipelines.console import letters, print_json

if TYPE_CHECKING:
    from hallmark.pipelines.context import Context
    from hallmark.pipelines.quarantine import Outcome

quarantine = typer.Typer(
    no_args_is_help=True, help="Rows that broke their contract: list, show, replay, reject and expire them."
)

TableName = Annotated[str, typer.Argument(help="the table, e.g. charges or quarantine.charges", metavar="TABLE")]
Rule = Annotated[str | None, typer.Option(help="rows with this reason: a rule's name, or its message as listed")]
LoadId = Annotated[str | None, typer.Option("--load", help="rows of this load, as listed")]
Warehouse = Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


@quarantine.command("list")
def list_tables(
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Count the rows in quarantine: a table, and in it each reason, by status. No JVM is started."""
    with letters(as_json=as_json):
        from hallmark.pipelines import quarantine_books, quarantine_screen, screen

        place = load_settings(warehouse=warehouse).warehouse
        books = [quarantine_books.read_book(place, table) for table in quarantine_books.quarantine_tables(place)]
        if as_json:
            return print_json([quarantine_screen.book_document(book) for book in books])
        return quarantine_screen.print_books(screen.make_console(), books, place)


@quarantine.command()
def show(
    table: TableName,
    *,
    rule: Rule = None,
    load: LoadId = None,
    status: Annotated[str, typer.Option(help="open, fixed, rejected or expired")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="at most so many rows")] = 20,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Show quarantined rows with their reasons; what a contract calls personal is masked. No JVM is started."""
    with letters(as_json=as_json):
        from hallmark.contracts.quarantine import Selection
        from hallmark.pipelines import quarantine_books as books
        from hallmark.pipelines import quarantine_plan as plan
        from hallmark.pipelines import quarantine_screen, quarantine_view, screen
        from hallmark.pipelines.project import open_project

        settings, selection = load_settings(warehouse=warehouse), Selection(load, rule)
        place, wanted = settings.warehouse, plan.status_of(status)
        found = plan.find_table(table, books.quarantine_tables(place))
        tally = books.tally(place, found, selection)
        plan.refuse_no_match(books.read_book(place, found), selection, tally.total())
        masks = quarantine_view.masks_of(plan.doors(open_project(settings)).get(found))
        rows = [quarantine_view.masked(row, masks) for row in books.rows(place, found, selection, wanted, limit)]
        if as_json:
            return print_json({"table": str(found), "status": wanted, "matching": tally[wanted], "rows": rows})
        console = screen.make_console()
        quarantine_screen.print_rows(console, found, wanted, tally, rows)
        if masks.everything:
            console.print("no contract says what of it is personal: all data is masked", soft_wrap=True)
        return None


@quarantine.command()
def replay(
    table: TableName,
    load: LoadId = None,
    rule: Rule = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Judge open rows by the contract as it is now; those that hold move to silver, once."""
    with letters(as_json=as_json):
        from hallmark.contracts.quarantine import Selection
        from hallmark.pipelines import quarantine as lifecycle

        command = _command("replay", table, load=load, rule=rule)
        with _run(load_settings(warehouse=warehouse), as_json=as_json) as context:
            done = lifecycle.replay(context, table, Selection(load, rule), by=_user(), command=command)
        _tell([done], context, as_json=as_json)


@quarantine.command()
def reject(
    table: TableName,
    *,
    reason: Annotated[str, typer.Option(help="why these rows are never to be used")],
    load: LoadId = None,
    rule: Rule = None,
    everything: Annotated[bool, typer.Option("--all", help="all open rows of the table")] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Mark open rows as rejected: they stay in quarantine for good, and no replay takes them again."""
    with letters(as_json=as_json):
        from hallmark.contracts.quarantine import Selection
        from hallmark.pipelines import quarantine as lifecycle

        selection = Selection(load, rule)
        _refuse_unclear(selection_given=not selection.everything, everything=everything, reason=reason)
        command = _command("reject", table, load=load, rule=rule, reason=reason)
        with _run(load_settings(warehouse=warehouse), as_json=as_json) as context:
            done = lifecycle.reject(context, table, selection, reason=reason, by=_user(), command=command)
        _tell([done], context, as_json=as_json)


@quarantine.command()
def expire(
    older_than: Annotated[str, typer.Option(help="how long ago a row was quarantined: 90d, 12w, 36h")],
    table: Annotated[str | None, typer.Argument(help="one table; without it all of them", metavar="[TABLE]")] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Mark open rows as expired that nobody mended for so long; they stay in quarantine."""
    with letters(as_json=as_json):
        from hallmark.pipelines import quarantine as lifecycle
        from hallmark.pipelines.quarantine_plan import age

        oldest, command = age(older_than), _command("expire", table, older_than=older_than)
        with _run(load_settings(warehouse=warehouse), as_json=as_json) as context:
            done = lifecycle.expire(context, table, oldest, by=_user(), command=command)
        _tell(done, context, as_json=as_json)


def _refuse_unclear(*, selection_given: bool, everything: bool, reason: str) -> None:
    if selection_given == everything:
        raise SettingsError(
            "say which rows to reject",
            where="hallmark quarantine reject",
            got="--all and a selection" if everything else "no selection",
            wanted="--load, --rule or both; or --all",
        )
    if not reason.strip():
        raise SettingsError("a rejection needs a reason", where="--reason", got=repr(reason))


@contextmanager
def _run(settings: Settings, *, as_json: bool) -> Iterator[Context]:
    from hallmark.pipelines import screen
    from hallmark.pipelines.context import Context
    from hallmark.pipelines.project import open_project

    reporter = screen.ScreenReporter(screen.make_console(to_stderr=as_json))
    try:
        yield Context(open_project(settings), uuid.uuid4().hex[:8], lambda: datetime.now(UTC), reporter)
    finally:
        reporter.close()


def _tell(outcomes: Sequence[Outcome], context: Context, *, as_json: bool) -> None:
    from hallmark.pipelines import quarantine_screen, screen

    run_id = context.run_id if context.entries else None
    if as_json:
        tables = [quarantine_screen.outcome_document(each) for each in outcomes]
        print_json({"run_id": run_id, "tables": tables, "steps": [asdict(entry) for entry in context.entries]})
    else:
        quarantine_screen.print_outcomes(screen.make_console(), outcomes, run_id)


def _command(verb: str, table: str | None, **options: str | None) -> str:
    """The call as it can be repeated, for the ledger."""
    given = [(f"--{name.replace('_', '-')}", value) for name, value in options.items() if value is not None]
    words = ["quarantine", verb, *([table] if table else []), *(word for pair in given for word in pair)]
    return shlex.join(words)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid {os.getuid()}"
