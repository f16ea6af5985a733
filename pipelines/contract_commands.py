"""The commands `hallmark contract ...`: each reads the call and hands it to a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.errors import EXIT_FAILED
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.console import letters, print_json

contract_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write, check and compare contract files.")

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


@contract_app.command("compile")
def compile_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="contract files or folders of them; without one: all contracts"),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="folder of the files that are written", metavar="DIR")] = Path(
        "compiled"
    ),
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 when a file is not up to date")] = False,  # noqa: FBT002
    only: Annotated[
        str | None, typer.Option("--only", help="some of ddl,dbt,gx,markdown,html,pandera", metavar="KINDS")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write contracts in the words of other tools: Spark DDL, dbt yml, Great Expectations, Pandera, pages.

    The same contracts give the same bytes. Of a folder an index is written, and files of contracts that are gone are
    removed; a file that was not written by this command is never touched.
    """
    with letters(as_json=as_json):
        from hallmark.pipelines import contract_compile

        done = contract_compile.compile_contracts(load_settings(), paths or [], out, only=only, check=check)
        if as_json:
            print_json(contract_compile.document(done))
        else:
            typer.echo("\n".join(contract_compile.lines(done)))
        if check and done.drifted:
            raise typer.Exit(EXIT_FAILED)
