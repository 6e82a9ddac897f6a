"""Pulumi ComponentResources, one per file, and the plain decisions behind them."""
