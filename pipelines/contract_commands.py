"""The commands `hallmark contract ...`: each reads the call and hands it to a module of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hallmark.lakehouse.errors import EXIT_FAILED, EXIT_USAGE
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.words import many
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
                f"{out}: {many(drafted.columns, 'column')} drafted from {many(drafted.rows, 'row')}; "
                "read the comments, then use it"
            )


@contract_app.command("test")
def hold(  # noqa: PLR0917 -- the options of a command
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the contract")],
    server: Annotated[
        str | None, typer.Option(help="one of its servers; without it: all that are files here", metavar="NAME")
    ] = None,
    schema: Annotated[str | None, typer.Option(help="one of its tables", metavar="NAME")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="files, folders or patterns in place of the servers' (repeat it)"),
    ] = None,
    base: Annotated[
        Path | None, typer.Option(help="folder that server paths start from; without it: the contract's", metavar="DIR")
    ] = None,
    lookup: Annotated[
        list[str] | None,
        typer.Option(help="data of a table that it looks values up in; else: that contract's", metavar="TABLE=PATH"),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="write JUnit XML, too", metavar="OUT")] = None,
    examples: Annotated[int, typer.Option(help="most samples of a broken rule", min=0, metavar="N")] = 5,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Hold a contract against data: every rule, with samples of what breaks it; nothing is written to the warehouse.

    Exit code 0: it holds (warnings allowed); 1: violated; 2: the contract or the call is wrong, or no data was found.
    """
    with letters(as_json=as_json):
        from hallmark.pipelines import contract_report, screen
        from hallmark.pipelines.contract_lookups import Elsewhere, given_lookups
        from hallmark.pipelines.contract_places import Choice
        from hallmark.pipelines.contract_session import hold_file
        from hallmark.pipelines.contract_testing import Asked

        choice, now = Choice(server, tuple(data or ()), base), datetime.now(UTC)
        settings = load_settings()
        asked = Asked(choice, now, schema, examples, Elsewhere(given_lookups(lookup or ()), settings.contracts))
        tested = hold_file(file, settings, asked, junit)
        if as_json:
            print_json(contract_report.document(tested))
        else:
            contract_report.print_tested(screen.make_console(), tested, Path.cwd())
        if not tested.holds:
            raise typer.Exit(EXIT_FAILED)


@contract_app.command()
def lint(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="contracts, or folders of them")],
    strict: Annotated[bool, typer.Option("--strict", help="exit 1 when there is a warning")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check contract files without data: the standard, what can't be run, rules that contradict or repeat another.

    Exit code 0: they can be used (warnings allowed); 1: warnings, with --strict; 2: one can't be used.
    """
    with letters(as_json=as_json):
        from hallmark.pipelines import contract_lint, screen

        found = contract_lint.lint_paths(paths)
        if as_json:
            print_json(contract_lint.document(found))
        else:
            contract_lint.print_linted(screen.make_console(), found, Path.cwd())
        if any(each.errors for each in found):
            raise typer.Exit(EXIT_USAGE)
        if strict and any(each.warnings for each in found):
            raise typer.Exit(EXIT_FAILED)


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
