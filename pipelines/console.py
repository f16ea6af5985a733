"""What all commands share when they speak: letters in place of stack traces, and one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from hallmark.lakehouse.errors import HallmarkError, StepError
from hallmark.lakehouse.spark_errors import full_disk_told, trace_without_data, without_data

EXIT_INTERRUPTED = 130


@contextmanager
def letters(*, as_json: bool) -> Iterator[None]:
    """A user's mistake ends in a letter and an exit code, never in a stack trace; so does a user's patience."""
    try:
        with full_disk_told():
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


def report_bug(error: BaseException, file: Path) -> int:
    """Say in a letter what is no mistake of the user's, and return its exit code; the stack trace goes into `file`.

    Neither quotes rows: users hand in the trace.
    """
    try:
        file.write_text(trace_without_data(error))
        todo = f"run again: it goes on where it stopped. If it fails again, report it with {file.absolute()}"
    except OSError:
        todo = "run again: it goes on where it stopped"
    what = f"{type(error).__name__}: {without_data(error)}"
    letter: HallmarkError = StepError("something failed that should not", got=what, todo=todo)
    if isinstance(error, ConnectionRefusedError) or type(error).__name__ == "Py4JNetworkError":
        letter = StepError("Spark's JVM ended while it was at work (killed, or out of memory)", got=what, todo=todo)
    if "--json" in sys.argv:
        print_json(letter.as_dict())
    else:
        typer.echo(str(letter), err=True)
    return letter.exit_code
