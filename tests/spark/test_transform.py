"""Deduplication: which row of a key stays."""

from __future__ import annotations

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from hallmark.silver.transform import first_of_each, not_in

ROW = "id string, tokens int, _ingested_at timestamp, _load_id string, _file string, _bad boolean"
Made = tuple[str, int, str, str, str]
LATE_LOAD = ("a", 1, "2026-01-02", "requests/csv/000001", "/a.csv")
LATE_FILE = ("a", 2, "2026-01-01", "requests/csv/000000", "/b.csv")
FIRST = ("a", 3, "2026-01-01", "requests/csv/000000", "/a.csv")
OTHER = ("b", 4, "2026-01-03", "requests/csv/000002", "/c.csv")


def frame(spark: SparkSession, rows: list[Made], *, bad: bool = False) -> DataFrame:
    texts = spark.createDataFrame([(*row, bad) for row in rows], ROW.replace("timestamp", "string"))
    return texts.withColumn("_ingested_at", texts["_ingested_at"].cast("timestamp"))


def test_the_row_that_was_ingested_first_stays(spark: SparkSession) -> None:
    kept = first_of_each(frame(spark, [LATE_LOAD, OTHER, LATE_FILE, FIRST]), ["id"])
    assert_df_equality(kept, frame(spark, [FIRST, OTHER]), ignore_row_order=True)


def test_within_a_file_the_content_decides_and_not_the_order(spark: SparkSession) -> None:
    rows = [(*FIRST[:1], tokens, *FIRST[2:]) for tokens in (5, 6, 7)]
    assert_df_equality(first_of_each(frame(spark, rows), ["id"]), first_of_each(frame(spark, rows[::-1]), ["id"]))


def test_without_a_key_every_row_stays(spark: SparkSession) -> None:
    assert first_of_each(frame(spark, [FIRST, FIRST]), []).count() == 2
    assert not_in(frame(spark, [FIRST]), frame(spark, [FIRST]), []).count() == 1


def test_rows_whose_key_is_known_go(spark: SparkSession) -> None:
    left = not_in(frame(spark, [FIRST, OTHER]), frame(spark, [LATE_LOAD]), ["id"])
    assert_df_equality(left, frame(spark, [OTHER]))


def test_rows_that_are_bad_all_stay_and_take_no_place(spark: SparkSession) -> None:
    rows = frame(spark, [LATE_LOAD]).union(frame(spark, [FIRST, FIRST], bad=True))
    known = frame(spark, [OTHER])
    assert_df_equality(first_of_each(not_in(rows, known, ["id"]), ["id"]), rows, ignore_row_order=True)
    known = frame(spark, [FIRST])
    kept = first_of_each(not_in(rows, known, ["id"]), ["id"])
    assert_df_equality(kept, frame(spark, [FIRST, FIRST], bad=True), ignore_row_order=True)
