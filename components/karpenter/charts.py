"""Karpenter's chart."""

from neuronserve.components.helm.charts import Chart, CrdFolder

VERSION = "1.14.3"
"""The release with long-term support, to July 2027."""

KARPENTER_CHART = Chart(
    "karpenter",
    VERSION,
    "oci://public.ecr.aws/karpenter",
    CrdFolder(
        (
            "karpenter.k8s.aws_ec2nodeclasses.yaml",
            # CapacityBuffer, of another API group and off by default, is left out.
            *(f"karpenter.sh_{kind}.yaml" for kind in ("nodeclaims", "nodeoverlays", "nodepools")),
        ),
        f"https://raw.githubusercontent.com/aws/karpenter-provider-aws/v{VERSION}/pkg/apis/crds",
    ),
)
