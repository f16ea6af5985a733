"""Rows that get a new key: what events leave out of them is what they had before, or null; never another row's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from changelog import CONTRACT, UNCHANGED, Change, Version, history, lines, ordered, record, state
from landing import Landing
from pyspark.sql import SparkSession

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.names import Table
from hallmark.silver.moves import family
from hallmark.silver.versions import Shape, current_rows, history_rows, shape_of

HISTORY, CURRENT = Table("silver", "customers_history"), Table("silver", "customers")
COMPOSITE = """
apiVersion: v3.1.0
kind: DataContract
id: shop.shop_changes
version: 1.0.0
status: active
servers: [{server: kafka, type: local, path: "*.jsonl", format: debezium}]
schema:
  - name: pages
    physicalName: shop.pages
    properties:
      - {name: book, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: page, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: body, logicalType: string}
      - {name: price, logicalType: number, physicalType: "decimal(38,2)"}
"""


def moved(lsn: int, offset: int, old: str, new: str, *, name: str = UNCHANGED, tier: int = 1) -> list[Change]:
    """A change of the key under REPLICA IDENTITY DEFAULT, the long value left alone."""
    gone = Change("d", lsn, offset, lsn, old, "", None)
    return [gone, Change("c", lsn, offset + 1, lsn, new, name, tier)]


FIRST = Change("c", 10, 0, 10, "a", "long text", 1)
CHAIN = [
    FIRST,
    Change("u", 20, 1, 20, "a", UNCHANGED, 2),
    *moved(30, 2, "a", "b", tier=2),
    Change("u", 40, 4, 40, "b", UNCHANGED, 3),
    *moved(50, 5, "b", "c", tier=3),
    *moved(60, 7, "c", "d", tier=3),
    *moved(70, 9, "d", "e", tier=4),
    Change("u", 80, 11, 80, "e", UNCHANGED, 5),
]
"""A row that gets four new keys, its long value told once."""
SWAP = [
    FIRST,
    Change("c", 11, 1, 11, "b", "the other text", 2),
    *moved(30, 2, "a", "aside", tier=1),
    *moved(31, 4, "b", "a", tier=2),
    *moved(32, 6, "aside", "b", tier=1),
]
"""Two rows that exchange their keys in one transaction."""


def shifted(rows: int) -> list[Change]:
    """A list with its place as key, told once and then shifted by one: each row takes over the key of the next."""
    told = [Change("c", 10 + n, n, 10, str(n), f"text {n}", n) for n in range(rows)]
    keys = [(str(n), f"-{n}") for n in range(rows)] + [(f"-{n}", str(n + 1)) for n in range(rows)]
    moves = [moved(1000 + n, rows + 2 * n, *pair, tier=n % rows) for n, pair in enumerate(keys)]
    return [*told, *(change for move in moves for change in move)]


def compiled_of(text: str, folder: Path) -> CompiledTable:
    file = folder / "contract.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def versions(rows: Sequence[Any]) -> list[Version]:
    def utc(at: Any) -> Any:
        return at and at.replace(tzinfo=UTC)

    found = [
        Version((r["id"], r["name"], r["tier"]), utc(r["valid_from"]), utc(r["valid_to"]), r["_lsn"]) for r in rows
    ]
    return sorted(found, key=lambda version: (version.row[0], version.lsn))


def names(spark: SparkSession, folder: Path, log: Sequence[Change], contract: str = CONTRACT) -> dict[str, Any]:
    """The long value of each row that is there in the end."""
    compiled = compiled_of(contract, folder)
    rows = current_rows(ordered(spark, compiled, [*map(record, log)]), shape_of(compiled)).collect()
    return {row["id"]: row["name"] for row in rows if not row["_gone"]}


@pytest.mark.parametrize("log", [CHAIN, SWAP], ids=["chain", "swap"])
def test_a_long_value_follows_its_row_from_key_to_key(spark: SparkSession, tmp_path: Path, log: list[Change]) -> None:
    compiled = compiled_of(CONTRACT, tmp_path)
    found = versions(history_rows(ordered(spark, compiled, [*map(record, log[::-1])]), shape_of(compiled)).collect())
    assert found == history(log)
    assert {version.row[1] for version in found} <= {"long text", "the other text"}


def test_each_row_of_a_swap_keeps_its_own_value(spark: SparkSession, tmp_path: Path) -> None:
    assert names(spark, tmp_path, SWAP) == {"a": "the other text", "b": "long text"}


def test_a_value_that_changed_with_the_key_is_the_new_one(spark: SparkSession, tmp_path: Path) -> None:
    log = [FIRST, *moved(30, 1, "a", "b", name="new text"), *moved(40, 3, "b", "c")]
    assert names(spark, tmp_path, log) == {"c": "new text"}


def test_a_null_that_follows_is_known_to_be_null(spark: SparkSession, tmp_path: Path) -> None:
    contract = CONTRACT.replace("required: true, ", "")
    nothing = Change("u", 20, 1, 20, "a", None, 1)
    assert names(spark, tmp_path, [FIRST, nothing, *moved(30, 2, "a", "b")], contract) == {"b": None}


def test_a_row_gets_nothing_of_the_one_that_had_its_key_before(spark: SparkSession, tmp_path: Path) -> None:
    unknown = moved(30, 2, "never seen", "a")[1]
    log = [FIRST, Change("d", 20, 1, 20, "a", "", None), unknown, Change("u", 40, 4, 40, "a", UNCHANGED, 7)]
    assert names(spark, tmp_path, log) == {"a": None}


def test_a_row_whose_begin_is_missing_has_nothing_of_the_one_before_it_and_brings_nothing_along(
    spark: SparkSession, tmp_path: Path
) -> None:
    gone, update = Change("d", 20, 1, 20, "a", "", None), Change("u", 40, 3, 40, "a", UNCHANGED, 7)
    assert names(spark, tmp_path, [FIRST, gone, update]) == {"a": None}
    assert names(spark, tmp_path, [FIRST, gone, update, *moved(50, 5, "a", "b")]) == {"b": None}


def test_two_deliveries_of_a_move_are_one(spark: SparkSession, tmp_path: Path) -> None:
    gone, came = moved(30, 2, "a", "b")
    log = [FIRST, gone, came, replace(gone, offset=7, name=None), replace(came, offset=8)]
    compiled = compiled_of(CONTRACT, tmp_path)
    found = versions(history_rows(ordered(spark, compiled, [*map(record, log)]), shape_of(compiled)).collect())
    assert found == history([FIRST, gone, came])


def test_where_two_deletes_claim_one_place_the_value_is_unknown(spark: SparkSession, tmp_path: Path) -> None:
    other = Change("c", 11, 1, 11, "b", "the other text", 2)
    log = [FIRST, other, *moved(30, 2, "a", "c"), Change("d", 30, 4, 30, "b", "", None)]
    assert names(spark, tmp_path, log) == {"c": None}


def test_where_the_contract_orders_by_something_else_the_value_is_unknown(spark: SparkSession, tmp_path: Path) -> None:
    terms = "    customProperties: [{property: sequenceBy, value: [source.ts_us, offset]}]\n    properties:"
    log = [FIRST, *moved(30, 1, "a", "b")]
    assert names(spark, tmp_path, log, CONTRACT.replace("    properties:", terms)) == {"b": None}


def test_the_values_of_a_key_of_several_columns_follow_it(spark: SparkSession, tmp_path: Path) -> None:
    compiled = compiled_of(COMPOSITE, tmp_path)

    def event(op: str, lsn: int, page: int, body: str, price: str) -> dict[str, Any]:
        key = {"book": "b", "page": page}
        image = {**key, "body": body, "price": price}
        images = {"before": key, "after": None} if op == "d" else {"before": None, "after": image}
        value = {**images, "op": op, "source": {"lsn": lsn, "ts_us": lsn}}
        place = {"topic": "test.shop.pages", "partition": 0, "offset": 2 * lsn + (op == "c"), "timestamp": 1}
        return {**place, "key": key, "value": value}

    records = [event("c", 1, 1, "text", "1.50"), event("d", 2, 1, "", ""), event("c", 2, 2, UNCHANGED, UNCHANGED)]
    records += [event("d", 3, 2, "", ""), event("c", 3, 3, UNCHANGED, "2.50")]
    rows = history_rows(ordered(spark, compiled, records), shape_of(compiled)).collect()
    assert sorted((row["page"], row["body"], str(row["price"])) for row in rows) == [
        (1, "text", "1.50"),
        (2, "text", "1.50"),
        (3, "text", "2.50"),
    ]


@pytest.mark.parametrize("anew", [0, 100], ids=["merged", "anew"])
def test_loads_in_any_order_give_what_one_load_gives(landing: Landing, anew: int) -> None:
    """The first value comes last: rows that the load does not name get it, too."""
    landing.contract, landing.max_events_anew = CONTRACT, anew
    cuts, orders = [CHAIN[:1], CHAIN[1:5], CHAIN[5:]], [(2, 1, 0), (1, 2, 0)]
    for load, parts in enumerate(zip(*orders, strict=True)):
        # Each order has rows and places of its own, as if they were other rows of one table.
        came = [of_order(change, n) for n, part in enumerate(parts) for change in cuts[part]]
        landing.put(f"{load}.jsonl", "".join(lines(came)))
        landing.bronze()
        landing.silver()
    for n in range(len(orders)):
        mine = [row for row in landing.rows(HISTORY) if row["id"].startswith(str(n))]
        assert versions([{**row, "id": row["id"][1:], "_lsn": row["_lsn"] // 10} for row in mine]) == history(CHAIN)
        now = [row for row in landing.rows(CURRENT) if row["id"].startswith(str(n))]
        assert [(row["id"][1:], row["name"], row["tier"]) for row in now] == state(CHAIN)
    assert landing.silver() == []


def of_order(change: Change, number: int) -> Change:
    return replace(change, id=f"{number}{change.id}", lsn=change.lsn * 10 + number)


def test_a_claim_that_comes_late_takes_a_doubtful_value_back(landing: Landing) -> None:
    landing.contract = CONTRACT
    landing.put("a.jsonl", "".join(lines([FIRST, *moved(30, 2, "a", "c")])))
    landing.bronze()
    landing.silver()
    assert [row["name"] for row in landing.rows(CURRENT)] == ["long text"]
    landing.put("b.jsonl", json.dumps(record(Change("d", 30, 9, 30, "b", "", None))))
    landing.bronze()
    landing.silver()
    assert [row["name"] for row in landing.rows(CURRENT)] == [None]


def test_a_list_that_was_shifted_is_followed_without_a_round_for_each_of_its_rows(landing: Landing) -> None:
    rows = 40
    log = shifted(rows)
    late = Change("u", 500, 5000, 20, "20", "new text", 20)  # before the shift, so it is of the row that is now at 21
    landing.contract = CONTRACT
    for n, part in enumerate([log[:rows], log[rows:], [late]]):
        landing.put(f"{n}.jsonl", "".join(lines(part)))
        landing.bronze()
        landing.silver()
    whole = [*log[:rows], late, *log[rows:]]
    assert versions(landing.rows(HISTORY)) == history(whole)
    now = sorted((row["id"], row["name"], row["tier"]) for row in landing.rows(CURRENT))
    assert now == state(whole)
    assert ("21", "new text", 20) in now
    last = deltalog.last_commit(landing.lake.path(HISTORY))
    assert last is not None
    assert last.operation == "WRITE", "all rows anew"


def test_a_family_is_followed_for_some_moves_and_then_given_up(spark: SparkSession) -> None:
    shape = Shape(columns=("id", "name"), key=("id",), tracked=("name",), long=frozenset({"name"}))

    def jobs_for(moves: int, start: int) -> tuple[list[int] | None, int]:
        pairs = spark.range(moves).selectExpr("struct(id) as _from", "struct(id + 1 as id) as _to")
        group = f"family of {moves} from {start}"
        spark.sparkContext.setJobGroup(group, group)
        try:
            found = family(spark.range(start, start + 1), pairs, shape)
        finally:
            spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
        jobs = len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
        return found and sorted(row["id"] for row in found.collect()), jobs

    assert jobs_for(8, 0)[0] == [*range(9)]
    assert jobs_for(16, 8)[0] == [*range(17)], "both ways"
    assert jobs_for(9, 0)[0] is None
    given_up, jobs = jobs_for(40, 0)
    assert given_up is None
    assert jobs_for(80, 40) == (None, jobs), "no more for a longer one"
