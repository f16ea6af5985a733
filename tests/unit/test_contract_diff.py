"""`hallmark contract diff`: what it prints, its exit codes, and its letters; no Spark."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from calls import call

ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.2.0
status: active
servers: [{server: landing, type: local, path: "orders/*.csv", format: csv}]
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0}}
"""
NARROWED = ORDERS.replace("minimum: 0", "minimum: 1")
WIDENED = ORDERS.replace("minimum: 0", "minimum: -1")
BOUND = "schema.orders.amount.logicalTypeOptions.minimum: minimum 0 -> minimum"


pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def put(name: str, text: str) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return name


def diff(*arguments: str) -> tuple[int, str, str]:
    return call("contract", "diff", *arguments)


def of_files(new: str, version: str = "1.2.0") -> tuple[int, str, str]:
    return diff(put("old.odcs.yaml", ORDERS), put("new.odcs.yaml", new.replace("1.2.0", version)))


def test_a_breaking_change_without_a_major_bump_ends_with_2() -> None:
    assert of_files(NARROWED, "1.3.0") == (
        2,
        (
            "shop.orders 1.2.0 -> 1.3.0\n"
            f"  BREAKING rangeNarrowed  {BOUND} 1  (minimum, maximum, exclusive or not, multipleOf, maxLead: rows "
            "that were good are kept out)\n"
            "  WRONG: 1 breaking change without a major bump (demands major, made: minor); make it 2.0.0\n"
        ),
        "",
    )


def test_a_breaking_change_with_a_major_bump_is_fine() -> None:
    code, out, _ = of_files(NARROWED, "2.0.0")
    assert (code, out.splitlines()[-1]) == (0, "  ok: demands major, made: major")


def test_a_missing_minor_bump_is_a_warning() -> None:
    assert of_files(WIDENED, "1.2.1") == (
        0,
        (
            "shop.orders 1.2.0 -> 1.2.1\n"
            f"  minor    rangeWidened  {BOUND} -1  (values come that never came before)\n"
            "  warning: demands minor, made: patch; make it 1.3.0\n"
        ),
        "",
    )


def test_a_version_that_went_back_is_a_warning() -> None:
    assert of_files(ORDERS, "1.1.0")[:2] == (
        0,
        "shop.orders 1.2.0 -> 1.1.0\n  warning: the version went back (1.2.0 -> 1.1.0)\n",
    )


def test_a_version_alone_is_a_bump_that_nothing_demands() -> None:
    assert of_files(ORDERS, "1.2.1")[:2] == (0, "shop.orders 1.2.0 -> 1.2.1\n  ok: demands no bump, made: patch\n")


def test_no_difference_is_said_too() -> None:
    assert of_files(ORDERS) == (0, "1 contract without a difference\n", "")


def test_json_is_one_document_with_the_same_exit_code() -> None:
    put("old.odcs.yaml", ORDERS)
    put("new.odcs.yaml", NARROWED)
    code, out, err = diff("old.odcs.yaml", "new.odcs.yaml", "--json")
    assert (code, err) == (2, "")
    found = json.loads(out)
    assert found["broken"] is True
    (contract,) = found["contracts"]
    (change,) = contract.pop("changes")
    assert contract == {
        "id": "shop.orders", "old_version": "1.2.0", "new_version": "1.2.0", "demanded": "major", "made": "none",
        "enough": False, "broken": True,
    }  # fmt: skip
    assert {key: change[key] for key in ("kind", "path", "old", "new", "bump", "breaking")} == {
        "kind": "rangeNarrowed", "path": "schema.orders.amount.logicalTypeOptions.minimum", "old": "minimum 0",
        "new": "minimum 1", "bump": "major", "breaking": True,
    }  # fmt: skip


def test_folders_are_compared_by_id_whatever_the_files_are_called() -> None:
    put("old/a.odcs.yaml", ORDERS)
    put("old/gone.odcs.yaml", ORDERS.replace("shop.orders", "shop.gone"))
    put("old/same.odcs.yaml", ORDERS.replace("shop.orders", "shop.same"))
    put("new/deep/b.odcs.yaml", WIDENED.replace("1.2.0", "1.3.0"))
    put("new/come.odcs.yaml", ORDERS.replace("shop.orders", "shop.come"))
    put("new/same.odcs.yaml", ORDERS.replace("shop.orders", "shop.same"))
    code, out, _ = diff("old", "new")
    assert code == 2
    assert out.splitlines() == [
        "shop.come nothing -> 1.2.0",
        "  minor    contractAdded  shop.come: nothing -> 1.2.0  (only in the new folder: nobody relied on it yet)",
        "  ok",
        "shop.gone 1.2.0 -> nothing",
        "  BREAKING contractRemoved  shop.gone: 1.2.0 -> nothing  (only in the old folder: its consumers find nothing)",
        "  WRONG: retire it first (status: retired, with a major version), then remove it",
        "shop.orders 1.2.0 -> 1.3.0",
        f"  minor    rangeWidened  {BOUND} -1  (values come that never came before)",
        "  ok: demands minor, made: minor",
        "1 contract without a difference",
    ]


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [("HEAD~1:contracts/a.odcs.yaml", "contracts/a.odcs.yaml"), ("HEAD~1:contracts", "HEAD:contracts")],
)
def test_a_side_may_be_in_git(old: str, new: str) -> None:
    git("init")
    for text in (ORDERS, NARROWED.replace("1.2.0", "2.0.0")):
        put("contracts/a.odcs.yaml", text)
        git("add", ".")
        git("commit", "-m", "a contract")
    code, out, _ = diff(old, new)
    assert (code, out.splitlines()[0]) == (0, "shop.orders 1.2.0 -> 2.0.0")


def test_what_is_not_there_is_a_letter() -> None:
    assert diff(put("old.odcs.yaml", ORDERS), "nowhere.odcs.yaml") == (
        2,
        "",
        (
            "ContractError: no such file or folder\n"
            "  where: nowhere.odcs.yaml\n"
            "  do: or name one of a git revision: HEAD~1:contracts\n"
        ),
    )


def test_an_unknown_revision_is_a_letter_with_gits_own_words() -> None:
    git("init")
    code, out, err = diff("nope:a.odcs.yaml", put("new.odcs.yaml", ORDERS))
    assert (code, out) == (2, "")
    what, where, got, wanted = err.splitlines()
    assert what == "ContractError: no such file or folder, neither on disk nor in git"
    assert where == "  where: nope:a.odcs.yaml"
    assert re.match("  got: fatal: .*nope", got)
    assert wanted == "  wanted: a path, or <revision>:<path from the repository's root>"


def test_a_file_against_a_folder_is_a_letter() -> None:
    put("new/a.odcs.yaml", ORDERS)
    assert diff(put("old.odcs.yaml", ORDERS), "new") == (
        2,
        "",
        (
            "ContractError: a file can't be compared with a folder\n"
            "  where: old.odcs.yaml and new\n"
            "  got: a file and a folder\n"
        ),
    )


def test_a_folder_without_contracts_is_a_letter() -> None:
    put("old/a.odcs.yaml", ORDERS)
    Path("new").mkdir()
    code, _, err = diff("old", "new")
    assert (code, err) == (
        2,
        "ContractError: no contracts found\n  where: new\n  wanted: files named <table>.odcs.yaml\n",
    )


def test_an_id_that_is_twice_in_a_folder_is_a_letter() -> None:
    for name in ("old/a.odcs.yaml", "old/b.odcs.yaml", "new/a.odcs.yaml"):
        put(name, ORDERS)
    code, _, err = diff("old", "new")
    assert (code, err.splitlines()[:2]) == (
        2,
        ["ContractError: contract id 'shop.orders' is defined twice", "  where: old/b.odcs.yaml"],
    )


def test_a_file_that_is_no_contract_is_a_letter_with_file_and_line() -> None:
    code, _, err = of_files(ORDERS.replace("minimum", "minimun"))
    assert (code, err.splitlines()[0]) == (2, "ContractError: unknown key 'minimun'")
    assert "new.odcs.yaml:11" in err
