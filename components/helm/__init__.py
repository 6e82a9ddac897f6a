"""Helm charts and their CRDs: where they come from, and the one way in which they are released."""
