"""The catalog of a moved warehouse is thrown away, and its tables are found again on disk."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from hallmark.lakehouse.catalog import catalog_folder, claim_place, drop_moved_catalog, tables_on_disk
from hallmark.lakehouse.names import Table


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse whose catalog holds an entry."""
    folder = tmp_path / "warehouse"
    drop_moved_catalog(folder)
    (catalog_folder(folder) / "metastore_db").mkdir()
    claim_place(folder)
    return folder


def content(warehouse: Path) -> list[str]:
    return sorted(each.name for each in catalog_folder(warehouse).iterdir())


def test_a_new_warehouse_gets_a_folder_for_its_catalog(tmp_path: Path) -> None:
    drop_moved_catalog(tmp_path / "new")
    assert content(tmp_path / "new") == []


def test_a_warehouse_that_stayed_where_it_was_keeps_its_catalog(warehouse: Path) -> None:
    drop_moved_catalog(warehouse)
    assert content(warehouse) == ["_place", "metastore_db"]


def test_a_moved_warehouse_loses_its_catalog(warehouse: Path) -> None:
    moved = warehouse.rename(warehouse.with_name("moved"))
    drop_moved_catalog(moved)
    assert content(moved) == []


def test_a_moved_warehouse_keeps_its_tables(warehouse: Path) -> None:
    (warehouse / "gold" / "dim_model").mkdir(parents=True)
    moved = warehouse.rename(warehouse.with_name("moved"))
    drop_moved_catalog(moved)
    assert (moved / "gold" / "dim_model").is_dir()


def test_a_moved_warehouse_keeps_the_catalog_of_its_new_place(warehouse: Path) -> None:
    moved = warehouse.rename(warehouse.with_name("moved"))
    drop_moved_catalog(moved)
    (catalog_folder(moved) / "metastore_db").mkdir()
    claim_place(moved)
    drop_moved_catalog(moved)
    assert content(moved) == ["_place", "metastore_db"]


def test_a_catalog_that_does_not_say_its_place_is_thrown_away(warehouse: Path) -> None:
    (catalog_folder(warehouse) / "_place").unlink()
    drop_moved_catalog(warehouse)
    assert content(warehouse) == []


def test_the_tables_of_a_schema_come_by_name(tmp_path: Path) -> None:
    for name in ("gold/b", "gold/a", "silver/c"):
        write_deltalake(str(tmp_path / name), pa.table({"id": [1]}))
    assert tables_on_disk(tmp_path, "gold") == [Table("gold", "a"), Table("gold", "b")]


@pytest.mark.parametrize("name", ["a-b", "1a", "a.bak"])
def test_a_folder_whose_name_is_no_identifier_is_no_table(tmp_path: Path, name: str) -> None:
    write_deltalake(str(tmp_path / "gold" / name), pa.table({"id": [1]}))
    assert tables_on_disk(tmp_path, "gold") == []


def test_what_has_no_delta_log_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "gold" / "folder").mkdir(parents=True)
    (tmp_path / "gold" / "file").touch()
    assert tables_on_disk(tmp_path, "gold") == []


def test_a_schema_without_a_folder_has_no_tables(tmp_path: Path) -> None:
    assert tables_on_disk(tmp_path, "gold") == []
