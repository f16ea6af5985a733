"""A Data Vault from contracts: its hubs, links and satellites, and the dbt files that build them; no Spark."""
