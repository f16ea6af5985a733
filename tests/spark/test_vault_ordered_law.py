"""An effectivity satellite with `src_order` reads the same whatever the loads were, and a bridge over it is right."""

from __future__ import annotations

import random

import pytest
from ordered_loads import STAGED, load_together, told
from pyspark.sql import SparkSession
from vault_loads import day
from vaults import VaultProject

DAYS = range(1, 6)
KEYS = "src_pk='LINK_HK', src_dfk='ORDER_HK', src_start_date='START_DATE', src_end_date='END_DATE'"
ORDER = "src_eff='EFFECTIVE_FROM', src_order='PLACE'"
STEP = {
    "bridge_link_pk": "LINK", "bridge_end_date": "ENDS", "bridge_load_date": "STARTS", "link_table": "link",
    "link_pk": "LINK_HK", "link_fk1": "ORDER_HK", "link_fk2": "CUSTOMER_HK", "eff_sat_pk": "LINK_HK",
    "eff_sat_end_date": "END_DATE", "eff_sat_load_date": "EFFECTIVE_FROM",
}  # fmt: skip


def models(name: str) -> dict[str, str]:
    step = {**STEP, "eff_sat_table": f"{name}_read"}
    return {
        name: f"""{{{{ hallmark.eff_sat({KEYS}, src_sfk='CUSTOMER_HK', {ORDER}, src_ldts='LOAD_DATE',
            src_source='SOURCE', source_model='stg') }}}}""",
        f"{name}_read": f"""{{{{ config(materialized='{"view" if name == "whole" else "ephemeral"}') }}}}
            {{{{ hallmark.effective_rows('{name}', {KEYS}, {ORDER}) }}}}""",
        f"{name}_bridge": f"""{{{{ config(materialized='bridge_incremental') }}}} {{{{ hallmark.bridge(
            source_model='hub', src_pk='ORDER_HK', bridge_walk={ {"IT": step} }, as_of_dates_table='as_of',
            stage_tables_ldts={{'stg': 'LOAD_DATE'}}, src_ldts='LOAD_DATE') }}}}""",
    }


MODELS = {
    **models("whole"),
    **models("parts"),
    "parts_shown": "{{ config(materialized='table') }} select * from {{ ref('parts_read') }}",
}
INPUTS = {
    "stg": STAGED,
    "hub": "ORDER_HK string, LOAD_DATE timestamp",
    "link": "LINK_HK string, ORDER_HK string, CUSTOMER_HK string",
    "as_of": "AS_OF_DATE timestamp",
}
Statement = tuple[int, int, bool, str]  # day, place, whether it is open, customer


def drawn(seed: int) -> list[Statement]:
    """What is stated of one driving key, in its order; some of it at one instant, and some again."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    rows = {
        (draw.choice(DAYS), draw.choice([0, 0, 1]), draw.random() < 0.75, draw.choice("abc"))
        for _ in range(draw.randint(2, 7))
    }
    return sorted(rows)


def text(rows: list[Statement]) -> str:
    return " ".join(f"{customer}{at}.{place}" + ("" if is_open else "!") for at, place, is_open, customer in rows)


def open_on(rows: list[Statement], today: int) -> str:
    """The customer that the driving key belongs to at the end of this day, as far as its statements say; or nobody."""
    *_, (_, _, is_open, customer) = [(0, 0, False, ""), *(row for row in sorted(rows) if row[0] <= today)]
    return customer if is_open else ""


def in_parts(rows: list[Statement], seed: int) -> list[str]:
    """Three loads of a source that grows in any order, and has at each load all that it had before."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    known = draw.sample(rows, len(rows))
    first, second = sorted(draw.choices(range(len(rows) + 1), k=2))
    return [text(draw.sample(part, len(part))) for part in (known[:first], known[:second], known)]


@pytest.fixture(scope="module")
def stated() -> dict[str, list[Statement]]:
    return {f"o{seed}": drawn(seed) for seed in range(50)}  # a view's text, which Hive keeps, can't be much longer


@pytest.fixture(scope="module")
def vault(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, stated: dict[str, list[Statement]]
) -> VaultProject:
    """With both satellites loaded: one at once, the other in parts."""
    made = VaultProject(spark, tmp_path_factory.mktemp("ordered_law"), MODELS, INPUTS)
    made.load(
        hub=[(key, day(1)) for key in stated],
        link=[(f"{key}-{customer}", key, customer) for key in stated for customer in "abc"],
        as_of=[(day(number),) for number in DAYS],
    )
    load_together(made, ["parts"], {key: in_parts(rows, number) for number, (key, rows) in enumerate(stated.items())})
    load_together(made, ["whole"], {key: [text(rows)] for key, rows in stated.items()})
    made.run("whole_read", "whole_bridge", "parts_shown", "parts_bridge", first=True)
    return made


def test_any_split_and_order_of_loads_reads_the_same(vault: VaultProject, stated: dict[str, list[Statement]]) -> None:
    whole, parts = told(vault, "whole_read"), told(vault, "parts_shown")
    assert parts == whole
    assert set(whole) == set(stated)
    assert told(vault, "parts") != told(vault, "whole")  # some of what came late has made rows superfluous


@pytest.mark.parametrize("model", ["whole_bridge", "parts_bridge"])
def test_a_bridge_has_what_was_effective_each_day(
    vault: VaultProject, stated: dict[str, list[Statement]], model: str
) -> None:
    found = set(vault.rows(model, "ORDER_HK", "day(AS_OF_DATE)", "LINK"))
    assert len(found) == vault.table(model).count()
    wanted = {
        (key, today, f"{key}-{customer}")
        for key, rows in stated.items()
        for today in DAYS
        if (customer := open_on(rows, today))
    }
    assert found == wanted
