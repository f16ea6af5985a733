"""Master keys: what counts as one, who may read its file, what is made when there is none, and that none is shown."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.keyring import (
    MasterKey,
    find_keyring,
    hmac_pads,
    make_own_key,
    own_key_file,
    parse_keys,
    read_key_file,
)
from hallmark.lakehouse.known_keys import checked_keyring, key_to_protect, known_keys

DIGITS, OTHERS = bytes(range(32)).hex(), bytes(range(100, 132)).hex()
NOW = datetime(2026, 11, 27, tzinfo=UTC)
MAKE = "python3 -c 'import secrets; print(\"k1:\" + secrets.token_hex(32))'"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "privacy.key"
    file.touch(0o600)
    file.write_text(f"# made in November\nk1:{DIGITS}\n\nk2:{OTHERS}\n", encoding="utf-8")
    return file


def test_the_last_of_several_keys_is_the_current_one(key_file: Path) -> None:
    ring = read_key_file(key_file)
    assert [key.id for key in ring.keys] == ["k1", "k2"]
    assert ring.current.secret == bytes(range(100, 132))


@pytest.mark.parametrize(
    ("text", "what", "got", "wanted", "todo"),
    [
        ("", "there is no key", None, "k1:<64 hexadecimal digits>", f"make one: {MAKE}"),
        (
            "k1:secret words",
            "a key can't be read",
            "a line of 15 characters (not shown)",
            "<id>:<hexadecimal digits>, such as k1:5d3f…",
            f"make one: {MAKE}",
        ),
        (
            "k1:" + DIGITS[:40],
            "a key is too short",
            "20 bytes",
            "32 random bytes at least (64 hexadecimal digits)",
            f"make one: {MAKE}",
        ),
        ("k1:" + "ab" * 32, "a key is no random one", None, "random bytes", f"make one: {MAKE}"),
        (f"k1:{DIGITS},k1:{OTHERS}", "two keys have the same id", "k1, k1", None, "give each its own"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(
    text: str, what: str, got: str | None, wanted: str | None, todo: str
) -> None:
    with pytest.raises(SettingsError) as error:
        parse_keys(text, "here")
    letter = error.value
    assert (letter.what, letter.where, letter.got, letter.wanted, letter.todo) == (what, "here", got, wanted, todo)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_that_others_may_read_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(SettingsError) as error:
        read_key_file(key_file)
    assert str(error.value) == (
        f"SettingsError: others may read the key file\n  where: {key_file}\n  got: {mode:04o}\n  wanted: 0600\n"
        f"  do: chmod 600 {key_file}"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else_is_refused(key_file: Path) -> None:
    os.chown(key_file, 12345, -1)
    with pytest.raises(SettingsError, match="the key file is somebody else's"):
        read_key_file(key_file)


def test_a_key_file_that_is_not_there_is_a_letter(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        find_keyring(tmp_path / "none.key", tmp_path, {})
    assert str(error.value) == (
        f"SettingsError: the key file can't be read\n  where: {tmp_path / 'none.key'}\n"
        "  got: No such file or directory\n  do: name another: HALLMARK_PRIVACY__KEY_FILE"
    )


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the key file is no file"):
        find_keyring(tmp_path, tmp_path, {})


def test_the_variable_counts_before_the_file_and_that_before_the_warehouses_own(key_file: Path, tmp_path: Path) -> None:
    assert find_keyring(None, tmp_path, {}) is None
    make_own_key(tmp_path)
    found = [
        find_keyring(None, tmp_path, {}),
        find_keyring(key_file, tmp_path, {}),
        find_keyring(key_file, tmp_path, {"HALLMARK_PRIVACY_KEY": DIGITS}),
    ]
    places = [ring.place for ring in found if ring]
    assert places == [str(own_key_file(tmp_path)), str(key_file), "environment: HALLMARK_PRIVACY_KEY"]


def test_a_key_that_is_made_is_for_its_owner_alone_and_never_made_again(tmp_path: Path) -> None:
    first = make_own_key(tmp_path)
    file = own_key_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert make_own_key(tmp_path) == first
    assert [path.name for path in file.parent.iterdir()] == ["privacy.key"]


def test_a_key_is_in_no_text_about_it() -> None:
    ring = parse_keys(f"k1:{DIGITS}", "here")
    assert DIGITS not in f"{ring!r} {ring} {ring.current.fingerprint}"
    assert repr(bytes(range(32))) not in repr(ring)


def test_what_is_derived_differs_by_purpose_and_is_an_hmac() -> None:
    key = MasterKey("k1", bytes(range(32)))
    assert key.derived("wrap") != key.derived("subject")
    assert key.derived("wrap") == hmac.new(key.secret, b"hallmark/wrap", hashlib.sha256).digest()


@pytest.mark.parametrize("size", [1, 32, 64, 65, 200])
def test_pads_make_an_hmac_of_keys_of_any_length(size: int) -> None:
    key = bytes(i % 251 for i in range(size))
    inner, outer = hmac_pads(key)
    digest = hashlib.sha256(outer + hashlib.sha256(inner + b"text").digest()).digest()
    assert digest == hmac.digest(key, b"text", "sha256")


def test_the_first_use_makes_a_key_and_remembers_its_fingerprint(tmp_path: Path) -> None:
    key, made = key_to_protect(None, tmp_path, NOW)
    assert made == own_key_file(tmp_path)
    assert known_keys(tmp_path) == {"k1": key.fingerprint}
    assert key_to_protect(None, tmp_path, NOW) == (key, None)


def test_another_key_is_refused(tmp_path: Path, key_file: Path) -> None:
    key, _ = key_to_protect(key_file, tmp_path, NOW)
    assert known_keys(tmp_path) == {"k2": key.fingerprint}
    other = parse_keys(f"k2:{DIGITS}", "").current.fingerprint
    key_file.write_text(f"k2:{DIGITS}", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        key_to_protect(key_file, tmp_path, NOW)
    assert str(error.value) == (
        "SettingsError: this is another key than the one that this warehouse's data is protected with\n"
        f"  where: {key_file}\n  got: k2 (fingerprint {other})\n  wanted: k2 (fingerprint {key.fingerprint})\n"
        "  do: give the key of before; a new one gets an id of its own, in a line after the old one"
    )


def test_an_old_key_must_stay_and_a_new_one_may_follow_it(tmp_path: Path, key_file: Path) -> None:
    key_file.write_text(f"k1:{DIGITS}", encoding="utf-8")
    first, _ = key_to_protect(key_file, tmp_path, NOW)
    key_file.write_text(f"k1:{DIGITS}\nk2:{OTHERS}", encoding="utf-8")
    second, _ = key_to_protect(key_file, tmp_path, NOW)
    assert known_keys(tmp_path) == {"k1": first.fingerprint, "k2": second.fingerprint}
    key_file.write_text(f"k2:{OTHERS}", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        checked_keyring(key_file, tmp_path)
    assert str(error.value) == (
        "SettingsError: a key is missing that this warehouse's data is protected with\n"
        f"  where: {key_file}\n  got: k2 (fingerprint {second.fingerprint})\n"
        f"  wanted: also k1 (fingerprint {first.fingerprint})\n"
        "  do: keep old keys in front of a new one: they open what they closed"
    )


def test_a_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    key, _ = key_to_protect(None, tmp_path, NOW)
    own_key_file(tmp_path).unlink()
    with pytest.raises(SettingsError) as error:
        key_to_protect(None, tmp_path, NOW)
    assert str(error.value) == (
        "SettingsError: the key is gone that this warehouse's data is protected with\n"
        f"  where: {own_key_file(tmp_path)}\n  wanted: k1 (fingerprint {key.fingerprint})\n"
        "  do: restore it, or name its file: HALLMARK_PRIVACY__KEY_FILE"
    )
