"""Debezium connectors on the operational database: their settings (pure), registering one, and taking one away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.pipelines.stack.connect import BusyError, Rest
from hallmark.pipelines.stack.database import refusal
from hallmark.pipelines.stack.ports import LOOPBACK
from hallmark.pipelines.stack.postgres import connect
from hallmark.pipelines.stack.state import CAPTURE, DATABASE, Folder, StackError, State
from hallmark.pipelines.stack.status import connector_state
from hallmark.pipelines.stack.tables import PUBLICATION, SCHEMA, SIGNALS, TABLES

Envelope = Literal["plain", "schemas"]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INCLUDED = "table.include.list"
_JSON = "org.apache.kafka.connect.json.JsonConverter"
_PATIENCE = 90.0
_TICK = 0.1


@dataclass(frozen=True)
class Capture:
    """One connector; its name is also its topics' prefix and its replication slot.

    Attributes:
        name: small letters, digits and underscores.
        envelope: JSON with or without its schema in each message.
        flatten: rows in place of change events (Debezium's ExtractNewRecordState).
        options: further settings of the connector, last word.
    """

    name: str
    envelope: Envelope = "plain"
    flatten: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        """Where each table's events arrive."""
        return tuple(f"{self.name}.{SCHEMA}.{table}" for table in TABLES)


def connector_config(capture: Capture, state: State, folder: Folder) -> dict[str, str]:
    """The connector's settings. The password is named by its file, not given."""
    schemas = str(capture.envelope == "schemas").lower()
    converters = {
        key: value
        for side in ("key", "value")
        for key, value in ((f"{side}.converter", _JSON), (f"{side}.converter.schemas.enable", schemas))
    }
    flattening = {
        "transforms": "unwrap",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.unwrap.delete.tombstone.handling.mode": "rewrite",
        "transforms.unwrap.add.fields": "op,table,lsn,source.ts_us",
    }
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "plugin.name": "pgoutput",
        "database.hostname": LOOPBACK,
        "database.port": str(state.postgres_port),
        "database.user": CAPTURE,
        "database.password": f"${{file:{folder.secrets}:{CAPTURE}}}",
        "database.dbname": DATABASE,
        "topic.prefix": capture.name,
        "slot.name": capture.name,
        "publication.name": PUBLICATION,
        "publication.autocreate.mode": "disabled",
        "schema.include.list": SCHEMA,
        "signal.data.collection": f"{SCHEMA}.{SIGNALS}",
        "snapshot.mode": "initial",
        "skipped.operations": "none",
        "tombstones.on.delete": "true",
        # What the shipped contracts read: decimals in their own digits, times in ISO 8601.
        "decimal.handling.mode": "string",
        "time.precision.mode": "isostring",
        "poll.interval.ms": "50",
        **converters,
        **(flattening if capture.flatten else {}),
        **capture.options,
    }


def refuse_name(name: str) -> None:
    """Stop before PostgreSQL does.

    Raises:
        SettingsError: when a replication slot can't have this name.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            "a connector can't have this name",
            got=repr(name),
            wanted="a small letter, then small letters, digits and underscores, at most 40",
        )


def refuse_tables(included: str, tables: Iterable[str]) -> None:
    """Stop before Debezium takes a list that matches nothing, and nothing ever arrives.

    Args:
        included: the connector's `table.include.list`: regular expressions of whole names, with commas between.
        tables: schema and name of each table there is.

    Raises:
        SettingsError: when it names none of them.
    """
    known = sorted(tables)
    entries = [entry.strip() for entry in included.split(",")]
    try:
        patterns = [re.compile(entry, re.IGNORECASE) for entry in entries]
    except re.error:
        return  # Java's expressions are not all Python's: Debezium judges it
    if not any(pattern.fullmatch(table) for pattern in patterns for table in known):
        raise SettingsError(
            "the connector would read no table",
            where=_INCLUDED,
            got=included,
            wanted=f"one or more of {', '.join(known)}, or expressions that match them whole",
            todo=did_you_mean(entries[0], known),
        )


def register(folder: Folder, state: State, capture: Capture) -> None:
    """Make or change a connector, and wait until it reads the log: every change from now on arrives.

    Raises:
        SettingsError: for a name that can't be, or a list of tables that names none.
        StackError: when Kafka Connect refuses it, or it fails.
    """
    refuse_name(capture.name)
    if included := capture.options.get(_INCLUDED):
        refuse_tables(included, _tables(folder, state))
    rest, config = Rest(state.connect_port), connector_config(capture, state, folder)
    _patiently(lambda: rest.call("PUT", f"/connectors/{capture.name}/config", config))
    until = time.monotonic() + _PATIENCE
    while not (_is_running(rest, capture.name) and _reads_the_log(folder, state, capture.name)):
        if time.monotonic() > until:
            got = f"not reading the log after {_PATIENCE:.0f} s"
            raise StackError(
                "the connector does not start", where=capture.name, got=got, todo=f"see {folder.log('connect')}"
            )
        time.sleep(_TICK)


def unregister(folder: Folder, state: State, name: str) -> None:
    """Take a connector away, with its offsets and its replication slot; what it wrote to Kafka stays.

    Raises:
        StackError: when there is none of this name, or Kafka Connect refuses.
    """
    rest = Rest(state.connect_port)
    names = rest.call("GET", "/connectors")
    if name not in names:
        hint = did_you_mean(name, names) or f"there are: {', '.join(sorted(names)) or 'none'}"
        raise StackError("no such connector", got=name, todo=hint)
    _patiently(lambda: rest.call("PUT", f"/connectors/{name}/stop"))
    _patiently(lambda: rest.call("DELETE", f"/connectors/{name}/offsets"))
    _patiently(lambda: rest.call("DELETE", f"/connectors/{name}"))
    _drop_slot(folder, state, name)


def _patiently(call: Callable[[], Any]) -> None:
    until = time.monotonic() + _PATIENCE / 3
    while True:
        try:
            call()
        except StackError as letter:
            # Offsets are let go of when the connector has stopped, which takes a moment.
            passing = isinstance(letter, BusyError) or "STOPPED state" in str(letter.got)
            if not passing or time.monotonic() > until:
                raise
            time.sleep(_TICK)
        else:
            return


def _is_running(rest: Rest, name: str) -> bool:
    status = rest.find(f"/connectors/{name}/status")
    state = connector_state(status) if status else ""
    if state == "FAILED":
        traces = [part.get("trace", "") for part in (status["connector"], *status["tasks"])]
        lines = [line.strip() for trace in traces for line in trace.splitlines() if not line.startswith("\tat ")]
        raise StackError(
            "the connector failed", where=name, got="; ".join(lines[-2:]), todo="mend it and register it again"
        )
    return state == "RUNNING"


def _reads_the_log(folder: Folder, state: State, slot: str) -> bool:
    import psycopg

    try:
        with connect(folder, state) as session:
            found = session.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (slot,)).fetchone()
    except psycopg.Error as error:
        raise refusal(error) from None
    return found == (True,)


def _tables(folder: Folder, state: State) -> list[str]:
    import psycopg

    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = %s"
    try:
        with connect(folder, state) as session:
            return [name for (name,) in session.execute(query, (SCHEMA,))]
    except psycopg.Error as error:
        raise refusal(error) from None


def _drop_slot(folder: Folder, state: State, slot: str) -> None:
    import psycopg

    query = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
    until = time.monotonic() + _PATIENCE / 3
    while True:
        try:
            with connect(folder, state) as session:
                session.execute(query, (slot,))
        except psycopg.errors.ObjectInUse as error:  # the connector's session is about to end
            if time.monotonic() > until:
                raise refusal(error) from None
            time.sleep(_TICK)
        except psycopg.Error as error:
            raise refusal(error) from None
        else:
            return
