"""The synthetic platform as it stood when its database was first read, 2023-01-01: companies, models, pools, prices."""

from __future__ import annotations

from collections.abc import Mapping

Value = str | int | None
Row = Mapping[str, Value]

# first the key column of each table, in the order in which Debezium's snapshot reads the tables
KEYS: Mapping[str, str] = {
    "customers": "customer_id",
    "models": "model_id",
    "node_pools": "node_pool_id",
    "deployments": "deployment_id",
    "price_plans": "price_plan_id",
}

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers": ("customer_id", "customer_name", "segment", "country"),
    "models": ("model_id", "model_name", "model_family", "parameters_billion", "context_window_tokens"),
    "node_pools": (
        "node_pool_id", "node_pool_name", "region", "gpu_model", "gpus_per_instance",
        "instances", "min_instances", "max_instances", "usd_per_instance_hour",
    ),
    "deployments": ("deployment_id", "customer_id", "model_id", "node_pool_id", "status"),
    "price_plans": ("price_plan_id", "model_id", "usd_per_1k_prompt_tokens", "usd_per_1k_completion_tokens"),
}  # fmt: skip

# every company is fictional; decimals are strings as Debezium's decimal.handling.mode=string writes them
_ROWS: Mapping[str, tuple[tuple[Value, ...], ...]] = {
    "customers": (
        ("cust-nordlicht", "Nordlicht Robotics", "enterprise", "DE"),
        ("cust-kestrel", "Kestrel Analytics", "startup", "GB"),
        ("cust-maple", "Maple Grove Institute", "research", "CA"),
        ("cust-tern", "Pacific Tern Logistics", "enterprise", "US"),
        ("cust-umbra", "Umbra Games", "startup", "FR"),
    ),
    "models": (
        ("synthetic-code-34b", "Synthetic Code 34B", "synthetic-code", "34.000", 16384),
        ("synthetic-chat-70b", "Synthetic Chat 70B", "synthetic-chat", "70.000", 16384),
        ("llama-3.2-1b", "Llama-3.2-1B", "llama", "1.240", 131072),
        ("synthetic-chat-8b", "Synthetic Chat 8B", "synthetic-chat", "8.000", 8192),
        ("synthetic-embed-1b", "Synthetic Embed 1B", "synthetic-embed", "1.000", 8192),
    ),
    "node_pools": (
        ("azure-code-pool", "Azure code pool", "eastus", "A100-80GB", 4, 4, 2, 12, "14.690000"),
        ("azure-conv-pool", "Azure conversation pool", "eastus", "H100-80GB", 8, 3, 2, 16, "98.320000"),
        ("vllm-burst-pool", "vLLM burst pool", "eu-north-1", "RTX-3090-24GB", 1, 1, 1, 8, "0.620000"),
        ("synthetic-pool-a", "Synthetic pool A", "eu-north-1", "L4-24GB", 1, 3, 1, 6, "0.850000"),
        ("synthetic-pool-b", "Synthetic pool B", "us-east-1", "L40S-48GB", 2, 2, 1, 4, "3.720000"),
    ),
    "deployments": (
        ("azure-code", "cust-nordlicht", "synthetic-code-34b", "azure-code-pool", "active"),
        ("azure-conv", "cust-tern", "synthetic-chat-70b", "azure-conv-pool", "active"),
        ("synthetic-chat", "cust-kestrel", "synthetic-chat-8b", "synthetic-pool-a", "active"),
        ("synthetic-embed", "cust-maple", "synthetic-embed-1b", "synthetic-pool-b", "active"),
        ("synthetic-pilot", "cust-kestrel", "synthetic-chat-8b", "synthetic-pool-a", "active"),
    ),
    "price_plans": (
        ("plan-code-34b", "synthetic-code-34b", "0.00080000", "0.00160000"),
        ("plan-chat-70b", "synthetic-chat-70b", "0.00110000", "0.00220000"),
        ("plan-llama-1b", "llama-3.2-1b", "0.00004000", "0.00008000"),
        ("plan-chat-8b", "synthetic-chat-8b", "0.00015000", "0.00030000"),
        ("plan-embed-1b", "synthetic-embed-1b", "0.00002000", "0.00000000"),
    ),
}  # fmt: skip

TABLES: Mapping[str, tuple[Row, ...]] = {
    table: tuple(dict(zip(COLUMNS[table], row, strict=True)) for row in rows) for table, rows in _ROWS.items()
}
