"""A generated vault is built by dbt as it was written, its tests hold, and a person's edit of it is built, too."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

from hallmark.contracts.loader import load_contract
from hallmark.contracts.vault.files import vault_files

LIBRARY = """\
apiVersion: v3.1.0
kind: DataContract
id: library.loans
version: 1.0.0
status: active
servers: [{server: landing, type: local, path: "x/*", format: json}]
schema:
  - name: readers
    properties:
      - {name: email, logicalType: string, primaryKey: true, classification: personal, encryptedName: reader}
      - {name: full_name, logicalType: string, classification: personal}
      - {name: branch, logicalType: string}
      - name: sponsor
        logicalType: string
        classification: personal
        encryptedName: sponsor_pseudonym
        relationships: [{to: readers.email}]
  - name: books
    properties:
      - {name: isbn, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: copy, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: order, logicalType: string, description: "Where it stands {{ not a template }}."}
  - name: loans
    relationships: [{from: [loans.copy, loans.isbn], to: [books.copy, books.isbn]}]
    properties:
      - name: reader
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        encryptedName: reader
        relationships: [{to: readers.email}]
      - {name: isbn, logicalType: string, primaryKey: true, primaryKeyPosition: 2}
      - {name: copy, logicalType: integer, primaryKey: true, primaryKeyPosition: 3}
      - {name: lent_on, logicalType: date}
"""
STAFF = """\
apiVersion: v3.1.0
kind: DataContract
id: library.staff_changes
version: 1.0.0
status: active
servers: [{server: events, type: local, path: "y/*", format: debezium}]
schema:
  - name: clerks
    physicalName: library.clerks
    properties:
      - {name: clerk_id, logicalType: string, primaryKey: true}
      - {name: desk, logicalType: string}
      - {name: manager_id, logicalType: string, relationships: [{to: clerks.clerk_id}]}
"""
FROM = "_ingested_at timestamp, _source string"
INPUTS = {
    "readers": f"reader string, full_name string, branch string, sponsor_pseudonym string, {FROM}",
    "books": f"isbn string, copy bigint, order string, {FROM}",
    "loans": f"reader string, isbn string, copy bigint, lent_on date, {FROM}",
    "clerks_history": (
        "clerk_id string, desk string, manager_id string, valid_from timestamp, valid_to timestamp, _op string, "
        f"_lsn bigint, _position bigint, {FROM}"
    ),
}
VARIABLES = {"hash_mode": "hardened", "hash_content_casing": "disabled"}
ALL = "path:models/generated"


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("generated")
    contracts = []
    for name, text in (("loans", LIBRARY), ("staff", STAFF)):
        file = tmp_path_factory.mktemp("contracts") / f"{name}.odcs.yaml"
        file.write_text(text, encoding="utf-8")
        contracts.append(load_contract(file, ingest=False))
    _, files = vault_files(contracts)
    # The tables of silver are views in the test's own schema.
    silver = {
        f"models/generated/{name}": text.replace("schema: silver", f"schema: vault_{folder.name}".replace("-", "_"))
        for name, text in files.items()
    }
    return VaultProject(spark, folder, {}, INPUTS, variables=VARIABLES, files=silver)


def seen(day: int) -> tuple[str, str]:
    return f"2026-01-{day:02}", "landing"


def broken(vault: VaultProject) -> dict[tuple[str, str], int]:
    """How many rows broke each test that did not hold, by model and test."""
    answer = vault.command("test", "--select", ALL)
    assert answer.exception is None, answer.exception
    results: list[Any] = answer.result.results
    assert len(results) == 29
    assert {each.status for each in results} <= {"pass", "fail"}, [each.message for each in results]
    failed = [each for each in results if each.status == "fail"]
    return {
        (each.node.attached_node.rpartition(".")[2], each.node.test_metadata.name): each.failures for each in failed
    }


def first_load(vault: VaultProject) -> None:
    vault.load(
        readers=[("r1", "Ann", "north", None, *seen(1)), ("r2", "Bob", "north", "r1", *seen(1))],
        books=[("i1", 1, "A", *seen(1)), ("i1", 2, "B", *seen(1))],
        loans=[("r1", "i1", 1, "2026-01-01", *seen(1)), ("r9", "i7", 3, "2026-01-01", *seen(1))],
        clerks_history=[
            ("c1", "front", None, "2026-01-01", "2026-01-02", "c", 1, 1, *seen(1)),
            ("c1", "back", "c2", "2026-01-02", "2026-01-04", "u", 2, 2, *seen(1)),
        ],
    )
    vault.run(ALL, first=True)


def test_a_generated_vault_is_built_and_its_tests_hold(vault: VaultProject) -> None:
    first_load(vault)
    assert broken(vault) == {}
    # A hub has what any table mentions: a lent book that is not in the catalogue, a manager who never came himself.
    assert vault.rows("hub_reader", "reader") == [("r1",), ("r2",), ("r9",)]
    assert vault.rows("hub_book", "isbn", "copy") == [("i1", 1), ("i1", 2), ("i7", 3)]
    assert vault.rows("hub_clerk", "clerk_id") == [("c1",), ("c2",)]
    assert vault.table("link_loan").count() == 2
    assert vault.table("link_reader_sponsor").count() == 1
    assert vault.table("link_clerk_manager").count() == 1
    assert vault.rows("sat_reader", "branch") == [("north",), ("north",)]
    assert vault.rows("sat_reader_personal", "full_name", "sponsor_pseudonym") == [("Ann", None), ("Bob", "r1")]
    assert vault.rows("sat_clerk", "desk", "is_deleted", order="effective_from") == [
        ("front", False), ("back", False), ("back", True),
    ]  # fmt: skip


def test_a_second_load_adds_what_changed_and_the_same_once_more_nothing(vault: VaultProject) -> None:
    first_load(vault)
    vault.load(
        readers=[("r1", "Ann", "south", None, *seen(2)), ("r2", "Bob", "north", "r1", *seen(2))],
        books=[],
        loans=[("r2", "i1", 2, "2026-01-02", *seen(2))],
    )
    for _ in range(2):
        vault.run(ALL)
        assert vault.rows("sat_reader", "branch", order="load_date,branch") == [("north",), ("north",), ("south",)]
        assert vault.table("sat_reader_personal").count() == 2
        assert vault.table("link_loan").count() == 3
    assert broken(vault) == {}


def test_the_generated_tests_can_fail(vault: VaultProject, spark: SparkSession) -> None:
    first_load(vault)
    spark.sql(f"delete from {vault.schema}.hub_reader where reader = 'r1'")
    spark.sql(f"update {vault.schema}.sat_book set `order` = 'Z' where `order` = 'A'")
    assert broken(vault) == {
        ("sat_book", "vault_hashdiff_covers"): 1,
        ("link_loan", "vault_no_orphans"): 1,
        ("link_reader_sponsor", "vault_no_orphans"): 1,
        ("sat_reader", "vault_no_orphans"): 1,
        ("sat_reader_personal", "vault_no_orphans"): 1,
    }
