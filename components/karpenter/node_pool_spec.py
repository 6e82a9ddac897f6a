"""The ``spec`` of a Karpenter NodePool (``karpenter.sh/v1``) and of its EC2NodeClass (``karpenter.k8s.aws/v1``)."""

from collections.abc import Mapping
from typing import Any

import pulumi

from neuronserve.components.karpenter.settings import CapacityType, DisruptionReason, NodePoolSettings
from neuronserve.components.overlay import overlaid
from neuronserve.facts import node_labels
from neuronserve.facts.aws import DISCOVERY_TAG
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import EFA_CARDS, INSTANCE_TYPES
from neuronserve.facts.neuron import NEURON_RESOURCE, NEURON_TAINT
from neuronserve.settings import when_known

DISK_IOPS = 6000
DISK_THROUGHPUT_MIB = 500
"""Of a Neuron node, whose first minutes are spent writing an image and weights; gp3 has 3000 and 125 by default."""

TERMINATION_GRACE_PERIOD_S = 7200
"""How long pods may hold up the end of a node that has to go: twice what an engine takes to start elsewhere. A worker
that moves its replicas goes on as long, and may have had to wait for another before: Karpenter heeds budgets until a
pod's own grace is all that is left. Deleting a pool has to take longer
(:data:`neuronserve.components.karpenter.node_pool.DRAIN_TIMEOUT`)."""


def node_pool_spec(settings: NodePoolSettings) -> Any:
    """Return the NodePool's ``spec``."""
    accelerated = settings.is_accelerated
    requirements = when_known(
        _requirements,
        {
            node_labels.INSTANCE_TYPE: settings.instance_types,
            node_labels.ARCHITECTURE: ["amd64"],
            node_labels.CAPACITY_TYPE: [capacity.value for capacity in settings.capacity_types],
            node_labels.ZONE_ID: settings.availability_zone_ids,
            node_labels.ZONE_NAME: settings.availability_zone_names,
        },
    )
    spec = {
        "template": {
            **({"metadata": {"labels": settings.labels}} if settings.labels else {}),
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": settings.name},
                "requirements": requirements,
                **({"taints": [{"key": NEURON_TAINT, "value": "true", "effect": "NoSchedule"}]} if accelerated else {}),
                # A Ray head or an engine that starts anew costs minutes.
                "expireAfter": "Never",
                "terminationGracePeriod": f"{TERMINATION_GRACE_PERIOD_S // 60}m",
            },
        },
        "limits": limits(settings),
        "disruption": _disruption(settings),
    }
    return overlaid(spec, settings.node_pool_spec)


def _disruption(settings: NodePoolSettings) -> dict[str, Any]:
    """Return when nodes go by Karpenter's own will; of several budgets the smallest counts."""
    allowed = settings.disruption_reasons
    kept = [reason.value for reason in DisruptionReason if reason not in allowed]
    return {
        "consolidationPolicy": (
            "WhenEmptyOrUnderutilized" if DisruptionReason.UNDERUTILIZED in allowed else "WhenEmpty"
        ),
        "consolidateAfter": "15m" if settings.is_accelerated else "5m",
        "budgets": [{"nodes": "1"}, *([{"nodes": "0", "reasons": kept}] if kept else [])],
    }


def limits(settings: NodePoolSettings) -> Mapping[str, pulumi.Input[str]]:
    """Return the pool's limits: those that are set, or what ``max_nodes`` of its largest instance type have."""
    if settings.limits is not None:
        return settings.limits
    accelerated = [INSTANCE_TYPES[name] for name in settings.instance_types if name in INSTANCE_TYPES]
    plain = [GENERAL_PURPOSE_TYPES[name] for name in settings.instance_types if name in GENERAL_PURPOSE_TYPES]
    nodes = settings.max_nodes or 0
    result = {
        "cpu": str(nodes * max([*(one.vcpus for one in accelerated), *(one.vcpus for one in plain)])),
        "memory": f"{nodes * max([*(one.memory_gib for one in accelerated), *(one.memory_gib for one in plain)])}Gi",
    }
    if accelerated:
        result[NEURON_RESOURCE] = str(nodes * max(one.chips for one in accelerated))
    return result


def node_class_spec(settings: NodePoolSettings, *, placement_group: Any = None) -> Any:
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
        "subnetSelectorTerms": _subnets(settings),
        "securityGroupSelectorTerms": _by_id(settings.security_group_ids),
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": True, "ebs": disk}],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpTokens": "required",
            # One hop: a pod cannot take on the node's role.
            "httpPutResponseHopLimit": 1,
        },
        "tags": {"Name": f"karpenter-{settings.name}", **settings.tags},
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
    return overlaid(spec, settings.node_class_spec)


def _subnets(settings: NodePoolSettings) -> Any:
    if settings.subnet_ids is not None:
        return _by_id(settings.subnet_ids)
    return [{"tags": {DISCOVERY_TAG: settings.discovery_tag}}]


def _by_id(ids: Any) -> Any:
    """Return selector terms for ids, a list that may be known only later."""
    if isinstance(ids, pulumi.Output):
        return ids.apply(lambda known: [{"id": one} for one in known])
    return [{"id": one} for one in ids]


def _requirements(values: Mapping[str, list[str] | None]) -> list[dict[str, Any]]:
    """Return what a node's labels may be, of those that are limited."""
    return [{"key": key, "operator": "In", "values": value} for key, value in values.items() if value]
