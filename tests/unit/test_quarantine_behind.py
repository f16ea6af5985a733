"""Open quarantined rows that an older version of their contract judged: who runs or looks is told to replay them."""

from __future__ import annotations

import json
from pathlib import Path

from calls import document
from calls import trimmed as hallmark
from quarantined import broken, error, quarantine

from hallmark.pipelines.project import Project


def test_rows_that_an_older_contract_judged_are_told_with_what_to_do(finished_shop: Project, tmp_path: Path) -> None:
    reason, last = error("type", "id", "whole number", "x"), error("minimum", "id", ">= 1", "0")
    newer = {**reason, "version": "1.3.0"}
    rows = [broken(1, reason, id="x"), broken(1, last, reason, id="y"), broken(2, newer, id="z"), broken(3, id="w")]
    quarantine(tmp_path / "warehouse", "orders", *rows, broken(2, reason, status="rejected", id="v"))
    quarantine(tmp_path / "warehouse", "gone", broken(1, reason, id="x"))
    says = "contract 1.2.0 is newer than 2 open quarantined rows: hallmark quarantine replay orders"
    for call in (["run"], ["run", "--dry-run"], ["status"]):
        assert says in hallmark(*call)[1], call
    told = [{"table": "orders", "version": "1.2.0", "rows": 2}]
    assert document("run", "--dry-run")["replay"] == document("status")["replay"] == told
    assert json.loads(hallmark("run", "--json")[1])["notes"] == [says]
