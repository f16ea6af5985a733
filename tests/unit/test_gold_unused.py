"""Words of a gold contract that do nothing are told by lint, doctor and project; what can't be gold is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import call as hallmark

from hallmark.lakehouse.errors import ContractError
from hallmark.pipelines.contract_lint import lint_file
from hallmark.pipelines.project import Project, open_project

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: {domain}.charges
version: 1.0.0
status: active
domain: {domain}
servers: [{{server: gold, type: local, path: gold/charges, format: delta}}]
schema:
  - name: charges
    customProperties: [{{property: {word}, value: [{{tables: [silver.charges], rows: rows}}]}}]
    properties: [{{name: charge_id, logicalType: string, required: true}}]
"""
TOLD = "custom property 'reconsiles' of charges has no effect; did you mean 'reconciles'?"


def write(project: Project, *, domain: str = "gold", word: str = "reconsiles") -> Path:
    file = project.settings.contracts / "charges.odcs.yaml"
    file.write_text(CONTRACT.format(domain=domain, word=word), encoding="utf-8")
    return file


def test_a_mistyped_reconciliation_is_a_warning_of_lint(shop: Project) -> None:
    assert [text.partition(": ")[2] for text in lint_file(write(shop)).warnings] == [TOLD]


def test_a_mistyped_reconciliation_is_told_by_the_doctor(shop: Project) -> None:
    write(shop)
    assert TOLD in " ".join(hallmark("doctor")[1].split())


def test_a_mistyped_reconciliation_is_a_warning_of_the_project(shop: Project) -> None:
    write(shop)
    assert [text.partition(": ")[2] for text in open_project(shop.settings).warnings] == [TOLD]


def test_a_rule_that_gold_cannot_run_is_an_error_of_lint_and_of_opening_the_project(shop: Project) -> None:
    file = write(shop, word="rowCountMinPctOfLastRun")
    assert [error.what for error in lint_file(file).errors] == ["rowCountMinPctOfLastRun can't be used"]
    with pytest.raises(ContractError, match="rowCountMinPctOfLastRun can't be used"):
        open_project(shop.settings)


def test_a_built_table_of_another_domain_is_refused(shop: Project) -> None:
    write(shop, domain="platinum")
    with pytest.raises(ContractError, match=r"only gold is\n.*\n  got: domain platinum"):
        open_project(shop.settings)
