"""The stores behind the ports of orchestration: SQLite and Cosmos DB."""
