"""What there is to read of a database's table: decided from what it says of itself. What is in the way is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from hallmark.bronze import postgres, postgres_sql
from hallmark.bronze.postgres import missing_table
from hallmark.bronze.snapshot import last_snapshot
from hallmark.bronze.snapshot_columns import lacking
from hallmark.bronze.snapshots import (
    Contents,
    DbColumn,
    Last,
    SnapshotPlan,
    TableShape,
    is_fresh,
    keyed,
    plan_snapshot,
    refuse_other_watermark,
    refuse_unfit,
)
from hallmark.contracts.model import Contract, Property, SchemaObject, Server, Snapshot
from hallmark.lakehouse.errors import ProgressError, StepError
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.ledger import SNAPSHOTS, Ledger, SnapshotEntry
from hallmark.lakehouse.logins import PostgresLogin
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

AT = datetime(2026, 11, 27, tzinfo=UTC)
BRONZE = Table("bronze", "orders")
PLACE = {"host": "127.0.0.1", "port": 1, "database": "app", "schema": "shop"}
ID = Property("id", "id", "integer", "bigint", source_columns=("id",), key_position=1)
SHAPE = TableShape((DbColumn("id", "int4", "N"), DbColumn("at", "timestamptz", "D")), (frozenset({"id"}),))
FULL = Snapshot()
LAST = Last(3, "5-aa", None, AT)


def server(snapshot: Snapshot = FULL) -> Server:
    return Server("crm", "shop.orders", "", type="postgres", place=PLACE, snapshot=snapshot)


def plan(contents: Contents, last: Last | None = None, snapshot: Snapshot = FULL) -> SnapshotPlan:
    source = server(snapshot)
    table = SchemaObject("orders", "orders", (ID,))
    contract = Contract("s.orders", "orders", "1.0.0", "s", (source,), (table,), Path("o.yaml"))
    return plan_snapshot(contract, source, last, (SHAPE, contents))


@pytest.mark.parametrize(
    ("columns", "snapshot", "told"),
    [
        (("id", "at"), FULL, ""),
        (("id", "At"), FULL, ""),
        (("id", "amount", "at"), FULL, "amount"),
        (("id", "ids", "price"), FULL, "ids (did you mean 'id'?), price"),
        (("id", "at"), Snapshot("changes"), ""),
        (("id", "AT"), Snapshot("changes"), "AT"),
    ],
)
def test_columns_of_the_contract_that_the_table_lacks_are_told(
    columns: tuple[str, ...], snapshot: Snapshot, told: str
) -> None:
    properties = tuple(Property(name.lower(), name, "string", "string", source_columns=(name,)) for name in columns)
    table, source = SchemaObject("orders", "orders", properties), server(snapshot)
    contract = Contract("s.orders", "orders", "1.0.0", "s", (source,), (table,), Path("o.yaml"))
    line = "crm: shop.orders lacks columns that the contract names, so they are null: "
    assert lacking(contract, source, SHAPE) == (line + told if told else "")


def test_a_first_snapshot_reads_what_is_there_and_of_an_empty_table_nothing() -> None:
    found = plan(Contents(5, "5-aa"))
    assert (found.due, found.why, found.load_id) == (True, "first snapshot of crm, 5 rows", "orders/crm/000000")
    assert (found.app, found.columns, found.key) == ("bronze.orders<-crm", ("id",), ("id",))
    assert not plan(Contents(0, "0-00")).due


def test_the_same_fingerprint_is_nothing_new() -> None:
    assert not plan(Contents(5, "5-aa"), LAST).due
    changed = plan(Contents(1, "1-bb"), LAST)
    assert (changed.why, changed.load_id) == ("crm has changed since snapshot 3, 1 row", "orders/crm/000004")


def test_a_fingerprint_that_left_nothing_to_land_is_nothing_new() -> None:
    seen = replace(LAST, seen="5-bb")
    assert [plan(Contents(5, each), seen).due for each in ("5-aa", "5-bb", "5-cc")] == [False, False, True]


def test_of_a_table_with_protected_values_the_fingerprint_needs_the_key() -> None:
    old, new, contents = MasterKey("k1", bytes(range(32))), MasterKey("k2", bytes(range(1, 33))), Contents(5, "5-aa")
    assert keyed(contents, []) == replace(contents, fingerprint="no key")
    first = keyed(contents, [old])
    assert re.fullmatch("k1-[0-9a-f]{32}", first.fingerprint)
    assert keyed(contents, [new]).fingerprint[3:] != first.fingerprint[3:] != keyed(Contents(5, "5-ab"), [old])
    # A new key is no change of the table: what the old one made is compared by the old one.
    last = Last(0, first.fingerprint, None, AT)
    assert keyed(contents, [old, new], last) == first
    assert keyed(contents, [old, new], replace(last, seen="k2-00")) == keyed(contents, [new])


def test_a_comparison_takes_note_of_a_table_that_was_emptied_and_rows_alone_have_none_to_land() -> None:
    changes = Snapshot("changes")
    assert plan(Contents(0, "0-00"), LAST, changes).why == "crm has changed since snapshot 3, 0 rows to compare"
    assert not plan(Contents(0, "0-00"), LAST).due


def test_a_watermark_reads_from_the_last_one_on() -> None:
    by_time, last = Snapshot(watermark="at"), Last(3, "1-aa", "2026-01-01", AT)
    assert not plan(Contents(1, "1-aa", "2026-01-01"), last, by_time).due
    later = plan(Contents(7, "1-bb", "2026-01-02"), last, by_time)
    assert (later.why, later.only_ties) == ("7 rows of crm from 2026-01-01 on", False)
    ties = plan(Contents(2, "2-bb", "2026-01-01"), last, by_time)
    assert (ties.due, ties.only_ties) == (True, True)


def test_a_watermark_that_went_back_is_a_letter() -> None:
    last = Last(3, "1-aa", "2026-01-02", AT)
    found = plan(Contents(0, "", "2026-01-01", went_back=True), last, Snapshot(watermark="at"))
    assert not found.due
    assert str(found.trouble) == (
        "ProgressError: the watermark went back: the newest rows are gone, or the table was restored\n"
        "  where: server crm: shop.orders\n"
        "  got: at up to 2026-01-01\n"
        "  wanted: 2026-01-02 or later, which was read before\n"
        "  do: restore the rows; or give the server another name in the contract: under it the table is read from its "
        "beginning, and silver takes what it does not have"
    )


def test_rows_without_a_watermark_are_a_letter() -> None:
    assert str(plan(Contents(3, "", "2026-01-01", unplaced=True), None, Snapshot(watermark="at")).trouble) == (
        "DataError: rows without a watermark, or with an endless one: a snapshot would never read them or those after "
        "them\n"
        "  where: server crm: shop.orders\n"
        "  got: null, infinity or NaN in at\n"
        "  wanted: a finite value in every row\n"
        "  do: fill them and make the column NOT NULL, or read all rows: remove watermark from the server"
    )


@pytest.mark.parametrize(
    ("snapshot", "shape", "letter"),
    [
        (
            Snapshot(),
            TableShape((DbColumn("cost", "money", "N"), DbColumn("spot", "geometry", "U"))),
            (
                "DataError: columns of types that are not read\n"
                "  where: server crm: shop.orders\n"
                "  got: cost (money), spot (geometry)\n"
                "  do: make a view that casts them to text or leaves them out, and name it as the table's physicalName"
            ),
        ),
        (
            Snapshot(),
            TableShape((DbColumn("Id", "int4", "N"), DbColumn("id", "int4", "N"))),
            (
                "DataError: columns whose names become one in bronze\n"
                "  where: server crm: shop.orders\n"
                "  got: Id, id\n"
                "  do: make a view that renames them, and name it as the table's physicalName"
            ),
        ),
        (
            Snapshot(watermark="att"),
            SHAPE,
            (
                "DataError: watermark names no column of the table\n"
                "  where: server crm: shop.orders\n"
                "  got: att\n"
                "  do: did you mean 'at'?"
            ),
        ),
        (
            Snapshot(partition_column="note"),
            TableShape((DbColumn("note", "text", "S"),)),
            (
                "DataError: partitionColumn is of a type that has no order here\n"
                "  where: server crm: shop.orders\n"
                "  got: note (text)\n"
                "  wanted: int2, int4, int8, date, timestamp, timestamptz\n"
                "  do: name another column"
            ),
        ),
        (
            Snapshot("changes"),
            TableShape(SHAPE.columns, (frozenset({"id", "at"}),)),
            (
                "DataError: the table has no primary key that tells its rows apart\n"
                "  where: server crm: shop.orders\n"
                "  got: at, id\n"
                "  wanted: id, which the contract names, unique and not null in the database\n"
                "  do: give the table that key, or mend primaryKey in the contract; snapshot: full needs none"
            ),
        ),
    ],
)
def test_a_table_that_does_not_fit_is_a_letter(snapshot: Snapshot, shape: TableShape, letter: str) -> None:
    assert str(refuse_unfit(server(snapshot), shape, ("id",))) == letter


def test_a_key_that_the_table_does_not_have_is_a_letter_of_its_own() -> None:
    assert str(refuse_unfit(server(Snapshot()), SHAPE, ("idd",))) == (
        "DataError: the contract's primaryKey names no column of the table\n"
        "  where: server crm: shop.orders\n"
        "  got: idd\n"
        "  do: did you mean 'id'?"
    )


@pytest.mark.parametrize(
    ("column", "path"), [("id", "shop.orders"), ("at", "shop.purchases")], ids=["another column", "another table"]
)
def test_a_watermark_is_compared_with_its_own_kind_alone(column: str, path: str) -> None:
    last = Last(3, "1-aa", "2026-01-02", AT, path=path, column=column)
    assert str(refuse_other_watermark(server(Snapshot(watermark="at")), last)) == (
        "ProgressError: the watermark is not the one that the last snapshot came up to\n"
        "  where: server crm\n"
        "  got: at of shop.orders\n"
        f"  wanted: {column} of {path}, which is read up to 2026-01-02\n"
        "  do: put it back; or give the server another name in the contract: under it the table is read from its "
        "beginning, and silver takes what it does not have"
    )


def test_the_same_watermark_goes_on_and_none_begins_anew() -> None:
    by_time, last = server(Snapshot(watermark="at")), Last(3, "1-aa", "1", AT, path="shop.orders", column="at")
    assert refuse_other_watermark(by_time, last) is None
    assert refuse_other_watermark(by_time, replace(last, watermark=None, column="")) is None
    assert refuse_other_watermark(server(), last) is None


def test_money_is_not_read_in_a_list_either() -> None:
    assert not DbColumn("costs", "_money", "A").readable
    assert DbColumn("names", "_text", "A").readable


def test_a_table_that_fits_is_read() -> None:
    assert refuse_unfit(server(Snapshot("changes", partition_column="at", partitions=2)), SHAPE, ("id",)) is None


def test_a_young_snapshot_leaves_the_database_alone() -> None:
    hourly = server(Snapshot(every=timedelta(hours=1)))
    assert is_fresh(hourly, LAST, AT + timedelta(minutes=59))
    assert not is_fresh(hourly, LAST, AT + timedelta(hours=1))
    assert not is_fresh(hourly, None, AT)
    assert not is_fresh(server(), LAST, AT)


def test_a_missing_table_is_told_with_those_near_it() -> None:
    assert str(missing_table(server(), ["order", "clicks"])) == (
        "DataError: no such table\n"
        "  where: server crm: 127.0.0.1:1/app\n"
        "  got: shop.orders\n"
        "  do: mend schema or physicalName in the contract; near it: order"
    )


def test_a_login_that_nobody_gave_is_a_letter() -> None:
    assert str(postgres.look(server(), None, ("id",), None)) == (
        "SettingsError: a database's user is not known\n"
        "  where: server crm\n"
        "  got: no HALLMARK_POSTGRES__CRM__USER\n"
        "  do: set HALLMARK_POSTGRES__CRM__USER and HALLMARK_POSTGRES__CRM__PASSWORD in the environment; "
        "a contract holds no login"
    )


def test_a_database_that_is_away_is_a_letter_after_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.3)
    letter = postgres.look(server(), PostgresLogin(user="reader"), ("id",), None)
    assert isinstance(letter, StepError)
    assert str(letter) == (
        "StepError: the database does not answer\n"
        "  where: server crm: 127.0.0.1:1/app\n"
        "  got: Connection refused\n"
        "  wanted: an answer within 0.3 s\n"
        "  do: start it, or mend the server's host and port in the contract; the next run reads what has changed"
    )


def land(warehouse: Path, number: int, *places: str) -> None:
    rows = pa.table(
        {
            "_load_id": [f"orders/crm/{number:06d}" for _ in places],
            "_file": pa.array(places, pa.string()),
            "_ingested_at": pa.array([AT for _ in places], pa.timestamp("us", "UTC")),
        }
    )
    done = CommitProperties(app_transactions=[Transaction("bronze.orders<-crm", number)])
    write_deltalake(str(table_path(warehouse, BRONZE)), rows, mode="append", commit_properties=done)


def test_a_refused_question_says_nothing_of_the_other_tables_of_the_database() -> None:
    refused = postgres.refusal(server(), psycopg.errors.QueryCanceled("a statement timeout"))
    assert (refused.what, postgres.is_away(refused)) == ("the database refuses a question", False)
    assert postgres.is_away(postgres.refusal(server(), psycopg.errors.AdminShutdown("it ends")))
    assert postgres.is_away(postgres.refusal(server(), psycopg.OperationalError("no answer")))


def test_the_last_snapshot_is_what_its_rows_say(tmp_path: Path) -> None:
    assert last_snapshot(tmp_path, BRONZE, server()) is None
    land(tmp_path, 0, "shop.a/b/0/9-aa/-")
    assert last_snapshot(tmp_path, BRONZE, server()) == Last(0, "9-aa", None, AT, path="shop.a/b")
    land(tmp_path, 1, *["shop.orders/1/2-bb/a%2Ft=2026-01-01"] * 2)
    last = Last(1, "2-bb", "2026-01-01", AT, path="shop.orders", column="a/t")
    assert last_snapshot(tmp_path, BRONZE, server()) == last


def test_what_was_read_since_and_left_nothing_to_land_counts_for_that_snapshot(tmp_path: Path) -> None:
    later = AT + timedelta(hours=1)
    land(tmp_path, 0, "shop.orders/0/9-aa/-")
    entry = SnapshotEntry("run", "bronze.orders", "crm", 0, "9-aa", "9-bb", later)
    others = [
        replace(entry, source="other"),
        replace(entry, table_name="bronze.other"),
        replace(entry, number=1),
        replace(entry, landed="9-cc"),
    ]
    Ledger(tmp_path).write(SNAPSHOTS, [*others, replace(entry, seen="9-ab", at=AT)])
    assert last_snapshot(tmp_path, BRONZE, server()) == Last(0, "9-aa", None, AT, "9-ab", "shop.orders")
    Ledger(tmp_path).write(SNAPSHOTS, [entry])
    assert last_snapshot(tmp_path, BRONZE, server()) == Last(0, "9-aa", None, later, "9-bb", "shop.orders")


def test_a_snapshot_whose_rows_are_gone_is_a_letter(tmp_path: Path) -> None:
    land(tmp_path, 0)
    with pytest.raises(ProgressError) as letter:
        last_snapshot(tmp_path, BRONZE, server())
    assert str(letter.value) == (
        "ProgressError: what the last snapshot held can't be told: its rows are gone from bronze\n"
        "  where: bronze.orders from crm\n"
        "  got: no row of load orders/crm/000000\n"
        "  do: restore the table; or delete it and what is built from it, and run again: all is read anew"
    )


def test_names_and_values_stay_what_they_are_in_sql() -> None:
    odd = Server("crm", 'shop.or"ders', "", type="postgres", place=PLACE, snapshot=Snapshot(watermark='a"t'))
    shape = TableShape((DbColumn('a"t', "int4", "N"),))
    assert postgres_sql.rows_sql(odd, shape, watermark="1'") == (
        """SELECT "a""t"::text AS "a""t" FROM "shop"."or""ders" WHERE "a""t" >= '1'''"""
    )
