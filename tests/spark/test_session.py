"""What a session leaves behind, and whom it keeps out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.sql import SparkSession
from warehouses import PATIENCE, environment

ANOTHER = """
import sys
from hallmark.lakehouse.errors import HallmarkError
from hallmark.lakehouse.session import open_session
from hallmark.lakehouse.settings import load_settings
try:
    open_session(load_settings(warehouse=sys.argv[1], spark={"driver_memory": "1g"}))
except HallmarkError as letter:
    print(letter)
"""


def warehouse_of(spark: SparkSession) -> Path:
    spark.sql("show schemas").collect()  # opens the catalog
    return Path(urlsplit(str(spark.conf.get("spark.sql.warehouse.dir"))).path)


def test_hives_folder_for_resources_is_the_catalogs_and_not_a_new_one_in_tmp(spark: SparkSession) -> None:
    assert (warehouse_of(spark) / "_catalog" / "resources").is_dir()


def test_a_second_process_on_the_same_warehouse_is_told_what_to_end(spark: SparkSession, tmp_path: Path) -> None:
    warehouse = warehouse_of(spark)
    call = [sys.executable, "-c", ANOTHER, str(warehouse)]
    done = subprocess.run(
        call, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.stdout == (
        "MachineError: the warehouse's catalog can't be opened\n"
        f"  where: {warehouse}/_catalog\n"
        "  got: org.apache.hadoop.hive.ql.metadata.HiveException: java.lang.RuntimeException: "
        "Unable to instantiate org.apache.hadoop.hive.ql.metadata.SessionHiveMetaStoreClient\n"
        "  wanted: one process at a time\n"
        "  do: end what has it open (a plain dbt, a notebook, another run), or share one server: set "
        "HALLMARK_SPARK__REMOTE; if nothing has, hallmark doctor\n"
    )
