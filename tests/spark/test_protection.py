"""Files with values to protect: what bronze and all behind it hold, and that no plaintext is anywhere on the disk."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing import Landing
from protected import PERSONAL, on_disk
from pyspark.sql import SparkSession

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.keyring import MasterKey, own_key_file, read_key_file
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.session import log_file
from hallmark.lakehouse.tables import Lake

CONTRACT = (
    """
apiVersion: v3.1.0
kind: DataContract
id: crm.people
version: 1.0.0
status: active
servers:
  - {server: csv, type: local, path: "*.csv", format: csv}
  - {server: synthetic_lines, type: local, path: "*.jsonl", format: json}
  - {server: parquet, type: local, path: "*.parquet", format: parquet}
schema:
  - name: people
    customProperties:
      - {property: protection, value: {confidential: encrypt}}
    properties:
      - {name: person_id, logicalType: string, primaryKey: true, encryptedName: person}
"""
    + PERSONAL
    + """\
      - name: income
        logicalType: integer
        customProperties: [{property: protection, value: {method: truncate, step: 1000}}]
      - {name: tier, logicalType: integer, logicalTypeOptions: {minimum: 1}}
"""
)
HEADER = "person_id,email,name,note,born,ip,zip,income,tier\n"
BRONZE, SILVER, QUARANTINE = (Table(schema, "people") for schema in ("bronze", "silver", "quarantine"))
# Plaintexts, each with a word that no other file of a warehouse has by accident.
SECRETS = [
    "zq-ann-1", "zqann@example.com", "Zqannä Quux 名", "zqnote-allergic", "1987-06-05", "203.0.113.77", "zq81375",
    "zq-bo-2", "zqbo@example.com", "zqbroken@example.com", "zqextra", "zq-cy-3", "zqcy@example.com", "zqundeclared",
    "zqgarbled@example.com", "zq-dee-4", "zqdee@example.com", "zqheader@example.com", "zqtwice@example.com",
    "2001:db8:77aa:zq", "zqbadtier@example.com",
]  # fmt: skip


def land_everything(landing: Landing) -> None:
    """Good rows in three formats; too many fields, broken JSON, no header, a header with a name that is there twice."""
    landing.put(
        "a.csv",
        HEADER
        + "zq-ann-1,zqann@example.com,Zqannä Quux 名,zqnote-allergic,1987-06-05,203.0.113.77,zq81375,54321,1\n"
        + "zq-bo-2,zqbo@example.com,,,,2001:db8:77aa:zq::1,,,2\n"
        + "p3,zqbroken@example.com,n,zqextra,with,too,many,fields,1,2,3,4\n"
        + "p4,zqbadtier@example.com,Zqannä Quux 名,,,,,,-5\n",
    )
    cy = {"Person_ID": "zq-cy-3", "EMAIL": "zqcy@example.com", "tier": 3, "nickname": "zqundeclared"}
    landing.put("b.jsonl", json.dumps(cy) + '\n{"email": "zqgarbled@example.com", \n')
    dee = {"person_id": ["zq-dee-4"], "email": ["zqdee@example.com"], "tier": [4]}
    pq.write_table(pa.table(dee), landing.files / "d.parquet")
    landing.put("e.csv", "zqheader@example.com,1\nzqheader@example.com,2\n")
    landing.put("f.csv", "person_id,email,email,tier\np6,zqann@example.com,zqtwice@example.com,6\n")


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    base = tmp_path_factory.mktemp("protection")
    landing = Landing(Lake(spark, base / "warehouse"), base, contract=CONTRACT)
    land_everything(landing)
    landing.bronze()
    landing.silver()
    return landing


def test_no_plaintext_and_no_plain_hash_is_on_the_disk(loaded: Landing) -> None:
    words = [*SECRETS, *(hashlib.sha256(secret.encode()).hexdigest() for secret in SECRETS)]
    assert on_disk(loaded.lake.warehouse, words) == {}
    session = Path(loaded.lake.spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))  # Spark's log is there
    assert log_file(session).is_file()
    assert on_disk(session, words) == {}


def test_no_key_is_on_the_disk_but_in_its_file(loaded: Landing) -> None:
    key = read_key_file(own_key_file(loaded.lake.warehouse)).current
    derived = [key.secret, *(key.derived(purpose) for purpose in ("pseudonym", "subject", "wrap"))]
    for file in (path for path in loaded.lake.warehouse.rglob("*") if path.is_file()):
        content = file.read_bytes()
        if file != own_key_file(loaded.lake.warehouse):
            assert not [k for k in derived if k in content or k.hex().encode() in content.lower()], file


def test_each_protection_leaves_what_it_says(loaded: Landing) -> None:
    rows = {row["tier"]: row for row in loaded.rows(SILVER)}
    ann, bo = rows[1], rows[2]
    assert re.fullmatch("k1:[0-9a-f]{64}", ann["email_pseudonym"])
    assert re.fullmatch("k1:[0-9a-f]{32}:[A-Za-z0-9+/=]+", ann["name"])
    assert (ann["note"], str(ann["born"]), ann["ip"], ann["zip"], ann["income"]) == (
        "***", "1987-01-01", "203.0.113.0", "zq", 54000,
    )  # fmt: skip
    assert (bo["name"], bo["note"], bo["born"], bo["income"]) == (None, None, None, None)
    assert bo["ip"] == "***"  # no address


def test_equal_values_have_equal_pseudonyms_in_every_format(loaded: Landing) -> None:
    emails = [row["email_pseudonym"] for row in loaded.rows(SILVER)]
    ann = next(row for row in loaded.rows(SILVER) if row["zip"] == "zq")["email_pseudonym"]
    assert emails.count(ann) == 2  # a.csv and f.csv
    assert len(set(emails)) == len(emails) - 1


def test_synthetic_rows_stay_labelled(loaded: Landing) -> None:
    assert {row["_source"] for row in loaded.rows(BRONZE)} == {"csv", "synthetic_lines", "parquet"}
    assert [row["_source"] for row in loaded.rows(SILVER) if row["tier"] == 3] == ["synthetic_lines"]


def test_rows_that_cannot_be_read_are_sealed_whole(loaded: Landing) -> None:
    rescued = [row for row in loaded.rows(BRONZE) if row["_rescued"] is not None]
    assert len(rescued) == 2
    for row in rescued:
        assert re.fullmatch("k1:[0-9a-f]{32}:[A-Za-z0-9+/=]+", row["_rescued"])
        values = {name: value for name, value in row.items() if not name.startswith("_")}
        assert set(values.values()) == {None}


def test_columns_that_are_not_declared_are_sealed_whole(loaded: Landing) -> None:
    rows = loaded.rows(BRONZE)
    assert "nickname" not in rows[0]
    files = sorted(row["_file"].rpartition("/")[2] for row in rows if row["_undeclared"])
    assert files == ["b.jsonl", "e.csv", "f.csv"]  # a nickname, a file without a header, a column that is there twice


def test_reasons_in_quarantine_do_not_tell_values(loaded: Landing) -> None:
    messages = {reason["message"]: reason["value"] for row in loaded.rows(QUARANTINE) for reason in row["_errors"]}
    assert messages["tier: >= 1"] == "-5"
    assert messages["the source's text could not be read as a row"] == "***"
    assert {row["_file"].rpartition("/")[2] for row in loaded.rows(QUARANTINE)} == {"a.csv", "b.jsonl", "e.csv"}


def test_a_second_load_with_another_key_is_refused(loaded: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_key_file(own_key_file(loaded.lake.warehouse)).current.fingerprint
    monkeypatch.setenv("HALLMARK_PRIVACY_KEY", "k1:" + bytes(range(32)).hex())
    other = MasterKey("k1", bytes(range(32))).fingerprint
    path = loaded.put("later.csv", HEADER)
    with pytest.raises(SettingsError) as error:
        loaded.bronze()
    path.unlink()
    assert str(error.value) == (
        "SettingsError: this is another key than the one that this warehouse's data is protected with\n"
        "  where: environment: HALLMARK_PRIVACY_KEY\n"
        f"  got: k1 (fingerprint {other})\n"
        f"  wanted: k1 (fingerprint {known})\n"
        "  do: give the key of before; a new one gets an id of its own, in a line after the old one"
    )
