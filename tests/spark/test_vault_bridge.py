"""Bridges: the relationships along a walk over links that were open at an as-of date, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

INPUTS = {
    "hub_customer": "CUSTOMER_HK string, REGION string, LOAD_DATE timestamp",
    "as_of": "AS_OF_DATE timestamp",
    "as_of_lost": "OTHER date",
    "link_customer_order": "CUSTOMER_ORDER_HK string, CUSTOMER_FK string, ORDER_FK string",
    "eff_sat_customer_order": "CUSTOMER_ORDER_HK string, END_DATE timestamp, LOAD_DATE timestamp",
    "link_order_product": "ORDER_PRODUCT_HK string, ORDER_FK string, PRODUCT_FK string",
    "eff_sat_order_product": "ORDER_PRODUCT_HK string, END_DATE timestamp, LOAD_DATE timestamp",
    "stg_orders": "LOAD_DATE timestamp",
}


def step(first: str, second: str, **other: str) -> str:
    """One step of a walk from a hub to another."""
    name = f"{first}_{second}"
    parts = {
        "bridge_link_pk": f"LINK_{name}_HK", "bridge_end_date": f"EFF_SAT_{name}_ENDDATE",
        "bridge_load_date": f"EFF_SAT_{name}_LOADDATE", "link_table": f"link_{name.lower()}", "link_pk": f"{name}_HK",
        "link_fk1": f"{first}_FK", "link_fk2": f"{second}_FK", "eff_sat_table": f"eff_sat_{name.lower()}",
        "eff_sat_pk": f"{name}_HK", "eff_sat_end_date": "END_DATE", "eff_sat_load_date": "LOAD_DATE", **other,
    }  # fmt: skip
    return f"'{name}': " + str({part: value for part, value in parts.items() if value})


ONE, TWO = step("CUSTOMER", "ORDER"), step("ORDER", "PRODUCT")


def bridge(*steps: str, **other: str) -> str:
    arguments = {
        "source_model": "'hub_customer'", "src_pk": "'CUSTOMER_HK'", "bridge_walk": "{" + ", ".join(steps) + "}",
        "as_of_dates_table": "'as_of'", "stage_tables_ldts": "{'stg_orders': 'LOAD_DATE'}",
        "src_ldts": "'LOAD_DATE'", **other,
    }  # fmt: skip
    return "{{ hallmark.bridge(" + ", ".join(f"{name}={value}" for name, value in arguments.items()) + ") }}"


MODELS = {
    "bridge_orders": bridge(ONE),
    "bridge_products": bridge(ONE, TWO),
    "bridge_extra": bridge(ONE, src_extra_columns="'REGION'"),
    "bridge_append": "{{ config(materialized='incremental') }}" + bridge(ONE),
    "bridge_until_2999": bridge(ONE),
    "bridge_any_date": bridge(ONE, past_only="false"),
    "bad_as_of": bridge(ONE, as_of_dates_table="'as_of_lost'"),
    "bad_step": bridge(step("CUSTOMER", "ORDER", link_fk2="")),
    "bad_column": bridge(step("CUSTOMER", "ORDER", link_pk="ORDER_HK")),
    "bad_end": bridge(step("CUSTOMER", "ORDER", eff_sat_end_date="ENDS")),
    "bad_twice": bridge(ONE, step("ORDER", "PRODUCT", bridge_link_pk="LINK_CUSTOMER_ORDER_HK")),
    "bad_walk": bridge(bridge_walk="['CUSTOMER_ORDER']"),
    "bad_nothing": bridge(bridge_walk="{}"),
}
OPEN = "9999-12-31 23:59:59.999999"


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("bridge")
    return VaultProject(spark, folder, MODELS, INPUTS, materialized="bridge_incremental")


def day(number: int) -> str:
    return f"2026-01-{number:02}"


def load(
    vault: VaultProject, hub: str = "a b", orders: str = "", products: str = "", dates: Sequence[int] = ()
) -> None:
    """All that the tables hold: `ax1` opens the link from a to x on day 1, `ax3!` closes it on day 3."""

    def links(text: str) -> list[tuple[str, str, str]]:
        return sorted({(f"{each[0]}-{each[1]}", each[0], each[1]) for each in text.split()})

    def spans(text: str) -> list[tuple[str, str, str]]:
        parts = [(f"{each[0]}-{each[1]}", int(each[2:].rstrip("!")), each.endswith("!")) for each in text.split()]
        return [(name, day(at) if closed else OPEN, day(at)) for name, at, closed in parts]

    vault.load(
        hub_customer=[(key, "north", day(1)) for key in hub.split()],
        link_customer_order=links(orders),
        eff_sat_customer_order=spans(orders),
        link_order_product=links(products),
        eff_sat_order_product=spans(products),
        as_of=[(day(each),) for each in dates],
        stg_orders=[(day(1),)],
    )


def found(vault: VaultProject, model: str = "bridge_orders") -> list[str]:
    """Each row as `key date link link`."""
    rows = vault.rows(model, "date_format(AS_OF_DATE, 'd')", "*", order="CUSTOMER_HK,AS_OF_DATE")
    return sorted(" ".join([str(row[1]), str(row[0]), *map(str, row[3:])]) for row in rows)


@pytest.mark.parametrize(
    ("orders", "dates", "wanted"),
    [
        pytest.param("ax2", [1, 2, 3], ["a 2 a-x", "a 3 a-x"], id="open from its load on"),
        pytest.param("ax1 ax3!", [1, 2, 3, 4], ["a 1 a-x", "a 2 a-x"], id="until it is closed"),
        pytest.param("ax1 ax2! ax3", [1, 2, 3], ["a 1 a-x", "a 3 a-x"], id="and opened again"),
        pytest.param("ax1 ay1 bx1", [1], ["a 1 a-x", "a 1 a-y", "b 1 b-x"], id="many to many"),
        pytest.param("ax1 ax2! ay2", [1, 2], ["a 1 a-x", "a 2 a-y"], id="one takes the place of another"),
        pytest.param("ax1 ax1!", [1], ["a 1 a-x"], id="of one load the last to end counts"),
        pytest.param("zx1", [1], [], id="not of the hub"),
        pytest.param("", [1], [], id="no relationships"),
        pytest.param("ax1 ax1", [1, 1], ["a 1 a-x"], id="all of it twice"),
    ],
)
def test_one_step(vault: VaultProject, orders: str, dates: list[int], wanted: list[str]) -> None:
    load(vault, orders=orders, dates=dates)
    vault.run("bridge_orders", first=True)
    assert found(vault) == wanted


@pytest.mark.parametrize(
    ("orders", "products", "dates", "wanted"),
    [
        pytest.param("ax1", "xp2", [1, 2], ["a 2 a-x x-p"], id="open when both are"),
        pytest.param("ax1 ax3!", "xp1 xp2! xq2", [1, 2, 3], ["a 1 a-x x-p", "a 2 a-x x-q"], id="closed when one is"),
        pytest.param("ax1", "xp1 xq1", [1], ["a 1 a-x x-p", "a 1 a-x x-q"], id="all ways"),
        pytest.param("ax1 by1", "xp1", [1], ["a 1 a-x x-p"], id="a way that ends too soon"),
    ],
)
def test_two_steps(vault: VaultProject, orders: str, products: str, dates: list[int], wanted: list[str]) -> None:
    load(vault, orders=orders, products=products, dates=dates)
    vault.run("bridge_products", first=True)
    assert found(vault, "bridge_products") == wanted
    assert vault.table("bridge_products").columns == [
        "CUSTOMER_HK", "AS_OF_DATE", "LINK_CUSTOMER_ORDER_HK", "LINK_ORDER_PRODUCT_HK",
    ]  # fmt: skip


def test_dates_after_today_are_left_out_unless_they_are_asked_for(vault: VaultProject) -> None:
    load(vault, orders="ax1", dates=[1])
    vault.load(as_of=[(day(1),), ("2999-01-01",)])
    vault.run("bridge_orders", "bridge_any_date", first=True)
    assert found(vault) == ["a 1 a-x"]
    assert vault.rows("bridge_any_date", "year(AS_OF_DATE)") == [(2026,), (2999,)]


def test_a_later_run_makes_all_dates_anew(vault: VaultProject) -> None:
    load(vault, orders="ax1", dates=[1, 2, 3])
    vault.run("bridge_orders", first=True)
    load(vault, orders="ax1 ax3! by2", dates=[2, 3, 4])
    for _ in range(2):
        vault.run("bridge_orders")
        assert found(vault) == ["a 2 a-x", "b 2 b-y", "b 3 b-y", "b 4 b-y"]


def test_append_adds_dates_and_nothing_twice(vault: VaultProject) -> None:
    load(vault, orders="ax1", dates=[1, 2])
    vault.run("bridge_append", first=True)
    load(vault, orders="ax1 ax3!", dates=[2, 3, 4])
    vault.load(as_of=[(day(2),), ("2026-01-02 12:00:00",), (day(4),)])
    for _ in range(2):
        vault.run("bridge_append")
        assert found(vault, "bridge_append") == ["a 1 a-x", "a 2 a-x", "a 2 a-x"]


def test_columns_of_the_hub_come_along(vault: VaultProject) -> None:
    load(vault, orders="ax1", dates=[1])
    vault.run("bridge_extra", first=True)
    assert vault.rows("bridge_extra", "CUSTOMER_HK", "REGION", "LINK_CUSTOMER_ORDER_HK") == [("a", "north", "a-x")]


def test_another_end_of_time(vault: VaultProject) -> None:
    load(vault, orders="ax1", dates=[1])
    vault.load(eff_sat_customer_order=[("a-x", "2999-12-31 08:00:00", day(1))])
    for end, wanted in (("2999-12-31 23:59:59", ["a 1 a-x"]), (OPEN, [])):
        vault.run("bridge_until_2999", first=True, variables={"max_datetime": end})
        assert found(vault, "bridge_until_2999") == wanted


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("bad_as_of", "bridge(as_of_dates_table) in bad_as_of\n    got: the column AS_OF_DATE\n"),
        ("bad_step", "bridge(bridge_walk) in bad_step\n    got: CUSTOMER_ORDER without link_fk2\n"),
        ("bad_column", ("bridge(bridge_walk) in bad_column\n    got: the column ORDER_HK\n"
                       "    wanted: a column of link_customer_order: CUSTOMER_ORDER_HK, CUSTOMER_FK, ORDER_FK")),
        ("bad_end", "bridge(bridge_walk) in bad_end\n    got: the column ENDS\n"),
        ("bad_twice", "bridge(bridge_walk) in bad_twice\n    got: the column LINK_CUSTOMER_ORDER_HK twice"),
        ("bad_walk", "bridge(bridge_walk) in bad_walk\n    got: ['CUSTOMER_ORDER']\n"),
        ("bad_nothing", "bridge(bridge_walk) in bad_nothing\n    got: nothing\n"),
    ],
)  # fmt: skip
def test_a_bad_argument_is_a_letter(vault: VaultProject, model: str, told: str) -> None:
    load(vault, orders="ax1", products="xp1", dates=[1])
    vault.load(as_of_lost=[])
    assert told in vault.refusal(model, first=True)
