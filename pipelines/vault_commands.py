"""The commands `hallmark vault ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.errors import EXIT_FAILED
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.console import letters, print_json

vault = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write the models of a Data Vault.")


@vault.callback()
def _group() -> None:
    pass  # a single command would else stand for the whole group


@vault.command()
def generate(  # noqa: PLR0917 -- the options of a command
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="contract files or folders of them; without one: all contracts"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="folder of the files; without it: models/generated of the dbt project", metavar="DIR"
        ),
    ] = None,
    prefix: Annotated[str, typer.Option("--prefix", help="what the names of all models begin with")] = "",
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 when a file is not up to date")] = False,  # noqa: FBT002
    force: Annotated[bool, typer.Option("--force", help="write over files that somebody edited, too")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")] = False,  # noqa: FBT002
) -> None:
    """Write the dbt models, tests and pages of hubs, links and satellites from contracts.

    Business keys are primary keys, links are relationships, and personal data has satellites of its own. Edit what was
    written as you like: an edited file is kept, and named when its contract says something else.
    """
    with letters(as_json=as_json):
        from hallmark.pipelines import vault_generate

        done = vault_generate.generate(load_settings(), paths or [], out, check=check, force=force, prefix=prefix)
        if as_json:
            print_json(vault_generate.document(done))
        else:
            typer.echo("\n".join(vault_generate.lines(done)))
        if check and done.drifted:
            raise typer.Exit(EXIT_FAILED)
