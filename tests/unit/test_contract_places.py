"""Which files `hallmark contract test` reads, how they are told apart by table, and what a wrong call is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import call

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import HallmarkError
from hallmark.pipelines.contract_places import Choice, find_places

TEXT = """\
apiVersion: v3.1.0
kind: DataContract
id: a.shop
version: 1.0.0
status: active
servers:
  - {server: files, type: local, path: "data/*.csv", format: csv}
  - {server: by_table, type: local, path: "{model}/*.jsonl", format: json}
  - {server: lake, type: s3, location: "s3://b/x", format: csv, delimiter: "|"}
schema:
  - {name: orders, properties: [{name: id, logicalType: string}]}
  - {name: customers, physicalName: public.clients, properties: [{name: id, logicalType: string}]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in ("data/orders.csv", "data/orders-2.csv", "data/clients.csv", "data/_orders.csv", "orders/a.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("id\n", encoding="utf-8")
    (tmp_path / "shop.odcs.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "shop.odcs.yaml"


def places(file: Path, choice: Choice, *names: str) -> dict[str, list[tuple[str, str]]]:
    contract = load_contract(file, ingest=False)
    tables = [table for table in contract.objects if not names or table.name in names]
    return {
        name: [(place.server.name, str(Path(path).relative_to(file.parent))) for place in found for path in place.files]
        for name, found in find_places(contract, tables, choice).items()
    }


def refusal(file: Path, choice: Choice) -> HallmarkError:
    with pytest.raises(HallmarkError) as error:
        places(file, choice)
    return error.value


def test_without_a_choice_all_servers_of_files_are_read(file: Path) -> None:
    assert places(file, Choice()) == {
        "orders": [("files", "data/orders-2.csv"), ("files", "data/orders.csv"), ("by_table", "orders/a.jsonl")],
        "customers": [("files", "data/clients.csv")],
    }


def test_one_server_can_be_chosen(file: Path) -> None:
    assert places(file, Choice("by_table")) == {"orders": [("by_table", "orders/a.jsonl")], "customers": []}


def test_paths_start_at_the_base_that_the_call_names(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "data").mkdir(parents=True)
    (tmp_path / "elsewhere" / "data" / "orders.csv").touch()
    found = places(file, Choice("files", base=tmp_path / "elsewhere"), "orders")
    assert found == {"orders": [("files", "elsewhere/data/orders.csv")]}


def test_an_absolute_path_is_read_as_it_is(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT.replace('"data/*.csv"', f'"{tmp_path}/data/*.csv"'), encoding="utf-8")
    found = places(file, Choice("files", base=Path("/nowhere")), "customers")
    assert found == {"customers": [("files", "data/clients.csv")]}


def test_given_files_are_read_as_the_chosen_servers(file: Path, tmp_path: Path) -> None:
    contract = load_contract(file, ingest=False)
    (place,) = find_places(contract, contract.objects[:1], Choice("lake", (tmp_path / "data",)))["orders"]
    assert (place.server.name, place.server.options) == ("lake", {"delimiter": "|"})


def test_a_given_file_of_another_format_is_read_as_its_name_says(file: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").touch()
    found = places(file, Choice(data=(tmp_path / "orders.parquet", tmp_path / "orders")), "orders")
    assert found == {"orders": [("given_parquet", "orders.parquet"), ("by_table", "orders/a.jsonl")]}


def test_a_server_that_the_contract_has_not_is_a_mistake_of_the_call(file: Path) -> None:
    error = refusal(file, Choice("flies"))
    assert (error.what, error.todo) == ("no such server", "did you mean 'files'?")


def test_a_server_elsewhere_asks_for_files(file: Path) -> None:
    error = refusal(file, Choice("lake"))
    assert (error.what, error.got) == ("a server of type s3 is not read by contract test yet", "s3://b/x")
    assert error.todo == "name files of it in this machine: --data PATH"


def test_a_contract_whose_servers_are_all_elsewhere_asks_for_files(file: Path) -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "type: local" not in line)
    file.write_text(text, encoding="utf-8")
    assert refusal(file, Choice()).what == "a server of type s3 is not read by contract test yet"


def test_no_data_is_a_mistake_of_the_call(file: Path, tmp_path: Path) -> None:
    error = refusal(file, Choice("files", base=tmp_path / "none"))
    assert (error.what, error.got) == ("no data found", f"files: {tmp_path}/none/data/*.csv")


def test_a_given_file_that_is_not_there_is_a_mistake_of_the_call(file: Path, tmp_path: Path) -> None:
    assert refusal(file, Choice(data=(tmp_path / "gone.csv",))).what == "no such file"


def test_files_of_no_table_ask_for_the_table(file: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()
    error = refusal(file, Choice("files", (tmp_path / "x.csv",)))
    assert (error.what, error.wanted) == (
        "no file is known to be of a table",
        "a file or folder named after orders, customers",
    )


@pytest.mark.parametrize(
    ("given", "path", "owner"),
    [
        ("orders/landing/customers.csv", "orders/landing/customers.csv", "customers"),  # its name comes first
        ("customers/landing", "customers/landing/orders/a.csv", "orders"),
        ("customers/landing/orders", "customers/landing/orders/a.csv", "orders"),  # what the call names counts, too
        ("customers/landing/o*/*.csv", "customers/landing/orders/a.csv", "orders"),
        ("landing/customers", "landing/customers/orders/a.csv", "orders"),  # the nearest folder
        ("customers/landing", "customers/landing/a.csv", None),  # not the folders above what the call names
    ],
)
def test_a_file_is_of_one_table(file: Path, tmp_path: Path, given: str, path: str, owner: str | None) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).touch()
    choice = Choice("files", (tmp_path / given,))
    if owner is None:
        assert refusal(file, choice).what == "no file is known to be of a table"
    else:
        assert {name for name, found in places(file, choice).items() if found} == {owner}


def test_folders_above_the_base_name_no_table(tmp_path: Path) -> None:
    home = tmp_path / "customers"
    (home / "data").mkdir(parents=True)
    (home / "data" / "orders.csv").touch()
    (home / "shop.odcs.yaml").write_text(TEXT, encoding="utf-8")
    found = places(home / "shop.odcs.yaml", Choice("files"))
    assert found == {"orders": [("files", "data/orders.csv")], "customers": []}


def test_a_file_that_two_servers_would_read_differently_asks_for_one(file: Path, tmp_path: Path) -> None:
    error = refusal(file, Choice(data=(tmp_path / "data" / "orders.csv",)))
    assert (error.what, error.wanted) == ("it is not clear as which server a file is read", "files or lake")
    assert error.todo == "name the server: --server NAME"


@pytest.mark.parametrize(("name", "ending"), [("orders.csv.zst", ".zst"), ("orders.csv.GZ", ".GZ")])
@pytest.mark.parametrize("of_folder", [True, False])
def test_a_packed_file_that_is_not_read_is_refused(
    file: Path, tmp_path: Path, name: str, ending: str, of_folder: bool
) -> None:
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / name).touch()
    error = refusal(file, Choice("files", (tmp_path / "packed" / ("" if of_folder else name),)))
    assert (error.what, error.got) == ("a packed file that can't be read", ending)


def test_a_file_of_unknown_name_is_known_by_its_first_bytes(file: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.pq").touch()
    (tmp_path / "orders.data").write_bytes(b'{"id": 1}')
    found = places(file, Choice(data=(tmp_path / "orders.pq", tmp_path / "orders.data")), "orders")
    assert found == {"orders": [("given_parquet", "orders.pq"), ("by_table", "orders.data")]}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--schema", "ordres"], "SettingsError: no such table in the contract"),
        (["--server", "flies"], "SettingsError: no such server"),
        (["--base", "nowhere"], "DataError: no data found"),
        (["--junit", "no/such/folder.xml"], "SettingsError: no place for the report"),
    ],
)
def test_a_wrong_call_is_told_before_spark_starts(file: Path, arguments: list[str], what: str) -> None:
    code, _, err = call("contract", "test", file, *arguments)
    assert (code, err.splitlines()[0]) == (2, what)
