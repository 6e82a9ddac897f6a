"""Kubernetes versions that EKS supports, and the versions of its add-ons that go with each."""

from dataclasses import dataclass

DEFAULT_VERSION = "1.35"

MOST_NODES = 5000
"""Nodes for which Kubernetes is designed (https://kubernetes.io/docs/setup/best-practices/cluster-large/)."""


@dataclass(frozen=True)
class KubernetesVersion:
    """One version of Kubernetes on EKS.

    ``end_of_standard_support`` is a date, after which EKS charges six times as much
    (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html). ``add_ons`` are versions by name.
    """

    end_of_standard_support: str
    add_ons: dict[str, str]


KUBERNETES_VERSIONS = {
    "1.35": KubernetesVersion(
        end_of_standard_support="2027-03-27",
        add_ons={
            "vpc-cni": "v1.21.1-eksbuild.8",
            "kube-proxy": "v1.35.3-eksbuild.5",
            "coredns": "v1.14.2-eksbuild.4",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
            "aws-ebs-csi-driver": "v1.59.0-eksbuild.1",
            "metrics-server": "v0.8.1-eksbuild.6",
            "eks-node-monitoring-agent": "v1.6.4-eksbuild.1",
        },
    ),
    "1.36": KubernetesVersion(
        end_of_standard_support="2027-08-02",
        add_ons={
            "vpc-cni": "v1.22.3-eksbuild.1",
            "kube-proxy": "v1.36.0-eksbuild.13",
            "coredns": "v1.14.3-eksbuild.3",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
            "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
            "metrics-server": "v0.9.0-eksbuild.5",
            "eks-node-monitoring-agent": "v1.6.4-eksbuild.1",
        },
    ),
}
"""Versions in standard support; 1.34 is left out because its support ends on 2026-12-02.

The add-on versions are ones that public configurations of such clusters ran in 2026; not verified by us with
``aws eks describe-addon-versions --kubernetes-version <version>``, which says what is on offer today.
"""

KUBE_SCHEDULER_TAGS = {
    "1.34": "v1.34.11-eks-1-34-24",
    "1.35": "v1.35.8-eks-1-35-15",
    "1.36": "v1.36.4-eks-1-36-9",
}
"""Tags of EKS Distro's kube-scheduler, by version of Kubernetes: a scheduler must not be newer than its API server,
and at most one minor version older (https://kubernetes.io/releases/version-skew-policy/). From
``docs/contents/releases/<minor>/<release>/index.md`` of https://github.com/aws/eks-distro.
"""
