"""Whether a run can build the dbt project, by its files alone."""

from __future__ import annotations

import pytest

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import Table
from hallmark.pipelines.dbt_project import dbt_sources, hash_settings, refuse_unfit
from hallmark.pipelines.execute import dry_run
from hallmark.pipelines.project import Project

OTHERS = "sources: [{name: silver, tables: [{name: people}]}, {name: own, tables: [{name: notes}]}]\n"


def test_a_folder_that_is_no_dbt_project_is_a_letter_before_anything_is_read(shop: Project) -> None:
    (shop.settings.dbt_project / "dbt_project.yml").unlink()
    with pytest.raises(SettingsError) as letter:
        dry_run(shop, ["bronze", "silver"])
    assert str(letter.value) == (
        "SettingsError: there is no dbt project\n"
        "  where: HALLMARK_DBT_PROJECT\n"
        f"  got: {shop.settings.dbt_project}\n"
        "  wanted: a folder with a dbt_project.yml; without models in it silver's tables are all that is built\n"
        "  do: HALLMARK_DBT_PROJECT=FOLDER; --until bronze needs none"
    )


def test_bronze_alone_needs_no_dbt_project(shop: Project) -> None:
    (shop.settings.dbt_project / "dbt_project.yml").unlink()
    assert [work.target for work in dry_run(shop, ["bronze"]).work] == ["bronze.orders"]


def test_tables_that_no_contract_makes_are_a_letter(shop: Project) -> None:
    (shop.settings.dbt_project / "models" / "_others.yml").write_text(OTHERS)
    with pytest.raises(SettingsError) as letter:
        dry_run(shop, ["bronze", "silver"])
    assert str(letter.value) == (
        "SettingsError: the dbt project reads tables that no contract makes\n"
        f"  where: {shop.settings.dbt_project}\n"
        "  got: silver.people\n"
        "  do: add their contracts to the folder of contracts, or name a dbt project of your own: "
        "HALLMARK_DBT_PROJECT; one without models builds silver's tables alone, and --until bronze needs none"
    )


def test_a_project_without_models_is_fit(shop: Project) -> None:
    (shop.settings.dbt_project / "models" / "_sources.yml").unlink()
    refuse_unfit(shop)
    assert dbt_sources(shop) == []


def test_sources_are_read_from_every_yml_file_and_what_is_none_is_left_to_dbt(shop: Project) -> None:
    (shop.settings.dbt_project / "models" / "_others.yml").write_text(OTHERS)
    (shop.settings.dbt_project / "models" / "odd.yml").write_text("{")
    assert dbt_sources(shop) == [Table("silver", "people"), Table("own", "notes"), Table("silver", "orders")]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ("", "{}"),
        ("vars: {hash: sha, other: 1}\n", '{"hash": "sha"}'),
        ("vars: {hash_mode: hardened, shop: {hash_mode: documented, enable_native_hashes: true}}\n",
         '{"enable_native_hashes": "True", "hash_mode": "documented"}'),
        ("vars: {else: {hash: sha}}\n", "{}"),
        ("vars: [hash]\n", "{}"),
        ("vars: {\n", "{}"),
    ],
)  # fmt: skip
def test_the_settings_of_hashes_are_those_that_dbt_takes(shop: Project, variables: str, found: str) -> None:
    (shop.settings.dbt_project / "dbt_project.yml").write_text(f"name: shop\n{variables}")
    assert hash_settings(shop) == found
