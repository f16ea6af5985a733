"""The keys of data subjects: one each, wrapped by the master key, apart from the data. Whoever loses it is forgotten.

They are in the Delta table `<warehouse>/privacy/subject_keys`, which no catalog knows. It keeps no old version: what is
destroyed is gone from its files when the command ends, and its log never has a key in its statistics.
"""

from __future__ import annotations

import fcntl
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.crypto import key_frame, wrapped_new_key
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.keyring import Keyring, MasterKey
from hallmark.lakehouse.names import Table, sql_text
from hallmark.lakehouse.tables import Lake, table_path

SUBJECT_KEYS = Table("privacy", "subject_keys")
REF, WRAPPED = "ref", "wrapped"
_SCHEMA = pa.schema(
    [
        pa.field(REF, pa.string(), nullable=False),
        pa.field("key_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field(WRAPPED, pa.binary()),
        pa.field("made_at", pa.timestamp("us", tz="UTC")),
        pa.field("forgotten_at", pa.timestamp("us", tz="UTC")),
    ]
)
PERSON, TABLE = "person", "table"


@dataclass(frozen=True)
class Counted:
    """How many keys of persons there are, and how many were destroyed; `tables` have keys for what no person has."""

    persons: int
    forgotten: int
    tables: int


def ref_of(key: MasterKey, name: str, domain: str) -> str:
    """What a data subject is called in the key table: the same as `crypto.subject_ref` of a column.

    >>> len(ref_of(MasterKey("k1", bytes(32)), "C-1", "default"))
    32
    """
    message = domain.encode() + b"\0" + name.encode()
    return hmac.digest(key.derived("subject"), message, sha256).hex()[:32]


def table_refs(warehouse: Path, key: MasterKey, table: Table) -> list[str]:
    """Who stands for persons that nobody knows: a bronze table, as it is called now (last) and was before.

    Once its key is destroyed, it goes on under another name.
    """
    place, refs = table_path(warehouse, SUBJECT_KEYS), list[str]()
    while not refs or any(row["forgotten_at"] is not None for row in _rows(place, refs[-1:])):
        refs.append(ref_of(key, f"{table}/{len(refs)}", "a table's own"))
    return refs


def ensure(warehouse: Path) -> None:
    """Make the key table where it is missing."""
    place = table_path(warehouse, SUBJECT_KEYS)
    if not deltalog.exists(place):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # No statistics: a log that outlives a file must not know anything of a key in it.
        DeltaTable.create(str(place), _SCHEMA, mode="ignore", configuration={"delta.dataSkippingNumIndexedCols": "0"})


def add_missing(lake: Lake, refs: DataFrame, key: MasterKey, kind: str, at: datetime) -> None:
    """Make a key for each subject that has none, the destroyed ones apart: whoever is forgotten stays forgotten.

    Args:
        lake: the warehouse.
        refs: `ref` STRING: subjects, null for none; those may repeat.
        key: the master key that wraps the new ones.
        kind: `person` or `table`.
        at: when, UTC.
    """
    with _alone(lake.warehouse):  # two tables that are loaded at the same time may have the same person
        ensure(lake.warehouse)
        wanted = refs.where(F.col(REF).isNotNull()).distinct().join(lake.read(SUBJECT_KEYS), REF, "left_anti")
        rows = wanted.crossJoin(F.broadcast(key_frame(lake.spark, key))).select(
            REF,
            F.lit(key.id).alias("key_id"),
            F.lit(kind).alias("kind"),
            wrapped_new_key(F.col(REF)).alias(WRAPPED),
            F.lit(at).alias("made_at"),
            F.lit(None).cast("timestamp").alias("forgotten_at"),
        )
        rows.write.format("delta").mode("append").save(str(lake.path(SUBJECT_KEYS)))


def forget(warehouse: Path, refs: Sequence[str], at: datetime) -> tuple[int, int]:
    """Destroy the keys of some subjects; the caller holds the warehouse. Says how many keys now, and how many before.

    The key goes out of the table, then its file out of the folder. Killed in between, the next call does the rest.
    """
    place = table_path(warehouse, SUBJECT_KEYS)
    known = _rows(place, refs)
    before = sum(row["forgotten_at"] is not None for row in known)
    if len(known) > before:
        listed = ", ".join(map(sql_text, refs))
        when = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        DeltaTable(str(place)).update(
            predicate=f"ref in ({listed}) and wrapped is not null",
            updates={
                WRAPPED: "null",
                "forgotten_at": f"cast('{when}' as timestamp)",
            },
        )
    if known:
        purge(warehouse)
    return len(known) - before, before


def purge(warehouse: Path) -> None:
    """Remove all files of the key table that its newest version does not have; the caller holds the warehouse."""
    table = DeltaTable(str(table_path(warehouse, SUBJECT_KEYS)))
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)


def count(warehouse: Path) -> Counted:
    """The keys there are."""
    place = table_path(warehouse, SUBJECT_KEYS)
    if not deltalog.exists(place):
        return Counted(0, 0, 0)
    rows = deltalog.read(place, columns=["kind", "forgotten_at"]).to_pylist()
    persons = [row for row in rows if row["kind"] == PERSON]
    gone = sum(row["forgotten_at"] is not None for row in persons)
    return Counted(len(persons) - gone, gone, sum(r["kind"] == TABLE and r["forgotten_at"] is None for r in rows))


def refs_of(ring: Keyring, name: str, domain: str) -> list[str]:
    """What a data subject is called under each of the master keys."""
    return [ref_of(key, name, domain) for key in ring.keys]


def _rows(place: Path, refs: Sequence[str]) -> list[dict[str, Any]]:
    if not deltalog.exists(place):
        return []
    # No filter of pyarrow's: it can't compare the views in the statistics of a file that delta-rs has rewritten.
    rows = deltalog.read(place, columns=[REF, "forgotten_at"]).to_pylist()
    found: list[dict[str, Any]] = [row for row in rows if row[REF] in refs]
    return found


@contextmanager
def _alone(warehouse: Path) -> Iterator[None]:
    # A file, not a lock of this process: on Spark Connect each table's load is a process of the server.
    folder = table_path(warehouse, SUBJECT_KEYS).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "_lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
