"""The platform's database as Debezium change events: snapshot, changes, tombstones, repeats and disorder."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hallmark.pipelines.synthetic.catalog import COLUMNS, KEYS, TABLES, Row
from hallmark.pipelines.synthetic.history import SNAPSHOT_AT, Change, changes

_FIRST_LSN = 24_762_424
_REPLICA_IDENTITY_FULL = frozenset({"node_pools", "price_plans"})  # the others have DEFAULT: no before on update
Event = dict[str, Any]


def events(seed: int) -> bytes:
    """The Kafka records of the platform's topics, one a line, in the order in which a consumer got them."""
    rng = random.Random(f"platform-{seed}")  # noqa: S311 - reproducible, not secret
    stream = _disturb([*_snapshot(), *_stream(rng)], rng)
    run = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    lines = (json.dumps(record, ensure_ascii=False) for record in _records(stream, run))
    return "".join(f"{line}\n" for line in lines).encode()


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=at.tzinfo)) // timedelta(microseconds=1)


def _event(
    table: str, op: str, at: datetime, *, lsn: int, tx: int, snapshot: str = "false", **rows: Row | None
) -> Event:
    """One change event: the record's topic part, key and value; offset and headers come with the arrival."""
    micros = _microseconds(at)
    seen = micros + 178_746  # Debezium reads the change a moment after its commit
    source = {
        "version": "synthetic", "connector": "postgresql", "name": "synthetic", "ts_ms": micros // 1000,
        "snapshot": snapshot, "db": "platform",
        "sequence": json.dumps([None if snapshot != "false" else str(lsn), str(lsn)], separators=(",", ":")),
        "ts_us": micros, "ts_ns": micros * 1000, "schema": "platform", "table": table,
        "txId": tx, "lsn": lsn, "xmin": None, "origin": None, "origin_lsn": None,
    }  # fmt: skip
    row = rows.get("after") or rows.get("before") or {}
    value = {
        "before": rows.get("before"), "after": rows.get("after"), "source": source, "transaction": None, "op": op,
        "ts_ms": seen // 1000, "ts_us": seen, "ts_ns": seen * 1000,
    }  # fmt: skip
    return {"table": table, "key": {KEYS[table]: row[KEYS[table]]}, "value": value, "seen": seen}


def _snapshot() -> Iterator[Event]:
    """Every row of every table, all with one lsn and one time, the edges marked as Debezium marks them."""
    for table, rows in TABLES.items():
        for n, row in enumerate(rows):
            mark = _mark(table, n, len(rows))
            yield _event(table, "r", SNAPSHOT_AT, lsn=_FIRST_LSN, tx=783, snapshot=mark, after=row)


def _mark(table: str, n: int, rows: int) -> str:
    tables = list(TABLES)
    if n == 0:
        return "first" if table == tables[0] else "first_in_data_collection"
    if n == rows - 1:
        return "last" if table == tables[-1] else "last_in_data_collection"
    return "true"


def _stream(rng: random.Random) -> Iterator[Event]:
    """The changes after the snapshot with rising lsn; a delete is followed by its tombstone."""
    state = {table: {row[KEYS[table]]: row for row in rows} for table, rows in TABLES.items()}
    lsn, tx, last = _FIRST_LSN + 8128, 799, ""
    for change in changes(rng):
        lsn += 8 * rng.randrange(8, 64)
        tx += 0 if change.transaction and change.transaction == last else 1
        last = change.transaction
        before = state[change.table].get(change.key)
        after = _after(change, before)
        state[change.table].pop(change.key, None)
        if after is not None:
            state[change.table][change.key] = after
        shown = _shown_before(change, before)
        yield _event(change.table, change.op, change.at, lsn=lsn, tx=tx, before=shown, after=after)
        if after is None:
            tombstone = _event(change.table, "d", change.at, lsn=lsn, tx=tx, before=shown)
            yield {**tombstone, "value": None}


def _after(change: Change, before: Row | None) -> Row | None:
    if change.op == "d":
        return None
    row = {**(before or {}), KEYS[change.table]: change.key, **change.values}
    return {column: row[column] for column in COLUMNS[change.table]}


def _shown_before(change: Change, before: Row | None) -> Row | None:
    """What the event shows of the old row: all of it under FULL; under DEFAULT a deleted row's key and placeholders."""
    if before is None or change.table in _REPLICA_IDENTITY_FULL:
        return before
    if change.op != "d":
        return None
    return {column: value if column == KEYS[change.table] else "" for column, value in before.items()}


def _disturb(stream: list[Event], rng: random.Random) -> list[Event]:
    """Swap some neighbours and repeat some events, as at-least-once delivery and a worker's restart do."""
    stream = list(stream)
    updates = [n for n, event in enumerate(stream) if event["value"] and event["value"]["op"] == "u"]
    together = [n for n in updates if n + 1 in updates and _tx(stream[n]) == _tx(stream[n + 1])]
    apart = [n for n in updates if n + 1 in updates and n not in together and n - 1 not in together]
    for n in [*together, *_spread(rng.sample(apart, 6))]:
        stream[n], stream[n + 1] = stream[n + 1], stream[n]
    start = rng.choice(updates[5:-8])
    return [*stream[: start + 6], *stream[start : start + 6], *stream[start + 6 :]]


def _tx(event: Event) -> int:
    return int(event["value"]["source"]["txId"])


def _spread(places: list[int]) -> Iterator[int]:
    """The places without those that touch the one before: overlapping swaps would undo each other."""
    last = -2
    for place in sorted(places):
        if place - last > 1:
            yield place
            last = place


def _records(stream: list[Event], run: str) -> Iterator[dict[str, Any]]:
    """Kafka's side: offsets follow the arrival, not the lsn."""
    offsets: Counter[str] = Counter()
    headers = {
        "__debezium.context.connectorLogicalName": "synthetic",
        "__debezium.context.taskId": "0",
        "__debezium.context.connectorName": "postgresql",
        "__debezium.context.runId": run,
    }
    for event in stream:
        topic = f"synthetic.platform.{event['table']}"
        yield {
            "topic": topic, "partition": 0, "offset": offsets[topic], "timestamp": event["seen"] // 1000 + 205,
            "headers": headers, "key": event["key"], "value": event["value"],
        }  # fmt: skip
        offsets[topic] += 1
