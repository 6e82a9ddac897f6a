"""The arguments of the components in ``components/helm``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import NotRequired, TypedDict

import pulumi


class MirrorArgs(TypedDict):
    """Where charts and images are taken from instead of their public registries. Versions stay as they are."""

    registry: NotRequired[pulumi.Input[str] | None]
    """Registry and prefix, such as 111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror, without a scheme. The image
    public.ecr.aws/a/b:tag becomes <registry>/public.ecr.aws/a/b:tag, the chart b of oci://public.ecr.aws/a becomes
    oci://<registry>/public.ecr.aws/a/b, and the chart b of https://example.com/charts becomes
    oci://<registry>/example.com/charts/b."""
    chart_directory: NotRequired[str | None]
    """A folder with charts, relative to the program's: each as <chart>/ or <chart>-<version>.tgz."""
