"""Bronze rows of files and messages with their protected values made unreadable, before anything of them is written.

What the contract does not declare may be anything, a person's data as well: undeclared columns, and rows that can't be
read (their parts may stand in any column), are sealed whole with a key of the table's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze import subjects
from hallmark.bronze.crypto import key_frame, pseudonym, seal, subject_ref
from hallmark.bronze.truncation import truncated
from hallmark.contracts.model import Property, SchemaObject
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.names import (
    FILE,
    MASK,
    MESSAGE_METADATA,
    RESCUED,
    RESCUED_COLUMNS,
    UNDECLARED,
    Table,
    bronze_column,
    quoted,
)
from hallmark.lakehouse.tables import Lake

_TABLE_REF, _TABLE_WRAPPED = "_table_ref", "_table_wrapped"
_OF_THE_PRODUCER = ("_key", "_headers")  # of a message; what else is known of it is the broker's


@dataclass(frozen=True)
class Owner:
    """Whose key seals a value: columns with the subject's name in the key table and its wrapped key."""

    ref: Column
    wrapped: Column


def tables_own() -> Owner:
    """The bronze table itself: its key seals what belongs to nobody in particular."""
    return Owner(F.col(_TABLE_REF), F.col(_TABLE_WRAPPED))


@dataclass(frozen=True)
class Guard:
    """What protects the rows of one load.

    Attributes:
        lake: the warehouse.
        table: the bronze table.
        key: the master key.
        at: when the load began, UTC.
    """

    lake: Lake
    table: Table
    key: MasterKey
    at: datetime

    def with_keys(self, rows: DataFrame) -> DataFrame:
        """The rows with the columns of keys that the functions of this module read."""
        ref = subjects.table_refs(self.lake.warehouse, self.key, self.table)[-1]
        one = self.lake.spark.range(1).select(F.lit(ref).alias(subjects.REF))
        subjects.add_missing(self.lake, one, self.key, subjects.TABLE, self.at)
        known = self.lake.read(subjects.SUBJECT_KEYS).where(F.col(subjects.REF) == F.lit(ref))
        own = known.select(F.col(subjects.REF).alias(_TABLE_REF), F.col(subjects.WRAPPED).alias(_TABLE_WRAPPED))
        keys = key_frame(self.lake.spark, self.key).crossJoin(F.broadcast(own))
        return rows.crossJoin(F.broadcast(keys))

    def with_owners(self, rows: DataFrame, owners: Sequence[str]) -> DataFrame:
        """The rows with the wrapped key `<owner>_wrapped` of the subject in each column `owner`; new ones are made."""
        refs = rows.select(F.explode(F.array(*map(F.col, owners))).alias(subjects.REF))
        subjects.add_missing(self.lake, refs, self.key, subjects.PERSON, self.at)
        for owner in owners:
            known = self.lake.read(subjects.SUBJECT_KEYS).select(
                F.col(subjects.REF).alias(f"{owner}_known"), F.col(subjects.WRAPPED).alias(f"{owner}_wrapped")
            )
            # Broadcast: rows that are shuffled lie on a disk for a while, and they are not protected yet.
            rows = rows.join(F.broadcast(known), F.col(owner) == F.col(f"{owner}_known"), "left")
        return rows

    def owner(self, name: str) -> Owner:
        """The subject in a column that `with_owners` saw to; where there is none, the table stands for it."""
        there, ref = F.col(f"{name}_known").isNotNull(), F.col(name)
        lost = F.raise_error(F.lit("a data subject has no key"))
        wrapped = F.when(ref.isNull(), F.col(_TABLE_WRAPPED)).when(there, F.col(f"{name}_wrapped")).otherwise(lost)
        return Owner(F.coalesce(ref, F.col(_TABLE_REF)), wrapped)

    def sealed(self, text: Column, field: str, owner: Owner | None = None) -> Column:
        """The cell of a text; without an owner the table's own."""
        whose = owner or tables_own()
        return seal(text, f"{self.table}.{field}", self.key.id, whose.ref, whose.wrapped)

    def protected(self, text: Column, prop: Property, owner: Owner) -> Column:
        """A value as its property's protection leaves it."""
        protection = prop.protection
        assert protection is not None  # noqa: S101 -- asked for protected properties alone
        if protection.method == "pseudonym":
            return pseudonym(text, protection.domain, self.key.id)
        if protection.method == "encrypt":
            return self.sealed(text, bronze_column(prop.source), owner)
        if protection.method == "redact":
            text_of_its_own = prop.logical_type == "string" and not prop.clock
            constant = MASK if protection.constant is None and text_of_its_own else protection.constant
            return F.when(text != "", F.lit(constant)).otherwise(text)
        return truncated(text, prop, protection)


def protect_rows(guard: Guard, rows: DataFrame, table: SchemaObject) -> DataFrame:
    """Rows of files, or of messages that are rows, with the contract's protections.

    Args:
        guard: what protects them.
        rows: as `evolve` leaves them: columns STRING by the source's names, `_rescued`, `_file`, where the contract
            asks for it `_rescued_columns`; of messages `MESSAGE_METADATA`.
        table: the contract's table.

    Returns:
        The declared columns, protected ones as their protection leaves them; `_undeclared`, a cell of the others as a
        JSON object; `_rescued` and `_rescued_columns`, cells of the texts; `_file`. All STRING. A rescued row has no
        other values. Of messages also where they were, as it came, and cells of `_key` and `_headers`, even of a
        rescued one: its text does not have them.
    """
    ours = {RESCUED, FILE, RESCUED_COLUMNS, *MESSAGE_METADATA}
    named = _Named(table, [name for name in rows.columns if name not in ours])
    frame = guard.with_keys(rows)
    owner = tables_own()
    if any(prop.protection and prop.protection.method == "encrypt" for prop in table.protected):
        frame = guard.with_owners(frame.withColumn("_owner", named.owner_ref()), ["_owner"])
        owner = guard.owner("_owner")
    readable = F.col(RESCUED).isNull()
    columns = []
    for name in named.declared:
        prop = named.protected(name)
        value = guard.protected(F.col(quoted(name)), prop, owner) if prop else F.col(quoted(name))
        columns.append(F.when(readable, value).alias(name))
    rescued = guard.sealed(F.col(RESCUED), RESCUED).alias(RESCUED)
    undeclared = F.when(readable, guard.sealed(named.others(), UNDECLARED)).alias(UNDECLARED)
    packed = F.when(readable, guard.sealed(F.col(RESCUED_COLUMNS), RESCUED_COLUMNS)).alias(RESCUED_COLUMNS)
    place = [
        guard.sealed(F.col(name), name).alias(name) if name in _OF_THE_PRODUCER else F.col(name)
        for name in MESSAGE_METADATA
        if name in rows.columns
    ]
    more = [packed] if RESCUED_COLUMNS in rows.columns else []
    return frame.select(*place, *columns, *more, undeclared, rescued, FILE)


class _Named:
    """The columns of a load by what the contract says of them. Letters' case does not matter, as in the gate."""

    def __init__(self, table: SchemaObject, columns: list[str]) -> None:
        self._table = table
        self._protected = {bronze_column(prop.source).lower(): prop for prop in table.protected}
        # Words of a transform's SQL don't count, or a column called `date` would be declared by `cast(x as date)`.
        known = {bronze_column(name).lower() for prop in table.properties for name in prop.source_columns}
        self.declared = [name for name in columns if name.lower() in known]
        self._others = [name for name in columns if name.lower() not in known]

    def protected(self, name: str) -> Property | None:
        """The protected property of a column."""
        return self._protected.get(name.lower())

    def owner_ref(self) -> Column:
        """The data subject of a row, as the key table has it; null where the row does not say it."""
        subject = self._table.subject
        found = [name for name in self.declared if subject and name.lower() == bronze_column(subject.field).lower()]
        if subject is None or not found:
            return F.lit(None).cast("string")
        return F.when(F.col(RESCUED).isNull(), subject_ref(F.col(quoted(found[0])), subject.domain))

    def others(self) -> Column:
        """What the contract does not declare, as a JSON object; null where there is nothing of it."""
        if not self._others:
            return F.lit(None).cast("string")
        some = F.coalesce(*[F.col(quoted(name)) for name in self._others]).isNotNull()
        return F.when(some, F.to_json(F.struct(*[F.col(quoted(name)) for name in self._others])))
