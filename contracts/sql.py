"""SQL that stands in contracts: one statement that reads, with `{object}` and `{property}` in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hallmark.lakehouse.names import quoted

# As Spark's own lexer reads: a string that begins with r knows no escapes, and only a line's end ends a comment.
_TOKEN = re.compile(
    r"""(?P<comment>--(?:\\\n|[^\r\n])*|/\*(?!\+).*?\*/)
      | (?P<text>[rR](?:'[^']*'|"[^"]*")|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
      | (?P<name>`(?:[^`]|``)*`)
      | (?P<word>[^\W\d_]+://[\w/.?=&\#%-]+|\w+)
      | (?P<space>\s+)
      | (?P<sign>/\*\+|\*/|.)""",
    re.DOTALL | re.VERBOSE,
)
_READS = frozenset({"select", "with", "from"})
_WRITES = frozenset({"insert", "update", "delete", "merge"})
_CALLS_JAVA = frozenset({"reflect", "try_reflect", "java_method"})
_FILE_FORMATS = frozenset(
    ["csv", "json", "parquet", "orc", "text", "avro", "xml", "delta", "iceberg", "hudi", "binaryfile", "jdbc", "image"]
)
_CLAUSES = ("select", "from", "join", "where", "group", "order", "having", "on", "using", "limit", "union", "window")
_OF_TEXTS = frozenset({
    "coalesce", "concat", "concat_ws", "lower", "ltrim", "nullif", "replace", "rtrim", "trim", "try_cast", "upper",
})  # fmt: skip
_WITH_NUMBERS = frozenset({"left", "regexp_extract", "regexp_replace", "right", "sha2", "substr", "substring"})
_OPERATORS = frozenset({"between", "div", "in", "interval", "mod", "regexp", "rlike"})
OBJECT, PROPERTY = "{object}", "{property}"
_PLACEHOLDER = re.compile(r"\$?\{(object|table|property|column)\}")


@dataclass(frozen=True)
class _Token:
    """A piece of SQL: `kind` is text, name, word or sign; `says` is it in small letters, a name without its quotes."""

    kind: str
    says: str
    start: int

    def is_sign(self, sign: str) -> bool:
        return self.kind == "sign" and self.says == sign

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.says in words


def refuse_writing(query: str) -> None:
    """Refuse SQL that is not one statement that reads.

    What writes is refused by Spark's parser, too, since a query runs as a subquery only (`filled`); here it is told
    while the contract is read, with its line. What Spark would run within a SELECT is refused here alone: functions
    that call Java, and scripts (`TRANSFORM ... USING`).

    >>> refuse_writing("select count(*) from {object} where note = 'delete; me'")
    >>> refuse_writing("drop table x")
    Traceback (most recent call last):
    ValueError: it begins with 'drop'

    Raises:
        ValueError: it is empty, several statements, writes, or calls what is not SQL.
    """
    tokens = _without_end(list(_tokens(query)))
    if any(token.is_sign(";") for token in tokens):
        raise ValueError("it is more than one statement")
    if not tokens:
        raise ValueError("it is empty")
    if not tokens[0].is_word(*_READS):
        raise ValueError(f"it begins with {tokens[0].says!r}")
    if word := _writing_word(_outside_parentheses(tokens)):
        raise ValueError(f"it has the word {word!r}, which writes")
    for opening, name, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.is_sign("{") and closing.is_sign("}") and not _PLACEHOLDER.match(query, opening.start):
            raise ValueError(f"it names {{{name.says}}}, which stands for nothing: write {OBJECT} or {PROPERTY}")
    _refuse_calls(tokens)


def refuse_unfinished(expression: str) -> None:
    """Refuse an SQL expression that is empty, has an end too few or too many, or calls what is not SQL.

    >>> refuse_unfinished("lower(name)")
    >>> refuse_unfinished("lower(")
    Traceback (most recent call last):
    ValueError: it leaves a parenthesis open

    Raises:
        ValueError: the text says what is wrong.
    """
    tokens = list(_tokens(expression))
    if not tokens:
        raise ValueError("it is empty")
    if any(token.is_sign(";") for token in tokens):
        raise ValueError("it has a semicolon")
    _outside_parentheses(tokens)
    _refuse_calls(tokens)


def can_fail(expression: str) -> bool:
    """Whether an expression over texts may raise an error for some row; when in doubt, it may.

    What can't: names, texts, and functions of texts. Numbers only as their arguments: between texts they are casts.

    >>> can_fail("concat('a-', nullif(Id, ''))"), can_fail("cast(Id as int)"), can_fail("nullif(Id, 0)")
    (False, True, True)
    """
    within, before = [""], None
    for token in _tokens(expression):
        if token.is_sign("("):
            called = before.says if before is not None and before.kind in {"word", "name"} else ""
            if called not in {"", *_OF_TEXTS, *_WITH_NUMBERS}:
                return True
            within.append(called)
        elif token.is_sign(")"):
            within.pop()
        elif (
            (token.kind == "word" and token.says[0].isdigit() and within[-1] not in _WITH_NUMBERS)
            or token.is_word(*_OPERATORS)
            or (token.kind == "sign" and token.says not in {",", "|"})
        ):
            return True
        before = token
    return False


def _refuse_calls(tokens: Sequence[_Token]) -> None:
    for token, following in pairwise(tokens):
        if token.says in _CALLS_JAVA and following.is_sign("("):
            raise ValueError(f"it calls {token.says}, which can do anything")
        if token.is_word("identifier") and following.is_sign("("):
            raise ValueError("it makes a name of a text (identifier), which can name anything: write the name")
        if token.is_word("using") and following.kind == "text":
            raise ValueError("it runs a script (using '...'), which can do anything")
    _refuse_files(tokens)


def _refuse_files(tokens: Sequence[_Token]) -> None:
    """Refuse a file as a relation, which Spark takes where a format (or the class of one) stands for the schema."""
    lists = False  # whether a comma comes before a relation
    for before, owner, dot, name in zip(("", *tokens), tokens, tokens[1:], tokens[2:], strict=False):
        if owner.is_word(*_CLAUSES):
            lists = owner.is_word("from", "join")
        stands = isinstance(before, _Token) and (before.is_word("from", "join") or (lists and before.is_sign(",")))
        if not (stands and dot.is_sign(".") and name.kind in {"name", "word"}):
            continue
        is_class = owner.kind == "name" and "." in owner.says
        if owner.says in _FILE_FORMATS or is_class or re.search(r"[/\\:.*]", name.says):
            raise ValueError(f"it reads files ({owner.says}.`{name.says}`), and not the table")


def _tokens(query: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(query):
        kind, text = str(match.lastgroup), match.group()
        if kind == "sign" and (text in {"'", '"', "`"} or (text == "/" and query.startswith("/*", match.start()))):
            raise ValueError("it has a quote or a comment that is not closed")
        if kind == "comment" and text.startswith("/*") and "/*" in text[2:]:
            raise ValueError("it has a comment in a comment")
        if kind not in {"comment", "space"}:
            # Capital first, as Spark's parser does: a long s is an S to it, too.
            yield _Token(kind, text.strip('`"').upper().lower(), match.start())


def _without_end(tokens: Sequence[_Token]) -> Sequence[_Token]:
    size = len(tokens)
    while size and tokens[size - 1].is_sign(";"):
        size -= 1
    return tokens[:size]


def _outside_parentheses(tokens: Sequence[_Token]) -> list[_Token]:
    depth, found = 0, []
    for token in tokens:
        depth -= token.is_sign(")")
        if depth < 0:
            raise ValueError("it closes a parenthesis that it has not opened")
        if depth == 0:
            found.append(token)
        depth += token.is_sign("(")
    if depth:
        raise ValueError("it leaves a parenthesis open")
    return found


def _writing_word(tokens: Sequence[_Token]) -> str | None:
    """The word by which a statement writes that begins with WITH or FROM; elsewhere the same word may name a column."""
    reads = False
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        reads = reads or before.is_word("select", "from")
        if token.is_word("insert") and after.is_word("into", "overwrite"):
            return token.says
        if token.is_word(*_WRITES) and before.is_sign(")") and not reads:
            return token.says
    return None


def respelt(query: str) -> str:
    """The query with its placeholders as `{object}` and `{property}`, also where ODCS's older names stand.

    >>> respelt("select count(${column}) from ${table}")
    'select count({property}) from {object}'
    """
    return _PLACEHOLDER.sub(lambda match: OBJECT if match.group(1) in {"object", "table"} else PROPERTY, query)


def filled(query: str, relation: str, column: str | None, named: Mapping[str, str] | None = None) -> str:
    """The query on a relation, with its placeholders replaced: `{object}`, `{property}` and ODCS's older names.

    It comes back as a subquery: whatever it is, the parser takes nothing there but what reads. `named` are further
    relations by the plain names that a query may have for them.

    >>> print(filled("select count(*) from ${table} where {property} is null;", "`v`", "tokens"))
    select * from (
    select count(*) from `v` where `tokens` is null
    ) as found

    Raises:
        ValueError: when a rule of a whole table names `{property}`.
    """
    plain = respelt(query)
    if column is None and PROPERTY in plain:
        raise ValueError("it names {property}, but stands at a table and not at a property")
    tokens = list(_tokens(plain))
    end = next((each.start for each in tokens[len(_without_end(tokens)) :]), len(plain))
    asked = plain[:end].replace(OBJECT, relation).replace(PROPERTY, quoted(column or ""))
    words = {token.says for token in tokens if token.kind in {"word", "name"}}
    known = [f"{quoted(name)} as (select * from {at})" for name, at in (named or {}).items() if name.lower() in words]
    before = f"with {', '.join(known)} " if known else ""
    return f"{before}select * from (\n{asked}\n) as found"
