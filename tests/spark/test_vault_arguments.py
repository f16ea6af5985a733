"""Arguments that a macro does not have: a letter of the one model, while the others of its project are built."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

# macro: how often its own arguments are, at most
MACROS = {
    "stage": 6, "hub": 6, "link": 6, "t_link": 8, "nh_link": 8, "sat": 9, "eff_sat": 11, "ma_sat": 10, "xts": 6,
    "ref_table": 5, "sts": 6, "rts": 5, "pit": 8, "bridge": 8, "hash": 3,
    "as_of": 6, "effective_rows": 7, "snapshot_control": 8, "clean_up_pit": 1, "prefix": 2, "hash_key": 1,
    "hash_diff": 1,
}  # fmt: skip
MODELS = {
    **{f"odd_{macro}": f"{{{{ hallmark.{macro}(src_oddity='x') }}}}" for macro in MACROS},
    **{
        f"many_{macro}": f"{{{{ hallmark.{macro}({', '.join(['stg'] * most + ['5'])}) }}}}"
        for macro, most in MACROS.items()
    },
    "hub_customer": "{{ hallmark.hub(src_pk='HK', src_nk='ID', src_ldts='LOADED', src_source='SOURCE', "
    "source_model='stg') }}",
}


@pytest.fixture(scope="module")
def letters(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What dbt says of all models but the good one, which it has built in the same run."""
    inputs = {"stg": "HK string, ID string, LOADED timestamp, SOURCE string"}
    vault = VaultProject(spark, tmp_path_factory.mktemp("arguments"), MODELS, inputs)
    vault.load(stg=[("h", "1", "2026-01-01", "crm")])
    said = vault.refusal(*MODELS)
    assert vault.rows("hub_customer", "ID") == [("1",)]
    return " ".join(said.split())


@pytest.mark.parametrize("macro", MACROS)
def test_an_argument_that_a_macro_has_not(letters: str, macro: str) -> None:
    assert f"{macro}(src_oddity) in odd_{macro} got: x wanted: no argument of this name" in letters


@pytest.mark.parametrize("macro", MACROS)
def test_more_arguments_than_a_macro_has(letters: str, macro: str) -> None:
    assert f"{macro} in many_{macro} got: more arguments than it has: 5 wanted: those that it has" in letters
