"""Where a source's progress is kept, what of it a stream of Kafka has read, and what a lost half of it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from hallmark.contracts.model import Server
from hallmark.lakehouse.checkpoint import NO_BATCH, last_batch
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake


class Source(Protocol):
    """A source's plan: of files or of messages."""

    @property
    def table(self) -> Table:
        """The bronze table."""

    @property
    def server(self) -> Server:
        """The contract's server."""

    @property
    def app(self) -> str:
        """The transaction application id of its appends."""


def checkpoint_folder(warehouse: Path, table: Table, server: str) -> Path:
    """Where Spark keeps what it has read of a source."""
    return warehouse / "_checkpoints" / "bronze" / table.name / server


def read_offsets(checkpoint: Path) -> dict[str, dict[int, int]]:
    """The offsets up to which a Kafka source is in bronze: of the newest batch that is done; empty before the first.

    Raises:
        ProgressError: when the checkpoint can't be read.
    """
    done = last_batch(checkpoint / "commits")
    if done == NO_BATCH:
        return {}
    file = checkpoint / "offsets" / str(done)
    try:
        # A version, the batch's metadata, then a line a source: `{"topic":{"0":17}}`.
        found = json.loads(file.read_text(encoding="utf-8").splitlines()[2])
        return {topic: {int(number): int(at) for number, at in of.items()} for topic, of in found.items()}
    except (OSError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise ProgressError(
            "what was read of a topic can't be read from its checkpoint",
            where=file,
            got=f"{type(error).__name__}: {error}",
            todo="restore the folder; or give the server another name in the contract, to read the topic again",
        ) from None


def refuse_half_gone(lake: Lake, plan: Source, checkpoint: Path, what: str) -> None:
    """Stop when the checkpoint or the table is lost, and the other is not; `what` is what the checkpoint lists.

    Raises:
        ProgressError: the checkpoint is gone or older than the rows in bronze; or the table is gone.
    """
    again = f"to read all again, delete {lake.path(plan.table)}, {checkpoint.parent} and all built from the table"
    if not checkpoint.is_dir() and lake.progress(plan.table, plan.app) >= 0:
        raise ProgressError(
            f"the list of {what} already read is gone, but bronze holds their rows",
            where=checkpoint,
            todo=f"restore the folder; or, {again}",
        )
    planned = last_batch(checkpoint / "offsets")
    if checkpoint.is_dir() and lake.progress(plan.table, plan.app) > planned:
        raise ProgressError(
            f"the list of {what} already read is older than bronze: Delta would skip its next batches",
            where=checkpoint,
            got=f"batch {planned}",
            wanted=f"batch {lake.progress(plan.table, plan.app)}, which the table holds",
            todo=f"restore the folder; or, {again}",
        )
    if (checkpoint / "commits").is_dir() and not lake.exists(plan.table):
        raise ProgressError(
            f"a bronze table is gone, but not the list of {what} already read into it",
            where=lake.path(plan.table),
            todo=f"restore the table; or, {again}",
        )
