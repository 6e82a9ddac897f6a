"""The ``spec`` of a Karpenter NodePool (``karpenter.sh/v1``) and of its EC2NodeClass (``karpenter.k8s.aws/v1``)."""

from typing import Any

from neuronserve.components.karpenter.node_pool_args import CapacityType
from neuronserve.components.karpenter.node_pool_checks import EFA_CARDS
from neuronserve.components.karpenter.node_pool_settings import NodePoolSettings
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.zones import is_zone_id

NEURON = "aws.amazon.com/neuron"
"""Resource of a pod that takes chips, and taint of nodes that have some."""

DISK_IOPS = 6000
DISK_THROUGHPUT_MIB = 500
"""Of a Neuron node, whose first minutes are spent writing an image and weights; gp3 has 3000 and 125 by default."""

TERMINATION_GRACE_PERIOD = "24h"
"""How long pods may hold up the end of a node that has to go."""


def node_pool_spec(settings: NodePoolSettings) -> dict[str, Any]:
    """Return the NodePool's ``spec``."""
    accelerated = settings.is_accelerated
    requirements = [
        _in("node.kubernetes.io/instance-type", settings.instance_types),
        _in("kubernetes.io/arch", ["amd64"]),
        _in("karpenter.sh/capacity-type", [capacity.value for capacity in settings.capacity_types]),
    ]
    if settings.zones:
        by_id = is_zone_id(settings.zones[0])
        key = "topology.k8s.aws/zone-id" if by_id else "topology.kubernetes.io/zone"
        requirements.append(_in(key, settings.zones))
    return {
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": settings.pool_name},
                "requirements": requirements,
                **({"taints": [{"key": NEURON, "value": "true", "effect": "NoSchedule"}]} if accelerated else {}),
                # A Ray head or an engine that starts anew costs minutes; nodes go when their image changes.
                "expireAfter": "Never",
                "terminationGracePeriod": TERMINATION_GRACE_PERIOD,
            }
        },
        "limits": limits(settings),
        "disruption": {
            "consolidationPolicy": "WhenEmpty" if accelerated else "WhenEmptyOrUnderutilized",
            "consolidateAfter": "15m" if accelerated else "5m",
            "budgets": [{"nodes": "1"}],
        },
    }


def limits(settings: NodePoolSettings) -> dict[str, str]:
    """Return the pool's limits: what ``max_nodes`` of its largest instance type have, and no more."""
    accelerated = [INSTANCE_TYPES[name] for name in settings.instance_types if name in INSTANCE_TYPES]
    plain = [GENERAL_PURPOSE_TYPES[name] for name in settings.instance_types if name in GENERAL_PURPOSE_TYPES]
    nodes = settings.max_nodes
    result = {
        "cpu": str(nodes * max([*(one.vcpus for one in accelerated), *(one.vcpus for one in plain)])),
        "memory": f"{nodes * max([*(one.memory_gib for one in accelerated), *(one.memory_gib for one in plain)])}Gi",
    }
    if accelerated:
        result[NEURON] = str(nodes * max(one.chips for one in accelerated))
    return result


def node_class_spec(settings: NodePoolSettings, *, placement_group: Any = None) -> dict[str, Any]:
    """Return the EC2NodeClass's ``spec``.

    Args:
        settings: the pool's.
        placement_group: name of the placement group of nodes with EFA.
    """
    disk: dict[str, Any] = {
        "volumeType": "gp3",
        "volumeSize": f"{settings.disk}Gi",
        "encrypted": True,
        "deleteOnTermination": True,
    }
    if settings.is_accelerated:
        disk |= {"iops": DISK_IOPS, "throughput": DISK_THROUGHPUT_MIB}
    spec: dict[str, Any] = {
        "amiSelectorTerms": [{"alias": settings.ami_alias}],
        "instanceProfile": settings.instance_profile_name,
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": settings.discovery_tag}}],
        "securityGroupSelectorTerms": [{"id": group} for group in settings.security_group_ids],
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": True, "ebs": disk}],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpTokens": "required",
            # One hop: a pod cannot take on the node's role.
            "httpPutResponseHopLimit": 1,
        },
        "tags": {"Name": f"karpenter-{settings.pool_name}", **settings.tags},
    }
    if CapacityType.RESERVED in settings.capacity_types:
        spec["capacityReservationSelectorTerms"] = [{"id": one} for one in settings.capacity_reservation_ids]
    if settings.efa:
        (instance_type,) = settings.instance_types
        # The node's own traffic has an interface beside the first card's adapter
        # (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html).
        spec["networkInterfaces"] = [
            {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
            *(
                {"networkCardIndex": card, "deviceIndex": 1 if card == 0 else 0, "interfaceType": "efa-only"}
                for card in range(EFA_CARDS[instance_type])
            ),
        ]
        spec["placementGroupSelector"] = {"name": placement_group}
    return spec


def _in(key: str, values: list[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": values}
