"""Tags by which what the controllers of a cluster make in AWS says of which cluster it is.

Sources: Karpenter, https://karpenter.sh/v1.14/reference/cloudformation/ and ``pkg/providers/launchtemplate`` of
https://github.com/aws/karpenter-provider-aws; the AWS Load Balancer Controller,
https://github.com/kubernetes-sigs/aws-alb-ingress-controller/pull/1469; the EBS CSI driver,
https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md; the VPC CNI,
https://github.com/aws/amazon-vpc-cni-k8s/pull/2854 and ``/pull/2856``; Services without a class, that EKS itself makes
Classic Load Balancers for, https://github.com/kubernetes/cloud-provider-aws (``pkg/providers/v1/tags.go``).
"""

from collections.abc import Mapping

OWNER = "kubernetes.io/cluster/"
"""With the cluster's name behind it, and the value :data:`OWNED`: it is to go when the cluster goes. All but the
Load Balancer Controller set it."""
OWNED = "owned"

KARPENTER_CLUSTER = "eks:eks-cluster-name"
LOAD_BALANCER_CLUSTER = "elbv2.k8s.aws/cluster"
INTERFACE_CLUSTER = "cluster.k8s.amazonaws.com/name"
"""Of network interfaces of the VPC CNI that knows no CNINode."""

NAMING = (KARPENTER_CLUSTER, LOAD_BALANCER_CLUSTER, INTERFACE_CLUSTER, "eks:cluster-name", "KubernetesCluster")
"""Tags whose value is a cluster's name: of Karpenter, the Load Balancer Controller, CNI, EKS and CSI driver."""

INSTANCE_OF_INTERFACE = "node.k8s.amazonaws.com/instance_id"

INGRESS_STACK, SERVICE_STACK = "ingress.k8s.aws/stack", "service.k8s.aws/stack"
SERVICE_NAME = "kubernetes.io/service-name"
"""Of what is made for an Ingress or a Service: ``<namespace>/<name>``, or the name of a group of Ingresses."""

CLAIM_NAMESPACE, CLAIM_NAME = "kubernetes.io/created-for/pvc/namespace", "kubernetes.io/created-for/pvc/name"
"""Of the volume of a PersistentVolumeClaim."""
CSI_VOLUME = "CSIVolumeName"


def owner_tag(cluster: str) -> str:
    """Return the tag that says that something belongs to a cluster."""
    return OWNER + cluster


def clusters_named(tags: Mapping[str, str]) -> set[str]:
    """Return the names of all clusters that tags name."""
    return {tags[key] for key in NAMING if key in tags} | {
        key.removeprefix(OWNER) for key in tags if key.startswith(OWNER)
    }
