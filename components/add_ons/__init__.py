"""What runs in the cluster for others: operators, device plugins, and what watches them."""
