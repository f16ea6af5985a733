"""What there is to ingest: new files, known ones, and those that someone wrote over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hallmark.bronze.plan import DEBEZIUM_COLUMNS, IngestPlan, LandedFile, plan_ingest, source_columns
from hallmark.contracts.model import Contract, Property, SchemaObject, Server

AT = datetime(2024, 10, 27, 12, tzinfo=UTC)
SERVER = Server("landing", "requests/*.csv", "csv")
PROPERTIES = (
    Property("request_id", "Request Id", "string", "string", source_columns=("Request Id",)),
    Property("tokens", "Tokens", "integer", "int", source_columns=("Tokens",)),
    Property("day", "day", "date", "date", transform="cast(at as date)", source_columns=("at", "Tokens")),
    Property("source", "source", "string", "string", transform="_source"),
)
CONTRACT = Contract(
    "inference.requests", "requests", "1.0.0", "inference", (SERVER,),
    (SchemaObject("requests", "requests", PROPERTIES),), Path("requests.odcs.yaml"),
)  # fmt: skip
STREAM = replace(CONTRACT, id="shop.changes", name="changes", servers=(replace(SERVER, format="debezium"),))
A, B = LandedFile("/data/a.csv", 10, AT), LandedFile("/data/b.csv", 20, AT)


def plan(landed: list[LandedFile], known: dict[str, tuple[int, datetime]]) -> IngestPlan:
    return plan_ingest(CONTRACT, SERVER, Path("/data"), landed, known)


def test_a_file_that_bronze_does_not_know_is_new() -> None:
    found = plan([A, B], {"/data/a.csv": (10, AT)})
    assert (found.new, found.known, found.rewritten) == ((B,), 1, ())


def test_new_files_come_in_the_order_of_their_names() -> None:
    assert plan([B, A], {}).new == (A, B)


def test_files_that_did_not_change_are_only_counted() -> None:
    found = plan([A, B], {"/data/a.csv": (10, AT), "/data/b.csv": (20, AT)})
    assert (found.new, found.known, found.rewritten) == ((), 2, ())


@pytest.mark.parametrize("now", [replace(A, bytes=11), replace(A, modified_at=AT + timedelta(milliseconds=1))])
def test_a_file_that_changed_is_rewritten_and_not_new(now: LandedFile) -> None:
    found = plan([now], {"/data/a.csv": (10, AT)})
    assert (found.new, found.known, found.rewritten) == ((), 1, ("/data/a.csv",))


def test_a_file_that_was_taken_away_is_of_no_concern() -> None:
    found = plan([], {"/data/a.csv": (10, AT)})
    assert (found.new, found.known, found.rewritten) == ((), 0, ())


def test_rows_land_in_the_bronze_table_of_the_contract() -> None:
    found = plan([A], {})
    assert (str(found.table), found.app) == ("bronze.requests", "bronze.requests<-landing")


def test_a_stream_lands_in_one_table_of_the_contracts_name() -> None:
    found = plan_ingest(STREAM, STREAM.servers[0], Path("/data"), [], {})
    assert (str(found.table), found.columns) == ("bronze.changes", DEBEZIUM_COLUMNS)


def test_a_source_is_expected_to_have_each_field_that_a_column_is_made_of() -> None:
    assert source_columns(CONTRACT) == ("Request_Id", "Tokens", "at")
