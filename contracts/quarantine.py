"""What becomes of rows that broke their contract: kept as they came, with every reason, until somebody decides.

A row is open until a replay finds that it holds (fixed), or a person rejects it, or it expires (docs/quarantine.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import ROW, VERDICT_DDL
from hallmark.contracts.rules import Rule
from hallmark.lakehouse.names import BRONZE_METADATA_DDL, ERRORS, LOAD_ID, WARNINGS, split_ddl, sql_text

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as pads

STATUS = "_status"
QUARANTINED_AT = "_quarantined_at"
STATUS_AT = "_status_at"
STATUS_BY = "_status_by"
STATUS_RUN = "_status_run"
STATUS_CONTRACT = "_status_contract"
STATUS_REASON = "_status_reason"
REPLAY = "_replay"

OPEN, FIXED, REJECTED, EXPIRED = "open", "fixed", "rejected", "expired"
STATUSES = (OPEN, FIXED, REJECTED, EXPIRED)

_VERDICTS_DDL = f"{ERRORS} {VERDICT_DDL}, {WARNINGS} {VERDICT_DDL}, {STATUS} string, {QUARANTINED_AT} timestamp"
LIFECYCLE_DDL = (
    f"{STATUS_AT} timestamp, {STATUS_BY} string, {STATUS_RUN} string, {STATUS_CONTRACT} string, "
    f"{STATUS_REASON} string, {REPLAY} bigint"
)
QUARANTINE_DDL = f"{BRONZE_METADATA_DDL}, {_VERDICTS_DDL}, {LIFECYCLE_DDL}"
_OURS = frozenset(name for name, _ in split_ddl(f"{_VERDICTS_DDL}, {LIFECYCLE_DDL}"))

_MOST_REASONS = 4


@dataclass(frozen=True)
class Selection:
    """Which rows of a quarantine table: of one load, with one reason (a rule's name or its message), older than a time.

    >>> Selection().sql
    'true'
    >>> Selection(load="requests/csv/000001", rule="minimum").sql
    "_load_id = 'requests/csv/000001' and exists(_errors, e -> e.rule = 'minimum' or e.message = 'minimum')"
    """

    load: str | None = None
    rule: str | None = None
    before: datetime | None = None

    @property
    def sql(self) -> str:
        """The same as a condition in Spark SQL."""
        parts = []
        if self.load is not None:
            parts.append(f"{LOAD_ID} = {sql_text(self.load)}")
        if self.rule is not None:
            rule = sql_text(self.rule)
            parts.append(f"exists({ERRORS}, e -> e.rule = {rule} or e.message = {rule})")
        if self.before is not None:
            parts.append(f"{QUARANTINED_AT} < {sql_timestamp(self.before)}")
        return " and ".join(parts) or "true"

    @property
    def everything(self) -> bool:
        """Whether it leaves no row out."""
        return self == Selection()


def sql_timestamp(moment: datetime) -> str:
    """A Spark SQL timestamp, whatever the session's time zone.

    >>> from datetime import UTC
    >>> sql_timestamp(datetime(2026, 11, 24, 3, tzinfo=UTC))
    "timestamp'2026-11-24T03:00:00+00:00'"
    """
    return f"timestamp'{moment.isoformat()}'"


def bronze_names(columns: Iterable[str]) -> list[str]:
    """Of a quarantine table's columns those that its rows had in bronze.

    >>> bronze_names(["request_id", "_load_id", "_errors", "_status", "_replay"])
    ['request_id', '_load_id']
    """
    return [name for name in columns if name not in _OURS]


def valid_rows(judged: DataFrame) -> DataFrame:
    """The rows that no error keeps out; warnings do not."""
    return judged.where(F.size(ERRORS) == 0)


def status_of(rules: Sequence[Rule]) -> Column:
    """The status that a broken row begins with: open; rejected where every rule that it broke says `drop`."""
    dropping = [sql_text(rule.fingerprint) for rule in rules if rule.reaction.action == "drop"]
    if not dropping:
        return F.lit(OPEN)
    keeps = f"exists({ERRORS}, v -> v.rule_fingerprint not in ({', '.join(dropping)}))"
    return F.when(F.expr(keeps), OPEN).otherwise(REJECTED)


def quarantine_batches(bad: pads.Dataset, at: datetime, but_for: Collection[str] = ()) -> pa.RecordBatchReader:
    """Staged broken rows as rows of a quarantine table.

    Args:
        bad: rows with `_row` (the bronze row), `_errors`, `_warnings`, `_status`.
        at: when they are quarantined, UTC.
        but_for: loads (`_load_id`) whose rows are left out.

    Returns:
        The bronze columns; `_errors`, `_warnings`, `_status` STRING; `_quarantined_at` TIMESTAMP (`at`).
    """
    import pyarrow as pa
    import pyarrow.dataset as pads

    moment = pa.scalar(at, pa.timestamp("us", tz="UTC"))
    row = bad.schema.field(ROW).type
    kept = [ERRORS, WARNINGS, STATUS]
    fields = [pa.field(each.name, _stored(each.type)) for each in row]
    fields += [pa.field(name, bad.schema.field(name).type) for name in kept]
    schema = pa.schema([*fields, pa.field(QUARANTINED_AT, moment.type)])

    def batches() -> Iterator[pa.RecordBatch]:
        wanted = ~pads.field(ROW, LOAD_ID).isin(list(but_for)) if but_for else None
        for batch in bad.to_batches(columns=[ROW, *kept], filter=wanted):
            values = [*batch.column(ROW).flatten(), *(batch.column(name) for name in kept)]
            stamped = pa.repeat(moment, batch.num_rows)
            columns = [value.cast(each.type) for value, each in zip(values, schema, strict=False)]
            yield pa.RecordBatch.from_arrays([*columns, stamped], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def most_frequent(bad: pads.Dataset) -> str:
    """Which rules broken rows broke, most frequent first: a line for people."""
    import pyarrow.compute as pc

    counts: Counter[str] = Counter()
    for batch in bad.to_batches(columns=[ERRORS]):
        messages = pc.struct_field(pc.list_flatten(batch.column(ERRORS)), "message")
        counts.update({entry["values"]: entry["counts"] for entry in pc.value_counts(messages).to_pylist()})
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    told = [f"{message} ({count:,})" for message, count in ordered[:_MOST_REASONS]]
    left = ordered[_MOST_REASONS:]
    more = "reason" if len(left) == 1 else "reasons"
    told += [f"{len(left)} more {more} ({sum(count for _, count in left):,})"] if left else []
    return "; ".join(told)


def _stored(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    # Spark writes times in a form (INT96) that others read as nanoseconds without a zone; they are UTC.
    return pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(kind) else kind
