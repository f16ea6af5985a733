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
MD5: dict[str, Any] = {}
HARDENED = {"hash": "SHA", "hash_mode": "hardened"}
NATIVE = {"hash": "SHA1", "enable_native_hashes": True}
ZEROS = "0" * 32
Rows = dict[str, list[tuple[Any, ...]]]


class Vault:
    """Two loads in a vault of MD5, which tests move and get back; a move takes seconds, so they share it."""

    def __init__(self, project: VaultProject) -> None:
        self.project, self.settings = project, MD5
        for rows in (FIRST, SECOND):
            project.load(raw=rows)
            project.run("staged", *TABLES, first=rows is FIRST)
        ghost = f"'{ZEROS}', '{ZEROS}', null, null, timestamp '1900-01-01', 'ghost'"
        self.sql(f"insert into {{schema}}.sat_customer values ({ghost})")
        for table in TABLES:
            self.sql(f"create table {{schema}}.{table}_kept using delta as select * from {{schema}}.{table}")
        self.first = self.rows()

    def sql(self, text: str) -> None:
        self.project.spark.sql(text.format(schema=self.project.schema))

    def at(self, settings: dict[str, Any]) -> Vault:
        """The vault, moved from MD5 to these settings, if it is not there."""
        if self.settings != settings:
            self.restore(*TABLES)
            self.settings = MD5
        if self.settings == MD5:
            for table in ("hub_customer", "hub_order", "link_ordered"):
                self.sql(f"drop table if exists {{schema}}.{table}__rehash")
        if self.settings != settings:
            assert self.rehash(after=settings) == ""
            self.settings = settings
        return self

    def restore(self, *tables: str) -> None:
        """Tables as they were before any move."""
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
        return "" if answer.success else " ".join(" ".join(self.project.log).split())


def plain(value: Any) -> Any:
    return bytes(value).hex().upper() if isinstance(value, bytes | bytearray) else value


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(VaultProject(spark, tmp_path_factory.mktemp("rehash"), MODELS, {"raw": RAW}))


def wanted(settings: dict[str, Any], *parts: str | None, is_hashdiff: bool = False) -> str:
    """The hash of these parts, in hexadecimal."""
    name = {"SHA": "sha256", "SHA1": "sha1"}.get(settings.get("hash", "MD5"), "md5")
    texts = [None if part is None else part.upper() for part in parts]
    if settings.get("hash_mode") == "hardened":
        text = "".join("-" if part is None else f"{len(part.encode())}:{part}" for part in texts)
    else:
        text = "||".join("^^" if part is None else part for part in texts)
    return hashlib.new(name, text.encode()).hexdigest().upper()


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
        ({"hubs": {}}, {}, "got: nothing wanted: the hubs that the keys come from"),
        (changed("hub_order", nk=["ORDER_ID", "SHOP"]), {}, "3 rows whose ORDER_HK is not the hash of ORDER_ID, SHOP"),
        (SHAPE, {"before": {"hash": "SHA1"}}, "3 rows whose CUSTOMER_HK is not the hash of CUSTOMER_ID"),
        (SHAPE, {"before": {"algorithm": "SHA1"}}, "rehash(before) in rehash got: algorithm wanted: one of"),
        (SHAPE, {"after": {"algorithm": "SHA1"}}, "rehash(after) in rehash got: algorithm wanted: one of"),
        (SHAPE, {"after": {"hash_mode": "hard"}}, "rehash(after.hash_mode) in rehash got: hard"),
        (SHAPE, {"before": {"hash": "SHA3", "hash_mode": "hardened"}}, "rehash(before.hash) in rehash got: SHA3"),
        (changed("sat_customer", columns=["NAME"]), {}, "rows whose CUSTOMER_HD is not that of its columns"),
        (changed("sat_customer", columns=["NOPE"]), {}, "got: the column NOPE wanted: a column of sat_customer"),
        (changed("sat_customer", parent="hub_nobody"), {}, "got: parent: hub_nobody wanted: one of hub_customer"),
        (changed("sat_customer", columns=None), {}, "got: a hashdiff without columns"),
        (changed("link_ordered", fk={"ORDER_HK": "hub_orders"}), {}, "got: fk ORDER_HK: hub_orders"),
        (changed("hub_order", kn="ORDER_ID"), {}, "got: kn wanted: one of pk, nk"),
        (changed("hub_order", nk={"alias": "ID"}), {}, "rehash(hubs.hub_order) in rehash got: a dictionary"),
        (changed("hub_order", pk="ORDER_KEY"), {}, "got: the column ORDER_KEY wanted: one of ORDER_HK"),
    ],
)  # fmt: skip
def test_what_would_lose_a_join_is_refused(
    vault: Vault, shape: dict[str, Any], more: dict[str, Any], letter: str
) -> None:
    versions = vault.at(MD5).versions()
    assert letter in vault.rehash(shape, **{"after": {"hash": "SHA"}, **more})
    assert vault.versions() == versions


def test_a_row_without_a_parent_is_refused(vault: Vault) -> None:
    vault.at(MD5).sql("delete from {schema}.hub_customer where CUSTOMER_ID = 'c2'")
    alone = {
        part: {name: SHAPE[part][name]} for part, name in [("hubs", "hub_customer"), ("satellites", "sat_customer")]
    }
    told = vault.rehash(alone, after={"hash": "SHA"})
    vault.restore("hub_customer")
    assert "1 row whose CUSTOMER_HK is not in hub_customer" in told


def check_keys(vault: Vault, settings: dict[str, Any]) -> None:
    found = vault.at(settings).rows()
    ann, order = wanted(settings, "c1"), wanted(settings, "n", "1")
    ordered = wanted(settings, "c1", "n", "1", "2")
    customers = {row[1]: row[0] for row in found["hub_customer"]}
    assert customers == {"c1": ann, "c2": wanted(settings, "c2"), "c3": wanted(settings, "c3")}
    assert [row[:3] for row in found["hub_order"] if row[1:3] == ("n", 1)] == [(order, "n", 1)]
    assert (ordered, ann, order, 2) in [row[:4] for row in found["link_ordered"]]
    names = [row[:2] for row in found["sat_customer"] if row[2] == "Ann"]
    assert names == [(ann, wanted(settings, "2001-02-03", "c1", "Ann"))]
    assert [row[:2] for row in found["sat_ordered"] if row[2] == 7] == [(ordered, wanted(settings, "v1", "7", "1"))]
    ghosts = [row[:2] for row in found["sat_customer"] if row[-1] == "ghost"]
    assert ghosts == [("0" * len(ann), "0" * len(ann))]


def test_all_keys_and_hashdiffs_become_hardened_ones(vault: Vault) -> None:
    check_keys(vault, HARDENED)


def test_a_second_run_writes_nothing(vault: Vault) -> None:
    versions = vault.at(HARDENED).versions()
    assert vault.rehash(after=HARDENED) == ""
    assert vault.versions() == versions


def test_a_run_after_a_killed_one_does_the_rest(vault: Vault) -> None:
    done = vault.at(HARDENED).rows()
    vault.restore("hub_customer", "link_ordered", "sat_customer")  # a run that was killed before these leaves them so
    assert vault.rehash(after=HARDENED) == ""
    assert vault.rows() == done


def test_joins_are_kept_and_the_next_load_finds_them(vault: Vault) -> None:
    done = vault.at(HARDENED).rows()
    assert {name: len(rows) for name, rows in done.items()} == {name: len(rows) for name, rows in vault.first.items()}
    vault.project.load(raw=SECOND)
    answer = vault.project.command("run", "--select", "staged", *TABLES, "--vars", json.dumps(HARDENED))
    assert answer.success
    assert vault.rows() == done  # all its keys and versions are there


def test_all_keys_and_hashdiffs_become_binary(vault: Vault) -> None:
    check_keys(vault, NATIVE)
    assert vault.project.table("sat_customer").schema["CUSTOMER_HK"].dataType.typeName() == "binary"


def test_a_table_made_anew_keeps_its_partitions(vault: Vault) -> None:
    detail = f"describe detail {vault.at(NATIVE).project.schema}.sat_customer"
    assert vault.project.spark.sql(detail).first()["partitionColumns"] == ["NAME"]


def test_back_again(vault: Vault) -> None:
    vault.at(NATIVE).settings = {"back": True}
    assert vault.rehash(before=NATIVE, after=MD5) == ""
    assert vault.rows() == vault.first
