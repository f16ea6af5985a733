"""The exported suite in Great Expectations itself: it loads, passes good rows and flags a bad one by its rule."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from everything import everything

from hallmark.contracts.exports.gx import expectation_suite
from hallmark.contracts.exports.table_claims import claims_of

pytestmark = pytest.mark.filterwarnings("default")  # its own imports warn

GOOD = {
    "order_id": 1, "line": 1, "placed_on": dt.date(2024, 1, 1), "placed_at": pd.Timestamp("2024-01-01"),
    "region": "DE", "shop": "a.example", "reference": "AB1", "amount": Decimal("0.10"), "weight": 1.0, "quantity": 1,
    "channel": "web", "stars": 1, "code": "C{{1", "email": "a@b.org", "secret": "x",
    "address": {"city": "Ulm", "zip": "1"}, "tags": ["a"], "parts": [{"sku": "s", "n": 1}], "note": "n", "flag": True,
}  # fmt: skip
BAD = {
    "line: >= 1": {"line": 0},
    "line: < 100": {"line": 100},
    "placed_on: required": {"placed_on": None},
    "placed_on: >= 2020-01-01": {"placed_on": dt.date(2019, 12, 31)},
    "placed_at: >= 2020-01-01 00:00:00": {"placed_at": pd.Timestamp("2019-12-31 23:59:59")},
    "placed_at: < 2100-01-01 00:00:00": {"placed_at": pd.Timestamp("2100-01-01")},
    "region: at least 2 characters": {"region": "D"},
    "region: at most 2 characters": {"region": "DEU"},
    "shop: hostname": {"shop": "-a"},
    "amount: > 0": {"amount": Decimal(0)},
    "weight: <= 1000.5": {"weight": 1000.6},
    "quantity: >= 0": {"quantity": -1},
    "channel: one of web, it's, café": {"channel": "fax"},
    "stars: one of 1, 2, 3": {"stars": 9},
    "code: begins with C{{": {"code": "X"},
    "email: email": {"email": "nobody"},
    "reference: unique": {"reference": "AB1", "region": "FR"},
    "order_id, line: unique": {"order_id": 1},
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[dict[str, Any]]], set[str]]:
    """What the suite says of rows: the rules that they break."""
    contract = everything(tmp_path_factory.mktemp("contract"))
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setenv("GX_ANALYTICS_ENABLED", "false")  # it is read when the module is imported
        gx = pytest.importorskip("great_expectations")
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        text = expectation_suite(contract, contract.objects[0])
        suite = context.suites.add(gx.ExpectationSuite(**json.loads(text)))
        source = context.data_sources.add_pandas("frames")
        batch = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")

    def run(rows: list[dict[str, Any]]) -> set[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = batch.get_batch({"dataframe": pd.DataFrame(rows)}).validate(suite).results
        assert not any(result.exception_info.get("raised_exception") for result in results)
        return {result.expectation_config.meta["says"] for result in results if not result.success}

    return run


def test_good_rows_pass(failed: Callable[[list[dict[str, Any]]], set[str]]) -> None:
    assert failed([GOOD, {**GOOD, "order_id": 2, "reference": "AB2"}]) == set()


@pytest.mark.parametrize("says", BAD)
def test_a_bad_row_is_flagged_by_its_rule(says: str, failed: Callable[[list[dict[str, Any]]], set[str]]) -> None:
    assert failed([GOOD, {**GOOD, "order_id": 2, "reference": "AB2", **BAD[says]}]) == {says}


def test_a_missing_value_is_a_warning_of_its_own(failed: Callable[[list[dict[str, Any]]], set[str]]) -> None:
    rows = [GOOD, {**GOOD, "order_id": 2, "reference": "AB2", "channel": " "}]
    assert failed(rows) == {"channel: not missing", "channel: one of web, it's, café"}


def test_an_empty_table_has_too_few_rows(failed: Callable[[list[dict[str, Any]]], set[str]]) -> None:
    nothing = pd.DataFrame([GOOD]).iloc[:0].to_dict("series")
    assert failed(nothing) == {"rowCount between 1 and 1000"}  # type: ignore[arg-type]  # columns in place of rows


def test_further_columns_are_no_matter(failed: Callable[[list[dict[str, Any]]], set[str]]) -> None:
    assert failed([{**GOOD, "more": 1}]) == set()


def test_every_expectation_names_its_claim(tmp_path: Path) -> None:
    contract = everything(tmp_path)
    suite = json.loads(expectation_suite(contract, contract.objects[0]))
    says = {claim.says for claim in claims_of(contract, contract.objects[0])}
    assert {each["meta"]["says"] for each in suite["expectations"][1:]} <= says
