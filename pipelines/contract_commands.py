"""The commands `hallmark contract ...`: each reads the call and hands it to a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.console import letters

contract_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write, check and compare contract files.")


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
