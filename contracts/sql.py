"""SQL that stands in contracts: one statement that reads, with `{object}` and `{property}` in it."""

from __future__ import annotations

import re

from hallmark.lakehouse.names import quoted

_NOISE = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = re.compile(r"\b(insert|update|delete|merge|overwrite|into)\b(?!\s*[(,.=])")
_ESCAPES = re.compile(r"\b((?:try_)?reflect|java_method)\s*\(")
_READS = frozenset({"select", "with", "from"})
OBJECT, PROPERTY = "{object}", "{property}"
_PLACEHOLDER = re.compile(r"\$?\{(object|table|property|column)\}")


def refuse_writing(query: str) -> None:
    """Refuse SQL that is not one statement that reads.

    >>> refuse_writing("select count(*) from {object} where note = 'delete; me'")
    >>> refuse_writing("drop table x")
    Traceback (most recent call last):
    ValueError: it begins with 'drop'

    Raises:
        ValueError: it is empty, several statements, or has a word in it that writes.
    """
    bare = _NOISE.sub(" ", query).strip().rstrip(";").strip()
    if ";" in bare:
        raise ValueError("it is more than one statement")
    words = re.findall(r"[a-z_]+", bare.lower())
    if not words:
        raise ValueError("it is empty")
    if words[0] not in _READS:
        raise ValueError(f"it begins with {words[0]!r}")
    # A statement that begins with WITH or FROM may still end in INSERT.
    if words[0] != "select" and (match := _WRITES.search(bare.lower())):
        raise ValueError(f"it has the word {match.group(1)!r}, which writes")
    if match := _ESCAPES.search(bare.lower()):
        raise ValueError(f"it calls {match.group(1)}, which can do anything")


def respelt(query: str) -> str:
    """The query with its placeholders as `{object}` and `{property}`, also where ODCS's older names stand.

    >>> respelt("select count(${column}) from ${table}")
    'select count({property}) from {object}'
    """
    return _PLACEHOLDER.sub(lambda match: OBJECT if match.group(1) in {"object", "table"} else PROPERTY, query)


def filled(query: str, relation: str, column: str | None) -> str:
    """The query on a relation, with its placeholders replaced: `{object}`, `{property}` and ODCS's older names.

    >>> filled("select count(*) from ${table} where {property} is null", "`v`", "tokens")
    'select count(*) from `v` where `tokens` is null'

    Raises:
        ValueError: when a rule of a whole table names `{property}`.
    """
    plain = respelt(query)
    if column is None and PROPERTY in plain:
        raise ValueError("it names {property}, but stands at a table and not at a property")
    return plain.replace(OBJECT, relation).replace(PROPERTY, quoted(column or ""))
