"""What becomes of rows that broke their contract: kept as they came, with every reason, until somebody decides.

A row is open until a replay finds that it holds (fixed), or a person rejects it, or it expires (docs/quarantine.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import VERDICT_DDL
from hallmark.contracts.rules import Rule
from hallmark.lakehouse.names import BAD, BRONZE_METADATA_DDL, ERRORS, LOAD_ID, WARNINGS, split_ddl, sql_text

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
    return judged.where(~F.col(BAD))


def status_of(rules: Sequence[Rule]) -> Column:
    """The status that a broken row begins with: open; rejected where every rule that it broke says `drop`."""
    dropping = [sql_text(rule.fingerprint) for rule in rules if rule.reaction.action == "drop"]
    if not dropping:
        return F.lit(OPEN)
    keeps = f"exists({ERRORS}, v -> v.rule_fingerprint not in ({', '.join(dropping)}))"
    return F.when(F.expr(keeps), OPEN).otherwise(REJECTED)
