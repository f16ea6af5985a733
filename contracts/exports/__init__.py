"""A contract in the words of other tools: DDL, dbt, Great Expectations, Pandera, pages. Pure text, no Spark."""
