"""A Data Vault from contracts: which hubs, links and satellites, and the dbt files that build them. Pure text, no Spark."""
