"""What is told of errors that are not ours: no rows; and a full disk, whoever found it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hallmark.lakehouse.errors import EXIT_FAILED, EXIT_MACHINE, HallmarkError, StepError
from hallmark.lakehouse.spark_errors import full_disk
from hallmark.pipelines.console import report_bug


def told_from(cause: OSError) -> HallmarkError:
    try:
        try:
            raise cause
        except OSError:
            raise StepError("a file can't be read") from None
    except StepError as letter:
        return letter


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        ValueError("Py4JError: java.io.IOException: No space left on device\n\tat java"),
        told_from(OSError("Generic LocalFileSystem error: No space left on device (os error 28)")),
    ],
)
def test_a_full_disk_is_a_fault_of_the_machine(error: Exception, tmp_path: Path) -> None:
    letter = full_disk(error)
    assert letter is not None
    assert (letter.what, letter.exit_code) == ("the disk is full", EXIT_MACHINE)
    assert report_bug(error, tmp_path / "trace.txt") == EXIT_MACHINE


def test_another_error_is_no_full_disk() -> None:
    assert full_disk(told_from(OSError("no"))) is None


def test_the_report_of_a_bug_quotes_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("[CAST_INVALID_INPUT] The value 'ann@example.com' of the type STRING")
    assert report_bug(error, tmp_path / "trace.txt") == EXIT_FAILED
    err = capsys.readouterr().err
    assert "ann@" not in err
    assert "got: ValueError: [CAST_INVALID_INPUT]" in err
    assert "ann@" in (tmp_path / "trace.txt").read_text()
