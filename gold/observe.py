"""The numbers of all gold tables in one query: a row a table and SQL rule, never the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pyspark.sql import Row

from hallmark.contracts.sql import OBJECT
from hallmark.gold.expectations import Metric, Suite
from hallmark.gold.judge import number, with_differences
from hallmark.lakehouse.errors import ContractViolation
from hallmark.lakehouse.names import Table, quoted, sql_text
from hallmark.lakehouse.spark_errors import without_data
from hallmark.lakehouse.tables import Lake

Found = dict[str, dict[str, Decimal | None]]


def observe(lake: Lake, suites: Sequence[Suite]) -> Found:
    """Look up every number of the suites; returns table to metric to number, None for no value.

    Raises:
        ContractViolation: when a rule's SQL can't be run, or gives no or several numbers.
    """
    found: Found = {suite.table: {} for suite in suites}
    for row in _collect(lake, suites):
        for each in row["numbers"]:
            if each["name"] in found[each["table_name"]]:
                raise _letter(each["table_name"], each["name"], "more than one row")
            found[each["table_name"]][each["name"]] = number(each["number"])
    for suite in suites:
        for metric in suite.metrics:
            if metric.name not in found[suite.table]:
                raise _letter(suite.table, metric.name, "no row")
    return {suite.table: with_differences(suite, found[suite.table]) for suite in suites}


def _collect(lake: Lake, suites: Sequence[Suite]) -> list[Row]:
    parts = [*_aggregates(lake, suites), *_questions(lake, suites)]
    if not parts:
        return []
    try:
        return lake.spark.sql(" union all ".join(parts)).collect()
    except Exception:
        for suite in suites:
            _refuse_questions(lake, suite)
        raise  # no rule's fault


def _aggregates(lake: Lake, suites: Sequence[Suite]) -> Iterator[str]:
    """A row a table that numbers are read from: each is scanned once, whoever asks."""
    asked: dict[Table, dict[tuple[str, str], str]] = {}
    for suite in suites:
        for metric in suite.metrics:
            if not metric.is_query:
                source = metric.source or Table("gold", suite.table)
                asked.setdefault(source, {})[suite.table, metric.name] = metric.sql
    for source, wanted in asked.items():
        items = [
            f"struct({sql_text(table)} as table_name, {sql_text(name)} as name, cast({sql} as string) as number)"
            for (table, name), sql in wanted.items()
        ]
        yield f"select array({', '.join(items)}) as numbers from {_place(lake, source)}"


def _questions(lake: Lake, suites: Sequence[Suite]) -> Iterator[str]:
    return (_question(lake, suite, each) for suite in suites for each in suite.metrics if each.is_query)


def _question(lake: Lake, suite: Suite, metric: Metric) -> str:
    # As a subquery it can only be a SELECT: what would write is refused by the parser.
    asked = metric.sql.replace(OBJECT, _place(lake, Table("gold", suite.table)))
    names = f"{sql_text(suite.table)} as table_name, {sql_text(metric.name)} as name, cast(found as string) as number"
    return f"select array(struct({names})) as numbers from (\n{asked}\n) as asked(found)"


def _place(lake: Lake, table: Table) -> str:
    return f"delta.{quoted(str(lake.path(table)))}"


def _refuse_questions(lake: Lake, suite: Suite) -> None:
    for metric in suite.metrics:
        if metric.is_query:
            try:
                lake.spark.sql(_question(lake, suite, metric)).collect()
            except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
                raise _letter(suite.table, metric.name, without_data(error)) from None


def _letter(table: str, name: str, got: str) -> ContractViolation:
    return ContractViolation(
        "a rule in SQL can't be judged",
        where=f"gold.{table}: {name}",
        got=got,
        wanted="one SELECT that gives one row with one number",
        todo=f"mend the rule {name} in the contract of {table}",
    )
