"""What is protected, by which keys; a person forgotten; sealed values opened for somebody who has the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hallmark.bronze import subjects
from hallmark.bronze.crypto import FORGOTTEN, key_frame, opened
from hallmark.bronze.plan import private_of
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import DataError, SettingsError, did_you_mean
from hallmark.lakehouse.keyring import HOW_TO_KEY, Keyring, MasterKey
from hallmark.lakehouse.known_keys import checked_keyring, known_keys
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import SCHEMAS, Table
from hallmark.lakehouse.session import session_apart
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import Lake, table_path
from hallmark.pipelines.context import Context
from hallmark.pipelines.execute import recorded
from hallmark.pipelines.project import Project, bronze_table

_CELL = r"[a-z][a-z0-9]{0,15}:[0-9a-f]{32}:(?:[A-Za-z0-9+/]+=*|forgotten)"  # also within the JSON of a change event
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Protected:
    """A protected column: its bronze table, its names in the source and in silver, and how."""

    table: str
    field: str
    column: str
    method: str


@dataclass(frozen=True)
class Status:
    """What `hallmark privacy status` says."""

    columns: tuple[Protected, ...]
    keys: Mapping[str, str]
    place: str | None
    counted: subjects.Counted


@dataclass(frozen=True)
class Forgotten:
    """Keys destroyed now, and those that had been destroyed before."""

    now: int
    before: int


@dataclass(frozen=True)
class Wanted:
    """Which sealed values to open: of a table, of some columns (none: all), of one subject, of so many rows."""

    table: Table
    columns: tuple[str, ...] = ()
    subject: str | None = None
    domain: str = "default"
    limit: int = 20


def status(project: Project) -> Status:
    """What the contracts protect, and the keys that were used. No JVM is started.

    Raises:
        SettingsError: when the keys at hand can't be used, or are others than those of before.
    """
    settings = project.settings
    ring = checked_keyring(settings.privacy.key_file, settings.warehouse)
    columns = [
        Protected(str(bronze_table(contract)), prop.source, f"{table.name}.{prop.name}", prop.protection.method)
        for contract in project.sources
        if private_of(contract)
        for table in contract.objects
        for prop in table.protected
        if prop.protection is not None
    ]
    place = ring.place if ring else None
    return Status(tuple(columns), known_keys(settings.warehouse), place, subjects.count(settings.warehouse))


def forget(context: Context, subject: str, domain: str) -> Forgotten:
    """Destroy the key of a person: what was sealed with it opens for nobody any more, in no table and in no copy.

    Raises:
        SettingsError: when the keys can't be used.
        DataError: when nothing of this subject was ever sealed.
        MachineError: when another run holds the warehouse.
    """
    # The ledger must not say whose: the name of a person is what is to be forgotten.
    return _forget(context, "privacy forget (a subject)", lambda ring: subjects.refs_of(ring, subject, domain), domain)


def forget_unread(context: Context, table: Table) -> Forgotten:
    """Destroy the key of what belongs to no known person: unreadable rows and undeclared columns of a bronze table.

    Raises:
        SettingsError: when the keys can't be used.
        DataError: when nothing of this table was ever sealed.
        MachineError: when another run holds the warehouse.
    """
    warehouse = context.project.settings.warehouse
    return _forget(
        context,
        f"privacy forget --unread {table}",
        lambda ring: [ref for key in ring.keys for ref in subjects.table_refs(warehouse, key, table)],
        None,
    )


def _forget(context: Context, command: str, refs: Callable[[Keyring], list[str]], domain: str | None) -> Forgotten:
    settings = context.project.settings
    with warehouse_lock(settings.warehouse):
        ring = _keyring(settings)
        with recorded(context, command):
            now, before = subjects.forget(settings.warehouse, refs(ring), context.clock())
            if not now and not before:
                todo = "look at its spelling, and at the dataSubject of the contract"
                what = "nothing was ever sealed for this"
                raise DataError(what, where=f"domain {domain}" if domain else settings.warehouse, todo=todo)
    return Forgotten(now, before)


def reveal(context: Context, wanted: Wanted) -> list[dict[str, Any]]:
    """Rows of a table that have sealed values, those opened; who asked for them stands in the ledger.

    Returns:
        At most `limit` rows; where a key is destroyed, a value is `forgotten`.

    Raises:
        SettingsError: when the keys can't be used, or there is no such table or column.
    """
    settings = context.project.settings
    ring = _keyring(settings)
    refs = None if wanted.subject is None else subjects.refs_of(ring, wanted.subject, wanted.domain)
    with recorded(context, f"privacy reveal {wanted.table}"):
        rows = list(sealed_rows(settings, wanted, refs))
        cells = {cell for row in rows for text in row.values() if isinstance(text, str) for cell in cells_in(text)}
        texts: dict[str, str | None] = {}
        if cells:
            with session_apart(settings) as spark:
                texts = open_cells(Lake(spark, settings.warehouse), ring, cells)
    return [{name: filled(value, texts) for name, value in row.items()} for row in rows]


def _keyring(settings: Settings) -> Keyring:
    ring = checked_keyring(settings.privacy.key_file, settings.warehouse)
    if ring is None:
        raise SettingsError(
            "there is no key, and nothing here was protected", where=settings.warehouse, todo=HOW_TO_KEY
        )
    return ring


def sealed_rows(settings: Settings, wanted: Wanted, refs: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """The rows with sealed values, as they are; of the subjects `refs` alone, unless that is None. No Spark.

    Raises:
        SettingsError: when there is no such table or column.
    """
    place = table_path(settings.warehouse, wanted.table)
    if wanted.table.schema not in SCHEMAS or not deltalog.exists(place):
        raise SettingsError(
            "no such table", where=settings.warehouse, got=wanted.table, todo="hallmark tables lists them"
        )
    there = deltalog.columns(place)
    for name in wanted.columns:
        if name not in there:
            hint = did_you_mean(name, there) or f"known: {', '.join(there)}"
            raise SettingsError("no such column", where=wanted.table, got=name, todo=hint)
    left = wanted.limit
    pattern = _CELL if refs is None else f"[a-z0-9]:({'|'.join(refs)}):"
    for batch in deltalog.batches(place, columns=wanted.columns or None):
        texts = [batch.column(name) for name in wanted.columns or there]
        matches = [pc.match_substring_regex(text, pattern) for text in texts if pa.types.is_string(text.type)]
        found = batch.slice(0, 0)
        if matches:
            some = matches[0].fill_null(False)  # noqa: FBT003 -- pyarrow's
            for other in matches[1:]:
                some = pc.or_(some, other.fill_null(False))  # noqa: FBT003
            found = batch.filter(some)
        for row in found.slice(0, left).to_pylist():
            yield {name: row[name] for name in there if not wanted.columns or name in wanted.columns}
        left -= min(left, found.num_rows)
        if not left:
            return


def cells_in(text: str) -> list[str]:
    """The sealed values in a text; it is one, or a document that has some."""
    return [found.group() for found in re.finditer(_CELL, text)]


def filled(value: Any, texts: Mapping[str, str | None]) -> Any:
    """A value with its cells opened; what does not open is forgotten."""
    if not isinstance(value, str):
        return value
    return re.sub(_CELL, lambda cell: texts.get(cell.group()) or FORGOTTEN, value)


def open_cells(lake: Lake, ring: Keyring, cells: Iterable[str]) -> dict[str, str | None]:
    """The texts of cells; null where a key is destroyed."""
    known = [cell for cell in cells if not cell.endswith(f":{FORGOTTEN}")]
    texts: dict[str, str | None] = {}
    for key in ring.keys:
        texts |= _of_key(lake, key, [cell for cell in known if cell.startswith(f"{key.id}:")])
    return texts


def _of_key(lake: Lake, key: MasterKey, cells: Sequence[str]) -> dict[str, str | None]:
    if not cells:
        return {}
    from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name; status starts no Spark

    frame = lake.spark.createDataFrame([(cell, cell.split(":")[1]) for cell in cells], "cell string, ref string")
    known = lake.read(subjects.SUBJECT_KEYS).select(subjects.REF, subjects.WRAPPED)
    rows = frame.join(known, "ref", "left").crossJoin(F.broadcast(key_frame(lake.spark, key)))
    told = rows.select("cell", opened(F.col("cell"), F.col("ref"), F.col(subjects.WRAPPED)).alias("text")).collect()
    return {row["cell"]: row["text"] for row in told}
