"""Hubs: one row a business key, as AutomateDV documents them."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

STAGED = "CUSTOMER_HK string, CUSTOMER_ID string, REGION string, LOAD_DATE timestamp, SOURCE string"
MODELS = {
    "hub_customer": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_ldts='LOAD_DATE',
                                       src_source='SOURCE', source_model='stg_customer') }}""",
    "hub_of_two": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_ldts='LOAD_DATE',
                                     src_source='SOURCE', source_model=['stg_customer', 'stg_other']) }}""",
    "hub_extra": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk=['CUSTOMER_ID'], src_extra_columns=['REGION'],
                                    src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stg_customer') }}""",
    "hub_odd": """{{ hallmark.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_IDD', src_ldts='LOAD_DATE',
                                  src_source='SOURCE', source_model='stg_customer') }}""",
}


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    inputs = {"stg_customer": STAGED, "stg_other": STAGED}
    return VaultProject(spark, tmp_path_factory.mktemp("hub"), MODELS, inputs)


def row(key: str, day: int = 1, source: str = "crm", region: str = "north") -> tuple[str | None, ...]:
    return (key.upper(), key, region, f"2026-01-{day:02}", source)


def keys(vault: VaultProject, model: str) -> list[tuple[str, ...]]:
    return vault.rows(model, "CUSTOMER_HK", "CUSTOMER_ID", "date_format(LOAD_DATE, 'd')", "SOURCE")


def test_a_second_load_adds_the_keys_that_are_new(vault: VaultProject) -> None:
    vault.load(stg_customer=[row("a"), row("a"), row("b")])
    vault.run("hub_customer", first=True)
    vault.load(stg_customer=[row("a", 2), row("c", 2)])
    vault.run("hub_customer")
    assert vault.table("hub_customer").columns == ["CUSTOMER_HK", "CUSTOMER_ID", "LOAD_DATE", "SOURCE"]


def test_a_column_that_the_source_lacks_is_a_letter(vault: VaultProject) -> None:
    vault.load(stg_customer=[row("a")])
    assert "hub(src_nk) in hub_odd" in vault.refusal("hub_odd")
