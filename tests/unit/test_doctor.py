"""The doctor says what it found and how to mend it: no check breaks off, and none starts Spark."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallmark.lakehouse.jars import cache_folder
from hallmark.lakehouse.keyring import make_own_key, own_key_file
from hallmark.lakehouse.settings import Settings, SparkSettings, load_settings
from hallmark.pipelines.doctor import PINNED, Finding, examine

DELTA = "io.delta_delta-spark_4.2_2.13-4.4.0.jar"
MAKE_INSTALL = "make install (or: python -m hallmark.lakehouse.jars); they are also resolved by the first run"
NOBODY = 65534


@pytest.fixture
def settings(shop: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A machine that lacks nothing."""
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    spark = SparkSettings(cache=tmp_path / "cache")
    cache_folder(spark).mkdir(parents=True)
    (cache_folder(spark) / DELTA).touch()
    return load_settings(spark=spark)


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder that the test may not enter, also when the tests run as root."""
    folder = Path(tempfile.mkdtemp())  # not tmp_path: the folders above are not to be entered either
    user = os.geteuid()
    folder.chmod(0o700 if user == 0 else 0o000)
    try:
        if user == 0:
            os.seteuid(NOBODY)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def finding(check: str, settings: Settings) -> Finding:
    (found,) = [each for each in examine(settings) if each.check == check]
    return found


def test_the_key_of_protected_values_is_looked_at_and_not_shown(settings: Settings) -> None:
    assert finding("key", settings).found.startswith("none yet; ")
    key = make_own_key(settings.warehouse).current
    place = own_key_file(settings.warehouse)
    assert finding("key", settings) == Finding("key", ok=True, found=f"k1 (fingerprint {key.fingerprint}), {place}")
    place.chmod(0o644)
    assert finding("key", settings) == Finding(
        "key", ok=False, found=f"others may read the key file ({place}): 0644", todo=f"chmod 600 {place}"
    )


def with_spark(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"spark": settings.spark.model_copy(update=changes)})


def install(package: str, version: str, site: Path) -> None:
    metadata = site / f"{package.replace('-', '_')}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n", encoding="utf-8")


def test_a_machine_that_lacks_nothing_is_told_so(settings: Settings, tmp_path: Path) -> None:
    found = {each.check: each.found for each in examine(settings)}
    assert all(each.ok for each in examine(settings))
    disk = found.pop("disk")
    assert re.fullmatch(r"[\d,]+\.\d GB free for the warehouse", disk)
    assert {check: found[check] for check in found if check not in PINNED} == {
        "python": f"Python {sys.version.split()[0]} at {sys.executable}",
        "java": f"Java 17 at {tmp_path / 'jdk' / 'bin' / 'java'}",
        "jars": f"1 jar in {cache_folder(settings.spark)}",
        "warehouse": f"{tmp_path / 'warehouse'} (not made yet)",
        "contracts": "1 contract in contracts",
        "key": "none yet; one is made when a contract protects values (docs/privacy.md)",
    }


def test_a_login_of_a_server_that_no_contract_has_is_told(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__USER", "reader")
    given = settings.model_copy(update={"postgres": load_settings().postgres})
    assert finding("contracts", given).found == (
        "1 contract in contracts; environment: HALLMARK_POSTGRES__CRM__USER: "
        "a login of no contract's postgres server, so it is not used; known: none"
    )


def test_all_checks_are_made_whatever_one_finds(settings: Settings, tmp_path: Path) -> None:
    sick = with_spark(settings, cache=tmp_path / "none").model_copy(update={"contracts": tmp_path / "none"})
    assert [(each.check, each.ok) for each in examine(sick)][:6] == [
        ("python", True),
        ("java", True),
        ("jars", False),
        ("warehouse", True),
        ("disk", True),
        ("contracts", False),
    ]


@pytest.mark.parametrize(("release", "ok"), [("3.10.9", False), ("3.11.0", True), ("3.12.4", True), ("3.13.1", False)])
def test_a_python_that_the_package_is_not_made_for_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, release: str, ok: bool
) -> None:
    monkeypatch.setattr(sys, "version", f"{release} (main)")
    found = finding("python", settings)
    assert (found.ok, found.todo) == (ok, "" if ok else "use Python <3.13,>=3.11")


def test_no_java_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    todo = "install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one"
    found = f"no Java found (JAVA_HOME={tmp_path})"
    assert finding("java", settings) == Finding("java", ok=False, found=found, todo=todo)


def test_an_old_java_is_told_with_its_version(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "jdk" / "bin" / "java"
    file.write_text("#!/bin/sh\necho 'version \"1.8.0\"'\n", encoding="utf-8")
    java = finding("java", settings)
    assert (java.ok, java.found) == (False, f"Java is too old for Spark 4 ({file}): Java 8")


def test_without_jars_make_install_is_the_cure(settings: Settings, tmp_path: Path) -> None:
    missing = with_spark(settings, cache=tmp_path / "none")
    found = f"none in {cache_folder(missing.spark)}"
    assert finding("jars", missing) == Finding("jars", ok=False, found=found, todo=MAKE_INSTALL)


@pytest.mark.parametrize("left", [[], ["other.jar"]])
def test_a_cache_that_lost_its_delta_jars_is_told(settings: Settings, left: list[str]) -> None:
    folder = cache_folder(settings.spark)
    (folder / DELTA).unlink()
    for name in left:
        (folder / name).touch()
    todo = f"remove {folder}, then {MAKE_INSTALL}"
    assert finding("jars", settings) == Finding("jars", ok=False, found=f"no delta-spark in {folder}", todo=todo)


def test_a_named_folder_without_jars_is_told(settings: Settings, tmp_path: Path) -> None:
    assert finding("jars", with_spark(settings, jars=tmp_path)) == Finding(
        "jars",
        ok=False,
        found=f"no delta-spark jars in the folder that spark.jars names ({tmp_path}): 0 jars, none of them delta-spark",
        todo="name a folder that holds the jars of lakehouse/ivy.xml, or unset spark.jars to have them resolved",
    )


def test_a_named_folder_with_jars_needs_no_cache(settings: Settings, tmp_path: Path) -> None:
    folder = cache_folder(settings.spark).rename(tmp_path / "jars")
    assert finding("jars", with_spark(settings, jars=folder)) == Finding("jars", ok=True, found=f"1 jar in {folder}")


def test_a_server_brings_its_own_jars(settings: Settings, tmp_path: Path) -> None:
    remote = with_spark(settings, remote="sc://lake:15002", cache=tmp_path / "none")
    assert finding("jars", remote) == Finding("jars", ok=True, found="on the server sc://lake:15002")


def test_a_warehouse_that_is_there_is_named(settings: Settings) -> None:
    settings.warehouse.mkdir()
    assert finding("warehouse", settings) == Finding("warehouse", ok=True, found=str(settings.warehouse), todo="")


def test_a_warehouse_under_a_file_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o755)
    assert finding("warehouse", settings.model_copy(update={"warehouse": tmp_path / "file" / "lake"})) == Finding(
        "warehouse",
        ok=False,
        found=f"{tmp_path / 'file'} can't be written",
        todo=f"give yourself write permission on {tmp_path / 'file'}, or name another folder: HALLMARK_WAREHOUSE",
    )


def test_a_warehouse_in_a_folder_that_may_not_be_entered_is_told(settings: Settings, forbidden: Path) -> None:
    assert finding("warehouse", settings.model_copy(update={"warehouse": forbidden / "lake"})) == Finding(
        "warehouse",
        ok=False,
        found=f"Permission denied: {forbidden / 'lake'}",
        todo="give yourself permission there",
    )


def test_a_folder_without_contracts_is_told(settings: Settings, tmp_path: Path) -> None:
    assert finding("contracts", settings.model_copy(update={"contracts": tmp_path / "none"})) == Finding(
        "contracts",
        ok=False,
        found=f"no contracts found ({tmp_path / 'none'})",
        todo="name another folder with HALLMARK_CONTRACTS",
    )


def test_a_contract_that_cannot_be_used_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "contracts" / "orders.odcs.yaml").write_text("a: [", encoding="utf-8")
    assert finding("contracts", settings) == Finding(
        "contracts",
        ok=False,
        found="not valid YAML (contracts/orders.odcs.yaml:1): expected the node content, but found '<stream end>'",
        todo="mend the file",
    )


def test_another_version_of_a_package_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("pyspark", "4.2.1", tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert finding("pyspark", settings) == Finding(
        "pyspark", ok=False, found="4.2.1", todo="install pyspark==4.2.0: make install"
    )


@pytest.mark.parametrize(("version", "ok"), [("1.11", True), ("1.11.99", True), ("1.110.0", False), ("1.12.0", False)])
def test_of_dbt_any_patch_will_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, ok: bool
) -> None:
    install("dbt-core", version, tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert finding("dbt-core", settings).ok == ok


def test_a_package_that_is_not_installed_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert finding("pandera", settings) == Finding("pandera", ok=False, found="not installed", todo="make install")
