"""Master keys: where they come from, who may read them, and what is derived from them.

A key is `<id>:<hexadecimal digits>`, 32 random bytes at least. Several may be given, one a line: the last one protects
what comes, the others only open what they closed. Neither a letter nor a `repr` shows one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hallmark.lakehouse.errors import MachineError, SettingsError
from hallmark.lakehouse.settings import KEY_VARIABLE
from hallmark.lakehouse.words import many

SHORTEST = 32
"""Bytes of a key."""

HOW_TO_KEY = f"set {KEY_VARIABLE}, or name a file with the key: HALLMARK_PRIVACY__KEY_FILE"

_LINE = re.compile(r"(?:(?P<id>[a-z][a-z0-9]{0,15}):)?(?P<digits>[0-9A-Fa-f]+)")
_MAKE = "python3 -c 'import secrets; print(\"k1:\" + secrets.token_hex(32))'"
_LONGEST = 1 << 16  # bytes of a key file
_LEAST_DIFFERENT = 8  # of 32 random bytes 30 differ from each other; of a typed pattern a few


@dataclass(frozen=True)
class MasterKey:
    """A master key; `id` stands in front of each value that it protects."""

    id: str
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells this key from others and says nothing of it: 16 hexadecimal digits."""
        return self.derived("fingerprint").hex()[:16]

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose: what is known of it says nothing of the others."""
        return hmac.digest(self.secret, f"hallmark/{purpose}".encode(), hashlib.sha256)


@dataclass(frozen=True)
class Keyring:
    """The master keys, oldest first, and where they were found."""

    keys: tuple[MasterKey, ...]
    place: str

    @property
    def current(self) -> MasterKey:
        """The key that protects what comes."""
        return self.keys[-1]


def parse_keys(text: str, place: str) -> Keyring:
    """Read keys, one a line (in a variable also one after a comma); empty lines and `#` lines are passed over.

    >>> ring = parse_keys("k1:" + bytes(range(32)).hex(), "here")
    >>> ring.current.id, ring
    ('k1', Keyring(keys=(MasterKey(id='k1'),), place='here'))

    Raises:
        SettingsError: when there is none, one is too short or no random one, or two have one id.
    """
    lines = [line.strip() for line in re.split(r"[\n,]", text)]
    keys = tuple(_key(line, place) for line in lines if line and not line.startswith("#"))
    if not keys:
        raise SettingsError(
            "there is no key", where=place, wanted="k1:<64 hexadecimal digits>", todo=f"make one: {_MAKE}"
        )
    ids = [key.id for key in keys]
    if len(set(ids)) < len(ids):
        raise SettingsError("two keys have the same id", where=place, got=", ".join(ids), todo="give each its own")
    return Keyring(keys, place)


def _key(line: str, place: str) -> MasterKey:
    found = _LINE.fullmatch(line)
    wanted = "<id>:<hexadecimal digits>, such as k1:5d3f…"
    if found is None or len(found["digits"]) % 2:
        got = f"a line of {many(len(line), 'character')} (not shown)"
        raise SettingsError("a key can't be read", where=place, got=got, wanted=wanted, todo=f"make one: {_MAKE}")
    secret = bytes.fromhex(found["digits"])
    if len(secret) < SHORTEST:
        raise SettingsError(
            "a key is too short",
            where=place,
            got=many(len(secret), "byte"),
            wanted=f"{SHORTEST} random bytes at least ({2 * SHORTEST} hexadecimal digits)",
            todo=f"make one: {_MAKE}",
        )
    if len(set(secret)) < _LEAST_DIFFERENT:
        raise SettingsError("a key is no random one", where=place, wanted="random bytes", todo=f"make one: {_MAKE}")
    return MasterKey(found["id"] or "k1", secret)


def find_keyring(key_file: Path | None, warehouse: Path, environment: Mapping[str, str] = os.environ) -> Keyring | None:
    """The keys of the variable; else of the file that is named; else of the warehouse's own; None without any.

    Raises:
        SettingsError: when they can't be used, or others may read the file.
    """
    if (text := environment.get(KEY_VARIABLE)) is not None:
        return parse_keys(text, f"environment: {KEY_VARIABLE}")
    if key_file is not None:
        return read_key_file(key_file.expanduser())
    own = own_key_file(warehouse)
    return read_key_file(own) if own.exists() else None


def own_key_file(warehouse: Path) -> Path:
    """Where a key is kept that was made here: good for a trial, not for people's data (docs/privacy.md)."""
    return warehouse / "_private" / "privacy.key"


def read_key_file(file: Path) -> Keyring:
    """Read a key file that belongs to us and that nobody else may read or write.

    Raises:
        SettingsError: when it is not there, not ours, open to others, or no key.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(
            "the key file can't be read", where=file, got=why, todo="name another: HALLMARK_PRIVACY__KEY_FILE"
        ) from None
    told = os.fstat(handle)
    try:
        _refuse_unsafe(file, told)
        # A regular file by now; a folder or a pipe could not be read like one.
        return parse_keys(os.read(handle, _LONGEST).decode(errors="replace"), str(file))
    finally:
        os.close(handle)


def _refuse_unsafe(file: Path, told: os.stat_result) -> None:
    other = "name another: HALLMARK_PRIVACY__KEY_FILE"
    if not stat.S_ISREG(told.st_mode):
        raise SettingsError("the key file is no file", where=file, todo=other)
    if told.st_uid != os.geteuid():
        raise SettingsError(
            "the key file is somebody else's",
            where=file,
            got=f"user {told.st_uid}",
            wanted=f"user {os.geteuid()}, who runs this",
            todo=f"chown it, or {other}",
        )
    if told.st_mode & 0o077:
        got = f"{stat.S_IMODE(told.st_mode):04o}"
        todo = f"chmod 600 {file}"
        raise SettingsError("others may read the key file", where=file, got=got, wanted="0600", todo=todo)


def make_own_key(warehouse: Path) -> Keyring:
    """Make a key in the warehouse, when it has none: whole or not at all, and never over another.

    Raises:
        MachineError: when it can't be written.
    """
    file = own_key_file(warehouse)
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(f"k1:{secrets.token_hex(SHORTEST)}\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            pass  # somebody was faster: theirs counts
        finally:
            part.unlink()
    except OSError as error:
        raise MachineError(
            "the key can't be written",
            where=file,
            got=error.strerror or error,
            todo="name a key file: HALLMARK_PRIVACY__KEY_FILE",
        ) from None
    return read_key_file(file)


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """What HMAC-SHA-256 puts before a message, and before the digest of that (RFC 2104); a long key is hashed first."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
