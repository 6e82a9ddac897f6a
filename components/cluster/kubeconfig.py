"""Kubeconfigs for EKS."""

import json

import pulumi


def known_later(
    name: pulumi.Input[str],
    endpoint: pulumi.Input[str],
    certificate_authority: pulumi.Input[str],
    arn: pulumi.Input[str],
    *,
    profile: pulumi.Input[str] | None,
) -> pulumi.Output[str]:
    """Return, as a secret, the kubeconfig of a cluster of which all is known only later; its ARN says where it is."""
    return pulumi.Output.secret(
        pulumi.Output.all(name, endpoint, certificate_authority, arn, profile).apply(
            lambda known: eks_kubeconfig(*known[:3], region=_region(known[3]), profile=known[4])
        )
    )


def region_of(cluster_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the region of a cluster."""
    return cluster_arn.apply(_region)


def _region(cluster_arn: str) -> str:
    return cluster_arn.split(":")[3]


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
        "args": [
            *(["--profile", profile] if profile else []),
            *("--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"),
        ],
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
