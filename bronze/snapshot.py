"""A table of a Postgres into bronze: one commit a snapshot, which holds the snapshot's number.

One transaction of ours sees the table as it is at that moment, and every connection of Spark's reads that same state:
what was counted, what is cut into pieces and what lands are of one moment, also when a task is tried again. What the
snapshot was of (fingerprint, watermark) stands in `_file` of its rows, so it is in the same commit as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pyarrow import dataset
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze import postgres
from hallmark.bronze import postgres_sql as q
from hallmark.bronze.admit import admit, refuse_without_key
from hallmark.bronze.differences import changes, events, keys_in_clear, known_rows
from hallmark.bronze.ingest import Ingested, Load
from hallmark.bronze.plan import bronze_ddl
from hallmark.bronze.protect import Guard
from hallmark.bronze.protect_images import protect_images
from hallmark.bronze.readers import with_metadata
from hallmark.bronze.snapshots import Last, SnapshotPlan, keyed, load_id, plan_again, snapshot_of
from hallmark.contracts.model import Server
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import HallmarkError, ProgressError, StepError
from hallmark.lakehouse.ledger import SNAPSHOTS, Ledger, SnapshotEntry
from hallmark.lakehouse.logins import PostgresLogin
from hallmark.lakehouse.names import FILE, INGESTED_AT, LOAD_ID, RESCUED, SOURCE, Table, bronze_column, quoted
from hallmark.lakehouse.spark_errors import stream_without_data
from hallmark.lakehouse.tables import Lake, Txn, table_path

if TYPE_CHECKING:
    from hallmark.bronze.postgres import Session

DRIVER = "org.postgresql.Driver"
_NONE = "-"


def last_snapshot(warehouse: Path, table: Table, server: Server) -> Last | None:
    """The last snapshot of a server that is in a bronze table; None before the first.

    Raises:
        ProgressError: when the table's log knows of it, and its rows are gone.
    """
    path = table_path(warehouse, table)
    number = deltalog.transaction_version(path, f"{table}<-{server.name}")
    if number < 0:
        return None
    load = load_id(table, server, number)
    found = deltalog.batches(path, columns=[FILE, INGESTED_AT], where=dataset.field(LOAD_ID) == load)
    row = next((batch.slice(0, 1).to_pylist()[0] for batch in found if batch.num_rows), None)
    parts = str(row[FILE]).rsplit("/", 3) if row else []
    if row is None or len(parts) != 4:
        raise ProgressError(
            "what the last snapshot held can't be told: its rows are gone from bronze",
            where=f"{table} from {server.name}",
            got=f"no row of load {load}",
            todo="restore the table; or delete it and what is built from it, and run again: all is read anew",
        )
    at: datetime = row[INGESTED_AT]
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    column, named, watermark = parts[3].partition("=")
    seen, at = Ledger(warehouse).seen_snapshot(table, server.name, number, parts[2]) or ("", at)
    return Last(number, parts[2], watermark if named else None, at, seen, parts[0], unquote(column) if named else "")


def _told_watermark(plan: SnapshotPlan) -> str:
    newest = plan.contents.watermark if plan.contents else None
    return _NONE if newest is None else f"{quote(snapshot_of(plan.server).watermark, safe='')}={newest}"


def take(lake: Lake, plan: SnapshotPlan, load: Load, login: PostgresLogin | None) -> Ingested:
    """Read what the plan's table holds now into its bronze table.

    Raises:
        HallmarkError: when the database can't be read (`postgres.opened`).
        SettingsError: when values are to be protected and there is no key.
        ProgressError: when bronze has keys in clear of a table whose keys are protected now.
        ContractViolation: when it has columns that the contract does not name, and schemaEvolution is `fail`.
        StepError: when Spark fails; nothing of the snapshot is kept then.
    """
    refuse_without_key(plan, load.key)
    with postgres.opened(plan.server, login) as session:
        shape, contents = postgres.ask(session, plan.server, plan.key, plan.last)
        if plan.private is not None and load.key is not None:
            contents = keyed(contents, [load.key])
        now = plan_again(plan, (shape, contents))
        if now.trouble:
            raise now.trouble
        if not now.due:
            return Ingested(0, 0)
        lake.ensure(now.table, bronze_ddl(now.columns))
        before = deltalog.count_values(lake.path(now.table), RESCUED)
        try:
            landed = _write(lake, now, load, _reader(lake, now, session, login), postgres.clock(session))
        except HallmarkError:
            raise
        except Exception as error:
            if postgres.is_gone(session):
                raise postgres.went_away(now.server) from error
            if letter := postgres.letter_of(now.server, error):
                raise letter from None  # the database's own words may quote a value
            raise StepError(
                "a table could not be read into bronze",
                where=f"{now.table} from {now.server.name}: {now.server.path}",
                got=stream_without_data(error),
                todo="nothing of this snapshot was kept; mend the cause and run again",
            ) from error
        if not landed:
            _remember(lake.warehouse, now, load)
        after = deltalog.count_values(lake.path(now.table), RESCUED)
        return Ingested(after[0] - before[0], after[1] - before[1])


def _write(lake: Lake, plan: SnapshotPlan, load: Load, rows: DataFrame, millis: int) -> bool:
    """Land what bronze does not have of the table; says whether there was something."""
    assert plan.contents is not None  # noqa: S101 -- it is due
    found = plan.contents
    place = "/".join([plan.server.path, str(plan.number), found.fingerprint, _told_watermark(plan)])
    if snapshot_of(plan.server).mode == "changes":
        return _write_changes(lake, plan, load, rows, lambda changed: events(changed, plan, place, millis))
    added = {RESCUED: F.lit(None).cast("string"), FILE: F.lit(place)}
    bronze = admit(lake, rows.withColumns(added), plan, load.key, load.at)
    new = _without_known(lake, plan, bronze, place)
    if plan.only_ties and new.isEmpty():
        return False
    _append(lake, plan, load, new)
    return True


def _write_changes(
    lake: Lake, plan: SnapshotPlan, load: Load, rows: DataFrame, told: Callable[[DataFrame], DataFrame]
) -> bool:
    if plan.private is not None and load.key is not None:
        rows = protect_images(Guard(lake, plan.table, load.key, load.at), rows, plan.private.tables[0])
    known = known_rows(lake.read(plan.table), plan.server.name)
    # In memory alone: what does not fit is read again, from the same snapshot, and nothing is spilled to disk.
    changed = changes(rows, known).persist(StorageLevel.MEMORY_ONLY)
    try:
        _refuse_keys_in_clear(plan, changed)
        if changed.isEmpty():
            return False
        _append(lake, plan, load, told(changed))
        return True
    finally:
        changed.unpersist()


def _append(lake: Lake, plan: SnapshotPlan, load: Load, rows: DataFrame) -> None:
    lake.append(with_metadata(rows, plan.server, load.at, plan.load_id), plan.table, Txn(plan.app, plan.number))


def _refuse_keys_in_clear(plan: SnapshotPlan, changed: DataFrame) -> None:
    tables = plan.private.tables if plan.private else ()
    keys = [prop.source for table in tables for prop in table.protected if prop.key_position is not None]
    if keys and not keys_in_clear(changed, keys).isEmpty():
        raise ProgressError(
            "bronze has keys from before they were protected, and rows can't be compared by them",
            where=f"{plan.table} from {plan.server.name}",
            got=f"{', '.join(keys)} in clear",
            wanted="pseudonyms, as the contract has it",
            todo=f"delete {plan.table} and what is built from it, and run again: the table is read anew "
            "(docs/privacy.md)",
        )


def _remember(warehouse: Path, plan: SnapshotPlan, load: Load) -> None:
    """Keep the fingerprint of what was read and left nothing to land, or the next run would read it again."""
    assert plan.contents is not None and plan.last is not None  # noqa: S101, PT018 -- a first snapshot lands its rows
    entry = SnapshotEntry(
        run_id=load.run_id,
        table_name=str(plan.table),
        source=plan.server.name,
        number=plan.last.number,
        landed=plan.last.fingerprint,
        seen=plan.contents.fingerprint,
        at=load.at,
    )
    Ledger(warehouse).write(SNAPSHOTS, [entry])


def _reader(lake: Lake, plan: SnapshotPlan, session: Session, login: PostgresLogin | None) -> DataFrame:
    """The table's rows as texts, read when they are needed, by one connection a piece."""
    assert plan.shape is not None  # noqa: S101 -- it is due
    server, shape, snapshot = plan.server, plan.shape, snapshot_of(plan.server)
    given = postgres.require_login(server, login)
    if snapshot.mode == "changes":
        asked = q.images_sql(server, shape, plan.key)
    else:
        asked = q.rows_sql(server, shape, watermark=plan.last.watermark if plan.last else None)
    # In the address: with predicates Spark writes properties in small letters, and the driver does not know these then.
    database = str(server.place["database"])  # a `?` or `%` in its name is none of the address
    more = f"ApplicationName=hallmark&connectTimeout={postgres.PATIENCE:.0f}&tcpKeepAlive=true"
    frame = lake.spark.read.jdbc(
        f"jdbc:postgresql://{server.place['host']}:{server.place['port']}/{quote(database, safe='')}?{more}",
        f"({asked}) found",
        predicates=q.predicates(postgres.cuts(session, server, shape)),
        properties={
            "user": given.user,
            "password": given.password.get_secret_value(),
            "driver": DRIVER,
            "fetchsize": str(snapshot.fetch_size),
            "sessionInitStatement": q.session_sql(postgres.export(session)),
            **given.tls,
        },
    )
    return frame.drop(q.PIECE)


def _without_known(lake: Lake, plan: SnapshotPlan, rows: DataFrame, place: str) -> DataFrame:
    """The rows without those with the last watermark that bronze has: more of them may have come, and each counts."""
    last = plan.last.watermark if plan.last else None
    column = snapshot_of(plan.server).watermark
    if last is None or not column:
        return rows
    known = F.col(quoted(bronze_column(column)))
    numeric = plan.shape is not None and plan.shape.types.get(column) == "numeric"  # 1.0 and 1.00 are one value
    equal = known.try_cast("double") == F.lit(last).cast("double") if numeric else known == last
    # A row in `_rescued` may have no watermark beside its text: it is looked for among those that bronze has.
    at_last = F.coalesce(equal, F.lit(True))  # noqa: FBT003
    there = lake.read(plan.table).where((F.col(SOURCE) == plan.server.name) & at_last)
    names = {name.lower() for name in there.columns}
    compared = [name for name in rows.columns if name != FILE]
    # A column that the table got since is null in bronze's rows.
    shown = [F.col(quoted(name)) if name.lower() in names else F.lit(None).cast("string") for name in compared]
    ties = rows.where(at_last).drop(FILE).exceptAll(there.select(*shown))
    return rows.where(~at_last).unionByName(ties.withColumn(FILE, F.lit(place)))
