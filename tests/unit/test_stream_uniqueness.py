"""A stream can't see that a value came before: who judges one is told so, by the names of the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.pipelines.platinum_layer import unchecked

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: telemetry.readings
version: 1.0.0
status: active
servers: [{server: landing, type: local, path: "*.csv", format: csv}]
schema:
  - name: readings
    quality: [{metric: duplicateValues, mustBe: 0, arguments: {properties: [gpu, at]}}]
    properties:
      - {name: id, logicalType: string, primaryKey: true}
      - {name: gpu, logicalType: string, unique: true}
      - {name: at, logicalType: string}
"""
TOLD = "a stream of readings can't see that a value came before: not checked: "


def compiled(folder: Path, text: str = CONTRACT, *, key_is_unique: bool = False) -> CompiledTable:
    file = folder / "readings.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0], key_is_unique=key_is_unique)


@pytest.mark.parametrize(
    ("key_is_unique", "named"),
    [
        (False, "unique of gpu; duplicateValues of gpu, at"),
        (True, "unique of gpu; duplicateValues of gpu, at; primaryKey of id"),
    ],
)
def test_each_rule_of_uniqueness_is_named(tmp_path: Path, key_is_unique: bool, named: str) -> None:
    assert compiled(tmp_path, key_is_unique=key_is_unique).unseen_in_a_stream == TOLD + named


def test_what_a_stream_can_check_is_kept(tmp_path: Path) -> None:
    table = compiled(tmp_path)
    assert [rule.name for rule in table.rules] == ["readable", "required", "unique", "duplicateValues"]
    left = table.without_uniqueness()
    assert ([rule.name for rule in left.rules], left.unseen_in_a_stream) == (["readable", "required"], "")


def test_the_scaling_stream_notes_what_it_does_not_check(tmp_path: Path) -> None:
    plain = CONTRACT.replace(", unique: true", "").replace("    quality: [", "    tags: [] #")
    assert unchecked([compiled(tmp_path), compiled(tmp_path, plain)]) == [
        f"platinum.scaling_signals: {TOLD}unique of gpu; duplicateValues of gpu, at (silver is)"
    ]
