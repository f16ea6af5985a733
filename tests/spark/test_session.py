"""What a session leaves behind."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pyspark.sql import SparkSession


def test_hives_folder_for_resources_is_the_catalogs_and_not_a_new_one_in_tmp(spark: SparkSession) -> None:
    spark.sql("show schemas").collect()  # opens the catalog
    warehouse = Path(urlsplit(str(spark.conf.get("spark.sql.warehouse.dir"))).path)
    assert (warehouse / "_catalog" / "resources").is_dir()
