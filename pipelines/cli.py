"""The command `hallmark`: reads the call, hands it to the layers, prints what they found."""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from hallmark.lakehouse.errors import EXIT_FAILED, EXIT_MACHINE, SettingsError
from hallmark.lakehouse.settings import Settings, load_settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.console import letters, print_json, report_bug
from hallmark.pipelines.contract_commands import contract_app
from hallmark.pipelines.privacy_commands import privacy
from hallmark.pipelines.quarantine_commands import quarantine
from hallmark.pipelines.replay_command import replay
from hallmark.pipelines.stack.commands import stack
from hallmark.pipelines.vault_commands import vault

if TYPE_CHECKING:
    from hallmark.pipelines.execute import Done

_EXITS = (
    "Exit codes: 0 done (also when nothing was new), 1 a step failed, 2 the call, a contract or the data can't be "
    "used, 3 the machine or the warehouse can't be used, 130 interrupted."
)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A medallion lakehouse: landing files through bronze, silver and gold to scaling signals.",
    epilog=_EXITS,
)

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="folder of landed files; without it: synthetic files only", metavar="DIR")
]
Warehouse = Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]

app.add_typer(contract_app, name="contract")
app.add_typer(quarantine, name="quarantine")
app.add_typer(privacy, name="privacy")
app.add_typer(vault, name="vault")
app.add_typer(stack, name="stack")


def _show_version(asked: bool) -> None:  # noqa: FBT001 -- typer's signature
    if asked:
        from importlib.metadata import version

        packages = ", ".join(f"{name} {version(name)}" for name in ("pyspark", "delta-spark", "dbt-core"))
        typer.echo(f"hallmark {version('hallmark-lakehouse')} ({packages})")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version")]


@app.callback()
def _options(_version: Version = False) -> None:  # noqa: FBT002
    pass


@app.command(epilog=_EXITS)
def run(  # noqa: PLR0917 -- the options of a command
    until: Annotated[str, typer.Option(help="the last layer: bronze, silver, gold or platinum")] = "platinum",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")] = False,  # noqa: FBT002
    every: Annotated[
        int | None,
        typer.Option(min=1, metavar="SECONDS", help="run again after a pause, until interrupted or something breaks"),
    ] = None,
    data: DataFolder = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Bring the warehouse up to date with what has landed: bronze, silver, gold, platinum."""
    with letters(as_json=as_json):
        if every is not None and (dry_run or as_json):
            got = "--every with --dry-run" if dry_run else "--every with --json"
            raise SettingsError("two flags that don't go together", got=got, todo="leave one of them out")
        settings = load_settings(data=data, warehouse=warehouse)
        if dry_run:
            return _dry_run(settings, until, as_json=as_json)
        _run(settings, until, as_json=as_json)
        while every is not None:
            time.sleep(every)
            _run(settings, until, as_json=as_json)  # in the session of the first one
        return None


def _dry_run(settings: Settings, until: str, *, as_json: bool) -> None:
    from hallmark.pipelines import execute, screen
    from hallmark.pipelines.project import open_project

    project = open_project(settings)
    layers = execute.layers_until(until)
    unwritten = execute.unwritten(project)
    plan = execute.dry_run(project, layers, at=_now())
    if as_json:
        work = [asdict(item) for item in plan.work]
        behind = [asdict(each) for each in plan.behind]
        return print_json({"plan": work, "rewritten": list(plan.rewritten), "landing": unwritten, "replay": behind})
    console = screen.make_console()
    if unwritten:
        files = many(unwritten, "synthetic file")
        console.print(f"{files} would be written to {project.roots[-1]} first, then read", soft_wrap=True)
    screen.print_plan(console, plan)
    for path in plan.rewritten:
        console.print(f"{path} was changed after it was read; its new content is not read", soft_wrap=True)
    for each in plan.behind:
        console.print(each.says, soft_wrap=True)
    return None


def _run(settings: Settings, until: str, *, as_json: bool) -> None:
    from hallmark.pipelines import execute, screen
    from hallmark.pipelines.answer import model_days
    from hallmark.pipelines.project import open_project

    console = screen.make_console(to_stderr=as_json)
    layers, run_id = execute.layers_until(until), uuid.uuid4().hex[:8]
    if not as_json:
        place = settings.spark.remote or "in process"
        console.print(
            f"hallmark {execute.VERSION}  run {run_id}  {_now():%Y-%m-%d %H:%M} UTC  Spark {place}  "
            f"warehouse {settings.warehouse}",
            soft_wrap=True,
        )
    reporter = screen.ScreenReporter(console)
    try:
        project, command = open_project(settings), execute.command_of(layers)
        done = execute.run(project, run_id=run_id, clock=_now, reporter=reporter, layers=layers, command=command)
    finally:
        reporter.close()
    days = model_days(settings.warehouse) if "gold" in layers else []
    if as_json:
        print_json(_document(done, [asdict(day) for day in days], settings.warehouse))
    else:
        screen.print_done(console, done, days, settings.warehouse)


def _document(done: Done, days: list[dict[str, Any]], warehouse: Path) -> dict[str, Any]:
    totals = {
        name: sum(getattr(entry, f"rows_{name}") or 0 for entry in done.gates)
        for name in ("in", "valid", "quarantined")
    }
    return {
        "run_id": done.run_id,
        "status": "nothing_new" if done.nothing_new else "succeeded",
        "warehouse": warehouse,
        "seconds": done.seconds,
        "steps": [asdict(entry) for entry in done.entries],
        "rows": totals,
        "notes": list(done.notes),
        "model_days": days,
    }


@app.command()
def status(
    warehouse: Warehouse = None,
    data: DataFolder = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show the last runs, and what is waiting."""
    from hallmark.pipelines import execute, inventory, screen
    from hallmark.pipelines.project import open_project

    with letters(as_json=as_json):
        settings = load_settings(warehouse=warehouse, data=data)
        found = inventory.runs(settings.warehouse, most=10)
        plan = execute.waiting(open_project(settings), at=_now())
        if as_json:
            waiting, replay = ([asdict(each) for each in entries] for entries in (plan.work, plan.behind))
            return print_json({"runs": [asdict(each) for each in found], "waiting": waiting, "replay": replay})
        console = screen.make_console()
        if not found:
            console.print(f"no run yet in {settings.warehouse}: hallmark run", soft_wrap=True)
        rows = [
            (f"{each.began:%Y-%m-%d %H:%M:%S}", each.run_id, each.status, f"{each.rows_written:,}",
             f"{each.rows_quarantined:,}", each.command, (each.detail or "").partition("\n")[0])
            for each in found
        ]  # fmt: skip
        screen.print_rows(console, ("began (UTC)", "run", "status", "rows written", "quarantined", "command", ""), rows)
        console.print(f"waiting: {', '.join(item.target for item in plan.work) or 'nothing'}", soft_wrap=True)
        for behind in plan.behind:
            console.print(behind.says, soft_wrap=True)
        return None


@app.command()
def tables(
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the tables with their rows, size and Delta version."""
    from hallmark.pipelines import inventory, screen

    with letters(as_json=as_json):
        settings = load_settings(warehouse=warehouse)
        found = inventory.tables(settings.warehouse)
        if as_json:
            return print_json([{**asdict(each), "table": str(each.table)} for each in found])
        console = screen.make_console()
        if not found:
            console.print(f"no tables yet in {settings.warehouse}: hallmark run", soft_wrap=True)
            return None
        rows = [(str(f.table), f"{f.rows:,}", f"{f.bytes / 1024:,.0f}", str(f.columns), str(f.version)) for f in found]
        return screen.print_rows(console, ("table", "rows", "KiB", "columns", "version"), rows)


app.command()(replay)


@app.command()
def quality(
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what gold's tables were last held to, and which service levels are broken by now (exit code 1)."""
    from hallmark.pipelines import quality_command, screen
    from hallmark.pipelines.project import open_project

    with letters(as_json=as_json):
        settings = load_settings(warehouse=warehouse)
        found = quality_command.look(open_project(settings), _now())
        if as_json:
            print_json(found.as_dict())
        else:
            console = screen.make_console()
            if not found.judged:
                console.print(f"gold was never judged in {settings.warehouse}: hallmark run", soft_wrap=True)
            screen.print_rows(console, ("table", "verdict", "what", "got", "wanted"), quality_command.lines(found))
            if found.docs:
                console.print(f"data docs {found.docs}", soft_wrap=True)
        if not found.ok:
            raise typer.Exit(EXIT_FAILED)


@app.command()
def doctor(
    warehouse: Warehouse = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say whether this machine can run Hallmark, and how to mend what is wrong."""
    from hallmark.pipelines.doctor import examine
    from hallmark.pipelines.screen import make_console

    with letters(as_json=as_json):
        findings = examine(load_settings(warehouse=warehouse))
        if as_json:
            print_json([asdict(finding) for finding in findings])
        else:
            console = make_console()
            for finding in findings:
                mark = Text("ok   ", style="green") if finding.ok else Text("WRONG", style="bold red")
                console.print(mark + Text(f" {finding.check:<12} {finding.found}"), soft_wrap=True)
                if not finding.ok:
                    console.print(Text(f"      do: {finding.todo}"), soft_wrap=True)
        if not all(finding.ok for finding in findings):
            raise typer.Exit(EXIT_MACHINE)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def dbt(context: typer.Context) -> None:
    """Run dbt on the warehouse: hallmark dbt build, test, docs generate, ..."""
    from hallmark.pipelines import dbt_command

    with letters(as_json=False):
        code = dbt_command.run(load_settings(), context.args)
    raise typer.Exit(code)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Entry point: an error that is none of ours leaves its trace in a file and one line on the screen."""
    try:
        app(prog_name="hallmark")
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 -- the last line of defence; delta-rs panics are no Exception
        sys.exit(report_bug(error, Path("hallmark-trace.txt")))
