"""`hallmark replay --from bronze`: reads the call, prints what was found or done."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.console import letters, print_json

Source = Annotated[str, typer.Option("--from", help="the layer that has the rows: bronze", metavar="LAYER")]
Tables = Annotated[
    list[str] | None,
    typer.Option("--table", help="a silver table, e.g. charges; can be given several times", metavar="TABLE"),
]
Since = Annotated[
    str | None, typer.Option(help="only rows that bronze got since then (UTC), e.g. 2026-11-24T03:00", metavar="TIME")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
Warehouse = Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


def replay(
    source: Source,
    table: Tables = None,
    since: Since = None,
    *,
    dry_run: DryRun = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild silver from bronze by today's contracts, and what hangs on it; readers see the old rows until then."""
    with letters(as_json=as_json):
        from hallmark.pipelines import rebuild, screen
        from hallmark.pipelines.context import Context
        from hallmark.pipelines.project import open_project

        _refuse_other_layers(source)
        names, moment = table or [], moment_of(since) if since is not None else None
        project = open_project(load_settings(warehouse=warehouse))
        if dry_run:
            plan = rebuild.plan_replay(project, names, moment)
            if as_json:
                return print_json({"plan": [asdict(item) for item in plan.work]})
            return screen.print_plan(screen.make_console(), plan)
        console = screen.make_console(to_stderr=as_json)
        reporter = screen.ScreenReporter(console)
        try:
            context = Context(project, uuid.uuid4().hex[:8], lambda: datetime.now(UTC), reporter)
            done = rebuild.replay(context, names, moment, _command(names, since))
        finally:
            reporter.close()
        if as_json:
            steps = [asdict(entry) for entry in done.entries]
            return print_json({"run_id": done.run_id, "seconds": done.seconds, "steps": steps})
        if done.nothing_new:
            return console.print("nothing to replay: no table was ever loaded. hallmark run", soft_wrap=True)
        return screen.print_done(console, done, [], project.settings.warehouse)


def moment_of(text: str) -> datetime:
    """A time as ISO 8601 has it, UTC where it names no zone.

    >>> moment_of("2026-11-24T03:00").isoformat()
    '2026-11-24T03:00:00+00:00'
    >>> moment_of("2026-11-24T03:00+02:00").isoformat()
    '2026-11-24T01:00:00+00:00'

    Raises:
        SettingsError: when it is anything else.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SettingsError(
            "not a time", where="--since", got=text, wanted="ISO 8601, such as 2026-11-24T03:00 (UTC)"
        ) from None


def _refuse_other_layers(source: str) -> None:
    if source == "quarantine":
        todo = "hallmark quarantine replay TABLE"
        raise SettingsError("rows of quarantine are replayed by another command", where="--from", got=source, todo=todo)
    if source != "bronze":
        raise SettingsError("no such source of a replay", where="--from", got=source, wanted="bronze")


def _command(names: Sequence[str], since: str | None) -> str:
    options = [word for name in names for word in ("--table", name)] + (["--since", since] if since else [])
    return shlex.join(["replay", "--from", "bronze", *options])
