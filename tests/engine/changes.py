"""What a change of a stack file does to a stack that is there: the table in docs/changes.md, as data."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engine.effects import Effect

CHANGES_STACK = "inf2-8xlarge"
SERVICE = "vllm-llama3-inf2"
"""The one service of that stack."""

SYSTEM_NODES = "[what stops](#when-the-system-nodes-are-replaced)"
"""Where the page says what their replacement does."""

EXPOSE = {
    "scheme": "internet-facing",
    "hostname": "llm.example.com",
    "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/a1b2",
    "allowedCidrs": ["203.0.113.0/24"],
}
EXPOSES = (
    *("CustomResourceDefinition", "Ingress", "PodIdentityAssociation", "Policy", "Release", "Role"),
    "RolePolicyAttachment",
)
WEB_UI = ("Namespace", "NetworkPolicy", "Secret", "Service", "ServiceAccount", "Stash")
ACCESS_LOGS = (
    *("Bucket", "BucketLifecycleConfiguration", "BucketOwnershipControls", "BucketPolicy"),
    *("BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration"),
)

Config = dict[str, Any]


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
    """Whether the cluster stays what it is."""
    leaves_network: bool = True
    """Whether the network does."""

    def made(self, config: Config) -> Config:
        """Return a changed configuration."""
        changed = copy.deepcopy(config)
        self.make(changed)
        return changed


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


def _own_api_key(config: Config) -> None:
    """Encrypted values cannot be made up: the key is a token that is there."""
    _service(config)["apiKey"] = _service(config)["huggingFaceToken"]


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


def _expose(config: Config) -> None:
    _service(config)["expose"] = EXPOSE


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
        "secret",
        "`apiKey`, in place of the generated one",
        _own_api_key,
        Effect(updated={"Secret": 1}, deleted={"Stash": 1}),
        "It counts for replicas that start after it.",
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
            created={
                "NetworkPolicy": 3,
                "RayService": 1,
                "Secret": 4,
                "Service": 1,
                "ServiceAccount": 1,
                "Stash": 2,
            },
        ),
    ),
    Change(
        "service-renamed",
        "Another name for a service",
        _rename,
        Effect(
            updated={"Service": 1},
            created={"NetworkPolicy": 3, "RayService": 1, "Secret": 4, "ServiceAccount": 1, "Stash": 2},
            deleted={"NetworkPolicy": 3, "RayService": 1, "Secret": 4, "ServiceAccount": 1, "Stash": 2},
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
                "NetworkPolicy": 3,
                "NodePool": 1,
                "ParameterGroup": 1,
                "PodDisruptionBudget": 1,
                "PriorityClass": 2,
                "RayService": 1,
                "Release": 1,
                "ReplicationGroup": 1,
                "Secret": 4,
                "SecurityGroup": 1,
                "SecurityGroupIngressRule": 1,
                "Service": 1,
                "ServiceAccount": 1,
                "Stash": 3,
                "SubnetGroup": 1,
            }
        ),
        "With the last one go its namespace, its node pool, the storage of its head and the add-on for Neuron chips; "
        "the platform stays.",
    ),
    Change(
        "head-storage",
        "`headFaultTolerance.storage`, from ElastiCache to Embedded",
        _set_service(headFaultTolerance={"storage": "Embedded"}),
        Effect(
            updated={"RayService": 1},
            deleted={
                "NetworkPolicy": 1,
                "ParameterGroup": 1,
                "ReplicationGroup": 1,
                "Secret": 1,
                "SecurityGroup": 1,
                "SecurityGroupIngressRule": 1,
                "Stash": 1,
                "SubnetGroup": 1,
            },
            starts_pods=True,
        ),
        "The new head has the other storage.",
    ),
    Change(
        "namespace",
        "`namespace` of a service",
        _set_service(namespace="llm"),
        Effect(
            replaced={"NetworkPolicy": 3, "RayService": 1, "Secret": 4, "ServiceAccount": 1},
            created={"Namespace": 1, "PriorityClass": 2, "Service": 1},
            deleted={"Namespace": 1, "PriorityClass": 2, "Service": 1},
        ),
        "The new pods answer before the old ones go.",
    ),
    Change(
        "exposed",
        "`expose`, for the first service of a stack",
        _expose,
        Effect(
            updated={"NetworkPolicy": 2, "RayService": 1},
            created=dict.fromkeys((*EXPOSES, *ACCESS_LOGS), 1),
        ),
        "Nothing restarts. The real chart brings more CRDs. With a further service an Ingress comes, and what lets its "
        "load balancer in ([exposure.md](exposure.md)).",
    ),
    Change(
        "open-web-ui",
        "`openWebUi.enabled: true`",
        _set("openWebUi", enabled=True),
        Effect(
            updated={"NetworkPolicy": 2}, created=dict.fromkeys(("Deployment", "PersistentVolumeClaim", *WEB_UI), 1)
        ),
        "The services let it in. Without it again, the volume goes, and with it users and chats.",
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
            updated={"Cluster": 1, "SubnetGroup": 1, "VpcEndpoint": 1},
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
        "vpc-cidr",
        "`network.cidrBlock`",
        _set("network", cidrBlock="10.42.0.0/16"),
        Effect(
            updated={"Cluster": 1, "InternetGateway": 1, "ReplicationGroup": 1, "SubnetGroup": 1},
            replaced={
                "DefaultSecurityGroup": 1,
                "NatGateway": 1,
                "NodeGroup": 1,
                "Route": 3,
                "RouteTable": 4,
                "RouteTableAssociation": 6,
                "SecurityGroup": 1,
                "SecurityGroupIngressRule": 1,
                "Subnet": 6,
                "Vpc": 1,
                "VpcEndpoint": 1,
            },
        ),
        "Another network, into which no cluster can follow: **AWS refuses the change of the cluster**, which the "
        "stand-in does not show. Make another stack.",
        leaves_network=False,
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
        "The AWS provider tags everything else in AWS as well, in place, and the system nodes take the next version of "
        "their launch template, one after another, which the stand-in does not show. Karpenter's nodes drift, and stay "
        "until they are empty.",
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
            updated={
                "EventTarget": 5,
                "Key": 1,
                "LaunchTemplate": 1,
                "Policy": 3,
                "SecurityGroupIngressRule": 1,
                "Stash": 1,
                "Subnet": 2,
            },
            replaced={
                "AccessEntry": 3,
                "AccessPolicyAssociation": 2,
                "Addon": 8,
                "Cluster": 1,
                "EC2NodeClass": 2,
                "LogGroup": 5,
                "Namespace": 2,
                "NetworkPolicy": 3,
                "NodeGroup": 1,
                "NodePool": 2,
                "PodDisruptionBudget": 2,
                "PodIdentityAssociation": 4,
                "PriorityClass": 2,
                "Queue": 1,
                "QueuePolicy": 1,
                "RayService": 1,
                "Release": 3,
                "RolePolicyAttachment": 5,
                "Secret": 4,
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
