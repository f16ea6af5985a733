"""Rows as their contract lets them into bronze: columns that it does not name first, then values to protect."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame

from hallmark.bronze.evolution import evolve
from hallmark.bronze.plan import IngestPlan
from hallmark.bronze.protect import Guard, protect_rows
from hallmark.bronze.protect_events import protect_events
from hallmark.bronze.snapshots import SnapshotPlan
from hallmark.bronze.topics import TopicPlan
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.keyring import HOW_TO_KEY, MasterKey
from hallmark.lakehouse.tables import Lake

Source = IngestPlan | TopicPlan | SnapshotPlan
"""What there is to read into one bronze table."""


def refuse_without_key(plan: Source, key: MasterKey | None) -> None:
    """Stop before anything is read that could not be protected.

    Raises:
        SettingsError: the source has values to protect, and there is no key.
    """
    if plan.private is not None and key is None:
        raise SettingsError("a source has values to protect, and there is no key", where=plan.table, todo=HOW_TO_KEY)


def admit(lake: Lake, rows: DataFrame, plan: Source, key: MasterKey | None, at: datetime) -> DataFrame:
    """The rows that bronze may write, as far as load metadata is not concerned. Nothing else may be written of them.

    Args:
        lake: the warehouse; keys of persons that it does not have yet are made in it.
        rows: as `readers.read_files`, `messages.message_rows` give them, or rows of a database's table.
        plan: their source.
        key: the master key; a source without values to protect needs none.
        at: when the load began, UTC.

    Raises:
        ContractViolation: the source has columns that the contract does not name, and it says `fail`.
        SettingsError: there are values to protect, and no key.
    """
    rows = evolve(rows, plan.columns, plan.server.evolution)
    refuse_without_key(plan, key)
    if plan.private is None or key is None:
        return rows
    guard = Guard(lake, plan.table, key, at)
    if plan.private.events:
        return protect_events(guard, rows, plan.private.tables, torn=plan.server.type != "kafka")
    return protect_rows(guard, rows, plan.private.tables[0])
