"""Stand-ins for all charts: of the pinned names and versions, with the CRDs that the real ones bring, and no pods."""

from pathlib import Path
from typing import Any

import yaml

from neuronserve.components.add_ons.registry import ADD_ONS

VALUES = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-values
data:
  values: {{ toJson .Values | quote }}
"""
KARPENTER_GROUPS = ("karpenter.sh", "karpenter.k8s.aws")
LOAD_BALANCER_GROUP = "elbv2.k8s.aws"
UNUSED_KINDS = ("RayCluster", "RayCronJob", "RayJob")
"""What no stack makes. Their schemas are two thirds of a stack's state, which the engine writes at every step."""
ANYTHING = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}

TARGET_GROUP_BINDINGS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"targetgroupbindings.{LOAD_BALANCER_GROUP}"},
    "spec": {
        "group": LOAD_BALANCER_GROUP,
        "scope": "Namespaced",
        "names": {"kind": "TargetGroupBinding", "plural": "targetgroupbindings"},
        "versions": [{"name": "v1beta1", "served": True, "storage": True, "schema": ANYTHING}],
    },
}
"""Stands for CRDs that a cluster for tests lacks: those of the load balancer controller."""


def is_brought_by_a_chart(crd: dict[str, Any]) -> bool:
    """Tell the CRDs that one of the charts makes."""
    return crd["spec"]["group"] in ("ray.io", *KARPENTER_GROUPS, LOAD_BALANCER_GROUP)


def write_charts(directory: Path, crds: list[dict[str, Any]]) -> None:
    """Write a folder of charts.

    Args:
        directory: the folder.
        crds: CRDs as a cluster has them; those that the charts do not bring are left out.
    """
    for chart in (chart for add_on in ADD_ONS for chart in add_on.charts):
        templates = directory / chart.name / "templates"
        templates.mkdir(parents=True)
        about = {"apiVersion": "v2", "name": chart.name, "version": chart.version}
        (templates.parent / "Chart.yaml").write_text(yaml.safe_dump(about))
        (templates / "values.yaml").write_text(VALUES)
        if chart.crds:
            folder = templates.parent / "crds"
            folder.mkdir()
            by_file = {f"{crd['spec']['group']}_{crd['spec']['names']['plural']}.yaml": crd for crd in crds}
            for file in chart.crds.files:
                (folder / file).write_text(yaml.safe_dump(_shortened(by_file.get(file, TARGET_GROUP_BINDINGS))))


def _shortened(crd: dict[str, Any]) -> dict[str, Any]:
    """Return a CRD, without its schema if nothing is made that it would check."""
    if crd["spec"]["names"]["kind"] not in UNUSED_KINDS:
        return crd
    versions = [version | {"schema": ANYTHING} for version in crd["spec"]["versions"]]
    return crd | {"spec": crd["spec"] | {"versions": versions}}
