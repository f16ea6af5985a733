"""A large table is asked for the load's keys only; its rows come out the same."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from vault_loads import Case, Cases, Load, day
from vaults import VaultProject

STAGED = "HK string, FK string, DIFF string, NAME string, LOAD_DATE timestamp, SOURCE string"
REST = "src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg'"
RENAMED = "{'source_column': 'HK', 'alias': 'KEY'}"
TRACKED = "{'s': {'sat_name': {'SATELLITE_NAME': 'NAME'}, 'hashdiff': {'HASHDIFF': 'DIFF'}}}"
MODELS = {
    "hub": f"{{{{ hallmark.hub(src_pk={RENAMED}, src_nk='NAME', {REST}) }}}}",
    "hub_of_two": f"{{{{ hallmark.hub(src_pk=['HK', 'FK'], src_nk='NAME', {REST}) }}}}",
    "link": f"{{{{ hallmark.link(src_pk='HK', src_fk='FK', {REST}) }}}}",
    "t_link": f"{{{{ hallmark.t_link(src_pk='HK', src_fk='FK', src_payload='NAME', {REST}) }}}}",
    "ref": "{{ hallmark.ref_table(src_pk='HK', src_extra_columns='NAME', source_model='stg') }}",
    "rts": f"{{{{ hallmark.rts(src_pk='HK', {REST}) }}}}",
    "xts": f"{{{{ hallmark.xts(src_pk='HK', src_satellite={TRACKED}, {REST}) }}}}",
}


def staged(*keys: str, at: int = 1, name: str = "n", diff: str = "d") -> Load:
    return {"stg": [(key, "F", diff, name, day(at), "crm") for key in keys]}


CASES: dict[str, Case] = {
    "hub": ("hub", [staged("A"), staged("A", "B", at=2)], [("A", "n", 1, "crm"), ("B", "n", 2, "crm")]),
    "hub of two columns": (
        "hub_of_two",
        [staged("A"), staged("A", "B", at=2)],
        [("A", "F", "n", 1, "crm"), ("B", "F", "n", 2, "crm")],
    ),
    "link": ("link", [staged("A"), staged("A", "B", at=2)], [("A", "F", 1, "crm"), ("B", "F", 2, "crm")]),
    "t_link": (
        "t_link",
        [staged("A"), staged("A", "B", at=2, name="o")],
        [("A", "F", "n", 1, "crm"), ("B", "F", "o", 2, "crm")],
    ),
    "ref_table": ("ref", [staged("A"), staged("A", "B", name="o")], [("A", "n"), ("B", "o")]),
    "rts": ("rts", [staged("A"), staged("A"), staged("A", at=2)], [("A", 1, "crm"), ("A", 2, "crm")]),
    "xts": (
        "xts",
        [staged("A"), staged("A"), staged("A", at=2), staged("A", "B", diff="e")],
        [("A", "d", "n", 1, "crm"), ("A", "d", "n", 2, "crm"), ("A", "e", "n", 1, "crm"), ("B", "e", "n", 1, "crm")],
    ),
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("large")
    return VaultProject(spark, folder, MODELS, {"stg": STAGED}, variables={"vault_large_table": 0})


@pytest.mark.parametrize("case", CASES)
def test_rows_of_a_large_table(vault: VaultProject, case: str) -> None:
    assert Cases(vault, CASES).rows(case) == CASES[case][2]
    compiled = next((vault.folder / "target" / "compiled").rglob(f"{CASES[case][0]}.sql")).read_text()
    assert "left semi join" in compiled
