"""Hashes of keys and descriptions, as AutomateDV documents them, and the hardened form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

pytestmark = pytest.mark.compiled

INPUT = "A string, B string, C string, N int, D date, E string"
KEYS = {
    "one": "hallmark.hash('A', 'H')",
    "one_in_a_list": "hallmark.hash(['A'], 'H')",
    "two": "hallmark.hash(['A', 'B'], 'H')",
    "two_turned": "hallmark.hash(['B', 'A'], 'H')",
    "diff": "hallmark.hash(['B', 'A'], 'H', true)",
    "diff_of_one": "hallmark.hash(columns='A', alias='H', is_hashdiff=true)",
    "number": "hallmark.hash('N', 'H')",
    "date": "hallmark.hash(['D', 'N'], 'H')",
    "constant": "hallmark.hash(['A', \"!it's\"], 'H')",
    "expression": "hallmark.hash(\"concat(A, 'x')\", 'H')",
    "by_alias": """hallmark.hash([{'source_column': 'A', 'alias': 'z'}, 'B'], 'H', true)""",
}
MODELS = {f"hash_{name}": f"select N, {{{{ {call} }}}} from {{{{ ref('raw') }}}}" for name, call in KEYS.items()}
MODELS["odd"] = "select *, E as `odd name` from {{ ref('raw') }}"
MODELS["hash_odd"] = "select {{ hallmark.hash('odd name', 'order by') }} from {{ ref('odd') }}"
MODELS["hash_of_three"] = "select {{ hallmark.hash(['A', 'B', 'C'], 'H', true) }} from {{ ref('raw') }}"
MODELS["hash_nothing"] = "select {{ hallmark.hash([], 'H') }}"
MODELS["prefixed"] = """select {{ hallmark.prefix(['A', 'B', 'odd name'], 'r') }},
    {{ hallmark.prefix(['N'], 'r') }} from {{ ref('odd') }} r"""


BUILT: dict[str, dict[str, Any]] = {}  # the variables that a view was built with


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    project = VaultProject(spark, tmp_path_factory.mktemp("hashes"), MODELS, {"raw": INPUT}, materialized="view")
    project.load(raw=[])
    project.run("odd")
    return project


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def digest(vault: VaultProject, model: str, row: tuple[Any, ...], **variables: Any) -> Any:
    """The hash of one row of `raw`: A, B, C, N, D, E; nulls at the end may be left out."""
    vault.load(raw=[(*row, *[None] * (6 - len(row)))])
    if BUILT.get(model) != variables:  # a view reads what is there now, so it is built for other variables only
        answer = vault.command("run", "--select", model, "--vars", json.dumps(variables))
        assert answer.success, answer.result.results[0].message
        BUILT[model] = variables
    return vault.table(model).first()[-1]


@pytest.mark.parametrize(
    ("model", "row", "hashed"),
    [
        ("one", ("a",), "A"),
        ("one", ("  a \t",), "A \t"),
        ("one", ("1001",), "1001"),
        ("one", ("^^",), "^^"),
        ("one_in_a_list", ("a",), "A"),
        ("two", ("a", "b"), "A||B"),
        ("two_turned", ("a", "b"), "B||A"),
        ("two", ("a", None), "A||^^"),
        ("two", ("a", "  "), "A||^^"),
        ("two", (None, "b"), "^^||B"),
        ("diff", ("a", "b"), "A||B"),
        ("diff", (None, None), "^^||^^"),
        ("diff_of_one", (None,), "^^"),
        ("diff_of_one", ("a",), "A"),
        ("of_three", (None, None, None), "^^||^^||^^"),
        ("number", ("", "", "", 1001), "1001"),
        ("date", ("", "", "", 7, "2026-02-03"), "2026-02-03||7"),
        ("constant", ("a",), "A||IT'S"),
        ("expression", ("a",), "AX"),
        ("odd", ("", "", "", 1, None, "o"), "O"),
        ("by_alias", ("a", "b"), "B||A"),
    ],
)
def test_columns_are_hashed_as_documented(vault: VaultProject, model: str, row: tuple[Any, ...], hashed: str) -> None:
    assert digest(vault, f"hash_{model}", row) == md5(hashed)


@pytest.mark.parametrize(
    ("model", "row"),
    [("one", (None,)), ("one", (" ",)), ("one_in_a_list", (None,)), ("two", (None, "")), ("number", ())],
)
def test_a_key_of_nothing_is_null(vault: VaultProject, model: str, row: tuple[Any, ...]) -> None:
    assert digest(vault, f"hash_{model}", row) is None


def test_the_documented_hash_of_three_nulls(vault: VaultProject) -> None:
    assert digest(vault, "hash_of_three", ()) == "3C92E664B39D90428DBC94975B5DDA58"


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [("MD5", "md5"), ("md5", "md5"), ("SHA", "sha256"), ("sha", "sha256"), ("SHA-256", "sha256"), ("sha256", "sha256"),
     ("SHA1", "sha1"), ("sha-1", "sha1"), ("CRC32", "md5")],
)  # fmt: skip
def test_the_algorithm_is_a_variable(vault: VaultProject, name: str, algorithm: str) -> None:
    expected = hashlib.new(algorithm, b"A||B").hexdigest().upper()
    assert digest(vault, "hash_two", ("a", "b"), hash=name) == expected


@pytest.mark.parametrize("algorithm", ["MD5", "SHA1", "SHA"])
def test_native_hashes_are_binary(vault: VaultProject, algorithm: str) -> None:
    expected = hashlib.new({"SHA": "sha256"}.get(algorithm, algorithm), b"A||B").digest()
    found = digest(vault, "hash_two", ("a", "b"), hash=algorithm, enable_native_hashes=True)
    assert bytes(found) == expected
    assert digest(vault, "hash_two", (None, None), hash=algorithm, enable_native_hashes=True) is None


def test_the_other_name_of_native_hashes(vault: VaultProject) -> None:
    assert len(digest(vault, "hash_two", ("a", "b"), enable_native_hashing=True)) == 16


@pytest.mark.parametrize(
    ("variables", "row", "hashed"),
    [
        ({"hash_content_casing": "DISABLED"}, (" aB", "c"), "aB||c"),
        ({"hash_content_casing": "upper"}, (" aB", "c"), "AB||C"),
        ({"concat_string": "!!", "null_placeholder_string": "##"}, ("a", None), "A!!##"),
        ({"concat_string": "'", "null_placeholder_string": "\\"}, ("a", None), "A'\\"),
    ],
)
def test_casing_and_strings_are_variables(
    vault: VaultProject, variables: dict[str, str], row: tuple[Any, ...], hashed: str
) -> None:
    assert digest(vault, "hash_two", row, **variables) == md5(hashed)


def test_own_strings_know_a_key_of_nothing(vault: VaultProject) -> None:
    assert digest(vault, "hash_two", (None, ""), concat_string="!!", null_placeholder_string="##") is None


@pytest.mark.parametrize(
    ("model", "row", "hashed"),
    [
        ("one", ("ab ",), "2:AB"),
        ("two", ("a", "b"), "1:A1:B"),
        ("two", ("a||b", "c"), "4:A||B1:C"),
        ("two", ("ä", None), "2:Ä-"),
        ("two", ("a", ""), "1:A-"),
        ("diff", ("a", ""), "1:A0:"),
        ("diff", ("a", None), "1:A-"),
        ("diff", (None, None), "--"),
        ("diff_of_one", (None,), "-"),
        ("one", (None,), None),
        ("one", (" ",), None),
        ("two", (None, " "), None),
    ],
)
def test_hardened_hashes(vault: VaultProject, model: str, row: tuple[Any, ...], hashed: str | None) -> None:
    expected = hashlib.sha256(hashed.encode()).hexdigest().upper() if hashed else None
    assert digest(vault, f"hash_{model}", row, hash="SHA", hash_mode="hardened") == expected


@pytest.mark.parametrize(("one", "other"), [(("a||b", "c"), ("a", "b||c")), (("^^", "a"), (None, "a"))])
def test_delimiters_in_the_data_collide_unless_hardened(
    vault: VaultProject, one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    assert digest(vault, "hash_two", one) == digest(vault, "hash_two", other)
    hardened = {"hash_mode": "hardened"}
    assert digest(vault, "hash_two", one, **hardened) != digest(vault, "hash_two", other, **hardened)


@pytest.mark.parametrize(
    ("variables", "letter"),
    [
        ({"hash_mode": "hard"}, "the variable hash_mode in hash_two got: hard wanted: documented or hardened"),
        (
            {"hash_content_casing": "LOWER"},
            "hash_content_casing in hash_two got: LOWER wanted: UPPER or DISABLED",
        ),
        (
            {"hash": "CRC32", "hash_mode": "hardened"},
            "the variable hash in hash_two got: CRC32 wanted: MD5, SHA1 or SHA",
        ),
    ],
)
def test_settings_that_mean_nothing_are_letters(vault: VaultProject, variables: dict[str, str], letter: str) -> None:
    with pytest.raises(AssertionError) as failed:
        digest(vault, "hash_two", (), **variables)
    assert letter in " ".join(str(failed.value).split())


def test_a_hash_of_no_columns_is_a_letter(vault: VaultProject) -> None:
    assert "hash(columns) in hash_nothing" in vault.refusal("hash_nothing")


def test_names_get_a_prefix(vault: VaultProject) -> None:
    vault.load(raw=[("a", "b", None, 1, None, "o")])
    vault.run("prefixed")
    assert vault.rows("prefixed") == [("a", "b", "o", 1)]
