"""Which master keys a warehouse's data was protected with: their fingerprints, kept with the data.

Under another key the same value has another pseudonym, and no cell opens: a key that changed is refused before a row is
written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.keyring import Keyring, MasterKey, find_keyring, make_own_key, own_key_file
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path

MASTER_KEYS = Table("privacy", "master_keys")
_SCHEMA = pa.schema(
    [("key_id", pa.string()), ("fingerprint", pa.string()), ("first_used_at", pa.timestamp("us", tz="UTC"))]
)


def known_keys(warehouse: Path) -> dict[str, str]:
    """The ids and fingerprints of the keys that were used here."""
    place = table_path(warehouse, MASTER_KEYS)
    if not deltalog.exists(place):
        return {}
    return {row["key_id"]: row["fingerprint"] for row in deltalog.read(place).to_pylist()}


def checked_keyring(key_file: Path | None, warehouse: Path) -> Keyring | None:
    """The keys, all that were used here among them; None where there is none and none was used.

    Raises:
        SettingsError: when a key can't be used, is missing, or is another than the one that was used.
    """
    ring, known = find_keyring(key_file, warehouse), known_keys(warehouse)
    if ring is None and known:
        raise SettingsError(
            "the key is gone that this warehouse's data is protected with",
            where=own_key_file(warehouse),
            wanted=_told(known),
            todo="restore it, or name its file: HALLMARK_PRIVACY__KEY_FILE",
        )
    if ring is not None:
        _refuse_another(ring, known)
    return ring


def key_to_protect(key_file: Path | None, warehouse: Path, at: datetime) -> tuple[MasterKey, Path | None]:
    """The key for what comes, remembered with the data, and the file that was made for it when there was none.

    Raises:
        SettingsError: when a key can't be used, is missing, or is another than the one that was used.
        MachineError: when a new one can't be written.
    """
    ring = checked_keyring(key_file, warehouse)
    made = own_key_file(warehouse) if ring is None else None
    key = (ring or make_own_key(warehouse)).current
    if key.id not in known_keys(warehouse):
        row = {"key_id": key.id, "fingerprint": key.fingerprint, "first_used_at": at.astimezone(UTC)}
        rows = pa.Table.from_pylist([row], schema=_SCHEMA)
        write_deltalake(str(table_path(warehouse, MASTER_KEYS)), rows, mode="append")
    return key, made


def _refuse_another(ring: Keyring, known: dict[str, str]) -> None:
    given = {key.id: key.fingerprint for key in ring.keys}
    for name, fingerprint in known.items():
        if name not in given:
            raise SettingsError(
                "a key is missing that this warehouse's data is protected with",
                where=ring.place,
                got=_told(given),
                wanted=f"also {_told({name: fingerprint})}",
                todo="keep old keys in front of a new one: they open what they closed",
            )
        if given[name] != fingerprint:
            raise SettingsError(
                "this is another key than the one that this warehouse's data is protected with",
                where=ring.place,
                got=_told({name: given[name]}),
                wanted=_told({name: fingerprint}),
                todo="give the key of before; a new one gets an id of its own, in a line after the old one",
            )


def _told(keys: dict[str, str]) -> str:
    return ", ".join(f"{name} (fingerprint {fingerprint})" for name, fingerprint in keys.items())
