"""What becomes of rows that broke their contract: kept as they came, with every reason."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import ROW, VERDICT_DDL
from hallmark.lakehouse.names import BRONZE_METADATA_DDL, ERRORS, WARNINGS

STATUS = "_status"
QUARANTINED_AT = "_quarantined_at"
QUARANTINE_DDL = (
    f"{BRONZE_METADATA_DDL}, {ERRORS} {VERDICT_DDL}, {WARNINGS} {VERDICT_DDL}, "
    f"{STATUS} string, {QUARANTINED_AT} timestamp"
)


def valid_rows(judged: DataFrame) -> DataFrame:
    """The rows that no error keeps out; warnings do not."""
    return judged.where(F.size(ERRORS) == 0)


def quarantine_rows(judged: DataFrame, at: datetime) -> DataFrame:
    """The rows with an error, as they stood in bronze.

    Returns:
        The bronze columns; `_errors`, `_warnings`; `_status` STRING (open); `_quarantined_at` TIMESTAMP (`at`).
    """
    broken = judged.where(F.size(ERRORS) > 0)
    return broken.select(f"{ROW}.*", ERRORS, WARNINGS, F.lit("open").alias(STATUS), F.lit(at).alias(QUARANTINED_AT))
