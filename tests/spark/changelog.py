"""A source database of the tests: its change log as Debezium writes it, and what history and state must come of it."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
TOPIC = "test.shop.customers"

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
      - {name: name, logicalType: string, required: true, logicalTypeOptions: {minLength: 1}}
      - {name: tier, logicalType: integer, physicalType: int, logicalTypeOptions: {minimum: 0}}
"""


@dataclass(frozen=True)
class Change:
    """An event as it was delivered: operation, place in the log, offset, minutes after START, the row."""

    op: str
    lsn: int
    offset: int
    minute: int
    id: str
    name: str | None
    tier: int | None

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    @property
    def row(self) -> tuple[str, str | None, int | None]:
        return self.id, self.name, self.tier


def random_log(seed: int) -> list[Change]:
    """Inserts, updates, deletes, a changed key and events that came twice, in source order; clocks step back."""
    rng = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    state: dict[str, tuple[str, int | None]] = {}
    log: list[Change] = []
    lsn = 100

    def write(op: str, key: str, name: str | None, tier: int | None) -> None:
        log.append(Change(op, lsn, len(log), max(0, len(log) * 10 - rng.randrange(25)), key, name, tier))

    for step in range(12):
        lsn += rng.randrange(1, 9)
        key = f"s{seed}-{rng.choice('abc')}"
        what = "c" if key not in state else rng.choice(["u", "u", "d", "key"])
        if what in "cu":
            state[key] = (f"name {step}", rng.choice([None, 1, 2]))
            write("r" if step == 0 else what, key, *state[key])
        else:
            name, tier = state.pop(key)
            write("d", key, "", None)  # what replica identity DEFAULT shows of a deleted row
            if what == "key":
                state[f"{key}-{step}"] = (name, tier)
                write("c", f"{key}-{step}", name, tier)
    twice = [replace(change, offset=len(log) + n) for n, change in enumerate(rng.sample(log, 4))]
    return [*log, *twice]


def arrival(log: Sequence[Change], seed: int, parts: int) -> list[list[Change]]:
    """The log in another order, cut into parts at any place."""
    rng = random.Random(seed + 1000)  # noqa: S311
    shuffled = rng.sample(log, len(log))
    cuts = [0, *sorted(rng.randrange(len(log) + 1) for _ in range(parts - 1)), len(log)]
    return [shuffled[begin:end] for begin, end in pairwise(cuts)]


def record(change: Change, *, enveloped: bool = False) -> dict[str, Any]:
    """The Kafka record, its values in Debezium's schema envelope or plain."""
    image = {"id": change.id, "name": change.name, "tier": change.tier}
    micros = (change.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    value = {
        "before": image if change.op == "d" else None,
        "after": None if change.op == "d" else image,
        "source": {"lsn": change.lsn, "ts_us": micros, "ts_ms": micros // 1000, "table": "customers"},
        "op": change.op,
    }
    key: dict[str, Any] = {"id": change.id}
    if enveloped:
        key, value = ({"schema": {"type": "struct", "fields": []}, "payload": each} for each in (key, value))
    return {"topic": TOPIC, "partition": 0, "offset": change.offset, "timestamp": 1, "key": key, "value": value}


def lines(changes: Sequence[Change]) -> Iterator[str]:
    """The records as JSON lines, half of them enveloped; each delete is followed by its tombstone."""
    for change in changes:
        found = record(change, enveloped=change.lsn % 2 == 0)
        yield json.dumps(found) + "\n"
        if change.op == "d":
            yield json.dumps({**found, "offset": change.offset + 100, "value": None}) + "\n"


@dataclass(frozen=True)
class Version:
    """A row of a history table."""

    row: tuple[str, str | None, int | None]
    valid_from: datetime
    valid_to: datetime | None
    lsn: int


def history(log: Sequence[Change]) -> list[Version]:
    """What the history table must hold, by a loop over each key's events in source order."""
    versions = []
    for changes in _by_key(log).values():
        starts = [max(change.at for change in changes[: n + 1]) for n in range(len(changes))]
        for n, change in enumerate(changes):
            if change.op != "d":
                versions.append(Version(change.row, starts[n], ([*starts, None])[n + 1], change.lsn))
    return sorted(versions, key=lambda version: (version.row[0], version.lsn))


def state(log: Sequence[Change]) -> list[tuple[str, str | None, int | None]]:
    """What the current table must hold."""
    last = [changes[-1] for changes in _by_key(log).values()]
    return sorted(change.row for change in last if change.op != "d")


def _by_key(log: Sequence[Change]) -> dict[str, list[Change]]:
    keys: dict[str, list[Change]] = defaultdict(list)
    seen = set()
    for change in sorted(log, key=lambda change: (change.lsn, change.offset)):
        if (change.op, change.lsn, change.row) not in seen:
            seen.add((change.op, change.lsn, change.row))
            keys[change.id].append(change)
    return keys
