"""The settings of what runs between a healthy cluster and the LLM services: add-ons and node pools."""

from typing import Annotated, Any

from pydantic import Field, create_model

from neuronserve.components.add_ons.registry import ADD_ONS, AddOn, Default
from neuronserve.components.cluster.settings import EksClusterSettings, KubernetesVersion
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.karpenter.settings import NodePoolOptions
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.kubernetes_versions import DEFAULT_VERSION
from neuronserve.facts.system_nodes import OPERATOR_REPLICAS
from neuronserve.settings import Later, Settings, Text, WholeNumber
from neuronserve.settings.pod_fields import Toleration

_add_ons: dict[str, Any] = {
    add_on.name: (
        bool | None,
        Field(None, description=f"{add_on.summary[0].upper()}{add_on.summary[1:]}. Default: {add_on.default.value}."),
    )
    for add_on in ADD_ONS
}


class AddOnsSettings(create_model("AddOns", __base__=Settings, **_add_ons)):  # type: ignore[misc] # from the registry
    """Which add-ons are made; for a cluster that was there none is unless it is asked for."""


class PlatformOptions(Settings):
    """What a platform and a stack have in common."""

    add_ons: AddOnsSettings = AddOnsSettings()
    """Which add-ons are made."""
    node_pools: dict[str, NodePoolOptions] = Field(default_factory=dict)
    """The kinds of nodes that Karpenter makes, by name."""
    mirror: MirrorSettings = MirrorSettings()
    """Where charts and images come from instead of their public registries."""
    install_crds: bool = True
    """Whether the add-ons' CRDs are made. They always stay when a stack goes, and the next one takes them over; false
    in a cluster where somebody else looks after them."""
    adopt_log_groups: bool = False
    """Whether log groups that are there already are taken over, with their logs. A stack always takes over those of a
    cluster that it makes, which stay when a stack goes; in a cluster that was there they may be somebody's who keeps
    logs for longer, and without this an `up` fails with ResourceAlreadyExistsException."""

    @property
    def is_on_eks(self) -> bool:
        """Whether the cluster is on EKS, and known as such."""
        raise NotImplementedError

    @property
    def has_system_nodes(self) -> bool:
        """Whether the cluster is made together with this, with system nodes."""
        raise NotImplementedError

    @property
    def uses_neuron(self) -> bool:
        """Whether any node has Neuron chips."""
        return any(name in INSTANCE_TYPES for pool in self.node_pools.values() for name in pool.instance_types or [])

    @property
    def exposes_services(self) -> bool:
        """Whether a service has a load balancer, as far as is known here."""
        return False

    def makes(self, add_on: AddOn) -> bool:
        """Return whether an add-on is made."""
        chosen: bool | None = getattr(self.add_ons, add_on.name)
        if chosen is not None:
            return chosen
        match add_on.default:
            case Default.OWN_CLUSTER:
                return self.has_system_nodes
            case Default.NEURON_ON_OWN_CLUSTER:
                return self.has_system_nodes and self.uses_neuron
            case Default.EXPOSED_ON_OWN_CLUSTER:
                return self.has_system_nodes and self.exposes_services
            case Default.OFF:
                return False


class NeuronPlatformSettings(PlatformOptions):
    """The arguments of NeuronPlatform."""

    eks: EksClusterSettings | None = None
    """The EKS cluster; needed by Karpenter and by all else that acts in AWS. Default: a Kubernetes of any other
    kind."""
    kubernetes_version: Later[KubernetesVersion] = DEFAULT_VERSION
    """The cluster's version of Kubernetes."""
    tags: dict[str, Later[Text]] = Field(default_factory=dict)
    """Tags of the instances that Karpenter makes."""
    operator_replicas: Later[Annotated[WholeNumber, Field(ge=1)]] = OPERATOR_REPLICAS
    """Replicas of each operator and controller, one of which works at a time: 1 where one node has to hold them."""
    neuron_tolerations: list[Toleration] = Field(default_factory=list)
    """Taints of Neuron nodes other than aws.amazon.com/neuron, which device plugins tolerate."""
    service_metrics: bool = False
    """Whether the CloudWatch add-on sends the metrics of LLM services too, as its service_metrics."""

    @property
    def is_on_eks(self) -> bool:
        """Whether the cluster is on EKS, and known as such."""
        return self.eks is not None

    @property
    def has_system_nodes(self) -> bool:
        """Whether the cluster is made together with this, with system nodes."""
        return self.eks is not None and self.eks.system_nodes
