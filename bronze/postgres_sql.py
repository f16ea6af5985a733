"""The SQL that a Postgres is asked: every value as a text that means the same everywhere. Pure texts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hallmark.bronze.snapshots import DbColumn, TableShape, snapshot_of
from hallmark.contracts.model import Server
from hallmark.lakehouse.names import bronze_column

KEY, IMAGE, PIECE = "row_key", "row_image", "row_piece"

SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}
"""What texts of values depend on."""

COLUMNS = """
SELECT a.attname, b.typname, b.typcategory::text
FROM pg_attribute a
JOIN LATERAL (
    WITH RECURSIVE down AS (
        SELECT * FROM pg_type WHERE oid = a.atttypid
        UNION ALL
        SELECT t.* FROM down JOIN pg_type t ON down.typtype = 'd' AND t.oid = down.typbasetype
    )
    SELECT typname, typcategory FROM down WHERE typtype != 'd'
) b ON true
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
KEYS = """
SELECT array_agg(a.attname::text)
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
GROUP BY i.indexrelid HAVING bool_and(a.attnotnull)
"""


def name(identifier: str) -> str:
    """A name quoted for Postgres.

    >>> name('a"b')
    '"a""b"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    r"""A text literal of Postgres, which reads no backslash in it.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def table_name(server: Server) -> str:
    """The server's table, quoted."""
    schema = str(server.place["schema"])
    return f"{name(schema)}.{name(server.path.removeprefix(f'{schema}.'))}"


def as_text(column: DbColumn) -> str:
    """A column's value as text: times in UTC and ISO 8601, bytes in base64, arrays and rows as JSON.

    >>> as_text(DbColumn("n", "numeric", "N")), as_text(DbColumn("tags", "_text", "A"))
    ('"n"::text', 'to_jsonb("tags")::text')
    """
    quoted = name(column.name)
    if column.type in {"timestamp", "timestamptz"}:
        zone, sign = (" AT TIME ZONE 'UTC'", '"Z"') if column.type == "timestamptz" else ("", "")
        shown = f"""to_char({quoted}{zone}, 'YYYY-MM-DD"T"HH24:MI:SS.US{sign}')"""
        # Neither infinity nor a year before 1 can be told in this form.
        return f"CASE WHEN isfinite({quoted}) AND {quoted} >= '0001-01-02' THEN {shown} ELSE {quoted}::text END"
    if column.type == "inet":
        return f"to_jsonb({quoted}) #>> '{{}}'"  # a cast would tell the mask of a single address, too
    if column.type == "bytea":
        return f"translate(encode({quoted}, 'base64'), E'\\n', '')"
    if column.category in {"A", "C"}:
        return f"to_jsonb({quoted})::text"
    return f"{quoted}::text"


def rows_sql(server: Server, shape: TableShape, *, watermark: str | None = None) -> str:
    """The rows to read, a text a column by its bronze name; with what they are cut by as `row_piece`.

    `watermark` is the last one that was read: rows that have it may have come since.
    """
    texts = [f"{as_text(column)} AS {name(bronze_column(column.name))}" for column in shape.columns]
    return f"SELECT {', '.join([*texts, *_piece(server)])} FROM {table_name(server)}{_since(server, watermark, shape)}"


def images_sql(server: Server, shape: TableShape, key: Sequence[str]) -> str:
    """The rows to compare: `row_key` and `row_image`, JSON objects of texts (nulls left out), and `row_piece`."""
    keys = ", ".join(_labelled(column) for column in shape.columns if column.name in key)
    inner = ", ".join(_labelled(column) for column in shape.columns)
    piece = _piece(server)
    cut = ", ".join([f"to_jsonb((SELECT _all_ FROM (SELECT {keys}) _all_))::text AS {KEY}", *piece])
    images = f"jsonb_strip_nulls(to_jsonb((SELECT _all_ FROM (SELECT {inner}) _all_)))::text AS {IMAGE}"
    return f"SELECT {images}, {cut} FROM {table_name(server)}"


def contents_sql(server: Server, shape: TableShape, *, equals: str = "") -> str:
    """Asks for the number of rows and their fingerprint: a sum of hashes, which does not depend on their order.

    `equals` is a value of the watermark: only rows that have it are asked for.
    """
    inner = ", ".join(_labelled(column) for column in shape.columns)
    column = snapshot_of(server).watermark
    only = f" WHERE {name(column)} = {text(equals)}" if equals else ""
    rows = f"SELECT {inner} FROM {table_name(server)}{only}"
    images = f"SELECT jsonb_strip_nulls(to_jsonb(_all_))::text AS image FROM ({rows}) _all_"
    return f"SELECT count(*), coalesce(sum(hashtextextended(image, 0)), 0)::text FROM ({images}) images"


def watermark_sql(server: Server, shape: TableShape, last: str | None) -> str:
    """Asks for the newest watermark, if it is before `last`, if any is null or endless, and how many rows to read."""
    column = next(each for each in shape.columns if each.name == snapshot_of(server).watermark)
    quoted, table = name(column.name), table_name(server)
    newest = f"SELECT {as_text(column)} FROM {table} WHERE {quoted} IS NOT NULL ORDER BY {quoted} DESC LIMIT 1"
    later = f"EXISTS (SELECT 1 FROM {table} WHERE {quoted} >= {text(last)})" if last is not None else "true"
    unplaced = f"EXISTS (SELECT 1 FROM {table} WHERE {quoted} IS NULL{_or_endless(column)})"
    count = f"(SELECT count(*) FROM {table}{_since(server, last, shape)})"
    return f"SELECT ({newest}), NOT {later}, {unplaced}, {count}"


def _or_endless(column: DbColumn) -> str:
    quoted = name(column.name)
    if column.type == "numeric":
        return f" OR {quoted} IN ('NaN', 'Infinity', '-Infinity')"
    # In this form an index answers.
    return f" OR {quoted} IN ('infinity', '-infinity')" if column.type in {"date", "timestamp", "timestamptz"} else ""


def cuts_sql(server: Server, shape: TableShape) -> str:
    """Asks for the values that cut the range of the partition column into pieces, in order."""
    snapshot = snapshot_of(server)
    column = next(each for each in shape.columns if each.name == snapshot.partition_column)
    quoted, step = name(column.name), f"i::numeric / {snapshot.partitions}"
    cut = {
        "date": f"lo + floor((hi - lo) * {step})::int",
        "timestamp": f"lo + (hi - lo) * (i::float8 / {snapshot.partitions})",
        "timestamptz": f"lo + (hi - lo) * (i::float8 / {snapshot.partitions})",
    }.get(column.type, f"floor(lo::numeric + (hi::numeric - lo::numeric) * {step})::bigint")
    finite = f" WHERE isfinite({quoted})" if column.type in {"date", "timestamp", "timestamptz"} else ""
    ends = f"SELECT min({quoted}) AS lo, max({quoted}) AS hi FROM {table_name(server)}{finite}"
    return (
        f"SELECT DISTINCT {cut} AS cut FROM ({ends}) ends, generate_series(1, {snapshot.partitions - 1}) i ORDER BY 1"
    )


def predicates(cuts: Sequence[str]) -> list[str]:
    """Conditions on `row_piece` that every row holds one of: below, between and from the cuts on; nulls are below.

    >>> predicates(["10", "20"])
    ["row_piece < '10' OR row_piece IS NULL", "row_piece >= '10' AND row_piece < '20'", "row_piece >= '20'"]
    >>> predicates([])
    ['true']
    """
    if not cuts:
        return ["true"]
    quoted = [text(cut) for cut in cuts]
    between = [f"{PIECE} >= {low} AND {PIECE} < {high}" for low, high in pairwise(quoted)]
    return [f"{PIECE} < {quoted[0]} OR {PIECE} IS NULL", *between, f"{PIECE} >= {quoted[-1]}"]


def session_sql(exported: str) -> str:
    """What a connection of Spark's is told first: it sees the table as the transaction that exported the snapshot."""
    settings = [f"SET LOCAL {key} = {text(value)}" for key, value in SETTINGS.items()]
    see = ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", f"SET TRANSACTION SNAPSHOT {text(exported)}"]
    return "; ".join([*see, *settings])


def _labelled(column: DbColumn) -> str:
    return f"{as_text(column)} AS {name(column.name)}"


def _piece(server: Server) -> list[str]:
    column = snapshot_of(server).partition_column
    return [f"{name(column)} AS {PIECE}"] if column else []


def _since(server: Server, watermark: str | None, shape: TableShape) -> str:
    column = snapshot_of(server).watermark
    return f" WHERE {name(column)} >= {text(watermark)}" if watermark is not None and column in shape.types else ""
