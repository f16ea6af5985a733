"""`hallmark privacy status|forget|reveal`: reads the call, prints what was found or done."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.console import letters, print_json

if TYPE_CHECKING:
    from hallmark.lakehouse.names import Table
    from hallmark.pipelines.context import Context

privacy = typer.Typer(
    no_args_is_help=True, help="Protected values: which there are, forget a person, open what is sealed."
)

Domain = Annotated[str, typer.Option(help="the domain that the contract's dataSubject names")]
Warehouse = Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


@privacy.command()
def status(
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say which columns are protected and how, by which keys, and how many persons are forgotten. No JVM is started."""
    with letters(as_json=as_json):
        from hallmark.pipelines import privacy as lifecycle
        from hallmark.pipelines import screen
        from hallmark.pipelines.project import open_project

        found = lifecycle.status(open_project(load_settings(warehouse=warehouse)))
        if as_json:
            return print_json(asdict(found))
        console = screen.make_console()
        for each in found.columns:
            console.print(f"{each.method:<10} {each.table} {each.field} -> silver {each.column}", soft_wrap=True)
        keys = ", ".join(f"{name} (fingerprint {mark})" for name, mark in found.keys.items())
        console.print(f"keys used: {keys or 'none yet'}", soft_wrap=True)
        console.print(f"keys at hand: {found.place or 'none'}", soft_wrap=True)
        counted = found.counted
        console.print(f"persons with a key {counted.persons:,}, forgotten {counted.forgotten:,}")
        return None


@privacy.command()
def forget(
    subject: Annotated[
        str | None, typer.Argument(help="the person, as the data names them; - reads it from standard input")
    ] = None,
    domain: Domain = "default",
    unread: Annotated[
        str | None, typer.Option(help="what of this bronze table belongs to no known person", metavar="TABLE")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Destroy a person's key for good: what was sealed with it opens for nobody, wherever a copy of it is."""
    with letters(as_json=as_json):
        from hallmark.pipelines import privacy as lifecycle
        from hallmark.pipelines import screen

        if (subject is None) == (unread is None):
            raise SettingsError(
                "say what to forget", where="hallmark privacy forget", wanted="SUBJECT, or --unread TABLE"
            )
        with _run(warehouse, as_json=as_json) as context:
            if unread is not None:
                done = lifecycle.forget_unread(context, _table(unread, "bronze"))
            else:
                done = lifecycle.forget(context, _told(str(subject)), domain)
        if as_json:
            return print_json({"run_id": context.run_id, **asdict(done)})
        before = f"forgotten before: {done.before}"
        return screen.make_console().print(f"keys destroyed: {done.now}" if done.now else before)


@privacy.command()
def reveal(
    table: Annotated[str, typer.Argument(help="the table, e.g. silver.customers", metavar="TABLE")],
    *,
    column: Annotated[list[str] | None, typer.Option(help="this column alone; may be repeated")] = None,
    subject: Annotated[str | None, typer.Option(help="rows of this person; - reads it from standard input")] = None,
    domain: Domain = "default",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="at most so many rows")] = 20,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Print rows with their sealed values opened; needs the key. The ledger remembers that it was asked for."""
    with letters(as_json=as_json):
        from hallmark.pipelines import privacy as lifecycle
        from hallmark.pipelines import screen

        name = None if subject is None else _told(subject)
        wanted = lifecycle.Wanted(_table(table, "silver"), tuple(column or ()), name, domain, limit)
        with _run(warehouse, as_json=as_json) as context:
            rows = lifecycle.reveal(context, wanted)
        if as_json:
            return print_json({"table": str(wanted.table), "rows": rows})
        console = screen.make_console()
        for row in rows:
            told = "  ".join(f"{name}={value}" for name, value in row.items() if value is not None)
            console.print(told, soft_wrap=True, markup=False, highlight=False)
        return console.print(f"{many(len(rows), 'row')} with sealed values")


def _table(name: str, schema: str) -> Table:
    from hallmark.lakehouse.names import Table

    return Table(*name.split(".", 1)) if "." in name else Table(schema, name)


def _told(name: str) -> str:
    """What was given; `-` keeps it out of the shell's history and of the list of processes."""
    found = sys.stdin.readline().rstrip("\n") if name == "-" else name
    if not found:
        raise SettingsError("no person is named", where="SUBJECT", got="an empty text")
    return found


@contextmanager
def _run(warehouse: Path | None, *, as_json: bool) -> Iterator[Context]:
    from hallmark.pipelines import screen
    from hallmark.pipelines.context import Context
    from hallmark.pipelines.project import open_project

    reporter = screen.ScreenReporter(screen.make_console(to_stderr=as_json))
    project = open_project(load_settings(warehouse=warehouse))
    try:
        yield Context(project, uuid.uuid4().hex[:8], lambda: datetime.now(UTC), reporter)
    finally:
        reporter.close()
