"""Files to bronze rows: every value as text under its own column's name, what does not parse in `_rescued`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql.types import ArrayType, BinaryType, MapType, StringType, StructField, StructType, VariantType

from hallmark.bronze.endings import packing_not_read
from hallmark.bronze.headers import UnreadableHeaderError, read_header
from hallmark.bronze.listing import as_glob
from hallmark.bronze.multiline import record_over_lines
from hallmark.bronze.records import TEXT, records_of, spread
from hallmark.contracts.model import Server
from hallmark.lakehouse.names import (
    BRONZE_METADATA,
    FILE,
    INGESTED_AT,
    LOAD_ID,
    METHOD,
    RECORD_KEY,
    RESCUED,
    SOURCE,
    bronze_column,
    quoted,
)

_REPLACEMENT = "\ufffd"  # what stands for bytes that are not UTF-8; left as they are, they would spoil the table

_MANY_LINES = "give the server multiLine: true, and land the file under a new name"


@dataclass(frozen=True)
class BadFile:
    """A file that can't be read at all, and why."""

    path: str
    reason: str


def read_files(
    spark: SparkSession, server: Server, paths: Sequence[str], bad: Sequence[BadFile] = ()
) -> DataFrame | None:
    """Bronze rows (without load metadata) of some files; a file in `bad` gives one row with the reason in `_rescued`.

    Returns:
        Columns STRING by the source's names, `_rescued` STRING, `_file` STRING; None when there is nothing to read.
    """
    readable = [path for path in paths if path not in {item.path for item in bad}]
    packed = _packed(readable) if server.format != "parquet" else []
    bad, readable = [*bad, *packed], [path for path in readable if path not in {item.path for item in packed}]
    if server.format == "csv":
        frames, refused = _read_csv(spark, server, readable)
    else:
        reader = {"json": _read_json, "debezium": _read_json, "parquet": _read_parquet}[server.format]
        frames, refused = (reader(spark, server, readable) if readable else []), []
    frames += [_bad_rows(spark, [*bad, *refused])] if bad or refused else []
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames) if frames else None


def _packed(paths: Sequence[str]) -> list[BadFile]:
    """The files that are packed in a way that not every reader unpacks: Spark would take some of them for texts."""
    endings = [(path, ending) for path in paths if (ending := packing_not_read(Path(path)))]
    return [
        BadFile(path, f"{ending} is not unpacked here: land it as .gz, .bz2, or unpacked") for path, ending in endings
    ]


def with_metadata(frame: DataFrame, server: Server, at: datetime, load_id: str) -> DataFrame:
    """Bronze rows with what is known of their load: the technical columns come last."""
    data = [F.col(quoted(name)) for name in frame.columns if name not in BRONZE_METADATA]
    added = {
        SOURCE: F.lit(server.name),
        METHOD: F.lit(_method(server)),
        INGESTED_AT: F.lit(at),
        LOAD_ID: F.lit(load_id),
    }
    metadata = [added[name].alias(name) if name in added else F.col(name) for name in BRONZE_METADATA]
    return frame.select(*data, *metadata)


def _method(server: Server) -> str:
    if server.type == "postgres":
        return "snapshot"
    if server.format == "debezium":
        return "cdc"
    return "stream" if server.type == "kafka" else "batch"


def _file_path() -> Column:
    # The metadata column is a URI; a plus sign stands for itself there, unlike in a form.
    uri = F.regexp_replace(F.col("_metadata.file_path"), r"\+", "%2B")
    return F.regexp_replace(F.url_decode(uri), "^file:/+", "/")


def _bad_rows(spark: SparkSession, bad: Sequence[BadFile]) -> DataFrame:
    rows = [(f"unreadable file: {item.reason}", item.path) for item in bad]
    return spark.createDataFrame(rows, f"{RESCUED} string, {FILE} string")


def _read_csv(spark: SparkSession, server: Server, paths: Sequence[str]) -> tuple[list[DataFrame], list[BadFile]]:
    delimiter = server.options.get("delimiter", ",")
    encoding = server.options.get("encoding", "UTF-8")
    whole_lines = not _many_lines(server, encoding)
    by_header: dict[tuple[str, ...], list[str]] = defaultdict(list)
    refused = []
    for path in paths:
        try:
            header = read_header(Path(path), delimiter=delimiter, encoding=encoding)
            if whole_lines and (line := record_over_lines(Path(path), delimiter, encoding, width=len(header))):
                refused.append(BadFile(path, f"the record of line {line} goes over several lines: {_MANY_LINES}"))
                continue
            by_header[server.columns if header and server.columns else header].append(path)
        except UnreadableHeaderError as error:
            refused.append(BadFile(path, str(error)))
    frames = [
        _csv_frame(spark, server, header, group, delimiter=delimiter, encoding=encoding)
        for header, group in by_header.items()
        if header
    ]
    return frames, refused


def _many_lines(server: Server, encoding: str) -> bool:
    # Of UTF-16 Spark would cut lines between the two bytes of a line feed.
    return server.options.get("multiLine", "false").lower() == "true" or encoding.upper().startswith("UTF-16")


def _csv_frame(
    spark: SparkSession,
    server: Server,
    header: Sequence[str],
    paths: list[str],
    *,
    delimiter: str,
    encoding: str,
) -> DataFrame:
    schema = StructType([StructField(name, StringType()) for name in (*header, RESCUED)])
    options = {
        "header": str(not server.columns).lower(), "sep": delimiter, "encoding": encoding, "quote": '"', "escape": '"',
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": RESCUED, "enforceSchema": "true", "maxCharsPerColumn": "-1",
        "multiLine": str(_many_lines(server, encoding)).lower(),
    }  # fmt: skip
    if "nullValue" in server.options:
        options["nullValue"] = server.options["nullValue"]
    frame = spark.read.schema(schema).options(**options).csv([as_glob(path) for path in paths])
    columns = [F.col(quoted(name)) for name in header]
    garbled = F.contains(F.concat_ws("", *columns), F.lit(_REPLACEMENT))
    rescued = F.coalesce(F.col(RESCUED), F.when(garbled, F.concat_ws(delimiter, *columns)))
    return frame.select(*columns, rescued.alias(RESCUED), _file_path().alias(FILE))


def _read_json(spark: SparkSession, server: Server, paths: Sequence[str]) -> list[DataFrame]:
    layout = server.options.get("jsonLayout", "lines")
    texts = spark.read.text([as_glob(path) for path in paths], wholetext=layout != "lines")
    texts = texts.select(_without_mark("value").alias(TEXT), _file_path().alias(FILE)).where(F.trim(TEXT) != "")
    extra = [RECORD_KEY] if layout == "map" else []
    return [spread(records_of(texts, layout, [FILE]), [*extra, FILE], F.contains(TEXT, F.lit(_REPLACEMENT)))]


def _without_mark(column: str) -> Column:
    return F.regexp_replace(F.make_valid_utf8(column), "^\ufeff", "")  # a byte order mark is no part of a text


def _read_parquet(spark: SparkSession, server: Server, paths: Sequence[str]) -> list[DataFrame]:  # noqa: ARG001 -- one signature for all readers
    import pyarrow.parquet as pq

    by_schema: dict[str, list[str]] = defaultdict(list)
    nanos: dict[str, set[str]] = {}
    for path in paths:
        schema = pq.read_schema(path)
        known_as = str(schema.remove_metadata())
        by_schema[known_as].append(as_glob(path))
        nanos[known_as] = {each.name for each in schema if str(each.type).startswith("timestamp[ns")}
    return [texts_of(spark.read.parquet(*globs), nanos[known_as]) for known_as, globs in by_schema.items()]


def texts_of(frame: DataFrame, nanos: Collection[str] = ()) -> DataFrame:
    """Rows of typed files (Parquet, Delta) as bronze rows: every value as text, objects and arrays as JSON.

    `nanos` are columns that hold times in nanoseconds.
    """
    columns = [
        (_nanos_as_text(field) if field.name in nanos else _as_text(field)).alias(bronze_column(field.name))
        for field in frame.schema.fields
    ]
    return frame.select(*columns, F.lit(None).cast("string").alias(RESCUED), _file_path().alias(FILE))


def _nanos_as_text(field: StructField) -> Column:
    # Spark has no times of nanoseconds and reads them as numbers (a session option): to microseconds, as all times.
    return F.expr(f"cast(timestamp_micros({quoted(field.name)} div 1000) as string)")


def _as_text(field: StructField) -> Column:
    column = F.col(quoted(field.name))
    if isinstance(field.dataType, ArrayType | MapType | StructType | VariantType):
        return F.to_json(column)
    return F.base64(column) if isinstance(field.dataType, BinaryType) else column.cast("string")
