"""What a change of a stack file does to a stack that is there: the table in docs/changes.md, as data."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.pulumi_cli import Preview

CHANGES_STACK = "inf2-8xlarge"
SERVICE = "vllm-llama3-inf2"
"""The one service of that stack."""

SYSTEM_NODES = "[what stops](#when-the-system-nodes-are-replaced)"
"""Where the page says what their replacement does."""

Config = dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """How many resources of each kind come to what."""

    updated: Mapping[str, int] = field(default_factory=dict)
    replaced: Mapping[str, int] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    starts_pods: bool = False
    """Whether the pods of a RayService that stays are started anew: in a second Ray cluster beside the first."""


@dataclass(frozen=True)
class Change:
    """One change of a stack file."""

    name: str
    what: str
    """What somebody changes."""
    make: Callable[[Config], None]
    """Changes the configuration in place."""
    effect: Effect
    note: str = ""
    """What a reader has to know besides."""
    leaves_cluster: bool = True
    """Whether network and cluster stay what they are."""

    def made(self, config: Config) -> Config:
        """Return a changed configuration."""
        changed = copy.deepcopy(config)
        self.make(changed)
        return changed


def effect_of(preview: Preview) -> Effect:
    """Return what the engine says, components left out: they are names in the tree."""
    counted: dict[str, Counter[str]] = {op: Counter() for op in ("update", "replace", "create", "delete")}
    starts_pods = False
    for step in preview.steps:
        state = step.get("newState") or step["oldState"]
        if step["op"] not in counted or not state.get("custom"):
            continue
        counted[step["op"]][kind(state["type"])] += 1
        starts_pods |= step["op"] == "update" and any(map(_concerns_pods, step.get("detailedDiff") or {}))
    return Effect(
        updated=dict(counted["update"]),
        replaced=dict(counted["replace"]),
        created=dict(counted["create"]),
        deleted=dict(counted["delete"]),
        starts_pods=starts_pods,
    )


def deleted_first(preview: Preview) -> set[str]:
    """Return the kinds of what goes before its replacement is there."""
    steps = {(op, urn): index for index, (op, urn) in enumerate(preview.run.steps)}
    return {
        kind(urn.split("::")[2].rpartition("$")[2])
        for (op, urn), index in steps.items()
        if op == "delete-replaced" and index < steps.get(("create-replacement", urn), -1)
    }


def _concerns_pods(path: str) -> bool:
    """Tell the fields of a RayService for which KubeRay starts a second Ray cluster: all but numbers of workers."""
    return path.startswith("spec.rayClusterConfig") and not path.endswith(("replicas", "Replicas"))


def kind(token: str) -> str:
    """Return what a type is called in the table."""
    _, _, rest = token.partition(":")
    name = rest.rpartition(":")[2]
    return f"provider {name}" if rest.startswith("providers:") else name


def _service(config: Config) -> Config:
    service: Config = config["neuronserve:services"][SERVICE]
    return service


def _set(section: str, **values: Any) -> Callable[[Config], None]:
    def make(config: Config) -> None:
        config.setdefault(f"neuronserve:{section}", {}).update(values)

    return make


def _set_service(**values: Any) -> Callable[[Config], None]:
    return lambda config: _service(config).update(values)


def _set_model(**values: Any) -> Callable[[Config], None]:
    return lambda config: _service(config)["model"].update(values)


def _rename(config: Config) -> None:
    services = config["neuronserve:services"]
    services["llama"] = services.pop(SERVICE)


def _add(config: Config) -> None:
    config["neuronserve:services"]["second"] = copy.deepcopy(_service(config)) | {"headServiceName": "second"}


def _remove(config: Config) -> None:
    config["neuronserve:services"] = {}


def _larger(config: Config) -> None:
    _service(config).update(instanceType="inf2.48xlarge", replicas={"min": 3, "max": 3})
    _service(config)["model"].update(tensorParallelSize=8)


def _protect(config: Config) -> None:
    config["neuronserve:protect"] = True


CHANGES = (
    Change(
        "max-num-seqs",
        "`model.maxNumSeqs`",
        _set_model(maxNumSeqs=4),
        Effect(updated={"RayService": 1}, starts_pods=True),
        "Another engine, which the new pods start.",
    ),
    Change(
        "max-queued-requests",
        "`model.maxQueuedRequests`",
        _set_model(maxQueuedRequests=65),
        Effect(updated={"RayService": 1}),
        "Running replicas take it over.",
    ),
    Change(
        "image",
        "`image`",
        _set_service(image="registry.example.com/neuronserve:next"),
        Effect(updated={"RayService": 1}, starts_pods=True),
    ),
    Change(
        "replicas",
        "`replicas.max`",
        _set_service(replicas={"min": 1, "max": 4}),
        Effect(updated={"NodePool": 1, "RayService": 1}),
    ),
    Change(
        "instance-type",
        "`instanceType`, to one with more cores",
        _larger,
        Effect(updated={"NodePool": 1, "RayService": 1}, starts_pods=True),
        "For the time of the change there are nodes of both types.",
    ),
    Change(
        "service-added",
        "A second service",
        _add,
        Effect(
            updated={"NodePool": 2},
            created={"RayService": 1, "Secret": 2, "Service": 1, "ServiceAccount": 1, "Stash": 1},
        ),
    ),
    Change(
        "service-renamed",
        "Another name for a service",
        _rename,
        Effect(
            updated={"Service": 1},
            created={"RayService": 1, "Secret": 2, "ServiceAccount": 1, "Stash": 1},
            deleted={"RayService": 1, "Secret": 2, "ServiceAccount": 1, "Stash": 1},
        ),
        "The Service of the head stays, as its `headServiceName` does. A generated API key is a new one.",
    ),
    Change(
        "service-removed",
        "A service less",
        _remove,
        Effect(
            deleted={
                "EC2NodeClass": 1,
                "Namespace": 1,
                "NodePool": 1,
                "PodDisruptionBudget": 1,
                "RayService": 1,
                "Release": 1,
                "Secret": 2,
                "Service": 1,
                "ServiceAccount": 1,
                "Stash": 1,
            }
        ),
        "With the last one go its namespace, its node pool and the add-on for Neuron chips; the platform stays.",
    ),
    Change(
        "namespace",
        "`namespace` of a service",
        _set_service(namespace="llm"),
        Effect(
            replaced={"RayService": 1, "Secret": 2, "ServiceAccount": 1},
            created={"Namespace": 1, "Service": 1},
            deleted={"Namespace": 1, "Service": 1},
        ),
        "The new pods answer before the old ones go.",
    ),
    Change(
        "kubernetes-version",
        "`cluster.version`",
        _set("cluster", version="1.36"),
        Effect(updated={"Addon": 5, "Cluster": 1, "NodeGroup": 1, "Release": 1}),
        "The release is that of the Neuron scheduler, which has the version of the cluster. Karpenter's nodes drift, "
        "and stay until they are empty.",
    ),
    Change(
        "administrator-removed",
        "An administrator less",
        _set("cluster", administrators=["arn:aws:iam::111122223333:role/first"]),
        Effect(deleted={"AccessEntry": 1, "AccessPolicyAssociation": 1}),
    ),
    Change(
        "system-nodes",
        "`cluster.systemNodes.instanceTypes`",
        _set("cluster", systemNodes={"instanceTypes": ["m7i.xlarge"]}),
        Effect(replaced={"NodeGroup": 1}),
        f"The pods of the system nodes move: {SYSTEM_NODES}.",
    ),
    Change(
        "zone-added",
        "A further zone in `network.availabilityZoneIds`",
        _set("network", availabilityZoneIds=["usw2-az4", "usw2-az1", "usw2-az3"]),
        Effect(
            updated={"Cluster": 1, "VpcEndpoint": 1},
            replaced={"NodeGroup": 1},
            created={"Route": 1, "RouteTable": 1, "RouteTableAssociation": 3, "Subnet": 3},
        ),
        f"The subnets of a node group are fixed, so the system nodes are made anew: {SYSTEM_NODES}.",
    ),
    Change(
        "zones-reordered",
        "`network.availabilityZoneIds` in another order",
        _set("network", availabilityZoneIds=["usw2-az1", "usw2-az4"]),
        Effect(),
    ),
    Change(
        "nat-gateways",
        "`network.natGateways: OnePerZone`",
        _set("network", natGateways="OnePerZone"),
        Effect(updated={"Route": 1}, created={"Eip": 1, "NatGateway": 1}),
        "Connections to the internet break once in the zones whose route changes.",
    ),
    Change(
        "tag",
        "A tag in `tags`",
        _set("tags", team="search"),
        Effect(updated={"Cluster": 1, "EC2NodeClass": 2, "LaunchTemplate": 1, "provider aws": 1}),
        "The AWS provider tags everything else in AWS as well, in place, which the stand-in does not show. Karpenter's "
        "nodes drift, and stay until they are empty.",
    ),
    Change(
        "add-on-off",
        "`addOns.cloudWatch: false`",
        _set("addOns", cloudWatch=False),
        Effect(deleted={"Addon": 1, "LogGroup": 4, "PodIdentityAssociation": 1, "Role": 1, "RolePolicyAttachment": 1}),
        "The log groups stay in AWS, with the logs so far; switched on again, it takes them over.",
    ),
    Change(
        "protect",
        "`protect: true`",
        _protect,
        Effect(),
        "From the next `pulumi up` on Pulumi refuses to delete network and cluster. What is in the cluster only the "
        "preview saves: `pulumi destroy --skip-preview` deletes that before it refuses.",
    ),
    Change(
        "cluster-name",
        "`cluster.clusterName`",
        _set("cluster", clusterName="another"),
        Effect(
            updated={"EventTarget": 5, "Key": 1, "LaunchTemplate": 1, "Policy": 3, "Stash": 1, "Subnet": 2},
            replaced={
                "AccessEntry": 3,
                "AccessPolicyAssociation": 2,
                "Addon": 8,
                "Cluster": 1,
                "EC2NodeClass": 2,
                "LogGroup": 5,
                "Namespace": 2,
                "NodeGroup": 1,
                "NodePool": 2,
                "PodDisruptionBudget": 2,
                "PodIdentityAssociation": 4,
                "Queue": 1,
                "QueuePolicy": 1,
                "RayService": 1,
                "Release": 3,
                "RolePolicyAttachment": 5,
                "Secret": 2,
                "Service": 1,
                "ServiceAccount": 1,
                "StorageClass": 1,
                "provider kubernetes": 1,
            },
        ),
        "Another cluster: **the old one goes first, with all that is in it**; the network stays.",
        leaves_cluster=False,
    ),
)
