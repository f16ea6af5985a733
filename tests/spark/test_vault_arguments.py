"""Arguments that a macro does not have, or that are no columns: a letter of the one model, while others are built."""

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
BAD = "{'alias': 'A'}"  # no source_column
LOADED = "src_ldts='LOADED', src_source='SOURCE', source_model='stg'"
KEYS = f"src_pk='HK', {LOADED}"
SAT = f"{KEYS}, src_hashdiff='ID', src_payload='ID'"
EFF = f"{KEYS}, src_dfk='ID', src_sfk='ID', src_start_date='LOADED', src_end_date='LOADED'"
PIT = "source_model='stg', as_of_dates_table='stg', stage_tables_ldts={'stg': 'LOADED'}, src_pk='HK'"
# a model: its call, with BAD as the argument that its letter names
NO_COLUMNS = {
    "hub_src_pk": f"hub(src_pk=['HK', BAD], src_nk='ID', {LOADED})",
    "hub_src_extra_columns": f"hub(src_nk='ID', src_extra_columns=BAD, {KEYS})",
    "link_src_fk": f"link(src_fk=['ID', BAD], {KEYS})",
    "t_link_src_payload": f"t_link(src_fk='ID', src_payload=BAD, {KEYS})",
    "nh_link_src_eff": f"nh_link(src_fk='ID', src_eff=BAD, {KEYS})",
    "sat_src_eff": f"sat(src_eff=BAD, {SAT})",
    "sat_src_order": f"sat(src_order=BAD, {SAT})",
    "sat_src_payload": f"sat('HK', 'ID', {{'exclude_columns': true, 'columns': [BAD]}}, {LOADED})",
    "ma_sat_src_cdk": f"ma_sat(src_cdk=BAD, {SAT})",
    "eff_sat_src_eff": f"eff_sat(src_eff=BAD, {EFF})",
    "eff_sat_src_order": f"eff_sat(src_eff='LOADED', src_order=BAD, {EFF})",
    "xts_src_extra_columns": f"xts(src_satellite={{'S': {{'sat_name': {{'N': 'ID'}}, 'hashdiff': {{'H': 'ID'}}}}}}, "
    f"src_extra_columns=BAD, {KEYS})",
    "ref_table_src_extra_columns": f"ref_table(src_extra_columns=BAD, {KEYS})",
    "sts_src_status": f"sts(src_status=BAD, {KEYS})",
    "rts_src_extra_columns": f"rts(src_extra_columns=BAD, {KEYS})",
    "pit_src_ldts": f"pit(src_ldts=BAD, satellites={{'stg': 1}}, {PIT})",
    "bridge_src_ldts": f"bridge(src_ldts=BAD, bridge_walk={{'stg': 1}}, {PIT})",
    "as_of_src_pk": "as_of(source_model='stg', src_pk=BAD, satellites={'stg': 1}, src_ldts='LOADED')",
    "effective_rows_src_eff": "effective_rows(model='stg', src_pk='HK', src_dfk='ID', "
    "src_start_date='LOADED', src_end_date='LOADED', src_eff=BAD, src_order='ID')",
    "hash_columns": "hash(columns=['ID', BAD], alias='H')",
    "hash_key_columns": "hash_key(BAD)",
    "hash_diff_columns": "hash_diff(BAD)",
    "prefix_columns": "prefix(BAD, 'x')",
}
STAGED = {
    "null_columns.required": "null_columns={'required': BAD}",
    "hashed_columns.H": "hashed_columns={'H': ['ID', BAD]}",
    "hashed_columns.D": "hashed_columns={'D': {'is_hashdiff': true, 'columns': BAD}}",
    "ranked_columns.R": "ranked_columns={'R': {'partition_by': BAD, 'order_by': 'ID'}}",
}
MODELS = {
    **{f"odd_{macro}": f"{{{{ hallmark.{macro}(src_oddity='x') }}}}" for macro in MACROS},
    **{
        f"many_{macro}": f"{{{{ hallmark.{macro}({', '.join(['stg'] * most + ['5'])}) }}}}"
        for macro, most in MACROS.items()
    },
    **{f"bad_{name}": f"{{{{ hallmark.{call.replace('BAD', BAD)} }}}}" for name, call in NO_COLUMNS.items()},
    **{
        f"bad_{place.replace('.', '_')}": f"{{{{ hallmark.stage(source_model='stg', {value.replace('BAD', BAD)}) }}}}"
        for place, value in STAGED.items()
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


@pytest.mark.parametrize("name", NO_COLUMNS)
def test_a_dictionary_that_is_no_column_names_macro_argument_and_model(letters: str, name: str) -> None:
    macro = NO_COLUMNS[name].partition("(")[0]
    assert (
        f"{macro}({name.removeprefix(macro)[1:]}) in bad_{name} got: a dictionary without source_column: {BAD} "
        "wanted: a name, a list of names, or a dictionary with source_column and alias"
    ) in letters


@pytest.mark.parametrize("place", STAGED)
def test_a_dictionary_that_is_no_column_of_a_stage(letters: str, place: str) -> None:
    model = f"bad_{place.replace('.', '_')}"
    assert f"stage({place}) in {model} got: a dictionary without source_column: {BAD}" in letters
