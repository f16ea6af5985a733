"""Postgres servers of contracts: the table, how it is read; what can't be used, a login among it, is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract, Snapshot
from hallmark.lakehouse.errors import ContractError

TEXT = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.purchases
version: 1.0.0
status: active
servers:
  - {server: crm, type: postgres, host: db, port: 5432, database: app, schema: shop, customProperties: [CUSTOM]}
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
"""
SEEN = "name: seen_at, physicalName: Seen at, logicalType: date"
HIDDEN = "{property: protection, value: {method: truncate, unit: month}}"


def contract(tmp_path: Path, *options: tuple[str, object], edit: tuple[str, str] = ("", "")) -> Contract:
    file = tmp_path / "orders.odcs.yaml"
    custom = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in options)
    file.write_text(TEXT.replace("CUSTOM", custom).replace(*edit), encoding="utf-8")
    return load_contract(file)


@pytest.mark.parametrize("kind", ["postgres", "postgresql"])
def test_a_server_reads_one_table_of_its_schema(tmp_path: Path, kind: str) -> None:
    found = contract(tmp_path, edit=("type: postgres", f"type: {kind}"))
    (server,) = found.servers
    assert (server.type, server.path, server.format, server.snapshot) == ("postgres", "shop.orders", "", Snapshot())
    assert dict(server.place) == {"host": "db", "port": 5432, "database": "app", "schema": "shop"}
    assert (found.bronze_name, found.is_cdc) == ("orders", False)


def test_the_physical_name_may_have_the_schema(tmp_path: Path) -> None:
    for name in ("ORDERS", "shop.ORDERS"):
        found = contract(tmp_path, edit=("name: orders", f"name: orders\n    physicalName: {name}"))
        assert found.servers[0].path == "shop.ORDERS"


def test_how_it_is_read_is_said_by_custom_properties(tmp_path: Path) -> None:
    found = contract(
        tmp_path, ("watermark", "updated_at"), ("partitionColumn", "id"), ("fetchSize", 500), ("every", "6h")
    )
    assert found.servers[0].snapshot == Snapshot("full", "updated_at", "id", 4, 500, timedelta(hours=6))
    assert contract(tmp_path, ("schemaEvolution", "freeze")).servers[0].evolution == "freeze"


def test_a_comparison_lands_as_change_events(tmp_path: Path) -> None:
    found = contract(tmp_path, ("snapshot", "changes"))
    assert (found.is_cdc, found.bronze_name, found.servers[0].format) == (True, "purchases", "debezium")


def test_a_watermark_in_clear_goes_with_protected_columns(tmp_path: Path) -> None:
    hidden = f"    properties:\n      - {{{SEEN}, customProperties: [{HIDDEN}]}}\n"
    assert contract(tmp_path, ("watermark", "ID"), edit=("    properties:\n", hidden)).objects[0].protected


@pytest.mark.parametrize(
    ("options", "edit", "letter"),
    [
        (
            [("password", "x")],
            ("", ""),
            ContractError(
                "a login is in a contract",
                where="7 (servers.0.customProperties)",
                got="password",
                todo="remove it; set HALLMARK_POSTGRES__CRM__USER and __PASSWORD in the environment",
            ),
        ),
        (
            [("sslmode", "require")],
            ("", ""),
            ContractError(
                "TLS is no matter of a contract",
                where="7 (servers.0.customProperties)",
                got="sslmode",
                todo="remove it; set HALLMARK_POSTGRES__CRM__SSLMODE, or postgres.crm in hallmark.toml",
            ),
        ),
        (
            [],
            ("host: db", "host: 'db/x?user=y'"),
            ContractError(
                "the database's address can't be read",
                where="7 (servers.0.host)",
                got="'db/x?user=y'",
                wanted="a host's name",
            ),
        ),
        (
            [("waterMark", "x")],
            ("", ""),
            ContractError(
                "unknown option 'waterMark' of a Postgres server",
                where="7 (servers.0.customProperties)",
                todo="did you mean 'watermark'?",
            ),
        ),
        (
            [("snapshot", "change")],
            ("", ""),
            ContractError(
                "unknown snapshot",
                where="7 (servers.0.customProperties)",
                got="change",
                wanted="full, changes",
                todo="did you mean 'changes'?",
            ),
        ),
        (
            [("snapshot", "changes"), ("watermark", "at")],
            ("", ""),
            ContractError(
                "snapshot: changes and a watermark exclude each other",
                where="7 (servers.0.customProperties)",
                todo="remove one: changes compare all rows, a watermark reads only some",
            ),
        ),
        (
            [("watermark", "Seen at")],
            ("    properties:\n", f"    properties:\n      - {{{SEEN}, customProperties: [{HIDDEN}]}}\n"),
            ContractError(
                "the watermark Seen at is protected",
                where="7 (servers.0.customProperties)",
                wanted="a column that bronze has in clear: the newest value is kept in _file, and compared in the "
                "database",
                todo="name another column, or remove watermark (snapshot: changes compares protected values)",
            ),
        ),
        (
            [("watermark", "updated_at")],
            ("    properties:\n", f"    properties:\n      - {{{SEEN}, customProperties: [{HIDDEN}]}}\n"),
            ContractError(
                "the watermark updated_at is not declared, so bronze has no column for it",
                where="7 (servers.0.customProperties)",
                wanted="a column that bronze has in clear: the newest value is kept in _file, and compared in the "
                "database",
                todo="add updated_at to the table's properties, if it says nothing of anybody, or name another column",
            ),
        ),
        (
            [("watermark", "updated_at"), ("schemaEvolution", "rescue")],
            ("", ""),
            ContractError(
                "the watermark updated_at is not declared, so bronze has no column for it",
                where="7 (servers.0.customProperties)",
                wanted="a column that bronze has in clear: the newest value is kept in _file, and compared in the "
                "database",
                todo="add updated_at to the table's properties, if it says nothing of anybody, or name another column",
            ),
        ),
        (
            [("numPartitions", 4)],
            ("", ""),
            ContractError(
                "numPartitions without a partitionColumn",
                where="7 (servers.0.customProperties)",
                todo="name the partitionColumn",
            ),
        ),
        (
            [("numPartitions", 65), ("partitionColumn", "id")],
            ("", ""),
            ContractError(
                "too many numPartitions",
                where="7 (servers.0.customProperties)",
                got=65,
                wanted="at most 64: each is a connection of its own",
            ),
        ),
        (
            [("every", "hourly")],
            ("", ""),
            ContractError(
                "every is no period",
                where="7 (servers.0.customProperties)",
                got="'hourly'",
                wanted="such as 30s, 15m, 6h or 1d",
            ),
        ),
        (
            [],
            ("name: orders", "name: orders\n    physicalName: sales.orders"),
            ContractError(
                "the table's schema is not the server's",
                where="7 (servers.0.schema)",
                got="shop",
                wanted="sales, as in the physicalName sales.orders",
            ),
        ),
        (
            [("snapshot", "changes"), ("schemaEvolution", "fail")],
            ("", ""),
            ContractError(
                "schemaEvolution is not for change events",
                where="7 (servers.0.customProperties)",
                got="fail",
                wanted="evolve",
                todo="remove it: bronze keeps a change event whole, and silver takes the columns that the contract "
                "names",
            ),
        ),
        (
            [("snapshot", "changes")],
            ("schema:\n", "  - {server: files, type: local, path: a.json, format: debezium}\nschema:\n"),
            ContractError(
                "changes between snapshots have no order with what another server sends",
                where="7 (servers.0)",
                wanted="one server",
                todo="one contract file a server",
            ),
        ),
        (
            [("snapshot", "changes")],
            (", primaryKey: true", ""),
            ContractError(
                "change events need a key", where="9 (schema.0)", wanted="primaryKey: true on one property at least"
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, options: list[tuple[str, object]], edit: tuple[str, str], letter: ContractError
) -> None:
    with pytest.raises(ContractError) as caught:
        contract(tmp_path, *options, edit=edit)
    assert str(caught.value) == str(letter).replace("where: ", f"where: {tmp_path}/orders.odcs.yaml:")
