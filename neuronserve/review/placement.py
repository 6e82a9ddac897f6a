"""Whether each pod of a plan's RayServices has a place on a node that one of the plan's node pools can make.

Computed from the plan alone, by the rules of Karpenter's scheduling
(https://karpenter.sh/docs/concepts/scheduling/): taints, labels and requirements, resources, limits and zones.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.plan.plan import Plan
from neuronserve.review.manifests import RAY_SERVICE

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
SUBNET = "aws:ec2/subnet:Subnet"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
NEURON = "aws.amazon.com/neuron"
ZONE_KEYS = {"topology.kubernetes.io/zone": "availabilityZone", "topology.k8s.aws/zone-id": "availabilityZoneId"}
"""Labels of a node's zone, and the input of a subnet that says the same."""

QUANTITY = re.compile(r"([0-9.]+)([a-zA-Z]*)")
UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@dataclass(frozen=True)
class Pods:
    """Pods of one kind: their spec, and how many there are at most."""

    name: str
    spec: dict[str, Any]
    most: int


@dataclass(frozen=True)
class Placement:
    """Where pods of one kind can run: a pool and an instance type, or, by pool, why they cannot."""

    pods: str
    pool: str | None
    instance_type: str | None
    reasons: dict[str, str]


def placements(plan: Plan) -> list[Placement]:
    """Return where each kind of pod of each RayService can run."""
    pools = [pool.inputs for pool in plan.of_type(NODE_POOL)]
    return [_place(pods, pools, plan) for pods in ray_pods(plan)]


def ray_pods(plan: Plan) -> list[Pods]:
    """Return the pods of all RayServices: the head, and each group of workers."""
    found = []
    for service in plan.of_type(RAY_SERVICE):
        cluster = service.inputs["spec"]["rayClusterConfig"]
        name = service.inputs["metadata"]["name"]
        found.append(Pods(f"{name} head", cluster["headGroupSpec"]["template"]["spec"], 1))
        found += [
            Pods(f"{name} worker {group['groupName']}", group["template"]["spec"], group["maxReplicas"])
            for group in cluster["workerGroupSpecs"]
        ]
    return found


def quantity(text: str | float) -> float:
    """Return a Kubernetes quantity as a number: ``500m`` is 0.5, ``1Gi`` is 1073741824."""
    match = QUANTITY.fullmatch(str(text))
    if match is None or match[2] not in UNITS:
        raise ValueError(f"{text!r} is no quantity")
    return float(match[1]) * UNITS[match[2]]


def requests(pod: dict[str, Any]) -> dict[str, float]:
    """Return what all containers of a pod ask for together."""
    total: dict[str, float] = {}
    for container in pod["containers"]:
        resources = container.get("resources", {})
        for resource, amount in {**resources.get("limits", {}), **resources.get("requests", {})}.items():
            total[resource] = total.get(resource, 0) + quantity(amount)
    return total


def _place(pods: Pods, pools: list[dict[str, Any]], plan: Plan) -> Placement:
    reasons = {}
    for pool in pools:
        name = pool["metadata"]["name"]
        why = next(_objections(pods, pool, plan), None)
        if why is None:
            (first, *_) = _fitting_types(pods, pool)
            return Placement(pods.name, name, first, {})
        reasons[name] = why
    return Placement(pods.name, None, None, reasons)


def _objections(pods: Pods, pool: dict[str, Any], plan: Plan) -> Iterator[str]:
    template = pool["spec"]["template"]["spec"]
    for taint in template.get("taints", []):
        if not any(_tolerates(toleration, taint) for toleration in pods.spec.get("tolerations", [])):
            yield f"did not tolerate taint {taint['key']}={taint.get('value', '')}:{taint['effect']}"
    known = {one["key"]: one["values"] for one in template["requirements"] if one["operator"] == "In"}
    known["karpenter.sh/nodepool"] = [pool["metadata"]["name"]]
    known |= {key: [value] for key, value in pool["spec"]["template"].get("metadata", {}).get("labels", {}).items()}
    for key, wanted in _wanted_labels(pods.spec):
        if not set(known.get(key, [])) & set(wanted):
            yield f"no node has the label {key}={' or '.join(wanted)}"
    for key, subnet_input in ZONE_KEYS.items():
        there = {subnet.inputs[subnet_input] for subnet in plan.of_type(SUBNET) if subnet_input in subnet.inputs}
        if there and key in known and not there & set(known[key]):
            yield f"no subnet is in its zones {', '.join(known[key])}"
    types = _fitting_types(pods, pool)
    if not types:
        asked = ", ".join(f"{resource} {amount:g}" for resource, amount in requests(pods.spec).items())
        yield f"no instance type has enough resources: {asked}"
    elif all(_over_limit(pods, name, pool) for name in types):
        yield f"its limits do not admit {pods.most} of {types[0]}: {_over_limit(pods, types[0], pool)}"


def _tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return (toleration.get("key"), toleration.get("value", "")) == (taint["key"], taint.get("value", ""))


def _wanted_labels(pod: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for key, value in pod.get("nodeSelector", {}).items():
        yield key, [value]
    required = pod.get("affinity", {}).get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    for term in required.get("nodeSelectorTerms", [])[:1]:
        for expression in term.get("matchExpressions", []):
            if expression["operator"] == "In":
                yield expression["key"], expression["values"]


def _fitting_types(pods: Pods, pool: dict[str, Any]) -> list[str]:
    """Return the pool's instance types that have room for one of the pods and that its labels admit."""
    requirements = pool["spec"]["template"]["spec"]["requirements"]
    offered: list[str] = next((one["values"] for one in requirements if one["key"] == INSTANCE_TYPE), [])
    labels = dict(_wanted_labels(pods.spec))
    asked = requests(pods.spec)
    return [
        name
        for name in offered
        if name in labels.get(INSTANCE_TYPE, [name])
        and all(amount <= _capacity(name).get(resource, math.inf) for resource, amount in asked.items())
    ]


def _capacity(name: str) -> dict[str, float]:
    """Return what pods can have of a node; of an instance type that is not known, nothing."""
    if name in INSTANCE_TYPES:
        accelerated = INSTANCE_TYPES[name]
        chips, allocatable = accelerated.chips, accelerated.allocatable
    elif name in GENERAL_PURPOSE_TYPES:
        chips, allocatable = 0, GENERAL_PURPOSE_TYPES[name].allocatable
    else:
        return {"cpu": 0, "memory": 0, NEURON: 0}
    return {"cpu": allocatable.cpu_millis / 1000, "memory": allocatable.memory_mib * 2**20, NEURON: chips}


def _over_limit(pods: Pods, name: str, pool: dict[str, Any]) -> str | None:
    """Return the limit that so many nodes, with a pod on each, would pass; None if they pass none."""
    nodes = pods.most
    accelerated = INSTANCE_TYPES.get(name)
    if accelerated:
        whole = {"cpu": accelerated.vcpus, "memory": accelerated.memory_gib * 2**30, NEURON: accelerated.chips}
        chips = requests(pods.spec).get(NEURON, accelerated.chips)
        nodes = math.ceil(pods.most / max(1, accelerated.chips // chips))
    else:
        plain = GENERAL_PURPOSE_TYPES[name]
        whole = {"cpu": plain.vcpus, "memory": plain.memory_gib * 2**30}
    for resource, limit in pool["spec"].get("limits", {}).items():
        if nodes * whole.get(resource, 0) > quantity(limit):
            return f"{resource} {limit}"
    return None
