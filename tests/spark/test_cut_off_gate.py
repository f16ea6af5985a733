"""A gate that is killed, then a contract or a lookup table changes before the next run: each row is in one place."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from changelog import CONTRACT as CUSTOMERS
from changelog import Change, lines
from landing import HEADER, QUARANTINE, REQUESTS, SILVER, Landing

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.ledger import StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.staging import KEPT_FOLDER
from hallmark.pipelines.survey import find_hop

MOMENTS = ("before append", "after append", "after quarantine")
ROWS = f"{HEADER}x,2026-01-01,1\nlow,2026-01-01,0\nworse,2026-01-01,-1\nbig,2026-01-01,9\n"
MILDER = REQUESTS.replace("minimum: 1", "minimum: 0").replace("version: 1.0.0", "version: 1.1.0")
STRICTER = REQUESTS.replace("minimum: 1", "minimum: 5").replace("version: 1.0.0", "version: 2.0.0")
ALL = ["big", "low", "worse", "x"]
CUT_OFF = "finished the load that was cut off"


def ids(landing: Landing, *tables: Table) -> list[str]:
    return sorted(row["request_id"] for table in tables for row in landing.rows(table))


def counts(entry: StepEntry) -> tuple[int | None, ...]:
    return entry.rows_in, entry.rows_valid, entry.rows_quarantined, entry.rows_written


def killed(landing: Landing, when: str, contract: str = REQUESTS, rows: str = ROWS) -> None:
    landing.contract = contract
    landing.put("a.csv", rows)
    landing.bronze()
    landing.killed(when)


@pytest.mark.parametrize("when", ["before append", "after append"])
def test_a_load_without_broken_rows_that_was_killed_is_whole(landing: Landing, when: str) -> None:
    killed(landing, when, rows=f"{HEADER}x,2026-01-01,1\n")
    (step,) = landing.silver()
    assert (step.detail, counts(step)) == ((None, (1, 1, 0, 1)) if when == "before append" else (CUT_OFF, (None,) * 4))
    assert (ids(landing, SILVER), landing.silver()) == (["x"], [])


@pytest.mark.parametrize("contract", [REQUESTS, MILDER, STRICTER], ids=["same", "milder", "stricter"])
@pytest.mark.parametrize("when", MOMENTS)
def test_each_row_of_a_killed_load_is_in_one_place_whatever_the_contract_says_by_then(
    landing: Landing, when: str, contract: str
) -> None:
    killed(landing, when)
    landing.contract = contract
    steps = landing.silver()
    assert ids(landing, SILVER, QUARANTINE) == ALL
    assert [(step.rows_in, (step.rows_valid or 0) + (step.rows_quarantined or 0)) for step in steps] == [(4, 4)]
    if when != "before append":  # the verdict of its own time
        assert ids(landing, SILVER) == ["big", "x"]
        assert [(step.detail, counts(step)) for step in steps] == [(f"{CUT_OFF}. tokens: >= 1 (2)", (4, 2, 2, 2))]
    assert landing.silver() == []
    assert list((landing.lake.warehouse / KEPT_FOLDER).iterdir()) == []


def test_the_load_after_a_killed_one_is_judged_by_the_new_contract(landing: Landing) -> None:
    killed(landing, "after append")
    landing.contract = MILDER
    landing.put("b.csv", f"{HEADER}later,2026-01-01,0\nlatest,2026-01-01,-2\n")
    landing.bronze()
    assert [counts(step) for step in landing.silver()] == [(4, 2, 2, 2), (2, 1, 1, 1)]
    assert ids(landing, SILVER) == ["big", "later", "x"]
    assert ids(landing, QUARANTINE) == ["latest", "low", "worse"]


def test_a_verdict_of_a_load_that_silver_never_got_is_forgotten(landing: Landing) -> None:
    killed(landing, "before append")
    landing.contract = REQUESTS.replace(", logicalTypeOptions: {minimum: 1}", "")
    landing.killed("after append")
    landing.silver()
    assert (ids(landing, SILVER), ids(landing, QUARANTINE)) == (ALL, [])


def test_a_row_whose_lookup_arrives_after_the_kill_stays_in_quarantine(landing: Landing) -> None:
    lookup = "    customProperties: [{property: lookups, value: [{table: kinds, key: kind, expr: kind}]}]\n"
    grade = "      - {name: grade, logicalType: string, required: true, transformLogic: kinds.grade}\n"
    contract = REQUESTS.replace('"*.csv*"', '"req*.csv"') + grade
    landing.contract = contract.replace("    properties:\n", f"{lookup}    properties:\n", 1)
    kinds = landing.project.settings.contracts / "kinds.odcs.yaml"
    kinds.write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: inference.kinds\nversion: 1.0.0\nstatus: active\n"
        'servers: [{server: k, type: local, path: "kinds*.csv", format: csv}]\nschema:\n  - name: kinds\n'
        "    properties:\n      - {name: kind, logicalType: string, primaryKey: true}\n"
        "      - {name: grade, logicalType: string}\n"
    )
    landing.put("kinds1.csv", "kind,grade\nA,1\n")
    landing.bronze()
    landing.silver()
    landing.put("req1.csv", f"{HEADER.strip()},kind\nx,2026-01-01,1,A\ny,2026-01-01,2,B\nz,2026-01-01,3,C\n")
    landing.bronze()
    landing.killed("after append")
    landing.put("kinds2.csv", "kind,grade\nB,2\n")
    landing.bronze()
    landing.silver()
    assert (ids(landing, SILVER), ids(landing, QUARANTINE)) == (["x"], ["y", "z"])


def test_values_that_may_not_repeat_are_not_judged_twice(landing: Landing) -> None:
    unique = REQUESTS.replace("{minimum: 1}}", "{minimum: 1}, unique: true}").replace("primaryKey", "required")
    killed(landing, "after append", unique, f"{HEADER}a,2026-01-01,1\nb,2026-01-01,1\n")
    landing.silver()
    assert ids(landing, SILVER, QUARANTINE) == ["a", "b"]


CHANGES, KEPT = Table("silver", "customers_changes"), Table("quarantine", "customers_changes")
EVENTS = [Change("c", n, n, n, key, key, tier) for n, (key, tier) in enumerate([("a", 2), ("b", 0), ("c", -1)])]


@pytest.mark.parametrize("minimum", [-1, 0, 1, 5])
@pytest.mark.parametrize("when", MOMENTS)
def test_each_change_event_of_a_killed_load_is_in_one_place(landing: Landing, when: str, minimum: int) -> None:
    landing.contract = CUSTOMERS.replace("minimum: 0", "minimum: 1")
    landing.put("a.jsonl", "".join(lines(EVENTS)))
    landing.bronze()
    landing.killed(when)
    landing.contract = CUSTOMERS.replace("minimum: 0", f"minimum: {minimum}")
    landing.silver()
    there = [*landing.rows(CHANGES), *landing.rows(KEPT)]
    assert sorted(lsn(row) for row in there) == [0, 1, 2]
    if when != "before append":
        assert [lsn(row) for row in landing.rows(CHANGES)] == [0]
    assert landing.silver() == []


def test_changes_of_a_killed_older_version_get_their_columns_and_are_followed_once(landing: Landing) -> None:
    landing.contract = CUSTOMERS
    landing.put("a.jsonl", "".join(lines(EVENTS[:2])))
    landing.bronze()
    landing.killed("after append")
    lake, ((_, (entity,)),) = landing.lake, landing.project.entities
    hop, rows = find_hop(lake.warehouse, Table("bronze", "shop_changes"), CHANGES), lake.read(CHANGES).localCheckpoint()
    shutil.rmtree(lake.path(CHANGES))
    lake.ensure(CHANGES, entity.ddl()[CHANGES].replace("_told_at timestamp, ", ""))
    lake.append(rows.drop("_told_at"), CHANGES, hop.txn)
    followed = [step.table_name for step in landing.silver()]
    assert {str(entity.history), str(entity.current)} <= {*followed}
    assert "_told_at" in deltalog.columns(lake.path(CHANGES))
    assert len(landing.rows(entity.history)) == 2
    assert landing.silver() == [], "the new column is no load of its own"


def lsn(row: dict[str, Any]) -> int:
    if "_lsn" in row:
        return int(row["_lsn"])
    event = json.loads(row["value"])
    return int(event.get("payload", event)["source"]["lsn"])


def test_silver_filled_anew_by_a_stricter_contract_loses_no_row(landing: Landing) -> None:
    landing.put("a.csv", ROWS)
    landing.bronze()
    landing.silver()
    shutil.rmtree(landing.lake.path(SILVER))
    landing.contract = STRICTER
    landing.killed("after quarantine")
    landing.silver()
    assert ids(landing, SILVER, QUARANTINE) == ALL
