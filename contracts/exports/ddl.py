"""A contract as Spark SQL: its tables in Delta, with NOT NULL, CHECK constraints and partitions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import (
    column_words,
    one_line,
    sql_name,
    table_of,
    title_of,
    told,
    untold_words,
    written_by,
)
from hallmark.contracts.model import Contract, Property, SchemaObject
from hallmark.lakehouse.names import quoted, sql_text


def spark_ddl(contract: Contract) -> str:
    """The statements that create a contract's tables and what their rows must hold, each ended by a semicolon.

    A rule whose broken rows pass with a warning is no constraint; what Delta can't enforce stands in a comment.
    """
    schemas = sorted({table_of(contract, table)[0] for table in contract.objects})
    lines = [
        _comment(written_by(contract)),
        _comment(title_of(contract)),
        _comment("For new tables: a constraint that is already there can't be added again."),
        _comment("The columns are the contract's; hallmark's own tables have technical columns beside them."),
        *[_comment(f"has no effect: {words}") for words in untold_words(contract)],
        "",
        *[f"create schema if not exists {quoted(schema)};" for schema in schemas],
    ]
    for table in contract.objects:
        lines += ["", *_table(contract, table)]
    return "\n".join(lines) + "\n"


def _table(contract: Contract, table: SchemaObject) -> Iterator[str]:
    claims = claims_of(contract, table)
    refused = {claim.columns[0] for claim in claims if _is_not_null(claim)}
    yield f"create table {sql_name(contract, table)} ("
    yield ",\n".join(f"  {_column(prop, not_null=prop.name in refused)}" for prop in table.properties)
    yield ")"
    yield "using delta"
    if table.partitions:
        yield f"partitioned by ({', '.join(map(quoted, table.partitions))})"
    if table.description:
        yield f"comment {sql_text(one_line(table.description))}"
    properties = {"hallmark.contract": contract.id, "hallmark.version": contract.version}
    yield f"tblproperties ({', '.join(f'{sql_text(k)} = {sql_text(v)}' for k, v in properties.items())});"
    yield from _constraints(claims, sql_name(contract, table))
    unsaid = [(claim, why) for claim in claims if (why := _why_not(claim))]
    if unsaid:
        yield ""
        yield "-- Not enforced by this table:"
        yield from (_comment(f"  {told(claim)}: {why}") for claim, why in unsaid)


def _column(prop: Property, *, not_null: bool) -> str:
    words = column_words(prop)
    comment = f" comment {sql_text(words)}" if words else ""
    return f"{quoted(prop.name)} {prop.spark_type}{' not null' if not_null else ''}{comment}"


def _is_not_null(claim: Claim) -> bool:
    is_top = claim.name == "required" and claim.says == f"{claim.columns[0]}: required"
    return is_top and claim.keeps_rows_out


def _constraints(claims: tuple[Claim, ...], table: str) -> Iterator[str]:
    names: set[str] = set()
    for claim in claims:
        if not enforced(claim) or _is_not_null(claim):
            continue
        yield ""
        yield _comment(told(claim))
        name = _name(claim, names)
        yield f"alter table {table} add constraint {quoted(name)} check (({claim.broken}) is not true);"


def enforced(claim: Claim) -> bool:
    """Whether the table refuses a row that breaks the claim."""
    return claim.name != "type" and not _why_not(claim)


def _why_not(claim: Claim) -> str:
    if claim.name == "type":
        return ""  # the column's type says it
    if claim.unique_over:
        return "Delta has no constraint across rows"
    if claim.about_table:
        return claim.untold or "it is about the whole table"
    if claim.broken is None:
        return claim.untold
    if "[]" in claim.says.partition(": ")[0]:
        return "Delta can't read a condition of an array's items (a lambda) in a constraint"
    return "" if claim.keeps_rows_out else "such rows are in the table"


def _name(claim: Claim, taken: set[str]) -> str:
    path = claim.says.partition(": ")[0].replace("[]", "_items")
    base = re.sub(r"\W+", "_", f"{path}_{claim.name}").lower()[:120]
    name = base
    number = 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def _comment(text: str) -> str:
    # A backslash at its end would make the next line part of the comment.
    words = " ".join(["--", *text.split()]) if not text.startswith("  ") else f"--   {one_line(text)}"
    return f"{words} ." if words.endswith("\\") else words
