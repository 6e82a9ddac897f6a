"""Kubeconfigs for EKS."""

import json


def eks_kubeconfig(
    name: str, endpoint: str, certificate_authority: str, *, region: str, profile: str | None = None
) -> str:
    """Return a kubeconfig, as JSON, whose user gets tokens from the AWS CLI.

    Args:
        name: the cluster's name.
        endpoint: URL of its API server.
        certificate_authority: its certificate, in base64.
        region: where it is.
        profile: profile of the AWS CLI; the ambient credentials when None.
    """
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"],
        **({"env": [{"name": "AWS_PROFILE", "value": profile}]} if profile else {}),
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {
                    "name": name,
                    "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority},
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "users": [{"name": name, "user": {"exec": token}}],
        }
    )
