"""Contracts that have no vault: the letters about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vault_contracts import called, column, contract, key, table

from hallmark.contracts.vault.plan import plan_vault
from hallmark.lakehouse.errors import ContractError


@pytest.mark.parametrize(
    ("tables", "letter"),
    [
        (
            [table("days", column("day"))],
            ["a table without a primary key has no business key, and no hub", "(days)", "primaryKey: true"],
        ),
        (
            [table("people", key("email", classification="personal"))],
            [
                "a business key is personal data without a pseudonym",
                "got: email (personal)",
                "encryptedName: email_pseudonym",
            ],
        ),
        (
            [table("orders", key("id"), column("customer_id", "custmers.id")), table("customers", key("id"))],
            [
                "a relationship leads to a table of no contract that was given",
                "got: customer_id -> custmers.id",
                "wanted: one of orders, customers",
                "did you mean 'customers'?",
            ],
        ),
        (
            [table("orders", key("id"), column("customer_id", "other.yaml#schema/customers/properties/id"))],
            ["a relationship leads to a table of no contract that was given", "name the contract of the other table"],
        ),
        (
            [table("orders", key("id"), column("a", "customers.idd")), table("customers", key("id"))],
            ["a relationship leads to a column that the table lacks", "did you mean 'id'?"],
        ),
        (
            [table("orders", key("id"), column("a", "customers.code")), table("customers", key("id"), column("code"))],
            ["a relationship leads to no business key", "wanted: the primary key of customers: id"],
        ),
        (
            [
                table("orders", key("id"), column("who", "people.email")),
                table("people", key("email", encryptedName="person")),
            ],
            [
                "its sides are protected differently",
                "got: who: in the open; people.person: pseudonym in domain default",
            ],
        ),
        (
            [table("customers", key("id")), table("customer", key("id"))],
            ["two tables are 'customer'", "(customer)", "(customers)", "vaultEntity"],
        ),
        (
            [table("customers", key("id"), column("Load_Date"))],
            ["a column has a name that the vault gives to one of its own", "got: Load_Date"],
        ),
        (
            [table("customers", key("id"), column("customer_hk"))],
            ["got: customer_hk", "wanted: none of load_date, record_source, customer_hk"],
        ),
        (
            [table("employees", key("id"), column("employee_id", "employees.id"))],
            ["two things of a table are called 'employee'", "got: employee_id -> employee"],
        ),
        (
            [
                table("customers", key("id"), column("x", classification="personal"), column("y")),
                table("tag", key("id"), column("y"), **called("customer_personal")),
            ],
            ["two models would be called 'sat_customer_personal'", "also of"],
        ),
    ],
)
def test_what_has_no_vault_is_a_letter(tmp_path: Path, tables: list[dict[str, Any]], letter: list[str]) -> None:
    with pytest.raises(ContractError) as told:
        plan_vault([contract(tmp_path, *tables)])
    for words in letter:
        assert words in str(told.value)


def test_contracts_through_which_nothing_lands_are_a_letter(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no rows land through these contracts"):
        plan_vault([contract(tmp_path, table("days", key("day")), of="gold.days", server="delta")])
