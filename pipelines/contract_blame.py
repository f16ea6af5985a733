"""Which rows and which rule are to blame: samples of broken values, and a letter for a rule that Spark can't run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import CompiledTable
from hallmark.contracts.model import Property
from hallmark.contracts.rules import Rule
from hallmark.contracts.table_rules import Measured, spark_says
from hallmark.lakehouse.errors import ContractError, HallmarkError, StepError
from hallmark.lakehouse.names import BRONZE_METADATA, ERRORS, FILE, MASK, WARNINGS, bronze_column, quoted
from hallmark.lakehouse.spark_errors import full_disk
from hallmark.pipelines.contract_results import Sample

_TEXTS = {
    "integer": "1", "number": "1", "boolean": "true", "date": "2026-01-01", "timestamp": "2026-01-01 00:00:00",
    "object": "{}", "array": "[]",
}  # fmt: skip


def samples(compiled: CompiledTable, judged: DataFrame, measured: Measured, most: int) -> dict[str, tuple[Sample, ...]]:
    """Up to `most` broken values of each rule, by its fingerprint; one Spark job, none where all is well."""
    if most < 1 or not any(measured.broken.get(rule.fingerprint) for rule in compiled.rules):
        return {}
    told = judged.select(F.explode(F.concat(ERRORS, WARNINGS)).alias("told"), FILE, _key(compiled).alias("key"))
    broken = told.select("told.rule_fingerprint", "told.value", FILE, "key")
    first = Window.partitionBy("rule_fingerprint").orderBy(FILE, "value", "key")
    few = broken.withColumn("number", F.row_number().over(first)).where(F.col("number") <= most)
    found: dict[str, list[Sample]] = defaultdict(list)
    for row in few.orderBy("rule_fingerprint", "number").collect():
        found[row["rule_fingerprint"]].append(Sample(row[FILE], row["value"], row["key"]))
    return {fingerprint: tuple(values) for fingerprint, values in found.items()}


def _key(compiled: CompiledTable) -> Column:
    """A row's key in words, such as `order_id 17`; null where there is none."""
    props = {prop.name: prop for prop in compiled.table.properties}
    parts = []
    for name in compiled.table.key:
        value = F.lit(MASK) if props[name].holds_personal else F.substring(F.col(quoted(name)).cast("string"), 1, 200)
        parts.append(F.when(F.col(quoted(name)).isNotNull(), F.concat(F.lit(f"{name} "), value)))
    return F.nullif(F.concat_ws(", ", *parts), F.lit("")) if parts else F.lit(None).cast("string")


def blame(spark: SparkSession, compiled: CompiledTable, error: Exception) -> ContractError | StepError:
    """A letter for what Spark says of judging: with the rule, where one can't be run; else of the data."""
    return blamed_rule(spark, compiled, error) or StepError(
        "the rows could not be judged",
        where=f"{compiled.contract.file} ({compiled.table.name})",
        got=spark_says(error, compiled.table),
        todo="mend the files, or what the contract says of them (format, delimiter, encoding, transformLogic)",
    )


def blamed_rule(spark: SparkSession, compiled: CompiledTable, error: Exception) -> ContractError | None:
    """A letter that names the rule which Spark can't run, with the line of its property; None where it is no rule."""
    if full_disk(error):
        return None
    rule = _named(compiled, str(error)) or _alone(spark, compiled)
    if rule is None:
        return None
    return ContractError(
        "a rule can't be run by Spark",
        where=f"{_place(compiled, rule.column)} ({compiled.table.name}.{rule.column}, {rule.name})",
        got=spark_says(error, compiled.table),
        wanted=rule.message,
        todo="mend the rule; patterns are Java's regular expressions",
    )


@contextmanager
def rules_blamed(spark: SparkSession, compiled: CompiledTable) -> Iterator[None]:
    """What Spark can't judge becomes a letter where a rule is to blame; every other error stays as it is.

    Raises:
        ContractError: a rule that Spark can't run.
    """
    try:
        yield
    except HallmarkError:
        raise
    except Exception as error:
        if letter := blamed_rule(spark, compiled, error):
            raise letter from error
        raise


def _place(compiled: CompiledTable, column: str | None) -> str:
    """The contract's file, with the line of a property where it is known."""
    contract, file = compiled.contract, str(compiled.contract.file)
    names = [prop.name for prop in compiled.table.properties]
    tables = [each.name for each in contract.objects]
    if contract.origin is None or column not in names:
        return file
    keys: list[str | int] = ["schema", tables.index(compiled.table.name), "properties", names.index(column)]
    return f"{file}:{contract.origin.line(keys)}"


def _named(compiled: CompiledTable, says: str) -> Rule | None:
    """The rule whose pattern stands in Spark's error."""
    for rule in compiled.rules:
        for text in re.findall(r"rlike '((?:[^'\\]|\\.)*)'", rule.violated):
            pattern = re.sub(r"\\(.)", r"\1", text)
            if len(pattern) > 1 and pattern in says and "PATTERN" in says.upper():
                return rule
    return None


def _alone(spark: SparkSession, compiled: CompiledTable) -> Rule | None:
    """The first rule that fails by itself on a row of plain values."""
    row = _plain_row(spark, compiled)
    readable, *rules = compiled.rules
    if not _runs(compiled, row, readable):
        return None  # a transform, or Spark itself: it fails with every rule
    for rule in rules:
        if not rule.unique_over and not _runs(compiled, row, readable, rule):
            return rule
    return None


def _runs(compiled: CompiledTable, row: DataFrame, *rules: Rule) -> bool:
    try:
        replace(compiled, rules=rules).judge(row).select(F.size(ERRORS), F.size(WARNINGS)).collect()
    except Exception:  # noqa: BLE001 -- Spark's errors have no common base in process and on Connect
        return False
    return True


def _plain_row(spark: SparkSession, compiled: CompiledTable) -> DataFrame:
    texts = {bronze_column(prop.source): _text(prop) for prop in compiled.table.properties}
    frame = spark.createDataFrame([tuple(texts.values())], ", ".join(f"{quoted(name)} string" for name in texts))
    kinds = {name: "timestamp" if name == "_ingested_at" else "string" for name in BRONZE_METADATA}
    nothing = [F.lit(None).cast(kind).alias(name) for name, kind in kinds.items()]
    events = ("_op", "_lsn", "_position", "_changed_at") if compiled.contract.is_cdc else ()
    return frame.select("*", *nothing, *[F.lit(None).cast("string").alias(name) for name in events])


def _text(prop: Property) -> str:
    return _TEXTS.get(prop.logical_type, "a")
