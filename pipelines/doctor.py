"""Is this machine able to run Hallmark? Each check says what it found and, where it is wrong, how to mend it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from hallmark.contracts.loader import load_contracts
from hallmark.lakehouse.disk import existing, free_gb
from hallmark.lakehouse.errors import HallmarkError
from hallmark.lakehouse.jars import cache_folder, jar_files
from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.known_keys import checked_keyring
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.project import Project

LEAST_DISK_GB = 2.0
_DECIDE = ("pyspark", "delta-spark", "dbt-core", "dbt-spark", "pandera")  # other versions may make other tables
_NEEDED = map(Requirement, requires("hallmark-lakehouse") or [])
PINNED = {pin.name: pin.specifier for pin in _NEEDED if pin.name in _DECIDE and pin.marker is None}
PYTHON = SpecifierSet(metadata("hallmark-lakehouse")["Requires-Python"])
_GET_JARS = "make install (or: python -m hallmark.lakehouse.jars); they are also resolved by the first run"


@dataclass(frozen=True)
class Finding:
    """One check: whether it passed, what was found, and what to do when it did not."""

    check: str
    ok: bool
    found: str
    todo: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run all checks; none of them starts Spark."""
    checks: list[tuple[str, Callable[[Settings], Finding]]] = [
        ("python", _python),
        ("java", _java),
        ("jars", _jars),
        ("warehouse", _warehouse),
        ("disk", _disk),
        ("contracts", _contracts),
        ("key", _key),
    ]
    findings = [*(_guarded(name, check, settings) for name, check in checks), *_versions()]
    return [replace(finding, todo="") if finding.ok else finding for finding in findings]


def _guarded(name: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except HallmarkError as letter:
        where = "" if letter.where is None else f" ({letter.where})"
        found = f"{letter.what}{where}" if letter.got is None else f"{letter.what}{where}: {letter.got}"
        return Finding(name, ok=False, found=found, todo=letter.todo or f"see {letter.where}")
    except OSError as error:
        return Finding(
            name, ok=False, found=f"{error.strerror}: {error.filename}", todo="give yourself permission there"
        )


def _python(_: Settings) -> Finding:
    release = sys.version.split()[0]
    found = f"Python {release} at {sys.executable}"
    return Finding("python", ok=PYTHON.contains(release, prereleases=True), found=found, todo=f"use Python {PYTHON}")


def _java(_: Settings) -> Finding:
    java, major = require_java()
    return Finding("java", ok=True, found=f"Java {major} at {java}")


def _jars(settings: Settings) -> Finding:
    if settings.spark.remote:
        return Finding("jars", ok=True, found=f"on the server {settings.spark.remote}")
    folder = cache_folder(settings.spark)
    if settings.spark.jars is None and not folder.is_dir():
        return Finding("jars", ok=False, found=f"none in {folder}", todo=_GET_JARS)
    jars = jar_files(settings.spark)
    if not any("delta-spark" in jar.name for jar in jars):
        return Finding("jars", ok=False, found=f"no delta-spark in {folder}", todo=f"remove {folder}, then {_GET_JARS}")
    return Finding("jars", ok=True, found=f"{many(len(jars), 'jar')} in {jars[0].parent}")


def _warehouse(settings: Settings) -> Finding:
    place = existing(settings.warehouse)
    writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    found = f"{settings.warehouse}" + ("" if place == settings.warehouse else " (not made yet)")
    todo = f"give yourself write permission on {place}, or name another folder: HALLMARK_WAREHOUSE"
    return Finding("warehouse", ok=writable, found=found if writable else f"{place} can't be written", todo=todo)


def _disk(settings: Settings) -> Finding:
    free = free_gb(settings.warehouse)
    todo = "free some space, or name another folder: HALLMARK_WAREHOUSE"
    return Finding("disk", ok=free >= LEAST_DISK_GB, found=f"{free:,.1f} GB free for the warehouse", todo=todo)


def _contracts(settings: Settings) -> Finding:
    project = Project(settings, tuple(load_contracts(settings.contracts)))
    found = f"{many(len(project.contracts), 'contract')} in {settings.contracts}"
    return Finding("contracts", ok=True, found="; ".join([found, *project.warnings, *project.unused_logins]))


def _key(settings: Settings) -> Finding:
    ring = checked_keyring(settings.privacy.key_file, settings.warehouse)
    if ring is None:
        return Finding("key", ok=True, found="none yet; one is made when a contract protects values (docs/privacy.md)")
    told = ", ".join(f"{key.id} (fingerprint {key.fingerprint})" for key in ring.keys)
    return Finding("key", ok=True, found=f"{told}, {ring.place}")


def _versions() -> Iterator[Finding]:
    for package, wanted in PINNED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Finding(package, ok=False, found="not installed", todo="make install")
            continue
        yield Finding(package, ok=found in wanted, found=found, todo=f"install {package}{wanted}: make install")
