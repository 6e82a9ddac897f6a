"""The component that makes a cluster ready for LLM services on Neuron chips."""

from typing import Any

import pulumi
from pydantic.alias_generators import to_camel

from neuronserve.components.add_ons.registry import ADD_ONS, Surroundings
from neuronserve.components.cluster.settings import EksClusterSettings
from neuronserve.components.component import Component
from neuronserve.components.karpenter.karpenter import Karpenter
from neuronserve.components.karpenter.node_pool import NodePool
from neuronserve.components.karpenter.settings import NodePoolSettings
from neuronserve.components.platform.args import NeuronPlatformArgs
from neuronserve.components.platform.checks import POOL_RULES, RULES
from neuronserve.components.platform.settings import NeuronPlatformSettings
from neuronserve.facts.instance_types import EFA_CARDS
from neuronserve.settings import read_arguments


class NeuronPlatform(Component[NeuronPlatformSettings]):
    """Add-ons, Karpenter and node pools: everything between a healthy cluster and LLM services.

    Services have to depend on it: without it their pods have no place, and no operator ends them.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    add_on_names: pulumi.Output[list[str]]
    """The add-ons that were made, as a stack file names them."""
    node_pool_names: pulumi.Output[list[str]]
    """The node pools that were made."""
    instance_types: pulumi.Output[dict[str, list[str]]]
    """EC2 instance types of their nodes, by pool."""
    instance_profile_name: pulumi.Output[str] | None
    """The instance profile of the nodes that Karpenter makes; None without Karpenter."""
    worker_role_arn: pulumi.Output[str] | None
    """ARN of the role in it; None without Karpenter."""

    def __init__(
        self, name: str, args: NeuronPlatformArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(
            NeuronPlatformSettings, args, *RULES, of=f"NeuronPlatform {name}", entry_rules={"node_pools": POOL_RULES}
        )
        super().__init__("neuronserve:index:NeuronPlatform", name, {}, opts)
        made = self._make_add_ons(name, settings)
        self.instance_profile_name = self.worker_role_arn = None
        pools: dict[str, NodePool] = {}
        karpenter = made.get("karpenter")
        if isinstance(karpenter, Karpenter) and settings.eks:
            self.instance_profile_name = karpenter.instance_profile_name
            self.worker_role_arn = karpenter.node_role_arn
            pools = self._make_node_pools(settings, settings.eks, karpenter)
        self.add_on_names = pulumi.Output.from_input([to_camel(add_on) for add_on in made])
        self.node_pool_names = pulumi.Output.all(*(pool.pool_name for pool in pools.values()))
        types = {name: pool.instance_types for name, pool in pools.items()}
        self.instance_types = pulumi.Output.all(**types).apply(dict)
        self.register_outputs(
            {
                "addOnNames": self.add_on_names,
                "nodePoolNames": self.node_pool_names,
                "instanceTypes": self.instance_types,
                "instanceProfileName": self.instance_profile_name,
                "workerRoleArn": self.worker_role_arn,
            }
        )

    @property
    def exports(self) -> dict[str, pulumi.Output[Any]]:
        """What a stack exports of it, by the names of the exports."""
        outputs = {
            "addOns": self.add_on_names,
            "nodePools": self.node_pool_names,
            "instanceTypes": self.instance_types,
            "instanceProfileName": self.instance_profile_name,
            "workerRoleArn": self.worker_role_arn,
        }
        return {name: output for name, output in outputs.items() if output is not None}

    def _make_add_ons(self, name: str, settings: NeuronPlatformSettings) -> dict[str, pulumi.Resource]:
        surroundings = Surroundings(
            kubernetes_version=settings.kubernetes_version,
            on_system_nodes=settings.has_system_nodes,
            replicas=settings.operator_replicas,
            mirror=settings.mirror,
            install_crds=settings.install_crds,
            adopt_log_groups=settings.adopt_log_groups,
            neuron_tolerations=settings.neuron_tolerations,
            known_eks=settings.eks,
            service_metrics=settings.service_metrics,
        )
        made: dict[str, pulumi.Resource] = {}
        for add_on in ADD_ONS:
            if settings.makes(add_on):
                before = [made[other.name] for other in ADD_ONS if other.order < add_on.order and other.name in made]
                made[add_on.name] = add_on.make(
                    f"{name}-{add_on.name.replace('_', '-')}",
                    surroundings,
                    pulumi.ResourceOptions(parent=self, depends_on=before),
                )
        return made

    def _make_node_pools(
        self, settings: NeuronPlatformSettings, eks: EksClusterSettings, karpenter: Karpenter
    ) -> dict[str, NodePool]:
        made = {}
        for pool_name, options in settings.node_pools.items():
            types = options.instance_types or []
            pool = options.completed(
                NodePoolSettings,
                pool_name=pool_name,
                instance_profile_name=karpenter.instance_profile_name,
                security_group_ids=eks.security_group_ids,
                discovery_tag=eks.discovery_tag,
                subnet_ids=eks.subnet_ids,
                efa=bool(settings.add_ons.efa) and len(types) == 1 and types[0] in EFA_CARDS,
                tags=settings.tags,
            )
            made[pool_name] = NodePool.from_settings(
                pool_name, pool, pulumi.ResourceOptions(parent=self, depends_on=[karpenter])
            )
        return made
