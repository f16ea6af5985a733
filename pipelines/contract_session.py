"""`hallmark contract test`: a contract file held against data, in a session that disturbs no run."""

from __future__ import annotations

from pathlib import Path

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.session import session_apart
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.contract_report import junit as junit_of
from hallmark.pipelines.contract_results import Trial
from hallmark.pipelines.contract_testing import Asked, plan_test, run_test


def hold_file(file: Path, settings: Settings, asked: Asked, junit: Path | None) -> Trial:
    """Hold a contract file against data; `junit` gets the outcome as JUnit XML.

    Raises:
        ContractError, DataError, SettingsError: as `plan_test`, before Spark is started.
        ContractError, StepError: as `run_test`.
    """
    contract = load_contract(file, ingest=False)
    plan = plan_test(contract, asked)
    if junit is not None:
        _require_folder(junit)
    with session_apart(settings) as spark:
        tested = run_test(spark, plan)
    if junit is not None:
        junit.write_text(junit_of(tested), encoding="utf-8")
    return tested


def _require_folder(junit: Path) -> None:
    folder = junit.absolute().parent
    if not folder.is_dir() or junit.is_dir():
        raise SettingsError("no place for the report", where="--junit", got=junit, todo="name a file in a folder")
