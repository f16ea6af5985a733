"""A real Postgres into bronze and silver: full, by watermark, in pieces, as changes; kills, and a database away."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from database import Database, contract, insert
from landing import Landing
from warehouses import BIN, environment, kill, started, wait_until

from hallmark.bronze import postgres
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import HallmarkError, ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.bronze_layer import run_bronze
from hallmark.pipelines.execute import dry_run

BRONZE, SILVER, HISTORY = Table("bronze", "orders"), Table("silver", "orders"), Table("silver", "orders_history")
EVENTS = Table("bronze", "purchases")


pytestmark = pytest.mark.usefixtures("login")


@pytest.fixture
def shop(lake: Lake, tmp_path: Path, database: Database, schema: str) -> Landing:
    return Landing(lake, tmp_path, contract(database, schema))


def ids(shop: Landing, table: Table = BRONZE) -> list[int]:
    return sorted(int(row["id"]) for row in shop.rows(table))


def waits(shop: Landing) -> list[str]:
    return [work.why for work in dry_run(shop.project, ["bronze"]).work]


def refusal(shop: Landing) -> HallmarkError:
    with pytest.raises(HallmarkError) as caught:
        shop.bronze()
    return caught.value


def test_a_full_snapshot_lands_when_the_table_has_changed(shop: Landing, database: Database, schema: str) -> None:
    assert waits(shop) == [], "an empty table has nothing to land"
    database.run(insert(schema, 0, 50))
    assert waits(shop) == ["first snapshot of crm, 50 rows"]
    (entry,) = shop.bronze()
    assert (entry.rows_written, entry.detail) == (50, "first snapshot of crm, 50 rows")
    row = next(row for row in shop.rows(BRONZE) if row["id"] == "7")
    assert (row["note"], row["amount"], row["updated_at"]) == (
        "n7",
        "2.33",
        "2026-01-01T00:00:07.000000Z",
    )
    assert (row["_source"], row["_method"], row["_load_id"]) == ("crm", "snapshot", "orders/crm/000000")
    assert row["_file"].startswith(f"{schema}.orders/0/32-")
    version = deltalog.version(shop.lake.path(BRONZE))
    assert (waits(shop), shop.bronze(), deltalog.version(shop.lake.path(BRONZE))) == ([], [], version)
    (judged,) = shop.silver()
    assert (judged.rows_valid, judged.rows_quarantined) == (50, 0)
    database.run(insert(schema, 50, 51))
    assert waits(shop) == ["crm has changed since snapshot 0, 51 rows"]
    shop.bronze()
    shop.silver()
    assert ids(shop, SILVER) == [*range(51)]
    assert database.password.encode() not in b"".join(
        file.read_bytes() for file in shop.lake.warehouse.rglob("*") if file.is_file()
    )


def test_values_of_all_kinds_have_a_text(shop: Landing, database: Database, schema: str) -> None:
    database.run(
        f"CREATE TYPE {schema}.mood AS ENUM ('good')",
        f"CREATE DOMAIN {schema}.code AS text",
        f"""CREATE TABLE {schema}.odd (id int PRIMARY KEY, "No te%" text, flag bool, day date, at timestamp,
            far timestamptz,
            raw bytea, tags text[], doc jsonb, mood {schema}.mood, code {schema}.code, uid uuid, lasts interval)""",
        f"""INSERT INTO {schema}.odd VALUES (1, 'it''s 5 %', true, '2026-02-28', '2026-02-28 10:00:00.5', 'infinity',
            '\\x00ff', '{{a,"b c"}}', '{{"a": 1}}', 'good', 'x', '00000000-0000-0000-0000-000000000001', '90 min')""",
    )
    shop.contract = contract(database, schema, table="odd")
    context = shop.context()
    run_bronze(context)
    context.close()
    lacks = "lacks columns that the contract names, so they are null: note, amount, updated_at"
    assert context.notes == [f"crm: {schema}.odd {lacks}"]
    (row,) = shop.rows(BRONZE)
    assert {name: value for name, value in row.items() if not name.startswith("_")} == {
        "id": "1", "note": None, "amount": None, "updated_at": None, "No_te%": "it's 5 %", "flag": "true",
        "day": "2026-02-28", "at": "2026-02-28T10:00:00.500000", "far": "infinity", "raw": "AP8=",
        "tags": '["a", "b c"]', "doc": '{"a": 1}', "mood": "good", "code": "x",
        "uid": "00000000-0000-0000-0000-000000000001", "lasts": "PT1H30M",
    }  # fmt: skip


def test_a_watermark_reads_each_row_once_also_those_that_share_the_last_one(
    shop: Landing, database: Database, schema: str
) -> None:
    shop.contract = contract(database, schema, watermark="updated_at")
    database.run(insert(schema, 0, 10))
    shop.bronze()
    assert waits(shop) == []
    database.run(f"INSERT INTO {schema}.orders VALUES (90, 'tie', 1, timestamptz '2026-01-01' + interval '9 s')")
    assert waits(shop) == ["2 rows of crm from 2026-01-01T00:00:09.000000Z on"]
    shop.bronze()
    assert (ids(shop), waits(shop)) == ([*range(10), 90], [])
    database.run(insert(schema, 10, 15), f"DELETE FROM {schema}.orders WHERE id < 3")
    assert waits(shop) == ["7 rows of crm from 2026-01-01T00:00:09.000000Z on"]
    shop.bronze()
    assert (ids(shop), waits(shop)) == ([*range(15), 90], [])


def test_a_watermark_that_goes_back_or_is_missing_is_told(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, watermark="updated_at")
    database.run(insert(schema, 0, 10))
    shop.bronze()
    database.run(f"DELETE FROM {schema}.orders WHERE id = 9")
    letter = refusal(shop)
    assert isinstance(letter, ProgressError)
    assert (letter.what, letter.got, letter.wanted) == (
        "the watermark went back: the newest rows are gone, or the table was restored",
        "updated_at up to 2026-01-01T00:00:08.000000Z",
        "2026-01-01T00:00:09.000000Z or later, which was read before",
    )
    database.run(f"ALTER TABLE {schema}.orders ALTER updated_at DROP NOT NULL")
    for endless in ("NULL", "'infinity'", "'-infinity'"):
        database.run(f"INSERT INTO {schema}.orders VALUES (11, 'x', 1, {endless})")
        assert refusal(shop).what == (
            "rows without a watermark, or with an endless one: a snapshot would never read them or those after them"
        )
        database.run(f"DELETE FROM {schema}.orders WHERE id = 11")


def test_a_number_that_is_none_is_no_watermark(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, watermark="amount")
    database.run(f"INSERT INTO {schema}.orders VALUES (1, 'x', 'NaN')")
    assert refusal(shop).got == "null, infinity or NaN in amount"


@pytest.mark.parametrize("column", ["id", "updated_at"])
def test_pieces_are_read_side_by_side_and_hold_every_row(
    shop: Landing, database: Database, schema: str, column: str
) -> None:
    database.run(f"DELETE FROM {schema}.orders", insert(schema, 0, 1000))
    shop.contract = contract(database, schema, partitionColumn=column, numPartitions=4, fetchSize=7)
    shop.bronze()
    assert ids(shop) == [*range(1000)]
    assert len(list(shop.lake.path(BRONZE).glob("*.parquet"))) == 4
    database.run(f"DROP SCHEMA {schema} CASCADE")


def test_pieces_are_cut_by_the_order_of_values_and_not_of_their_texts(
    shop: Landing, database: Database, schema: str
) -> None:
    database.run(f"INSERT INTO {schema}.orders SELECT n FROM generate_series(-20, 1500) n")
    shop.contract = contract(database, schema, partitionColumn="id", numPartitions=7)
    shop.bronze()
    assert ids(shop) == [*range(-20, 1501)]


def test_a_watermark_that_is_taken_out_or_changed_after_a_snapshot(
    shop: Landing, database: Database, schema: str
) -> None:
    shop.contract = contract(database, schema, watermark="updated_at")
    database.run(insert(schema, 0, 3))
    shop.bronze()
    shop.contract = contract(database, schema, watermark="id")
    letter = refusal(shop)
    assert (letter.what, letter.got, letter.wanted) == (
        "the watermark is not the one that the last snapshot came up to",
        f"id of {schema}.orders",
        f"updated_at of {schema}.orders, which is read up to 2026-01-01T00:00:02.000000Z",
    )
    shop.contract = contract(database, schema)
    database.run(insert(schema, 3, 5))
    shop.bronze()
    assert sorted({*ids(shop)}) == [*range(5)], "all rows are read, what bronze had is there twice"


def test_equal_numbers_of_other_scale_are_one_watermark(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, watermark="amount")
    database.run(f"INSERT INTO {schema}.orders VALUES (1, 'a', 1.0), (2, 'b', 1.00)")
    shop.bronze()
    database.run(f"INSERT INTO {schema}.orders VALUES (3, 'c', 2)")
    shop.bronze()
    assert ids(shop) == [1, 2, 3]


def test_a_domain_over_a_domain_is_what_it_is_made_of(shop: Landing, database: Database, schema: str) -> None:
    database.run(
        f"CREATE DOMAIN {schema}.moment AS timestamptz",
        f"CREATE DOMAIN {schema}.late AS {schema}.moment",
        f"ALTER TABLE {schema}.orders ALTER updated_at TYPE {schema}.late",
        insert(schema, 0, 1),
    )
    shop.bronze()
    assert [row["updated_at"] for row in shop.rows(BRONZE)] == ["2026-01-01T00:00:00.000000Z"]


def test_differences_are_change_events_and_silver_follows(
    lake: Lake, tmp_path: Path, database: Database, schema: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, schema, name="purchases", snapshot="changes"))
    database.run(insert(schema, 0, 5))
    assert waits(shop) == ["first snapshot of crm, 5 rows"]
    shop.bronze()
    shop.silver()
    assert [(row["id"], row["note"]) for row in sorted(shop.rows(SILVER), key=lambda row: row["id"])] == [
        (n, f"n{n}") for n in range(5)
    ]
    assert waits(shop) == []
    database.run(
        f"UPDATE {schema}.orders SET note = NULL WHERE id = 1",
        f"DELETE FROM {schema}.orders WHERE id = 2",
        insert(schema, 7, 8),
        f"UPDATE {schema}.orders SET id = 33 WHERE id = 3",
    )
    assert waits(shop) == ["crm has changed since snapshot 0, 5 rows to compare"]
    (entry,) = shop.bronze()
    assert entry.rows_written == 5
    found = [json.loads(row["value"]) for row in shop.rows(EVENTS) if row["offset"] == "1"]
    told = {(each["op"], (each["after"] or each["before"])["id"]) for each in found}
    assert told == {("u", "1"), ("d", "2"), ("c", "7"), ("d", "3"), ("c", "33")}
    shop.silver()
    rows = {row["id"]: row["note"] for row in shop.rows(SILVER)}
    assert rows == {0: "n0", 1: None, 4: "n4", 7: "n7", 33: "n3"}
    ended = {row["id"] for row in shop.rows(HISTORY) if row["valid_to"] is not None}
    assert ended == {1, 2, 3}
    assert (waits(shop), shop.bronze()) == ([], [])
    database.run(f"DELETE FROM {schema}.orders")
    shop.bronze()
    shop.silver()
    assert shop.rows(SILVER) == []
    database.run(insert(schema, 2, 3))
    shop.bronze()
    shop.silver()
    assert [row["id"] for row in shop.rows(SILVER)] == [2], "a row that comes back is a row again"


def test_a_comparison_needs_a_key_that_the_database_holds_unique(
    lake: Lake, tmp_path: Path, database: Database, schema: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, schema, name="purchases", snapshot="changes"))
    database.run(f"ALTER TABLE {schema}.orders DROP CONSTRAINT orders_pkey")
    letter = refusal(shop)
    assert (letter.what, letter.got) == ("the table has no primary key that tells its rows apart", "no primary key")


def test_a_killed_snapshot_is_taken_by_the_next_run_once(
    shop: Landing, database: Database, schema: str, tmp_path: Path
) -> None:
    shop.contract = contract(database, schema, watermark="updated_at")
    database.run(insert(schema, 0, 10))
    shop.bronze()
    database.run(insert(schema, 10, 3000))
    names = {
        "HALLMARK_WAREHOUSE": shop.lake.warehouse,
        "HALLMARK_DATA": tmp_path,  # so that little of the synthetic landing zone is written
        "HALLMARK_CONTRACTS": shop.project.settings.contracts,
        "HALLMARK_POSTGRES__CRM__USER": database.user,
        "HALLMARK_POSTGRES__CRM__PASSWORD": database.password,
    }
    there = len(list(shop.lake.path(BRONZE).glob("*.parquet")))
    with started(
        [BIN / "hallmark", "run", "--until", "bronze"],
        folder=tmp_path,
        log=tmp_path / "log",
        env=environment(**names),
    ) as process:
        written = shop.lake.path(BRONZE)
        wait_until(lambda: len(list(written.glob("*.parquet"))) > there, "Spark's first file", every=0.002)
        kill(process)
    shop.bronze()
    assert ids(shop) == [*range(3000)]
    assert waits(shop) == []


def test_a_database_away_holds_up_no_other_source_and_the_next_run_catches_up(
    shop: Landing, database: Database, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.5)
    database.run(insert(schema, 0, 5))
    files = '  - {server: files, type: local, path: "*.jsonl", format: json}\nschema:'
    shop.contract = shop.contract.replace("schema:\n", f"{files}\n", 1)
    shop.put("a.jsonl", '{"id": 77}\n')
    database.stop()
    try:
        letter = refusal(shop)
        assert (letter.what, letter.where) == (
            "the database does not answer",
            f"server crm: 127.0.0.1:{database.port}/postgres",
        )
        assert waits(shop) == ["crm can't be read: the database does not answer"]
        assert ids(shop) == [77]
    finally:
        database.start()
    shop.bronze()
    assert ids(shop) == [0, 1, 2, 3, 4, 77]


def test_a_database_that_dies_while_it_is_read_holds_up_no_other_source(
    shop: Landing, database: Database, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Spark's question ends every session of ours: what a run sees when the database is killed at that moment.
    dies = "(SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'hallmark')"
    database.run(
        insert(schema, 0, 5),
        f"CREATE VIEW {schema}.dying AS SELECT id, "
        f"CASE WHEN current_query() LIKE '%) found%' THEN {dies}::text END AS note FROM {schema}.orders",
        f"CREATE SCHEMA {schema}_b",
        f"CREATE VIEW {schema}_b.dying AS SELECT * FROM {schema}.orders",
    )
    monkeypatch.setenv("HALLMARK_POSTGRES__BILLING__USER", database.user)
    monkeypatch.setenv("HALLMARK_POSTGRES__BILLING__PASSWORD", database.password)
    place = f"host: 127.0.0.1, port: {database.port}, database: postgres, schema: {schema}_b"
    other = f"  - {{server: billing, type: postgres, {place}}}\nschema:"
    shop.contract = contract(database, schema, table="dying").replace("schema:\n", f"{other}\n", 1)
    assert str(refusal(shop)) == (
        "StepError: the database went away while it was read\n"
        f"  where: server crm: 127.0.0.1:{database.port}/postgres, {schema}.dying\n"
        "  do: nothing of this snapshot was kept; start the database, and the next run takes one"
    )
    assert {row["_source"] for row in shop.rows(BRONZE)} == {"billing"}
    assert ids(shop) == [*range(5)]


def test_a_change_that_leaves_nothing_to_land_is_read_once(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, watermark="updated_at")
    database.run(insert(schema, 0, 10), f"UPDATE {schema}.orders SET updated_at = '2026-01-02' WHERE id > 7")
    shop.bronze()
    database.run(f"DELETE FROM {schema}.orders WHERE id = 9")
    assert waits(shop) == ["1 row of crm from 2026-01-02T00:00:00.000000Z on"]
    (entry,) = shop.bronze()
    assert (entry.rows_written, waits(shop), ids(shop)) == (0, [], [*range(10)])
    database.run(insert(schema, 20, 21, at="2026-01-03"))
    assert waits(shop) == ["2 rows of crm from 2026-01-02T00:00:00.000000Z on"]


def test_what_is_missing_or_refused_is_a_letter(
    shop: Landing, database: Database, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.contract = contract(database, schema, table="ordrs")
    letter = refusal(shop)
    assert (letter.what, letter.got) == ("no such table", f"{schema}.ordrs")
    assert letter.todo == "mend schema or physicalName in the contract; near it: orders"
    shop.contract = contract(database, schema, watermark="updated")
    assert refusal(shop).what == "watermark names no column of the table"
    shop.contract = contract(database, schema, partitionColumn="note")
    assert refusal(shop).what == "partitionColumn is of a type that has no order here"
    database.run(f"ALTER TABLE {schema}.orders ADD COLUMN paid money")
    shop.contract = contract(database, schema)
    assert refusal(shop).got == "paid (money)"
    shop.contract = contract(database, schema).replace("database: postgres", "database: nowhere")
    assert refusal(shop).what == "no such database"
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__PASSWORD", "s3cret-wrong")
    assert "s3cret-wrong" not in str(refusal(shop))
    assert (refusal(shop).what, refusal(shop).got) == (
        "the database does not let the user in",
        "the password is not the right one",
    )


def test_a_database_may_have_any_name(shop: Landing, database: Database, schema: str) -> None:
    database.run(insert(schema, 0, 2))
    with database.session() as session:
        session.autocommit = True
        session.execute(b'CREATE DATABASE "odd ?%41+/n=1&name" TEMPLATE postgres')
    shop.contract = contract(database, schema).replace("database: postgres", 'database: "odd ?%41+/n=1&name"')
    shop.bronze()
    assert ids(shop) == [0, 1]


def test_new_columns_follow_the_contracts_mode(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, watermark="updated_at", schemaEvolution="rescue")
    database.run(insert(schema, 0, 3))
    shop.bronze()
    database.run(
        f"ALTER TABLE {schema}.orders ADD COLUMN tier text",
        f"INSERT INTO {schema}.orders VALUES (8, 'n', 1, timestamptz '2026-01-01' + interval '2 s', 'gold')",
    )
    shop.bronze()
    assert {int(row["id"]): row["_rescued_columns"] for row in shop.rows(BRONZE)} == {
        0: None,
        1: None,
        2: None,
        8: '{"tier":"gold"}',
    }
    shop.contract = contract(database, schema, watermark="updated_at", schemaEvolution="fail")
    database.run(insert(schema, 20, 21))
    assert "columns that its contract does not name (schemaEvolution: fail): tier" in refusal(shop).what


def test_a_snapshot_that_is_young_enough_is_not_taken_again(shop: Landing, database: Database, schema: str) -> None:
    shop.contract = contract(database, schema, every="1h")
    database.run(insert(schema, 0, 3))
    shop.bronze()
    database.run(insert(schema, 3, 4))
    taken = max(row["_ingested_at"] for row in shop.rows(BRONZE))
    soon, later = taken + timedelta(minutes=59), taken + timedelta(hours=1)
    assert dry_run(shop.project, ["bronze"], at=soon).work == ()
    assert len(dry_run(shop.project, ["bronze"], at=later).work) == 1
