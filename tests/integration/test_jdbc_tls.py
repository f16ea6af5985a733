"""Postgres over TLS: what the settings ask for, both clients keep; a certificate that does not fit is a letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from database import Database, contract, insert
from landing import Landing
from tls import door, make_certificate

from hallmark.lakehouse.errors import SettingsError, StepError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake

BRONZE = Table("bronze", "orders")
pytestmark = pytest.mark.usefixtures("login")


def test_a_snapshot_comes_over_tls_from_a_server_whose_certificate_is_checked(
    lake: Lake, tmp_path: Path, database: Database, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run(insert(schema, 0, 5))
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__SSLMODE", "verify-full")
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__SSLROOTCERT", str(tmp_path / "own.crt"))
    own, other = make_certificate(tmp_path, "own"), make_certificate(tmp_path, "other")
    plain = f"port: {database.port}"
    with door([own], database.port) as (port, seen):
        shop = Landing(lake, tmp_path, contract(database, schema).replace(plain, f"port: {port}"))
        shop.bronze()
        assert len(shop.rows(BRONZE)) == 5
        assert set(seen) == {"tls"}
        assert len(seen) >= 4, "planned, taken, and read by Spark: its columns, its rows"
    database.run(insert(schema, 5, 6))
    with door([other], database.port) as (port, _):
        shop.contract = contract(database, schema).replace(plain, f"port: {port}")
        with pytest.raises(SettingsError) as caught:
            shop.bronze()
    assert str(caught.value) == (
        "SettingsError: there is no secure connection with the database\n"
        f"  where: server crm: 127.0.0.1:{port}/postgres\n"
        "  got: SSL error: certificate verify failed\n"
        "  wanted: sslmode verify-full\n"
        "  do: mend the certificate of the database, or HALLMARK_POSTGRES__CRM__SSLROOTCERT and __SSLMODE"
    )
    with door([own, own, other], database.port) as (port, _):  # the plan, the snapshot; then Spark
        shop.contract = contract(database, schema).replace(plain, f"port: {port}")
        with pytest.raises(StepError) as failed:
            shop.bronze()
    assert failed.value.what == "a table could not be read into bronze"
    shop.contract = contract(database, schema)
    with pytest.raises(SettingsError) as caught:
        shop.bronze()
    assert caught.value.got == "server does not support SSL, but SSL was required"
    assert len(shop.rows(BRONZE)) == 5
