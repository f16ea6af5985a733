"""`hallmark stack up|down|status|work|register|contract|unregister`: reads the call, prints what was found or done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hallmark.lakehouse.errors import EXIT_FAILED, SettingsError
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.console import letters, print_json

if TYPE_CHECKING:
    from hallmark.pipelines.stack.database import Done
    from hallmark.pipelines.stack.status import Status

stack = typer.Typer(
    no_args_is_help=True,
    help="PostgreSQL, Kafka and Debezium on this machine, for tests and demonstrations: up, down, status, changes.",
)

FolderOption = Annotated[Path | None, typer.Option("--folder", help="where the stack is", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]
ConnectorName = Annotated[str, typer.Argument(help="the connector: its topics' prefix and its slot", metavar="NAME")]


@stack.command()
def up(
    folder: FolderOption = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Start what does not run, and wait until all of it answers; a second call changes nothing."""
    with letters(as_json=as_json):
        from hallmark.pipelines.stack import jars, local, status

        settings, began = _settings(folder), time.monotonic()
        if not as_json and not jars.are_resolved(settings):
            _say("resolving the jars of Kafka and Debezium, once (60 MB, a minute or two)")
        started = local.up(settings)
        found = status.look(settings)
        if as_json:
            return print_json({**found.as_dict(), "started": started, "seconds": round(time.monotonic() - began, 1)})
        _print_status(found)
        _say(f"up after {time.monotonic() - began:.1f} s" if started else "was up already")
        return None


@stack.command()
def down(
    *,
    remove: Annotated[bool, typer.Option("--remove", help="remove its data, logs and passwords as well")] = False,
    folder: FolderOption = None,
    as_json: AsJson = False,
) -> None:
    """End all its processes; the data stays, and `up` goes on with it."""
    with letters(as_json=as_json):
        from hallmark.pipelines.stack import local
        from hallmark.pipelines.stack.state import stack_folder

        settings = _settings(folder)
        was_there, place = local.down(settings, remove=remove), stack_folder(settings).path
        if as_json:
            return print_json({"health": "down", "folder": place, "removed": was_there and remove})
        if not was_there:
            return _say(f"no stack in {place}")
        return _say(f"down; its data stays in {place}" if place.is_dir() else "down and removed")


@stack.command()
def status(
    folder: FolderOption = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what runs, and where clients find it. Exit code 1 unless all of it is up."""
    with letters(as_json=as_json):
        from hallmark.pipelines.stack.status import look

        found = look(_settings(folder))
        if as_json:
            print_json(found.as_dict())
        else:
            _print_status(found)
        if found.health != "up":
            raise typer.Exit(EXIT_FAILED)


@stack.command()
def work(
    seed: Annotated[int, typer.Option(min=0, help="another seed, other changes")] = 7,
    changes: Annotated[int, typer.Option(min=0, help="how many")] = 500,
    rate: Annotated[float, typer.Option(min=0, help="at most so many a second; 0: as many as go")] = 0,
    folder: FolderOption = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Change the platform's rows: insert, update, delete, new keys, long texts, bursts; the same for one seed."""
    with letters(as_json=as_json):
        began = time.monotonic()
        done = _work(_settings(folder), seed, changes, rate)
        if as_json:
            return print_json(_work_document(done, seed, began))
        for (table, kind), number in sorted(done.changes.items()):
            _say(f"{number:>8,}  {kind:<7} {table}")
        made = f"{many(done.changes.total(), 'change')} in {many(done.transactions, 'commit')}"
        _say(f"{made}, {time.monotonic() - began:.1f} s")
        return None


def _work(settings: Settings, seed: int, changes: int, rate: float) -> Done:
    import psycopg

    from hallmark.pipelines.stack import database, local, postgres, workload

    where = local.find_stack(settings)
    try:
        session = postgres.connect(*where)
    except psycopg.Error as error:
        raise database.refusal(error, todo="hallmark stack up") from None
    with session:
        return database.perform(session, workload.plan(seed, changes, database.read_keys(session)), rate=rate)


def _work_document(done: Done, seed: int, began: float) -> dict[str, Any]:
    by_table: dict[str, dict[str, int]] = {}
    for (table, kind), number in sorted(done.changes.items()):
        by_table.setdefault(table, {})[kind] = number
    return {
        "seed": seed, "changes": done.changes.total(), "transactions": done.transactions, "by_table": by_table,
        "lsn": done.lsn, "seconds": round(time.monotonic() - began, 3),
    }  # fmt: skip


@stack.command()
def register(
    name: ConnectorName = "cdc",
    *,
    envelope: Annotated[Literal["plain", "schemas"], typer.Option(help="JSON without or with its schema")] = "plain",
    flatten: Annotated[bool, typer.Option("--flatten", help="rows in place of change events")] = False,
    options: Annotated[
        list[str] | None, typer.Option("--set", help="a setting of the connector, last word", metavar="KEY=VALUE")
    ] = None,
    folder: FolderOption = None,
    as_json: AsJson = False,
) -> None:
    """Let Debezium capture the platform's tables to Kafka: first a snapshot, then every change."""
    with letters(as_json=as_json):
        from hallmark.pipelines.stack import capture, local

        wanted = capture.Capture(name, envelope, flatten, _pairs(options or []))
        capture.register(*local.find_stack(_settings(folder)), wanted)
        if as_json:
            return print_json({"connector": name, "topics": wanted.topics})
        for topic in wanted.topics:
            _say(topic)
        return None


@stack.command()
def contract(name: ConnectorName = "cdc", folder: FolderOption = None) -> None:
    """Print the contract of a connector's topics: all columns, for a folder of contracts of your own."""
    with letters(as_json=False):
        from hallmark.pipelines.stack import capture, local
        from hallmark.pipelines.stack.contract import contract_text

        capture.refuse_name(name)
        _, state = local.find_stack(_settings(folder))
        typer.echo(contract_text(capture.Capture(name), state), nl=False)


@stack.command()
def unregister(
    name: ConnectorName = "cdc",
    folder: FolderOption = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a connector away, with its offsets and its slot; its topics stay."""
    with letters(as_json=as_json):
        from hallmark.pipelines.stack import capture, local

        capture.unregister(*local.find_stack(_settings(folder)), name)
        if as_json:
            return print_json({"connector": name, "removed": True})
        return _say(f"connector {name} is gone; its topics stay")


def _settings(folder: Path | None) -> Settings:
    return load_settings(stack={"folder": folder} if folder is not None else None)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    odd = [text for text in texts if "=" not in text]
    if odd:
        raise SettingsError("a setting of the connector can't be read", got=repr(odd[0]), wanted="KEY=VALUE")
    return {key.strip(): value for key, _, value in (text.partition("=") for text in texts)}


def _print_status(found: Status) -> None:
    from hallmark.pipelines.stack.status import postgres_url

    _say(f"stack in {found.folder.path}: {found.health}")
    if found.state is None:
        return
    for part in found.parts:
        _say(f"{part.part:<9} {part.health:<7} {part.address:<16} {f'pid {part.pid}' if part.pid else ''}".rstrip())
    for name, state in (found.connectors or {}).items():
        _say(f"connector {name}: {state}")
    _say(f"psql '{postgres_url(found.folder, found.state)}'")


def _say(text: str) -> None:
    typer.echo(text)
