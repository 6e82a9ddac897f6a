"""Karpenter, which makes nodes for pods that have no place, and the pools that it makes them from."""
