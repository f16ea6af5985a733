"""`hallmark privacy` without Spark: what status says, who is forgotten, and letters of calls that can't be done."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import calls
import pyarrow as pa
import pytest
from calls import trimmed
from deltalake import write_deltalake
from typer.testing import CliRunner

from hallmark.bronze.subjects import _SCHEMA, PERSON, SUBJECT_KEYS, ensure, ref_of
from hallmark.lakehouse.keyring import MasterKey
from hallmark.lakehouse.known_keys import key_to_protect
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.cli import app

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: crm.people
version: 1.0.0
status: active
servers: [{server: csv, type: local, path: "*.csv", format: csv}]
schema:
  - name: people
    properties:
      - {name: id, logicalType: string, primaryKey: true, encryptedName: person}
      - {name: name, logicalType: string, customProperties: [{property: protection, value: encrypt}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HALLMARK_CONTRACTS", "contracts")
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "people.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def key(folder: Path) -> MasterKey:
    """The key of a warehouse with one person's key, Ann's."""
    key, _ = key_to_protect(None, folder / "warehouse", NOW)
    ensure(folder / "warehouse")
    row = {"ref": ref_of(key, "ann", "default"), "key_id": "k1", "kind": PERSON, "wrapped": b"w", "made_at": NOW}
    place = table_path(folder / "warehouse", SUBJECT_KEYS)
    write_deltalake(str(place), pa.Table.from_pylist([row], schema=_SCHEMA), mode="append")
    return key


def hallmark(*arguments: str) -> tuple[int, str, str]:
    return trimmed("privacy", *arguments)


def test_status_says_what_is_protected_before_anything_was(folder: Path) -> None:
    code, out, err = hallmark("status")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "pseudonym  bronze.people id -> silver people.person",
        "encrypt    bronze.people name -> silver people.name",
        "keys used: none yet",
        "keys at hand: none",
        "persons with a key 0, forgotten 0",
    ]


def test_status_tells_keys_by_their_fingerprints(folder: Path, key: MasterKey) -> None:
    code, out, _ = hallmark("status")
    assert code == 0
    assert out.splitlines()[2:] == [
        f"keys used: k1 (fingerprint {key.fingerprint})",
        f"keys at hand: {folder / 'warehouse' / '_private' / 'privacy.key'}",
        "persons with a key 1, forgotten 0",
    ]
    document = calls.document("privacy", "status")
    assert document["keys"] == {"k1": key.fingerprint}
    assert document["counted"] == {"persons": 1, "forgotten": 0, "tables": 0}


def test_a_person_is_forgotten_once_and_the_ledger_does_not_say_who(folder: Path, key: MasterKey) -> None:
    assert hallmark("forget", "ann") == (0, "keys destroyed: 1\n", "")
    assert hallmark("forget", "ann") == (0, "forgotten before: 1\n", "")
    commands = {row["command"] for row in Ledger(folder / "warehouse").runs()}
    assert commands == {"privacy forget (a subject)"}


def test_a_person_can_be_named_on_standard_input(folder: Path, key: MasterKey) -> None:
    result = CliRunner().invoke(app, ["privacy", "forget", "-"], input="ann\n")
    assert (result.exit_code, result.stdout) == (0, "keys destroyed: 1\n")


UNSAID = "SettingsError: say what to forget\n  where: hallmark privacy forget\n  wanted: SUBJECT, or --unread TABLE\n"
NOBODY = (
    "DataError: nothing was ever sealed for this\n  where: domain default\n"
    "  do: look at its spelling, and at the dataSubject of the contract\n"
)


@pytest.mark.parametrize(
    ("arguments", "letter"),
    [
        (("forget", "nobody"), NOBODY),
        (("forget",), UNSAID),
        (("forget", "ann", "--unread", "people"), UNSAID),
        (("forget", ""), "SettingsError: no person is named\n  where: SUBJECT\n  got: an empty text\n"),
    ],
)
def test_a_call_that_cannot_be_done_is_a_letter(
    folder: Path, key: MasterKey, arguments: tuple[str, ...], letter: str
) -> None:
    assert hallmark(*arguments) == (2, "", letter)


def test_without_a_key_there_is_nothing_to_open_or_forget(folder: Path) -> None:
    wanted = (
        "SettingsError: there is no key, and nothing here was protected\n"
        f"  where: {folder / 'warehouse'}\n"
        "  do: set HALLMARK_PRIVACY_KEY, or name a file with the key: HALLMARK_PRIVACY__KEY_FILE\n"
    )
    assert hallmark("forget", "ann") == (2, "", wanted)
    assert hallmark("reveal", "silver.people") == (2, "", wanted)


def test_a_table_that_is_not_there_is_a_letter(folder: Path, key: MasterKey) -> None:
    code, _, err = hallmark("reveal", "peple")
    place = folder / "warehouse"
    letter = f"SettingsError: no such table\n  where: {place}\n  got: silver.peple\n  do: hallmark tables lists them\n"
    assert (code, err) == (2, letter)


def test_forgetting_waits_for_no_run(folder: Path, key: MasterKey) -> None:
    with warehouse_lock(folder / "warehouse"):
        code, _, err = hallmark("forget", "ann")
    assert (code, err.splitlines()[0]) == (3, "MachineError: another run holds the warehouse")


def test_a_key_given_as_a_setting_is_not_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "k1:" + bytes(range(32)).hex()
    for name, value in (("HALLMARK_PRIVACY__KEY", secret), ("HALLMARK_PRIVACY", secret)):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            code, out, err = hallmark("status")
            assert code == 2
            assert secret[3:19] not in out + err
    (folder / "hallmark.toml").write_text(f'privacy = "{secret}"\n', encoding="utf-8")
    code, out, err = hallmark("status")
    assert (code, secret[3:19] in out + err) == (2, False)
