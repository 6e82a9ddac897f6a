"""Plans with a mistake planted in them."""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

from neuronserve.plan.plan import Plan, Resource

RAY_SERVICE = "kubernetes:ray.io/v1:RayService"


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
