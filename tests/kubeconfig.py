"""Kubeconfigs for servers that tests run."""

import json


def kubeconfig_of(url: str, user: dict[str, str] | None = None, **cluster: str) -> str:
    """Return the content of a kubeconfig for a server; as nobody in particular, if no user is named."""
    named = {"name": "test"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [named | {"context": {"cluster": "test", "user": "test"}}],
            "clusters": [named | {"cluster": {"server": url} | cluster}],
            "users": [named | {"user": user or {}}],
        }
    )
