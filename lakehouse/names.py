"""Table names, technical columns, and the one rule for what may become an SQL identifier."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hallmark.lakehouse.errors import SettingsError

IDENTIFIER = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,127}\Z")

SCHEMAS = ("bronze", "silver", "quarantine", "gold", "platinum", "ops")

RESCUED = "_rescued"
SOURCE = "_source"
METHOD = "_method"
FILE = "_file"
INGESTED_AT = "_ingested_at"
LOAD_ID = "_load_id"
RECORD_KEY = "_record_key"
RESCUED_COLUMNS = "_rescued_columns"
"""Values of columns that the contract does not name, a JSON object; of sources whose schema evolution is `rescue`."""
UNDECLARED = "_undeclared"
"""The same, sealed; of sources that have values to protect."""
ERRORS = "_errors"
WARNINGS = "_warnings"
BAD = "_bad"
"""Whether a judged row has errors: it goes to quarantine, stands for no other row, and no other stands for it."""

MASK = "***"
"""What is shown in place of a personal value."""

BRONZE_METADATA_DDL = (
    f"{RESCUED} string, {SOURCE} string, {METHOD} string, {FILE} string, {INGESTED_AT} timestamp, {LOAD_ID} string"
)
BRONZE_METADATA = (RESCUED, SOURCE, METHOD, FILE, INGESTED_AT, LOAD_ID)

MESSAGE_METADATA_DDL = (
    "_topic string, _partition int, _offset bigint, _timestamp timestamp, _key string, _headers string"
)
MESSAGE_METADATA = ("_topic", "_partition", "_offset", "_timestamp", "_key", "_headers")
"""Where a message of Kafka was; rows of files have no such columns."""

# Names that steps after bronze, Spark (_metadata) or Delta's change feed give to columns of their own.
_TAKEN_LATER = (
    UNDECLARED, BAD, "_packed", "_row", "_status", "_quarantined_at", "_status_at", "_status_by", "_status_run",
    "_status_contract", "_status_reason", "_replay", "_verdict_before", "_op", "_lsn", "_sequence", "_position",
    "_changed_at", "_told_at", "_unchanged", "_metadata", "_change_type", "_commit_version", "_commit_timestamp",
)  # fmt: skip
_NOT_IN_A_COLUMN = re.compile(r"[ ,;{}()\n\t=.`\x00-\x1f]+")


@dataclass(frozen=True, order=True)
class Table:
    """A table of the warehouse, `schema.name`; its files are at `<warehouse>/<schema>/<name>`.

    >>> str(Table("gold", "dim_model"))
    'gold.dim_model'

    Raises:
        SettingsError: when a part is no plain identifier.
    """

    schema: str
    name: str

    def __post_init__(self) -> None:
        for part in (self.schema, self.name):
            identifier(part, where="table name")

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def identifier(name: str, *, where: str) -> str:
    """Return `name` if it may stand in SQL unquoted.

    >>> identifier("requests", where="contract")
    'requests'

    Raises:
        SettingsError: when it is anything but letters, digits and underscores.
    """
    if not IDENTIFIER.match(name):
        raise SettingsError(
            "not a plain name",
            where=where,
            got=repr(name),
            wanted="a letter or underscore, then letters, digits, underscores (at most 128)",
            todo="rename it",
        )
    return name


def bronze_column(source_name: str) -> str:
    r"""The bronze column for a source's field: the same name, less what a Delta column name can't hold.

    Names that would collide with our technical columns get the prefix `source`. A letter that Spark takes for another
    one (a dotless i, a long s, any sigma) becomes that one: else two columns would be there, and neither could be asked
    for. So two bronze columns are one to Spark where `lower()` gives the same.

    >>> bronze_column("ContextTokens"), bronze_column("Cost (USD)"), bronze_column("_file")
    ('ContextTokens', 'Cost_USD_', 'source_file')
    >>> bronze_column("\u0131d"), bronze_column("ID")
    ('id', 'ID')
    """
    plain = "".join(map(_told_apart, source_name.strip().lstrip("\ufeff")))
    name = _NOT_IN_A_COLUMN.sub("_", plain) or "_unnamed"
    reserved = {*BRONZE_METADATA, *MESSAGE_METADATA, RECORD_KEY, RESCUED_COLUMNS, ERRORS, WARNINGS, *_TAKEN_LATER}
    return f"source{name.lower()}" if name.lower() in reserved else name


def _told_apart(letter: str) -> str:
    """The letter, if `lower()` makes of it what Spark takes it for, wherever it stands; else what Spark takes it for.

    Spark compares names as Java's `equalsIgnoreCase`: the upper case in lower case, of one letter at a time.
    """
    upper = letter.upper()
    same = (upper if len(upper) == 1 else letter).lower()[:1]
    return letter if same == f"x{letter}".lower()[1:] else same  # a capital sigma is another letter behind an x


def quoted(column: str) -> str:
    """A column name quoted for Spark SQL.

    >>> quoted("a`b")
    '`a``b`'
    """
    return f"`{column.replace('`', '``')}`"


def sql_text(value: str) -> str:
    r"""A Spark SQL string literal.

    >>> sql_text("it's")
    "'it\\'s'"
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def split_ddl(columns_ddl: str) -> list[tuple[str, str]]:
    """The columns of a DDL text as (name, type), at the commas that no bracket or quotation encloses.

    >>> split_ddl("`a b` decimal(38,12), tags array<struct<k: string, v: string>>")
    [('a b', 'decimal(38,12)'), ('tags', 'array<struct<k: string, v: string>>')]
    """
    parts, depth, start, in_quotes = [], 0, 0, False
    for position, char in enumerate(columns_ddl):
        in_quotes ^= char == "`"
        depth += 0 if in_quotes else (char in "(<") - (char in ")>")
        if char == "," and depth == 0 and not in_quotes:
            parts.append(columns_ddl[start:position])
            start = position + 1
    found = [re.fullmatch(r"\s*(?:`((?:[^`]|``)+)`|(\S+))\s+(.*\S)\s*", part) for part in [*parts, columns_ddl[start:]]]
    return [((match[1] or match[2]).replace("``", "`"), match[3]) for match in found if match]
