"""Karpenter's charts."""

from neuronserve.components.helm.charts import Chart

VERSION = "1.14.1"
REPOSITORY = "oci://public.ecr.aws/karpenter"

CRD_CHART = Chart("karpenter-crd", VERSION, REPOSITORY)
"""The CRDs as templates: unlike those in the controller's chart they are upgraded
(https://karpenter.sh/v1.14/upgrading/upgrade-guide/#crd-upgrades)."""

KARPENTER_CHART = Chart("karpenter", VERSION, REPOSITORY)
