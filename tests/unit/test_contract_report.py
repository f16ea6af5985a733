"""What a contract test says, as text, as a document and as JUnit XML."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from hallmark.contracts.model import Contract
from hallmark.contracts.table_rules import Outcome
from hallmark.pipelines.contract_report import document, junit, print_tested
from hallmark.pipelines.contract_results import Result, Sample, TableTest, Trial


def outcome(rule: str, message: str, measured: Decimal | str | None, wanted: str, **parts: object) -> Outcome:
    known = {"columns": ("c",), "holds": True, "severity": "error", "fingerprint": "f", **parts}
    return Outcome(rule, message=message, measured=measured, wanted=wanted, **known)  # type: ignore[arg-type]


BAD = Result(
    outcome("pattern", "c: like <&>", Decimal(2), "no row", holds=False),
    (Sample("/data/a.csv", "x\x00\x1b[31m<&\ud800"), Sample("/data/b.csv", None, "id 7")),
)
CONTRACT = Contract("shop.orders", "orders", "1.2.0", "shop", (), (), Path("/data/orders.odcs.yaml"), ("a warning",))
TESTED = Trial(
    CONTRACT,
    (
        TableTest(
            "orders", ("files",), ("/data/a.csv", "/data/b.csv"), 1200, 1198,
            (
                Result(outcome("required", "c: required", Decimal(0), "no row")),
                BAD,
                Result(outcome("maximum", "c: <= 5", Decimal(1), "no row", holds=False, severity="warning")),
                Result(outcome("rowCount", "rowCount", Decimal(1200), "> 5 rows", fingerprint="")),
                Result(outcome("sql", "sql (sum)", Decimal("1.5"), "< 2", fingerprint="", unit="")),
            ),
            ("discount",), ("note",),
        ),
    ),
    ("x: not tested",),
)  # fmt: skip


def printed(tested: Trial) -> list[str]:
    text = io.StringIO()
    print_tested(Console(file=text, width=100, markup=False, emoji=False, highlight=False), tested, Path("/data"))
    return [line.rstrip() for line in text.getvalue().splitlines() if line.strip()]


def test_the_text_is_short_and_shows_what_is_broken() -> None:
    assert printed(TESTED) == [
        "contract shop.orders 1.2.0 (orders.odcs.yaml)",
        "orders: 2 files (files)",
        "rows 1,200   valid 1,198   broken 2",
        "not in the contract: discount",
        "in no file, so null: note",
        "         rule                             found  wanted",
        "broken   c: like <&>                     2 rows  no row",
        "           'x\ufffd\ufffd[31m<&\\ud800'  a.csv",
        "           null  b.csv  id 7",
        "warning  c: <= 5                          1 row  no row",
        "ok       rowCount                    1,200 rows  > 5 rows",
        "ok       sql (sum)                          1.5  < 2",
        "1 rule more holds for every row",
        "note: a warning",
        "note: x: not tested",
        "violated: 1 of 5 rules broken, 1 more warns",
    ]


def test_the_document_has_everything() -> None:
    whole = json.loads(json.dumps(document(TESTED)))
    assert (whole["verdict"], whole["rules"]) == ("violated", {"ok": 3, "warning": 1, "broken": 1})
    (table,) = whole["tables"]
    assert (table["rows"], table["valid"], table["broken"], table["new_columns"]) == (1200, 1198, 2, ["discount"])
    assert table["rules"][1] == {
        "rule": "pattern",
        "columns": ["c"],
        "message": "c: like <&>",
        "state": "broken",
        "severity": "error",
        "measured": 2,
        "unit": "rows",
        "wanted": "no row",
        "samples": [
            {"file": "/data/a.csv", "value": "x\x00\x1b[31m<&\ud800", "key": None},
            {"file": "/data/b.csv", "value": None, "key": "id 7"},
        ],
    }


def test_junit_is_valid_xml_with_a_case_a_rule() -> None:
    text = junit(TESTED)
    suites = ET.fromstring(text.encode("utf-8"))  # noqa: S314 -- our own
    (suite,) = suites
    assert suite.attrib == {"name": "orders", "tests": "5", "failures": "1", "errors": "0", "skipped": "0"}
    assert [case.attrib["name"] for case in suite] == [
        "required: c: required", "pattern: c: like <&>", "maximum: c: <= 5", "rowCount: rowCount", "sql: sql (sum)",
    ]  # fmt: skip
    (failure,) = suites.iter("failure")
    assert failure.attrib == {"message": "found 2 rows, wanted no row", "type": "pattern"}
    assert (failure.text or "").splitlines() == [
        "found 2 rows, wanted no row", "'x\ufffd\ufffd[31m<&\\ud800' in /data/a.csv", "null in /data/b.csv, id 7",
    ]  # fmt: skip
    assert next(suites.iter("system-out")).text == "warning: found 1 row, wanted no row"


def test_a_warning_alone_breaks_nothing() -> None:
    (table,) = TESTED.tables
    only = TableTest("orders", ("files",), ("/data/a.csv",), 1, 1, (table.results[2],))
    tested = Trial(CONTRACT, (only,))
    assert (tested.holds, printed(tested)[-1]) == (True, "holds: 1 rule, 1 of them only warns")
