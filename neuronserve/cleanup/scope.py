"""What in AWS, and in the cluster, is a stack's: told by tags and by its plan, never by a name that looks alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neuronserve.facts import node_labels
from neuronserve.facts.cluster_tags import (
    CLAIM_NAMESPACE,
    INGRESS_STACK,
    OWNED,
    SERVICE_NAME,
    SERVICE_STACK,
    clusters_named,
    owner_tag,
)
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.preflight.machines import stack_tags
from neuronserve.review.placement import NODE_POOL

CLUSTER, NAMESPACE = "eks:index:Cluster", "kubernetes:core/v1:Namespace"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
OF_STACK = ("project", "stack")
"""The tags by which to know what Pulumi made for a stack; others may have changed since."""


@dataclass(frozen=True)
class Scope:
    """What is a stack's.

    In a cluster that the stack makes, all that the cluster's controllers made is: it cannot outlive the cluster. In one
    that was there it is what they made for the stack's namespaces and node pools, and no more.
    """

    stack: str
    cluster: str
    """The EKS cluster's name."""
    makes_cluster: bool
    namespaces: frozenset[str]
    node_pools: frozenset[str]
    log_groups: tuple[str, ...]
    """How the names of the stack's log groups begin. That alone does not make a group the stack's: its tags do."""
    tags: Mapping[str, str]
    """What Pulumi's provider puts on everything of the stack."""

    def has(self, tags: Mapping[str, str]) -> bool:
        """Tell whether what a controller made, with these tags, is the stack's.

        What names another cluster besides is shared, and not the stack's to take away.
        """
        owned = tags.get(owner_tag(self.cluster), OWNED) == OWNED
        if not owned or clusters_named(tags) != {self.cluster}:
            return False
        return self.makes_cluster or tags.get(node_labels.NODE_POOL) in self.node_pools or self._is_for_namespace(tags)

    def has_object(self, namespace: str | None, pool: str | None) -> bool:
        """Tell whether an object of the cluster is the stack's, by its namespace or, without one, by its node pool."""
        if self.makes_cluster:
            return True
        return pool in self.node_pools if namespace is None else namespace in self.namespaces

    def made_by_stack(self, tags: Mapping[str, str]) -> bool:
        """Tell whether something has the tags of what Pulumi made for the stack."""
        return bool(self.tags) and self.tags.items() <= tags.items()

    def _is_for_namespace(self, tags: Mapping[str, str]) -> bool:
        places = (tags.get(key, "").partition("/") for key in (INGRESS_STACK, SERVICE_STACK, SERVICE_NAME))
        named = {namespace for namespace, slash, _ in places if slash} | {tags.get(CLAIM_NAMESPACE)}
        return bool(named & self.namespaces)


def scope_of(plan: Plan) -> Scope | None:
    """Return what is a stack's; None where it has nothing on EKS.

    Raises:
        PlanError: the cluster's name is not known before it is made.
    """
    cluster = plan.outputs.get("clusterName")
    if cluster is None:
        return None
    if "${" in cluster:
        raise PlanError(f"The cluster's name is not known from the plan of stack {plan.stack}: nothing is looked for.")
    return Scope(
        plan.stack,
        cluster,
        bool(plan.of_type(CLUSTER)),
        frozenset(one.inputs["metadata"]["name"] for one in plan.of_type(NAMESPACE)),
        frozenset(one.inputs["metadata"]["name"] for one in plan.of_type(NODE_POOL)),
        tuple(sorted({*_log_groups(plan, cluster)})),
        {key: value for key, value in stack_tags(plan).items() if key in OF_STACK},
    )


def _log_groups(plan: Plan, cluster: str) -> Iterator[str]:
    # With the slash: the name of another cluster may begin with that of this one.
    yield from (f"/aws/{service}/{cluster}/" for service in ("eks", "containerinsights"))
    # Those without a name of their own have the resource's, and something random behind it.
    yield from (f"{one.name}-" for one in plan.of_type(LOG_GROUP) if "name" not in one.inputs)
