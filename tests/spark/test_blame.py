"""A rule that Spark can't run stops a run with a letter that names it; other errors stay what they are."""

from __future__ import annotations

import pytest
from landing import HEADER, REQUESTS, SILVER, Landing

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import ContractError
from hallmark.pipelines.contract_blame import rules_blamed

PATTERN = "{type: custom, engine: pandera, implementation: {check: str_contains, value: 'a{2147483648}'}}"


def test_a_run_names_the_rule_that_spark_cant_run(landing: Landing) -> None:
    landing.contract = REQUESTS.replace("primaryKey: true}", f"primaryKey: true, quality: [{PATTERN}]}}")
    landing.put("a.csv", f"{HEADER}a,2026-11-24 10:00:00,1\n")
    landing.bronze()
    with pytest.raises(ContractError) as error:
        landing.silver()
    file = landing.base / "contracts" / "contract.odcs.yaml"
    assert error.value.what == "a rule can't be run by Spark"
    assert str(error.value.where) == f"{file}:14 (requests.request_id, str_contains)"
    assert not deltalog.exists(landing.lake.path(SILVER)) or landing.lake.read(SILVER).count() == 0


def test_what_no_rule_is_to_blame_for_stays_as_it_is(landing: Landing) -> None:
    (compiled,) = landing.project.events
    with pytest.raises(ZeroDivisionError), rules_blamed(landing.lake.spark, compiled):
        _ = 1 / 0
