"""Columns that the contract does not name: kept, packed, refused, or the load's end."""

from __future__ import annotations

import pytest
from landing import BRONZE, QUARANTINE, REQUESTS, SILVER, Landing

from hallmark.lakehouse.errors import StepError

OLD, NEW = "request_id,requested_at,tokens\na,2026-01-01,1\n", "request_id,tier,tokens,Zone\nb,gold,2,\nc,,3,\n"


def evolving(landing: Landing, mode: str) -> Landing:
    table = f"  - name: requests\n    customProperties: [{{property: schemaEvolution, value: {mode}}}]"
    landing.contract = REQUESTS.replace("  - name: requests", table)
    landing.put("1.csv", OLD)
    landing.put("2.csv", NEW)
    return landing


def by_id(landing: Landing) -> dict[str, dict[str, object]]:
    return {row["request_id"]: row for row in landing.rows(BRONZE)}


def test_evolve_makes_columns_of_them(landing: Landing) -> None:
    evolving(landing, "evolve").bronze()
    rows = by_id(landing)
    assert [rows[key]["tier"] for key in "abc"] == [None, "gold", None]
    assert "_rescued_columns" not in rows["a"]


def test_rescue_packs_them_and_the_row_stays_good(landing: Landing) -> None:
    evolving(landing, "rescue").put(
        "3.jsonl", '{"request_id": "d", "requested_at": "2026-01-01", "tokens": 4, "x": {"y": 1}}\n'
    )
    landing.bronze()
    rows = by_id(landing)
    assert {"tier", "Zone", "x"} & {*rows["a"]} == set()
    assert [rows[key]["_rescued_columns"] for key in "abcd"] == [None, '{"tier":"gold"}', None, '{"x":"{\\"y\\":1}"}']
    assert [rows[key]["_rescued"] for key in "abcd"] == [None] * 4
    landing.silver()
    assert sorted(row["request_id"] for row in landing.rows(SILVER)) == ["a", "d"], "b and c have no time"


def test_freeze_refuses_the_rows_with_values_in_them(landing: Landing) -> None:
    evolving(landing, "freeze").bronze()
    rows = by_id(landing)
    assert "tier" not in rows["a"]
    assert [rows[key]["_rescued"] for key in "abc"] == [
        None,
        (
            "columns that the contract does not name (schemaEvolution: freeze), tier, Zone: "
            '{"request_id":"b","tokens":"2","tier":"gold"}'
        ),
        None,
    ]
    assert rows["b"]["tokens"] == "2"
    landing.silver()
    assert {row["request_id"] for row in landing.rows(QUARANTINE)} >= {"b"}


def test_fail_keeps_nothing_of_the_batch(landing: Landing) -> None:
    with pytest.raises(StepError) as caught:
        evolving(landing, "fail").bronze()
    assert caught.value.got == (
        "ContractViolation: the source has columns that its contract does not name (schemaEvolution: fail): tier, Zone"
    )
    assert landing.rows(BRONZE) == []
    landing.put("2.csv", "request_id,requested_at,tokens\nb,2026-01-01,2\n")
    landing.bronze()
    assert sorted(by_id(landing)) == ["a", "b"]


def test_a_server_says_how_many_files_make_a_commit(landing: Landing) -> None:
    limit = "format: csv, customProperties: [{property: maxFilesPerTrigger, value: 1}]"
    landing.contract = REQUESTS.replace("format: csv", limit)
    for number in range(3):
        landing.put(f"{number}.csv", OLD.replace("\na", f"\n{number}"))
    landing.bronze()
    assert len({row["_load_id"] for row in landing.rows(BRONZE)}) == 3
