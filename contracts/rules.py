"""From a property to its row rules: pure text, so that they can be read, fingerprinted and tested without Spark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import DEEPEST, Property, Quality, Reaction, SchemaObject
from hallmark.contracts.transforms import FAILED_PREFIX, TRANSFORM, can_fail
from hallmark.contracts.typing_sql import fields_sql, items_sql, no_json_sql, typed_sql, wanted
from hallmark.contracts.value_rules import Checked, quality_check, value_checks
from hallmark.lakehouse.names import MASK, RESCUED, quoted, sql_text

REACTION = Reaction()
MASKED = sql_text(MASK)
TEXT_PREFIX = "_text_"
_AGAIN = "_again_"


@dataclass(frozen=True)
class Rule:
    """A row rule. `violated` and `value` are Spark SQL over the typed columns and their texts (`_text_<column>`).

    Attributes:
        name: the kind of rule.
        column: the column that it is about; `also` has further ones.
        message: what the value must be, in words.
        violated: SQL condition of a row that breaks it; null counts as false.
        value: SQL of the offending value as text.
        reaction: what becomes of the row, and of the load.
        unique_over: columns whose values together may not repeat; `violated` then asks a column that `judge` adds.
        bound: what the number (or, with `percent`, the share) of rows that break it must be, else the load fails;
            of rules whose rows pass, only where it is `firm`.
    """

    name: str
    column: str
    message: str
    violated: str
    value: str
    reaction: Reaction = REACTION
    also: tuple[str, ...] = ()
    unique_over: tuple[str, ...] = ()
    bound: Comparison | None = None
    percent: bool = False
    firm: bool = False

    @property
    def severity(self) -> str:
        """`warning` where the row passes all the same, else `error`."""
        return "warning" if self.reaction.action == "warn" else "error"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the rule is about."""
        return (self.column, *self.also)

    @property
    def can_fail_a_load(self) -> bool:
        """Whether broken rows of it can stop a load."""
        return self.reaction.action == "fail" or self.reaction.fail_above is not None or self.bound is not None

    @property
    def fingerprint(self) -> str:
        """Changes when the rule's meaning does: SHA-256 of name, column and condition, 16 hex digits."""
        # What "comes again" is called in SQL depends on the rules before it; its columns don't.
        condition = f"{self.columns} {self.unique_over}" if self.unique_over else self.violated
        return hashlib.sha256(f"{self.name}\n{self.column}\n{condition}".encode()).hexdigest()[:16]


READABLE = Rule(
    "readable",
    RESCUED,
    "the source's text could not be read as a row",
    f"{RESCUED} is not null",
    f"left({RESCUED}, 200)",
)


CHANGE_RULES = (
    Rule("operation", "_op", "_op: one of c, d, r, t, u", "_op is null or _op not in ('c', 'd', 'r', 't', 'u')", "_op"),
    Rule(
        "sequence",
        "_lsn",
        "_lsn: the change event names its place in the source's log",
        # A row that was read, not streamed, may have a place in its topic alone.
        "_lsn is null and not (_op <=> 'r' and _position is not null)",
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


def row_rules(schema_object: SchemaObject, *, key_is_unique: bool = False) -> tuple[Rule, ...]:
    """All rules of a table's rows, `readable` first.

    Args:
        schema_object: the table.
        key_is_unique: whether a primary key that comes again is a broken row. In silver it is not: an event that is
            delivered twice is written once.

    >>> tokens = Property("tokens", "Tokens", "integer", "int", required=True, minimum="1")
    >>> [(rule.name, rule.message) for rule in row_rules(SchemaObject("requests", "requests", (tokens,)))][1:]
    [('type', 'tokens: whole number'), ('required', 'tokens: required'), ('minimum', 'tokens: >= 1')]
    """
    secret = {prop.name for prop in schema_object.properties if prop.holds_personal}
    readable = replace(READABLE, value=MASKED) if secret else READABLE
    found = [readable, *(rule for prop in schema_object.properties for rule in _column_rules(prop))]
    every = tuple(prop.name for prop in schema_object.properties)
    found += [  # without columns it is about whole rows
        _again(rule.arguments.get("properties") or every, rule) for rule in schema_object.quality if _is_unique(rule)
    ]
    if key_is_unique and schema_object.key:
        # Its columns mostly inherit the table's word; where they differ, the first one speaks for the key.
        first = next(prop for prop in schema_object.properties if prop.name == schema_object.key[0])
        found.append(_unique("primaryKey", schema_object.key, first.reaction))
    masked = [replace(rule, value=MASKED) if secret & {*rule.columns} else rule for rule in found]
    return tuple(_numbered(masked))


def _numbered(rules: list[Rule]) -> Iterator[Rule]:
    # The column that says "comes again" is one for each set of columns: it costs a shuffle of all rows.
    numbers: dict[frozenset[str], int] = {}
    for rule in rules:
        if rule.unique_over:
            number = numbers.setdefault(frozenset(rule.unique_over), len(numbers))
            yield replace(rule, violated=f"{_AGAIN}{number}")
        else:
            yield rule


def _column_rules(prop: Property) -> Iterator[Rule]:
    column, text = quoted(prop.name), quoted(TEXT_PREFIX + prop.name)
    if can_fail(prop):
        says, failed = f"{prop.name}: its transformLogic can be run", quoted(FAILED_PREFIX + prop.name)
        yield Rule(TRANSFORM, prop.name, says, failed, text, prop.reaction)
    yield from _property_rules(prop, prop.name, prop.name, column=column, text=text, shown=text)
    if prop.unique:
        yield _unique("unique", (prop.name,), prop.reaction)
    for quality in prop.quality:
        if _is_unique(quality):
            yield _again((prop.name,), quality)
        elif (checked := quality_check(prop, quality, column, text)) is not None:
            yield Rule(
                checked.name,
                prop.name,
                f"{prop.name}: {checked.says}",
                checked.violated,
                f"left({text}, 200)",
                replace(quality.reaction, action="warn") if quality.bears_rows else quality.reaction,
                bound=quality.bound,
                percent=quality.percent,
                firm=quality.bears_rows,
            )


def _is_unique(quality: Quality) -> bool:
    return quality.metric == "duplicateValues" and quality.comparison is not None and quality.comparison.is_upper_bound


def _again(columns: tuple[str, ...] | list[str], quality: Quality) -> Rule:
    rule = _unique("duplicateValues", tuple(columns), quality.reaction)
    return replace(rule, bound=quality.bound, percent=quality.percent)


def _unique(name: str, columns: tuple[str, ...], reaction: Reaction) -> Rule:
    value = f"concat_ws(', ', {', '.join(f'left(cast({quoted(column)} as string), 200)' for column in columns)})"
    says = f"{', '.join(columns)}: unique"
    return Rule(name, columns[0], says, "", value, reaction, also=columns[1:], unique_over=columns)


def _property_rules(
    prop: Property, top: str, path: str, *, column: str, text: str, shown: str, depth: int = 0
) -> Iterator[Rule]:
    """Rules of a value in column `top`, and of all in it: `path` names it, `column` and `text` are its SQL."""
    value = f"left({shown}, 200)"
    for check in (*_type_checks(prop, column, text, inner=depth > 0), *value_checks(prop, column, text)):
        yield Rule(check.name, top, f"{path}: {check.says}", check.violated, value, prop.reaction)
    for child in prop.properties if depth < DEEPEST else ():
        inner = f"{fields_sql(text)}[{sql_text(child.source)}]"
        typed = typed_sql(child, inner)
        for found in _property_rules(
            child, top, f"{path}.{child.name}", column=typed, text=inner, shown=shown, depth=depth + 1
        ):
            # A field of an object that is not there is not missing: the object is. What is no object breaks its type.
            yield replace(found, violated=f"{fields_sql(text)} is not null and ({found.violated})")
    if prop.items is not None and depth < DEEPEST:
        x = f"x{depth}"
        typed = typed_sql(prop.items, x)
        for found in _property_rules(prop.items, top, f"{path}[]", column=typed, text=x, shown=shown, depth=depth + 1):
            yield replace(found, violated=f"exists({items_sql(text)}, {x} -> {found.violated})")


def _type_checks(prop: Property, column: str, text: str, *, inner: bool) -> Iterator[Checked]:
    if prop.is_nested:
        read = fields_sql(text) if prop.logical_type == "object" else items_sql(text)
        broken = f"{read} is null" if inner else f"({read} is null or {no_json_sql(text)})"
        yield Checked("type", prop.logical_type, f"{text} is not null and {broken}")
    elif prop.logical_type != "string":
        yield Checked("type", wanted(prop), f"{text} is not null and {column} is null")
    if prop.required:
        yield Checked("required", "required", f"{text} is null")
