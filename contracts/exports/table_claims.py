"""Claims about a whole table: measured numbers, SQL, texts, foreign keys, service levels; and all claims together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hallmark.contracts.exports.claims import Claim, row_claims
from hallmark.contracts.measures import SIGNS, Comparison
from hallmark.contracts.metric_sql import count_sql, metric_sql, percent_sql
from hallmark.contracts.model import Contract, Property, Quality, Relationship, SchemaObject, Sla
from hallmark.contracts.sql import PROPERTY, respelt
from hallmark.lakehouse.names import quoted, sql_text


def claims_of(contract: Contract, table: SchemaObject) -> tuple[Claim, ...]:
    """All that the contract claims of a table: of rows, of the whole, of other tables, of its service."""
    rows = row_claims(table)
    if contract.is_cdc:  # the history has a key many times; a current table has it once all the same
        rows = tuple(claim for claim in rows if not claim.unique_over or claim.name == "primaryKey")
    told = {id(claim.quality) for claim in rows if claim.quality is not None}
    whole = [
        _measured(quality, prop, table)
        for prop, quality in _qualities(table)
        if id(quality) not in told and not _uncounted(contract, quality)
    ]
    bounded = [claim for claim in map(_bounded, rows) if claim is not None]
    levels = [_level(sla) for sla in contract.sla]
    found = (*rows, *bounded, *whole, *map(_related, table.relationships), *levels)
    return found if contract.is_source else tuple(replace(claim, built=True) for claim in found)


def _uncounted(contract: Contract, quality: Quality) -> bool:
    return contract.is_cdc and quality.metric == "duplicateValues"


def _qualities(table: SchemaObject) -> Iterator[tuple[Property | None, Quality]]:
    for quality in table.quality:
        yield None, quality
    for prop in table.properties:
        for quality in prop.quality:
            yield prop, quality


def _bounded(claim: Claim) -> Claim | None:
    """Rows that pass with a word may be in a finished table, up to a bound: that is a claim of its own."""
    if claim.bound is None or claim.keeps_rows_out or claim.broken is None:
        return None
    says = f"rows that break {claim.says!r}{' in percent' if claim.percent else ''}: {claim.bound}"
    measured = question(count_sql(claim.broken), percent=claim.percent)
    return replace(
        claim, name="bound", says=says, bound=None, broken=None, check=None, measured=measured, wanted=claim.bound,
        reaction=replace(claim.reaction, action="fail"),
    )  # fmt: skip


def _measured(quality: Quality, prop: Property | None, table: SchemaObject) -> Claim:
    columns = (prop.name,) if prop is not None else tuple(quality.arguments.get("properties") or ())
    known = Claim(
        quality.metric or quality.kind,
        _words(quality, prop),
        columns,
        quality.reaction,
        wanted=quality.comparison,
        quality=quality,
        personal=prop is not None and prop.personal,
    )
    if quality.kind == "text":
        return replace(known, untold="it is a text for people")
    if quality.kind == "custom":
        return replace(known, untold=f"it is a rule in the words of {quality.engine}")
    if quality.kind == "sql":
        query = respelt(str(quality.query))
        if prop is not None:
            query = query.replace(PROPERTY, quoted(prop.name))
        return replace(known, measured=query.strip().rstrip(";"))
    return replace(known, measured=question(metric_sql(quality, table), percent=quality.percent))


def question(number: str, *, percent: bool = False) -> str:
    """A query of one number about `{object}`; in per cent of its rows when asked so."""
    return f"select {percent_sql(number) if percent else number} from {{object}}"


def _words(quality: Quality, prop: Property | None) -> str:
    about = f"{prop.name}: " if prop is not None else ""
    if quality.kind == "text":
        return f"{about}{quality.description or quality.name or 'a rule without words'}"
    if quality.kind == "custom":
        implementation = quality.implementation if isinstance(quality.implementation, dict) else {}
        kind = implementation.get("type") or implementation.get("expectation_type") or implementation.get("check")
        return f"{about}{quality.engine} {kind}"
    unit = " percent" if quality.percent else ""
    what = f"SQL {quality.query}" if quality.kind == "sql" else _metric_words(quality)
    return f"{about}{what} {quality.comparison}{unit}"


def _metric_words(quality: Quality) -> str:
    given = [f"{key}: {', '.join(map(str, _listed(quality.arguments[key])))}" for key in sorted(quality.arguments)]
    return f"{quality.metric} ({'; '.join(given)})" if given else str(quality.metric)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _related(relationship: Relationship) -> Claim:
    says = f"{', '.join(relationship.columns)}: in {', '.join(relationship.to)}"
    return Claim("relationship", says, relationship.columns, untold="it is about another table")


def _level(sla: Sla) -> Claim:
    parts = [f"service level: {sla.property} {sla.value}", sla.unit, f"of {sla.element}" if sla.element else None]
    return Claim("sla", " ".join(str(part) for part in parts if part), untold="it is about the service, not about rows")


def wanted_sql(wanted: Comparison) -> str:
    """What follows a number (text for a bound that is text) so that it is a condition.

    >>> wanted_sql(Comparison("mustNotBe", ("a",)))
    "!= 'a'"
    """
    values = [sql_text(value) if isinstance(value, str) else format(value, "f") for value in wanted.values]
    if wanted.operator in {"mustBeBetween", "mustNotBeBetween"}:
        return f"{'not ' if wanted.operator == 'mustNotBeBetween' else ''}between {values[0]} and {values[1]}"
    return f"{SIGNS[wanted.operator]} {values[0]}"
