"""Few changes in all, many of them new: history and current state are made anew, and are what a MERGE would make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from changelog import CONTRACT, Change, history, lines, state
from landing import Landing
from pyspark.errors import AnalysisException
from test_moves import versions

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table

HISTORY, CURRENT = Table("silver", "customers_history"), Table("silver", "customers")
TOLD = [Change("c", 10 + n, n, 10 + n, f"k{n}", f"name {n}", n) for n in range(18)]
"""With two more there are twenty: two are a tenth of them."""
GONE = Change("d", 50, 30, 50, "k3", "", None)
LATER = Change("u", 60, 31, 60, "k4", "another name", 4)
EMPTIED = Change("t", 70, 32, 70, "", None, None)


@pytest.fixture
def anew(landing: Landing) -> Landing:
    landing.contract, landing.max_events_anew = CONTRACT, 25
    return landing


def load(landing: Landing, name: str, log: Sequence[Change]) -> None:
    landing.put(f"{name}.jsonl", "".join(lines(log)))
    landing.bronze()
    landing.silver()


def operation(landing: Landing, table: Table) -> str:
    last = deltalog.last_commit(landing.lake.path(table))
    assert last is not None
    return last.operation


def now(landing: Landing) -> list[tuple[Any, ...]]:
    return sorted((row["id"], row["name"], row["tier"]) for row in landing.rows(CURRENT))


def test_a_tenth_of_few_events_makes_both_tables_anew(anew: Landing) -> None:
    load(anew, "a", TOLD)
    load(anew, "b", [LATER, GONE])
    assert [operation(anew, table) for table in (HISTORY, CURRENT)] == ["WRITE", "WRITE"]
    assert versions(anew.rows(HISTORY)) == history([*TOLD, GONE, LATER])
    assert now(anew) == state([*TOLD, GONE, LATER])
    assert anew.silver() == []


@pytest.mark.parametrize(("new", "most"), [([LATER], 25), ([LATER, GONE], 19)], ids=["few are new", "many in all"])
def test_other_loads_are_merged(anew: Landing, new: list[Change], most: int) -> None:
    anew.max_events_anew = most
    load(anew, "a", TOLD)
    load(anew, "b", new)
    assert [operation(anew, table) for table in (HISTORY, CURRENT)] == ["MERGE", "MERGE"]


def test_rows_that_a_merge_marked_do_not_come_back(anew: Landing) -> None:
    """A file whose rows are marked as gone is taken out with its marks: another file of that name has them still."""
    load(anew, "a", TOLD)
    anew.max_events_anew = 0
    load(anew, "b", [GONE])
    assert any(anew.lake.path(CURRENT).glob("deletion_vector_*.bin"))
    anew.max_events_anew = 25
    load(anew, "c", [LATER, LATER, LATER])
    assert operation(anew, CURRENT) == "WRITE"
    assert now(anew) == state([*TOLD, GONE, LATER])
    assert anew.lake.read(CURRENT).count() == len(TOLD) - 1, "Spark reads what everybody reads"
    anew.max_events_anew = 0
    load(anew, "d", [Change("u", 80, 40, 80, "k5", "last", 5)])
    assert operation(anew, CURRENT) == "MERGE"
    assert ("k5", "last", 5) in now(anew)
    assert len(now(anew)) == len(TOLD) - 1


def test_a_truncate_and_a_load_without_one_row(anew: Landing) -> None:
    load(anew, "a", TOLD)
    load(anew, "b", [EMPTIED, GONE])
    assert operation(anew, CURRENT) == "WRITE"
    assert now(anew) == []
    assert versions(anew.rows(HISTORY)) == history([*TOLD, GONE, EMPTIED])


def test_a_kill_between_the_two_tables_is_made_good(anew: Landing) -> None:
    load(anew, "a", TOLD)
    anew.put("b.jsonl", "".join(lines([LATER, GONE])))
    anew.bronze()
    anew.killed("after silver.customers_history")
    assert now(anew) == state(TOLD)
    done = [entry.table_name for entry in anew.silver()]
    assert str(CURRENT) in done
    assert str(HISTORY) not in done, "it was there"
    assert now(anew) == state([*TOLD, GONE, LATER])


def test_a_column_of_another_type_is_left_to_delta_which_says_so(anew: Landing) -> None:
    load(anew, "a", TOLD)
    place = anew.lake.path(CURRENT)
    columns = ", ".join(f"`{name}`" for name in deltalog.columns(place) if name != "_lsn")
    rows = anew.lake.read(CURRENT).selectExpr("cast(_lsn as decimal(38,0)) as _lsn", *columns.split(", "))
    rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(str(place))
    with pytest.raises(AnalysisException, match="Failed to merge fields '_lsn'"):
        load(anew, "b", [LATER, GONE])
    assert now(anew) == state(TOLD), "files of other types were not taken"
