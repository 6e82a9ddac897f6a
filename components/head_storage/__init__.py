"""Where Ray heads keep what the next one goes on from: a Valkey in Amazon ElastiCache."""
