"""Whether all pods of a plan's RayServices have a place at a time on nodes that the plan's node pools can make.

Computed from the plan alone; :mod:`~neuronserve.review.node_pool` has the rules.
"""

from collections import Counter
from dataclasses import dataclass

from neuronserve.plan.plan import Plan
from neuronserve.review.node_pool import Node, NodePool
from neuronserve.review.pods import Pods, ray_pods

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"


@dataclass(frozen=True)
class Placement:
    """Where pods of one kind run when there are as many as there can be, or why some of them cannot.

    ``pool`` and ``instance_type`` are those of the first of them, and None unless all have a place; ``reasons`` say,
    by pool, why the next one has none.
    """

    service: str
    pods: str
    pool: str | None
    instance_type: str | None
    reasons: dict[str, str]
    placed: int
    most: int

    def __str__(self) -> str:
        if self.pool:
            return f"{self.pods}: on nodes of {self.pool}"
        runs = f": only {self.placed} of {self.most} would run" if self.placed else " would never run"
        reasons = (f"on nodes of {pool}: {reason}" for pool, reason in self.reasons.items())
        return f"{self.pods}{runs}: {'; '.join(reasons)}"


def placements(plan: Plan) -> list[Placement]:
    """Return where each kind of pod of each RayService runs: all services share the pools and their limits."""
    pools = [NodePool(pool.inputs, plan) for pool in plan.of_type(NODE_POOL)]
    return [_place(pods, pools) for pods in ray_pods(plan)]


def unplaced(plan: Plan) -> list[Placement]:
    """Return which pods have no place on the nodes that the plan's pools can make; none where there are no pools."""
    if not plan.of_type(NODE_POOL):  # nodes are somebody else's
        return []
    return [placement for placement in placements(plan) if placement.pool is None]


def nodes(plan: Plan) -> dict[str, Counter[str]]:
    """Return, by pool, how many nodes of each type it makes when there are as many pods as there can be."""
    pools = [NodePool(pool.inputs, plan) for pool in plan.of_type(NODE_POOL)]
    for pods in ray_pods(plan):
        _place(pods, pools)
    return {pool.name: pool.nodes for pool in pools}


def _place(pods: Pods, pools: list[NodePool]) -> Placement:
    places: list[tuple[NodePool, Node]] = []
    for _ in range(pods.most):
        reasons: dict[str, str] = {}
        for pool in pools:
            answer = pool.place(pods)
            if isinstance(answer, Node):
                places.append((pool, answer))
                break
            reasons[pool.name] = answer
        else:
            return Placement(pods.service, pods.name, None, None, reasons, len(places), pods.most)
    pool, node = places[0]
    return Placement(pods.service, pods.name, pool.name, node.instance_type, {}, len(places), pods.most)
