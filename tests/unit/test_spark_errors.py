"""What is told of errors that are not ours: no rows; and a full disk, whoever found it."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pyarrow as pa
import pytest
import typer

from hallmark.lakehouse.errors import EXIT_FAILED, EXIT_MACHINE, HallmarkError, MachineError, StepError
from hallmark.lakehouse.spark_errors import full_disk_told, trace_without_data, without_data
from hallmark.pipelines.console import letters, report_bug


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
def test_a_full_disk_is_a_fault_of_the_machine(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, letters(as_json=False):
        raise error
    assert ended.value.exit_code == EXIT_MACHINE
    assert capsys.readouterr().err == (
        "MachineError: the disk is full\n"
        "  got: No space left on device\n"
        "  do: free some space, then run again: it goes on where it stopped\n"
    )


def test_what_a_full_disk_broke_is_its_cause() -> None:
    broken = told_from(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(MachineError) as full, full_disk_told():
        raise broken
    assert full.value.__cause__ is broken


@pytest.mark.parametrize("error", [told_from(OSError("no")), KeyboardInterrupt(), ValueError("no space")])
def test_another_error_is_no_full_disk(error: BaseException) -> None:
    with pytest.raises(type(error)) as same, full_disk_told():
        raise error
    assert same.value is error


def test_the_report_of_a_bug_quotes_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("[CAST_INVALID_INPUT] The value 'ann@example.com' of the type STRING")
    assert report_bug(error, tmp_path / "trace.txt") == EXIT_FAILED
    err = capsys.readouterr().err
    assert "ann@" not in err
    assert "got: ValueError: [CAST_INVALID_INPUT]" in err
    assert "ann@" not in (tmp_path / "trace.txt").read_text()


class Py4JError(Exception):
    __module__ = "py4j.protocol"


JAVA = """An error occurred while calling o1.collect.
: org.apache.spark.SparkException: Job aborted: ann@example.com
\tat org.apache.spark.rdd.RDD.compute(RDD.scala:12)
\tat ann@example.com
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.lang.NumberFormatException: For input string: "ann@example.com"
\tat java.lang.Long.parseLong(Unknown Source)
\t... 9 more"""


def fails_because_of(cause: Exception) -> None:
    try:
        raise cause
    except Py4JError as error:
        raise KeyError("no_such_name") from error


def test_a_trace_has_every_cause_and_javas_frames_and_no_row() -> None:
    with pytest.raises(KeyError) as found:
        fails_because_of(Py4JError(JAVA))
    trace = trace_without_data(found.value)
    assert "ann@" not in trace
    assert re.sub(r'File ".*", line [0-9]+', "File", trace) == (
        "Traceback (most recent call last):\n"
        "  File, in fails_because_of\n"
        "    raise cause\n"
        "Py4JError: Py4JError\n"
        "\tat org.apache.spark.rdd.RDD.compute(RDD.scala:12)\n"
        "\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
        "Caused by: java.lang.NumberFormatException\n"
        "\tat java.lang.Long.parseLong(Unknown Source)\n"
        "\nThe error above led to this one:\n\n"
        "Traceback (most recent call last):\n"
        "  File, in test_a_trace_has_every_cause_and_javas_frames_and_no_row\n"
        "    fails_because_of(Py4JError(JAVA))\n"
        "  File, in fails_because_of\n"
        '    raise KeyError("no_such_name") from error\n'
        "KeyError: 'no_such_name'\n"
    )


def test_what_arrow_says_of_a_value_is_not_told() -> None:
    with pytest.raises(pa.ArrowInvalid) as found:
        pa.array(["ann@example.com"]).cast(pa.int64())
    assert "ann@" in str(found.value)
    assert without_data(found.value) == "ArrowInvalid"
