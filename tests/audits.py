"""What the stack's database itself says of its rows and of every change: the reference for silver, free of our code.

Triggers write each row as it was after each change, in the order of the changes, into a schema that no connector
reads; PostgreSQL tells when each transaction was committed. Neither Debezium, Kafka nor Hallmark has a part in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from hallmark.pipelines.stack.tables import SCHEMA, TABLES, Column

Session = psycopg.Connection[tuple[Any, ...]]
Row = tuple[Any, ...]
_TRIGGER = """
CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO audit.%I SELECT nextval(''audit.n''), pg_current_xact_id(), $1, $2, ($3).*', TG_TABLE_NAME)
    USING TG_OP, CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) ->> TG_ARGV[0] END,
        CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    RETURN NULL;
END $$
"""
_LOG = """
CREATE TABLE {log} AS
SELECT 0::bigint _n, pg_current_xact_id() _xid, 'INSERT' _op, NULL::text _old, t.* FROM {table} t
"""
_NOTED = """
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit.note({key})
"""


@dataclass
class Version:
    """A version of a row: its values, since when, until when (None: still)."""

    row: Row
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Change:
    """A change as a trigger saw it: when it was committed, what it was, the key before it, the row after it."""

    at: datetime
    op: str
    old_key: str | None
    row: Row


def make(session: Session) -> None:
    """Begin the audit: the rows that are there now, and every change from now on."""
    session.execute("CREATE SCHEMA audit")
    session.execute("CREATE SEQUENCE audit.n")
    session.execute(_TRIGGER)
    for name, table in TABLES.items():
        names = {"log": sql.Identifier("audit", name), "table": sql.Identifier(SCHEMA, name), "key": table.key}
        for statement in (_LOG, _NOTED):
            session.execute(sql.SQL(statement).format(**names))


def rows(session: Session, table: str) -> list[Row]:
    """The rows that are there now, as silver shows them, in the order of their keys."""
    query = sql.SQL("SELECT {} FROM {}").format(_columns(table), sql.Identifier(SCHEMA, table))
    return sorted(session.execute(query).fetchall())


def changes(session: Session, table: str) -> list[Change]:
    """Every change of a table in order."""
    query = sql.SQL("SELECT pg_xact_commit_timestamp(_xid::xid), _op, _old, {} FROM {} ORDER BY _n").format(
        _columns(table), sql.Identifier("audit", table)
    )
    return [Change(at, op, old, tuple(row)) for at, op, old, *row in session.execute(query)]


def _columns(table: str) -> sql.Composed:
    return sql.SQL(", ").join(_shown(column) for column in TABLES[table].columns)


def _shown(column: Column) -> sql.Composed:
    """A column in the form in which silver has it: JSON and enums as PostgreSQL writes them, bytes as base64, UTC."""
    forms = {
        "jsonb": "{}::text",
        "bytea": r"translate(encode({}, 'base64'), E'\n', '')",
        "timestamp": "{} AT TIME ZONE 'UTC'",
    }
    form = "{}::text" if column.type.startswith(f"{SCHEMA}.") else forms.get(column.type, "{}")
    return sql.SQL(form).format(sql.Identifier(column.name))


@dataclass
class Histories:
    """The versions of a table's rows, from what its audit says.

    Attributes:
        read_at: when a snapshot read a row, by key: the first version of such a row begins then, and none before.
    """

    read_at: Mapping[str, datetime]
    versions: dict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    clocks: dict[str, datetime] = field(default_factory=dict)

    def follow(self, log: list[Change], streamed_from: datetime) -> Histories:
        """Go through the log once; what was committed before `streamed_from` was read by the snapshot, as rows."""
        read: dict[str, Row] = {}
        for change in [each for each in log if each.at < streamed_from]:
            read.pop(change.old_key or "", None)
            if change.op != "DELETE":
                read[change.row[0]] = change.row
        for key, row in read.items():
            self._set(key, row, self.read_at[key])
        for change in [each for each in log if each.at >= streamed_from]:
            key = change.row[0]
            if change.old_key not in {None, key} or change.op == "DELETE":
                self._end(str(change.old_key), change.at)
            if change.op != "DELETE":
                self._set(key, change.row, change.at)
        return self

    def _set(self, key: str, row: Row, at: datetime) -> None:
        last = self.versions[key][-1] if self.versions[key] else None
        at = self._clock(key, at)
        if last is not None and last.until is None:
            if last.row == row:
                return  # an update that changed nothing
            last.until = at
        self.versions[key].append(Version(row, at))

    def _end(self, key: str, at: datetime) -> None:
        self.versions[key][-1].until = self._clock(key, at)

    def _clock(self, key: str, at: datetime) -> datetime:
        # A time of commit is taken before the log is written, and the snapshot has a clock of its own.
        self.clocks[key] = max(at, self.clocks.get(key, at))
        return self.clocks[key]
