"""How far a table has come with its source: pure decisions over Delta versions."""

from __future__ import annotations

from dataclasses import dataclass

from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Txn

_NEW_OF = 10


@dataclass(frozen=True)
class Hop:
    """What a table takes from another: the rows that `source` got in versions after `after`, up to and with `until`."""

    source: Table
    target: Table
    after: int
    until: int

    @property
    def pending(self) -> bool:
        """Whether the source has rows that the target has not seen; version 0 is its making and holds none."""
        return self.until > max(self.after, 0)

    @property
    def txn(self) -> Txn:
        """The transaction that remembers, in the target, how far it has come."""
        return hop_txn(self.target, self.source, self.until)


def hop_app(target: Table, source: Table) -> str:
    """The application id under which `target` keeps its progress with `source`.

    >>> hop_app(Table("silver", "charges"), Table("bronze", "charges"))
    'silver.charges<-bronze.charges'
    """
    return f"{target}<-{source}"


def hop_txn(target: Table, source: Table, version: int) -> Txn:
    """The transaction of `target` for `source` up to and with `version`."""
    return Txn(hop_app(target, source), version)


def plan_hop(source: Table, target: Table, *, source_version: int, progress: int) -> Hop:
    """Compare what the source has with what the target took.

    Raises:
        ProgressError: when the target took versions that the source does not have: the source was made anew.
    """
    if progress > source_version:
        raise ProgressError(
            "a table went back in time",
            where=source,
            got=f"version {source_version}",
            wanted=f"version {progress} or later, which {target} has read",
            todo="restore it, or delete the tables that were built from it and run again",
        )
    return Hop(source, target, progress, source_version)


def is_anew(events: int, new: int, at_most: int) -> bool:
    """Whether versions are made anew from all change events of a table, rather than those of the new events' rows.

    A MERGE has a price of its own, in jobs and commits, whatever it changes; what is made anew costs by its events.

    Args:
        events: how many the table has.
        new: how many of them came.
        at_most: of more events versions are not made anew.

    >>> is_anew(5_000, 500, 100_000), is_anew(5_000, 499, 100_000), is_anew(5_000, 500, 4_999)
    (True, False, False)
    """
    return events <= at_most and events <= _NEW_OF * new


def unfinished_gate(hop: Hop, gated_until: int) -> Hop | None:
    """The hop whose valid rows were written and whose broken rows may not have been: a run was killed in between.

    >>> bronze, silver = Table("bronze", "charges"), Table("silver", "charges")
    >>> unfinished_gate(Hop(bronze, silver, after=3, until=9), gated_until=3) is None
    True
    >>> redo = unfinished_gate(Hop(bronze, silver, after=3, until=9), gated_until=1)
    >>> redo.after, redo.until
    (1, 3)
    """
    return Hop(hop.source, hop.target, gated_until, hop.after) if gated_until < hop.after else None
