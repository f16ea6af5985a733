"""Great Expectations on the numbers of a run: its verdicts, and its data docs as pages that need no network.

Each table is a frame of one row, a column a number (docs/adr/0012): an expectation costs milliseconds and no Spark job,
and `ExpectColumnMaxToBeBetween` shows the number itself as the observed value. `great_expectations` is an extra and
takes seconds to import: late, and only where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hallmark.contracts.measures import Comparison
from hallmark.gold.expectations import ERROR
from hallmark.gold.judge import Numbers, Outcome
from hallmark.gold.offline import make_offline, write_index

INSTALL = "pip install hallmark-lakehouse[quality]"


@dataclass(frozen=True)
class Documented:
    """What Great Expectations did: the (table, expectation) pairs that it says do not hold, and the pages' entrance."""

    failed: frozenset[tuple[str, str]]
    index: Path


def is_installed() -> bool:
    """Whether the extra is there; nothing is imported."""
    return importlib.util.find_spec("great_expectations") is not None


def run_suites(
    outcomes: Sequence[Outcome], numbers: Mapping[str, Numbers], *, run_id: str, at: datetime, folder: Path
) -> Documented:
    """Run a suite a table with Great Expectations, and write its data docs anew into `folder`.

    The former pages are replaced when the new ones are complete.
    """
    building = folder.with_name(folder.name + ".new")
    shutil.rmtree(building, ignore_errors=True)
    with _quietly():
        context = _context(building)
        source = context.data_sources.add_pandas("hallmark")
        failed: set[tuple[str, str]] = set()
        tables = sorted({each.expectation.table for each in outcomes})
        for table in tables:
            mine = [each for each in outcomes if each.expectation.table == table]
            failed |= {(table, name) for name in _run(context, source, mine, numbers[table], run_id=run_id, at=at)}
        context.build_data_docs()
    make_offline(building)
    write_index(building, outcomes, failed, run_id=run_id, at=at)
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return Documented(frozenset(failed), folder / "index.html")


def _context(folder: Path) -> Any:
    gx, base = _module(""), _module(".data_context.types.base")
    # Given a whole configuration, GX makes no pages of its own in a temporary folder that nobody would clear away.
    configuration = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=configuration)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    context.add_data_docs_site("hallmark", site)
    return context


def _run(
    context: Any, source: Any, outcomes: Sequence[Outcome], numbers: Numbers, *, run_id: str, at: datetime
) -> list[str]:
    import pandas as pd

    gx, identifier = _module(""), _module(".core.run_identifier")
    name = f"gold.{outcomes[0].expectation.table}"
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("numbers")
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=[_expectation(each) for each in outcomes]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    row = {metric: None if value is None else float(value) for metric, value in numbers.items()}
    frame = pd.DataFrame([row], columns=list(row), dtype="float64")
    run = identifier.RunIdentifier(run_name=run_id, run_time=at)
    answer = definition.run(batch_parameters={"dataframe": frame}, run_id=run, result_format="SUMMARY")
    return [each.expectation_config.meta["name"] for each in answer.results if not each.success]


def _expectation(outcome: Outcome) -> Any:
    gxe = _module(".expectations")
    asked = outcome.expectation
    common = {
        "column": asked.metric,
        "severity": "critical" if asked.severity == ERROR else "warning",
        "description": f"{asked.says}: {outcome.wanted}",
        "meta": {"name": asked.name},
    }
    unequal = [float(each.numbers[0]) for each in outcome.bounds if each.operator == "mustNotBe"]
    if unequal:  # it stands alone
        return gxe.ExpectColumnValuesToNotBeInSet(value_set=unequal, **common)
    ends: dict[str, Any] = {}
    for each in outcome.bounds:
        ends |= _ends(each, outcome.value)
    return gxe.ExpectColumnMaxToBeBetween(**ends, **common)


def _ends(asked: Comparison, value: Decimal | None) -> dict[str, Any]:
    first, last = (float(number) for number in (asked.numbers[0], asked.numbers[-1]))
    if asked.operator == "mustNotBeBetween":  # the side that the number lies on; one between them is on neither
        below = value is not None and value < asked.numbers[0]
        asked = Comparison(
            "mustBeLessThan" if below else "mustBeGreaterThan", asked.values[:1] if below else asked.values[1:]
        )
        return _ends(asked, value)
    low = {"min_value": first, "strict_min": asked.operator == "mustBeGreaterThan"}
    high = {"max_value": last, "strict_max": asked.operator == "mustBeLessThan"}
    if asked.operator.startswith("mustBeGreater"):
        return low
    return high if asked.operator.startswith("mustBeLess") else {**low, **high}


def _module(name: str) -> Any:
    return importlib.import_module(f"great_expectations{name}")


@contextmanager
def _quietly() -> Iterator[None]:
    # GX reads the variable on import, and would ask its server who we are.
    before = os.environ.get("GX_ANALYTICS_ENABLED")
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations of GX's own making: nothing that our user could mend
            yield
    finally:
        logger.setLevel(level)
        if before is None:
            os.environ.pop("GX_ANALYTICS_ENABLED")
        else:
            os.environ["GX_ANALYTICS_ENABLED"] = before


def agreed(outcomes: Sequence[Outcome], failed: frozenset[tuple[str, str]]) -> list[Outcome]:
    """The verdicts of both: an expectation holds when our exact one and that of Great Expectations say so.

    Great Expectations compares floats. Where they can't tell what decimals can (10^19 from 10^19 + 1), ours counts.
    """
    return [
        replace(each, holds=each.holds and not (_named(each) in failed and _floats_hold(each))) for each in outcomes
    ]


def _named(outcome: Outcome) -> tuple[str, str]:
    return outcome.expectation.table, outcome.expectation.name


def _floats_hold(outcome: Outcome) -> bool:
    if outcome.value is None:
        return False
    value = _as_float(outcome.value)
    return all(replace(each, values=tuple(map(_as_float, each.numbers))).holds(value) for each in outcome.bounds)


def _as_float(number: Decimal) -> Decimal:
    return Decimal(float(number))
