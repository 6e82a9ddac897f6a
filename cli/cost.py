"""What the accelerated workers of a plan cost, from the plan alone."""

from dataclasses import dataclass

from neuronserve.plan.manifests import RAY_SERVICE
from neuronserve.plan.plan import Plan
from neuronserve.sizing import INSTANCE_TYPES, PRICE_DATE, PRICE_REGION

INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type"


@dataclass(frozen=True)
class HourlyCost:
    """US dollars per hour, on demand, with the fewest and with the most workers."""

    least: float
    most: float

    def __str__(self) -> str:
        span = f"${self.least:.2f}" if self.least == self.most else f"${self.least:.2f} to ${self.most:.2f}"
        return f"workers {span} an hour on demand ({PRICE_REGION}, {PRICE_DATE})"


def hourly_cost(plan: Plan) -> HourlyCost | None:
    """Return what the workers cost, or None for a plan without accelerated workers."""
    groups = [
        (INSTANCE_TYPES[instance_type], group)
        for service in plan.of_type(RAY_SERVICE)
        for group in service.inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        if (instance_type := group["template"]["spec"].get("nodeSelector", {}).get(INSTANCE_TYPE_LABEL))
        in INSTANCE_TYPES
    ]
    if not groups:
        return None
    return HourlyCost(
        least=sum(instance.on_demand_usd_per_hour * group["minReplicas"] for instance, group in groups),
        most=sum(instance.on_demand_usd_per_hour * group["maxReplicas"] for instance, group in groups),
    )
