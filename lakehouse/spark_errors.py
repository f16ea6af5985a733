"""What may be told of an error that is not ours: Spark's texts quote the rows that it failed on."""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import AnalysisException, PySparkException

from hallmark.lakehouse.errors import HallmarkError, MachineError

_CLASS = re.compile(r"\[([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:\.[A-Z][A-Z0-9_]*)*)\]")
_NO_SPACE = "No space left on device"
_WRAPPERS = ("STREAM_FAILED", "FOREACH_BATCH_USER_FUNCTION_ERROR")
_TYPE = re.compile(r"(?m)^(?:Caused by: )?(?:\w+\.)*(\w+(?:Error|Exception))(?::|$)")
_OF_SYSTEM = re.compile(r"(?m)^\w+: \[Errno \d+\] .+$")
_OURS = re.compile(r"(?m)^hallmark\.lakehouse\.errors\.\w+: (\w+: .+)$")
_JAVA_FRAME = re.compile(r"^\s*at [\w.$/<>]+\([\w.$ ]*(?::[0-9]+)?\)$")
_JAVA_CAUSE = re.compile(r"^\s*Caused by: [\w.$]+")


def first_line(error: BaseException) -> str:
    r"""The first line of an error's text that is not empty, with all that it quotes; else the error's type.

    >>> first_line(ValueError("\n two\nthree")), first_line(KeyError())
    ('two', 'KeyError')
    """
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def without_data(error: BaseException) -> str:
    """One line about an error, without values of rows: of Spark's errors the class alone.

    What Spark says of a query before it reads any row (a column that is not there, broken syntax) is told whole.

    >>> without_data(ValueError("[CAST_INVALID_INPUT] The value 'ann@example.com' of the type"))
    '[CAST_INVALID_INPUT]'
    >>> without_data(ValueError("no such thing"))
    'no such thing'
    """
    line = first_line(error)
    if isinstance(error, HallmarkError | AnalysisException):
        return line
    if name := _class_of(error):
        return f"[{name}]"
    return type(error).__name__ if _is_sparks(error) else line


def stream_without_data(error: BaseException) -> str:
    r"""What ended a stream, without values of rows: the class of Spark's error, else the type of the innermost one.

    Spark wraps it in texts with query ids, plans and stack traces. Our own errors and the operating system's, which
    know paths and no rows, are told by their line.

    >>> stream_without_data(ValueError("[STREAM_FAILED] Query [id = 1] terminated: [CAST_INVALID_INPUT] The value 'x'"))
    '[CAST_INVALID_INPUT]'
    >>> stream_without_data(ValueError("[STREAM_FAILED] Query: Traceback\nValueError: no number: 'x'\n at"))
    'ValueError'
    >>> stream_without_data(ValueError("[STREAM_FAILED] Query:\nPermissionError: [Errno 13] Permission denied: '/a'"))
    "PermissionError: [Errno 13] Permission denied: '/a'"
    >>> stream_without_data(ValueError("[STREAM_FAILED] Query:\nhallmark.lakehouse.errors.DataError: DataError: none"))
    'DataError: none'
    """
    text = str(error).split("=== Streaming Query ===", maxsplit=1)[0]
    if told := _OURS.findall(text) or _OF_SYSTEM.findall(text):
        return str(told[-1]).strip()
    if name := next((name for name in _CLASS.findall(text) if name not in _WRAPPERS), None):
        return f"[{name}]"
    told = _TYPE.findall(text)
    return str(told[-1]) if told else without_data(error)


def class_only(error: BaseException) -> str:
    """The class of an error of Spark's, or its Python type: no word of its text.

    >>> class_only(ValueError("[CAST_INVALID_INPUT] The value 'x' of")), class_only(ValueError("'x'"))
    ('[CAST_INVALID_INPUT]', 'ValueError')
    """
    name = _class_of(error)
    return f"[{name}]" if name else type(error).__name__


def class_alone(text: str) -> str:
    """The text up to an error class of Spark's in it: what stands after that may quote rows.

    >>> class_alone("Runtime Error in model a [CAST_INVALID_INPUT] The value 'x' of")
    'Runtime Error in model a [CAST_INVALID_INPUT]'
    """
    found = _CLASS.search(text)
    return text[: found.end()] if found else text


def _class_of(error: BaseException) -> str | None:
    if isinstance(error, PySparkException) and (known := error.getCondition()):
        return known
    found = _CLASS.search(str(error))
    return found.group(1) if found else None


def _is_sparks(error: BaseException) -> bool:
    return isinstance(error, PySparkException) or type(error).__module__.partition(".")[0] in {
        "py4j",
        "grpc",
        "pyarrow",
    }


def trace_without_data(error: BaseException) -> str:
    """The stack traces of an error and its causes, Python's and Java's, to be handed on: no message quotes rows.

    A message that is not Spark's or Arrow's is told as it is.
    """
    told = [f"{''.join(traceback.format_tb(each.__traceback__))}{_told(each)}\n" for each in _chain(error)]
    told = [f"Traceback (most recent call last):\n{each}" for each in told]
    return "\nThe error above led to this one:\n\n".join(told)


def _told(error: BaseException) -> str:
    lines = [f"{type(error).__name__}: {without_data(error)}"]
    if isinstance(error, HallmarkError):
        return str(error)
    for line in str(error).splitlines() if _is_sparks(error) else []:
        if cause := _JAVA_CAUSE.match(line):
            lines.append(cause.group())
        elif _JAVA_FRAME.match(line):
            lines.append(line)
    return "\n".join(lines)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what Python would tell before it, the first one first."""
    found: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in found:
        found.insert(0, each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


def full_disk(error: BaseException) -> MachineError | None:
    """The letter of a full disk, when that is behind an error: of Spark, of Arrow, of delta-rs or of the system."""
    if not any(_says_full(each) for each in _causes(error)):
        return None
    return MachineError(
        "the disk is full", got=_NO_SPACE, todo="free some space, then run again: it goes on where it stopped"
    )


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Make the letter of a full disk of whatever that has broken; for the doors: the command line, a scheduler's task.

    Raises:
        MachineError: the disk is full.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of delta-rs is no Exception
        if full := full_disk(error):
            raise full from error
        raise


def _says_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or _NO_SPACE in str(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
