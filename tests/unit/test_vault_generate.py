"""`hallmark vault generate`: what it writes, what it keeps, and what it finds out of date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import calls
import pytest
import yaml
from calls import call

from hallmark.lakehouse.settings import PACKAGE_ROOT

CUSTOMERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.customers
version: 1.0.0
status: active
servers: [{server: landing, type: local, path: "c/*", format: json}]
schema:
  - name: customers
    properties:
      - {name: customer_id, logicalType: string, primaryKey: true}
      - {name: city, logicalType: string}
      - {name: full_name, logicalType: string, classification: personal}
"""
FILES = {
    "README.md", "_shop_customers.yml", "raw_vault/hub_customer.sql", "raw_vault/sat_customer.sql",
    "raw_vault/sat_customer_personal.sql", "staging/stg_shop__customers.sql",
}  # fmt: skip
SAT = "vault/shop_customers/raw_vault/sat_customer.sql"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with one contract in `contracts`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "customers.odcs.yaml").write_text(CUSTOMERS, encoding="utf-8")
    return tmp_path


def generated(*arguments: str) -> tuple[int, list[str], str]:
    code, out, err = call("vault", "generate", "contracts", "--out", "vault", *arguments)
    return code, out.splitlines(), err


def document(*arguments: str) -> Any:
    return calls.document("vault", "generate", "contracts", "--out", "vault", *arguments)


def change_contract(folder: Path, old: str = "name: city", new: str = "name: town") -> None:
    file = folder / "contracts" / "customers.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def edit(path: str, more: str = "-- mine\n") -> str:
    file = Path(path)
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def tree() -> dict[str, bytes]:
    return {
        str(file.relative_to("vault/shop_customers")): file.read_bytes()
        for file in Path("vault/shop_customers").rglob("*")
        if file.is_file()
    }


def test_a_contract_is_models_yml_and_a_page() -> None:
    code, out, err = generated()
    assert (code, err) == (0, "")
    assert tree().keys() == FILES
    assert out[0] == "created     vault/shop_customers/README.md"
    assert out[-1] == "3 tables, 0 files up to date in vault"
    assert Path(SAT).read_text(encoding="utf-8").splitlines()[2:] == [
        "{{ hallmark.sat(",
        "    src_pk='customer_hk',",
        "    src_hashdiff='customer_hashdiff',",
        "    src_payload=['city'],",
        "    src_ldts='load_date',",
        "    src_source='record_source',",
        "    source_model='stg_shop__customers',",
        ") }}",
    ]
    models = yaml.safe_load(Path("vault/shop_customers/_shop_customers.yml").read_text(encoding="utf-8"))["models"]
    assert [model["name"] for model in models] == [
        "stg_shop__customers", "hub_customer", "sat_customer", "sat_customer_personal",
    ]  # fmt: skip
    assert [[*test] for test in models[2]["data_tests"]] == [
        ["hallmark.vault_no_orphans"],
        ["hallmark.vault_hashdiff_covers"],
        ["hallmark.vault_no_unchanged_rows"],
        ["hallmark.vault_one_ghost"],
    ]
    page = Path("vault/shop_customers/README.md").read_text(encoding="utf-8")
    assert "| `sat_customer_personal` | satellite, personal | `customer_hk` | full\\_name |" in page


def test_twice_is_once() -> None:
    generated()
    before = tree()
    found = document()
    assert (found["created"], found["changed"], found["removed"], found["up_to_date"]) == ([], [], [], len(FILES))
    assert tree() == before
    assert generated("--check")[0] == 0


def test_a_check_writes_nothing(folder: Path) -> None:
    code, out, _ = generated("--check")
    assert (code, (folder / "vault").exists()) == (1, False)
    assert out[0] == "missing     vault/shop_customers/README.md"
    assert out[-1] == "do: hallmark vault generate with the same arguments, without --check"


def test_files_that_nobody_edited_follow_the_contract(folder: Path) -> None:
    generated()
    change_contract(folder)
    assert generated("--check")[0] == 1
    assert "shop_customers/raw_vault/sat_customer.sql" in document("--check")["differing"]
    assert document()["changed"] == [
        "shop_customers/README.md",
        "shop_customers/_shop_customers.yml",
        "shop_customers/raw_vault/sat_customer.sql",
        "shop_customers/staging/stg_shop__customers.sql",
    ]
    assert "src_payload=['town']" in Path(SAT).read_text(encoding="utf-8")
    assert generated("--check")[0] == 0


def test_line_endings_are_no_edit(folder: Path) -> None:
    generated()
    Path(SAT).write_bytes(Path(SAT).read_bytes().replace(b"\n", b"\r\n"))
    assert document("--check")["differing"] == []
    change_contract(folder)
    generated()
    assert "src_payload=['town']" in Path(SAT).read_text(encoding="utf-8")


def test_an_edited_file_is_kept_and_is_no_drift_while_its_contract_says_the_same() -> None:
    generated()
    text = edit(SAT)
    code, out, _ = generated()
    assert code == 0
    assert f"kept        {SAT}: edited" in out
    assert Path(SAT).read_text(encoding="utf-8") == text
    code, out, _ = generated("--check")
    assert code == 0
    assert f"kept        {SAT}: edited" in out


def test_an_edited_file_whose_contract_has_changed_is_kept_and_named(folder: Path) -> None:
    generated()
    text = edit(SAT)
    change_contract(folder)
    code, out, _ = generated()
    assert code == 0
    (kept,) = document()["kept"]["behind"]
    assert kept["file"] == "shop_customers/raw_vault/sat_customer.sql"
    assert (
        f"kept        {SAT}: edited, and its contract says something else now (fingerprint {kept['fingerprint']})"
        in out
    )
    assert out[-1].startswith("do: mend the edited files by hand and put the fingerprint into their first line")
    assert Path(SAT).read_text(encoding="utf-8") == text
    assert generated("--check")[0] == 1
    head, _, body = text.partition("\n")
    head = head.replace(head.partition("fingerprint ")[2][:16], kept["fingerprint"])
    Path(SAT).write_text(f"{head}\n{body.replace('city', 'town')}", encoding="utf-8")
    assert generated("--check")[0] == 0  # mended by hand, as the line says


def test_force_writes_over_edited_files() -> None:
    generated()
    before = tree()
    edit(SAT)
    Path("vault/shop_customers/README.md").write_text("# Mine\n", encoding="utf-8")
    code, out, _ = generated("--force")
    assert code == 0
    assert f"overwritten {SAT}: edited" in out
    assert "overwritten vault/shop_customers/README.md: not written by this command" in out
    assert tree() == before


def test_a_file_without_our_first_line_is_kept() -> None:
    generated()
    Path(SAT).write_text("select 1\n", encoding="utf-8")
    code, out, _ = generated()
    assert code == 0
    assert f"kept        {SAT}: not written by this command" in out
    assert Path(SAT).read_text(encoding="utf-8") == "select 1\n"
    assert generated("--check")[0] == 1


def test_what_is_no_part_any_more_is_removed_unless_it_was_edited(folder: Path) -> None:
    generated()
    other = Path("vault/shop_customers/raw_vault/mine.sql")
    other.write_text("select 1\n", encoding="utf-8")
    change_contract(folder, "classification: personal", "classification: internal")
    assert document("--check")["superfluous"] == ["shop_customers/raw_vault/sat_customer_personal.sql"]
    change_contract(folder, "classification: internal", "classification: personal")
    edit("vault/shop_customers/raw_vault/sat_customer_personal.sql")
    change_contract(folder, "classification: personal", "classification: internal")
    found = document()
    assert (found["removed"], found["left"]) == ([], ["shop_customers/raw_vault/sat_customer_personal.sql"])
    assert generated("--check")[0] == 1
    Path("vault/shop_customers/raw_vault/sat_customer_personal.sql").unlink()
    assert generated("--check")[0] == 0
    assert other.read_text(encoding="utf-8") == "select 1\n"


def test_another_contract_s_files_are_left_alone(folder: Path) -> None:
    generated()
    before = tree()
    text = CUSTOMERS.replace("shop.customers", "shop.shops").replace("customers", "shops")
    (folder / "shops.odcs.yaml").write_text(text, encoding="utf-8")
    assert call("vault", "generate", "shops.odcs.yaml", "--out", "vault")[0] == 0
    assert tree() == before


def test_a_model_that_the_project_has_already_is_a_letter(folder: Path) -> None:
    (folder / "dbt_project.yml").write_text("{name: mine, model-paths: [models]}", encoding="utf-8")
    (folder / "models").mkdir()
    (folder / "models" / "hub_customer.sql").write_text("select 1", encoding="utf-8")
    code, out, err = call("vault", "generate", "contracts", "--out", "models/generated")
    assert (code, out) == (2, "")
    assert err == (
        "SettingsError: the dbt project has a model 'hub_customer' already\n"
        f"  where: {folder}/models/hub_customer.sql\n"
        "  got: the same of contract shop.customers\n"
        "  wanted: each name once in a dbt project\n"
        "  do: generate other contracts, put a prefix before all names (--prefix), or remove that model\n"
    )
    assert call("vault", "generate", "contracts", "--out", "models/generated", "--prefix", "x_")[0] == 0
    assert (folder / "models/generated/shop_customers/raw_vault/x_hub_customer.sql").is_file()


def test_variables_that_the_project_should_set_are_told(folder: Path) -> None:
    project = folder / "dbt_project.yml"
    project.write_text("{name: mine, vars: {mine: {hash_mode: hardened}}}", encoding="utf-8")
    assert document()["notes"] == [f"set the variable hash_content_casing: disabled in {project} before the first load"]
    project.write_text("{name: mine, vars: {hash_mode: hardened, hash_content_casing: disabled}}", encoding="utf-8")
    assert document()["notes"] == []


def test_a_prefix_that_is_no_name_is_a_letter() -> None:
    code, _, err = generated("--prefix", "x y")
    assert (code, err.splitlines()[0]) == (2, "SettingsError: not a prefix of names")


def test_a_contract_without_a_key_is_a_letter(folder: Path) -> None:
    change_contract(folder, ", primaryKey: true", "")
    code, _, err = generated()
    assert (code, err.splitlines()[0]) == (
        2, "ContractError: a table without a primary key has no business key, and no hub",
    )  # fmt: skip


def test_a_folder_that_cannot_be_written_is_a_letter(folder: Path) -> None:
    (folder / "vault").write_text("", encoding="utf-8")
    code, _, err = generated()
    assert (code, err.splitlines()[0]) == (2, "SettingsError: the folder can't be written")


def test_the_default_folder_is_in_the_dbt_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_DBT_PROJECT", str(folder / "project"))
    monkeypatch.setenv("HALLMARK_CONTRACTS", str(folder / "contracts"))
    assert call("vault", "generate")[0] == 0
    assert (folder / "project/models/generated/shop_customers/raw_vault/hub_customer.sql").is_file()


def test_the_committed_example_is_what_the_shipped_contract_says() -> None:
    contract, folder = PACKAGE_ROOT / "contracts" / "shop", PACKAGE_ROOT / "docs" / "vault" / "example"
    found = calls.document("vault", "generate", contract, "--out", folder, "--check")
    assert (found["missing"], found["differing"], found["superfluous"]) == ([], [], []), (
        "run: hallmark vault generate contracts/shop --out docs/vault/example"
    )
    assert found["kept"] == {"edited": [], "behind": [], "not_ours": []}
    assert found["up_to_date"] == 13


def test_every_shipped_contract_has_a_vault() -> None:
    found = calls.document("vault", "generate", PACKAGE_ROOT / "contracts", "--out", "all")
    assert found["tables"] > 25
    assert calls.document("vault", "generate", PACKAGE_ROOT / "contracts", "--out", "all", "--check")["missing"] == []
