"""Two contracts judge the same rows side by side: what the proposed one would keep out, and what it would let in.

Pure: DataFrames in, a DataFrame and what its few rows say out. One Spark job, however many tables and rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import ROW, VERDICT_DDL
from hallmark.lakehouse.names import ERRORS, MASK, quoted

Judge = Callable[[DataFrame, Sequence[str]], DataFrame]
"""Adds a contract's verdict (`_errors`) to bronze rows; carries `_row`, the row, and further columns by name, which are
no part of it."""
SAMPLES = 3
_BEFORE = "_errors_in_force"  # no column of bronze is called so: only technical ones begin with an underscore
_REASON = "struct<side: string, rule: string, columns: array<string>, message: string, value: string>"
_GROUP = ("table", "outcome", "side", "rule", "columns", "message")


@dataclass(frozen=True)
class RuleEffect:
    """What a rule does to the rows.

    Attributes:
        table: the contract's table.
        rule: the rule's name.
        columns: the columns that it speaks of.
        message: what it says, bounds included: a rule whose bound changed is one that went and one that came.
        in_force: rows that break it under the contract in force; 0 when that has no such rule.
        proposed: the same under the proposed contract.
        newly_quarantined: rows that break it under the proposed contract, and that the one in force lets through.
        newly_let_through: rows that break it under the contract in force, and that the proposed one lets through.
        samples: the most frequent values that break it, newly quarantined or let through ones if there are any.
    """

    table: str
    rule: str
    columns: tuple[str, ...]
    message: str
    in_force: int
    proposed: int
    newly_quarantined: int
    newly_let_through: int
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What a proposed contract does to rows: how many there are, how many each contract quarantines, by which rules."""

    rows: int
    in_force: int
    proposed: int
    newly_quarantined: int
    newly_let_through: int
    rules: tuple[RuleEffect, ...]


def judged_twice(rows: DataFrame, table: str, in_force: Judge | None, proposed: Judge) -> DataFrame:
    """Judge bronze rows by both contracts; each row comes back once.

    Args:
        rows: bronze rows.
        table: the contract's table, for the answer.
        in_force: judges by the contract in force; None: there is none that keeps rows out.
        proposed: judges by the proposed contract.

    Returns:
        `table` STRING, `before` and `after` ARRAY of verdicts (errors of the contract in force, of the proposed one).
    """
    none = F.expr(f"cast(array() as {VERDICT_DDL})")
    before = rows.withColumn(_BEFORE, none)
    if in_force is not None:
        before = in_force(rows, ()).select(f"{ROW}.*", F.col(ERRORS).alias(_BEFORE))
    after = proposed(before, (_BEFORE,))
    return after.select(F.lit(table).alias("table"), F.col(_BEFORE).alias("before"), F.col(ERRORS).alias("after"))


def framed(rows: DataFrame, carried: Sequence[str]) -> DataFrame:
    """Give each row the column `_row`: itself as a struct, less the columns carried along.

    A row must look to the proposed contract as it looks to the gate, down to its hash: of rows with a value that may
    not repeat, that decides which one was first.
    """
    return rows.withColumn(ROW, F.struct(*[F.col(quoted(name)) for name in rows.columns if name not in carried]))


def count_effects(judged: Sequence[DataFrame]) -> DataFrame:
    """Count rows by outcome, and in each by the reasons given.

    Returns:
        `table` STRING; `outcome` STRING (both, quarantined, let_through, neither); `side` STRING (rows, before, after);
        `rule` STRING; `columns` ARRAY; `message` STRING; `count` BIGINT; `samples` ARRAY<STRING>. One row a group: as
        many as there are rules, not as there is data.
    """
    rows: DataFrame = reduce(DataFrame.unionAll, judged)
    kept_out, keeps_out = F.size("before") > 0, F.size("after") > 0
    outcome = (
        F.when(kept_out & keeps_out, "both")
        .when(keeps_out, "quarantined")
        .when(kept_out, "let_through")
        .otherwise("neither")
    )
    total = F.expr(f"array(cast(struct('rows', null, null, null, null) as {_REASON}))")
    reasons = F.explode(F.concat(total, _reasons("before"), _reasons("after"))).alias("reason")
    each = rows.select("table", outcome.alias("outcome"), reasons).select("table", "outcome", "reason.*")
    # Bounded, whatever the data: a set of all values could be as big as the table.
    frequent = F.expr(f"approx_top_k(coalesce(value, 'null'), {SAMPLES})")
    counted = each.groupBy(*_GROUP).agg(F.count("*").alias("count"), frequent.alias("top"))
    return counted.select(*_GROUP, "count", F.expr("transform(top, t -> t.item)").alias("samples"))


def _reasons(side: str) -> Column:
    # Two rules that say the same of a row count it once.
    fields = f"struct('{side}', e.rule, e.columns, e.message, e.value)"
    return F.expr(f"array_distinct(transform({side}, e -> cast({fields} as {_REASON})))")


def effect_of(counted: Iterable[Mapping[str, Any]], personal: Mapping[str, frozenset[str]]) -> Effect:
    """Sum the rows of `count_effects` up.

    Args:
        counted: its rows.
        personal: the columns of each table whose values no sample may show, as either contract has it; a table that
            has any shows nothing of an unreadable row, either.
    """
    totals: dict[str, int] = {}
    rules: dict[tuple[str, str, tuple[str, ...], str], _Tally] = {}
    for row in counted:
        if row["side"] == "rows":
            totals[row["outcome"]] = totals.get(row["outcome"], 0) + row["count"]
        else:
            name = (row["table"], row["rule"], tuple(row["columns"]), row["message"])
            rules.setdefault(name, _Tally()).add(row)
    both, newly, let_through = (totals.get(outcome, 0) for outcome in ("both", "quarantined", "let_through"))
    effects = [tally.effect(name, personal.get(name[0], frozenset())) for name, tally in rules.items()]
    effects.sort(
        key=lambda e: (e.table, -e.newly_quarantined - e.newly_let_through, -e.proposed, e.columns, e.rule, e.message)
    )
    return Effect(sum(totals.values()), both + let_through, both + newly, newly, let_through, tuple(effects))


@dataclass
class _Tally:
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        counts = self.before if row["side"] == "before" else self.after
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + row["count"]
        self.samples.setdefault(row["outcome"], []).extend(row["samples"])

    def effect(self, name: tuple[str, str, tuple[str, ...], str], personal: frozenset[str]) -> RuleEffect:
        table, rule, columns, message = name
        shown = next(filter(None, map(self.samples.get, ("quarantined", "let_through", "both"))), [])
        samples = tuple(dict.fromkeys(shown))[:SAMPLES]
        if personal and (rule == "readable" or personal & {*columns}):
            samples = (MASK,)
        return RuleEffect(
            table, rule, columns, message, sum(self.before.values()), sum(self.after.values()),
            self.after.get("quarantined", 0), self.before.get("let_through", 0), samples,
        )  # fmt: skip
