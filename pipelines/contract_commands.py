"""The commands `hallmark contract ...`: each reads the call and hands it to a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.errors import EXIT_USAGE
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.console import letters, print_json

contract_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write, check and compare contract files.")

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


@contract_app.command()
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="file or folder, or one of a git revision: HEAD~1:contracts")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="the same, newer")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List what changed between two versions, what of it breaks someone, and the version bump that it demands.

    Exit code 2 also when a breaking change comes without a major bump.
    """
    with letters(as_json=as_json):
        from hallmark.pipelines import contract_diff, screen

        found = contract_diff.diff(old, new)
        if as_json:
            print_json(contract_diff.document(found))
        else:
            contract_diff.print_found(screen.make_console(), found)
        if any(each.broken for each in found):
            raise typer.Exit(EXIT_USAGE)


@contract_app.command()
def backtest(
    new: Annotated[Path, typer.Argument(metavar="NEW", help="file of the proposed contract")],
    on: Annotated[str, typer.Option("--on", metavar="TABLE", help="the bronze table that its source lands in")],
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="only what was loaded then or later: 2026-01-31, 2026-01-31T12:00 (UTC)"),
    ] = None,
    warehouse: Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Judge bronze history by a proposed contract: what it would newly quarantine and newly let through, per rule."""
    with letters(as_json=as_json):
        from hallmark.pipelines import contract_backtest, screen

        found = contract_backtest.backtest(load_settings(warehouse=warehouse), new, on, since)
        if as_json:
            print_json(contract_backtest.document(found))
        else:
            contract_backtest.print_found(screen.make_console(), found)


@contract_app.command()
def draft(  # noqa: PLR0917 -- the options of a command
    what: Annotated[
        list[str], typer.Argument(metavar="TABLE|FILE...", help="files, patterns, a Delta folder, or a table")
    ],
    out: Annotated[Path | None, typer.Option(help="file to write; without it: standard output", metavar="FILE")] = None,
    contract_id: Annotated[str | None, typer.Option("--id", help="the contract's id", metavar="DOMAIN.NAME")] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, json, parquet or delta; without it: as the files look")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite --out")] = False,  # noqa: FBT002
    data: Annotated[
        Path | None, typer.Option("--data", help="folder that server paths start from", metavar="DIR")
    ] = None,
    warehouse: Annotated[Path | None, typer.Option("--warehouse", help="folder of the tables", metavar="DIR")] = None,
) -> None:
    """Draft a contract from data: types, rules, keys and guesses, each with its evidence as a comment."""
    with letters(as_json=False):
        from hallmark.pipelines.contract_draft import draft_contract

        settings = load_settings(warehouse=warehouse, data=data)
        drafted = draft_contract(what, settings, contract_id=contract_id, file_format=file_format, out=out, force=force)
        if out is None:
            typer.echo(drafted.text, nl=False)
        else:
            typer.echo(
                f"{out}: {drafted.columns} columns drafted from {drafted.rows:,} rows; read the comments, then use it"
            )
