"""What a stack file sets below the project's name, as typed values. Pulumi.yaml describes each key."""

import json
import math
import typing
from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel, to_snake

from neuronserve.components.cluster import ClusterArgs
from neuronserve.components.cluster.settings import NewClusterSettings
from neuronserve.components.helm.charts import MirrorArgs, MirrorSettings
from neuronserve.components.karpenter import ACCELERATED_POOLS, DEFAULT_POOL, NodePoolArgs
from neuronserve.components.llm_service import LlmServiceArgs, UpgradeStrategy
from neuronserve.components.llm_service.settings import ServiceSettings
from neuronserve.components.llm_service.sizes import workers
from neuronserve.components.network import NatGateways, Network, NetworkArgs
from neuronserve.components.network.settings import NewNetworkSettings
from neuronserve.facts.instance_types import instance_type
from neuronserve.serving.settings import Accelerator
from neuronserve.settings.settings import (
    InvalidSettingsError,
    SettingNames,
    is_secret,
    nested_settings,
    read,
)
from neuronserve.stack.checks import find_problems
from neuronserve.stack.platform_settings import AddOnsSettings, NodePoolsSettings


class StackConfiguration(ServiceSettings):
    """Everything that a stack can set.

    What an :class:`~neuronserve.components.llm_service.LlmService` takes has its defaults in
    :class:`~neuronserve.components.llm_service.settings.ServiceSettings`.
    """

    tags: dict[str, str] = Field(default_factory=dict)
    """Tags of everything in AWS, besides project and stack."""
    protect: bool = False
    """Whether Pulumi refuses to delete network and cluster."""
    network: NewNetworkSettings = NewNetworkSettings()
    cluster: NewClusterSettings = NewClusterSettings()
    add_ons: AddOnsSettings = AddOnsSettings()
    node_pools: NodePoolsSettings = NodePoolsSettings()
    mirror: MirrorSettings = MirrorSettings()

    @property
    def region(self) -> str:
        """The region of AWS, which is set under the name that Pulumi's AWS provider reads; empty if it is not."""
        return pulumi.Config("aws").get("region") or ""

    @property
    def aws_profile(self) -> str | None:
        """The profile of the AWS CLI, likewise; None for the ambient credentials."""
        return pulumi.Config("aws").get("profile")

    @property
    def cluster_name(self) -> str:
        """The name of the cluster that is made, or that is there by name."""
        if self.cluster.existing and self.cluster.existing.name:
            return self.cluster.existing.name
        return self.cluster.cluster_name or f"{pulumi.get_project()}-{pulumi.get_stack()}"

    @property
    def all_tags(self) -> dict[str, str]:
        """Tags of everything in AWS."""
        return {"project": pulumi.get_project(), "stack": pulumi.get_stack(), **self.tags}

    @property
    def makes_cluster(self) -> bool:
        """Whether network and cluster are made, and not there already."""
        return self.cluster.existing is None

    @property
    def is_on_aws(self) -> bool:
        """Whether anything here needs AWS: a cluster that is made, or found by its name."""
        return self.cluster.existing is None or self.cluster.existing.name is not None

    def has(self, add_on: str) -> bool:
        """Return whether the program makes an add-on, by the name of its setting."""
        if add_on == "neuron" and self.accelerator is not Accelerator.NEURON and self.add_ons.neuron is None:
            return False
        chosen = getattr(self.add_ons, add_on)
        return self.makes_cluster if chosen is None else bool(chosen)

    @property
    def accelerated_nodes(self) -> int:
        """How many nodes with accelerators the replicas can need at a time; 0 for a service without accelerators."""
        group = workers(self)
        if group.node is None:
            return 0
        node = instance_type(group.node.instance_type)
        sets = 2 if self.upgrade_strategy is UpgradeStrategy.NEW_CLUSTER else 1
        pods = math.ceil(self.replicas.maximum / group.replicas_per_worker)
        return sets * math.ceil(pods * group.node.chips / node.chips)

    @property
    def is_isolated(self) -> bool:
        """Whether nothing leads out of the network."""
        return self.makes_cluster and self.network.nat_gateways is NatGateways.NONE

    def mirror_args(self) -> MirrorArgs:
        """Return where charts and images are taken from."""
        return cast(MirrorArgs, self.mirror.model_dump(exclude_none=True))

    def node_pool_args(self, *, instance_profile_name: pulumi.Input[str], security_group_id: Any) -> list[NodePoolArgs]:
        """Return the arguments of the node pools: the default one, and one for workers with accelerators."""
        common = {
            "instance_profile_name": instance_profile_name,
            "discovery_tag": self.cluster_name,
            "security_group_ids": [security_group_id],
            "tags": self.all_tags,
        }
        pools: list[dict[str, Any]] = [
            {"pool_name": DEFAULT_POOL, **common, **self.node_pools.default.model_dump(exclude_none=True)}
        ]
        if self.accelerated_nodes and self.instance_type:
            family = self.instance_type.partition(".")[0]
            chosen = {"max_nodes": self.accelerated_nodes, **self.node_pools.accelerated.model_dump(exclude_none=True)}
            pools.append(
                {
                    "pool_name": ACCELERATED_POOLS[family],
                    "instance_types": [self.instance_type],
                    "efa": self.add_ons.efa,
                    **common,
                    **chosen,
                }
            )
        return cast(list[NodePoolArgs], pools)

    def network_args(self) -> NetworkArgs:
        """Return the arguments of the network."""
        ours = {"region": self.region, "discovery_tag": self.cluster_name}
        return cast(NetworkArgs, {**self.network.model_dump(exclude_unset=True), **ours})

    def cluster_args(self, network: Network | None) -> ClusterArgs:
        """Return the arguments of the cluster, in a network; without one for a cluster that is there."""
        args: dict[str, Any] = self.cluster.model_dump(exclude_unset=True)
        if network is not None:
            args |= {
                "cluster_name": self.cluster_name,
                "vpc_id": network.vpc_id,
                "subnet_ids": network.intra_subnet_ids,
                "node_subnet_ids": network.private_subnet_ids,
            }
        if self.aws_profile is not None:
            args["aws_profile"] = self.aws_profile
        return cast(ClusterArgs, args)

    def llm_service_args(self) -> LlmServiceArgs:
        """Return the arguments of the service."""
        given = {setting: getattr(self, setting) for setting in ServiceSettings.model_fields if setting != "name"}
        return cast(
            LlmServiceArgs,
            {
                setting: value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value
                for setting, value in given.items()
                if value is not None
            },
        )


UNSET = {"", "{}", "[]"}
"""Values that stand for unset: Pulumi.yaml needs a default for what a stack may leave out."""

STRUCTURED_KEYS = {
    str(field.alias)
    for field in StackConfiguration.model_fields.values()
    if nested_settings(field) or typing.get_origin(field.annotation) in (dict, list)
}
SECRETS = sorted(setting for setting, field in StackConfiguration.model_fields.items() if is_secret(field))


def load() -> StackConfiguration:
    """Return the stack's configuration.

    Raises:
        InvalidSettingsError: something in it is unknown, missing, of the wrong type or impossible; the
            message lists everything at once.
    """
    config = pulumi.Config()
    names = SettingNames(prefix=f"{config.name}:", camel_case=True)
    raw = _raw_values(config)
    reading = read(StackConfiguration, raw, names)
    problems = [
        *_plain_secrets(config, raw, names),
        *reading.problems,
        *find_problems(reading.settings, names, reading.unusable),
    ]
    if problems:
        raise InvalidSettingsError(f"Stack {pulumi.get_stack()}", problems)
    return reading.settings


def _raw_values(config: pulumi.Config) -> dict[str, Any]:
    """Return the values that are set, by key: objects as such, what is encrypted as secret outputs."""
    raw: dict[str, Any] = {}
    for full_key in sorted({*pulumi_config.CONFIG.get(), *pulumi_config.get_config_env()}):
        namespace, _, key = full_key.partition(":")
        text = pulumi_config.get_config(full_key)
        if namespace != config.name or text in UNSET:
            continue
        if key in STRUCTURED_KEYS:
            raw[key] = _parsed(text)
        elif to_snake(key) in SECRETS and pulumi_config.is_config_secret(full_key):
            raw[key] = config.require_secret(key)
        else:
            raw[key] = text
    return raw


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # which is no object, as reading it will say


def _plain_secrets(config: pulumi.Config, raw: Mapping[str, Any], names: SettingNames) -> list[str]:
    return [
        f"{names(setting)} is in plain text in the stack file. Encrypt it: "
        f"pulumi config set --secret {config.name}:{to_camel(setting)}"
        for setting in SECRETS
        if isinstance(raw.get(to_camel(setting)), str)
    ]
