"""What a contract says of broken rows: quarantine, drop, warn, fail, what a load bears; values that may not repeat."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from landing import BRONZE, HEADER, QUARANTINE, REQUESTS, SILVER, Landing
from pyspark.sql import SparkSession

from hallmark.bronze.progress import checkpoint_folder
from hallmark.lakehouse.errors import ContractError, ContractViolation
from hallmark.lakehouse.ledger import STEPS, Ledger, StepEntry
from hallmark.lakehouse.staging import FOLDER
from hallmark.lakehouse.tables import Lake

TOKENS = "logicalTypeOptions: {minimum: 1}"
FIRST = f"{HEADER}a,2026-01-01,1\nb,2026-01-01,2\n"


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """A warehouse with a first load of two good rows."""
    base = tmp_path_factory.mktemp("actions")
    landing = Landing(Lake(spark, base / "warehouse"), base)
    landing.put("first.csv", FIRST)
    landing.bronze()
    landing.silver()
    return landing


@pytest.fixture
def landing(loaded: Landing, tmp_path: Path) -> Landing:
    """A copy of it; a test changes the contract and lands one file more."""
    shutil.copytree(loaded.lake.warehouse, tmp_path / "warehouse")
    return Landing(Lake(loaded.lake.spark, tmp_path / "warehouse"), tmp_path, runs=iter(range(1, 20)))


def says(landing: Landing, options: str) -> None:
    """Give the contract's column `tokens` further keys."""
    landing.contract = REQUESTS.replace(TOKENS, f"{TOKENS}, {options}")


def custom(**given: str) -> str:
    entries = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in given.items())
    return f"customProperties: [{entries}]"


def load(landing: Landing, rows: str, name: str = "second.csv") -> tuple[int | None, ...]:
    landing.put(name, HEADER + rows)
    landing.bronze()
    (gate,) = landing.silver()
    return gate.rows_in, gate.rows_valid, gate.rows_quarantined, gate.rows_written


def silver(landing: Landing) -> list[tuple[str, int | None, list[str]]]:
    rows = landing.rows(SILVER)
    return sorted((row["request_id"], row["tokens"], [w["message"] for w in row["_warnings"]]) for row in rows)


def broken(landing: Landing) -> list[tuple[str, str, list[str]]]:
    rows = landing.rows(QUARANTINE)
    return sorted((row["request_id"], row["_status"], [e["message"] for e in row["_errors"]]) for row in rows)


def test_a_row_that_only_drop_rules_refuse_is_rejected_at_once(landing: Landing) -> None:
    says(landing, custom(onViolation="drop"))
    assert load(landing, "c,2026-01-01,0\nd,,0\n") == (2, 0, 2, 0)
    assert broken(landing) == [
        ("c", "rejected", ["tokens: >= 1"]),
        ("d", "open", ["requested_at: required", "tokens: >= 1"]),
    ]


def test_a_row_with_a_warning_passes_with_it(landing: Landing) -> None:
    says(landing, custom(onViolation="warn"))
    assert load(landing, "c,2026-01-01,0\n") == (1, 1, 0, 1)
    assert silver(landing)[-1] == ("c", 0, ["tokens: >= 1"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (custom(onViolation="fail"), "tokens: >= 1: 1 of 4 rows, and the rule bears none"),
        (custom(failAbove="20%"), "tokens: >= 1: 1 of 4 rows, and the rule bears 20 %"),
        (
            "quality: [{metric: invalidValues, arguments: {validValues: [1, 2]}, mustBeLessThan: 2}]",
            "tokens: one of 1, 2: 3 of 4 rows, and it must be < 2",
        ),
    ],
)
def test_a_load_that_breaks_a_limit_leaves_no_trace(landing: Landing, options: str, told: str) -> None:
    says(landing, options)
    with pytest.raises(ContractViolation) as letter:
        load(landing, "c,2026-01-01,0\nd,2026-01-01,3\ne,2026-01-01,3\nf,2026-01-01,1\n")
    assert str(letter.value) == (
        "ContractViolation: the load breaks its contract\n"
        "  where: bronze.requests -> silver.requests\n"
        f"  got: {told}\n"
        "  wanted: at most what the contract bears; nothing of the load was written\n"
        f"  do: mend the source, or the rule in {landing.base / 'contracts' / 'contract.odcs.yaml'}, and run again"
    )
    assert (silver(landing), broken(landing)) == ([("a", 1, []), ("b", 2, [])], [])
    assert list((landing.lake.warehouse / FOLDER).iterdir()) == []


@pytest.mark.parametrize("loads", [1, 57])
def test_a_limit_stops_a_load_also_when_the_tables_were_deleted(landing: Landing, loads: int) -> None:
    """And made anew: the ledger outlives them, and tells of as many loads of the old ones."""
    warehouse = landing.lake.warehouse
    (gate,) = [row for row in Ledger(warehouse).steps() if row["layer"] == "bronze->silver"]
    Ledger(warehouse).write(STEPS, [StepEntry(**{**gate, "source_version": loads})])
    for place in (landing.lake.path(BRONZE), landing.lake.path(SILVER), checkpoint_folder(warehouse, BRONZE, "csv")):
        shutil.rmtree(place)
    says(landing, custom(onViolation="fail"))
    with pytest.raises(ContractViolation, match="1 of 1 row, and the rule bears none"):
        load(landing, "c,2026-01-01,0\n")
    says(landing, custom(onViolation="quarantine"))
    landing.silver()
    says(landing, custom(onViolation="fail"))
    with pytest.raises(ContractViolation, match="1 of 1 row, and the rule bears none"):
        load(landing, "d,2026-01-01,0\n", "third.csv")


def test_a_refused_load_passes_when_the_contract_bears_it(landing: Landing) -> None:
    says(landing, custom(failAbove="20%"))
    with pytest.raises(ContractViolation):
        load(landing, "c,2026-01-01,0\nd,2026-01-01,3\n")
    says(landing, custom(failAbove="50%"))
    (gate,) = landing.silver()
    assert (gate.rows_in, gate.rows_valid, gate.rows_quarantined) == (2, 1, 1)
    assert broken(landing) == [("c", "open", ["tokens: >= 1"])]


def test_a_unique_value_may_come_once_in_a_load_and_in_the_table(landing: Landing) -> None:
    says(landing, "unique: true")
    assert load(landing, "c,2026-01-01,2\nd,2026-01-01,5\ne,2026-01-02,5\nf,2026-01-01,\ng,2026-01-01,\n") == (
        5, 3, 2, 3,
    )  # fmt: skip
    assert [(key, tokens) for key, tokens, _ in silver(landing)] == [
        ("a", 1), ("b", 2), ("d", 5), ("f", None), ("g", None),
    ]  # fmt: skip
    assert broken(landing) == [("c", "open", ["tokens: unique"]), ("e", "open", ["tokens: unique"])]


def test_a_contract_that_changes_a_columns_type_is_refused_before_a_row_is_written(landing: Landing) -> None:
    landing.contract = REQUESTS.replace("physicalType: int,", "physicalType: bigint,")
    with pytest.raises(ContractError) as letter:
        load(landing, "c,2026-01-01,3\n")
    assert str(letter.value).splitlines()[:4] == [
        "ContractError: a column has another type than the table that is there",
        "  where: silver.requests.tokens",
        "  got: bigint",
        "  wanted: int",
    ]
    assert len(silver(landing)) == 2
