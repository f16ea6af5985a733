"""What a contract claims of a finished table, claim by claim: an export says each of them, or says that it can't.

The rules of `hallmark.contracts.rules` look at a source's texts; a finished table has typed columns. Here each rule is
told in terms of those, as SQL of the rows that break it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hallmark.contracts.checks import Check
from hallmark.contracts.exports.typed_values import python_value, utc
from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import DEEPEST, Property, Quality, Reaction, SchemaObject
from hallmark.contracts.rules import REACTION, row_rules
from hallmark.contracts.typing_sql import wanted
from hallmark.contracts.value_rules import FORMATS, quality_check, value_checks
from hallmark.lakehouse.names import quoted

_BY_TYPE = "the column's type says it"
AS_IT_CAME = "it is about the text that came, which a finished table no longer has"
_LIMITS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}


@dataclass(frozen=True)
class Claim:
    """One thing that a contract says of a table.

    Attributes:
        name: the kind: a rule's name, or `rowCount`, `sql`, `text`, `relationship`, `sla`, ...
        says: in words, as the verdicts have it.
        columns: the columns that it is about, none for a whole table.
        reaction: what becomes of a row that breaks it, and of its load.
        bound: what the number (or `percent`, the share) of rows that break it must be, else the load fails.
        broken: Spark SQL over the finished columns of a row that breaks it; null counts as false.
        check: the same of single values of `columns[0]`, in the vocabulary that Pandera and Great Expectations share.
        unique_over: columns whose values together may not repeat, as far as all of them are there.
        measured: Spark SQL of one number about `{object}`, and `wanted` what it must be.
        untold: why it is no condition of rows, where it is none.
        quality: the quality rule that it comes from.
        personal: whether the value that it is about is personal data.
        built: whether the table is built here; then a broken row fails the table, for there is no gate before it.
    """

    name: str
    says: str
    columns: tuple[str, ...] = ()
    reaction: Reaction = REACTION
    bound: Comparison | None = None
    percent: bool = False
    broken: str | None = None
    check: Check | None = None
    unique_over: tuple[str, ...] = ()
    measured: str | None = None
    wanted: Comparison | None = None
    untold: str = ""
    quality: Quality | None = None
    personal: bool = False
    built: bool = False

    @property
    def keeps_rows_out(self) -> bool:
        """Whether no row of the finished table breaks it."""
        return self.reaction.action != "warn"

    @property
    def about_table(self) -> bool:
        """Whether it is about a table as a whole, and no row can be blamed."""
        of_rows = self.broken is not None or bool(self.unique_over) or self.name == "type"
        return not of_rows and self.untold != AS_IT_CAME


@dataclass(frozen=True)
class _Found:
    """A rule's condition on finished columns; `path` is the value's name, for matching it with the rule."""

    name: str
    message: str
    broken: str | None = None
    check: Check | None = None
    untold: str = ""
    quality: Quality | None = field(default=None, compare=False)
    personal: bool = False


def row_claims(table: SchemaObject) -> tuple[Claim, ...]:
    """The claims about rows, in the order of the table's rules; those of its key come last.

    >>> tokens = Property("tokens", "Tokens", "integer", "int", minimum="1")
    >>> for claim in row_claims(SchemaObject("requests", "requests", (tokens,))):
    ...     print(claim.says, "|", claim.broken or claim.untold)
    tokens: whole number | the column's type says it
    tokens: >= 1 | `tokens` < cast('1' as decimal(1,0))
    """
    known: dict[tuple[str, str], list[_Found]] = {}
    for prop in table.properties:
        for found in (*_of_value(prop, prop.name, quoted(prop.name)), *_of_quality(prop)):
            known.setdefault((found.name, found.message), []).append(found)
    claims = []
    for rule in row_rules(table, key_is_unique=True)[1:]:  # the first is about a source's text
        same = known.get((rule.name, rule.message), [])
        # A rule that is not known here is still told of, as one that can't be said.
        found = same.pop(0) if same else _Found(rule.name, rule.message, untold="" if rule.unique_over else AS_IT_CAME)
        claims.append(
            Claim(
                rule.name,
                rule.message,
                rule.columns,
                rule.reaction,
                bound=rule.bound,
                percent=rule.percent,
                broken=found.broken,
                check=found.check,
                unique_over=rule.unique_over,
                untold=found.untold,
                quality=found.quality or _unique_quality(table, rule.columns, rule.name),
                personal=found.personal or any(p.personal for p in table.properties if p.name in rule.columns),
            )
        )
    return tuple(claims)


def _unique_quality(table: SchemaObject, columns: tuple[str, ...], name: str) -> Quality | None:
    if name != "duplicateValues":
        return None
    own = [q for p in table.properties if (p.name,) == columns for q in p.quality]
    whole = [q for q in table.quality if tuple(q.arguments.get("properties") or ()) == columns]
    return next((q for q in (*own, *whole) if q.metric == "duplicateValues"), None)


def _of_value(prop: Property, path: str, column: str, depth: int = 0) -> Iterator[_Found]:
    nested = depth > 0
    if prop.logical_type != "string":
        yield _found(prop, path, "type", _type_words(prop), untold=_BY_TYPE)
    if prop.required:
        check = None if nested else Check("notnull")
        yield _found(prop, path, "required", "required", broken=f"{column} is null", check=check)
    # The bounds of times are UTC, whatever the time zone of the session that reads the finished table.
    pairs = zip(value_checks(prop, column, column), value_checks(utc(prop), column, column), strict=True)
    for said, checked in pairs:
        broken, untold = _finished(prop, said.name, column, checked.violated)
        check = None if nested else _single(prop, said.name)
        yield _found(prop, path, said.name, said.says, broken=broken, check=check, untold=untold)
    for child in prop.properties if depth < DEEPEST else ():
        for found in _of_value(child, f"{path}.{child.name}", f"{column}.{quoted(child.name)}", depth + 1):
            yield _within(found, f"{column} is not null and ({found.broken})", prop)
    if prop.items is not None and depth < DEEPEST:
        for found in _of_value(prop.items, f"{path}[]", f"x{depth}", depth + 1):
            yield _within(found, f"exists({column}, x{depth} -> {found.broken})", prop)


def _found(prop: Property, path: str, name: str, says: str, **parts: object) -> _Found:
    return replace(_Found(name, f"{path}: {says}", personal=prop.personal), **parts)  # type: ignore[arg-type]


def _within(found: _Found, broken: str, prop: Property) -> _Found:
    told = broken if found.broken is not None else None
    return replace(found, broken=told, check=None, personal=found.personal or prop.personal)


def _type_words(prop: Property) -> str:
    return prop.logical_type if prop.is_nested else wanted(prop)


def _finished(prop: Property, name: str, column: str, violated: str) -> tuple[str | None, str]:
    """A rule's condition on the finished column; of objects and arrays, which come as JSON text, in other words."""
    size = f"array_size({column})"
    told = {
        "minItems": f"{size} < {prop.min_items}",
        "maxItems": f"{size} > {prop.max_items}",
        "uniqueItems": f"array_size(array_distinct({column})) < {size}",
    }
    if name == "maxLead":
        return None, "it compares with the time of ingestion, which is no column of the contract"
    if name == "requiredProperties":
        return _lacks(prop, column, violated), ""
    if name in {"minProperties", "maxProperties"}:
        return None, AS_IT_CAME
    return told.get(name, violated), ""


def _lacks(prop: Property, column: str, violated: str) -> str:
    # The condition on JSON names the field as the source does.
    child = next(c for c in prop.properties if c.name in prop.required_properties and f"['{c.source}']" in violated)
    return f"{column} is not null and {column}.{quoted(child.name)} is null"


def _single(prop: Property, name: str) -> Check | None:
    if prop.clock and name in {*_LIMITS, "format"}:
        return None
    if name in _LIMITS:
        limits = {
            "minimum": prop.minimum,
            "maximum": prop.maximum,
            "exclusiveMinimum": prop.exclusive_minimum,
            "exclusiveMaximum": prop.exclusive_maximum,
        }
        return Check(_LIMITS[name], {"value": python_value(prop, str(limits[name]))})
    if name == "minLength":
        return Check("str_length", {"min_value": prop.min_length})
    if name == "maxLength":
        return Check("str_length", {"max_value": prop.max_length})
    if name in {"pattern", "format"}:
        return Check("str_contains", {"value": prop.pattern if name == "pattern" else FORMATS[str(prop.format)]})
    return None


def _of_quality(prop: Property) -> Iterator[_Found]:
    column = quoted(prop.name)
    text = column if prop.spark_type == "string" else f"cast({column} as string)"
    for quality in prop.quality:
        checked = quality_check(prop, quality, column, text)
        if checked is None:
            continue
        # A text that means "missing" may be another after units or formats were applied.
        changed = prop.spark_type != "string" and bool(prop.source_unit or prop.format or prop.properties or prop.items)
        untold = AS_IT_CAME if quality.metric == "missingValues" and changed else ""
        yield _Found(
            checked.name,
            f"{prop.name}: {checked.says}",
            None if untold else checked.violated,
            _quality_single(prop, quality),
            untold,
            quality,
            prop.personal,
        )


def _quality_single(prop: Property, quality: Quality) -> Check | None:
    check = quality.arguments.get("check")
    if isinstance(check, Check):
        return check
    if quality.metric == "nullValues":
        return Check("notnull")
    if "validValues" in quality.arguments:
        values = [python_value(prop, str(value)) for value in quality.arguments["validValues"]]
        return None if None in values else Check("isin", {"values": values})
    if "pattern" in quality.arguments and prop.spark_type == "string":
        return Check("str_contains", {"value": str(quality.arguments["pattern"])})
    return None
