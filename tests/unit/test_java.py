"""Java is found and asked for its version before Spark can fail with a stack trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.java import find_java, java_version, require_java

INSTALL = "install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one"


def java_home(folder: Path, script: str) -> Path:
    """A folder that looks like a Java installation and answers as `script` says."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(script, encoding="utf-8")
    java.chmod(0o755)
    return folder


def says(version: str) -> str:
    return f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-16' >&2\n"


def test_an_empty_java_home_is_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MachineError) as letter:
        find_java()
    assert str(letter.value) == f"MachineError: no Java found\n  where: JAVA_HOME={tmp_path}\n  do: {INSTALL}"


def test_a_path_without_java_is_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError) as letter:
        require_java()
    assert str(letter.value) == f"MachineError: no Java found\n  where: PATH\n  do: {INSTALL}"


def test_java_home_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = java_home(tmp_path / "ours", says("17.0.9")), java_home(tmp_path / "other", says("21"))
    monkeypatch.setenv("JAVA_HOME", str(ours))
    monkeypatch.setenv("PATH", str(other / "bin"))
    assert find_java() == ours / "bin" / "java"


def test_without_java_home_the_path_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(java_home(tmp_path, says("21")) / "bin"))
    assert require_java() == (tmp_path / "bin" / "java", 21)


@pytest.mark.parametrize(("version", "major"), [("17", 17), ("17.0.9", 17), ("21.0.5", 21), ("25-ea", 25)])
def test_java_17_and_newer_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, major: int) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, says(version))))
    assert require_java() == (tmp_path / "bin" / "java", major)


@pytest.mark.parametrize(("version", "major"), [("1.8.0_402", 8), ("11.0.22", 11), ("16.0.2", 16)])
def test_an_older_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, major: int) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, says(version))))
    with pytest.raises(MachineError) as letter:
        require_java()
    assert str(letter.value) == (
        "MachineError: Java is too old for Spark 4\n"
        f"  where: {tmp_path / 'bin' / 'java'}\n"
        f"  got: Java {major}\n"
        "  wanted: Java 17 or newer\n"
        f"  do: {INSTALL}"
    )


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ("#!/bin/sh\nexit 1\n", "no answer"),
        ("#!/bin/sh\necho 'Error: could not find libjava.so'\n", "Error: could not find libjava.so"),
    ],
)
def test_a_java_that_does_not_say_its_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, got: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, script)))
    with pytest.raises(MachineError, match="Java does not say its version") as letter:
        require_java()
    assert letter.value.got == got


def test_a_java_that_does_not_start_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, "no program")))
    with pytest.raises(MachineError) as letter:
        require_java()
    assert str(letter.value).startswith(
        f"MachineError: Java does not start\n  where: {tmp_path / 'bin' / 'java'}\n  got: [Errno 8] Exec format error"
    )


def test_a_banner_without_a_version_has_none() -> None:
    assert java_version("Picked up JAVA_TOOL_OPTIONS: -Xmx1g") is None
