"""A contract's table compiled to Spark: typed columns and one-pass row verdicts, the same in batch and stream."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.finished import json_text, typed_column
from hallmark.contracts.model import Contract, Lookup, Property, SchemaObject
from hallmark.contracts.rules import CHANGE_RULES, TEXT_PREFIX, Rule, row_rules
from hallmark.contracts.transform_letters import transforms_blamed
from hallmark.contracts.transforms import (
    FAILED_PREFIX,
    TRIED_PREFIX,
    can_fail,
    failed_sql,
    plain_sql,
    text_sql,
    tried_sql,
)
from hallmark.contracts.typing_sql import typed_sql
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import (
    BAD,
    BRONZE_METADATA,
    ERRORS,
    FILE,
    INGESTED_AT,
    LOAD_ID,
    RESCUED,
    SOURCE,
    WARNINGS,
    bronze_column,
    quoted,
    sql_text,
)

ROW = "_row"
_GIVEN = "_given_"
CUSTOM_PREFIX = "_custom_"
"""Columns that say of a row that it breaks a check which a function made: they are judged with the contract's rules."""
_EVENT_COLUMNS = tuple(rule.column for rule in CHANGE_RULES)
VERDICT_FIELDS = {
    "rule": "string", "columns": "array<string>", "message": "string", "value": "string", "contract": "string",
    "version": "string", "rule_fingerprint": "string",
}  # fmt: skip
VERDICT_DDL = f"array<struct<{', '.join(f'{name}: {kind}' for name, kind in VERDICT_FIELDS.items())}>>"
_NONE = f"cast(array() as {VERDICT_DDL})"
_KEY_ONLY = "_key_only"
_NOTHING = {RESCUED: "string", INGESTED_AT: "timestamp", LOAD_ID: "string", FILE: "string"}
_TECHNICAL = {*_NOTHING, _KEY_ONLY, ROW}
"""Columns that rules look at, and that a finished row does not have."""
SILVER_METADATA = (SOURCE, FILE, LOAD_ID, INGESTED_AT)
SILVER_METADATA_DDL = f"{SOURCE} string, {FILE} string, {LOAD_ID} string, {INGESTED_AT} timestamp"


@dataclass(frozen=True)
class CompiledTable:
    """One table of a contract, ready to judge rows.

    `judge` takes bronze rows (every data column STRING, plus the technical columns) and returns: the contract's
    columns, typed; the technical columns `_source, _file, _load_id, _ingested_at`; `_row` (the bronze row as a struct);
    `_errors` and `_warnings` (arrays of struct(rule, columns, message, value, contract, version, rule_fingerprint));
    `_bad` BOOLEAN, whether there are errors.
    """

    contract: Contract
    table: SchemaObject
    rules: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's columns in order."""
        return tuple(prop.name for prop in self.table.properties)

    @property
    def ddl(self) -> str:
        """The contract's columns with their Spark types."""
        return ", ".join(f"{quoted(prop.name)} {prop.spark_type}" for prop in self.table.properties)

    @property
    def fingerprint(self) -> str:
        """Changes when the meaning of any rule, type, lookup or transform does; SHA-256, 16 hex digits."""
        parts = [f"{rule.fingerprint} {rule.reaction.action} {rule.unique_over}" for rule in self.rules]
        parts += [f"{lookup.table} {lookup.key} {lookup.expr}" for lookup in self.table.lookups]
        parts += [
            f"{prop.name} {prop.spark_type} {prop.source} {prop.transform} {typed_sql(prop, '')}"
            for prop in self.table.properties
        ]
        parts += [f"{prop.name} comes as {prop.wire_type}" for prop in self.table.properties if prop.wire_type]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @property
    def uniqueness(self) -> Mapping[str, tuple[str, ...]]:
        """Sets of columns whose values may not come again, by the column that says so: it looks at other rows, too."""
        return {rule.violated: rule.unique_over for rule in self.rules if rule.unique_over}

    @property
    def _tried(self) -> tuple[Property, ...]:
        return tuple(prop for prop in self.table.properties if can_fail(prop))

    @property
    def unseen_in_a_stream(self) -> str:
        """The rules that no row of a stream can break, in words; empty where there are none."""
        named = "; ".join(f"{rule.name} of {', '.join(rule.columns)}" for rule in self.rules if rule.unique_over)
        return (
            f"a stream of {self.table.name} can't see that a value came before: not checked: {named}" if named else ""
        )

    def without_uniqueness(self) -> CompiledTable:
        """The same table for a stream, less the rules that a stream can't check."""
        return replace(self, rules=tuple(rule for rule in self.rules if not rule.unique_over))

    def judge(
        self,
        rows: DataFrame,
        lookups: Mapping[str, DataFrame] | None = None,
        *,
        existing: DataFrame | None = None,
        key_only: str = "false",
        keep: Sequence[str] = (),
    ) -> DataFrame:
        """Add the typed columns and the verdict to bronze rows; one pass, no Spark action.

        Of rows with values that may not repeat the first is good: one that `existing` has, else the one that was
        ingested first. A stream can't look back: there these rules hold for every row, and a UserWarning names them.

        Args:
            rows: bronze rows, batch or stream; a column `_row`, when there, is the bronze row that they came from.
            lookups: the tables that the contract looks values up in, by name.
            existing: rows that came before, with the typed columns.
            key_only: SQL condition of rows that carry a key alone (deletes): only the key's rules hold for them.
            keep: further columns of `rows` to carry along.

        Raises:
            ContractError: when a transform names a column that neither source nor lookup has.
        """
        if rows.isStreaming and self.uniqueness:
            self._warn_of_stream()
            return self.without_uniqueness().judge(rows, lookups, existing=existing, key_only=key_only, keep=keep)
        present = rows.columns
        frame = rows if ROW in present else rows.withColumn(ROW, F.struct(*[F.col(quoted(name)) for name in present]))
        frame = self._with_lookups(self._with_source_columns(frame), lookups or {})
        carried = [F.col(quoted(name)) for name in (*BRONZE_METADATA, ROW, *keep)]
        texts = [self._text(prop, present).alias(TEXT_PREFIX + prop.name) for prop in self.table.properties]
        with transforms_blamed(self.contract, self.table, frame):
            if self._tried:  # once each: its text and whether it failed are made of what it gave
                tried = [F.expr(tried_sql(str(p.transform))).alias(TRIED_PREFIX + p.name) for p in self._tried]
                frame = frame.select("*", *tried)
            texts += [F.expr(failed_sql(prop)).alias(FAILED_PREFIX + prop.name) for prop in self._tried]
            frame = frame.select(*carried, *texts, F.expr(key_only).alias(_KEY_ONLY))
            _ = frame.schema  # Spark Connect resolves late: ask now, while the contract can still be named
        typed = [
            F.expr(typed_sql(prop, quoted(TEXT_PREFIX + prop.name))).alias(prop.name) for prop in self.table.properties
        ]
        frame = self._with_repeats(frame.select(*typed, "*"), existing)
        kept = [F.col(quoted(name)) for name in (*self.columns, *SILVER_METADATA, ROW, *keep)]
        return frame.select(*kept, *self._verdict())

    def check(self, rows: DataFrame) -> DataFrame:
        """Judge rows of a finished table, whose columns are typed already; returns `_errors` and `_warnings` alone."""
        return self.annotate(rows).select(ERRORS, WARNINGS)

    def annotate(self, rows: DataFrame, *, nan_is_null: bool = False) -> DataFrame:
        """Typed rows with `_errors`, `_warnings` and `_bad` added; no Spark action. A missing column counts as null.

        Args:
            rows: typed rows, batch or stream.
            nan_is_null: take NaN in a float column for null, as Pandera does.
        """
        if rows.isStreaming and self.uniqueness:
            self._warn_of_stream()
            return self.without_uniqueness().annotate(rows, nan_is_null=nan_is_null)
        kinds = {each.name: each.dataType.simpleString() for each in rows.schema}
        props = {prop.name: prop for prop in self.table.properties}
        given = {name: F.col(quoted(name)) if name in kinds else F.lit(None) for name in props}
        typed = {
            name: typed_column(prop, given[name], kinds.get(name), nan_is_null=nan_is_null)
            for name, prop in props.items()
        }
        # Where the judged column is the given one, one is enough: Spark would copy each value twice.
        same = {name for name in props if typed[name] is given[name]} - _TECHNICAL
        names = {name: name if name in same else f"{_GIVEN}{i}" for i, name in enumerate(rows.columns)}
        columns = [F.col(quoted(name)).alias(other) for name, other in names.items() if name != other]
        columns += [column.alias(name) for name, column in typed.items()]
        columns += [
            json_text(prop, typed[name]).alias(TEXT_PREFIX + name) for name, prop in props.items() if prop.is_nested
        ]
        columns += [F.lit(None).cast(kind).alias(name) for name, kind in _NOTHING.items()]
        columns += [F.expr("false").alias(_KEY_ONLY)]
        columns += [F.lit(False).alias(FAILED_PREFIX + prop.name) for prop in self._tried]  # noqa: FBT003
        columns += [F.struct("*").alias(ROW)] if self.uniqueness else []
        columns += [F.col(quoted(name)) for name in rows.columns if name.startswith(CUSTOM_PREFIX)]
        frame = self._with_repeats(rows.select(*columns), None)
        return frame.select(
            *[F.col(quoted(other)).alias(name) for name, other in names.items()],
            *self._verdict(typed=True),
        )

    def _warn_of_stream(self) -> None:
        todo = "judge the batches of foreachBatch, where it is; or call without_uniqueness(), and do without"
        warnings.warn(f"{self.contract.file}: {self.unseen_in_a_stream}; {todo}", UserWarning, stacklevel=3)

    def _with_repeats(self, frame: DataFrame, existing: DataFrame | None) -> DataFrame:
        for again, names in self.uniqueness.items():
            columns = [F.col(quoted(name)) for name in names]
            has_all = F.concat(*[column.cast("string") for column in columns]).isNotNull()
            came = frame.withColumn("_came", F.lit(True))  # noqa: FBT003
            if existing is not None:
                came = came.unionByName(existing.select(*columns), allowMissingColumns=True)
            # Rows without a value are alone each: one partition of them all would keep one core busy.
            alone = F.when(~has_all, F.monotonically_increasing_id())
            # Within a file the values decide; only of rows with equal ones the text as it came does.
            content = F.xxhash64(*[F.col(quoted(name)) for name in self.columns])
            origin = map(F.col, (INGESTED_AT, LOAD_ID, FILE))
            order = [F.col("_came").asc_nulls_first(), *origin, content, F.xxhash64(ROW)]
            place = F.row_number().over(Window.partitionBy(*columns, alone).orderBy(*order))
            frame = came.withColumn(again, has_all & (place > 1)).where("_came").drop("_came")
        return frame

    def _with_source_columns(self, frame: DataFrame) -> DataFrame:
        present = {name.lower() for name in frame.columns}
        wanted = dict.fromkeys(bronze_column(name) for prop in self.table.properties for name in prop.source_columns)
        missing = [name for name in wanted if name.lower() not in present]
        return frame.select("*", *[F.lit(None).cast("string").alias(name) for name in missing])

    def _with_lookups(self, frame: DataFrame, lookups: Mapping[str, DataFrame]) -> DataFrame:
        for lookup in self.table.lookups:
            frame = self._with_lookup(frame, lookup, lookups)
        return frame

    def _with_lookup(self, frame: DataFrame, lookup: Lookup, lookups: Mapping[str, DataFrame]) -> DataFrame:
        if lookup.table not in lookups:
            raise ContractError(
                f"lookup table {lookup.table!r} is not at hand",
                where=self.contract.file,
                todo=did_you_mean(lookup.table, lookups) or None,
            )
        # One struct column under the table's name: `runs.ended_at` finds it, and a bare name is always the source's.
        side = lookups[lookup.table].select(F.struct("*").alias(lookup.table))
        key = f"{quoted(lookup.table)}.{quoted(lookup.key)}"
        return frame.join(F.broadcast(side), F.expr(f"{key} = ({lookup.expr})"), "left")

    def _text(self, prop: Property, present: Sequence[str]) -> Column:
        if prop.transform:
            text = F.expr(text_sql(prop) if can_fail(prop) else plain_sql(prop.transform))
        else:
            by_name = {name.lower(): name for name in present}
            name = by_name.get(bronze_column(prop.source).lower())
            text = F.col(quoted(name)) if name else F.lit(None).cast("string")
        return text if prop.logical_type == "string" else _blank_as_null(text)

    def _verdict(self, *, typed: bool = False) -> tuple[Column, Column, Column]:
        """`_errors`, `_warnings`, `_bad`; the last not by the size of the first, that is a pass of its own to Spark."""
        readable = self.rules[0]
        unreadable = f"array({_struct_sql(readable, readable.value, self.contract)})"
        errors = self._by_kind("error", unreadable, lambda rules: self._collected(rules, typed=typed))
        warned = self._by_kind("warning", _NONE, lambda rules: self._collected(rules, typed=typed))
        bad = self._by_kind("error", "true", lambda rules: f"coalesce({_any(self._broken(rules, typed=typed))}, false)")
        return errors.alias(ERRORS), warned.alias(WARNINGS), bad.alias(BAD)

    def _by_kind(self, severity: str, unreadable: str, of_rules: Callable[[Sequence[Rule]], str]) -> Column:
        rules = [rule for rule in self.rules if rule.severity == severity]
        of_keys = [rule for rule in rules if rule.column in (*self.table.key, *_EVENT_COLUMNS)]
        return F.expr(
            f"case when {RESCUED} is not null then {unreadable} "
            f"when {_KEY_ONLY} then {of_rules(of_keys)} else {of_rules(rules)} end"
        )

    def _broken(self, rules: Sequence[Rule], *, typed: bool) -> list[str]:
        return [self._of_typed(rule.violated) if typed else rule.violated for rule in rules]

    def _collected(self, rules: Sequence[Rule], *, typed: bool) -> str:
        # Spark interprets a lambda with all that is in it. Asked for good rows as well, it would take most of the time:
        # so compiled code first looks whether there is anything to collect.
        if not rules:
            return _NONE
        conditions = self._broken(rules, typed=typed)
        values = [self._of_typed(rule.value) if typed else rule.value for rule in rules]
        told = [_struct_sql(rule, value, self.contract) for rule, value in zip(rules, values, strict=True)]
        verdicts = ", ".join(f"if({bad}, {why}, null)" for bad, why in zip(conditions, told, strict=True))
        return f"if({_any(conditions)}, filter(array({verdicts}), v -> v is not null), {_NONE})"

    def _of_typed(self, sql: str) -> str:
        # A text of each number costs more than all the rest: a typed column knows by itself whether it is null, and a
        # text is made of what a broken row tells.
        for prop in self.table.properties:
            if not prop.is_nested:
                text, column = quoted(TEXT_PREFIX + prop.name), quoted(prop.name)
                sql = sql.replace(f"{text} is ", f"{column} is ").replace(text, f"cast({column} as string)")
        return sql


def compile_table(contract: Contract, table: SchemaObject, *, key_is_unique: bool = False) -> CompiledTable:
    """Compile one table of a contract; `key_is_unique` makes a primary key that comes again a broken row."""
    rules = row_rules(table, key_is_unique=key_is_unique)
    if contract.is_cdc:  # a change log has a row's values many times
        rules = tuple(rule for rule in rules if not rule.unique_over)
    return CompiledTable(contract, table, (*rules, *(CHANGE_RULES if contract.is_cdc else ())))


def _any(conditions: Sequence[str]) -> str:
    return " or ".join(f"({condition})" for condition in conditions) or "false"


def _blank_as_null(text: Column) -> Column:
    return F.when(F.trim(text) != "", text)


def _struct_sql(rule: Rule, value: str, contract: Contract) -> str:
    return (
        f"named_struct('rule', {sql_text(rule.name)}, 'columns', array({', '.join(map(sql_text, rule.columns))}), "
        f"'message', {sql_text(rule.message)}, 'value', cast({value} as string), "
        f"'contract', {sql_text(contract.id)}, 'version', {sql_text(contract.version)}, "
        f"'rule_fingerprint', {sql_text(rule.fingerprint)})"
    )
