"""The catalog of a local warehouse: names for tables whose files are the truth. It can be made anew from them.

It holds absolute paths. A warehouse that was moved or copied must not go on reading the tables of its old place, so
its catalog is thrown away and the tables are registered again from their Delta logs.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pyspark.sql import SparkSession

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.names import IDENTIFIER, SCHEMAS, Table, sql_text

_PLACE = "_place"


def catalog_folder(warehouse: Path) -> Path:
    """Where the local catalog (Hive on Derby) keeps its files."""
    return warehouse / "_catalog"


def drop_moved_catalog(warehouse: Path) -> None:
    """Make the catalog's folder; when it was made for another place, throw its content away first."""
    folder = catalog_folder(warehouse)
    place = folder / _PLACE
    if folder.is_dir() and not (place.is_file() and place.read_text() == str(warehouse)):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def claim_place(warehouse: Path) -> None:
    """Write into the local catalog for which place it was made; last, so that a half-made one is made anew."""
    folder = catalog_folder(warehouse)
    if folder.is_dir():
        (folder / _PLACE).write_text(str(warehouse))


def prepare_catalog(spark: SparkSession, warehouse: Path) -> None:
    """Create the schemas where they are missing; in a new catalog register the tables that are on disk.

    Raises:
        MachineError: when the session's catalog belongs to another warehouse.
    """
    known = {row[0] for row in spark.sql("show schemas").collect()}
    for schema in SCHEMAS:
        if schema in known:
            _refuse_another_place(spark, warehouse, schema)
    for schema in [schema for schema in SCHEMAS if schema not in known]:
        spark.sql(f"create schema if not exists {schema} location {sql_text(str(warehouse / schema))}")
        for table in tables_on_disk(warehouse, schema):
            location = sql_text(str(warehouse / table.schema / table.name))
            spark.sql(f"create table if not exists {table} using delta location {location}")
    claim_place(warehouse)


def tables_on_disk(warehouse: Path, schema: str) -> list[Table]:
    """The Delta tables of a schema, by name, read from the file system."""
    folder = warehouse / schema
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Table(schema, each.name) for each in found if IDENTIFIER.match(each.name) and deltalog.exists(each)]


def _refuse_another_place(spark: SparkSession, warehouse: Path, schema: str) -> None:
    facts = {row[0]: row[1] for row in spark.sql(f"describe schema {schema}").collect()}
    place = Path("/" + str(facts["Location"]).removeprefix("file:").lstrip("/"))
    if place != warehouse / schema:
        raise MachineError(
            "the Spark session's catalog belongs to another warehouse",
            where=warehouse,
            got=place.parent,
            todo="name that warehouse, or use a process (a server) of its own for this one",
        )
