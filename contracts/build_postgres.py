"""A Postgres server of a contract: where the table is, and how snapshots of it are taken (docs/sources.md)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.build_source import EVOLUTION, read_evolution, read_limit
from hallmark.contracts.model import SNAPSHOTS, Contract, Server, Snapshot
from hallmark.lakehouse.errors import did_you_mean
from hallmark.lakehouse.names import bronze_column

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

SNAPSHOT, WATERMARK, EVERY = "snapshot", "watermark", "every"
PARTITION_COLUMN, PARTITIONS, FETCH_SIZE = "partitionColumn", "numPartitions", "fetchSize"
POSTGRES = ("postgres", "postgresql")
_OPTIONS = (SNAPSHOT, WATERMARK, PARTITION_COLUMN, PARTITIONS, FETCH_SIZE, EVERY, EVOLUTION)
_LOGIN = ("user", "username", "password")
_TLS = ("sslmode", "sslrootcert")
_PARTITIONS, _FETCH_SIZE, _MOST_PARTITIONS = 4, 10_000, 64
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
_PERIOD = re.compile(r"([1-9][0-9]{0,5}) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_postgres(name: str, entry: dict[str, Any], place: dict[str, Any], keys: Keys, build: Build) -> Server:
    """A Postgres server: the standard's `host, port, database, schema`; user and password are in no contract.

    Raises:
        ContractError: when its address or an option can't be used.
    """
    custom, where = custom_of(entry), [*keys, "customProperties"]
    for option in custom:
        if option in _LOGIN:
            todo = f"remove it; set HALLMARK_POSTGRES__{name.upper()}__USER and __PASSWORD in the environment"
            raise build.refuse("a login is in a contract", where, got=option, todo=todo)
        if option in _TLS:
            variable = f"HALLMARK_POSTGRES__{name.upper()}__{option.upper()}"
            todo = f"remove it; set {variable}, or postgres.{name} in hallmark.toml"
            raise build.refuse("TLS is no matter of a contract", where, got=option, todo=todo)
        if option not in _OPTIONS:
            hint = did_you_mean(str(option), _OPTIONS) or f"known: {', '.join(_OPTIONS)}"
            raise build.refuse(f"unknown option {option!r} of a Postgres server", where, todo=hint)
    if not _HOST.fullmatch(str(entry.get("host", ""))):
        got = repr(entry.get("host"))
        raise build.refuse("the database's address can't be read", [*keys, "host"], got=got, wanted="a host's name")
    snapshot = _snapshot(entry, keys, build)
    schema, table = str(entry["schema"]), _table(str(entry["schema"]), keys, build)
    change_format = "debezium" if snapshot.mode == "changes" else ""
    return Server(
        name=name,
        path=f"{schema}.{table}",
        format=change_format,
        type="postgres",
        place=place,
        evolution=read_evolution({**entry, "format": change_format}, keys, build),
        snapshot=snapshot,
    )


def refuse_hidden_watermark(contract: Contract, build: Build) -> None:
    """Refuse a watermark whose values bronze must not show: they are compared in the database, and stand in `_file`.

    Raises:
        ContractError: when it is protected, or not declared where bronze keeps what is not declared apart.
    """
    table = contract.objects[0]
    hidden = {bronze_column(prop.source).lower() for prop in table.protected}
    named = {bronze_column(name).lower() for prop in table.properties for name in prop.source_columns}
    for i, server in enumerate(contract.servers):
        column = server.snapshot.watermark if server.snapshot else ""
        if not column or bronze_column(column).lower() in named - hidden:
            continue
        if not hidden and server.evolution == "evolve":
            continue
        if bronze_column(column).lower() in hidden:
            what = f"the {WATERMARK} {column} is protected"
            todo = f"name another column, or remove {WATERMARK} ({SNAPSHOT}: changes compares protected values)"
        else:
            what = f"the {WATERMARK} {column} is not declared, so bronze has no column for it"
            todo = f"add {column} to the table's properties, if it says nothing of anybody, or name another column"
        wanted = "a column that bronze has in clear: the newest value is kept in _file, and compared in the database"
        raise build.refuse(what, ["servers", i, "customProperties"], wanted=wanted, todo=todo)


def _table(schema: str, keys: Keys, build: Build) -> str:
    tables = build.document.content.get("schema") or []
    if len(tables) != 1:
        what = "a snapshot is of one table"
        raise build.refuse(what, ["schema"], got=f"{len(tables)} tables", todo="one contract file a table")
    found = str(tables[0].get("physicalName") or tables[0].get("name"))
    before, _, table = found.rpartition(".")
    if before and before != schema:
        what = "the table's schema is not the server's"
        raise build.refuse(what, [*keys, "schema"], got=schema, wanted=f"{before}, as in the physicalName {found}")
    return table


def _snapshot(entry: dict[str, Any], keys: Keys, build: Build) -> Snapshot:
    custom, where = custom_of(entry), [*keys, "customProperties"]
    mode = str(custom.get(SNAPSHOT, "full"))
    if mode not in SNAPSHOTS:
        hint = did_you_mean(mode, SNAPSHOTS) or None
        raise build.refuse(f"unknown {SNAPSHOT}", where, got=mode, wanted=", ".join(SNAPSHOTS), todo=hint)
    if mode == "changes" and WATERMARK in custom:
        todo = "remove one: changes compare all rows, a watermark reads only some"
        raise build.refuse(f"{SNAPSHOT}: changes and a {WATERMARK} exclude each other", where, todo=todo)
    if PARTITIONS in custom and PARTITION_COLUMN not in custom:
        raise build.refuse(f"{PARTITIONS} without a {PARTITION_COLUMN}", where, todo=f"name the {PARTITION_COLUMN}")
    partitions = (read_limit(PARTITIONS, entry, keys, build) or _PARTITIONS) if PARTITION_COLUMN in custom else 1
    if partitions > _MOST_PARTITIONS:
        wanted = f"at most {_MOST_PARTITIONS}: each is a connection of its own"
        raise build.refuse(f"too many {PARTITIONS}", where, got=partitions, wanted=wanted)
    return Snapshot(
        mode=mode,
        watermark=_column(custom, WATERMARK),
        partition_column=_column(custom, PARTITION_COLUMN),
        partitions=partitions,
        fetch_size=read_limit(FETCH_SIZE, entry, keys, build) or _FETCH_SIZE,
        every=_every(custom, where, build),
    )


def _column(custom: dict[str, Any], option: str) -> str:
    return str(custom.get(option) or "")


def _every(custom: dict[str, Any], where: Keys, build: Build) -> timedelta | None:
    given = custom.get(EVERY)
    if given is None:
        return None
    found = _PERIOD.fullmatch(str(given))
    if found is None:
        raise build.refuse(f"{EVERY} is no period", where, got=repr(given), wanted="such as 30s, 15m, 6h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
