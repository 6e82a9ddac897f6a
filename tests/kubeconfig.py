"""Kubeconfigs for servers that tests run."""

import json


def kubeconfig_of(url: str) -> str:
    """Return the content of a kubeconfig for a server, as nobody in particular."""
    named = {"name": "test"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [named | {"context": {"cluster": "test", "user": "test"}}],
            "clusters": [named | {"cluster": {"server": url}}],
            "users": [named | {"user": {}}],
        }
    )
