"""Broken rows on their way to quarantine: Spark packs each into one text, pyarrow unpacks it again.

Good and broken rows are written by one job into files of one schema. Dozens of columns that only broken rows fill would
cost the good ones more time than all checks of a contract together; one column of JSON costs next to nothing.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql.types import DataType, StructType, TimestampType

from hallmark.contracts.compile import ROW, VERDICT_FIELDS
from hallmark.contracts.quarantine import QUARANTINED_AT, STATUS, status_of
from hallmark.contracts.rules import Rule
from hallmark.lakehouse.names import BAD, ERRORS, WARNINGS
from hallmark.lakehouse.words import many

if TYPE_CHECKING:
    import pyarrow as pa

PACKED = "_packed"
_MOST_REASONS = 4
_ROWS_AT_ONCE = 8192


def packed(row: StructType, rules: Sequence[Rule]) -> Column:
    """What quarantine keeps of a broken row, as one JSON text, `_packed`; null for a good row.

    Args:
        row: the type of `_row`, the bronze row: columns of simple types, each kept as text and exactly.
        rules: the contract's rules.
    """
    values = [_text(F.col(ROW)[each.name], each.dataType).alias(each.name) for each in row]
    kept = F.struct(F.struct(*values).alias(ROW), ERRORS, WARNINGS, status_of(rules).alias(STATUS))
    return F.when(F.col(BAD), F.to_json(kept)).alias(PACKED)


class Broken:
    """The broken rows of staged files.

    Attributes:
        files: Parquet files with the column `_packed`.
        row: the type of the bronze row that was packed.
    """

    def __init__(self, files: Sequence[Path], row: StructType) -> None:
        self._files, self._row = files, row

    @property
    def names(self) -> list[str]:
        """The columns of the bronze rows."""
        return list(self._row.names)

    def quarantine_rows(self, at: datetime) -> pa.RecordBatchReader:
        """The rows of a quarantine table: the bronze columns, the verdict, the status, and `_quarantined_at`.

        Args:
            at: when they are quarantined, UTC.

        Returns:
            The bronze columns; `_errors`, `_warnings`, `_status` STRING; `_quarantined_at` TIMESTAMP (`at`).
        """
        import pyarrow as pa

        moment = pa.scalar(at, pa.timestamp("us", tz="UTC"))
        row, kept = _arrow(self._row), [ERRORS, WARNINGS, STATUS]
        fields = [*row, *(_packed_schema(self._row).field(name) for name in kept)]
        schema = pa.schema([*fields, pa.field(QUARANTINED_AT, moment.type)])

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in self._batches((ROW, *kept)):
                values = dict(zip(row.names, batch.column(ROW).flatten(), strict=True))
                typed = [_typed(values[each.name], each.type) for each in row]
                columns = [*typed, *(batch.column(name) for name in kept), pa.repeat(moment, batch.num_rows)]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def most_frequent(self) -> str:
        """Which rules they broke, most frequent first: a line for people."""
        import pyarrow.compute as pc

        counts: Counter[str] = Counter()
        for batch in self._batches((ERRORS,)):
            messages = pc.struct_field(pc.list_flatten(batch.column(ERRORS)), "message")
            counts.update({entry["values"]: entry["counts"] for entry in pc.value_counts(messages).to_pylist()})
        ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        told = [f"{message} ({count:,})" for message, count in ordered[:_MOST_REASONS]]
        left = ordered[_MOST_REASONS:]
        told += [f"{many(len(left), 'more reason')} ({sum(count for _, count in left):,})"] if left else []
        return "; ".join(told)

    def _batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.dataset as pads
        from pyarrow import json as pj

        packed_schema = _packed_schema(self._row)
        wanted = pa.schema([packed_schema.field(name) for name in names])
        options = pj.ParseOptions(explicit_schema=wanted, unexpected_field_behavior="ignore")
        files = [str(file) for file in self._files]
        texts = pads.dataset(files, schema=pa.schema([(PACKED, pa.string())]), format="parquet")
        for batch in texts.to_batches(columns=[PACKED], batch_size=_ROWS_AT_ONCE):
            lines = b"\n".join(batch.column(0).cast(pa.binary()).to_pylist())
            if lines:
                reading = pj.ReadOptions(use_threads=False, block_size=len(lines) + 1)
                yield from pj.read_json(io.BytesIO(lines), reading, options).to_batches()


def _text(value: Column, kind: DataType) -> Column:
    return (F.unix_micros(value) if isinstance(kind, TimestampType) else value).cast("string")


def _typed(text: pa.Array, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    return text.cast(pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else text.cast(kind)


def _arrow(row: StructType) -> pa.Schema:
    import pyarrow as pa
    from deltalake import Schema

    return pa.schema(Schema.from_json(row.json()).to_arrow())


def _packed_schema(row: StructType) -> pa.Schema:
    import pyarrow as pa

    kinds = {"string": pa.string(), "array<string>": pa.list_(pa.string())}
    verdicts = pa.list_(pa.struct([(name, kinds[kind]) for name, kind in VERDICT_FIELDS.items()]))
    bronze = pa.struct([(each.name, pa.string()) for each in row])
    return pa.schema([(ROW, bronze), (ERRORS, verdicts), (WARNINGS, verdicts), (STATUS, pa.string())])
