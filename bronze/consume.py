"""Messages of Kafka into bronze, exactly once per offset, however often the process is killed.

Structured Streaming plans each batch in its checkpoint, as offsets; a batch is one Delta append that carries the
batch's number, so one that comes again is skipped. A run reads what the broker has at its start, and ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.sql import DataFrame

from hallmark.bronze.admit import admit, refuse_without_key
from hallmark.bronze.broker import look
from hallmark.bronze.ingest import Ingested, Load
from hallmark.bronze.kafka_options import spark_options
from hallmark.bronze.messages import message_rows
from hallmark.bronze.plan import bronze_ddl
from hallmark.bronze.progress import checkpoint_folder, read_offsets, refuse_half_gone
from hallmark.bronze.readers import with_metadata
from hallmark.bronze.topics import Marks, TopicPlan, plan_again
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import HallmarkError, StepError
from hallmark.lakehouse.ledger import OFFSETS, Ledger, OffsetEntry
from hallmark.lakehouse.logins import KafkaLogin
from hallmark.lakehouse.names import MESSAGE_METADATA_DDL, RESCUED
from hallmark.lakehouse.spark_errors import stream_without_data
from hallmark.lakehouse.tables import Lake, Txn

MAX_OFFSETS = 1_000_000
"""Messages in one commit, where the contract does not say."""

# Spark counts a message's time in microseconds, and can't hold it.
_TOO_LATE = "ArithmeticException"

# How long one call to a broker that went away may take; Spark's own choice is two minutes, and it tries again.
_PATIENCE_MS = 20_000


def consume(lake: Lake, plan: TopicPlan, load: Load, login: KafkaLogin) -> Ingested:
    """Read the plan's waiting messages into its bronze table, and tell the ledger how far it has come.

    Args:
        lake: where to.
        plan: what waits.
        load: the run that reads it.
        login: how the broker lets us in.

    Raises:
        ProgressError: when the checkpoint is gone while bronze holds rows of this source, or the other way round.
        StepError: when Spark fails; batches that were done before stay.
        SettingsError: when values are to be protected and there is no key.
    """
    refuse_without_key(plan, load.key)
    checkpoint = checkpoint_folder(lake.warehouse, plan.table, plan.server.name)
    refuse_half_gone(lake, plan, checkpoint, "offsets")
    lake.ensure(plan.table, _ddl(plan))
    before = deltalog.count_values(lake.path(plan.table), RESCUED)
    failed: Exception | None = None
    try:
        _run(lake, plan, load, {**_options(plan), **spark_options(login)}, checkpoint)
    except Exception as error:  # noqa: BLE001 -- raised again below, when the broker was asked
        failed = error
    finally:
        found = look(plan.server, login)
        _record(lake.warehouse, plan, load, checkpoint, found)
    if failed:
        raise _unread(plan, stream_without_data(failed), found) from failed
    after = deltalog.count_values(lake.path(plan.table), RESCUED)
    return Ingested(after[0] - before[0], after[1] - before[1])


def _unread(plan: TopicPlan, reason: str, found: Marks | HallmarkError) -> StepError:
    """The letter about a stream that ended by `reason`; `found` is what the broker says after it."""
    todo = "mend the cause and run again: it goes on where it stopped"
    if isinstance(found, HallmarkError):  # Spark tells of a broker that went away in words of many kinds
        reason, todo = f"{reason}; {found.what}: {found.got}", found.todo or todo
    elif reason == _TOO_LATE:
        reason = f"{reason}: a message's time is beyond the year 294246 (nanoseconds, not milliseconds?)"
        todo = "delete the topic's messages up to it (kafka-delete-records) and set onDataLoss: skip; set the topic's "
        todo += "message.timestamp.after.max.ms, so that the broker refuses such a time"
    return StepError(
        "a topic could not be read into bronze",
        where=f"{plan.table} from {plan.server.name}",
        got=reason,
        todo=f"nothing of this batch was kept; {todo}",
    )


def _ddl(plan: TopicPlan) -> str:
    ddl = bronze_ddl(plan.columns)
    return ddl if plan.server.format == "debezium" else f"{MESSAGE_METADATA_DDL}, {ddl}"


def _run(lake: Lake, plan: TopicPlan, load: Load, options: Mapping[str, str], checkpoint: Path) -> None:
    reader = lake.spark.readStream.format("kafka").options(**options)
    stream = reader.load().select("key", "value", "topic", "partition", "offset", "timestamp", "headers")
    writer = stream.writeStream.foreachBatch(_batch_writer(plan, load, lake.warehouse))
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    query.awaitTermination()


def _options(plan: TopicPlan) -> dict[str, str]:
    # Of a topic that the contract no longer names Spark would say that its messages are lost.
    unnamed = not set(plan.read) <= set(plan.server.topics)
    return {
        "kafka.bootstrap.servers": str(plan.server.place["host"]),
        "subscribe": ",".join(plan.server.topics),
        "startingOffsets": "earliest",
        "includeHeaders": "true",
        "failOnDataLoss": "false" if plan.server.skips_lost or unnamed else "true",
        "maxOffsetsPerTrigger": str(plan.server.max_per_batch or MAX_OFFSETS),
        "kafka.isolation.level": "read_committed",
        "kafkaConsumer.pollTimeoutMs": str(_PATIENCE_MS),
        "kafka.default.api.timeout.ms": str(_PATIENCE_MS),
        "kafka.request.timeout.ms": str(_PATIENCE_MS // 2),
    }


def _batch_writer(plan: TopicPlan, load: Load, warehouse: Path) -> Callable[[DataFrame, int], None]:
    # Captures plain data only: on Spark Connect this function is shipped to the server.
    def write(batch: DataFrame, batch_id: int) -> None:
        lake, txn = Lake(batch.sparkSession, warehouse), Txn(plan.app, batch_id)
        if lake.done(plan.table, txn) is not None:
            return  # before the messages are asked for their fields
        rows = admit(lake, message_rows(batch, plan.server.format), plan, load.key, load.at)
        load_id = f"{plan.table.name}/{plan.server.name}/{batch_id:06d}"
        lake.append(with_metadata(rows, plan.server, load.at, load_id), plan.table, txn)

    return write


def _record(warehouse: Path, plan: TopicPlan, load: Load, checkpoint: Path, found: Marks | HallmarkError) -> None:
    """How far the run has come, and what has come meanwhile: a row a partition in `ops.offsets`."""
    now = plan_again(plan, read_offsets(checkpoint), found if isinstance(found, Marks) else plan.marks)
    waiting = {(each.topic, each.number): each for each in now.partitions}
    entries = [
        OffsetEntry(
            run_id=load.run_id,
            table_name=str(plan.table),
            source=plan.server.name,
            topic=before.topic,
            topic_id=plan.marks.ids.get(before.topic, ""),
            partition=before.number,
            read_from=before.next,
            read_until=waiting[before.topic, before.number].next,
            lost=before.lost,
            waiting_before=before.waiting,
            waiting_after=waiting[before.topic, before.number].waiting if isinstance(found, Marks) else None,
            at=load.at,
        )
        for before in plan.partitions
        if (before.topic, before.number) in waiting
    ]
    Ledger(warehouse).write(OFFSETS, entries)
