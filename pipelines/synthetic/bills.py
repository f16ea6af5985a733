"""The cloud bill of the node pools for the two days, as FOCUS 1.0 CSV in the form of the FOCUS sample data."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from hallmark.pipelines.synthetic.catalog import TABLES
from hallmark.pipelines.synthetic.days import DAYS, midnight

# the 43 columns of FOCUS 1.0 and Id, in the order of the sample data
HEADER = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName",
    "CommitmentDiscountStatus", "CommitmentDiscountType", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory",
    "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId",
    "ResourceName", "ResourceType", "ServiceCategory", "Id", "ServiceName", "SkuId", "SkuPriceId", "SubAccountId",
    "SubAccountName", "Tags",
)  # fmt: skip

Cell = str | int | Decimal | None
_PROVIDER = "Synthetic Cloud"
_INSTANCES = {
    "synthetic-pool-a": 2,
    "synthetic-pool-b": 1,
    "vllm-burst-pool": 1,
}  # as the platform had them on the days
_POOLS = {str(row["node_pool_id"]): row for row in TABLES["node_pools"] if row["node_pool_id"] in _INSTANCES}
_DISCOUNT = Decimal("0.9")  # contracted price against list price


def charges(seed: int) -> bytes:
    """The bill: compute an hour, network three hours, storage a day, one credit a day."""
    rng = random.Random(f"bills-{seed}")  # noqa: S311 - reproducible, not secret
    lines = [",".join(f'"{name}"' for name in HEADER)]
    for n, charge in enumerate(_charges(rng), start=1):
        row = {**_COMMON, **charge, "Id": seed * 100_000 + n}
        lines.append(",".join(_cell(row.get(name)) for name in HEADER))
    return "".join(f"{line}\n" for line in lines).encode()


_COMMON: Mapping[str, Cell] = {
    "BillingAccountId": "synthetic-0001",
    "BillingAccountName": "Hallmark (synthetic)",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-10-01 00:00:00",
    "BillingPeriodEnd": "2024-11-01 00:00:00",
    "InvoiceIssuerName": _PROVIDER,
    "ProviderName": _PROVIDER,
    "PublisherName": _PROVIDER,
    "SubAccountId": "synthetic-sub-1",
    "SubAccountName": "inference platform",
}


def _cell(value: Cell) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int) else '"' + value.replace('"', '""') + '"'


def _charges(rng: random.Random) -> Iterator[Mapping[str, Cell]]:
    for day in DAYS:
        start = midnight(day)
        for pool in _POOLS:
            for hour in range(24):
                yield _compute(pool, start + timedelta(hours=hour))
            for hour in range(0, 24, 3):
                gigabytes = Decimal(rng.randrange(20_000, 900_000)) / 10_000
                yield _network(pool, start + timedelta(hours=hour), gigabytes)
            yield _storage(pool, start)
        yield _credit(start, -Decimal(rng.randrange(100, 900)) / 100)


def _compute(pool: str, start: datetime) -> Mapping[str, Cell]:
    hours = Decimal(_INSTANCES[pool])
    price = Decimal(str(_POOLS[pool]["usd_per_instance_hour"]))
    gpu = _POOLS[pool]["gpu_model"]
    return {
        **_usage(pool, start, timedelta(hours=1), hours, unit="Hours", price=price),
        "ChargeDescription": f"{gpu} instances of {pool}, per instance-hour",
        "ServiceCategory": "Compute",
        "ServiceName": "Synthetic GPU Instances",
        "ResourceType": "GPU instance group",
        "SkuId": f"SYN-GPU-{gpu}",
        "SkuPriceId": f"SYN-GPU-{gpu}-HOUR",
    }


def _network(pool: str, start: datetime, gigabytes: Decimal) -> Mapping[str, Cell]:
    return {
        **_usage(pool, start, timedelta(hours=3), gigabytes, unit="GB", price=Decimal("0.020000")),
        "ChargeDescription": "Data transfer out, per GB",
        "ServiceCategory": "Networking",
        "ServiceName": "Synthetic Network",
        "ResourceType": "Network interface",
        "SkuId": "SYN-NET-OUT",
        "SkuPriceId": "SYN-NET-OUT-GB",
    }


def _storage(pool: str, start: datetime) -> Mapping[str, Cell]:
    return {
        **_usage(pool, start, timedelta(days=1), Decimal("16.5"), unit="GB-Months", price=Decimal("0.080000")),
        "ChargeDescription": "Block storage for model weights, per GB-month",
        "ServiceCategory": "Storage",
        "ServiceName": "Synthetic Block Storage",
        "ResourceType": "Volume",
        "SkuId": "SYN-DISK",
        "SkuPriceId": "SYN-DISK-GB-MONTH",
    }


def _usage(
    pool: str, start: datetime, span: timedelta, quantity: Decimal, *, unit: str, price: Decimal
) -> dict[str, Cell]:
    """What usage charges have in common; contracted unit price x quantity is the contracted cost to the last digit."""
    contracted = price * _DISCOUNT
    cost = contracted * quantity
    region = str(_POOLS[pool]["region"])
    return {
        **_period(start, span),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "ConsumedQuantity": quantity,
        "ConsumedUnit": unit,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ListUnitPrice": price,
        "ListCost": price * quantity,
        "ContractedUnitPrice": contracted,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "BilledCost": cost,
        "RegionId": region,
        "RegionName": region,
        "ResourceId": f"synthetic:{pool}",
        "ResourceName": pool,
        "Tags": json.dumps({"node_pool_id": pool, "source": "synthetic"}),
    }


def _credit(start: datetime, amount: Decimal) -> Mapping[str, Cell]:
    """A credit belongs to no pool: it stays unallocated."""
    return {
        **_period(start, timedelta(days=1)),
        "ChargeCategory": "Credit",
        "ChargeFrequency": "One-Time",
        "ChargeDescription": "Promotional credit",
        "PricingQuantity": Decimal(1),
        "PricingUnit": "Credits",
        "ListCost": amount,
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "BilledCost": amount,
        "ServiceCategory": "Other",
        "ServiceName": "Synthetic Credits",
        "Tags": json.dumps({"source": "synthetic"}),
    }


def _period(start: datetime, span: timedelta) -> dict[str, Cell]:
    return {
        "ChargePeriodStart": f"{start:%Y-%m-%d %H:%M:%S}",
        "ChargePeriodEnd": f"{start + span:%Y-%m-%d %H:%M:%S}",
    }
