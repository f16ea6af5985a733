"""A contract in the words of other tools: DDL, dbt, Great Expectations, Pandera, pages for people; pure text, no Spark."""
