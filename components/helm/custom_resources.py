"""CRDs of charts as objects of their own, which are upgraded with the chart and outlive it."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.helm.charts import Chart, CrdFolder, local_chart
from neuronserve.components.helm.settings import MirrorSettings

CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
FIELD_MANAGER = "neuronserve"


def custom_resource_definitions(
    name: str, chart: Chart, crds: CrdFolder, *, mirror: MirrorSettings, opts: pulumi.ResourceOptions
) -> kubernetes.yaml.v2.ConfigGroup:
    """Make the CRDs in a chart's ``crds`` folder.

    They are retained when this goes: with a CRD every object of its kind goes too, in all namespaces and of all stacks
    (the engine hands the option on to the group's members, https://github.com/pulumi/pulumi/issues/19654). CRDs that
    are there already are refused, unless the provider has ``upsert_existing_objects``: then they are taken over
    (https://github.com/pulumi/pulumi-kubernetes/pull/4278), and in another version too if it was this library that
    left them. What other tools have set otherwise stays a conflict.

    Server-side apply, the provider's default, has to stay on: some CRDs are larger than what client-side apply
    could keep in an annotation.

    Args:
        name: the resource's.
        chart: the chart whose CRDs they are.
        crds: the folder.
        mirror: with a chart directory, the files are taken from the unpacked chart there.
        opts: the resource's options.
    """
    folder = f"{local_chart(mirror, chart)}/{crds.path}" if mirror.chart_directory else crds.url
    return kubernetes.yaml.v2.ConfigGroup(
        name,
        files=[f"{folder}/{file}" for file in crds.files],
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(retain_on_delete=True, transforms=[_by_one_field_manager])
        ),
    )


def _by_one_field_manager(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Give what the group makes one manager of its fields, where each stack would be another to the API server."""
    if args.type_ != CRD:
        return None
    metadata: Any = args.props.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), "pulumi.com/patchFieldManager": FIELD_MANAGER}
    return pulumi.ResourceTransformResult(
        {**args.props, "metadata": {**metadata, "annotations": annotations}}, args.opts
    )
