"""Rules about a whole table: what is counted in one pass over judged rows, and whether it is as the contract wants it.

Row rules come in, too: a table holds a row rule when no row, or no more rows than its bound bears, breaks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.limits import count_of
from hallmark.contracts.measures import Comparison, share
from hallmark.contracts.metric_sql import metric_columns, metric_sql
from hallmark.contracts.model import Quality, SchemaObject
from hallmark.contracts.rules import Rule
from hallmark.contracts.sql import filled
from hallmark.contracts.whole_table import metric_rules, sql_rules
from hallmark.lakehouse.names import ERRORS, MASK, quoted
from hallmark.lakehouse.spark_errors import first_line, without_data

EACH = "no row"
_EACH_ROW = Comparison("mustBe", (Decimal(0),))


@dataclass(frozen=True)
class Outcome:
    """What became of one rule.

    Attributes:
        rule: its kind: a row rule's name, a metric, `sql`, `relationship` or `freshness`.
        columns: the columns that it is about; none for a rule about the table.
        message: the rule in words.
        measured: the number (in `unit`), or the text that a query gave; None where there is nothing to measure.
        wanted: what it must be, in words.
        holds: whether it is.
        severity: `error`, or `warning` where a table passes all the same.
        unit: `rows`, `percent`, or empty for a query's value.
        fingerprint: of a row rule: finds its verdicts in `_errors` and `_warnings`.
    """

    rule: str
    columns: tuple[str, ...]
    message: str
    measured: Decimal | str | None
    wanted: str
    holds: bool
    severity: str
    unit: str = "rows"
    fingerprint: str = ""


@dataclass(frozen=True)
class Measured:
    """One pass over judged rows.

    Attributes:
        rows: all of them; `valid` are those without an error.
        broken: rows that break a rule, by its fingerprint.
        metrics: the numbers of `metric_rules`, in their order; in rows.
        newest: microseconds since 1970 of a column's newest time, by column; None where it has none.
    """

    rows: int
    valid: int
    broken: Mapping[str, int]
    metrics: tuple[int, ...] = ()
    newest: Mapping[str, int | None] = field(default_factory=dict)


def measure(compiled: CompiledTable, judged: DataFrame, *, newest: Sequence[str] = ()) -> Measured:
    """Count all that the contract's rules ask for, in one Spark job.

    Args:
        compiled: the contract's table.
        judged: what its `judge` returned.
        newest: columns of dates or times whose newest value is wanted.
    """
    rules, metrics = compiled.rules, metric_rules(compiled.table)
    counts = {"rows": F.count("*"), "valid": F.count_if(F.size(ERRORS) == 0)}
    counts |= {f"rule_{n}": count_of(rule) for n, rule in enumerate(rules)}
    counts |= {f"metric_{n}": F.expr(metric_sql(rule, compiled.table)) for n, rule in enumerate(metrics)}
    types = {prop.name: prop.logical_type for prop in compiled.table.properties}
    counts |= {f"newest_{n}": F.expr(newest_sql(name, types[name])) for n, name in enumerate(newest)}
    row = judged.agg(*[column.alias(name) for name, column in counts.items()]).first()
    found: dict[str, Any] = row.asDict() if row is not None else {}
    return Measured(
        rows=found["rows"],
        valid=found["valid"],
        broken={rule.fingerprint: found[f"rule_{n}"] for n, rule in enumerate(rules)},
        metrics=tuple(found[f"metric_{n}"] for n, _ in enumerate(metrics)),
        newest={name: found[f"newest_{n}"] for n, name in enumerate(newest)},
    )


def newest_sql(column: str, logical_type: str) -> str:
    """Microseconds since 1970 of a column's newest date or time, an aggregate; a day's rows may be as new as its end.

    >>> newest_sql("day", "date")
    'unix_micros(max(cast(`day` + interval 1 day as timestamp)))'
    """
    end = " + interval 1 day" if logical_type == "date" else ""
    return f"unix_micros(max(cast({quoted(column)}{end} as timestamp)))"


def metric_outcomes(table: SchemaObject, measured: Measured) -> tuple[Outcome, ...]:
    """What became of the `metric_rules`."""
    return tuple(
        _metric_outcome(rule, count, measured.rows, table)
        for rule, count in zip(metric_rules(table), measured.metrics, strict=True)
    )


def _metric_outcome(rule: Quality, count: int, rows: int, table: SchemaObject) -> Outcome:
    percent = rule.percent
    number = share(count, rows) if percent else Decimal(count)
    columns = metric_columns(rule, table)
    comparison = rule.comparison or _EACH_ROW
    about = f"{', '.join(columns)}: {rule.metric}" if columns else str(rule.metric)
    return Outcome(
        rule=str(rule.metric),
        columns=columns,
        message=_titled(rule, about),
        measured=number,
        wanted=f"{comparison} {'%' if percent else 'rows'}",
        holds=comparison.holds(number),
        severity=severity_of(rule),
        unit="percent" if percent else "rows",
    )


def severity_of(rule: Quality) -> str:
    """`warning` where a table that breaks the rule passes all the same."""
    return "warning" if rule.severity == "warning" or rule.reaction.action == "warn" else "error"


def _titled(rule: Quality, about: str) -> str:
    named = rule.name or rule.description.partition("\n")[0]
    return f"{about} ({named})" if named else about


def row_outcomes(rules: Sequence[Rule], measured: Measured) -> tuple[Outcome, ...]:
    """What became of the row rules: each with the number of rows that break it, and whether that is too much."""
    return tuple(row_outcome(rule, measured.broken.get(rule.fingerprint, 0), measured.rows) for rule in rules)


def row_outcome(rule: Rule, broken: int, rows: int) -> Outcome:
    """Whether `broken` of `rows` rows may break a rule.

    A bound (`mustBeLessThan: 5`) or a tolerance (`failAbove: 1%`) is the limit where the contract has one; else no row
    may. A tolerance that is exceeded is an error also of a rule whose rows pass: as in a run, where it stops the load.
    """
    percent = rule.percent if rule.bound is not None else False
    number = share(broken, rows) if percent else Decimal(broken)
    wanted, holds, severity = [], True, rule.severity
    if rule.bound is not None:
        wanted.append(f"{rule.bound} {'%' if percent else 'rows'}")
        holds = rule.bound.holds(number)
        severity = "error" if rule.firm and not holds else severity
    if rule.reaction.fail_above is not None:
        wanted.append(f"at most {rule.reaction.fail_above}")
        if not rule.reaction.fail_above.bears(broken, rows):
            holds, severity = False, "error"
    bears_none = rule.reaction.action == "fail" and rule.reaction.fail_above is None
    if not wanted or bears_none:
        wanted, holds = [EACH], broken == 0
    return Outcome(
        rule=rule.name,
        columns=rule.columns,
        message=rule.message,
        measured=number,
        wanted=" and ".join(wanted),
        holds=holds,
        severity=severity,
        unit="percent" if percent else "rows",
        fingerprint=rule.fingerprint,
    )


def sql_outcomes(
    compiled: CompiledTable, judged: DataFrame, others: Mapping[str, tuple[CompiledTable, DataFrame]] | None = None
) -> tuple[Outcome, ...]:
    """Run the table's `sql` rules on the typed columns of judged rows; one Spark job each.

    A query that can't be run, or gives no single value, is a broken rule, which says why. Queries read the table by
    `{object}` or by its name, and the `others` by theirs.
    """
    rules = sql_rules(compiled.table)
    if not rules:
        return ()
    relations = {compiled.table.name: (compiled, judged), **(others or {})}
    views = {name: f"judged_{name}" for name in relations}
    for name, (table, frame) in relations.items():
        frame.select(*[F.col(quoted(column)) for column in table.columns]).createOrReplaceTempView(views[name])
    try:
        named = {name: quoted(view) for name, view in views.items()}
        return tuple(_sql_outcome(compiled, rule, judged, named) for rule in rules)
    finally:
        for view in views.values():
            judged.sparkSession.catalog.dropTempView(view)


def _sql_outcome(compiled: CompiledTable, rule: Quality, judged: DataFrame, named: Mapping[str, str]) -> Outcome:
    about = f"{rule.column}: sql" if rule.column else "sql"
    comparison = rule.comparison or _EACH_ROW
    known = Outcome(
        rule="sql",
        columns=(rule.column,) if rule.column else (),
        message=_titled(rule, about) if rule.name or rule.description else f"{about} ({_one_line(rule.query or '')})",
        measured=None,
        wanted=str(comparison),
        holds=False,
        severity=severity_of(rule),
        unit="",
    )
    try:
        query = filled(rule.query or "", named[compiled.table.name], rule.column, named)
        rows = judged.sparkSession.sql(query).limit(2).collect()
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
        says = f"can't be run: {spark_says(error, compiled.table)}"
        return replace(known, measured=says, severity="error")
    if len(rows) != 1 or len(rows[0]) != 1:
        gave = "no row" if not rows else f"{len(rows[0])} columns" if len(rows[0]) != 1 else "several rows"
        return replace(known, measured=f"gives {gave}", wanted=f"one value, {comparison}", severity="error")
    value = plain_value(rows[0][0])
    shown = MASK if isinstance(value, str) and _has_secrets(compiled.table) else value
    return replace(known, measured=shown, holds=value is not None and comparison.holds(value))


def plain_value(value: Any) -> Decimal | str | None:
    """What a query gave, as what a bound compares with; NaN is no value.

    >>> plain_value(True), plain_value(1.5), plain_value(float("nan")), plain_value("x")
    ('true', Decimal('1.5'), None, 'x')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        return number if not number.is_nan() else None
    return None if value is None else str(value)


def spark_says(error: Exception, table: SchemaObject) -> str:
    """The first line of Spark's error; its class alone where that may quote personal values."""
    if _has_secrets(table):
        return without_data(error)
    return first_line(error)


def _has_secrets(table: SchemaObject) -> bool:
    # What a lookup brings in may be personal elsewhere.
    return bool(table.lookups) or any(prop.holds_personal for prop in table.properties)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
