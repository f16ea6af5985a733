"""Rows of a real Postgres with values to protect: no plaintext is on the disk, and comparisons see what has changed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from database import Database
from landing import Landing
from protected import PERSONAL, on_disk

from hallmark.bronze import postgres
from hallmark.lakehouse.errors import ProgressError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.session import log_file
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.execute import dry_run

pytestmark = pytest.mark.usefixtures("login")

BRONZE, EVENTS, SILVER = Table("bronze", "people"), Table("bronze", "members"), Table("silver", "people")
ANN = (
    "(7310042901, 'zqann@example.com', 'Zqann Quux', 'zqnote-allergic', '1987-06-05', '203.0.113.77', 'zq81375', "
    "7310042954.75, 1, 'zqextra', '2026-01-01')"
)
BO = "(7310042902, 'zqbo@example.com', 'Zqann Quux', NULL, NULL, NULL, NULL, NULL, 2, NULL, '2026-01-02')"
CY = "(7310042903, 'zqcy@example.com', 'Zqcy', NULL, NULL, NULL, NULL, NULL, 3, 'zqmore', '2026-01-02')"
SECRETS = [
    "7310042901", "7310042902", "7310042903", "zqann@example.com", "zqbo@example.com", "zqcy@example.com", "Zqann",
    "Zqcy", "zqnote-allergic", "1987-06-05", "203.0.113.77", "zq81375", "7310042954", "zqextra", "zqmore",
    "zqnew@example.com", "zqother-note",
]  # fmt: skip
PROPERTIES = (
    """
      - {name: id, logicalType: string, primaryKey: true, encryptedName: person}
"""
    + PERSONAL
    + """\
      - name: income
        logicalType: number
        physicalType: decimal(12,2)
        customProperties: [{property: protection, value: {method: truncate, step: 1000}}]
      - {name: tier, logicalType: integer}
      - {name: updated_at, logicalType: timestamp}
"""
)
IN_CLEAR = """
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: email, logicalType: string}
      - {name: tier, logicalType: integer}
"""


@pytest.fixture
def people(database: Database, schema: str) -> str:
    """The schema, with Ann and Bo in a table of people."""
    database.run(
        f"CREATE TABLE {schema}.people (id bigint PRIMARY KEY, email text, name text, note text, born date, ip inet, "
        "zip text, income numeric, tier int, extra text, updated_at timestamptz NOT NULL)",
        f"INSERT INTO {schema}.people VALUES {ANN}, {BO}",
    )
    return schema


def contract(database: Database, schema: str, properties: str = PROPERTIES, **options: str) -> str:
    custom = ", ".join(f"{{property: {key}, value: {value}}}" for key, value in options.items())
    place = f"host: 127.0.0.1, port: {database.port}, database: postgres, schema: {schema}"
    return f"""
apiVersion: v3.1.0
kind: DataContract
id: crm.members
version: 1.0.0
status: active
servers:
  - {{server: crm, type: postgres, {place}, customProperties: [{custom}]}}
schema:
  - name: people
    customProperties:
      - {{property: protection, value: {{personal: pseudonym, confidential: encrypt}}}}
    properties:{properties}"""


def waits(shop: Landing) -> list[str]:
    return [work.why for work in dry_run(shop.project, ["bronze"]).work]


def changed(shop: Landing, snapshot: int) -> list[dict[str, object]]:
    """The documents of a snapshot's events."""
    return [json.loads(row["value"]) for row in shop.rows(EVENTS) if row["offset"] == str(snapshot)]


def refuse_plaintext(shop: Landing) -> None:
    """Neither rows nor the database's own fingerprint of them, which anybody could try rows against."""
    (server,) = shop.project.sources[0].servers
    found = postgres.look(server, shop.project.login(server), ("id",), None)
    assert isinstance(found, tuple)
    words = [*SECRETS, found[1].fingerprint.partition("-")[2]]
    assert on_disk(shop.lake.warehouse, words) == {}
    session = Path(shop.lake.spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    assert log_file(session).is_file()
    assert on_disk(session, words) == {}


def test_rows_are_protected_and_those_at_the_watermark_are_known_again(
    lake: Lake, tmp_path: Path, database: Database, people: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, people, watermark="updated_at", partitionColumn="id"))
    shop.bronze()
    rows = {row["tier"]: row for row in shop.rows(BRONZE)}
    ann, bo = rows["1"], rows["2"]
    assert re.fullmatch("k1:[0-9a-f]{64}", ann["id"])
    assert re.fullmatch("k1:[0-9a-f]{32}:[A-Za-z0-9+/=]+", ann["name"])
    assert (ann["note"], ann["born"], ann["ip"], ann["zip"], ann["income"]) == (
        "***", "1987-01-01", "203.0.113.0", "zq", "7310042000",
    )  # fmt: skip
    assert (ann["_undeclared"][:3], bo["_undeclared"], bo["note"]) == ("k1:", None, None)
    assert waits(shop) == []
    database.run(f"INSERT INTO {people}.people VALUES {CY}")
    assert waits(shop) == ["2 rows of crm from 2026-01-02T00:00:00.000000Z on"]
    shop.bronze()
    assert sorted(row["tier"] for row in shop.rows(BRONZE)) == ["1", "2", "3"], "Bo came once"
    shop.silver()
    assert {row["person"] for row in shop.rows(SILVER)} == {row["id"] for row in shop.rows(BRONZE)}
    refuse_plaintext(shop)


def test_a_row_that_freeze_refuses_is_known_again_too(
    lake: Lake, tmp_path: Path, database: Database, people: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, people, watermark="updated_at", schemaEvolution="freeze"))
    database.run(f"UPDATE {people}.people SET updated_at = '2026-01-03' WHERE id = 7310042901")
    shop.bronze()
    assert [row["tier"] for row in shop.rows(BRONZE) if row["_rescued"]] == [None]
    database.run(f"INSERT INTO {people}.people VALUES {CY.replace('2026-01-02', '2026-01-03')}")
    shop.bronze()
    assert sum(row["_rescued"] is not None for row in shop.rows(BRONZE)) == 2, "Ann's and Cy's, once each"
    refuse_plaintext(shop)


def test_protected_rows_are_compared_and_only_what_shows_is_a_change(
    lake: Lake, tmp_path: Path, database: Database, people: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, people, snapshot="changes"))
    shop.bronze()
    shop.silver()
    assert {row["tier"] for row in shop.rows(SILVER)} == {1, 2}
    assert waits(shop) == []
    database.run(f"UPDATE {people}.people SET note = 'zqother-note', born = '1987-06-06' WHERE id = 7310042901")
    assert waits(shop) == ["crm has changed since snapshot 0, 2 rows to compare"]
    (entry,) = shop.bronze()
    assert (entry.rows_written, len(shop.rows(EVENTS))) == (0, 2), "a redacted note and a day do not show"
    assert waits(shop) == [], "what left nothing to land is remembered"
    database.run(
        f"UPDATE {people}.people SET email = 'zqnew@example.com' WHERE id = 7310042902",
        f"DELETE FROM {people}.people WHERE id = 7310042901",
        f"INSERT INTO {people}.people VALUES {CY}",
    )
    shop.bronze()
    found = {each["op"]: each for each in changed(shop, 1)}
    assert (sorted(found), len(changed(shop, 1))) == (["c", "d", "u"], 3)
    assert found["u"]["after"]["tier"] == "2"  # type: ignore[index]
    assert [each["before"] for each in found.values()] == [None, None, None]
    shop.silver()
    assert {row["tier"] for row in shop.rows(SILVER)} == {2, 3}
    assert waits(shop) == []
    refuse_plaintext(shop)


def test_a_key_that_is_protected_later_is_a_letter_and_another_column_is_protected_from_then_on(
    lake: Lake, tmp_path: Path, database: Database, people: str
) -> None:
    shop = Landing(lake, tmp_path, contract(database, people, IN_CLEAR, snapshot="changes"))
    shop.bronze()
    shop.contract = contract(database, people, snapshot="changes")
    with pytest.raises(ProgressError) as caught:
        shop.bronze()
    assert str(caught.value) == (
        "ProgressError: bronze has keys from before they were protected, and rows can't be compared by them\n"
        "  where: bronze.members from crm\n"
        "  got: id in clear\n"
        "  wanted: pseudonyms, as the contract has it\n"
        "  do: delete bronze.members and what is built from it, and run again: the table is read anew "
        "(docs/privacy.md)"
    )
    shop.contract = contract(database, people, snapshot="changes").replace(", encryptedName: person", "")
    shop.bronze()
    assert {each["op"] for each in changed(shop, 1)} == {"u"}
    assert "zqann@example.com" not in json.dumps(changed(shop, 1)), "not in `before`, either"
