"""The numbers of all gold tables in one query: a row a table and question, never the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pyspark.sql import Row

from hallmark.gold.expectations import OBJECT, Metric, Suite
from hallmark.gold.judge import number
from hallmark.lakehouse.errors import ContractViolation
from hallmark.lakehouse.names import Table, quoted, sql_text
from hallmark.lakehouse.tables import Lake

Found = dict[str, dict[str, Decimal | None]]


def observe(lake: Lake, suites: Sequence[Suite]) -> Found:
    """Look up every number of the suites; returns table to metric to number, None for no value.

    Raises:
        ContractViolation: when a rule's SQL can't be run, or gives no or several numbers.
    """
    found: Found = {suite.table: {} for suite in suites}
    for row in _collect(lake, suites):
        known = found[row["table_name"]]
        for name, text in row["numbers"].items():
            if name in known:
                raise _letter(row["table_name"], name, "more than one row")
            known[name] = number(text)
    for suite in suites:
        for metric in suite.metrics:
            if metric.name not in found[suite.table]:
                raise _letter(suite.table, metric.name, "no row")
    return found


def _collect(lake: Lake, suites: Sequence[Suite]) -> list[Row]:
    parts = [part for suite in suites for part in _parts(lake, suite)]
    if not parts:
        return []
    try:
        return lake.spark.sql(" union all ".join(parts)).collect()
    except Exception:
        for suite in suites:
            _refuse_questions(lake, suite)
        raise  # no rule's fault


def _parts(lake: Lake, suite: Suite) -> Iterator[str]:
    pairs = [f"{sql_text(each.name)}, cast({each.sql} as string)" for each in suite.metrics if not each.is_query]
    if pairs:
        yield f"select {sql_text(suite.table)} table_name, map({', '.join(pairs)}) numbers from {_place(lake, suite)}"
    for each in suite.metrics:
        if each.is_query:
            yield _question(lake, suite, each)


def _question(lake: Lake, suite: Suite, metric: Metric) -> str:
    # As a subquery it can only be a SELECT: what would write is refused by the parser.
    asked = metric.sql.replace(OBJECT, _place(lake, suite))
    names = f"{sql_text(suite.table)} table_name, map({sql_text(metric.name)}, cast(found as string)) numbers"
    return f"select {names} from (\n{asked}\n) as asked(found)"


def _place(lake: Lake, suite: Suite) -> str:
    return f"delta.{quoted(str(lake.path(Table('gold', suite.table))))}"


def _refuse_questions(lake: Lake, suite: Suite) -> None:
    for metric in suite.metrics:
        if metric.is_query:
            try:
                lake.spark.sql(_question(lake, suite, metric)).collect()
            except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
                reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
                raise _letter(suite.table, metric.name, reason) from None


def _letter(table: str, name: str, got: str) -> ContractViolation:
    return ContractViolation(
        "a rule in SQL can't be judged",
        where=f"gold.{table}: {name}",
        got=got,
        wanted="one SELECT that gives one row with one number",
        todo=f"mend the rule {name} in the contract of {table}",
    )
