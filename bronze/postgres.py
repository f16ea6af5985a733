"""What a Postgres says of a table, asked by psycopg of the extra `postgres`: milliseconds instead of a JVM start."""

from __future__ import annotations

import difflib
import importlib.util
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from hallmark.bronze import postgres_sql as q
from hallmark.bronze.snapshots import (
    Contents,
    DbColumn,
    Last,
    TableShape,
    refuse_other_watermark,
    refuse_unfit,
    snapshot_of,
)
from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import DataError, HallmarkError, MachineError, SettingsError, StepError
from hallmark.lakehouse.logins import PostgresLogin

if TYPE_CHECKING:
    import psycopg

    Session = psycopg.Connection[tuple[Any, ...]]

PATIENCE = 5.0
"""Seconds in which a database must let us in; it is tried again after pauses that double."""
_FIRST_PAUSE = 0.1
_NO_ANSWER = "the database does not answer"
_GONE = ("08", "57P")  # connection exceptions; the server was shut down, or is not there yet
# An answer that will be another one in a moment: the server starts or stops, or all its connections are taken.
_FOR_NOW = re.compile(r"starting up|shutting down|recovery mode|too many (clients|connections)|connection slots")
_ANSWERED = re.compile(r"FATAL:|authentication|password")
_NOT_SECURE = re.compile(r"certificate|does not support SSL|SSL was required")


def look(
    server: Server, login: PostgresLogin | None, key: tuple[str, ...], last: Last | None
) -> tuple[TableShape, Contents] | HallmarkError:
    """What the server's table holds, or the letter that says why that is not known.

    The letter is given back and not raised: other sources can be read all the same.
    """
    try:
        with opened(server, login) as session:
            return ask(session, server, key, last)
    except HallmarkError as letter:
        return letter


@contextmanager
def opened(server: Server, login: PostgresLogin | None) -> Iterator[Session]:
    """A session in one transaction that only reads, and sees the database as it was at its first question.

    Raises:
        MachineError: psycopg is not installed.
        SettingsError: no login, or the database refuses it.
        DataError: no such database, or something may not be read.
        StepError: the database does not answer, or goes away.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise MachineError(
            "a contract reads Postgres, and its client is not installed",
            where=f"server {server.name}",
            got="no package psycopg",
            todo="pip install 'hallmark-lakehouse[postgres]'",
        )
    import psycopg

    try:
        # Closed and not committed: it has only read, and a database that went away by now has given all that was asked.
        with closing(_connect(server, require_login(server, login))) as session:
            session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            session.read_only = True
            yield session
    except psycopg.Error as error:
        raise refusal(server, error) from None


def ask(session: Session, server: Server, key: tuple[str, ...], last: Last | None) -> tuple[TableShape, Contents]:
    """The table's columns, and what is in it.

    Raises:
        DataError: no such table, or it can't be read as the contract wants it.
        ProgressError: the watermark is not the last snapshot's.
    """
    shape = _shape(session, server)
    if unfit := refuse_unfit(server, shape, key) or refuse_other_watermark(server, last):
        raise unfit
    if not snapshot_of(server).watermark:
        rows, fingerprint = _one(session, q.contents_sql(server, shape))
        return shape, Contents(int(rows), _fingerprint(rows, fingerprint))
    seen = last.watermark if last else None
    newest, went_back, unplaced, rows = _one(session, q.watermark_sql(server, shape, seen))
    fingerprint = ""
    if newest is not None:
        fingerprint = _fingerprint(*_one(session, q.contents_sql(server, shape, equals=newest)))
    return shape, Contents(int(rows), fingerprint, newest, bool(went_back), bool(unplaced))


def export(session: Session) -> str:
    """The name under which other sessions see what this one sees, until it ends."""
    return str(_one(session, "SELECT pg_export_snapshot()")[0])


def clock(session: Session) -> int:
    """The database's time at the transaction's begin, in milliseconds since 1970."""
    return int(_one(session, "SELECT (extract(epoch FROM now()) * 1000)::bigint")[0])


def cuts(session: Session, server: Server, shape: TableShape) -> list[str]:
    """The values that cut the table into pieces for reading side by side; none for one piece."""
    if snapshot_of(server).partitions < 2:
        return []
    # By the values themselves: `ORDER BY cut` would sort the texts, 10 before 5, and pieces would overlap.
    rows = _all(session, f"SELECT cuts.cut::text FROM ({q.cuts_sql(server, shape)}) cuts ORDER BY cuts.cut")
    return [str(cut) for (cut,) in rows if cut is not None]


def is_gone(session: Session) -> bool:
    """Whether the database ended a session, or does not answer in it any more."""
    import psycopg

    try:
        session.rollback()
        session.execute(b"SELECT 1")
    except psycopg.Error:
        return True
    return False


def went_away(server: Server) -> StepError:
    """The letter about a database that ended while it was read."""
    return StepError(
        "the database went away while it was read",
        where=f"server {server.name}: {address(server)}, {server.path}",
        todo="nothing of this snapshot was kept; start the database, and the next run takes one",
    )


def require_login(server: Server, login: PostgresLogin | None) -> PostgresLogin:
    """The login of a server.

    Raises:
        SettingsError: when there is none.
    """
    if login is None or not login.user:
        variable = f"HALLMARK_POSTGRES__{server.name.upper()}__"
        raise SettingsError(
            "a database's user is not known",
            where=f"server {server.name}",
            got=f"no {variable}USER",
            todo=f"set {variable}USER and {variable}PASSWORD in the environment; a contract holds no login",
        )
    return login


def is_away(letter: object) -> bool:
    """Whether a letter says that the database does not answer: then no table of it can be read."""
    return isinstance(letter, HallmarkError) and letter.what == _NO_ANSWER


def away(server: Server, got: object) -> StepError:
    """The letter about a database that does not answer."""
    return StepError(
        _NO_ANSWER,
        where=f"server {server.name}: {address(server)}",
        got=got,
        wanted=f"an answer within {PATIENCE:g} s",
        todo="start it, or mend the server's host and port in the contract; the next run reads what has changed",
    )


def letter_of(server: Server, error: Exception) -> HallmarkError | None:
    """The letter about what psycopg raised; None for an error of somebody else's."""
    import psycopg

    return refusal(server, error) if isinstance(error, psycopg.Error) else None


def address(server: Server) -> str:
    """Host, port and database of a server."""
    return f"{server.place['host']}:{server.place['port']}/{server.place['database']}"


def refusal(server: Server, error: psycopg.Error) -> HallmarkError:
    """The letter about what a database says to a question; it quotes no row."""
    import psycopg

    where = f"server {server.name}: {address(server)}, {server.path}"
    said = f"{type(error).__name__} {error.sqlstate}" if error.sqlstate else type(error).__name__
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        todo = f"GRANT USAGE on its schema and SELECT on {server.path} to the user"
        return DataError("the database's user may not read the table", where=where, got=said, todo=todo)
    if isinstance(error, psycopg.OperationalError) and (error.sqlstate or _GONE[0]).startswith(_GONE):
        return away(server, said)
    todo = "see the database's log; nothing of this snapshot was kept"
    return StepError("the database refuses a question", where=where, got=said, todo=todo)


def _connect(server: Server, login: PostgresLogin) -> Session:
    import psycopg

    deadline, pause = time.monotonic() + PATIENCE, _FIRST_PAUSE
    # The session is idle while Spark reads what it sees.
    wanted = {**q.SETTINGS, "idle_in_transaction_session_timeout": "0"}
    settings = " ".join(f"-c {key}={value.replace(' ', chr(92) + ' ')}" for key, value in wanted.items())
    _refuse_missing_certificate(server, login)
    while True:
        try:
            return psycopg.connect(
                host=str(server.place["host"]),
                port=int(server.place["port"]),
                dbname=str(server.place["database"]),
                user=login.user,
                password=login.password.get_secret_value() or None,
                connect_timeout=max(2, int(PATIENCE)),
                application_name="hallmark",
                options=settings,
                sslmode=login.sslmode,
                sslrootcert=login.tls.get("sslrootcert"),
            )
        except psycopg.OperationalError as error:
            said = str(error)
            if _NOT_SECURE.search(said):
                raise _not_secure(server, login, said) from None
            if _ANSWERED.search(said) and not _FOR_NOW.search(said):
                raise _not_let_in(server, login, said) from None
            if time.monotonic() + pause > deadline:
                raise away(server, _reason(said)) from None
        time.sleep(pause)
        pause *= 2


def _not_let_in(server: Server, login: PostgresLogin, said: str) -> HallmarkError:
    where = f"server {server.name}: {address(server)}"
    if re.search(r'database ".*" does not exist', said):
        todo = "mend database in the contract's server"
        return DataError("no such database", where=where, got=server.place["database"], todo=todo)
    variable = f"HALLMARK_POSTGRES__{server.name.upper()}__"
    given = "the password is not the right one" if login.password.get_secret_value() else f"no {variable}PASSWORD"
    return SettingsError(
        "the database does not let the user in",
        where=where,
        got=given if "password" in said else _reason(said),
        todo=f"mend {variable}USER and {variable}PASSWORD in the environment, or pg_hba.conf of the database",
    )


def _refuse_missing_certificate(server: Server, login: PostgresLogin) -> None:
    if login.sslrootcert is not None and not login.sslrootcert.expanduser().is_file():
        raise SettingsError(
            "the root certificate can't be read",
            where=f"server {server.name}",
            got=login.sslrootcert,
            todo=f"name a file of certificates (PEM): HALLMARK_POSTGRES__{server.name.upper()}__SSLROOTCERT",
        )


def _not_secure(server: Server, login: PostgresLogin, said: str) -> SettingsError:
    return SettingsError(
        "there is no secure connection with the database",
        where=f"server {server.name}: {address(server)}",
        got=_reason(said),
        wanted=f"sslmode {login.sslmode}",
        todo=f"mend the certificate of the database, or HALLMARK_POSTGRES__{server.name.upper()}__SSLROOTCERT and "
        "__SSLMODE",
    )


def _reason(said: str) -> str:
    return said.partition("\n")[0].rpartition("failed: ")[2].strip() or "no answer"


def _shape(session: Session, server: Server) -> TableShape:
    (oid,) = _one(session, "SELECT to_regclass(%s)::oid", q.table_name(server))
    if oid is None:
        raise missing_table(server, _tables(session, str(server.place["schema"])))
    columns = [DbColumn(*map(str, row)) for row in _all(session, q.COLUMNS, oid)]
    keys = [frozenset(map(str, row[0])) for row in _all(session, q.KEYS, oid)]
    return TableShape(tuple(columns), tuple(keys))


def missing_table(server: Server, known: list[str]) -> DataError:
    """The letter about a table that the database does not have, or that the user can't see; names those near it."""
    near = difflib.get_close_matches(server.path.rpartition(".")[2], known, n=3, cutoff=0.5)
    some = ", ".join(near or known[:5]) or "none"
    return DataError(
        "no such table",
        where=f"server {server.name}: {address(server)}",
        got=server.path,
        todo=f"mend schema or physicalName in the contract; {'near it' if near else 'the schema has'}: {some}",
    )


def _tables(session: Session, schema: str) -> list[str]:
    asked = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'v', 'm', 'p', 'f') ORDER BY 1"
    )
    return [str(name) for (name,) in _all(session, asked, schema)]


def _fingerprint(rows: object, total: object) -> str:
    return f"{int(str(rows)):x}-{int(str(total)) % 2**64:016x}"


def _one(session: Session, asked: str, *values: object) -> tuple[Any, ...]:
    return _all(session, asked, *values)[0]


def _all(session: Session, asked: str, *values: object) -> list[tuple[Any, ...]]:
    # Without values psycopg takes the text as it is: a % in a column's name stays one.
    return session.execute(asked.encode(), values or None).fetchall()
