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
