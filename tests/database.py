"""A Postgres of the test's own, on the loopback address: the one of `hallmark stack`, without the rest of it.

With it a table of orders to take snapshots of, and its contract.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psycopg

from hallmark.pipelines.stack import processes
from hallmark.pipelines.stack.ports import free_ports
from hallmark.pipelines.stack.postgres import Postgres, choose_home, connect, find_account
from hallmark.pipelines.stack.state import OWNER, State, open_folder


@dataclass
class Database:
    """Starts, stops, and takes statements; `user` owns all that is in the database `postgres`."""

    base: Path
    user: str = OWNER

    def __post_init__(self) -> None:
        folder = open_folder(self.base)
        (folder.path / "logs").mkdir(parents=True, exist_ok=True)
        folder.make_passwords()
        free = free_ports()
        state = State(next(free), next(free), next(free), next(free), choose_home(), "")
        self.node = Postgres(folder, state, find_account(state))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self.node.state.postgres_port

    @property
    def password(self) -> str:
        return self.node.folder.password(OWNER)

    def start(self) -> None:
        self.node.prepare()
        self.process = self.node.start()
        processes.wait_until(self.node.answers, "postgres", self.process, self.node.log, patience=120, off=Event())

    def stop(self) -> None:
        processes.end(self.node.processes(), self.node.main(), by=signal.SIGINT, patience=20)

    def remove(self) -> None:
        self.stop()
        if self.node.state.postgres_home:
            shutil.rmtree(self.node.state.postgres_home, ignore_errors=True)

    def run(self, *statements: str) -> None:
        """Statements of the test's own, in one transaction."""
        with self.session() as session, session.transaction():
            for statement in statements:
                session.execute(statement.encode())

    def session(self) -> psycopg.Connection:
        return connect(self.node.folder, self.node.state, database="postgres")


def contract(database: Database, schema: str, *, name: str = "orders", table: str = "orders", **options: object) -> str:
    """The contract of a schema's orders; `options` are those of the server."""
    custom = ", ".join(f"{{property: {key}, value: {json.dumps(value)}}}" for key, value in options.items())
    place = f"host: 127.0.0.1, port: {database.port}, database: postgres, schema: {schema}"
    return f"""
apiVersion: v3.1.0
kind: DataContract
id: shop.{name}
version: 1.0.0
status: active
servers:
  - {{server: crm, type: postgres, {place}, customProperties: [{custom}]}}
schema:
  - name: orders
    physicalName: {table}
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true}}
      - {{name: note, logicalType: string}}
      - {{name: amount, logicalType: number, physicalType: "decimal(38,9)"}}
      - {{name: updated_at, logicalType: timestamp}}
"""


def insert(schema: str, first: int, after: int, *, at: str = "2026-01-01") -> str:
    """A statement that makes orders, a second apart."""
    return (
        f"INSERT INTO {schema}.orders SELECT n, 'n' || n, round(n / 3.0, 2), timestamptz '{at}' + n * interval '1 s' "
        f"FROM generate_series({first}, {after - 1}) n"
    )
