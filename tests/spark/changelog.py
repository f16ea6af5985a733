"""A source database of the tests: its change log as Debezium writes it, and what history and state must come of it.

A log is a list of changes in the order in which the source made them; `history` and `state` go through it once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from hallmark.bronze.plan import DEBEZIUM_COLUMNS
from hallmark.contracts.compile import CompiledTable
from hallmark.silver import cdc
from hallmark.silver.moves import filled, moves_of
from hallmark.silver.versions import in_order, of_keys, shape_of

START = datetime(2026, 1, 1, tzinfo=UTC)
TOPIC = "test.shop.customers"
UNCHANGED = "__debezium_unavailable_value"
LATE = 60
"""How many minutes the connector of `Source` is behind; its clock grows with every event."""

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop.shop_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
schema:
  - name: customers
    physicalName: shop.customers
    properties:
      - {name: id, logicalType: string, primaryKey: true}
      - {name: name, logicalType: string, required: true, logicalTypeOptions: {minLength: 1, maxLength: 20}}
      - {name: tier, logicalType: integer, physicalType: int, logicalTypeOptions: {minimum: 0}}
"""
Row = tuple[str, str | None, int | None]


@dataclass(frozen=True)
class Change:
    """An event as it was delivered: operation, place in the log, offset, minutes after START, the row.

    A row that an incremental snapshot read is a change `i`; its `lsn` is where the connector was in the log, its time
    that of the connector. `told` is when the connector made the event, in minutes after START.
    """

    op: str
    lsn: int
    offset: int
    minute: int
    id: str
    name: str | None
    tier: int | None
    told: int | None = None

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    @property
    def row(self) -> Row:
        return self.id, self.name, self.tier

    @property
    def gone(self) -> bool:
        return self.op in {"d", "t"}


@dataclass
class Source:
    """A table that is written to, and the log of it."""

    rng: random.Random
    rows: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    lsn: int = 100

    def write(self, op: str, key: str, name: str | None, tier: int | None, *, lsn: int = 0) -> None:
        # Commits follow one another in the log; the clock that stamps them is set back now and then.
        minute = max(0, len(self.log) * 10 - (self.rng.randrange(25) if lsn == 0 else 0))
        if op == "i":
            minute += self.rng.randrange(60)  # the clock of a connector that is behind the log
        told = len(self.log) * 10 + LATE
        self.log.append(Change(op, lsn or self.lsn, len(self.log), minute, key, name, tier, told))

    def step(self, key: str, number: int) -> None:
        """One more change of a row: whatever can become of it."""
        self.lsn += self.rng.randrange(1, 9)
        name_of_row, key = key, self.keys.get(key, key)
        if key not in self.rows:
            self.rows[key] = (f"name {number}", self.rng.choice([None, 1, 2]))
            self.write("r" if number == 0 else "c", key, *self.rows[key])
            return
        what = self.rng.choice(["new", "new", "same", "long", "d", "key", "key"])
        if what in {"d", "key"}:
            name, tier = self.rows.pop(key)
            self.write("d", key, "", None)  # what replica identity DEFAULT shows of a deleted row
            if what == "key":
                self.move(name_of_row, key, number, (name, tier))
            return
        name, tier = self.rows[key]
        if what == "new":
            name = f"name {number}"
        if what != "same":
            tier = self.rng.choice([None, 1, 2])
        self.rows[key] = (name, tier)
        self.write("u", key, UNCHANGED if what == "long" else name, tier)

    def move(self, name_of_row: str, key: str, number: int, row: tuple[str, int | None]) -> None:
        """A row gets a new key, or one that another row had before; its long value is left out of what is told.

        What comes next under this name is of the row with its new key, or of another one that gets the old key.
        """
        used = sorted({each.id for each in self.log} - {"", key, *self.rows})
        new_key = self.rng.choice([f"{name_of_row}-{number}", *used[:2]])
        self.rows[new_key] = row
        if self.rng.random() < 0.7:
            self.keys[name_of_row] = new_key
        self.write("c", new_key, UNCHANGED if self.rng.random() < 0.8 else row[0], row[1])

    def act(self, what: str, number: int) -> None:
        """A read, a truncate, or a change of the row with that key."""
        if what == "truncate":
            self.truncate()
        elif what == "read":
            self.read(number)
        else:
            self.step(what, number)

    def read(self, number: int) -> None:
        """An incremental snapshot reads a row; a transaction that was open then commits after it, with a lower lsn."""
        if not self.rows:
            return
        key = self.rng.choice(sorted(self.rows))
        open_at = self.lsn + 1
        self.lsn += 5
        self.write("i", key, *self.rows[key])
        if self.rng.random() < 0.5:
            self.rows[key] = (f"name {number}", 7)
            self.write("u", key, *self.rows[key], lsn=open_at)

    def truncate(self) -> None:
        self.lsn += 1
        self.rows.clear()
        self.write("t", "", None, None)

    def repeated(self, share: int) -> list[Change]:
        """The log, with one of `share` events delivered once more, at the end."""
        again = self.rng.sample(self.log, len(self.log) // share)
        return [
            *self.log,
            *(replace(each, offset=n, told=n * 10 + LATE) for n, each in enumerate(again, len(self.log))),
        ]


def random_log(seed: int) -> list[Change]:
    """Inserts, updates, long values left out, deletes, changed keys and events that came twice; clocks step back."""
    source = Source(random.Random(seed))  # noqa: S311 -- reproducible, not secret
    for number in range(14):
        source.step(f"s{seed}-{source.rng.choice('abc')}", number)
    return source.repeated(4)


def long_log(seed: int, events: int, keys: int) -> list[Change]:
    """The same with incremental snapshots and truncates, `events` of it and some repeated."""
    source = Source(random.Random(seed))  # noqa: S311
    number = -1
    while len(source.log) < events:
        number += 1
        row = f"k{source.rng.randrange(keys)}"
        source.act("truncate" if number % 300 == 299 else "read" if number % 9 == 8 else row, number)
    return source.repeated(20)


def arrival(log: Sequence[Change], seed: int, parts: int) -> list[list[Change]]:
    """The log in another order, cut into parts at any place."""
    rng = random.Random(seed + 1000)  # noqa: S311
    shuffled = rng.sample(log, len(log))
    cuts = [0, *sorted(rng.randrange(len(log) + 1) for _ in range(parts - 1)), len(log)]
    return [shuffled[begin:end] for begin, end in pairwise(cuts)]


def record(change: Change, *, enveloped: bool = False) -> dict[str, Any]:
    """The Kafka record, its values in Debezium's schema envelope or plain."""
    image = {"id": change.id, "name": change.name, "tier": change.tier}
    micros = micros_of(change.at)
    source: dict[str, Any] = {"lsn": change.lsn, "ts_us": micros, "ts_ms": micros // 1000, "table": "customers"}
    if change.op == "i":
        source |= {"lsn": None, "snapshot": "incremental", "sequence": json.dumps([None, str(change.lsn)])}
    value = {
        "before": image if change.op == "d" else None,
        "after": None if change.gone else image,
        "source": source,
        "op": "r" if change.op == "i" else change.op,
        "ts_ms": None if change.told is None else micros_of(START + timedelta(minutes=change.told)) // 1000,
    }
    key: dict[str, Any] | None = None if change.op == "t" else {"id": change.id}
    if enveloped:
        key, value = (each and {"schema": {"type": "struct", "fields": []}, "payload": each} for each in (key, value))  # type: ignore[assignment]
    return {"topic": TOPIC, "partition": 0, "offset": change.offset, "timestamp": 1, "key": key, "value": value}


def micros_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def lines(changes: Sequence[Change]) -> Iterator[str]:
    """The records as JSON lines, half of them enveloped; each delete is followed by its tombstone."""
    for change in changes:
        found = record(change, enveloped=change.lsn % 2 == 0)
        yield json.dumps(found) + "\n"
        if change.op == "d":
            yield json.dumps({**found, "offset": change.offset + 100_000, "value": None}) + "\n"


@dataclass(frozen=True)
class Version:
    """A row of a history table."""

    row: Row
    valid_from: datetime
    valid_to: datetime | None
    lsn: int


def history(log: Sequence[Change], tracked: Sequence[int] = (0, 1, 2)) -> list[Version]:
    """What the history table must hold; `tracked` are the places of the row's tracked columns."""
    return sorted(_followed(log, tracked)[0], key=lambda version: (version.row[0], version.lsn))


def state(log: Sequence[Change]) -> list[Row]:
    """What the current table must hold."""
    return sorted(row for row, gone in _followed(log, (0, 1, 2))[1].values() if gone is None)


def kept_state(log: Sequence[Change]) -> list[tuple[Row, datetime | None]]:
    """What it must hold where deleted rows stay, with the time of their end."""
    return sorted(_followed(log, (0, 1, 2))[1].values(), key=str)


def _followed(
    log: Sequence[Change], tracked: Sequence[int]
) -> tuple[list[Version], dict[str, tuple[Row, datetime | None]]]:
    """The log, once from its begin to its end: the versions, and by key the last row and when it went."""
    versions: list[Version] = []
    rows: dict[str, tuple[Row, datetime | None]] = {}
    clocks: dict[str, datetime] = {}
    open_version: dict[str, int] = {}
    moved: dict[int, str | None] = {}
    seen: set[tuple[Any, ...]] = set()
    truncated = datetime.min.replace(tzinfo=UTC)
    for change in log:
        told = (change.op, change.lsn, change.row)
        if told in seen:
            continue
        seen.add(told)
        if change.op == "t":
            truncated = max(truncated, change.at)
        for key in [*clocks] if change.op == "t" else [change.id]:
            at = max(change.at, clocks.get(key, truncated))
            old, gone = rows.get(key, ((key, None, None), at))
            new = old if change.gone else _told(change, old, moved)
            moved |= {change.lsn: old[1]} if change.op == "d" else {}
            if change.op not in {"r", "i"} or gone is not None or any(old[i] != new[i] for i in tracked):
                clocks[key] = at  # what was read again and had not changed tells no time
            if not change.gone and gone is None and all(old[i] == new[i] for i in tracked):
                number = open_version[key]  # no new version; the other columns follow
                versions[number] = replace(versions[number], row=new)
            elif not (change.gone and gone):
                if key in open_version:
                    number = open_version.pop(key)
                    versions[number] = replace(versions[number], valid_to=at)
                if not change.gone:
                    open_version[key] = len(versions)
                    versions.append(Version(new, at, None, change.lsn))
            ended = (gone if gone and key in rows else at) if change.gone else None
            rows[key] = (new, ended)
    return versions, rows


def _told(change: Change, old: Row, moved: Mapping[int, str | None]) -> Row:
    """The row after a change; a long value that it leaves out is the row's own, before and under its old key."""
    if change.name != UNCHANGED:
        return change.row
    return change.id, moved.get(change.lsn) if change.op == "c" else old[1], change.tier


def bronze_rows(spark: SparkSession, records: Sequence[dict[str, Any]]) -> DataFrame:
    """Bronze rows of Kafka records: every field as JSON text."""
    texts = [
        tuple(each.get(c) if isinstance(each.get(c), str | None) else json.dumps(each[c]) for c in DEBEZIUM_COLUMNS)
        for each in records
    ]
    frame = spark.createDataFrame(texts, ", ".join(f"`{column}` string" for column in DEBEZIUM_COLUMNS))
    return frame.selectExpr(
        "*", "string(null) _rescued", "'kafka' _source", "'cdc' _method", "'/a' _file",
        "timestamp_seconds(0) _ingested_at", "'l' _load_id",
    )  # fmt: skip


def ordered(spark: SparkSession, compiled: CompiledTable, records: Sequence[dict[str, Any]]) -> DataFrame:
    """The records' changes in order, as silver has them before it makes versions of them; none may break a rule."""
    shape = shape_of(compiled)
    rows = bronze_rows(spark, records).where(cdc.is_event_of(compiled.table.physical_name) & cdc.is_change())
    judged = cdc.judge(compiled, cdc.decode(rows, compiled.table)).localCheckpoint()
    assert [row["_errors"] for row in judged.where("size(_errors) > 0").collect()] == []
    return in_order(filled(of_keys(judged, None, shape.key), moves_of(judged, shape), shape), shape)
