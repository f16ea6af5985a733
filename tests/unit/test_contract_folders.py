"""Contracts of a folder: all of them by id, and no id and no table twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_files import AMOUNT, CDC, Write

from hallmark.contracts.loader import load_contracts
from hallmark.lakehouse.errors import ContractError


def test_contracts_come_by_id_from_any_depth(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "deep").mkdir()
    write(("id: shop.orders", "id: a.items"), ("- name: orders", "- name: items"), name="deep/items")
    assert [contract.id for contract in load_contracts(tmp_path)] == ["a.items", "shop.orders"]


def test_other_files_are_no_contracts(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "notes.yaml").write_text("id: 7")
    assert len(load_contracts(tmp_path)) == 1


@pytest.mark.parametrize("folder", ["", "gone"])
def test_a_folder_without_contracts_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path / folder)
    assert str(letter.value) == (
        "ContractError: no contracts found\n"
        f"  where: {tmp_path / folder}\n"
        "  wanted: files named <table>.odcs.yaml\n"
        "  do: name another folder with HALLMARK_CONTRACTS"
    )


def test_one_id_in_two_files_is_refused(write: Write, tmp_path: Path) -> None:
    first, second = write(name="a"), write(("- name: orders", "- name: items"), name="b")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        "ContractError: contract id 'shop.orders' is defined twice\n"
        f"  where: {second}\n"
        f"  got: also in {first}\n"
        "  do: rename one"
    )


@pytest.mark.parametrize(
    ("edits", "table"),
    [
        ([("id: shop.orders", "id: web.orders")], "bronze.orders"),
        ([("id: shop.orders", "id: web.orders"), ("- name: orders", "- name: Orders")], "bronze.orders"),
        ([("id: shop.orders", "id: web.orders"), *CDC], "bronze.orders"),
        ([("id: shop.orders", "id: web.changes"), *CDC], "silver.orders"),
    ],
)
def test_one_table_in_two_files_is_refused(
    write: Write, tmp_path: Path, edits: list[tuple[str, str]], table: str
) -> None:
    first, second = write(name="a"), write(*edits, name="b")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        f"ContractError: table '{table}' is defined twice\n  where: {second}\n  got: also in {first}\n  do: rename one"
    )


def test_two_streams_of_one_name_are_refused(write: Write, tmp_path: Path) -> None:
    write(*CDC[:1], name="a")
    write(*CDC[:1], ("id: shop.orders", "id: web.orders"), ("- name: orders", "- name: items"), name="b")
    with pytest.raises(ContractError, match=r"table 'bronze\.orders' is defined twice"):
        load_contracts(tmp_path)


def test_a_stream_may_have_the_name_of_its_table(write: Write, tmp_path: Path) -> None:
    write(*CDC)
    assert [contract.bronze_name for contract in load_contracts(tmp_path)] == ["orders"]


def test_a_stream_named_like_the_changes_of_its_table_is_refused(write: Write, tmp_path: Path) -> None:
    """Their broken rows would go to one quarantine table under one progress, and half of them would be skipped."""
    write(*CDC, ("id: shop.orders", "id: shop.orders_changes"))
    with pytest.raises(ContractError, match=r"table 'quarantine\.orders_changes' is defined twice"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("kind", ["changes", "history"])
def test_a_table_that_a_stream_makes_too_is_refused(write: Write, tmp_path: Path, kind: str) -> None:
    write(*CDC, ("id: shop.orders", "id: shop.stream"), name="stream")
    write(("id: shop.orders", "id: shop.other"), ("- name: orders", f"- name: orders_{kind}"), name="other")
    with pytest.raises(ContractError, match=rf"table 'silver\.orders_{kind}' is defined twice"):
        load_contracts(tmp_path)


def test_a_table_twice_in_one_stream_is_refused(write: Write, tmp_path: Path) -> None:
    again = "  - name: orders\n    physicalName: shop.orders\n    properties: [{name: order_id, primaryKey: true}]"
    write(*CDC, ("id: shop.orders", "id: shop.changes"), (AMOUNT, f"{AMOUNT}\n{again}"))
    with pytest.raises(ContractError, match=r"table 'silver\.orders' is defined twice"):
        load_contracts(tmp_path)


def test_a_contract_under_a_name_that_is_not_read_is_told(write: Write, tmp_path: Path) -> None:
    file = write()
    (tmp_path / "pets.yaml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ContractError) as letter:
        load_contracts(tmp_path)
    assert str(letter.value) == (
        "ContractError: a contract file has a name that is not read\n"
        f"  where: {tmp_path / 'pets.yaml'}\n"
        "  wanted: a name that ends in .odcs.yaml\n"
        "  do: rename it to pets.odcs.yaml"
    )
