"""From a property to its row rules: pure text, so that they can be read, fingerprinted and tested without Spark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from hallmark.contracts.model import Property, SchemaObject
from hallmark.contracts.typing_sql import wanted
from hallmark.lakehouse.names import RESCUED, quoted, sql_text

TEXT_PREFIX = "_text_"


@dataclass(frozen=True)
class Rule:
    """A row rule. `violated` and `value` are Spark SQL over the typed columns and their texts (`_text_<column>`)."""

    name: str
    column: str
    message: str
    violated: str
    value: str
    severity: str = "error"

    @property
    def fingerprint(self) -> str:
        """Changes when the rule's meaning does: SHA-256 of name, column and condition, 16 hex digits."""
        return hashlib.sha256(f"{self.name}\n{self.column}\n{self.violated}".encode()).hexdigest()[:16]


READABLE = Rule(
    "readable",
    RESCUED,
    "the source's text could not be read as a row",
    f"{RESCUED} is not null",
    f"left({RESCUED}, 200)",
)


CHANGE_RULES = (
    Rule("operation", "_op", "_op: one of c, d, r, u", "_op is null or _op not in ('c', 'd', 'r', 'u')", "_op"),
    Rule(
        "sequence",
        "_lsn",
        "_lsn: the change event names its place in the source's log",
        "_lsn is null",
        "_lsn",
    ),
    Rule(
        "changedAt",
        "_changed_at",
        "_changed_at: the change event names its time",
        "_changed_at is null",
        "_changed_at",
    ),
)
"""What every change event must hold, whatever its table."""


def row_rules(schema_object: SchemaObject) -> tuple[Rule, ...]:
    """All rules of a table's rows, `readable` first.

    >>> tokens = Property("tokens", "Tokens", "integer", "int", required=True, minimum="1")
    >>> [(rule.name, rule.message) for rule in row_rules(SchemaObject("requests", "requests", (tokens,)))][1:]
    [('type', 'tokens: whole number'), ('required', 'tokens: required'), ('minimum', 'tokens: >= 1')]
    """
    return (READABLE, *(rule for prop in schema_object.properties for rule in _property_rules(prop)))


def _property_rules(prop: Property) -> Iterator[Rule]:
    column, text = quoted(prop.name), quoted(TEXT_PREFIX + prop.name)
    value = "'***'" if prop.personal else f"left({text}, 200)"

    def rule(name: str, says: str, violated: str, severity: str = "error") -> Rule:
        return Rule(name, prop.name, f"{prop.name}: {says}", violated, value, severity)

    if prop.logical_type != "string":
        yield rule("type", wanted(prop), f"{text} is not null and {column} is null")
    if prop.required:
        yield rule("required", "required", f"{text} is null")
    for name, sign, bad, limit in (
        ("minimum", ">=", "<", prop.minimum),
        ("maximum", "<=", ">", prop.maximum),
        ("exclusiveMinimum", ">", "<=", prop.exclusive_minimum),
        ("exclusiveMaximum", "<", ">=", prop.exclusive_maximum),
    ):
        if limit is not None:
            yield rule(name, f"{sign} {limit}", f"{column} {bad} {_literal(prop, limit)}")
    if prop.min_length is not None:
        yield rule(
            "minLength",
            f"at least {prop.min_length} characters",
            f"char_length({column}) < {prop.min_length}",
        )
    if prop.max_length is not None:
        yield rule("maxLength", f"at most {prop.max_length} characters", f"char_length({column}) > {prop.max_length}")
    if prop.pattern is not None:
        yield rule("pattern", f"like {prop.pattern}", f"not ({column} rlike {sql_text(prop.pattern)})")
    for allowed in prop.valid_values:
        values = ", ".join(sql_text(item) for item in allowed.values)
        says = f"one of {', '.join(allowed.values)}"
        yield rule("validValues", says, f"cast({column} as string) not in ({values})", allowed.severity)


def _literal(prop: Property, limit: str) -> str:
    if prop.logical_type in {"date", "timestamp"}:
        return f"cast({sql_text(limit)} as {prop.spark_type})"
    return f"cast({sql_text(limit)} as {'double' if prop.spark_type in {'double', 'float'} else 'decimal(38,12)'})"
