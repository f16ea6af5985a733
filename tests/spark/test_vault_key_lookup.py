"""How a long table is asked for the keys of a load: the rows that `=` finds, whatever type a key has on each side."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

KINDS = {"text": ("string", "string"), "bytes": ("binary", "binary"), "numbers": ("bigint", "bigint"),
         "text_and_number": ("string", "bigint"), "any_case": ("string collate utf8_lcase",) * 2}  # fmt: skip
KEYS: dict[str, tuple[list[Any], list[Any]]] = {
    "text": (["a", "b", "A", "", None, "ä"], ["a", "", None, "ä", "z"]),
    "bytes": ([b"a", b"\xff", b"", None], [b"\xff", b"", None, b"z"]),
    "numbers": ([1, -1, 0, None], [1, 0, None, 7]),
    "text_and_number": (["1", "01", "2", None], [1, None]),
    "any_case": (["a", "B", None], ["A", "b", None]),
}
FOUND = {
    "text": ["", "a", "ä"],
    "bytes": [b"", b"\xff"],
    "numbers": [0, 1],
    "text_and_number": ["01", "1"],
    "any_case": ["a", "B"],
}
HASHED = {"text", "bytes"}
_JOIN = "select held.* from {{{{ ref('held_{0}') }}}} as held join {{{{ ref('load_{0}') }}}} as loaded on "
MODELS = {
    **{kind: _JOIN.format(kind) + "{{ hallmark.keys_found('K', 'held', 'loaded') }}" for kind in KINDS},
    "pairs": _JOIN.format("pairs") + "{{ hallmark.keys_found(['K', 'L'], 'held', 'loaded') }}",
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    inputs = {"held_pairs": "K string, L string", "load_pairs": "K string, L string"}
    for kind, (held, loaded) in KINDS.items():
        inputs |= {f"held_{kind}": f"K {held}", f"load_{kind}": f"K {loaded}"}
    vault = VaultProject(spark, tmp_path_factory.mktemp("lookup"), MODELS, inputs, materialized="view")
    vault.load(
        held_pairs=[("a", "b"), ("a", "c"), ("b", "a"), ("a", None)], load_pairs=[("a", "b"), ("b", "a"), ("a", None)]
    )
    for kind, (held, loaded) in KEYS.items():
        vault.load(**{f"held_{kind}": [(key,) for key in held], f"load_{kind}": [(key,) for key in loaded]})
    vault.run(*MODELS)
    return vault


@pytest.mark.parametrize("kind", KINDS)
def test_keys_that_are_found(vault: VaultProject, kind: str) -> None:
    assert [key for (key,) in vault.rows(kind, "K")] == FOUND[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_only_texts_and_bytes_are_looked_up_by_their_hash(spark: SparkSession, vault: VaultProject, kind: str) -> None:
    plan = spark.sql(f"explain select * from {vault.schema}.{kind}").first()[0]
    assert "Join" in plan
    assert ("xxhash64" in plan) == (kind in HASHED)
    assert "NestedLoop" not in plan
    assert "Cartesian" not in plan


def test_keys_of_two_columns_agree_in_both(vault: VaultProject) -> None:
    assert vault.rows("pairs", "K", "L") == [("a", "b"), ("b", "a")]
