"""Jars come from a named folder, or from the cache, or are resolved into it whole or not at all."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.jars import IVY_FILE, cache_folder, jar_files
from hallmark.lakehouse.settings import SparkSettings

DELTA = "io.delta_delta-spark_4.2_2.13-4.4.0.jar"
# Ivy's last argument says where the jars go.
RESOLVES = f"""for last; do :; done
/bin/mkdir -p "${{last%/*}}" && : > "${{last%/*}}/{DELTA}"
"""
FAILS = """echo ':: UNRESOLVED DEPENDENCIES ::'
echo 'Server access ERROR: host unreachable' >&2
echo 'a line that tells nothing'
exit 1
"""


def fake_java(folder: Path, resolve: str) -> str:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        f'#!/bin/sh\nif [ "$1" = -version ]; then echo \'openjdk version "17"\'; exit; fi\n{resolve}', encoding="utf-8"
    )
    java.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("others", [0, 2])
def test_a_named_folder_without_delta_is_refused(tmp_path: Path, others: int) -> None:
    for n in range(others):
        (tmp_path / f"other-{n}.jar").touch()
    with pytest.raises(MachineError) as letter:
        jar_files(SparkSettings(jars=tmp_path))
    assert str(letter.value) == (
        "MachineError: no delta-spark jars in the folder that spark.jars names\n"
        f"  where: {tmp_path}\n"
        f"  got: {others} jars, none of them delta-spark\n"
        "  do: name a folder that holds the jars of lakehouse/ivy.xml, or unset spark.jars to have them resolved"
    )


def test_a_named_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no delta-spark jars") as letter:
        jar_files(SparkSettings(jars=tmp_path / "gone"))
    assert letter.value.where == tmp_path / "gone"


def test_a_named_folder_gives_its_jars_and_nothing_else(tmp_path: Path) -> None:
    for name in (DELTA, "a.jar", "readme.txt"):
        (tmp_path / name).touch()
    assert [jar.name for jar in jar_files(SparkSettings(jars=tmp_path))] == ["a.jar", DELTA]


def test_a_folder_may_be_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / DELTA).touch()
    assert jar_files(SparkSettings(jars=Path("~/jars"))) == [tmp_path / "jars" / DELTA]
    assert cache_folder(SparkSettings(cache=Path("~/cache"))).parent == tmp_path / "cache"


def test_another_list_of_jars_has_another_cache(tmp_path: Path) -> None:
    key = hashlib.sha256(IVY_FILE.read_bytes()).hexdigest()[:12]
    assert cache_folder(SparkSettings(cache=tmp_path)) == tmp_path / f"jars-{key}"


def test_cached_jars_need_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spark = SparkSettings(cache=tmp_path / "cache")
    cache_folder(spark).mkdir(parents=True)
    (cache_folder(spark) / DELTA).touch()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert [jar.name for jar in jar_files(spark)] == [DELTA]


def test_jars_are_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spark = SparkSettings(cache=tmp_path / "cache")
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", RESOLVES))
    first = jar_files(spark)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert jar_files(spark) == first == [cache_folder(spark) / DELTA]


def test_a_resolve_leaves_nothing_but_the_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spark = SparkSettings(cache=tmp_path / "cache")
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", RESOLVES))
    jar_files(spark)
    assert {each.name for each in (tmp_path / "cache").iterdir()} == {cache_folder(spark).name, "current"}


def test_the_link_that_a_plain_dbt_reads_follows_the_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spark = SparkSettings(cache=tmp_path / "cache")
    (tmp_path / "cache" / "jars-old").mkdir(parents=True)
    (tmp_path / "cache" / "current").symlink_to("jars-old")
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", RESOLVES))
    jar_files(spark)
    assert (tmp_path / "cache" / "current").resolve() == cache_folder(spark)


def test_a_failed_resolve_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", FAILS))
    with pytest.raises(MachineError) as letter:
        jar_files(SparkSettings(cache=tmp_path / "cache"))
    assert str(letter.value) == (
        "MachineError: the Spark jars could not be resolved\n"
        f"  where: {IVY_FILE}\n"
        "  got: :: UNRESOLVED DEPENDENCIES ::; Server access ERROR: host unreachable\n"
        "  do: check the network; for a corporate mirror set HALLMARK_SPARK__IVY_SETTINGS, "
        "for no network set HALLMARK_SPARK__JARS to a folder of jars"
    )


@pytest.mark.parametrize("resolve", [FAILS, "exit 0\n"])
def test_a_failed_resolve_leaves_no_half_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolve: str) -> None:
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", resolve))
    with pytest.raises(MachineError, match="could not be resolved"):
        jar_files(SparkSettings(cache=tmp_path / "cache"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_settings_of_a_mirror_reach_ivy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", fake_java(tmp_path / "jdk", 'echo "ERROR $*"; exit 1\n'))
    mirror = tmp_path / "mirror.xml"
    with pytest.raises(MachineError) as letter:
        jar_files(SparkSettings(cache=tmp_path / "cache", ivy_settings=mirror))
    assert f"-settings {mirror} -ivy {IVY_FILE}" in str(letter.value)


@pytest.mark.parametrize(
    ("jar", "package"), [("delta-spark_4.2_2.13", "delta-spark"), ("spark-sql-kafka-0-10_2.13", "pyspark")]
)
def test_the_jars_have_the_versions_of_the_python_packages(jar: str, package: str) -> None:
    declared = re.search(rf'name="{re.escape(jar)}" rev="([^"]+)"', IVY_FILE.read_text(encoding="utf-8"))
    assert declared is not None
    assert declared[1] == version(package)
