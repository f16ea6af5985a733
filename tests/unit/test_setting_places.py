"""A letter about a setting names the flag, variable or key of the file that it came from, and shows no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from setting_files import refusal, write_toml

from hallmark.lakehouse.settings import load_settings


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def place(**flags: object) -> str:
    """Where a letter says that the setting was given."""
    return refusal(**flags).splitlines()[1].removeprefix("  where: ")


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("HALLMARK_WORKERS", "zwei", "HALLMARK_WORKERS"),
        ("hallmark_workers", "zwei", "hallmark_workers"),
        ("HALLMARK_SPARK__OPTIONS", "[]", "HALLMARK_SPARK__OPTIONS"),
        ("HALLMARK_SPARK", '{"remot": "sc://lake"}', "HALLMARK_SPARK: remot"),
        ("HALLMARK_STACK", '{"kafka_port": -1}', "HALLMARK_STACK: kafka_port"),
    ],
)
def test_a_variable_with_a_wrong_value_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, where: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert place() == f"environment: {where}"


def test_of_a_setting_that_is_given_twice_the_place_that_wins_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml('workers = "two"\n[spark]\njars = 1\n[stack]\nfolder = 1')
    assert place() == f"{Path.cwd()}/hallmark.toml: workers"
    monkeypatch.setenv("HALLMARK_WORKERS", "zwei")
    assert place() == "environment: HALLMARK_WORKERS"
    assert place(workers="deux") == "load_settings(workers=...)"
    monkeypatch.setenv("HALLMARK_WORKERS", "2")
    monkeypatch.setenv("HALLMARK_SPARK", '{"master": "local[1]"}')
    assert place() == f"{Path.cwd()}/hallmark.toml: spark.jars"
    monkeypatch.setenv("HALLMARK_SPARK__JARS", "jars")
    assert place() == f"{Path.cwd()}/hallmark.toml: stack.folder"
    assert place(stack={"folder": 2}) == "--folder"


def test_a_server_whose_parts_come_from_two_places_has_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml('[kafka.Live]\nuser = "reader"')
    monkeypatch.setenv("HALLMARK_KAFKA__LIVE__SECURITY_PROTOCOL", "SSL")
    variable = "environment: HALLMARK_KAFKA__LIVE__SECURITY_PROTOCOL"
    assert place() == f"{variable}; {Path.cwd()}/hallmark.toml: kafka.live"


def test_a_part_of_a_group_that_must_be_json_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_SPARK__MASTER", "local[1]")
    monkeypatch.setenv("HALLMARK_SPARK__OPTIONS", "spark.token=s3cret")
    assert place() == "environment: HALLMARK_SPARK__OPTIONS"
    assert "s3cret" not in refusal()


def test_a_setting_says_where_it_was_given() -> None:
    assert load_settings(data="here").named_by("data") == "--data"
    assert load_settings().named_by("data") == "data"
    write_toml('data = "there"')
    assert load_settings().named_by("data") == f"{Path.cwd()}/hallmark.toml: data"


def test_an_address_for_alerts_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_ALERTS", '["https://hooks.example/s3cret"]')
    assert place() == "environment: HALLMARK_ALERTS"
    assert "s3cret" not in refusal()
