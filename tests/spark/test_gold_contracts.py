"""A finished gold table against its contract: a missing column, an unknown one, a broken row."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import ContractViolation
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines.gold_layer import check_gold

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: gold.{name}
version: 1.0.0
status: active
domain: gold
servers: [{{server: gold, type: local, path: gold/{name}, format: delta}}]
schema:
  - name: {name}
    properties:
      - {{name: charge_id, logicalType: string, primaryKey: true}}
      - {{name: cost_usd, logicalType: number, physicalType: "decimal(18,6)", logicalTypeOptions: {{minimum: 0}}}}
      - name: kind
        logicalType: string
        quality:
          - {{type: library, metric: invalidValues, arguments: {{validValues: [gpu]}}, mustBe: 0, severity: warning}}
"""


def gold(lake: Lake, folder: Path, name: str, rows: str) -> CompiledTable:
    """A gold table with these rows (SQL), and its contract."""
    file = folder / f"{name}.odcs.yaml"
    file.write_text(CONTRACT.format(name=name), encoding="utf-8")
    lake.spark.sql(rows).write.format("delta").save(str(lake.path(Table("gold", name))))
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


def values(*rows: str) -> str:
    columns = "charge_id, cast(cost as decimal(18,6)) cost_usd, kind"
    return f"select {columns} from values {', '.join(rows)} t(charge_id, cost, kind)"


def test_tables_that_hold_their_contracts_pass(lake: Lake, tmp_path: Path) -> None:
    tables = [
        gold(lake, tmp_path, "charges", values("('a', 1.5, 'gpu')", "('b', 0, 'a warning only')")),
        gold(lake, tmp_path, "credits", values("('c', null, null)")),
    ]
    assert check_gold(lake, tables) == [
        "gold.charges: kind: one of gpu: 1 row (e.g. a warning only)",
    ]
    assert check_gold(lake, []) == []


def test_broken_rows_of_all_tables_are_told_at_once(lake: Lake, tmp_path: Path) -> None:
    tables = [
        gold(lake, tmp_path, "charges", values("('a', -1.5, 'gpu')", "('b', -1.5, 'gpu')", "('c', 1, 'gpu')")),
        gold(lake, tmp_path, "credits", values("(null, 1, 'gpu')")),
        gold(lake, tmp_path, "refunds", values("('d', 1, 'gpu')")),
    ]
    with pytest.raises(ContractViolation) as letter:
        check_gold(lake, tables)
    assert str(letter.value) == (
        "ContractViolation: gold.charges breaks its contract\n"
        "  where: gold.charges, gold.credits\n"
        "  got: cost_usd: >= 0: 2 rows (e.g. -1.500000); charge_id: required: 1 row (e.g. None)\n"
        "  do: mend the dbt model, or the contract in contracts/gold, and run again"
    )


def test_a_table_with_other_columns_than_its_contract_is_refused(lake: Lake, tmp_path: Path) -> None:
    compiled = gold(lake, tmp_path, "charges", "select 'a' charge_id, 1 cost_usdd, 'gpu' kind")
    with pytest.raises(ContractViolation) as letter:
        check_gold(lake, [compiled])
    assert str(letter.value) == (
        "ContractViolation: a gold table has not the columns of its contract\n"
        "  where: gold.charges\n"
        "  got: unknown: cost_usdd\n"
        "  wanted: missing: cost_usd\n"
        f"  do: did you mean 'cost_usd'? mend the dbt model or {compiled.contract.file}"
    )


def test_a_table_without_a_column_is_refused(lake: Lake, tmp_path: Path) -> None:
    compiled = gold(lake, tmp_path, "charges", "select 'a' charge_id, 'gpu' kind")
    with pytest.raises(ContractViolation, match=r"got: unknown: none\n  wanted: missing: cost_usd\n"):
        check_gold(lake, [compiled])


def borne(lake: Lake, folder: Path, option: str, rows: str) -> CompiledTable:
    """A table whose rule on `kind` has a threshold."""
    gold(lake, folder, "charges", rows)
    file = folder / "charges.odcs.yaml"
    file.write_text(CONTRACT.format(name="charges").replace("mustBe: 0, severity: warning", option), encoding="utf-8")
    contract = load_contract(file)
    return compile_table(contract, contract.objects[0])


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("mustBe: 0, customProperties: [{property: failAbove, value: 50%}]", "at most 50 %"),
        ("mustBeLessThan: 2", "< 2 rows"),
    ],
)
def test_a_threshold_decides_how_many_rows_may_be_broken(lake: Lake, tmp_path: Path, option: str, wanted: str) -> None:
    compiled = borne(lake, tmp_path, option, values("('a', 1, 'gpu')", "('b', 1, 'cpu')"))
    assert check_gold(lake, [compiled]) == [f"gold.charges: kind: one of gpu: 1 row, wanted {wanted} (e.g. cpu)"]


def test_more_rows_than_a_threshold_bears_stop(lake: Lake, tmp_path: Path) -> None:
    compiled = borne(lake, tmp_path, "mustBeLessThan: 2", values("('a', 1, 'cpu')", "('b', 1, 'cpu')"))
    with pytest.raises(ContractViolation, match=r"kind: one of gpu: 2 rows, wanted < 2 rows \(e.g. cpu\)"):
        check_gold(lake, [compiled])
