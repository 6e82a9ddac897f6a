"""Plans with a mistake planted in them."""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.pods import most_workers

RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"


def spoilt(plan: Plan, token: str, spoil: Callable[[dict[str, Any]], object], name: str | None = None) -> Plan:
    """Return a plan in which the inputs of the resources of a type, or of a type and name, are changed."""

    def change(resource: Resource) -> Resource:
        if resource.type != token or name not in (None, resource.name):
            return resource
        inputs = copy.deepcopy(resource.inputs)
        spoil(inputs)
        return dataclasses.replace(resource, inputs=inputs)

    return dataclasses.replace(plan, resources=[change(resource) for resource in plan.resources])


def worker(inputs: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["template"]["spec"]
    return pod


def with_service_like(plan: Plan, name: str, namespace: str = "vllm", replicas: int | None = None) -> Plan:
    """Return a plan with one more RayService, a copy of its first one but for its name and how many workers it has."""
    service = copy.deepcopy(plan.of_type(RAY_SERVICE)[0])
    service.inputs["metadata"] |= {"name": name, "namespace": namespace}
    if replicas is not None:
        spec = service.inputs["spec"]
        (group,) = spec["rayClusterConfig"]["workerGroupSpecs"]
        more = group["maxReplicas"] - most_workers(spec, group)
        group |= {"replicas": replicas, "minReplicas": replicas, "maxReplicas": replicas + more}
    another = dataclasses.replace(service, urn=f"{service.urn}-{namespace}-{name}", name=name)
    return dataclasses.replace(plan, resources=sorted([*plan.resources, another], key=lambda resource: resource.urn))


def with_pool_like(plan: Plan, pool: str, name: str) -> Plan:
    """Return a plan with one more node pool, a copy of another but for its name."""
    copied = copy.deepcopy(next(one for one in plan.of_type(NODE_POOL) if one.inputs["metadata"]["name"] == pool))
    copied.inputs["metadata"]["name"] = name
    another = dataclasses.replace(copied, urn=f"{copied.urn}-{name}", name=name)
    return dataclasses.replace(plan, resources=sorted([*plan.resources, another], key=lambda resource: resource.urn))
