"""`hallmark contract compile`: what it writes, what it finds out of date, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import calls
import pytest
from calls import call
from everything import everything

from hallmark.contracts.exports.kinds import KINDS
from hallmark.contracts.exports.words import MARK
from hallmark.lakehouse.settings import PACKAGE_ROOT

FILES = {
    "README.md", "index.html", "sales.orders.dbt.yml", "sales.orders.gx.json", "sales.orders.html", "sales.orders.md",
    "sales.orders.sql", "sales_orders_pandera.py",
}  # fmt: skip
OTHER = """\
apiVersion: v3.1.0
kind: DataContract
id: sales.shops
version: 1.0.0
status: active
servers: [{server: broker, type: kafka, host: "example.org", format: json}]
schema: [{name: shops, properties: [{name: host, logicalType: string, primaryKey: true}]}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with one contract in `contracts`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contracts").mkdir()
    everything(tmp_path / "contracts")
    return tmp_path


def compiled(*arguments: str) -> tuple[int, str, str]:
    return call("contract", "compile", *arguments)


def document(*arguments: str) -> Any:
    return calls.document("contract", "compile", *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "contracts" / "orders.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_folder_of_contracts_is_written_with_an_index(folder: Path) -> None:
    code, out, err = compiled("contracts", "--out", "out")
    assert (code, err) == (0, "")
    assert contents(folder / "out").keys() == FILES
    assert out.splitlines()[0] == (
        "warning     sales.orders: encryptedName of email is documented: its protection is none"
    )
    assert out.splitlines()[1] == "created     out/README.md"
    assert out.splitlines()[-1] == "1 contract, 0 files up to date in out"


def test_without_a_path_all_contracts_of_the_settings_are_compiled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLMARK_CONTRACTS", "contracts")
    assert compiled()[0] == 0
    assert contents(folder / "compiled").keys() == FILES


def test_the_same_contracts_give_the_same_bytes(folder: Path) -> None:
    compiled("contracts", "--out", "out")
    before = contents(folder / "out")
    found = document("contracts", "--out", "out")
    assert (found["created"], found["changed"], found["removed"], found["up_to_date"]) == ([], [], [], len(FILES))
    compiled(str(folder / "contracts"), "--out", str(folder / "elsewhere"))
    assert contents(folder / "out") == before == contents(folder / "elsewhere")


def test_a_check_writes_nothing(folder: Path) -> None:
    code, out, _ = compiled("contracts", "--out", "out", "--check", "--only", "ddl")
    assert (code, (folder / "out").exists()) == (1, False)
    assert out.splitlines()[1:] == [
        "missing     out/sales.orders.sql",
        "1 contract, 0 files up to date in out",
        "do: hallmark contract compile with the same arguments, without --check",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_finds_a_field_that_was_changed(folder: Path, kind: str) -> None:
    call = ("contracts/orders.odcs.yaml", "--out", "out", "--only", kind)
    compiled(*call)
    assert compiled(*call, "--check")[0] == 0
    change(folder, "exclusiveMaximum: 100}", "exclusiveMaximum: 101}")
    assert compiled(*call, "--check")[0] == 1
    assert len(document(*call, "--check")["differing"]) == 1
    assert len(document(*call)["changed"]) == 1
    assert compiled(*call, "--check")[0] == 0


def test_what_a_contract_that_is_gone_left_is_superfluous(folder: Path) -> None:
    other = folder / "contracts" / "shops.odcs.yaml"
    other.write_text(OTHER, encoding="utf-8")
    call = ("contracts", "--out", "out", "--only", "ddl,gx,html")
    assert compiled(*call)[0] == 0
    own = folder / "out" / "mine.sql"
    own.write_text("select 1", encoding="utf-8")
    other.unlink()
    code, out, _ = compiled(*call, "--check")
    gone = ["sales.shops.gx.json", "sales.shops.html", "sales.shops.sql"]
    assert (code, [line for line in out.splitlines() if line.startswith("superfluous")]) == (
        1, [f"superfluous out/{name}" for name in gone],
    )  # fmt: skip
    assert document(*call)["removed"] == gone
    assert own.read_text(encoding="utf-8") == "select 1"
    assert compiled(*call, "--check")[0] == 0


def test_one_file_of_many_makes_nothing_superfluous(folder: Path) -> None:
    other = folder / "contracts" / "shops.odcs.yaml"
    other.write_text(OTHER, encoding="utf-8")
    compiled("contracts", "--out", "out")
    before = contents(folder / "out")
    assert compiled("contracts/shops.odcs.yaml", "--out", "out")[0] == 0
    assert contents(folder / "out") == before


def test_a_file_of_somebody_else_is_not_written_over(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "README.md").write_text("# Mine\n", encoding="utf-8")
    code, out, err = compiled("contracts", "--out", "out")
    assert (code, out) == (2, "")
    assert err == (
        "SettingsError: a file is in the way that this command did not write\n"
        "  where: out/README.md\n"
        f"  wanted: a file that says: {MARK}\n"
        "  do: move it, or name another folder with --out\n"
    )
    assert contents(folder / "out").keys() == {"README.md"}


def test_an_unknown_kind_is_a_mistake_of_the_call() -> None:
    code, _, err = compiled("contracts", "--only", "ddl,markdwn")
    assert code == 2
    assert err == (
        "SettingsError: no such export\n  where: --only\n  got: markdwn\n"
        "  wanted: ddl, dbt, gx, markdown, html, pandera\n  do: did you mean 'markdown'?\n"
    )


def test_two_contracts_of_one_name_are_refused(folder: Path) -> None:
    text = OTHER.replace("sales.shops", "sales.Orders").replace("name: shops", "name: orders")
    (folder / "contracts" / "shops.odcs.yaml").write_text(text, encoding="utf-8")
    code, _, err = compiled("contracts", "--only", "ddl")
    assert code == 2
    assert "two contracts would be written to the same file" in err
    assert "give one another id" in err


def test_a_contract_that_is_none_is_a_letter(folder: Path) -> None:
    change(folder, "logicalType: boolean", "logicalType: bool")
    code, _, err = compiled("contracts")
    assert (code, err.splitlines()[0]) == (2, "ContractError: not a valid ODCS v3.1 contract")


def test_a_file_in_place_of_the_folder_is_a_letter(folder: Path) -> None:
    (folder / "out").write_text("", encoding="utf-8")
    code, _, err = compiled("contracts", "--out", "out")
    assert (code, err.splitlines()[0]) == (2, "SettingsError: the folder can't be written")


def test_the_committed_pages_are_what_the_shipped_contracts_say() -> None:
    folder = PACKAGE_ROOT / "docs" / "contracts"
    found = document(str(PACKAGE_ROOT / "contracts"), "--out", str(folder), "--only", "markdown", "--check")
    assert (found["missing"], found["differing"], found["superfluous"]) == ([], [], []), "run: make contract-pages"
    assert found["up_to_date"] == found["contracts"] + 1
