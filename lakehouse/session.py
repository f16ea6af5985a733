"""The one door to Spark: a session in this process, or one on a Spark Connect server."""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from hallmark.lakehouse.catalog import catalog_folder, drop_moved_catalog, prepare_catalog
from hallmark.lakehouse.errors import HallmarkError, MachineError, SettingsError
from hallmark.lakehouse.jars import jar_files
from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.setting_places import place_of
from hallmark.lakehouse.settings import Settings

_LOG_CONFIG = Path(__file__).resolve().parent / "log4j2.properties"

# What rows depend on. A Connect server that somebody else has started gets these for our session, too.
_SESSION_OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # else a file of pandas' times stops the load
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # other readers know no times after 2262 else
    "spark.sql.constraintPropagation.enabled": "false",  # it takes minutes to think about a contract of forty columns
    "spark.sql.maxConcurrentOutputFileWriters": "4",  # else rows that are split by a column are sorted first
    "spark.sql.variable.substitute": "false",  # a `${...}` in a contract is text
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
}
_CONNECT_PORT = 15002  # Spark's own default
# Plans of small loads are interpreted, as to compile one takes longer than to run it, and not adapted while they run,
# as then each stage is a job of its own. The others are Spark's defaults.
_COMPILED = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
}
_INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def log_file(warehouse: Path) -> Path:
    """Where Spark's own log goes."""
    return warehouse / "_logs" / "spark.log"


def session_options(settings: Settings, jars: Iterable[Path]) -> dict[str, str]:
    """The Spark options of a session in this process; a Connect server is started with the same ones.

    Few partitions, no UI, loopback only, UTC: measured in docs/adr/0009.
    """
    catalog = catalog_folder(settings.warehouse)
    java_options = (
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m "
        # Spark's classes alone pass the default of 21 MB at which all of the heap is looked through, again and again.
        "-XX:MetaspaceSize=256m -Xmn400m "
        # The JVM's own warnings go to standard output unless told otherwise; that belongs to --json.
        f"-Xlog:disable -Xlog:all=warning:stderr -Dderby.stream.error.file={os.devnull} "
        f'"-Dlog4j2.configurationFile={_LOG_CONFIG}"'
    )
    return {
        "spark.driver.memory": settings.spark.driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java_options,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Without a UI, too, Spark keeps a thousand queries' plans and their texts: in a long session a heap full.
        "spark.sql.ui.retainedExecutions": "20",
        "spark.sql.maxPlanStringLength": "20000",
        # Delta remembers ten thousand tables for an hour; each takes about 2 MB: some hundreds are a heap full.
        "spark.databricks.delta.delta.log.cacheSize": "100",
        "spark.jars": ",".join(str(jar) for jar in jars),
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(settings.warehouse),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={catalog}/metastore_db;create=true",
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.hive.downloaded.resources.dir": str(catalog / "resources"),  # else a new folder in /tmp each time
        # Delta's log has the columns. Hive's own check of them fails on each replaced table, and is then passed over.
        "spark.hadoop.hive.metastore.disallow.incompatible.col.type.changes": "false",
        **_SESSION_OPTIONS,
        **settings.spark.options,
    }


def _quiet_python() -> None:
    # PySpark logs each failed query as one line of JSON with all its Java frames. Failures reach the user as letters.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL + 1)


def open_session(settings: Settings, *, small: bool = False) -> SparkSession:
    """The session of this run, with the warehouse's schemas in its catalog.

    Args:
        settings: where to, and Spark's options.
        small: so few rows that Spark does not compile its plans; `spark.options` has the last word.

    Raises:
        MachineError: no usable Java, no jars, the server does not answer, or Spark does not start.
        SettingsError: the server's address is none.
    """
    _quiet_python()
    try:
        spark = _connect(settings) if settings.spark.remote else _in_process(settings)
        compile_plans(spark, small=small, given=settings.spark.options)
        prepare_catalog(spark, settings.warehouse)
    except HallmarkError:
        raise
    except Exception as error:
        raise _letter(error, settings) from error
    return spark


def compile_plans(spark: SparkSession, *, small: bool, given: Mapping[str, str]) -> None:
    """Have Spark compile the session's plans from now on, or run those of a `small` load as is; `given` goes first."""
    for option, value in (_INTERPRETED if small else _COMPILED).items():
        spark.conf.set(option, given.get(option, value))


def _in_process(settings: Settings) -> SparkSession:
    require_java()
    jars = jar_files(settings.spark)
    drop_moved_catalog(settings.warehouse)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers take whatever python3 is first on PATH
    builder = SparkSession.builder.master(settings.spark.master).appName("hallmark")
    with _stderr_to(log_file(settings.warehouse)):
        return _with_options(builder, session_options(settings, jars)).getOrCreate()


@contextmanager
def _stderr_to(file: Path) -> Iterator[None]:
    # The JVM inherits our standard error when it starts and writes to it all its life: banners, warnings, traces.
    # A user reads our words; Spark's go to a file.
    file.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    ours = os.dup(2)
    theirs = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.dup2(theirs, 2)
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        os.close(theirs)


def _connect(settings: Settings) -> SparkSession:
    require_server(settings.spark.remote)
    # dbt asks for Hive each time it takes the session; the server, whose catalog it is, says no each time.
    warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
    spark = SparkSession.builder.remote(settings.spark.remote).getOrCreate()
    for option, value in _SESSION_OPTIONS.items():
        spark.conf.set(option, value)
    return spark


def require_server(remote: str) -> None:
    """See that somebody listens at `sc://host:port`: Spark itself would go on trying for ten minutes.

    Raises:
        SettingsError: when that is no address.
        MachineError: when nobody answers there.
    """
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname, parts.port or _CONNECT_PORT
    except ValueError:
        host, port = None, _CONNECT_PORT
    if not host or not remote.startswith("sc://"):
        where = place_of(["spark", "remote"])
        raise SettingsError("not the address of a Spark Connect server", where=where, wanted="sc://host:port")
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        raise MachineError(
            "the Spark Connect server does not answer",
            where=f"{host}:{port}",  # not all of the address: there may be a token in it
            got=error,
            todo="start it, or correct HALLMARK_SPARK__REMOTE; without that Spark runs in this process",
        ) from None


@contextmanager
def session_apart(settings: Settings) -> Iterator[SparkSession]:
    """A session for looking at files: with a catalog of its own, so that a run at the same time is not disturbed.

    Raises:
        MachineError: when there is no session to be had.
    """
    with tempfile.TemporaryDirectory(prefix="hallmark-apart-", ignore_cleanup_errors=True) as place:
        own = settings if settings.spark.remote else settings.model_copy(update={"warehouse": Path(place)})
        yield open_session(own)


def sibling(spark: SparkSession) -> SparkSession:
    """A session on the same JVM and catalog with options and temporary views of its own: one for each thread."""
    if not is_remote():
        other = spark.newSession()  # with the options that the first session was started with, not those it has now
        for option in _COMPILED:
            other.conf.set(option, str(spark.conf.get(option)))
        return other
    clone: SparkSession = spark.cloneSession()  # type: ignore[attr-defined]  # the remote class alone has it
    return clone


def _with_options(builder: SparkSession.Builder, options: Mapping[str, str]) -> SparkSession.Builder:
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder


def _letter(error: Exception, settings: Settings) -> MachineError:
    text = str(error)
    if not settings.spark.remote and "HiveMetaStoreClient" in text:
        # Spark does not say why; as a rule another process has it open.
        return MachineError(
            "the warehouse's catalog can't be opened",
            where=catalog_folder(settings.warehouse),
            got=text.splitlines()[0],
            wanted="one process at a time",
            todo="end what has it open (a plain dbt, a notebook, another run), or share one server: set "
            "HALLMARK_SPARK__REMOTE; if nothing has, hallmark doctor",
        )
    where = settings.spark.remote or settings.spark.master
    return MachineError(
        "Spark did not start",
        where=where,
        got=text.splitlines()[0] if text else error,
        todo="hallmark doctor",
    )
