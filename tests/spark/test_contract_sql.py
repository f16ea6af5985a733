"""SQL of contracts on Spark: as a subquery nothing writes, and what a SELECT itself could do is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import ParseException
from pyspark.sql import SparkSession

from hallmark.contracts.sql import filled, refuse_writing

WRITES = [
    "insert into kept select 1",
    "create table other as select 1",
    "drop view kept",
    "set spark.sql.ansi.enabled = false",
    "select 1; drop view kept",
    "with x as (select 1 as n) insert into kept select n from x",
    r"with x as (select r'\' as a) insert into kept select 'x' from x",
    "with x as (select 1 as n) delete from kept",
    "from kept insert into kept select n",
    "select 1) as found; drop view kept; --",
    "select 1) as found insert into kept select (1",
    "begin drop view kept; end",
]


@pytest.mark.parametrize("query", WRITES)
def test_the_parser_refuses_what_writes(spark: SparkSession, query: str) -> None:
    with pytest.raises(ParseException):
        spark.sql(filled(query, "`kept`", None))
    with pytest.raises(ValueError, match=r"\w"):
        refuse_writing(query)


@pytest.mark.parametrize(
    "query",
    [
        "with x as (select 1 as update) select update from x",
        "with x (a) as (select 1), y as (select 2) select a from x -- all",
        "from (select 1) select *;",
        r"select length(r'\') -- raw;",
        "select /*+ broadcast(b) */ a.n from (select 1 n) a join (select 1 n) b using (n); -- done",
    ],
)
def test_what_reads_is_run(spark: SparkSession, query: str) -> None:
    refuse_writing(query)
    assert [row[0] for row in spark.sql(filled(query, "`kept`", None)).collect()] == [1]


def test_a_script_in_a_select_would_run_and_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "made"
    query = f"select transform(n) using 'touch {file}; cat' as (n) from (select 1 n)"
    with pytest.raises(ValueError, match="it runs a script"):
        refuse_writing(query)
    spark.sql(filled(query, "`kept`", None)).collect()
    assert file.exists()  # Spark itself is no help here


def test_every_function_that_calls_java_is_known(spark: SparkSession) -> None:
    names = [row.function for row in spark.sql("show system functions").collect()]
    says = {name: spark.sql(f"describe function extended `{name}`").collect() for name in names}
    java = {
        name for name, rows in says.items() if any(row[0].startswith("Class:") and "Reflect" in row[0] for row in rows)
    }
    assert java == {"reflect", "try_reflect", "java_method"}
