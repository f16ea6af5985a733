"""Which hubs, links and satellites contracts become."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from vault_contracts import called, column, key, table
from vault_contracts import contract as made

from hallmark.contracts.vault.files import body_of, fingerprint, vault_files, written_fingerprint
from hallmark.contracts.vault.model import Part, Vault
from hallmark.contracts.vault.plan import plan_vault


@pytest.fixture
def contract(tmp_path: Path) -> Any:
    return partial(made, tmp_path)


def parts(vault: Vault) -> dict[str, Part]:
    return {part.entity: part for each in vault.contracts for part in each.parts}


def links(part: Part) -> dict[str, tuple[str, ...]]:
    return {link.name: tuple(each.column for each in link.foreign) for link in part.links}


def payloads(part: Part) -> dict[str, tuple[str, ...]]:
    return {satellite.name: satellite.payload for satellite in part.satellites}


def test_a_table_is_a_hub_and_its_satellite(contract: Any) -> None:
    part = parts(plan_vault([contract(table("customers", key("customer_id"), column("city"), column("tier")))]))[
        "customer"
    ]
    assert part.hub is not None
    assert (part.hub.name, part.hub.key, part.hub.business_key) == ("hub_customer", "customer_hk", ("customer_id",))
    assert part.hub.sources == ("stg_shop__customers",)
    assert payloads(part) == {"sat_customer": ("city", "tier")}
    assert [(each.name, each.columns, each.is_hashdiff) for each in part.stage.hashes] == [
        ("customer_hk", ("customer_id",), False),
        ("customer_hashdiff", ("city", "tier"), True),
    ]
    assert (part.stage.table, part.stage.versions) == ("customers", "")


def test_the_parts_of_a_key_have_the_order_of_their_positions(contract: Any) -> None:
    part = parts(plan_vault([contract(table("lines", key("line", 2), key("region", 1)))]))["line"]
    assert part.hub is not None
    assert part.hub.business_key == ("region", "line")
    assert part.satellites == ()  # nothing is left to describe


@pytest.mark.parametrize(
    ("more", "personal"),
    [
        ({"classification": "personal"}, True),
        ({"classification": "Confidential"}, True),
        ({"classification": "internal"}, False),
        ({"encryptedName": "what_pseudonym"}, True),
        ({"customProperties": [{"property": "protection", "value": "encrypt"}]}, True),
        ({}, False),
    ],
)
def test_personal_data_has_a_satellite_of_its_own(contract: Any, more: dict[str, Any], personal: bool) -> None:
    part = parts(plan_vault([contract(table("customers", key("id"), column("city"), column("what", **more)))]))[
        "customer"
    ]
    name = more.get("encryptedName", "what")
    apart = {"sat_customer": ("city",), "sat_customer_personal": (name,)}
    assert payloads(part) == (apart if personal else {"sat_customer": ("city", "what")})
    assert [each.personal for each in part.satellites] == [False, True][: len(part.satellites)]


def test_what_is_personal_alone_leaves_no_empty_satellite(contract: Any) -> None:
    part = parts(plan_vault([contract(table("people", key("id"), column("n", classification="pii")))]))["people"]
    assert payloads(part) == {"sat_people_personal": ("n",)}


def test_a_value_within_an_object_makes_all_of_it_personal(contract: Any) -> None:
    inner = {
        "name": "address",
        "logicalType": "object",
        "properties": [{"name": "street", "logicalType": "string", "classification": "personal"}],
    }
    part = parts(plan_vault([contract(table("shops", key("id"), inner))]))["shop"]
    assert payloads(part) == {"sat_shop_personal": ("address",)}


def test_change_events_are_read_as_versions(contract: Any) -> None:
    tables = (
        table("customers", key("id"), column("city"), physicalName="shop.customers"),
        table("tags", key("tag"), physicalName="shop.tags"),
        table("people", key("id"), column("n", classification="pii"), physicalName="shop.people"),
    )
    found = parts(plan_vault([contract(*tables, server="debezium")]))
    assert (found["customer"].stage.table, found["customer"].stage.versions) == (
        "customers_history",
        "versions_shop__customers",
    )
    assert payloads(found["customer"]) == {"sat_customer": ("city", "is_deleted")}
    assert payloads(found["tag"]) == {"sat_tag": ("is_deleted",)}
    assert payloads(found["people"]) == {
        "sat_people": ("is_deleted",),
        "sat_people_personal": ("n", "is_deleted"),
    }


CUSTOMERS = table("customers", key("customer_id"), column("city"))


def test_a_relationship_is_a_link_and_feeds_the_hub(contract: Any) -> None:
    orders = table("orders", key("order_id"), column("customer_id", "customers.customer_id"), column("note"))
    found = parts(plan_vault([contract(CUSTOMERS, orders)]))
    (link,) = found["order"].links
    assert (link.name, link.key, link.columns) == (
        "link_order_customer",
        "link_order_customer_hk",
        ("order_id", "customer_id"),
    )
    assert [(each.column, each.to, each.field) for each in link.foreign] == [
        ("order_hk", "hub_order", "order_hk"),
        ("customer_hk", "hub_customer", "customer_hk"),
    ]
    hub = found["customer"].hub
    assert hub is not None
    assert hub.sources == ("stg_shop__customers", "stg_shop__orders")
    assert found["order"].mentions == ()
    assert payloads(found["order"]) == {"sat_order": ("customer_id", "note")}


def test_a_table_that_names_the_key_otherwise_has_a_model_that_translates(contract: Any) -> None:
    orders = table("orders", key("id"), column("buyer", "customers.customer_id"))
    found = parts(plan_vault([contract(CUSTOMERS, orders)]))
    (mention,) = found["order"].mentions
    assert (mention.name, mention.stage) == ("stg_shop__orders__customer", "stg_shop__orders")
    assert mention.columns == (("customer_hk", "customer_hk"), ("buyer", "customer_id"))
    hub = found["customer"].hub
    assert hub is not None
    assert hub.sources == ("stg_shop__customers", "stg_shop__orders__customer")


def test_two_relationships_to_one_table_are_told_apart_by_their_columns(contract: Any) -> None:
    moves = table("moves", key("id"), column("from_account_id", "accounts.id"), column("to_account_id", "accounts.id"))
    found = parts(plan_vault([contract(table("accounts", key("id")), moves)]))
    assert links(found["move"]) == {
        "link_move_from_account": ("move_hk", "from_account_hk"),
        "link_move_to_account": ("move_hk", "to_account_hk"),
    }
    hub = found["account"].hub
    assert hub is not None
    assert hub.sources == (
        "stg_shop__accounts",
        "stg_shop__moves__from_account",
        "stg_shop__moves__to_account",
    )


def test_a_table_may_refer_to_itself(contract: Any) -> None:
    staff = table("employees", key("id"), column("manager_id", "employees.id"))
    part = parts(plan_vault([contract(staff)]))["employee"]
    assert links(part) == {"link_employee_manager": ("employee_hk", "manager_hk")}
    assert part.links[0].foreign[1].to == "hub_employee"
    assert part.links[0].foreign[1].field == "employee_hk"


ITEMS = table(
    "order_items",
    key("order_id", 1, relationships=[{"to": "orders.id"}]),
    key("product_id", 2, relationships=[{"to": "/schema/products/properties/id"}]),
    column("amount"),
    column("shop_id", "shops.id"),
)
OTHERS = (table("orders", key()), table("products", key()), table("shops", key()))


def test_a_key_of_relationships_alone_is_a_link_with_its_satellite(contract: Any) -> None:
    part = parts(plan_vault([contract(ITEMS, *OTHERS)]))["order_item"]
    assert part.hub is None
    assert links(part) == {
        "link_order_item": ("order_hk", "product_hk"),
        "link_order_item_shop": ("order_hk", "product_hk", "shop_hk"),
    }
    (satellite,) = part.satellites
    assert (satellite.key, satellite.parent) == ("link_order_item_hk", "link_order_item")
    assert "order_item_hk" not in [each.name for each in part.stage.hashes]


def test_a_link_that_others_refer_to_is_a_hub(contract: Any) -> None:
    returns = table(
        "returns",
        key("id"),
        column("order_id"),
        column("product_id"),
        relationships=[
            {
                "from": ["returns.product_id", "returns.order_id"],
                "to": ["order_items.product_id", "order_items.order_id"],
            }
        ],
    )
    found = parts(plan_vault([contract(ITEMS, *OTHERS, returns)]))
    assert found["order_item"].hub is not None
    (link,) = found["return"].links
    assert link.columns == ("id", "order_id", "product_id")  # in the order of the other's key
    assert [each.field for each in link.foreign] == ["return_hk", "order_item_hk"]


def test_contracts_may_refer_to_one_another(contract: Any) -> None:
    orders = contract(table("orders", key("id"), column("customer_id", "customers.customer_id")), of="sales.orders")
    customers = contract(CUSTOMERS, of="crm.customers")
    vault = plan_vault([orders, customers])
    assert [each.folder for each in vault.contracts] == ["crm_customers", "sales_orders"]
    hub = parts(vault)["customer"].hub
    assert hub is not None
    assert hub.sources == ("stg_crm__customers", "stg_sales__orders")


def test_a_personal_key_is_hashed_by_its_pseudonym(contract: Any) -> None:
    people = table("people", key("email", classification="personal", encryptedName="person"), column("city"))
    orders = table(
        "orders", key("id"), column("email", "people.email", classification="personal", encryptedName="person")
    )
    found = parts(plan_vault([contract(people, orders)]))
    assert found["people"].stage.hashes[0].columns == ("person",)
    assert found["order"].links[0].columns == ("id", "person")
    assert payloads(found["order"]) == {"sat_order_personal": ("person",)}


def test_a_prefix_is_before_all_names(contract: Any) -> None:
    vault = plan_vault([contract(CUSTOMERS)], prefix="x_")
    assert [*vault.models] == ["x_stg_shop__customers", "x_hub_customer", "x_sat_customer"]


def test_what_is_built_here_is_left_out(contract: Any) -> None:
    days = contract(table("days", column("day")), of="gold.days", server="delta")
    vault = plan_vault([days, contract(CUSTOMERS)])
    assert [each.folder for each in vault.contracts] == ["shop_all"]
    assert vault.notes == ("left out, for no rows land through them: gold.days",)


def test_keys_of_other_types_are_told(contract: Any) -> None:
    accounts = table("accounts", {**key("id"), "logicalType": "number"})
    vault = plan_vault([contract(accounts, table("moves", key("id"), column("account", "accounts.id")))])
    assert vault.notes == (
        "moves.account is string and accounts.id double: their hashes are equal only where their texts are",
    )


def test_an_entity_may_be_named(contract: Any) -> None:
    vault = plan_vault([contract(table("tbl_cust", key("id"), column("city"), **called("Customer")))])
    assert [*vault.models] == ["stg_shop__tbl_cust", "hub_customer", "sat_customer"]


def test_files_say_whether_they_were_edited(contract: Any) -> None:
    _, files = vault_files([contract(CUSTOMERS)])
    for text in files.values():
        assert written_fingerprint(text) == fingerprint(body_of(text))
        assert written_fingerprint(text + "x") != fingerprint(body_of(text + "x"))
    assert written_fingerprint("select 1") is None


def test_texts_of_a_contract_are_no_templates(contract: Any) -> None:
    odd = table("customers", key("id", description="{{ boom() }}"), description="{% boom %}")
    _, files = vault_files([contract(odd, of="shop.all#}{{x}}")])
    heads = [text.partition("\n")[0] for text in files.values()]
    assert all("from shop.all____x__, fingerprint" in head for head in heads)
    (yml,) = (text for name, text in files.items() if name.endswith(".yml"))
    assert "{% raw %}{{ boom() }}.{% endraw %}" in yml
    assert "{% raw %}{% boom %}{% endraw %}" in yml
    others = [body_of(text) for name, text in files.items() if not name.endswith(".yml")]
    assert not any("boom" in text for text in others)  # the page and the models name columns, no descriptions
