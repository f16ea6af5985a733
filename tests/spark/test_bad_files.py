"""Every bad file and row of the first issue in one load: the broken in quarantine with a reason, the good in silver."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing import BRONZE, HEADER, QUARANTINE, SILVER, UNREADABLE, Landing
from pyspark.sql import SparkSession

from hallmark.lakehouse.ledger import FILES, Ledger, StepEntry
from hallmark.lakehouse.names import ERRORS, RESCUED
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.survey import ingest_plans

DAY = datetime(2026, 1, 1, tzinfo=UTC)
NO_TIME = "requested_at: date and time"
MISSING_TIME = "requested_at: required"


@dataclass(frozen=True)
class Case:
    """A file, the request ids that must be in silver, and what must be in quarantine: (message, value) a row."""

    what: str
    file: str
    content: bytes
    valid: Sequence[str] = ()
    broken: Sequence[tuple[str, str | None]] = ()


def csv(rows: str, *, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return (header + rows).encode(encoding)


def line(request_id: str, requested_at: str = '"2026-01-01"', *, more: str = "") -> str:
    return f'{{"request_id":"{request_id}","requested_at":{requested_at},"tokens":1{more}}}\n'


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


MANY_ROWS = csv("".join(f"cut-{n},2026-01-01,{n + 1}\n" for n in range(2000)))
MANY_LINES = "".join(line(f"cut-{n}") for n in range(2000)).encode()
GOOD_PARQUET = parquet(request_id=["good-parquet"], requested_at=[DAY], tokens=[1])
CUT = "Compressed file ended before the end-of-stream marker was reached"
NO_PARQUET = (
    "unreadable file: not a whole Parquet file: Parquet magic bytes not found in footer. Either the file is corrupted "
    "or this is not a parquet file."
)
TOO_WIDE = "its column 'tokens' is of type decimal256(50, 2), which Spark does not read"
OVER_LINES = "give the server multiLine: true, and land the file under a new name"
NO_COLON = "Spark reads no file with a colon in its name: land it under another one"

CASES = [
    Case("good CSV", "good.csv", csv("good-csv,2026-01-01,1\n"), ["good-csv"]),
    Case("good lines", "good.jsonl", line("good-lines").encode(), ["good-lines"]),
    Case("good Parquet", "good.parquet", GOOD_PARQUET, ["good-parquet"]),
    Case("good gzip", "good.csv.gz", gzip.compress(csv("good-gzip,2026-01-01,1\n")), ["good-gzip"]),
    Case("good bzip2", "good.csv.bz2", bz2.compress(csv("good-bzip2,2026-01-01,1\n")), ["good-bzip2"]),
    Case("good bzip2 of lines", "good.jsonl.bz2", bz2.compress(line("lines-bzip2").encode()), ["lines-bzip2"]),
    Case("empty CSV", "empty.csv", b""),
    Case("empty lines", "empty.jsonl", b""),
    Case("empty Parquet", "empty.parquet", b""),
    Case("header alone", "header.csv", csv("")),
    Case("blank lines alone", "blank.csv", b"\n\n"),
    Case(
        "too few columns", "few.csv", csv("few-ok,2026-01-01,1\nfew,2026-01-01\n"), ["few-ok"],
        [(UNREADABLE, "few,2026-01-01")],
    ),
    Case(
        "too many columns", "many.csv", csv("many-ok,2026-01-01,1\nmany,2026-01-01,1,more\n"), ["many-ok"],
        [(UNREADABLE, "many,2026-01-01,1,more")],
    ),
    Case(
        "renamed column", "renamed.csv", csv("renamed,2026-01-01,1\n", header="request_id,asked_at,tokens\n"),
        broken=[(MISSING_TIME, None)],
    ),
    Case(
        "columns in another order", "order.csv", csv("1,order,2026-01-01\n", header="tokens,request_id,requested_at\n"),
        ["order"],
    ),
    Case(
        "new column in CSV", "new.csv", csv("new-csv,2026-01-01,1,eu\n", header=f"{HEADER.strip()},region\n"),
        ["new-csv"],
    ),
    Case("new field in a line", "new.jsonl", line("new-line", more=',"zone":{"a":1}').encode(), ["new-line"]),
    Case(
        "UTF-16 CSV", "utf16.csv", csv("utf16,2026-01-01,1\n", encoding="utf-16"),
        broken=[(UNREADABLE, "unreadable file: file is UTF-16, the contract says UTF-8")],
    ),
    Case(
        "UTF-16 CSV without a mark", "unmarked.csv", csv("unmarked,2026-01-01,1\n", encoding="utf-16-le"),
        broken=[(UNREADABLE, "unreadable file: header has zero bytes: file may be UTF-16, the contract says UTF-8")],
    ),
    Case(
        "Latin-1 in a header", "latin_header.csv", csv("x,2026-01-01,1\n", header="réquest,b,c\n", encoding="latin-1"),
        broken=[(UNREADABLE, "unreadable file: header is not UTF-8: invalid continuation byte")],
    ),
    Case(
        "Latin-1 in a row", "latin.csv", csv("latin-ok,2026-01-01,1\ncafé,2026-01-01,1\n", encoding="latin-1"),
        ["latin-ok"], [(UNREADABLE, "caf\ufffd,2026-01-01,1")],
    ),
    Case(
        "Latin-1 in a line", "latin.jsonl", (line("latin-line") + line("café")).encode("latin-1"), ["latin-line"],
        [(UNREADABLE, line("caf\ufffd").strip())],
    ),
    Case("mark and CR LF", "windows.csv", csv("windows,2026-01-01,1\n").replace(b"\n", b"\r\n"), ["windows"]),
    Case(
        "number for a time in CSV", "number.csv", csv("n1,1767225600,1\nn2,2026,1\nn3,2026-01-01,1\n"), ["n3"],
        [(NO_TIME, "1767225600"), (NO_TIME, "2026")],
    ),
    Case(
        "number for a time in a line", "number.jsonl", line("n4", "1767225600").encode(),
        broken=[(NO_TIME, "1767225600")],
    ),
    Case(
        "number for a time in Parquet", "number.parquet", parquet(request_id=["n5"], requested_at=[2026], tokens=[1]),
        broken=[(NO_TIME, "2026")],
    ),
    Case("7-digit fraction", "fraction.csv", csv("fraction,2023-11-16 18:15:46.6805907,374\n"), ["fraction"]),
    Case(
        "corrupt line", "corrupt.jsonl", (line("corrupt-ok") + '{"request_id":"corrupt",\n\n[1]\n').encode(),
        ["corrupt-ok"], [(UNREADABLE, '{"request_id":"corrupt",'), (UNREADABLE, "[1]")],
    ),
    Case(
        "two objects on a line", "torn.jsonl", (line("t1").strip() + line("t2") + line("t3")).encode(), ["t3"],
        [(UNREADABLE, line("t1").strip() + line("t2").strip())],
    ),
    Case(
        "cut gzip of CSV", "cut.csv.gz", half(gzip.compress(MANY_ROWS)),
        broken=[(UNREADABLE, f"unreadable file: file can't be read: {CUT}")],
    ),
    Case(
        "cut gzip of lines", "cut.jsonl.gz", half(gzip.compress(MANY_LINES)),
        broken=[(UNREADABLE, f"unreadable file: EOFError: {CUT}")],
    ),
    Case(
        "no gzip", "plain.csv.gz", csv("plain,2026-01-01,1\n"),
        broken=[(UNREADABLE, "unreadable file: file can't be read: Not a gzipped file (b're')")],
    ),
    Case(
        "cut bzip2 of CSV", "cut.csv.bz2", half(bz2.compress(MANY_ROWS)),
        broken=[(UNREADABLE, f"unreadable file: file can't be read: {CUT}")],
    ),
    Case(
        "cut bzip2 of lines", "cut.jsonl.bz2", half(bz2.compress(MANY_LINES)),
        broken=[(UNREADABLE, f"unreadable file: EOFError: {CUT}")],
    ),
    Case(
        "no bzip2", "plain.jsonl.bz2", line("plain").encode(),
        broken=[(UNREADABLE, "unreadable file: OSError: Invalid data stream")],
    ),
    *[
        Case(
            f"another packing, of {name}", f"packed.{name}.zst", b"(\xb5/\xfd",
            broken=[(UNREADABLE, "unreadable file: .zst is not unpacked here: land it as .gz, .bz2, or unpacked")],
        )
        for name in ("csv", "jsonl")
    ],
    Case("no Parquet", "no.parquet", b"this is no Parquet file", broken=[(UNREADABLE, NO_PARQUET)]),
    Case("cut Parquet", "cut.parquet", half(GOOD_PARQUET), broken=[(UNREADABLE, NO_PARQUET)]),
    Case(
        "decimal of 50 digits", "wide.parquet",
        parquet(request_id=["wide"], tokens=pa.array([Decimal(1)], pa.decimal256(50, 2))),
        broken=[(UNREADABLE, f"unreadable file: {TOO_WIDE}")],
    ),
    Case(
        "line break in quotes", "break.csv", b'request_id,requested_at,tokens\r\n"y\r\nz",2026-01-01,2\r\n',
        broken=[(UNREADABLE, f"unreadable file: the record of line 2 goes over several lines: {OVER_LINES}")],
    ),
    Case(
        "quote that never closes", "quote.csv", csv('5" pipe,2026-01-01,1\n"open,2026-01-01,1\nquoted,2026-01-01,1\n'),
        ["5\" pipe", "quoted"], [(UNREADABLE, '"open,2026-01-01,1')],
    ),
    Case("escapes in a name", "100%25 a+b.csv", csv("escapes,2026-01-01,1\n"), ["escapes"]),
    Case("a glob for a name", "[g]o{o}d*.csv", csv("glob,2026-01-01,1\n"), ["glob"]),
    Case(
        "a colon in a name", "12:30.jsonl", line("colon").encode(),
        broken=[(UNREADABLE, f"unreadable file: {NO_COLON}")],
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """What the load made of all cases."""

    landing: Landing
    steps: list[StepEntry]
    bronze: list[dict[str, Any]]
    silver: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    base = tmp_path_factory.mktemp("bad_files")
    landing = Landing(Lake(spark, base / "warehouse"), base)
    for case in CASES:
        landing.put(case.file, case.content)
    steps = landing.bronze() + landing.silver()
    return Loaded(landing, steps, landing.rows(BRONZE), landing.rows(SILVER), landing.rows(QUARANTINE))


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
def test_good_rows_arrive_and_bad_ones_are_kept_with_their_reason(case: Case, loaded: Loaded) -> None:
    file = str(loaded.landing.files / case.file)
    arrived = [row["request_id"] for row in loaded.silver if row["_file"] == file]
    broken = [(e["message"], e["value"]) for r in loaded.quarantine if r["_file"] == file for e in r[ERRORS]]
    assert sorted(arrived) == sorted(case.valid)
    assert sorted(broken, key=str) == sorted(case.broken, key=str)


def test_rows_in_are_valid_and_quarantined(loaded: Loaded) -> None:
    gate = loaded.steps[-1]
    valid, broken = (
        sum(len(rows) for rows in each) for each in zip(*[(c.valid, c.broken) for c in CASES], strict=True)
    )
    assert (gate.layer, gate.table_name) == ("bronze->silver", "silver.requests")
    assert (gate.rows_in, gate.rows_valid, gate.rows_quarantined) == (valid + broken, valid, broken)
    assert len(loaded.bronze) == valid + broken
    assert (len(loaded.silver), len(loaded.quarantine)) == (valid, broken)


def test_the_seventh_digit_of_a_fraction_is_cut(loaded: Loaded) -> None:
    (row,) = [row for row in loaded.silver if row["request_id"] == "fraction"]
    assert (row["requested_at"], row["tokens"]) == (datetime(2023, 11, 16, 18, 15, 46, 680590, tzinfo=UTC), 374)


def test_new_and_renamed_columns_are_kept_in_bronze(loaded: Loaded) -> None:
    kept = {row["request_id"]: (row["region"], row["zone"], row["asked_at"]) for row in loaded.bronze}
    assert kept["new-csv"] == ("eu", None, None)
    assert kept["new-line"] == (None, '{"a":1}', None)
    assert kept["renamed"] == (None, None, "2026-01-01")
    assert {"region", "zone", "asked_at"}.isdisjoint(loaded.silver[0])


def test_a_quarantined_row_is_the_bronze_row_as_it_stood(loaded: Loaded) -> None:
    bronze = {(row["_file"], row["request_id"], row[RESCUED]): row for row in loaded.bronze}
    for row in loaded.quarantine:
        before = bronze[row["_file"], row["request_id"], row[RESCUED]]
        assert {name: row[name] for name in before} == before
        assert (row["_status"], {e["contract"] for e in row[ERRORS]}) == ("open", {"inference.requests"})


def test_each_file_is_in_the_ledger_once_and_none_is_new_again(loaded: Loaded) -> None:
    landing = loaded.landing
    assert sorted(Path(row["file"]).name for row in landing.rows(FILES)) == sorted(case.file for case in CASES)
    assert [plan.new for plan in ingest_plans(landing.project, Ledger(landing.lake.warehouse))] == [(), (), ()]


@pytest.mark.parametrize(("server", "suffix"), [("csv", ".csv"), ("lines", ".jsonl"), ("parquet", ".parquet")])
def test_a_bronze_step_tells_how_much_was_not_readable(server: str, suffix: str, loaded: Loaded) -> None:
    cases = [case for case in CASES if suffix in case.file]
    unreadable = sum(message == UNREADABLE for case in cases for message, _ in case.broken)
    (step,) = [step for step in loaded.steps if (step.detail or "").startswith(f"{server}, ")]
    assert step.detail == f"{server}, {len(cases)} files, {unreadable} not readable as rows (_rescued)"
    assert step.rows_in == sum(len(case.valid) + len(case.broken) for case in cases)
