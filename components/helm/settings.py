"""The settings of where charts and images are taken from."""

from functools import partial
from typing import Annotated

import pulumi
from pydantic import AfterValidator

from neuronserve.settings import Later, Settings, Text, when_known
from neuronserve.settings.syntax import REGISTRY


def _registry(registry: str) -> str:
    if REGISTRY.fullmatch(registry):
        return registry
    raise ValueError(
        "it should be a host and a path in lower case, without a scheme, such as registry.example.com/mirror"
    )


class MirrorSettings(Settings):
    """Where charts and images are taken from instead of their public registries. Versions stay as they are."""

    registry: Later[Annotated[Text, AfterValidator(_registry)]] | None = None
    """Registry and prefix, such as 111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror, without a scheme.

    The image public.ecr.aws/a/b:tag becomes <registry>/public.ecr.aws/a/b:tag, the chart b of oci://public.ecr.aws/a
    becomes oci://<registry>/public.ecr.aws/a/b, and the chart b of https://example.com/charts becomes
    oci://<registry>/example.com/charts/b.
    """
    chart_directory: Text | None = None
    """A folder with charts, relative to the program's: each as <chart>/ or <chart>-<version>.tgz."""

    def image(self, reference: str) -> pulumi.Input[str]:
        """Return where an image is taken from.

        Args:
            reference: the image with its registry, with or without tag or digest, which stay.
        """
        return when_known(partial(_below, reference), self.registry)


def _below(reference: str, registry: str | None) -> str:
    return f"{registry.rstrip('/')}/{reference}" if registry else reference
