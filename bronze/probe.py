"""Which of some files can't be read at all. Asked only after a read failed: a good load pays nothing for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from hallmark.bronze.endings import SPOILT, is_of_disk, open_unpacked
from hallmark.bronze.readers import BadFile
from hallmark.lakehouse.names import bronze_column

_PIECE = 1 << 20
_NOT_OF_SPARK = ("time32", "time64", "halffloat", "float16", "duration", "interval", "month_interval")
_MOST_DIGITS = 38


def unreadable(paths: Iterable[str], file_format: str) -> list[BadFile]:
    """The files that are not what their name or format says, each with the reason."""
    reasons = ((path, _reason(Path(path), file_format)) for path in paths)
    return [BadFile(path, reason) for path, reason in reasons if reason is not None]


def _reason(path: Path, file_format: str) -> str | None:
    if ":" in path.name:
        return "Spark reads no file with a colon in its name: land it under another one"
    try:
        if file_format == "parquet":
            return _parquet_reason(path)
        with open_unpacked(path) as stream:
            while stream.read(_PIECE):
                pass
    except SPOILT as error:
        if is_of_disk(error):
            raise
        return f"{type(error).__name__}: {error}"
    return None


def _parquet_reason(path: Path) -> str | None:
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        for _ in pq.ParquetFile(path).iter_batches():
            pass
    except (OSError, pa.ArrowException) as error:
        if is_of_disk(error):
            raise
        return f"not a whole Parquet file: {str(error).splitlines()[0]}"
    return _schema_reason(schema)


def _schema_reason(schema: pa.Schema) -> str | None:
    seen: dict[str, str] = {}
    for field in schema:
        column = bronze_column(field.name).lower()
        if column in seen:
            return f"its columns {seen[column]!r} and {field.name!r} would be one column: rename one"
        seen[column] = field.name
        if strange := _not_of_spark(field.type):
            return f"its column {field.name!r} is of type {strange}, which Spark does not read"
    return None


def _not_of_spark(kind: pa.DataType) -> pa.DataType | None:
    """The type, or the first one in it, that Spark has no place for."""
    if str(kind).startswith(_NOT_OF_SPARK) or (pa.types.is_decimal(kind) and kind.precision > _MOST_DIGITS):
        return kind
    inner = (_not_of_spark(kind.field(i).type) for i in range(kind.num_fields))
    return next((found for found in inner if found is not None), None)
