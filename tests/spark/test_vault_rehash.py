"""An existing vault moves to another hash, and no join is lost."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

STAGE = """{{ config(materialized='view') }}
{{ hallmark.stage(source_model='raw', derived_columns={'SOURCE': '!shop'}, hashed_columns={
    'CUSTOMER_HK': 'CUSTOMER_ID', 'ORDER_HK': ['SHOP', 'ORDER_ID'],
    'ORDERED_HK': ['CUSTOMER_ID', 'SHOP', 'ORDER_ID', 'LINE'],
    'CUSTOMER_HD': {'is_hashdiff': true, 'columns': ['NAME', 'CUSTOMER_ID', 'BORN']},
    'ORDERED_HD': {'is_hashdiff': true, 'columns': ['AMOUNT', '!v1', 'ORDER_ID']},
}) }}"""
ALWAYS = "src_ldts='LOAD_DATE', src_source='SOURCE', source_model='staged'"
MODELS = {
    "staged": STAGE,
    "hub_customer": f"{{{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', {ALWAYS}) }}}}",
    "hub_order": f"{{{{ hallmark.hub(src_pk='ORDER_HK', src_nk=['SHOP', 'ORDER_ID'], {ALWAYS}) }}}}",
    "link_ordered": f"""{{{{ hallmark.link(src_pk='ORDERED_HK', src_fk=['CUSTOMER_HK', 'ORDER_HK'],
                                          src_extra_columns='LINE', {ALWAYS}) }}}}""",
    "sat_customer": f"""{{{{ config(partition_by='NAME') }}}}
        {{{{ hallmark.sat('CUSTOMER_HK', 'CUSTOMER_HD', ['NAME', 'BORN'], {ALWAYS}) }}}}""",
    "sat_ordered": f"{{{{ hallmark.sat('ORDERED_HK', 'ORDERED_HD', 'AMOUNT', {ALWAYS}) }}}}",
}
TABLES = [model for model in MODELS if model != "staged"]
RAW = "CUSTOMER_ID string, NAME string, BORN date, SHOP string, ORDER_ID int, LINE int, AMOUNT int, LOAD_DATE timestamp"
FIRST = [
    ("c1", "Ann", "2001-02-03", "n", 1, 1, 5, "2026-01-01"),
    ("c1", "Ann", "2001-02-03", "n", 1, 2, 7, "2026-01-01"),
    ("c2", "Bob", None, "s", 1, 1, None, "2026-01-01"),
]
SECOND = [("c1", "Eve", "2001-02-03", "n", 1, 1, 6, "2026-01-02"), ("c3", None, None, "n", 2, 1, 1, "2026-01-02")]
SHAPE: dict[str, Any] = {
    "hubs": {
        "hub_customer": {"pk": "CUSTOMER_HK", "nk": "CUSTOMER_ID"},
        "hub_order": {"pk": "ORDER_HK", "nk": ["SHOP", "ORDER_ID"]},
    },
    "links": {
        "link_ordered": {
            "pk": "ORDERED_HK",
            "fk": {"CUSTOMER_HK": "hub_customer", "ORDER_HK": "hub_order"},
            "nk": ["CUSTOMER_HK.CUSTOMER_ID", "ORDER_HK.SHOP", "ORDER_HK.ORDER_ID", "LINE"],
        },
    },
    "satellites": {
        "sat_customer": {
            "pk": "CUSTOMER_HK", "parent": "hub_customer", "hashdiff": "CUSTOMER_HD",
            "columns": ["NAME", "CUSTOMER_ID", "BORN"],
        },
        "sat_ordered": {
            "pk": "ORDERED_HK", "parent": "link_ordered", "hashdiff": "ORDERED_HD",
            "columns": ["AMOUNT", "!v1", "ORDER_ID"],
        },
    },
}  # fmt: skip
SETTINGS = [
    {"hash": "SHA"},
    {"hash": "SHA1", "enable_native_hashes": True},
    {"enable_native_hashes": True},
    {"hash": "SHA", "hash_mode": "hardened"},
]
Rows = dict[str, list[tuple[Any, ...]]]


class Vault:
    """Two loads in a vault of MD5, put back as they were before each test."""

    def __init__(self, project: VaultProject) -> None:
        self.project, self.touched = project, False
        self.load()
        for table in TABLES:
            self.sql(f"create table {{schema}}.{table}_kept using delta as select * from {{schema}}.{table}")

    def sql(self, text: str) -> None:
        self.project.spark.sql(text.format(schema=self.project.schema))

    def load(self, **variables: Any) -> None:
        self.project.load(raw=FIRST)
        self.project.run("staged", *TABLES, first=True, variables=variables)
        self.project.load(raw=SECOND)
        self.project.run("staged", *TABLES, variables=variables)

    def begin(self) -> None:
        if self.touched:
            self.restore(*TABLES)
        self.touched = False
        for table in ("hub_customer", "hub_order", "link_ordered"):
            self.sql(f"drop table if exists {{schema}}.{table}__rehash")

    def restore(self, *tables: str) -> None:
        for table in tables:
            parts = " partitioned by (NAME)" if table == "sat_customer" else ""
            kept = f"select * from {{schema}}.{table}_kept"
            self.sql(f"create or replace table {{schema}}.{table} using delta{parts} as {kept}")

    def rows(self) -> Rows:
        return {table: [tuple(map(plain, row)) for row in self.project.rows(table)] for table in TABLES}

    def versions(self) -> dict[str, int]:
        history = "describe history {schema}.{table} limit 1"
        spark, schema = self.project.spark, self.project.schema
        return {table: spark.sql(history.format(schema=schema, table=table)).first()["version"] for table in TABLES}

    def rehash(self, shape: dict[str, Any] = SHAPE, **more: Any) -> str:
        """Rehash; what dbt says, when it can't."""
        arguments = json.dumps({**shape, **more})
        answer = self.project.command("run-operation", "hallmark.rehash", "--args", arguments)
        self.touched |= answer.success
        if answer.success:
            return ""
        told = [str(one.message) for one in answer.result.results] if answer.result else [str(answer.exception)]
        return " ".join(" ".join(told).split())


def plain(value: Any) -> Any:
    return bytes(value).hex().upper() if isinstance(value, bytearray) else value


@pytest.fixture(scope="module")
def built(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(VaultProject(spark, tmp_path_factory.mktemp("rehash"), MODELS, {"raw": RAW}))


@pytest.fixture
def vault(built: Vault) -> Vault:
    built.begin()
    return built


def wanted(settings: dict[str, Any], *parts: str | None, is_hashdiff: bool = False) -> str:
    """The hash of these parts, in hexadecimal."""
    name = {"SHA": "sha256", "SHA1": "sha1"}.get(settings.get("hash", "MD5"), "md5")
    texts = [None if part is None else part.upper() for part in parts]
    if settings.get("hash_mode") == "hardened":
        text = "".join("-" if part is None else f"{len(part.encode())}:{part}" for part in texts)
    else:
        text = "||".join("^^" if part is None else part for part in texts)
    return hashlib.new(name, text.encode()).hexdigest().upper()


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_all_keys_and_hashdiffs_are_those_of_the_new_settings(vault: Vault, settings: dict[str, Any]) -> None:
    assert vault.rehash(after=settings) == ""
    found = vault.rows()
    ann, order = wanted(settings, "c1"), wanted(settings, "n", "1")
    ordered = wanted(settings, "c1", "n", "1", "2")
    assert {row[1]: row[0] for row in found["hub_customer"]} == {
        "c1": ann, "c2": wanted(settings, "c2"), "c3": wanted(settings, "c3")
    }  # fmt: skip
    assert [row[:3] for row in found["hub_order"] if row[1:3] == ("n", 1)] == [(order, "n", 1)]
    assert (ordered, ann, order, 2) in [row[:4] for row in found["link_ordered"]]
    born = "2001-02-03"
    assert {plain(row[1]) for row in vault.project.rows("sat_customer", "NAME", "CUSTOMER_HD") if row[0] == "Ann"} == {
        wanted(settings, born, "c1", "Ann")
    }
    amounts = [row for row in found["sat_ordered"] if row[0] == ordered]
    assert [row[1] for row in amounts] == [wanted(settings, "v1", "7", "1")]
    native = settings.get("enable_native_hashes", False)
    assert vault.project.table("sat_customer").schema["CUSTOMER_HK"].dataType.typeName() == (
        "binary" if native else "string"
    )


def test_joins_are_kept_and_the_next_load_goes_on(vault: Vault) -> None:
    before = vault.rows()
    assert vault.rehash(after={"hash": "SHA"}) == ""
    after = vault.rows()
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    vault.project.load(raw=SECOND)
    vault.project.run("staged", *TABLES, variables={"hash": "SHA"})
    assert vault.rows() == after  # a load that was there adds nothing, for it finds its keys


def test_a_vault_that_was_moved_is_one_that_was_loaded_so(vault: Vault) -> None:
    assert vault.rehash(after={"hash": "SHA", "hash_mode": "hardened"}) == ""
    moved = vault.rows()
    vault.load(hash="SHA", hash_mode="hardened")
    assert vault.rows() == moved


def test_a_second_run_writes_nothing(vault: Vault) -> None:
    assert vault.rehash(after={"hash": "SHA"}) == ""
    versions = vault.versions()
    assert vault.rehash(after={"hash": "SHA"}) == ""
    assert vault.versions() == versions


@pytest.mark.parametrize(
    "not_come_to",
    [["hub_customer"], ["sat_customer", "sat_ordered"], ["link_ordered"], ["link_ordered", "sat_ordered", "hub_order"]],
    ids=str,
)
def test_a_run_after_a_killed_one_does_the_rest(vault: Vault, not_come_to: list[str]) -> None:
    assert vault.rehash(after={"hash": "SHA"}) == ""
    done = vault.rows()
    vault.restore(*not_come_to)  # as a run that was killed before these leaves them
    assert vault.rehash(after={"hash": "SHA"}) == ""
    assert vault.rows() == done


def test_back_again(vault: Vault) -> None:
    before = vault.rows()
    assert vault.rehash(after={"hash": "SHA", "enable_native_hashes": True}) == ""
    assert vault.rehash(before={"hash": "SHA", "enable_native_hashes": True}, after={"hash": "MD5"}) == ""
    assert vault.rows() == before


def test_a_table_keeps_its_partitions(vault: Vault) -> None:
    assert vault.rehash(after={"enable_native_hashes": True}) == ""
    detail = vault.project.spark.sql(f"describe detail {vault.project.schema}.sat_customer").first()
    assert detail["partitionColumns"] == ["NAME"]


def test_a_ghost_record_stays_one(vault: Vault) -> None:
    zeros = "0" * 32
    ghost = f"'{zeros}', '{zeros}', null, null, timestamp '1900-01-01', 'ghost'"
    vault.touched = True
    vault.sql(f"insert into {{schema}}.sat_customer values ({ghost})")
    assert vault.rehash(after={"hash": "SHA"}) == ""
    ghosts = [row[:2] for row in vault.rows()["sat_customer"] if row[-1] == "ghost"]
    assert ghosts == [("0" * 64, "0" * 64)]


def changed(table: str, **entries: Any) -> dict[str, Any]:
    """The shape with another entry of one table."""
    shape = json.loads(json.dumps(SHAPE))
    for tables in shape.values():
        if table in tables:
            tables[table].update(entries)
    return shape


@pytest.mark.parametrize(
    ("shape", "more", "letter"),
    [
        ({"hubs": {}}, {}, "rehash(hubs) in rehash got: nothing"),
        (changed("hub_order", nk=["ORDER_ID", "SHOP"]), {}, "3 rows whose ORDER_HK is not the hash of ORDER_ID, SHOP"),
        (SHAPE, {"before": {"hash": "SHA1"}}, "3 rows whose CUSTOMER_HK is not the hash of CUSTOMER_ID"),
        (SHAPE, {"before": {"algorithm": "SHA1"}}, "hash settings in rehash got: algorithm wanted: one of hash,"),
        (changed("sat_customer", columns=["NAME"]), {}, "rows whose CUSTOMER_HD is not that of its columns"),
        (changed("sat_customer", columns=["NOPE"]), {}, "sat_customer.columns) in rehash got: the column NOPE"),
        (changed("sat_customer", parent="hub_nobody"), {}, "got: parent: hub_nobody wanted: one of hub_customer"),
        (changed("sat_customer", columns=None), {}, "got: a hashdiff without columns"),
        (changed("link_ordered", fk={"ORDER_HK": "hub_orders"}), {}, "got: fk ORDER_HK: hub_orders"),
        (changed("hub_order", kn="ORDER_ID"), {}, "rehash(hubs.hub_order) in rehash got: kn wanted: one of pk, nk"),
        (changed("hub_order", pk="ORDER_KEY"), {}, "rehash(hubs.hub_order) in rehash got: the column ORDER_KEY"),
    ],
)  # fmt: skip
def test_what_would_lose_a_join_is_refused(
    vault: Vault, shape: dict[str, Any], more: dict[str, Any], letter: str
) -> None:
    before = vault.rows()
    assert letter in vault.rehash(shape, **{"after": {"hash": "SHA"}, **more})
    assert vault.rows() == before


def test_a_row_without_a_parent_is_refused(vault: Vault) -> None:
    vault.touched = True
    vault.sql("delete from {schema}.hub_customer where CUSTOMER_ID = 'c2'")
    assert "rows whose ORDERED_HK is not the hash of" in vault.rehash(after={"hash": "SHA"})
    alone = {
        "hubs": {"hub_customer": SHAPE["hubs"]["hub_customer"]},
        "satellites": {"sat_customer": SHAPE["satellites"]["sat_customer"]},
    }
    assert "1 rows whose CUSTOMER_HK is not in hub_customer" in vault.rehash(alone, after={"hash": "SHA"})
