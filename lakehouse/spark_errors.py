"""What may be told of an error that is not ours: Spark's texts quote the rows that it failed on."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from pyspark.errors import AnalysisException, PySparkException

from hallmark.lakehouse.errors import HallmarkError, MachineError

_CLASS = re.compile(r"\[([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:\.[A-Z][A-Z0-9_]*)*)\]")
_NO_SPACE = "No space left on device"


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
    return isinstance(error, PySparkException) or type(error).__module__.partition(".")[0] in {"py4j", "grpc"}


def full_disk(error: BaseException) -> MachineError | None:
    """The letter of a full disk, when that is behind an error: of Spark, of Arrow, of delta-rs or of the system."""
    if not any(_says_full(each) for each in _causes(error)):
        return None
    return MachineError(
        "the disk is full", got=_NO_SPACE, todo="free some space, then run again: it goes on where it stopped"
    )


def _says_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or _NO_SPACE in str(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
