"""The operational database of a stack: made once, filled with the synthetic platform, changed by operations."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hallmark.pipelines.stack import operations as ops
from hallmark.pipelines.stack.population import Keys
from hallmark.pipelines.stack.postgres import connect
from hallmark.pipelines.stack.state import CAPTURE, DATABASE, Folder, StackError, State
from hallmark.pipelines.stack.tables import SCHEMA, TABLES, capture_grants_sql, schema_sql
from hallmark.pipelines.stack.workload import first_rows

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[tuple[Any, ...]]


_AGAIN = "where another session changes the same rows, call again: the plan starts from the rows that are there"


@dataclass(frozen=True)
class Done:
    """What a workload did: changes by (table, kind), commits, and the log's position after the last one."""

    changes: Counter[tuple[str, str]]
    transactions: int
    lsn: int


def make_database(folder: Folder, state: State) -> None:
    """Make database, role of the capture, tables and first rows, unless they are there.

    Raises:
        StackError: when PostgreSQL refuses.
    """
    import psycopg

    try:
        with connect(folder, state, database="postgres") as session:
            _make_role(session, folder.password(CAPTURE))
            found = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                session.execute(_text(f"CREATE DATABASE {DATABASE}"))
        with connect(folder, state) as session, session.transaction():
            if session.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchone() == (None,):
                for statement in [*schema_sql(), *capture_grants_sql(CAPTURE)]:
                    session.execute(_text(statement))
                for operation in first_rows():
                    _perform(session, operation)
    except psycopg.Error as error:
        raise refusal(error) from None


def read_keys(session: Connection) -> Keys:
    """What the planner starts from: the rows that are there now, in the order of their keys."""
    from psycopg import sql

    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, table in TABLES.items():
        columns = [table.key, *table.references]
        query = sql.SQL("SELECT {} FROM {} ORDER BY 1").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(SCHEMA, name)
        )
        found[name] = {row[0]: dict(zip(table.references, row[1:], strict=True)) for row in session.execute(query)}
    return found


def perform(session: Connection, operations: Iterable[ops.Operation], *, rate: float = 0) -> Done:
    """Do operations in order, those of one transaction together.

    Args:
        session: a session with autocommit.
        operations: what to do.
        rate: at most so many changes a second; 0 for as many as go.

    Raises:
        StackError: when the database refuses one, as when another session changes the same rows.
    """
    import psycopg

    changes: Counter[tuple[str, str]] = Counter()
    transactions, began = 0, time.monotonic()
    try:
        for _, together in groupby(operations, key=lambda each: each.transaction):
            with session.transaction():
                for operation in together:
                    _perform(session, operation)
                    changes[operation.table, type(operation).__name__.lower()] += 1
            transactions += 1
            ahead = changes.total() / rate - (time.monotonic() - began) if rate else 0
            if ahead > 0:
                time.sleep(ahead)
        return Done(changes, transactions, log_position(session))
    except psycopg.Error as error:
        raise refusal(error) from None


def log_position(session: Connection) -> int:
    """How far the log is written, as Debezium tells it (`source.lsn`)."""
    (position,) = session.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchone() or (0,)
    return int(position)


def refusal(error: psycopg.Error, *, todo: str = _AGAIN) -> StackError:
    """A letter of what PostgreSQL says, without the row that it may quote."""
    place = ".".join(filter(None, (error.diag.schema_name, error.diag.table_name, error.diag.constraint_name)))
    got = f"{type(error).__name__} {error.sqlstate}: {error.diag.message_primary}" if error.sqlstate else str(error)
    return StackError("PostgreSQL refuses", where=place or None, got=got.strip(), todo=todo)


def _make_role(session: Connection, password: str) -> None:
    # The server gets a SCRAM verifier: the password itself is in no statement that a log could hold.
    from psycopg import sql

    verifier = session.pgconn.encrypt_password(password.encode(), CAPTURE.encode(), b"scram-sha-256").decode()
    known = session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (CAPTURE,)).fetchone()
    verb = sql.SQL("CREATE" if known is None else "ALTER")
    statement = sql.SQL("{} ROLE {} LOGIN REPLICATION PASSWORD {}")
    session.execute(statement.format(verb, sql.Identifier(CAPTURE), sql.Literal(verifier)))


def _perform(session: Connection, operation: ops.Operation) -> None:
    statement, values = _statement(operation)
    answer = session.execute(statement, values)
    if answer.rowcount != 1:
        raise StackError(
            "a planned change met no row",
            where=f"{SCHEMA}.{operation.table}",
            got=f"{type(operation).__name__.lower()} of {answer.rowcount} rows",
            todo=_AGAIN,
        )


def _statement(operation: ops.Operation) -> tuple[sql.Composed, list[Any]]:
    from psycopg import sql

    table, key = sql.Identifier(SCHEMA, operation.table), sql.Identifier(TABLES[operation.table].key)
    if isinstance(operation, ops.Insert):
        columns = sql.SQL(", ").join(map(sql.Identifier, operation.row))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(operation.row))
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, columns, places)
        return insert, list(map(_adapted, operation.row.values()))
    if isinstance(operation, ops.Delete):
        return sql.SQL("DELETE FROM {} WHERE {} = %s").format(table, key), [operation.key]
    if isinstance(operation, ops.Rekey):
        rekey = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(table, key, key)
        return rekey, [operation.new_key, operation.key]
    pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in operation.values)
    update = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(table, pairs, key)
    return update, [*map(_adapted, operation.values.values()), operation.key]


def _adapted(value: ops.Value) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(value) if isinstance(value, dict) else value


def _text(statement: str) -> sql.SQL:
    """A statement of our own; psycopg takes only literals without asking."""
    from psycopg import sql

    return sql.SQL(statement)
