"""The settings of a cluster as plain, typed values, with every default."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from neuronserve.facts.kubernetes_versions import DEFAULT_VERSION
from neuronserve.settings.settings import Settings, Text, TextOrOutput, ValueOrOutput, WholeNumber


def _in_quotes(version: object) -> object:
    """Refuse what YAML made of a version without quotes: 1.40 would be 1.4."""
    if isinstance(version, float):
        raise ValueError(f'it should be text: write it in quotes, such as "{version:g}"')
    return version


class SystemNodesSettings(Settings):
    """The managed node group for what runs the cluster."""

    instance_types: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=lambda: ["m7i.large", "m6i.large"]
    )
    min_size: Annotated[WholeNumber, Field(ge=1)] = 2
    max_size: Annotated[WholeNumber, Field(ge=1)] = 4
    desired_size: Annotated[WholeNumber, Field(ge=1)] | None = None
    disk_gib: Annotated[WholeNumber, Field(ge=20)] = 50

    @property
    def desired(self) -> int:
        """Nodes to start with."""
        return self.min_size if self.desired_size is None else self.desired_size


class ExistingClusterSettings(Settings):
    """A cluster that is there already."""

    name: Text | None = None
    kubeconfig: TextOrOutput | None = None
    context: Text | None = None


class NewClusterSettings(Settings):
    """What a stack can set of a cluster: all but what other parts of the program give it."""

    existing: ExistingClusterSettings | None = None
    cluster_name: Text | None = None
    version: Annotated[Text, BeforeValidator(_in_quotes)] = DEFAULT_VERSION
    endpoint_public_access: bool = False
    public_access_cidrs: list[Text] = Field(default_factory=list)
    allow_public_access_from_anywhere: bool = False
    administrators: list[TextOrOutput] = Field(default_factory=list)
    log_retention_days: WholeNumber = 90
    deletion_protection: bool = False
    system_nodes: SystemNodesSettings = SystemNodesSettings()
    add_on_versions: dict[str, Text] = Field(default_factory=dict)


class ClusterSettings(NewClusterSettings):
    """The component's arguments: :mod:`~neuronserve.components.cluster.args` describes each."""

    vpc_id: TextOrOutput | None = None
    subnet_ids: ValueOrOutput | None = None
    node_subnet_ids: ValueOrOutput | None = None
    aws_profile: Text | None = None
    tags: dict[str, str] = Field(default_factory=dict)
