"""What all commands share when they speak: letters in place of stack traces, and one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from hallmark.lakehouse.errors import HallmarkError

EXIT_INTERRUPTED = 130


@contextmanager
def letters(*, as_json: bool) -> Iterator[None]:
    """A user's mistake ends in a letter and an exit code, never in a stack trace; so does a user's patience."""
    try:
        yield
    except HallmarkError as letter:
        if as_json:
            print_json(letter.as_dict())
        else:
            typer.echo(str(letter), err=True)
        raise typer.Exit(letter.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted; what was committed stays, the next run goes on from there", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def print_json(document: Any) -> None:
    """Print one JSON document to standard output."""
    sys.stdout.write(json.dumps(document, default=str, indent=1) + "\n")
