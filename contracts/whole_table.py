"""Which rules are about a whole table: they measure it, and blame no row."""

from __future__ import annotations

from hallmark.contracts.model import Quality, SchemaObject


def metric_rules(table: SchemaObject) -> tuple[Quality, ...]:
    """The library rules that measure the table and blame no row: row counts, and bounds that are no upper ones."""
    return tuple(rule for rule in every_rule(table) if measures_table(rule))


def measures_table(rule: Quality) -> bool:
    """Whether it is a library rule that measures the table and blames no row."""
    asked = rule.comparison if rule.kind == "library" else None
    return asked is not None and (rule.metric == "rowCount" or not asked.is_upper_bound)


def sql_rules(table: SchemaObject) -> tuple[Quality, ...]:
    """The rules that a query measures."""
    return tuple(rule for rule in every_rule(table) if rule.kind == "sql")


def foreign_rules(table: SchemaObject) -> tuple[Quality, ...]:
    """The rules in another tool's words that are about no single values."""
    return tuple(rule for rule in every_rule(table) if rule.kind == "custom" and "check" not in rule.arguments)


def every_rule(table: SchemaObject) -> list[Quality]:
    """The rules of a table: of its properties in order, then its own."""
    return [*(rule for prop in table.properties for rule in prop.quality), *table.quality]
