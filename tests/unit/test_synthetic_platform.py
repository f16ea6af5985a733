"""Synthetic change events and the bill that goes with them: labelled, and with the defects they speak of."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from hallmark.contracts.loader import load_contract
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.synthetic.days import DAYS

Record = dict[str, Any]


def events(root: Path) -> list[Record]:
    return [json.loads(line) for line in (root / "synthetic/platform/platform-0007.jsonl").read_bytes().splitlines()]


def changes(root: Path) -> list[Record]:
    return [event for event in events(root) if event["value"] is not None]


def lsn(event: Record) -> int:
    return int(event["value"]["source"]["lsn"])


def row_of(event: Record) -> str:
    return f"{event['topic']} {event['key']}"


def test_every_change_says_that_it_is_synthetic(root: Path) -> None:
    assert {event["topic"].split(".")[0] for event in events(root)} == {"synthetic"}
    assert {event["value"]["source"]["name"] for event in changes(root)} == {"synthetic"}


def test_topics_have_the_names_of_the_contracts_tables(root: Path) -> None:
    stream = load_contract(PACKAGE_ROOT / "contracts" / "platform" / "platform_changes.odcs.yaml")
    assert {event["topic"] for event in events(root)} == {f"synthetic.{each.physical_name}" for each in stream.objects}


def test_offsets_count_the_records_of_a_topic_as_they_came(root: Path) -> None:
    for topic in {event["topic"] for event in events(root)}:
        offsets = [event["offset"] for event in events(root) if event["topic"] == topic]
        assert offsets == list(range(len(offsets)))


def test_the_stream_begins_with_a_snapshot(root: Path) -> None:
    ops = "".join(event["value"]["op"] for event in changes(root))
    assert ops.lstrip("r").count("r") == 0
    assert set(ops) == set("rcud")


def test_a_deletes_tombstone_follows_it(root: Path) -> None:
    deletes = [
        (event, after) for event, after in pairwise(events(root)) if event["value"] and event["value"]["op"] == "d"
    ]
    assert deletes
    for event, after in deletes:
        assert (after["topic"], after["key"], after["value"]) == (event["topic"], event["key"], None)
    assert len(deletes) == len(events(root)) - len(changes(root))


def test_some_records_come_twice_under_another_offset(root: Path) -> None:
    times = Counter(json.dumps([event["topic"], event["key"], event["value"]]) for event in events(root))
    assert sum(count - 1 for count in times.values()) == 6
    assert max(times.values()) == 2


def test_some_changes_come_out_of_order(root: Path) -> None:
    arrived = list(dict.fromkeys(lsn(event) for event in changes(root) if event["value"]["op"] != "r"))
    assert sum(late < soon for soon, late in pairwise(arrived)) >= 2


def test_a_mistake_and_its_mend_share_one_commit_and_come_the_wrong_way_round(root: Path) -> None:
    by_commit: dict[tuple[int, str], list[int]] = {}
    for event in changes(root):
        if event["value"]["op"] == "u":
            by_commit.setdefault((event["value"]["source"]["txId"], row_of(event)), []).append(lsn(event))
    (pair,) = [found for found in by_commit.values() if len(set(found)) > 1]
    assert pair[0] > pair[1]


def charges(root: Path) -> list[dict[str, str]]:
    with (root / "synthetic/focus/charges-0007.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_charge_says_that_it_is_synthetic(root: Path) -> None:
    for row in charges(root):
        assert json.loads(row["Tags"])["source"] == "synthetic"
        assert row["ProviderName"] == "Synthetic Cloud"


def test_every_charge_has_a_number_of_its_own(root: Path) -> None:
    numbers = [row["Id"] for row in charges(root)]
    assert len(set(numbers)) == len(numbers) > 100


def test_every_cost_is_price_times_quantity_to_the_last_digit(root: Path) -> None:
    used = [row for row in charges(root) if row["ChargeCategory"] == "Usage"]
    for row in used:
        assert Decimal(row["ContractedUnitPrice"]) * Decimal(row["PricingQuantity"]) == Decimal(row["BilledCost"])
        assert Decimal(row["BilledCost"]) == Decimal(row["ContractedCost"]) == Decimal(row["EffectiveCost"])


def test_the_bill_charges_as_many_instances_as_the_platform_had(root: Path) -> None:
    pools = [event for event in changes(root) if event["topic"].endswith(".node_pools")]
    had = {event["key"]["node_pool_id"]: event["value"]["after"]["instances"] for event in sorted(pools, key=lsn)}
    hours = [row for row in charges(root) if row["ServiceCategory"] == "Compute"]
    assert {row["ResourceName"] for row in hours} <= set(had)
    assert all(Decimal(row["ConsumedQuantity"]) == had[row["ResourceName"]] for row in hours)


def test_every_day_has_one_credit_that_belongs_to_no_pool(root: Path) -> None:
    credits_ = [row for row in charges(root) if row["ChargeCategory"] == "Credit"]
    assert [row["ChargePeriodStart"] for row in credits_] == [f"{day} 00:00:00" for day in DAYS]
    assert all(Decimal(row["BilledCost"]) < 0 and row["ResourceId"] == "NULL" for row in credits_)
