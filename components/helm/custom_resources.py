"""CRDs of charts as objects of their own, which are upgraded with the chart and outlive it."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.helm.charts import Chart, MirrorSettings


def custom_resource_definitions(  # noqa: PLR0913 (the last three by name)
    name: str,
    chart: Chart,
    files: Sequence[str],
    *,
    url: str,
    mirror: MirrorSettings,
    opts: pulumi.ResourceOptions,
) -> kubernetes.yaml.v2.ConfigGroup:
    """Make the CRDs in a chart's ``crds`` folder.

    They are retained when this goes: with a CRD every object of its kind goes too, in all namespaces and of all stacks
    (the engine hands the option on to the group's members, https://github.com/pulumi/pulumi/issues/19654). CRDs that
    are there already are refused, unless the provider has ``upsert_existing_objects``: then they are taken over
    (https://github.com/pulumi/pulumi-kubernetes/pull/4278).

    Server-side apply, the provider's default, has to stay on: some CRDs are larger than what client-side apply
    could keep in an annotation.

    Args:
        name: the resource's.
        chart: the chart whose CRDs they are.
        files: names of the files in the folder.
        url: the folder on the web, at a fixed version; read by the machine that runs Pulumi.
        mirror: with a chart directory, the files are taken from the unpacked chart there.
        opts: the resource's options.
    """
    folder = f"{mirror.local_chart(chart)}/crds" if mirror.chart_directory else url
    return kubernetes.yaml.v2.ConfigGroup(
        name,
        files=[f"{folder}/{file}" for file in files],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
    )
