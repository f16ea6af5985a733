"""The local stack: PostgreSQL, Kafka and Debezium as processes of this machine, for tests and demonstrations."""
