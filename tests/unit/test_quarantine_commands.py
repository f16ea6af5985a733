"""`hallmark quarantine` without Spark: what it lists and shows, and the letters of a call that can't be done."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import calls
import pytest
from calls import trimmed
from deltalake import DeltaTable
from quarantined import broken, error, quarantine

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.ledger import Ledger
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.names import Table
from hallmark.pipelines.project import Project
from hallmark.pipelines.quarantine import Outcome
from hallmark.pipelines.quarantine_plan import age
from hallmark.pipelines.quarantine_screen import outcome_document, outcome_lines
from hallmark.silver.replay import Replayed

ID = error("type", "id", "whole number", "x")
MINIMUM = error("minimum", "id", ">= 1", "0")
ORDERS = Table("quarantine", "orders")


def hallmark(*arguments: str) -> tuple[int, str, str]:
    return trimmed("quarantine", *arguments)


def document(*arguments: str) -> Any:
    return calls.document("quarantine", *arguments)


@pytest.fixture
def warehouse(shop: Project) -> Path:
    """A shop with five quarantined orders, one of them fixed; there is no Java."""
    place = shop.settings.warehouse
    quarantine(place, "orders", broken(1, ID, id="x"), broken(1, ID, id="y"), broken(2, MINIMUM, id="0"))
    quarantine(place, "orders", broken(3, ID, MINIMUM, id="-z"), broken(3, ID, status="fixed", id="1,0"))
    return place


def test_list_counts_rows_by_table_and_reason(warehouse: Path) -> None:
    quarantine(warehouse, "returns", broken(5, ID, status="expired", id="x"))
    assert hallmark("list") == (
        0,
        (
            "table and reasons   open  fixed  rejected  expired  first load             last load\n"
            "orders                 4      1         0        0  orders/landing/000001  orders/landing/000003\n"
            "  id: whole number     3      1         0        0  orders/landing/000001  orders/landing/000003\n"
            "  id: >= 1             2      0         0        0  orders/landing/000002  orders/landing/000003\n"
            "returns                0      0         0        1  orders/landing/000005  orders/landing/000005\n"
            "  id: whole number     0      0         0        1  orders/landing/000005  orders/landing/000005\n"
            "next: hallmark quarantine show orders\n"
        ),
        "",
    )


def test_list_as_a_document(warehouse: Path) -> None:
    (orders,) = document("list")
    assert (orders["table"], orders["rows"]) == (
        "quarantine.orders",
        {"open": 4, "fixed": 1, "rejected": 0, "expired": 0},
    )
    assert orders["first_load"] == {"load_id": "orders/landing/000001", "ingested_at": "2026-11-24 04:00:00+00:00"}
    assert [(each["rule"], each["message"], each["rows"]["open"]) for each in orders["rules"]] == [
        ("minimum", "id: >= 1", 2),
        ("type", "id: whole number", 3),
    ]


def test_an_empty_quarantine_is_no_mistake_to_list_or_to_expire(shop: Project) -> None:
    place = shop.settings.warehouse
    assert hallmark("list") == (0, f"nothing was ever quarantined in {place}\n", "")
    assert hallmark("expire", "--older-than", "90d") == (0, "nothing was ever quarantined\n", "")


def test_show_prints_rows_with_their_reasons(warehouse: Path) -> None:
    assert hallmark("show", "orders", "--rule", "minimum", "--load", "orders/landing/000003") == (
        0,
        (
            "load orders/landing/000003  source landing  ingested 2026-11-24 06:00:00 UTC  /3.csv\n"
            "  id: whole number  (got 'x')\n"
            "  id: >= 1  (got '0')\n"
            "  id=-z\n"
            "quarantine.orders: 1 of 1 open row\n"
            "next: mend the contract, then hallmark quarantine replay orders; or reject orders --reason …\n"
        ),
        "",
    )


def test_show_says_how_many_more_there_are_and_what_became_of_others(warehouse: Path) -> None:
    _, out, _ = hallmark("show", "quarantine.orders", "--limit", "1")
    assert "quarantine.orders: 1 of 4 open rows\n" in out
    assert hallmark("show", "orders", "--status", "rejected") == (0, "quarantine.orders: no rejected row\n", "")
    shown = document("show", "orders", "--status", "fixed")
    assert (shown["matching"], [row["id"] for row in shown["rows"]]) == (1, ["1,0"])


def test_rows_that_no_contract_knows_are_masked(warehouse: Path) -> None:
    quarantine(warehouse, "gone", broken(1, ID, name="Ann"))
    code, out, _ = hallmark("show", "gone")
    assert code == 0
    assert "Ann" not in out
    assert out.endswith("no contract says what of it is personal: all data is masked\n")


VERBS = [["show"], ["replay"], ["reject", "--all", "--reason", "r"], ["expire", "--older-than", "1d"]]


@pytest.mark.parametrize("verb", VERBS)
def test_a_mistyped_table_is_a_mistake_of_the_call(warehouse: Path, verb: list[str]) -> None:
    assert hallmark(*verb, "order") == (
        2,
        "",
        (
            "DataError: no such table in quarantine\n  where: quarantine\n  got: order\n  wanted: orders\n"
            "  do: did you mean 'orders'?\n"
        ),
    )


@pytest.mark.parametrize("verb", VERBS[:3])
def test_a_table_of_a_warehouse_without_quarantine_is_a_mistake_of_the_call(shop: Project, verb: list[str]) -> None:
    assert hallmark(*verb, "orders") == (
        2,
        "",
        "DataError: nothing was ever quarantined\n  got: orders\n  do: hallmark run, then hallmark quarantine list\n",
    )
    assert not shop.settings.warehouse.exists()


@pytest.mark.parametrize("verb", [["show"], ["replay"], ["reject", "--reason", "r"]])
def test_a_selection_that_matches_nothing_is_a_mistake_of_the_call(warehouse: Path, verb: list[str]) -> None:
    assert hallmark(*verb, "orders", "--rule", "minimun") == (
        2,
        "",
        (
            "DataError: no row matches --rule\n  where: quarantine.orders\n  got: minimun\n"
            "  wanted: id: >= 1, id: whole number, minimum, type\n  do: did you mean 'minimum'?\n"
        ),
    )
    _, _, err = hallmark(*verb, "orders", "--load", "requests")
    assert "  got: requests\n" in err
    assert "orders/landing/000001, orders/landing/000002" in err
    both = ("--load", "orders/landing/000001", "--rule", "minimum")
    assert hallmark(*verb, "orders", *both)[::2] == (
        2,
        (
            "DataError: no row matches --load and --rule together\n  where: quarantine.orders\n"
            "  got: orders/landing/000001, minimum\n"
            "  do: hallmark quarantine show orders --load orders/landing/000001\n"
        ),
    )


def test_a_table_without_rows_is_told(warehouse: Path) -> None:
    DeltaTable(str(warehouse / "quarantine" / "orders")).delete()
    assert hallmark("replay", "orders") == (
        2,
        "",
        "DataError: the quarantine table is empty\n  where: quarantine.orders\n  do: hallmark quarantine list\n",
    )


def test_rows_whose_contract_is_gone_cannot_be_replayed(warehouse: Path) -> None:
    quarantine(warehouse, "gone", broken(1, ID, id="x"))
    assert hallmark("replay", "gone") == (
        2,
        "",
        (
            "ContractError: no contract judges this table any more\n  where: quarantine.gone\n  wanted: one of orders\n"
            "  do: bring its contract back, or: hallmark quarantine reject\n"
        ),
    )


def test_nothing_open_is_no_mistake_and_starts_nothing(warehouse: Path) -> None:
    quarantine(warehouse, "orders", broken(9, error("required", "id", "required"), status="rejected", id=None))
    said = "quarantine.orders: nothing to do, no open row: 1 rejected\n"
    assert hallmark("replay", "orders", "--rule", "required") == (0, said, "")
    assert hallmark("reject", "orders", "--rule", "required", "--reason", "r") == (0, said, "")
    assert document("replay", "orders", "--rule", "required") == {
        "run_id": None,
        "tables": [
            {"table": "quarantine.orders", "before": {"rejected": 1}, "replayed": None, "settled": 0, "marked": 0,
             "open_reasons": {}}
        ],
        "steps": [],
    }  # fmt: skip
    assert Ledger(warehouse).runs() == []


@pytest.mark.parametrize("verb", VERBS[1:])
def test_a_warehouse_in_use_is_not_touched(warehouse: Path, verb: list[str]) -> None:
    with warehouse_lock(warehouse):
        code, _, err = hallmark(*verb, "orders")
    assert (code, err.splitlines()[0]) == (3, "MachineError: another run holds the warehouse")


def test_rows_of_a_table_that_was_never_loaded_are_not_replayed(warehouse: Path) -> None:
    code, _, err = hallmark("replay", "orders")
    assert (code, err.splitlines()[:2]) == (
        1,
        ["ProgressError: the table that these rows belong to is not loaded", "  where: silver.orders"],
    )


@pytest.mark.parametrize("given", [[], ["--all", "--rule", "minimum"]])
def test_a_rejection_says_which_rows(warehouse: Path, given: list[str]) -> None:
    code, _, err = hallmark("reject", "orders", "--reason", "r", *given)
    assert (code, err) == (
        2,
        (
            "SettingsError: say which rows to reject\n  where: hallmark quarantine reject\n"
            f"  got: {'--all and a selection' if given else 'no selection'}\n"
            "  wanted: --load, --rule or both; or --all\n"
        ),
    )


def test_a_rejection_says_why(warehouse: Path) -> None:
    code, _, err = hallmark("reject", "orders", "--all")
    assert (code, err.splitlines()[-1]) == (2, "Error: Missing option '--reason'.")
    assert hallmark("reject", "orders", "--all", "--reason", " ")[2].startswith(
        "SettingsError: a rejection needs a reason\n"
    )


def test_an_unknown_status_is_a_mistake_of_the_call(warehouse: Path) -> None:
    assert hallmark("show", "orders", "--status", "opne")[2] == (
        "SettingsError: no such status\n  where: --status\n  got: opne\n  wanted: open, fixed, rejected, expired\n"
        "  do: did you mean 'open'?\n"
    )


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "90 d", "1.5d", "90m", "999999d", "٩d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="not an age"):
        age(text)


def test_ages() -> None:
    assert [age(text) for text in ("36h", "90d", " 12w ")] == [
        timedelta(hours=36),
        timedelta(days=90),
        timedelta(weeks=12),
    ]


def test_a_far_away_age_is_older_than_all(warehouse: Path) -> None:
    code, out, _ = hallmark("expire", "--older-than", "99999w")
    assert (code, out) == (0, "quarantine.orders: nothing to do, no open row\n")


def test_outcomes_in_words() -> None:
    replayed = Outcome(
        ORDERS, Counter(open=14), Replayed(14, 3, 2), settled=1, open_reasons=Counter({"id: >= 1": 11, "a: b": 1})
    )
    assert outcome_lines(replayed) == [
        "quarantine.orders: 1 fixed by an earlier replay that was cut off",
        "quarantine.orders: 14 judged, 3 fixed (2 new in silver, 1 there already), 11 still open",
        "open in quarantine.orders: id: >= 1 (11); a: b (1)",
    ]
    assert outcome_document(replayed)["replayed"] == {"judged": 14, "fixed": 3, "written": 2, "still_open": 11}
    assert outcome_lines(Outcome(ORDERS, Counter(open=2), marked=2)) == ["quarantine.orders: 2 rows marked"]
    assert outcome_lines(Outcome(ORDERS, Counter(open=2), marked=1)) == ["quarantine.orders: 1 row marked"]
